"""Refusals about background jobs."""

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Conflict, NotFound


class JobNotFound(NotFound):
    """No such job, or it is forgotten by now. (ours)"""

    message = _("There is no job {job_id}.")


class JobNotGivenUp(Conflict):
    """Only what was given up is tried again by hand. (ours)"""

    message = _("This job has not been given up; it is in the state: {state}.")
