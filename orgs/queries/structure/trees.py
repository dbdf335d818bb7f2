"""The rows around some open parents, loaded in two statements."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple, Self

from django.db.models import (
    Case,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)

from orgs import errors
from orgs.models import (
    Account,
    AccountStatus,
    Organization,
    OrganizationalUnit,
)
from orgs.queries.structure.counts import count_of, own_policies, total_of
from orgs.queries.structure.nodes import PART, Branch, Key, Kind, Node, after_child, from_child
from orgs.statements import Given, Statement

STATEMENTS = 256  # that are kept: one for each shape of what is open


class _UnitRow(NamedTuple):
    id: str
    parent_id: str | None
    name: str
    name_key: str
    lft: int
    rght: int
    accounts_below: int
    direct_units: int
    direct_accounts: int
    policies: int
    before: int


class _AccountRow(NamedTuple):
    id: str
    unit_id: str
    name: str
    name_key: str
    status: str
    policies: int


class _From(StrEnum):
    """Where the part of an open parent's children begins that is in sight."""

    FIRST = "first"
    CHILD = "child"  # at it, unless it is in the first part
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Opening:
    """An open parent, and the child that has to be in sight or after which its part begins."""

    parent: OrganizationalUnit
    starts: _From = _From.FIRST
    key: Key | None = None

    @classmethod
    def at(cls, parent: OrganizationalUnit, child: Key | None, after: Key | None) -> Self:
        """With the child in sight, or with what follows another one."""
        if after is not None:
            return cls(parent, _From.AFTER, after)
        return cls(parent, _From.CHILD, child) if child else cls(parent)

    @property
    def shape(self) -> tuple[_From, Kind | None]:
        """What the statements for it depend on, beside values."""
        return self.starts, self.key.kind if self.key else None

    def given(self, number: int) -> dict[str, str]:
        """Those values, for the `_Part` with that number."""
        values = {f"parent_{number}": self.parent.pk}
        if self.key is not None:
            values |= {f"id_{number}": self.key.id, f"name_key_{number}": self.key.name_key}
        return values


class _Part:
    """The part of an open parent's children that is in sight, as conditions on values to be given."""

    def __init__(self, number: int, shape: tuple[_From, Kind | None]) -> None:
        self.starts, self.kind = shape
        self.parent = Given(f"parent_{number}")
        child = Given(f"id_{number}"), Given(f"name_key_{number}")
        self.follows = (after_child if self.starts == _From.AFTER else from_child)(*child)

    def beginnings(self, kind: Kind) -> list[Q]:
        """Where the rows of a kind begin: at the first, at the child, or after the part before."""
        if self.starts == _From.AFTER:
            if self.kind == kind:
                return [self.follows]
            return [Q()] if kind == Kind.ACCOUNT else []
        return [Q(), self.follows] if self.kind == kind else [Q()]

    def children(self, kind: Kind) -> QuerySet[Any]:
        """The children of a kind, whichever are in sight."""
        if kind == Kind.ACCOUNT:
            # They are of the parent's organization: the database sees to that (I5).
            return Account.objects.filter(unit=self.parent).order_by()
        here = {"organization": Given("organization"), "parent": self.parent}
        return OrganizationalUnit.objects.filter(**here).order_by()

    def in_sight(self, kind: Kind) -> list[Q]:
        """The children of a kind that may be in sight."""
        return [
            Q(
                pk__in=self.children(kind)
                .filter(begin)
                .order_by("name_key", "id")[:PART]
                .values("pk")
            )
            for begin in self.beginnings(kind)
        ]

    def before(self) -> When | None:
        """How many siblings come before what is in sight, as far as they are of its kind."""
        if self.kind is None:
            return None
        number = count_of(self.children(self.kind).filter(~self.follows))
        return When(pk=self.parent, then=number)


