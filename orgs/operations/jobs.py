"""Jobs: handed out under a lease, put back when they fail, given up after too many tries (P11, R13).

Single conditional statements, outside of any change: two workers never hold the same job at once, and one
that died gives it back by its lease running out. Only what an operator does with a job is a change.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from orgs import errors, events, names
from orgs.actor import Actor
from orgs.models import Job, JobState, Worker
from orgs.operations.change import installation_change, operator_change

PROBLEM_LENGTH = 2_000
LONGEST_PAUSE = timedelta(minutes=5)
LOST_RACE_PAUSE = timedelta(seconds=1)
HANDED_OUT_AT_ONCE = 200
HIGHEST_ID = 2**63
logger = logging.getLogger(__name__)

ENDED = (JobState.DONE, JobState.DEAD)


def add_job(
    *, kind: str, subject_id: str, organization_id: str | None, due_at: datetime | None = None
) -> Job:
    """Note that something is to be done; called within the change that wants it, so both stand or fall."""
    now = timezone.now()
    return Job.objects.create(
        kind=kind,
        subject_id=subject_id,
        organization_id=organization_id,
        created_at=now,
        due_at=due_at or now,
    )


def postpone_job(*, kind: str, subject_id: str, due_at: datetime) -> None:
    """Have a job that waits done no sooner than at that time."""
    waiting = Job.objects.filter(kind=kind, subject_id=subject_id, state=JobState.WAITING)
    waiting.update(due_at=due_at)


def claim_job(job_id: int) -> Job | None:
    """Take a job for as long as the lease lasts; None where another has it, or it has ended."""
    now = timezone.now()
    free = Q(state=JobState.WAITING, due_at__lte=now) | Q(
        state=JobState.RUNNING, leased_until__lte=now
    )
    taken = Job.objects.filter(free, pk=job_id).update(
        state=JobState.RUNNING,
        attempts=F("attempts") + 1,
        leased_until=now + settings.JOB_LEASE,
    )
    return Job.objects.get(pk=job_id) if taken else None


def renew_lease(job: Job) -> bool:
    """Keep a job that is still being done; False where it is no longer this attempt's to do."""
    return bool(_held(job).update(leased_until=timezone.now() + settings.JOB_LEASE))


def end_job(job: Job) -> None:
    """The job is done."""
    _held(job).update(state=JobState.DONE, leased_until=None, ended_at=timezone.now(), problem="")


def put_back(job: Job, *, problem: str) -> datetime | None:
    """Have a job that failed done again, later each time.

    Returns when it is due again; None when it was tried often enough and is to be given up.
    """
    if job.attempts >= settings.JOB_ATTEMPTS:
        return None
    pause = min(timedelta(seconds=2 ** (job.attempts - 1)), LONGEST_PAUSE)
    due_at = timezone.now() + pause
    _held(job).update(
        state=JobState.WAITING,
        leased_until=None,
        due_at=due_at,
        problem=problem[:PROBLEM_LENGTH],
    )
    return due_at


def wait_for_lock(job: Job, *, problem: str) -> datetime:
    """Have a job done again that met a lock which did not come; that is no try of its own.

    Returns when it is due again.
    """
    due_at = timezone.now() + LOST_RACE_PAUSE
    _held(job).update(
        state=JobState.WAITING,
        attempts=F("attempts") - 1,
        leased_until=None,
        due_at=due_at,
        problem=problem[:PROBLEM_LENGTH],
    )
    return due_at


def bury_job(job: Job, *, problem: str) -> None:
    """Give a job up; operators see it, and why."""
    _held(job).update(
        state=JobState.DEAD,
        leased_until=None,
        ended_at=timezone.now(),
        problem=problem[:PROBLEM_LENGTH],
    )


def retry_job(*, actor: Actor, job_id: int) -> Job:
    """Have a job that was given up done once more, with all its tries before it (ours).

    Workers find it within seconds. What was told of its subject when it was given up stays told: an
    account whose creation has failed is not made by this.

    Raises:
        JobNotFound, JobNotGivenUp, OperatorOnly, OrganizationNotFound, UserDisabled, ConcurrentModification.
    """
    if not actor.is_operator:
        raise errors.OperatorOnly
    # What no id can be is not handed to the database.
    is_id = type(job_id) is int and 0 < job_id < HIGHEST_ID
    found = Job.objects.filter(pk=job_id).first() if is_id else None
    if found is None:
        raise errors.JobNotFound(job_id=job_id)
    if found.organization_id is None:
        return _retry_of_installation(actor, found)
    return _retry_in_organization(actor, found, found.organization_id)


@dataclass(frozen=True, slots=True)
class Retried:
    """How many jobs are done again, why which of them are not, and how many more were given up."""

    count: int
    refused: list[str]
    left: int


