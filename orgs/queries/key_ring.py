"""Which keys of the ring are in use: how many secrets are sealed under each, and since when."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orgs import key_ring, second_factor
from orgs.models import AccessKey, RingKey, Subscription

ROWS_AT_A_TIME = 2_000
UNREADABLE_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedColumn:
    """Where secrets of one kind are kept, whose each is, and how another seal is put in its place."""

    name: str
    label: Promise
    column: str
    rows: Callable[[], QuerySet[Any]]
    owner: Callable[[Any], str]
    read: Callable[[Any], bytes | None]
    write: Callable[[Any, bytes], None]


def _seal_anew(row: Any, sealed: bytes) -> None:
    row.sealed_secret = sealed


def _seal_factor_anew(kept: Any, sealed: bytes) -> None:
    kept.data = second_factor.with_sealed(kept.data, sealed)


# Whatever is sealed under the ring stands here, or it is lost when its key leaves the ring.
SEALED = (
    SealedColumn(
        name="access_keys",
        label=_("Access keys"),
        column="sealed_secret",
        rows=lambda: AccessKey.objects.order_by("pk"),
        owner=lambda key: str(key.pk),
        read=lambda key: bytes(key.sealed_secret),
        write=_seal_anew,
    ),
    SealedColumn(
        name="second_factors",
        label=_("Second factors"),
        column="data",
        rows=lambda: Authenticator.objects.order_by("pk"),
        owner=lambda kept: second_factor.owner_of(kept.user_id),
        read=lambda kept: second_factor.sealed_in(kept.data),
        write=_seal_factor_anew,
    ),
    SealedColumn(
        name="webhooks",
        label=_("Webhooks"),
        column="sealed_secret",
        rows=lambda: Subscription.objects.exclude(sealed_secret=None).order_by("pk"),
        owner=lambda subscription: str(subscription.pk),
        read=lambda subscription: bytes(subscription.sealed_secret),
        write=_seal_anew,
    ),
)


@dataclass(frozen=True, slots=True)
class KeyInUse:
    """A key of the ring by its fingerprint, newest first, and what is sealed under it."""

    fingerprint: str
    is_newest: bool
    since: datetime | None  # None: no worker has seen it yet
    secrets: dict[str, int]  # by kind

    @property
    def total(self) -> int:
        """How many secrets are sealed under it."""
        return sum(self.secrets.values())


@dataclass(frozen=True, slots=True)
class Census:
    """Every secret of the installation, counted by its key."""

    keys: list[KeyInUse]
    unreadable: int
    unreadable_owners: list[str]  # the first twenty

    @property
    def under_old_keys(self) -> int:
        """How many secrets wait for `rotate_secrets`."""
        return sum(key.total for key in self.keys if not key.is_newest)

    @property
    def total(self) -> int:
        """How many secrets there are, those that no key opens among them."""
        return self.unreadable + sum(key.total for key in self.keys)


def count_secrets() -> Census:
    """Every secret with its key. Opens each once, which takes about a second for 100,000.

    Nothing of what is opened is kept or told.
    """
    ring = settings.KEY_RING
    counts: dict[bytes, Counter[str]] = {key: Counter() for key in ring}
    unreadable = 0
    owners: list[str] = []
    for sealed in SEALED:
        for owner, key in _keys_of(sealed, ring):
            if key is not None:
                counts[key][sealed.name] += 1
                continue
            unreadable += 1
            if len(owners) < UNREADABLE_SHOWN:
                owners.append(owner)
    seen = dict(RingKey.objects.values_list("pk", "first_seen_at"))
    keys = [
        KeyInUse(
            key_ring.fingerprint(key),
            key == ring[0],
            seen.get(key_ring.fingerprint(key)),
            dict(counts[key]),
        )
        for key in counts
    ]
    return Census(keys, unreadable, owners)


def _keys_of(sealed: SealedColumn, ring: list[bytes]) -> Iterator[tuple[str, bytes | None]]:
    for row in sealed.rows().iterator(ROWS_AT_A_TIME):
        text = sealed.read(row)
        if text is None:
            continue
        owner = sealed.owner(row)
        try:
            yield owner, key_ring.key_of(text, owner=owner, ring=ring)
        except key_ring.SecretUnreadable:
            yield owner, None
