"""The Organizations service as a Django application."""

from typing import Any

from django.apps import AppConfig, apps
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
        """Guard the database: its triggers after every migration, its isolation on every connection.

        After a migration, too, administrators get the permissions that it brought. And events are told
        which jobs they start, and decisions who records what policies on trial would have denied.
        """
        post_migrate.connect(install_guards, sender=self, dispatch_uid="orgs.guards")
        # Django writes the permissions of orgs down before it tells of auth.
        post_migrate.connect(
            settle_new_permissions,
            sender=apps.get_app_config("auth"),
            dispatch_uid="orgs.permissions",
        )
        # Models are not ready when this module is imported.
        from orgs import events, operations, queries, tasks  # noqa: PLC0415

        events.start_jobs_with(tasks.start_jobs)
        queries.own_decisions.record_dry_runs_with(operations.dry_runs.record_dry_run)
        connection_created.connect(require_read_committed, dispatch_uid="orgs.isolation")


def install_guards(*, using: str, **_kwargs: Any) -> None:
    """Put the triggers in place after `migrate`."""
    # Models are not ready when this module is imported.
    from orgs.models import guards  # noqa: PLC0415

    connection = connections[using]
    if "orgs_event" in connection.introspection.table_names():
        guards.install(connection)


def settle_new_permissions(*, using: str, **_kwargs: Any) -> None:
    """Give administrators the permissions that this version brought, after `migrate`."""
    # Models are not ready when this module is imported.
    from orgs.operations import grants  # noqa: PLC0415

    if "orgs_organizationgroupgrant" in connections[using].introspection.table_names():
        grants.settle_new_permissions()


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
