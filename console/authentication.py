"""Signing in: who a session belongs to."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Group
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Concat
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from orgs.models import Role, User


class ActorBackend(AuthenticationBackend):
    """Loads the user with its account, organization and role: one statement per request."""

    def get_user(self, user_id: int) -> User | None:
        """The user of a session, if it is active."""
        # As `Role.group_name` writes them. By name, the group of administrators comes first.
        names = [Concat(OuterRef("account_id"), Value(f"/{role.value}")) for role in Role]
        groups = Group.objects.filter(user=OuterRef("pk"), name__in=names).order_by("name")
        return (
            User.objects.select_related("account__organization")
            .annotate(role_group=Subquery(groups.values("name")[:1]))
            .filter(pk=user_id, is_active=True)
            .first()
        )


class SignInAdapter(DefaultAccountAdapter):
    """Accounts are made by operators and organizations; nobody signs up here."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Never."""
        return False

    def add_message(self, *args: object, **kwargs: object) -> None:
        """Say nothing: the page one arrives at shows who is signed in."""

    def authenticate(self, request: HttpRequest, **credentials: str) -> User | None:
        """A user who may come in; a disabled one learns no more than a stranger."""
        user: User | None = super().authenticate(request, **credentials)
        return user if user is not None and user.is_active else None

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:  # noqa: ARG002
        """Disabled between the password and the session: back to the sign-in page."""
        return redirect("account_login")
