"""The families of refusals: each carries the status that the console answers with."""

from http import HTTPStatus
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class OrgsError(Exception):
    """A rule said no. The sentence is written for the person who asked."""

    status = HTTPStatus.BAD_REQUEST
    message: str | Promise = _("The request could not be carried out.")
    # Filled as each refusal is defined, so that one that was written down can be made anew.
    by_name: ClassVar[dict[str, type["OrgsError"]]] = {}

    def __init_subclass__(cls) -> None:
        OrgsError.by_name[cls.__name__] = cls

    def __init__(self, **facts: object) -> None:
        super().__init__()
        self.facts = facts

    def __str__(self) -> str:
        return str(self.message).format(**self.facts)


class Invalid(OrgsError):
    """What was sent cannot be taken as it is."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class Denied(OrgsError):
    """The actor may not do this."""

    status = HTTPStatus.FORBIDDEN


class NotFound(OrgsError):
    """Not there, or not for this actor to know about; both sound the same (R-GEN-3)."""

    status = HTTPStatus.NOT_FOUND


class Conflict(OrgsError):
    """The present state does not allow it."""

    status = HTTPStatus.CONFLICT


class QuotaExceeded(Conflict):
    """One of the limits is reached."""
