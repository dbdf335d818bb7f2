"""The console as a Django application, and how it uses another."""

from typing import Any

from allauth.usersessions.apps import UserSessionsConfig
from django.apps import AppConfig, apps
from django.contrib.auth.signals import user_logged_in
from django.core.management import call_command
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ConsoleConfig(AppConfig):
    """The site people use in a browser."""

    name = "console"
    verbose_name = _("Console")

    def ready(self) -> None:
        """Watch for migrations, which the shared cache needs a table of, and for sign-ins."""
        # Models are not ready when this module is imported.
        from console import sessions  # noqa: PLC0415

        post_migrate.connect(
            make_cache_table,
            # Django sends this for applications with models, and the console has none.
            sender=apps.get_app_config("orgs"),
            dispatch_uid="console.cache",
        )
        user_logged_in.connect(sessions.start, dispatch_uid="console.sessions")


class SessionsConfig(UserSessionsConfig):
    """allauth's table of sessions, written by our own operations."""

    def ready(self) -> None:
        """Leave out allauth's way: it asks two statements for each session of the user, at every sign-in."""


def make_cache_table(*, using: str, **_signal: Any) -> None:
    """Make the table of the shared cache after `migrate`, if it is not there."""
    call_command("createcachetable", database=using, verbosity=0)
