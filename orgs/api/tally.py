"""Calls that come in floods: of those alike the first in a minute is written down, the others are counted.

However many come, and from however many places, a process writes only so many rows in a minute, and one
statement more when the minute is over: whoever floods fills no table and makes no work for the database.
What a process has counted and not yet written when it ends is lost.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final

from django.conf import settings

from orgs.operations.bookkeeping import count_more_calls

MINUTE: Final = 60.0

# Who asked, and how it was answered.
type Alike = tuple[str, str]


@dataclass(slots=True)
class _Kept:
    """The row of the first, which is none where it could not be written, and how many came after it."""

    until: float
    row: int | None = None
    more: int = 0


class Tally:
    """What this process has written and counted in the last minute."""

    def __init__(self) -> None:
        self._kept: dict[Alike, _Kept] = {}
        self._lock = Lock()

    def note(self, alike: Alike, write: Callable[[bool], int | None]) -> None:
        """Count one call, and write it where it is the first of its kind in a minute.

        `write` returns the id of the row. It is told whether the row stands for more than one source: those
        that come when `REFUSED_CALLS_PER_MINUTE` sources are kept already share a row for each answer.
        """
        with self._lock:
            now = time.monotonic()
            over = self._take_over(now)
            is_shared = alike not in self._kept and self._is_full()
            if is_shared:
                alike = ("", alike[1])
            kept = self._kept.get(alike)
            if kept is None:
                self._kept[alike] = first = _Kept(now + MINUTE)
            else:
                kept.more += 1
        self._write(over)
        if kept is None:
            first.row = write(is_shared)

    def settle(self) -> None:
        """Write the counts of minutes that are over."""
        with self._lock:
            over = self._take_over(time.monotonic())
        self._write(over)

    def _is_full(self) -> bool:
        return len(self._kept) >= int(settings.REFUSED_CALLS_PER_MINUTE)

    def _take_over(self, now: float) -> list[_Kept]:
        over = [(alike, kept) for alike, kept in self._kept.items() if kept.until <= now]
        for alike, _kept in over:
            del self._kept[alike]
        return [kept for _alike, kept in over]

    def _write(self, over: list[_Kept]) -> None:
        more = {kept.row: kept.more for kept in over if kept.row is not None and kept.more}
        if more:
            count_more_calls(more)


strangers = Tally()
callers = Tally()  # however many strangers come, what is known of our own callers is kept
