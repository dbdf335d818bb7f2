"""The key ring: every secret sealed under its newest key, so that an old one can be taken out."""

import logging
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from orgs import key_ring
from orgs.actor import Actor
from orgs.models import RingKey
from orgs.operations.change import installation_change
from orgs.queries.key_ring import SEALED, Census, SealedColumn, count_secrets

ROWS_PER_CHANGE = 500

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rotation:
    """How many secrets were sealed anew, by kind; and how all of them stand now."""

    resealed: dict[str, int]
    census: Census

    @property
    def is_complete(self) -> bool:
        """Whether no secret needs an old key any more, or cannot be opened at all."""
        return not self.census.under_old_keys and not self.census.unreadable


def rotate_secrets(*, actor: Actor) -> Rotation:
    """Seal every secret that is under an older key of the ring under the newest one.

    500 rows to a change, so that nobody waits long for one: it may run while the installation serves.
    Cut short, it leaves each secret sealed under a key of the ring, and goes on where it is run again. A
    secret that no key opens is left as it is. Secrets belong to no organization's tree, so no event tells
    of it; the log does.

    Raises:
        OperatorOnly, UserDisabled, ConcurrentModification.
    """
    resealed = {sealed.name: _reseal(actor, sealed) for sealed in SEALED}
    note_ring_keys()
    counted = ", ".join(f"{count} {name}" for name, count in resealed.items())
    logger.info("Secrets were sealed anew by %s: %s.", actor.username, counted)
    return Rotation(resealed, count_secrets())


def note_ring_keys() -> None:
    """Note of each key of the ring since when it has been there, where it was not seen before."""
    now = timezone.now()
    RingKey.objects.bulk_create(
        [
            RingKey(id=key_ring.fingerprint(key), first_seen_at=now)
            for key in dict.fromkeys(settings.KEY_RING)
        ],
        ignore_conflicts=True,
    )


def _reseal(actor: Actor, sealed: SealedColumn) -> int:
    """All secrets of a kind, in the order of their keys; returns how many were sealed anew."""
    count, after = 0, None
    while True:
        done, after = _reseal_some(actor, sealed, after)
        count += done
        if after is None:
            return count


def _reseal_some(actor: Actor, sealed: SealedColumn, after: Any) -> tuple[int, Any]:
    """The next rows, in one change; returns how many, and the last of them, None at the end.

    The rows are locked, so what is written beside the secret (a recovery code that is crossed out) is kept.
    """
    with installation_change(actor):
        rows = sealed.rows().select_for_update(no_key=True)
        if after is not None:
            rows = rows.filter(pk__gt=after)
        found = list(rows[:ROWS_PER_CHANGE])
        changed = [row for row in found if _reseal_row(sealed, row)]
        sealed.rows().bulk_update(changed, [sealed.column])
    return len(changed), found[-1].pk if len(found) == ROWS_PER_CHANGE else None


def _reseal_row(sealed: SealedColumn, row: Any) -> bool:
    """Whether the row's secret was under an older key; then it is under the newest."""
    text = sealed.read(row)
    if text is None:
        return False
    ring, owner = settings.KEY_RING, sealed.owner(row)
    try:
        if key_ring.key_of(text, owner=owner, ring=ring) == ring[0]:
            return False
        secret = key_ring.unseal(text, owner=owner, ring=ring)
    except key_ring.SecretUnreadable:
        return False
    sealed.write(row, key_ring.seal(secret, owner=owner, ring=ring))
    return True
