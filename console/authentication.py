"""Signing in: who a session belongs to."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from orgs.models import User


class ActorBackend(AuthenticationBackend):
    """Loads the user together with its account and organization: one statement per request."""

    def get_user(self, user_id: int) -> User | None:
        """The user of a session, if it is active."""
        return (
            User.objects.select_related("account__organization")
            .filter(pk=user_id, is_active=True)
            .first()
        )


class SignInAdapter(DefaultAccountAdapter):
    """Accounts are made by operators and organizations; nobody signs up here."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Never."""
        return False
