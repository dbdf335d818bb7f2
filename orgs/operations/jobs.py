"""Jobs: handed out under a lease, put back when they fail, given up after too many tries (P11, R13).

Single conditional statements, outside of any change: two workers never hold the same job at once, and one
that died gives it back by its lease running out.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from orgs.models import Job, JobState

PROBLEM_LENGTH = 2_000
LONGEST_PAUSE = timedelta(minutes=5)
HANDED_OUT_AT_ONCE = 200
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


def bury_job(job: Job, *, problem: str) -> None:
    """Give a job up; operators see it, and why."""
    _held(job).update(
        state=JobState.DEAD,
        leased_until=None,
        ended_at=timezone.now(),
        problem=problem[:PROBLEM_LENGTH],
    )


def forgotten_jobs() -> list[int]:
    """Jobs that nobody works on although they should be: the worker died, or the queue lost them.

    Each is told of once in a lease's time.
    """
    now = timezone.now()
    lost = Q(state=JobState.WAITING, due_at__lte=now - settings.JOB_LEASE) | Q(
        state=JobState.RUNNING, leased_until__lte=now
    )
    found = list(
        Job.objects.filter(lost)
        .order_by("due_at")
        .values_list("pk", flat=True)[:HANDED_OUT_AT_ONCE]
    )
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
