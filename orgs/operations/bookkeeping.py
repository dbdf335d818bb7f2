"""What is written beside the changes: use of keys, spent allowances, old answers.

Single statements of their own, never in a transaction and never under an organization's lock. Who reads
must not wait for who writes, so on SQLite, where there is one writer, they give up at once and are made
up for the next time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import OperationalError, connection
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest

from orgs.models import AccessKey, RateLimit, RememberedAnswer

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
