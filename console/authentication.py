"""Signing in: who a session belongs to, and what is asked of whom."""

from functools import wraps
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.contrib.auth.models import Group
from django.contrib.auth.views import redirect_to_login
from django.db.models import BigIntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from console import attempts, sessions
from console.middleware import ActorRequest, View
from orgs.models import Role, User
from orgs.statements import Given, InstanceStatement


class ActorBackend(AuthenticationBackend):
    """Loads the user with its account, organization and role: one statement per request."""

    def get_user(self, user_id: int) -> User | None:
        """The user of a session, if it is active."""
        return _USER.first(user=user_id)


def _user_with_role() -> QuerySet[User]:
    """An active user, with the name of the group of its role."""
    # As `Role.group_name` writes them. By name, the group of administrators comes first.
    names = [Concat(OuterRef("account_id"), Value(f"/{role.value}")) for role in Role]
    groups = Group.objects.filter(user=OuterRef("pk"), name__in=names).order_by("name")
    return (
        User.objects.select_related("account__organization")
        .annotate(role_group=Subquery(groups.values("name")[:1]))
        .filter(pk=Given("user", BigIntegerField()), is_active=True)
    )


_USER = InstanceStatement(_user_with_role, prepared=True)


class SignInAdapter(DefaultAccountAdapter):
    """Accounts are made by operators and organizations; nobody signs up here."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Never."""
        return False

    def add_message(self, *args: object, **kwargs: object) -> None:
        """Say nothing: the page one arrives at shows who is signed in."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that everything else is counted and written with too."""
        return sessions.address_of(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count nothing here: `authenticate` does."""

    def authenticate(self, request: HttpRequest, **credentials: str) -> User | None:
        """A user who may come in; a disabled one learns no more than a stranger.

        Every try is counted, before any password is looked at.
        """
        attempt = attempts.of_password(request, credentials.get("username", ""))
        user: User | None = super().authenticate(request, **credentials)
        if user is None or not user.is_active:
            return None
        attempt.succeeded()
        return user

    def post_login(self, request: HttpRequest, user: User, **facts: Any) -> HttpResponse:
        """Signed in, by all that was asked for: the browser is known from now on."""
        response: HttpResponse = super().post_login(request, user, **facts)
        attempts.remember_browser(response, user.username)
        return response

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:  # noqa: ARG002
        """Disabled between the password and the session: back to the sign-in page."""
        return redirect("account_login")

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """How somebody who is signed in proves it again: by the password."""
        if not user.is_authenticated or not user.has_usable_password():
            return []
        return [
            {
                "id": "reauthenticate",
                "description": _("Use your password"),
                "url": reverse("account_reauthenticate"),
            }
        ]


def password_again(view: View) -> View:
    """Mark a view for which somebody who is signed in gives the password again, if it was long ago.

    What was posted is not kept meanwhile: one comes back to the page with its form.
    """

    @wraps(view)
    def asked(request: ActorRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if did_recently_reauthenticate(request):
            return view(request, *args, **kwargs)
        return redirect_to_login(request.path, login_url=reverse("account_reauthenticate"))

    return asked
