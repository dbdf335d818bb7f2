"""The Organizations service as a Django application."""

from typing import Any

from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class OrgsConfig(AppConfig):
    """Organizations, their trees, accounts and guardrails."""

    name = "orgs"
    verbose_name = _("Organizations")

    def ready(self) -> None:
        """Guard the database: its triggers after every migration, its isolation on every connection."""
        post_migrate.connect(install_guards, sender=self, dispatch_uid="orgs.guards")
        connection_created.connect(require_read_committed, dispatch_uid="orgs.isolation")


def install_guards(*, using: str, **_kwargs: Any) -> None:
    """Put the triggers in place after `migrate`."""
    # Models are not ready when this module is imported.
    from orgs.models import guards  # noqa: PLC0415

    connection = connections[using]
    if "orgs_event" in connection.introspection.table_names():
        guards.install(connection)


def require_read_committed(*, connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
    """Refuse a PostgreSQL connection of another isolation level.

    Under REPEATABLE READ the organization's lock does not hold what it promises (reliability rule R3).
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SHOW default_transaction_isolation")
        (level,) = cursor.fetchone()
    if level != "read committed":
        raise ImproperlyConfigured(f"PostgreSQL has to run at READ COMMITTED, not {level}.")