def retry_jobs(*, actor: Actor, kind: str = "") -> Retried:
    """Have what was given up done once more, all of it or one kind: 200 at most, the oldest first (ours).

    Each in a change of its own, so that one that is refused (its organization is gone) keeps no other.

    Raises:
        OperatorOnly, UserDisabled.
    """
    if not actor.is_operator:
        raise errors.OperatorOnly
    dead = Job.objects.filter(state=JobState.DEAD)
    if kind:
        dead = dead.filter(kind=kind) if names.prints(kind) else dead.none()
    count, refused = 0, []
    for job_id in list(dead.order_by("pk").values_list("pk", flat=True)[:HANDED_OUT_AT_ONCE]):
        try:
            retry_job(actor=actor, job_id=job_id)
        except errors.UserDisabled:
            raise
        except errors.OrgsError as refusal:
            refused.append(f"{job_id}: {refusal}")
        else:
            count += 1
    return Retried(count, refused, max(dead.count() - len(refused), 0))


def _retry_of_installation(actor: Actor, found: Job) -> Job:
    """One that is of no organization, so that the log tells of it."""
    with installation_change(actor):
        job = Job.objects.select_for_update(no_key=True).get(pk=found.pk)
        _revive(job)
    logger.info("Job %s is done again, asked for by %s.", job, actor.username)
    return job


def _retry_in_organization(actor: Actor, found: Job, organization_id: str) -> Job:
    with operator_change(actor, organization_id) as organization:
        job = organization.jobs.select_for_update(no_key=True).get(pk=found.pk)
        _revive(job)
        events.record(
            actor,
            organization,
            events.Kind.JOB_RETRIED,
            [events.of_organization(organization, before={}, after={})],
            job=job.kind,
            subject_id=job.subject_id,
        )
        return job


def _revive(job: Job) -> None:
    if job.state != JobState.DEAD:
        raise errors.JobNotGivenUp(state=job.get_state_display())
    job.state, job.attempts, job.ended_at = JobState.WAITING, 0, None
    # As one that the queue has lost, so that the next worker who looks for those takes it.
    job.due_at = timezone.now() - settings.JOB_LEASE
    job.save(update_fields=["state", "attempts", "ended_at", "due_at"])


def note_worker(*, worker_id: str, host: str, process_id: int) -> None:
    """Note that a worker is there, now. Single statements."""
    now = timezone.now()
    if not Worker.objects.filter(pk=worker_id).update(seen_at=now):
        Worker.objects.bulk_create(
            [
                Worker(
                    id=worker_id,
                    host=host,
                    process_id=process_id,
                    started_at=now,
                    seen_at=now,
                )
            ],
            ignore_conflicts=True,
        )


def forget_worker(*, worker_id: str) -> None:
    """A worker ends of its own accord."""
    Worker.objects.filter(pk=worker_id).delete()


def forget_workers(*, silent_since: datetime) -> int:
    """Delete what is noted of workers that were not heard of since that time; returns how many."""
    deleted, _by_kind = Worker.objects.filter(seen_at__lt=silent_since).delete()
    return deleted


def forgotten_jobs() -> list[int]:
    """Jobs that nobody works on although they should be: the worker died, or the queue lost them.

    What only has to wait its turn stands in the queue, and is not among them: it would be queued again and
    again, the longer the queue the more often. At most 200, the oldest first.
    """
    now = timezone.now()
    lost = Q(state=JobState.WAITING, due_at__lte=now - settings.JOB_LEASE) | Q(
        state=JobState.RUNNING, leased_until__lte=now
    )
    queued = set(DBTaskResult.objects.ready().values_list("args_kwargs__kwargs__job_id", flat=True))
    overdue = Job.objects.filter(lost).order_by("due_at").values_list("pk", flat=True)
    found = list(islice((pk for pk in overdue.iterator() if pk not in queued), HANDED_OUT_AT_ONCE))
    Job.objects.filter(lost, pk__in=found).update(
        state=JobState.WAITING, leased_until=None, due_at=now
    )
    return found


def forget_jobs(*, ended_before: datetime) -> int:
    """Delete what ended before that time, and what the queue still holds of it; returns how many jobs.

    Jobs that were given up stay until then as well.
    """
    DBTaskResult.objects.filter(enqueued_at__lt=ended_before).delete()
    deleted, _by_kind = Job.objects.filter(state__in=ENDED, ended_at__lt=ended_before).delete()
    return deleted


def _held(job: Job) -> QuerySet[Job]:
    """The job's row, as long as it is still held by this attempt."""
    return Job.objects.filter(pk=job.pk, state=JobState.RUNNING, attempts=job.attempts)
