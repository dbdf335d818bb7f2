"""Refusals of a request, before anybody asks what it wants."""

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Conflict, Denied, NotFound, OrgsError


class AuthenticationFailed(Denied):
    """The request is not signed by a key that may be used now. Which part of it failed stays unsaid."""

    status = HTTPStatus.UNAUTHORIZED
    message = _("The signature or the access key is not valid.")


class ClockSkew(AuthenticationFailed):
    """The request was signed too long ago, or by a clock that is wrong."""

    message = _("The request was signed at {signed_at}, too far from {now}, the time here.")


class Throttled(OrgsError):
    """More requests than the access key, the organization or, unsigned, the address may send (P7)."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    message = _("Too many requests. Try again in {seconds} seconds.")

    def __init__(self, *, seconds: int) -> None:
        super().__init__(seconds=seconds)
        self.seconds = seconds


class ApiNotFound(NotFound):
    """No operation has that path and method."""

    message = _("There is no operation {method} {path}.")


class IdempotencyKeyReused(Conflict):
    """The key of an earlier request came with another one (P4)."""

    message = _("This X-Idempotency-Key came with another request before.")


class ConcurrentModification(Conflict):
    """Another change held the lock too long or came first (R-GEN-4, R7)."""

    message = _("Somebody else is changing this organization right now. Try again.")
