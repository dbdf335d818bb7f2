"""Refusals about users, and about how they sign in."""

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Conflict, NotFound


class UserNotFound(NotFound):
    """No such user."""

    message = _("There is no user {username}.")


class UsernameTaken(Conflict):
    """User names are unique in the installation."""

    message = _("Another user already has the name {username}.")


class AccessKeyNotFound(NotFound):
    """No such access key of a user whom the actor may know about."""

    message = _("There is no access key {access_key_id}.")


class SessionNotFound(NotFound):
    """No such session of the actor."""

    message = _("This session has ended already.")


class SecondFactorPresent(Conflict):
    """A user has one second factor; another takes its place only after it was removed."""

    message = _("{username} has a second factor already.")


class SecondFactorMissing(Conflict):
    """There is nothing to remove, and nothing that recovery codes would stand in for."""

    message = _("{username} has no second factor.")


class LastAdministrator(Conflict):
    """An account keeps one administrator who can sign in."""

    message = _(
        "{username} is the last active administrator of the account. Make another one first."
    )


class OwnPasswordKept(Conflict):
    """The own password is changed by who knows it."""

    message = _("You change your own password under Sign-in and keys.")


class OwnUserKept(Conflict):
    """Nobody disables oneself: somebody has to be left who can enable again. (ours)"""

    message = _("You are signed in as {username}; somebody else has to disable this user.")
