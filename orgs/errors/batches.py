"""Refusals about batches."""

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Conflict, NotFound


class BatchNotFound(NotFound):
    """No such batch in the actor's organization. (ours)"""

    message = _("There is no batch {batch_id} in your organization.")


class BatchEnded(Conflict):
    """Every row was sent, refused or cancelled. (ours)"""

    message = _("No row of this batch waits any more.")
