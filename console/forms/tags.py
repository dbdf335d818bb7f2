"""The tags of a resource as rows to fill in."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import zip_longest
from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict

from console.forms.fields import checked_by
from orgs import names
from orgs.errors import Reason

MORE_ROWS = 3


@dataclass(slots=True)
class TagRow:
    """A tag as it is typed, and what it was; a new one was nothing."""

    key: str = ""
    value: str = ""
    was_key: str = ""
    was_value: str = ""
    is_removed: bool = False
    key_error: str = ""
    value_error: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether the tag is there afterwards."""
        return bool(self.key) and not self.is_removed

    @property
    def is_changed(self) -> bool:
        """Whether it is there afterwards, and was not or was another."""
        return self.is_kept and (self.key, self.value) != (self.was_key, self.was_value)

    @property
    def is_gone(self) -> bool:
        """Whether what it was is not there afterwards."""
        return bool(self.was_key) and (not self.is_kept or self.key != self.was_key)


@dataclass(slots=True)
class TagRows:
    """All of them, and some to fill in. Only what was changed is sent on, so others may edit too."""

    rows: list[TagRow] = field(default_factory=list)

    @classmethod
    def of(cls, tags: Iterable[tuple[str, str]]) -> Self:
        """What is there."""
        made = cls([TagRow(key, value, key, value) for key, value in tags])
        made.add_rows()
        return made

    @classmethod
    def read(cls, sent: QueryDict) -> Self:
        """What was sent."""
        columns = ("key", "value", "was_key", "was_value")
        removed = set(sent.getlist("remove"))
        lists = [sent.getlist(column)[: 2 * cls.limit()] for column in columns]
        return cls(
            [
                TagRow(key.strip(), value.strip(), was_key, was_value, str(number) in removed)
                for number, (key, value, was_key, was_value) in enumerate(
                    zip_longest(*lists, fillvalue="")
                )
            ]
        )

    @staticmethod
    def limit() -> int:
        """How many tags a resource holds (R-TAG-1)."""
        return int(settings.TAG_QUOTA)

    def __iter__(self) -> Iterator[TagRow]:
        return iter(self.rows)

    @property
    def count(self) -> int:
        """How many tags there are afterwards."""
        return sum(row.is_kept for row in self.rows)

    @property
    def has_room(self) -> bool:
        """Whether another row would be of use."""
        return len(self.rows) < self.limit()

    @property
    def wanted(self) -> list[tuple[str, str]]:
        """The tags that are new or have another value."""
        return [(row.key, row.value) for row in self.rows if row.is_changed]

    @property
    def removed_keys(self) -> list[str]:
        """The keys that are there no more."""
        kept = {row.key for row in self.rows if row.is_kept}
        return [row.was_key for row in self.rows if row.is_gone and row.was_key not in kept]

    def add_rows(self) -> None:
        """A few empty rows, as far as they fit."""
        fit = min(MORE_ROWS, self.limit() - len(self.rows))
        self.rows += [TagRow() for _number in range(fit)]

    def require_something(self, removed_keys: Sequence[str]) -> None:
        """Where nothing is to be changed at all, say so at the first row."""
        if self.rows and not self.wanted and not removed_keys and not self.rows[0].key_error:
            self.rows[0].key_error = str(Reason.NONE_GIVEN.label)

    def is_valid(self) -> bool:
        """Whether every row that is changed can be taken; what cannot is said beside it."""
        wide = bool(settings.TAG_CHARACTERS_WIDE)
        tag_key, tag_value = partial(names.tag_key, wide=wide), partial(names.tag_value, wide=wide)
        seen: set[str] = set()
        for row in self.rows:
            if not row.key and row.value and not row.was_key:
                row.key_error = str(Reason.EMPTY.label)
            if not row.is_kept:
                continue
            if row.key in seen:
                row.key_error = str(Reason.REPEATED.label).format(value=row.key)
            seen.add(row.key)
            if row.is_changed:
                row.key_error = row.key_error or _problem(tag_key, row.key)
                row.value_error = _problem(tag_value, row.value)
        return not any(row.key_error or row.value_error for row in self.rows)


def _problem(rule: Callable[[object], str], value: str) -> str:
    try:
        checked_by(rule, value)
    except ValidationError as error:
        return str(error.messages[0])
    return ""
