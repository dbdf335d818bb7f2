"""What a restored backup must not bring back with it."""

import logging
from dataclasses import dataclass

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from orgs.actor import Actor
from orgs.models import Job, JobState, Worker
from orgs.operations.change import installation_change

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settled:
    """How many sessions ended, and how many jobs are handed out again."""

    sessions: int
    jobs: int


def settle_restoration(*, actor: Actor) -> Settled:
    """Make a database that was just restored fit to be served from.

    Sessions end: somebody may have signed out, or been disabled, since the backup was made. Jobs that were
    running then are waiting now, their tries counted; their workers are of another time. Remembered answers
    stay, because what they answered to is in the same backup. The log tells of it.

    Raises:
        OperatorOnly, UserDisabled, ConcurrentModification.
    """
    with installation_change(actor):
        UserSession.objects.all().delete()
        sessions, _by_kind = Session.objects.all().delete()
        jobs = Job.objects.filter(state=JobState.RUNNING).update(
            state=JobState.WAITING,
            leased_until=None,
            # As one that the queue has lost, so that the next worker who looks for those takes it.
            due_at=timezone.now() - settings.JOB_LEASE,
        )
        Worker.objects.all().delete()
    logger.info(
        "A backup was restored by %s: %s sessions ended, %s jobs are handed out again.",
        actor.username,
        sessions,
        jobs,
    )
    return Settled(sessions, jobs)