class Tree:
    """The rows around some open parents, loaded in two statements."""

    def __init__(
        self, organization: Organization, openings: Sequence[Opening], *, current: str
    ) -> None:
        self.organization = organization
        self.openings = {opening.parent.pk: opening for opening in openings}
        self.current = current
        self.units: dict[str, _UnitRow] = {}
        self.units_under: dict[str, list[_UnitRow]] = defaultdict(list)
        for row in self._load_units():
            self.units[row.id] = row
            if row.parent_id in self.openings:
                self.units_under[row.parent_id].append(row)
        if self.openings.keys() - self.units.keys():
            # Moved or deleted between two statements: this is no moment to draw it.
            raise errors.ConcurrentModification
        self.accounts_under: dict[str, list[_AccountRow]] = defaultdict(list)
        for account in self._load_accounts():
            self.accounts_under[account.unit_id].append(account)

    def root(self, top: OrganizationalUnit) -> Node:
        """The top of the tree that is seen, with everything open below it."""
        return self._node(self.units[top.pk], level=1)

    def current_node(self, unit: OrganizationalUnit, account: Account | None) -> Node:
        """The node the page is about."""
        if account is None:
            return self._node(self.units[unit.pk], level=len(unit.path))
        row = _AccountRow(
            account.pk,
            unit.pk,
            account.name,
            account.name_key,
            account.status,
            account.policies,  # type: ignore[attr-defined]  # counted with it
        )
        return self._node(row, level=len(unit.path) + 1)

    def branch(self, opening: Opening, *, level: int) -> Branch:
        """The part of an open parent's children that is in sight."""
        parent = self.units[opening.parent.pk]
        total = parent.direct_units + parent.direct_accounts
        start = self._start(opening, parent)
        rows: list[_UnitRow | _AccountRow] = [
            *self.units_under[parent.id],
            *self.accounts_under[parent.id],
        ]
        if start and opening.key and opening.starts == _From.CHILD:
            # The first part was loaded too, as the child might have been in it.
            ids = [row.id for row in rows]
            rows = rows[ids.index(opening.key.id) :] if opening.key.id in ids else rows
        rows = rows[:PART]
        return Branch(
            parent_id=parent.id,
            level=level,
            total=total,
            start=start,
            last=_key(rows[-1]) if rows else None,
            nodes=tuple(
                self._node(row, level, position, total)
                for position, row in enumerate(rows, start=start + 1)
            ),
        )

    def _node(
        self, row: "_UnitRow | _AccountRow", level: int, position: int = 1, siblings: int = 1
    ) -> Node:
        if isinstance(row, _AccountRow):
            return Node(
                kind=Kind.ACCOUNT,
                id=row.id,
                name=row.name,
                level=level,
                position=position,
                siblings=siblings,
                policies=row.policies,
                status=AccountStatus(row.status),
                is_management_account=row.id == self.organization.management_account_id,
                is_current=row.id == self.current,
                is_tab_stop=row.id == self.current,
            )
        opening = self.openings.get(row.id)
        return Node(
            kind=Kind.UNIT if row.parent_id else Kind.ROOT,
            id=row.id,
            name=row.name,
            level=level,
            position=position,
            siblings=siblings,
            accounts=row.accounts_below,
            units=(row.rght - row.lft - 1) // 2,
            direct_accounts=row.direct_accounts,
            direct_units=row.direct_units,
            policies=row.policies,
            is_current=row.id == self.current,
            is_tab_stop=row.id == self.current,
            branch=self.branch(opening, level=level + 1) if opening else None,
        )

    def _start(self, opening: Opening, parent: _UnitRow) -> int:
        """How many children come before the part."""
        if opening.key is None:
            return 0
        is_account = opening.key.kind == Kind.ACCOUNT
        before = parent.before + (parent.direct_units if is_account else 0)
        return before if opening.starts == _From.AFTER or before >= PART else 0

    def _load_units(self) -> Iterable[_UnitRow]:
        """The open units, and of each the child units that may be in sight. One statement."""
        if not self.openings:
            return ()
        return (_UnitRow(*row) for row in _units_around(self._shapes())(**self._given()))

    def _load_accounts(self) -> Iterable[_AccountRow]:
        """Of each open unit the accounts directly in it that may be in sight. One statement."""
        if not self.openings:
            return ()
        return (_AccountRow(*row) for row in _accounts_around(self._shapes())(**self._given()))

    def _shapes(self) -> tuple[tuple[_From, Kind | None], ...]:
        return tuple(opening.shape for opening in self.openings.values())

    def _given(self) -> dict[str, str]:
        values = {"organization": self.organization.pk}
        for number, opening in enumerate(self.openings.values()):
            values |= opening.given(number)
        return values


@lru_cache(maxsize=STATEMENTS)
def _units_around(shapes: tuple[tuple[_From, Kind | None], ...]) -> Statement:
    return Statement(lambda: _units_in_sight([_Part(*part) for part in enumerate(shapes)]))


@lru_cache(maxsize=STATEMENTS)
def _accounts_around(shapes: tuple[tuple[_From, Kind | None], ...]) -> Statement:
    return Statement(lambda: _accounts_in_sight([_Part(*part) for part in enumerate(shapes)]))


def _units_in_sight(parts: Sequence[_Part]) -> QuerySet[Any, Any]:
    units = OrganizationalUnit.objects.filter(organization=Given("organization")).order_by()
    wanted = Q(pk__in=[part.parent for part in parts])
    for part in parts:
        for condition in part.in_sight(Kind.UNIT):
            wanted |= condition
    before = [when for part in parts if (when := part.before())]
    # Unit by unit, never by a join: that way both databases go by the index of units and then by that
    # of the accounts in each, and never through all accounts for every row.
    below = units.filter(lft__gte=OuterRef("lft"), lft__lte=OuterRef("rght"))
    inside = count_of(Account.objects.filter(unit=OuterRef("pk")))
    return (
        units.filter(wanted)
        .order_by("name_key", "id")
        .annotate(
            accounts_below=total_of(below.annotate(inside=inside), Sum("inside")),
            direct_units=count_of(units.filter(parent=OuterRef("pk"))),
            direct_accounts=inside,
            policies=own_policies("unit"),
            before=Case(*before, default=Value(0), output_field=IntegerField()),
        )
        .values_list(*_UnitRow._fields)
    )


def _accounts_in_sight(parts: Sequence[_Part]) -> QuerySet[Any, Any]:
    wanted = Q(pk__in=[])
    for part in parts:
        for condition in part.in_sight(Kind.ACCOUNT):
            wanted |= condition
    rows = Account.objects.filter(wanted, unit__pk__in=[part.parent for part in parts])
    return (
        rows.order_by("name_key", "id")
        .annotate(policies=own_policies("account"))
        .values_list(*_AccountRow._fields)
    )


def _key(row: _UnitRow | _AccountRow) -> Key:
    kind = Kind.UNIT if isinstance(row, _UnitRow) else Kind.ACCOUNT
    return Key(kind, row.id, row.name_key)
