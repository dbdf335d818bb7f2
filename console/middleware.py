"""Puts the actor on the request, and shows a refused operation as a message."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from orgs.actor import Actor
from orgs.models import User

Answer = Callable[[HttpRequest], HttpResponse]


class ActorMiddleware:
    """`request.actor`: who asks, or None for a visitor and for operators, who have no account."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = actor_of(request)
        return self.get_response(request)


class RefusalMiddleware:
    """A rule that said no becomes an answer with its sentence."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)


def actor_of(request: HttpRequest) -> Actor | None:
    """The signed-in user as an actor."""
    user = request.user
    if not isinstance(user, User) or user.account is None:
        return None
    return Actor(
        account_id=user.account.pk,
        account_name=user.account.name,
        user_id=user.pk,
        username=user.username,
        organization_id=user.account.organization_id,
        address=request.META.get("REMOTE_ADDR", ""),
    )
