"""Refusals about events."""

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import NotFound


class EventNotFound(NotFound):
    """No event of the organization has that number, or another account caused it (R-AUD-5)."""

    message = _("There is no event {number}.")
