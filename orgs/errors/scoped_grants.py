"""Refusals about rights on units."""

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Conflict, NotFound


class ScopedGrantNotFound(NotFound):
    """No grant on a unit of the organization has that number."""

    message = _("There is no such grant: {id}.")


class ScopedGrantPresent(Conflict):
    """One grantee has one grant on a unit, which can be changed."""

    message = _("{grantee} has a grant on {unit_name} already. Change that one.")


class GranteeIsManagement(Conflict):
    """The administrators of the management account may do everything everywhere already."""

    message = _("{grantee} administers the organization, and may do this everywhere already.")


class GranteeDisabled(Conflict):
    """The user is disabled and could not use a grant."""

    message = _("{username} is disabled. Enable the user first.")
