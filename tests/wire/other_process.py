"""Another process at the same database, in which an operator changes the catalogue of services."""

import os

import django

django.setup()

from django.conf import settings  # noqa: E402  (Django has to be ready first)
from django.db import connection  # noqa: E402  (as above)

from orgs import operations  # noqa: E402  (as above)
from orgs.actor import Actor  # noqa: E402  (as above)


def main() -> None:
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = os.environ[
        "ORGS_TEST_DATABASE_NAME"
    ]
    actor = Actor.operator("elsewhere")
    operations.services.create_integrable_service(
        actor=actor, principal="service.Ours", name="Ours"
    )
    operations.services.delete_integrable_service(actor=actor, principal="service.CTS")


if __name__ == "__main__":
    main()
