"""How every list of the service is paged: by key, sorted stably, never short while more is left."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from orgs.errors import InvalidParameter, Reason

DEFAULT_LIMIT = 1_000
LARGEST_LIMIT = 2_000

# Where a page ended, in texts: what its list is sorted by, of the last row.
Place = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page[Row]:
    """One page; `end` is where it ended, and None on the last one."""

    rows: Sequence[Row]
    end: Place | None = None


def page_size(
    limit: int | None, *, largest: int = LARGEST_LIMIT, default: int = DEFAULT_LIMIT
) -> int:
    """The size of a page (R-GEN-6).

    Raises:
        InvalidParameter: `limit` is out of range.
    """
    if limit is None:
        return default
    if not 1 <= limit <= largest:
        raise InvalidParameter(field="limit", reason=Reason.OUT_OF_RANGE, low=1, high=largest)
    return limit


def after(place: Place | None, column: str, read: Callable[[str], object]) -> Q:
    """The rows that follow a place in the order of `column` and then the id; all, without a place."""
    if place is None:
        return Q()
    value, last_id = read(place[0]), place[1]
    # The range comes first and alone, so that an index on the order is entered at the right row.
    return Q(**{f"{column}__gte": value}) & (
        Q(**{f"{column}__gt": value}) | Q(**{column: value, "pk__gt": last_id})
    )


def after_time(place: Place | None, column: str) -> Q:
    """The same for a column of times."""
    return after(place, column, datetime.fromisoformat)


def before_time(place: Place | None, column: str) -> Q:
    """The rows that follow a place where the newest come first; all, without a place."""
    if place is None:
        return Q()
    value, last_id = datetime.fromisoformat(place[0]), place[1]
    return Q(**{f"{column}__lte": value}) & (
        Q(**{f"{column}__lt": value}) | Q(**{column: value, "pk__lt": last_id})
    )


def take(rows: QuerySet[Any, Any], size: int) -> tuple[list[Any], bool]:
    """The first `size` rows, and whether more follow. One statement."""
    found = list(rows[: size + 1])
    return found[:size], len(found) > size


def written(place: Place | None) -> str:
    """A place in a list by time, as it stands in an address; empty where nothing follows."""
    return " ".join(place or ())


def read(text: str, is_id: Callable[[str], bool]) -> Place | None:
    """The place that `written` wrote, in a list whose rows have such ids; None at the beginning.

    Raises:
        InvalidParameter: it did not.
    """
    if not text:
        return None
    at, _space, row_id = text.partition(" ")
    if not is_id(row_id) or not _is_time(at):
        raise InvalidParameter(field="after", reason=Reason.NOT_AN_ID)
    return at, row_id


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).utcoffset() == timedelta(0)
    except ValueError:
        return False
