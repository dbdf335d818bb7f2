"""Background jobs, each a few lines around an operation: which event starts one, what it does, how it ends.

`events.record` calls `start_jobs` in the transaction of the change, so a change that is undone leaves no
job. A job is given ids and is safe to run again.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error, connection
from django.tasks import task
from django.utils import timezone

from orgs import errors, hooks, operations, queries
from orgs.events import Kind
from orgs.models import Event, EventTarget, Job

logger = logging.getLogger(__name__)

HEARTBEATS_A_LEASE = 3
DELIVER = "deliver_event"
SILENT_WORKERS_KEPT = timedelta(days=1)


def _nothing(_subject_id: str) -> None:
    """Nobody waits for what was given up."""


def _at_once() -> timedelta:
    return timedelta()


def _deliver(delivery_id: str) -> None:
    """One attempt; the next one is a job of its own, hours later perhaps."""
    again = operations.deliveries.deliver(delivery_id)
    if again is not None:
        organization_id = again.organization_id
        _start(DELIVER, str(again.pk), organization_id=organization_id, due_at=again.due_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a kind of job does with its subject, what is done when it is given up, and when it begins."""

    run: Callable[[str], object]
    give_up: Callable[[str], object] = _nothing
    begins_after: Callable[[], timedelta] = _at_once


WORK: dict[str, Work] = {
    "create_account": Work(
        run=operations.creations.provide_account,
        give_up=operations.creations.fail_creation,
    ),
    "close_account": Work(
        run=operations.closings.finish_closing,
        give_up=operations.closings.fail_closing,
        begins_after=lambda: settings.CLOSING_TIME,
    ),
    "mail_invitation": Work(run=operations.invitations.deliver_invitation),
    "switch_policy_types": Work(
        run=operations.policy_types.finish_policy_type_switches,
        give_up=operations.policy_types.fail_policy_type_switches,
    ),
    "switch_dry_run": Work(
        run=operations.dry_runs.finish_dry_run_switch,
        give_up=operations.dry_runs.fail_dry_run_switch,
    ),
    "feed_batches": Work(run=operations.batches.feed_batches),
    DELIVER: Work(run=_deliver, give_up=operations.deliveries.fail_delivery),
    "tell_service": Work(run=operations.callbacks.tell_service),
    operations.care.JOB: Work(run=operations.care.run_care, give_up=operations.care.fail_care),
}

# The subject is what the event's first target is about; of a closing it is the request, which an account
# may have several of, one after the other.
STARTED_BY: dict[str, str] = {
    Kind.ACCOUNT_REQUESTED: "create_account",
    Kind.RESOURCE_ACCOUNT_REQUESTED: "create_account",
    Kind.ACCOUNT_CLOSING: "close_account",
    Kind.POLICY_TYPE_ENABLING: "switch_policy_types",
    Kind.POLICY_TYPE_DISABLING: "switch_policy_types",
    Kind.DRY_RUN_ENABLING: "switch_dry_run",
    Kind.DRY_RUN_DISABLING: "switch_dry_run",
    Kind.INVITATION_SENT: "mail_invitation",
    Kind.INVITATION_SENT_AGAIN: "mail_invitation",
}

# After these there may be room for rows that wait in batches of the organization.
MAKES_ROOM = frozenset(
    {
        Kind.BATCH_CREATED,
        Kind.ACCOUNT_CREATED,
        Kind.ACCOUNT_CREATION_FAILED,
        Kind.INVITATION_ACCEPTED,
    }
)


@task()
def work(*, job_id: int) -> None:
    """Do a job, unless another worker has it or it has ended."""
    job = operations.jobs.claim_job(job_id)
    if job is None:
        return
    known = WORK.get(job.kind)
    if known is None:
        operations.jobs.bury_job(job, problem=f"no such kind of job: {job.kind}")
        return
    if job.attempts > settings.JOB_ATTEMPTS:
        # The workers that tried last died over it.
        _give_up(job, known, "given up: its workers died")
        return
    try:
        with _heartbeat(job):
            known.run(job.subject_id)
    except errors.ConcurrentModification as error:
        # A lock did not come in time: that is no fault of the job's, however often it happens.
        _queue(job.pk, operations.jobs.wait_for_lock(job, problem=str(error)))
    except Exception as error:
        logger.exception("Job %s failed at attempt %s", job, job.attempts)
        problem = f"{type(error).__name__}: {error}"
        due_at = operations.jobs.put_back(job, problem=problem)
        if due_at is None:
            _give_up(job, known, problem)
        else:
            _queue(job.pk, due_at)
    else:
        operations.jobs.end_job(job)


def start_jobs(event: Event, targets: Sequence[EventTarget]) -> None:
    """Start what goes on after an event, in the transaction of its change."""
    kind = STARTED_BY.get(event.kind)
    if kind is not None:
        subject_id = str(event.details.get("closing_request") or targets[0].entity_id)
        _start(kind, subject_id, organization_id=event.organization_id)
    if "delivery" in event.details:  # a test, a question, or what is sent once more
        _start(DELIVER, str(event.details["delivery"]), organization_id=event.organization_id)
    for delivery_id in operations.deliveries.add_deliveries(event, targets):
        _start(DELIVER, str(delivery_id), organization_id=event.organization_id)
    _tell_services(event, targets)
    organization_id = event.organization_id
    if event.kind not in MAKES_ROOM or organization_id is None:
        return
    if queries.batches.unfinished_batches(organization_id):
        _start("feed_batches", organization_id, organization_id=organization_id)


