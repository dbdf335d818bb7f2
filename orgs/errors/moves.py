"""Refusals about moves of accounts and units."""

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Conflict, NotFound


class MoveSourceMismatch(Conflict):
    """The account or unit has left the source meanwhile (R-ACC-30)."""

    message = _("{name} is no longer where you took it from. It is under {place} now.")


class MoveSameParent(Conflict):
    """Source and destination are the same (R-ACC-31)."""

    message = _("{name} is already there.")


class MoveNotFound(NotFound):
    """No event of that number is a move of this kind. (ours)"""

    message = _("There is no move with the number {number}.")


class MoveTooOld(Conflict):
    """The time in which a move can be undone is over. (ours)"""

    message = _("A move can be undone for {minutes} minutes, and that time is over.")


class MovedMeanwhile(Conflict):
    """What was moved stands somewhere else by now. (ours)"""

    message = _("{name} is in {place} by now, so the move cannot be undone.")
