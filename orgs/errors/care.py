"""Refusals about the care of an installation."""

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Conflict


class CareUnderWay(Conflict):
    """The same check or repair waits for a worker, or is being run. (ours)"""

    message = _("This is asked for already and has not ended: {care}.")