def do_chores() -> None:
    """What is due by the clock: lost jobs, invitations that ran out, records that are old enough.

    Every worker calls it every few seconds; what two of them do at once, only one of them gets done.
    """
    now = timezone.now()
    for job_id in operations.jobs.forgotten_jobs():
        _queue(job_id, now)
    _each(
        operations.invitations.expire_invitations,
        queries.invitations.organizations_with_overdue(),
    )
    _each(
        operations.scoped_grants.expire_scoped_grants,
        queries.scoped_grants.organizations_with_overdue(),
    )
    for organization_id in operations.batches.claim_due_batches():
        _start("feed_batches", organization_id, organization_id=organization_id)


def do_daily_chores() -> None:
    """What is old enough goes: accounts, and records of what has ended."""
    now = timezone.now()
    closed_before = now - settings.CLOSED_ACCOUNTS_LISTED
    _each(
        lambda account_id: operations.closings.purge_account(
            account_id, closed_before=closed_before
        ),
        queries.account_requests.accounts_closed_before(closed_before),
    )
    operations.invitations.purge_invitations(ended_before=now - settings.INVITATION_RECORDS_KEPT)
    operations.creations.purge_creations(ended_before=now - settings.CREATION_RECORDS_KEPT)
    operations.batches.purge_batches(ended_before=now - settings.BATCH_RECORDS_KEPT)
    operations.dry_runs.purge_dry_run_records(recorded_before=now - settings.DRY_RUN_RECORDS_KEPT)
    operations.care.forget_care(ended_before=now - settings.JOB_RECORDS_KEPT)
    operations.jobs.forget_workers(silent_since=now - SILENT_WORKERS_KEPT)
    operations.key_ring.note_ring_keys()
    operations.deliveries.purge_deliveries(made_before=now - settings.DELIVERY_RECORDS_KEPT)
    operations.subscriptions.purge_subscriptions(
        deleted_before=now - settings.SUBSCRIPTION_PATIENCE
    )
    operations.subscriptions.forget_asked_receivers()
    operations.bookkeeping.forget_calls(made_before=now - settings.RECORDED_CALLS_KEPT)
    operations.jobs.forget_jobs(ended_before=now - settings.JOB_RECORDS_KEPT)


def _tell_services(event: Event, targets: Sequence[EventTarget]) -> None:
    """A job for each service that has a callback and that the event is about (R-TS-11)."""
    happened = operations.callbacks.TOLD.get(event.kind)
    listening = hooks.services_that_listen()
    if happened is None or not listening or event.organization_id is None:
        return
    if happened in operations.callbacks.OF_ACCOUNTS:
        principals = queries.trusted_services.trusted_principals(event.organization_id)
    else:
        principals = [each.entity_id for each in targets if each.entity_type == "trusted_service"]
    for principal in principals:
        if principal in listening:
            subject_id = f"{event.pk}/{principal}"
            _start("tell_service", subject_id, organization_id=event.organization_id)


def _start(
    kind: str, subject_id: str, *, organization_id: str | None, due_at: datetime | None = None
) -> None:
    due_at = due_at or timezone.now() + WORK[kind].begins_after()
    job = operations.jobs.add_job(
        kind=kind, subject_id=subject_id, organization_id=organization_id, due_at=due_at
    )
    _queue(job.pk, due_at)


def _each(operation: Callable[[str], object], ids: Iterable[str]) -> None:
    """The operation for each of them; what is locked or went away meanwhile is met again the next time."""
    for one in ids:
        try:
            operation(one)
        except errors.OrgsError:
            logger.warning("A chore about %s has to wait", one, exc_info=True)


@contextmanager
def _heartbeat(job: Job) -> Iterator[None]:
    """Renew the lease as long as the block runs, so that no other worker begins what takes its time (P11).

    It beats in a thread with a connection of its own, because the block may wait for somebody outside.
    """
    ended = threading.Event()
    thread = threading.Thread(target=_beat, args=(job, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _beat(job: Job, ended: threading.Event) -> None:
    try:
        while not ended.wait(settings.JOB_LEASE.total_seconds() / HEARTBEATS_A_LEASE):
            try:
                if not operations.jobs.renew_lease(job):
                    return
            except Error:
                logger.exception("The lease of job %s could not be renewed", job)
    finally:
        connection.close()


def _give_up(job: Job, known: Work, problem: str) -> None:
    """First what its subject is told, then the job: a death between the two is made up for."""
    known.give_up(job.subject_id)
    operations.jobs.bury_job(job, problem=problem)


def _queue(job_id: int, due_at: datetime) -> None:
    work.using(run_after=due_at).enqueue(job_id=job_id)
