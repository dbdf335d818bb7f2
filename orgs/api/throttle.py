"""Rate limits, counted across processes without a write for each request (P7).

A process takes a block of tokens out of a bucket in the database and spends it by itself. What it does
not spend in time is lost, so processes together never allow more than one bucket holds.
"""

import math
import time
from dataclasses import dataclass
from threading import Lock

from django.conf import settings
from django.utils import timezone

from orgs import errors
from orgs.api import tally
from orgs.client_address import network_of
from orgs.operations import bookkeeping

KEPT_SECONDS = 5
MOST_KEPT = 10_000


@dataclass(slots=True)
class Block:
    """Tokens that may be spent until a time of the monotonic clock; or a refusal that holds until then."""

    tokens: int
    until: float
    is_refused: bool = False


class Throttle:
    """The blocks of this process."""

    def __init__(self) -> None:
        self._blocks: dict[str, Block] = {}
        self._lock = Lock()

    def admit(self, principal: str, *, per_second: int) -> None:
        """Let one request of `principal` pass; 0 a second sets no limit.

        Raises:
            Throttled: with the seconds to wait.
        """
        if not per_second:
            return
        with self._lock:
            block, now = self._blocks.get(principal), time.monotonic()
            if block is not None and now < block.until:
                if block.is_refused:
                    raise errors.Throttled(seconds=math.ceil(block.until - now))
                if block.tokens:
                    block.tokens -= 1
                    return
        self._take(principal, per_second)

    def _take(self, principal: str, per_second: int) -> None:
        """Spend one token of a fresh block: a second's worth, or where there is not so much a single one."""
        wait = 0.0
        for tokens in dict.fromkeys((per_second, 1)):
            wait = bookkeeping.spend(
                principal=principal, tokens=tokens, per_second=per_second, now=time.time()
            )
            if not wait:
                self._keep(principal, Block(tokens - 1, time.monotonic() + KEPT_SECONDS))
                return
        self._keep(principal, Block(0, time.monotonic() + wait, is_refused=True))
        raise errors.Throttled(seconds=max(1, math.ceil(wait)))

    def _keep(self, principal: str, block: Block) -> None:
        with self._lock:
            if len(self._blocks) >= MOST_KEPT:
                self._blocks.clear()
            self._blocks[principal] = block


class Occasion:
    """Something to be done once in a while, whoever comes by."""

    def __init__(self, *, every_seconds: float) -> None:
        self._every, self._due = every_seconds, time.monotonic() + every_seconds

    def is_due(self) -> bool:
        """Whether it is time; True once, and then not for a while."""
        now = time.monotonic()
        if now < self._due:
            return False
        self._due = now + self._every
        return True


throttle = Throttle()
strangers = Throttle()  # however many of them come, they do not push out the blocks of keys
tidying = Occasion(every_seconds=60)


def tidy() -> None:
    """Forget old answers and full buckets, once a minute in each process, when something is written.

    Calls that were only counted are written then, too.
    """
    if tidying.is_due():
        tally.strangers.settle()
        tally.callers.settle()
        bookkeeping.forget_answers(now=timezone.now())
        bookkeeping.forget_full_buckets(now=time.time())


def admit(*, key_id: str, organization_id: str | None) -> None:
    """Let a request of an access key pass, and of its organization.

    Raises:
        Throttled.
    """
    throttle.admit(f"key/{key_id}", per_second=settings.RATE_PER_KEY)
    if organization_id is not None:
        throttle.admit(f"organization/{organization_id}", per_second=settings.RATE_PER_ORGANIZATION)


def admit_stranger(*, address: str) -> None:
    """Let a request that nobody we know has signed be told so; too many from one address are told to wait.

    Raises:
        Throttled.
    """
    principal = f"address/{network_of(address)}"
    strangers.admit(principal, per_second=settings.RATE_PER_ADDRESS)
    tidy()
