"""Another web process at the same database: tries to sign in for each line, and says the status."""

import json
import os
import sys

import django

django.setup()

from django.conf import settings  # noqa: E402  (Django has to be ready first)
from django.db import connection  # noqa: E402  (as above)
from django.test import Client  # noqa: E402  (as above)


def main() -> None:
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = os.environ[
        "ORGS_TEST_DATABASE_NAME"
    ]
    settings.ALLOWED_HOSTS = ["testserver"]
    print("ready", flush=True)  # noqa: T201  (its one way to answer)
    for line in sys.stdin:
        response = Client().post("/sign-in/", json.loads(line))
        print(response.status_code, flush=True)  # noqa: T201  (its one way to answer)


if __name__ == "__main__":
    main()
