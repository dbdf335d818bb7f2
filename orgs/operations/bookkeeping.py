"""What is written beside the changes: use of keys, spent allowances, old answers, refused calls.

Single statements of their own, never in a transaction and never under an organization's lock. Who reads
must not wait for who writes, so on SQLite, where there is one writer, they give up at once and are made
up for the next time.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, OperationalError, connection
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Greatest
from django.utils import timezone

from orgs.actor import Actor
from orgs.models import AccessKey, RateLimit, RecordedCall, RememberedAnswer

logger = logging.getLogger(__name__)

USE_IS_NOTED_EVERY = timedelta(minutes=1)
FORGOTTEN_AT_ONCE = 1_000
FULL_BUCKETS_KEPT = timedelta(hours=1)
PATIENCE_MILLISECONDS = 50


def note_use(*, key_id: str, now: datetime) -> None:
    """Note that an access key was used, at most once a minute."""
    due = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_IS_NOTED_EVERY)
    with _without_waiting():
        AccessKey.objects.filter(due, pk=key_id).update(last_used_at=now)


def spend(*, principal: str, tokens: int, per_second: int, now: float) -> float:
    """Take tokens out of a bucket that all processes share, or none (P7).

    The bucket holds as many as come in during the seconds that `RATE_BURST_SECONDS` says. Returns 0 where
    they were taken, else the seconds after which they will be there.
    """
    worth = tokens / per_second
    latest = now + max(settings.RATE_BURST_SECONDS, 1) - worth
    with _without_waiting():
        for _attempt in range(2):
            buckets = RateLimit.objects.filter(pk=principal)
            if buckets.filter(full_at__lte=latest).update(
                full_at=Greatest(F("full_at"), Value(now)) + Value(worth)
            ):
                return 0
            full_at = buckets.values_list("full_at", flat=True).first()
            if full_at is not None:
                return float(max(full_at - latest, 0.001))
            RateLimit.objects.bulk_create(
                [RateLimit(principal=principal, full_at=now)], ignore_conflicts=True
            )
    return 0


def forget_answers(*, now: datetime) -> int:
    """Delete answers that need not be remembered any more, up to 1,000; returns how many."""
    deleted = 0
    with _without_waiting():
        old = RememberedAnswer.objects.filter(created_at__lt=now - settings.ANSWERS_REMEMBERED_FOR)
        ids = list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
        if ids:
            deleted, _kinds = RememberedAnswer.objects.filter(pk__in=ids).delete()
    return deleted


def forget_full_buckets(*, now: float) -> int:
    """Delete buckets that have been full for an hour, up to 1,000; returns how many.

    A full bucket is as good as none. Addresses come and go, and would leave one each.
    """
    deleted = 0
    with _without_waiting():
        full = RateLimit.objects.filter(full_at__lt=now - FULL_BUCKETS_KEPT.total_seconds())
        principals = list(full.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
        if principals:
            # Looked at once more, as somebody may be taking from it again.
            deleted, _kinds = full.filter(pk__in=principals).delete()
    return deleted


def note_call(
    *,
    caller: Actor,
    organization_id: str,
    operation: str,
    status: int,
    code: str = "",
    is_refused: bool = True,
) -> None:
    """Write down a call that was refused (R-AUD-1), or that read something (R-AUD-2).

    Of what an account is refused only so many a minute, and of an organization only so many in all, of which
    the oldest go: nobody can fill the table. It never waits, and never makes an answer another one.
    """
    try:
        per_minute = int(settings.REFUSED_CALLS_PER_MINUTE)
        principal = f"refused/{caller.account_id}"
        if is_refused and spend(
            principal=principal, tokens=60, per_second=per_minute, now=time.time()
        ):
            return
    except DatabaseError:
        logger.exception("A call could not be written down: %s %s", operation, caller.request_id)
        return
    keep_call(
        caller=caller,
        organization_id=organization_id,
        operation=operation,
        status=status,
        code=code,
        is_refused=is_refused,
    )


def keep_call(
    *,
    caller: Actor,
    organization_id: str | None,
    operation: str,
    status: int,
    code: str = "",
    is_refused: bool = True,
) -> int | None:
    """Write a call down whoever makes it: the caller of this sees to it that they are not too many.

    Without an organization it is for operators alone; of those, too, the oldest go. Returns the id of the
    row, or None where it could not be written. It never waits.
    """
    row = None
    try:
        with _without_waiting():
            row = RecordedCall.objects.create(
                organization_id=organization_id,
                is_refused=is_refused,
                at=timezone.now(),
                account_id=caller.account_id or "",
                account_name=caller.account_name,
                username=caller.username,
                source_address=caller.address,
                operation=operation[:64],
                status=status,
                code=code[:64],
                request_id=caller.request_id,
            ).pk
            _forget_more_than_fit(organization_id, is_refused=is_refused)
    except DatabaseError:
        logger.exception("A call could not be written down: %s %s", operation, caller.request_id)
    return row


def count_more_calls(more: Mapping[int, int]) -> None:
    """Add to the number of calls that rows stand for: one statement, and no fault where it fails."""
    added = [When(pk=row, then=F("times") + Value(number)) for row, number in more.items()]
    try:
        with _without_waiting():
            RecordedCall.objects.filter(pk__in=more).update(times=Case(*added))
    except DatabaseError:
        logger.exception("Calls could not be counted: %s", dict(more))


def _forget_more_than_fit(organization_id: str | None, *, is_refused: bool) -> None:
    alike = RecordedCall.objects.filter(organization=organization_id, is_refused=is_refused)
    most = int(settings.RECORDED_CALLS)
    last = alike.order_by("-pk").values_list("pk", flat=True)[most : most + 1]
    for oldest in last:
        alike.filter(pk__lte=oldest).delete()


def forget_calls(*, made_before: datetime) -> int:
    """Delete calls that were written down before that time; returns how many."""
    deleted, _kinds = RecordedCall.objects.filter(at__lt=made_before).delete()
    return deleted


@contextmanager
def _without_waiting() -> Iterator[None]:
    """Let a write be skipped when SQLite's one writer is somebody else."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    driver = connection.connection
    patience = int(connection.settings_dict["OPTIONS"].get("timeout", 5) * 1000)
    driver.execute(f"PRAGMA busy_timeout = {PATIENCE_MILLISECONDS}")
    try:
        yield
    except OperationalError as error:
        if "locked" not in str(error):
            raise
    finally:
        driver.execute(f"PRAGMA busy_timeout = {patience}")
