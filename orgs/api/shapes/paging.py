"""What every list has in common."""

from datetime import datetime

from msgspec import Struct


class PageInfo(Struct, frozen=True):
    """Where the next page begins, and how many stand on this one."""

    next_marker: str | None
    current_count: int


class NoQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """No parameter at all."""


class PageQuery(Struct, frozen=True):
    """A page of a list without filters."""

    limit: int | None = None
    marker: str | None = None


def whole_seconds(moment: datetime) -> datetime:
    """A time as the wire tells it (R-GEN-8)."""
    return moment.replace(microsecond=0)


def seconds_if_any(moment: datetime | None) -> datetime | None:
    """The same for a time that may not have come yet."""
    return None if moment is None else whole_seconds(moment)
