"""How background jobs do: what waits, what was given up, and which workers are there. For operators."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, F, Min, Q
from django.utils import timezone

from orgs.models import Job, JobState, Worker

SILENT_AFTER = timedelta(minutes=2)
WORKERS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class WorkerBeat:
    """A worker, and when it was last heard of."""

    host: str
    process_id: int
    started_at: datetime
    seen_at: datetime
    is_silent: bool  # for two minutes: it died, or one job keeps it


@dataclass(frozen=True, slots=True)
class JobHealth:
    """The jobs in numbers. `oldest_due_at` is of what waits although it is due."""

    waiting: int
    due: int
    running: int
    expired: int  # running, but the lease is over
    given_up: dict[str, int]  # by kind
    oldest_due_at: datetime | None
    workers: list[WorkerBeat]

    @property
    def given_up_in_all(self) -> int:
        """How many were given up."""
        return sum(self.given_up.values())

    @property
    def is_stuck(self) -> bool:
        """Whether something is due that nobody takes: no worker is heard of, or it is overdue for long."""
        if not self.due:
            return False
        nobody = all(worker.is_silent for worker in self.workers)
        limit = timezone.now() - 2 * settings.JOB_LEASE
        return nobody or (self.oldest_due_at is not None and self.oldest_due_at < limit)


def get_job_health() -> JobHealth:
    """The numbers, in three statements however many jobs there are."""
    now = timezone.now()
    is_due = Q(state=JobState.WAITING, due_at__lte=now)
    numbers = Job.objects.exclude(state=JobState.DONE).aggregate(
        waiting=Count("pk", filter=Q(state=JobState.WAITING)),
        due=Count("pk", filter=is_due),
        running=Count("pk", filter=Q(state=JobState.RUNNING)),
        expired=Count("pk", filter=Q(state=JobState.RUNNING, leased_until__lte=now)),
        oldest_due_at=Min("due_at", filter=is_due),
    )
    given_up = Job.objects.filter(state=JobState.DEAD).values_list("kind")
    workers = Worker.objects.order_by(F("seen_at").desc(), "pk")[:WORKERS_SHOWN]
    return JobHealth(
        **numbers,
        given_up=dict(given_up.annotate(number=Count("pk")).order_by("kind")),
        workers=[
            WorkerBeat(*row, is_silent=row[-1] < now - SILENT_AFTER)
            for row in workers.values_list("host", "process_id", "started_at", "seen_at")
        ],
    )
