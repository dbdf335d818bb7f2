"""The rows of the tree, and the parts they come in."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from django.db.models import (
    Q,
)

from orgs import errors, identifiers
from orgs.models import (
    MAX_LEVELS,
    AccountStatus,
)
from orgs.statements import Given

PART = 50  # children of one parent that are shown at a time


class Kind(StrEnum):
    """What stands at a place of the tree."""

    ROOT = "root"
    UNIT = "unit"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Key:
    """Where a child stands among its siblings: units before accounts, then by name, then by id."""

    kind: Kind
    id: str
    name_key: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}:{self.name_key}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The key that `str` wrote.

        Raises:
            InvalidParameter: it did not.
        """
        kind, _colon, rest = text.partition(":")
        entity_id, colon, name_key = rest.partition(":")
        shape = {"unit": identifiers.UNIT, "account": identifiers.ACCOUNT}.get(kind)
        if shape is None or not shape.fits(entity_id) or not colon or "\0" in name_key:
            raise errors.InvalidParameter(field="after", reason=errors.Reason.NOT_AN_ID)
        return cls(Kind(kind), entity_id, name_key)


def from_child(child_id: str | Given, name_key: str | Given) -> Q:
    """A child and those of its kind that follow it."""
    return Q(name_key__gte=name_key) & (Q(name_key__gt=name_key) | Q(id__gte=child_id))


def after_child(child_id: str | Given, name_key: str | Given) -> Q:
    """Those that follow it."""
    return Q(name_key__gte=name_key) & (Q(name_key__gt=name_key) | Q(id__gt=child_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A row of the tree. `accounts` and `units` count everything below it.

    `policies` counts those that are attached to it itself, built-in ones left out: FullAccess is everywhere.

    In a tree that is narrowed (`queries.tree_search`) the numbers count what is shown below it, `is_found`
    marks what was looked for, and `holds_more` a unit with children that are not among it. Policies are
    counted there of what was looked for alone.
    """

    kind: Kind
    id: str
    name: str
    level: int
    position: int = 1
    siblings: int = 1
    accounts: int = 0
    units: int = 0
    direct_accounts: int = 0
    direct_units: int = 0
    policies: int = 0
    status: AccountStatus = AccountStatus.ACTIVE
    is_management_account: bool = False
    is_current: bool = False
    is_tab_stop: bool = False
    is_found: bool = False
    holds_more: bool = False
    branch: "Branch | None" = None

    @property
    def has_children(self) -> bool:
        """Whether anything is below it."""
        return bool(self.accounts or self.units or self.holds_more)

    @property
    def is_empty(self) -> bool:
        """Whether it is a unit that could be deleted (R-OU-12)."""
        return not (self.direct_units or self.direct_accounts)

    @property
    def takes_units(self) -> bool:
        """Whether it is a place with another level below it (R-OU-4)."""
        return self.kind != Kind.ACCOUNT and self.level <= MAX_LEVELS

    @property
    def is_active(self) -> bool:
        """Whether it is a unit, or an account that is neither closed nor being closed."""
        return self.status == AccountStatus.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One part of the children of an open unit."""

    parent_id: str
    level: int
    total: int
    nodes: tuple[Node, ...]
    start: int
    last: Key | None

    @property
    def first_position(self) -> int:
        """The number of its first child among all, from 1."""
        return self.start + 1

    @property
    def end(self) -> int:
        """The number of its last child among all."""
        return self.start + len(self.nodes)

    @property
    def remaining(self) -> int:
        """How many children follow this part."""
        return max(self.total - self.end, 0)

    @property
    def next_count(self) -> int:
        """How many of them the next part shows."""
        return min(self.remaining, PART)
