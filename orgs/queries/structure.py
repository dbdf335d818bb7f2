"""The organization as a tree, in the parts that people look at.

A page shows one place (the root, a unit, an account) and the tree around it: every unit above it is
open with up to 50 of its children, units first and then accounts, both by name. However large the
organization is, that takes four statements: the place and what is above it, units, accounts, tags.
Parts follow one another by key, never by number, so a tree that changes meanwhile loses nothing.

Which units are shown is found by parents. Only the numbers beside them read lft and rght (R6).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple, Self

from django.db.models import (
    Aggregate,
    Case,
    Count,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from orgs import access, errors, identifiers
from orgs.actor import Actor
from orgs.models import (
    MAX_LEVELS,
    Account,
    AccountStatus,
    Attachment,
    Organization,
    OrganizationalUnit,
)
from orgs.permissions import Permission
from orgs.statements import Given, Statement

PART = 50  # children of one parent that are shown at a time
MOST_OPEN = 40  # units that stay open when the tree is drawn anew
STATEMENTS = 256  # that are kept: one for each shape of what is open

UNIT_WITH_PATH = ("organization", "__".join(["parent"] * MAX_LEVELS))
ACCOUNT_WITH_PATH = ("organization", "__".join(["unit", *["parent"] * MAX_LEVELS]))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """A place of an organization, and the tree around it."""

    organization: Organization
    permissions: frozenset[Permission]
    root: Node | None
    node: Node
    path: tuple[OrganizationalUnit, ...]
    unit: OrganizationalUnit
    account: Account | None
    urn: str
    tags: tuple[tuple[str, str], ...]


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
class _Opening:
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


def get_unit(
    *,
    actor: Actor,
    unit_id: str | None = None,
    after: str = "",
    with_tree: bool = True,
    also_open: Sequence[str] = (),
) -> Structure:
    """The root (no `unit_id`) or a unit of the actor's organization, and the tree around it.

    `after` is the `last` of a part: the children shown are those that follow it. Without the tree, only
    the unit's own children come with it. `also_open` are up to 40 more units that show their children; it
    costs one statement more.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        OuNotFound: not in the actor's organization (R-GEN-3).
        InvalidParameter: `after` is none of ours.
        ConcurrentModification: the unit went away while it was read.

    Rules: R-CON-3, R-OU-1.
    """
    found = _units(actor).select_related(*UNIT_WITH_PATH)
    unit = found.filter(Q(pk=unit_id) if unit_id else Q(parent=None)).first()
    organization, permissions = judge(actor, unit)
    if unit is None:
        raise errors.OuNotFound(unit_id=unit_id)
    return _structure(
        organization,
        permissions,
        unit,
        after=Key.parse(after) if after else None,
        with_tree=with_tree,
        also_open=also_open,
    )


def get_account(
    *, actor: Actor, account_id: str, with_tree: bool = True, also_open: Sequence[str] = ()
) -> Structure:
    """An account of the actor's organization, and the tree around it, unless that is not asked for.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        AccountNotFound: not in the actor's organization (R-GEN-3).
        ConcurrentModification: its unit went away while it was read.

    Rules: R-CON-3.
    """
    account = (
        Account.objects.filter(organization=actor.organization_id, pk=account_id)
        .select_related(*ACCOUNT_WITH_PATH)
        .annotate(policies=own_policies("account"))
        .first()
    )
    organization, permissions = judge(actor, account)
    if account is None or account.unit is None:
        raise errors.AccountNotFound(account_id=account_id)
    return _structure(
        organization,
        permissions,
        account.unit,
        account=account,
        with_tree=with_tree,
        also_open=also_open,
    )


def list_children(*, actor: Actor, unit_id: str, after: str = "") -> Branch:
    """A part of what is directly below the root or a unit; `after` is the `last` of the part before.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        OuNotFound: not in the actor's organization (R-GEN-3).
        InvalidParameter: `after` is none of ours.
        ConcurrentModification: the unit went away while it was read.
    """
    unit = _units(actor).select_related("organization").filter(pk=unit_id).first()
    organization, _permissions = judge(actor, unit)
    if unit is None:
        raise errors.OuNotFound(unit_id=unit_id)
    opening = _Opening.at(unit, None, Key.parse(after) if after else None)
    # How deep it stands is only shown, so the stored level may say it (R6).
    return _Tree(organization, [opening], current="").branch(opening, level=unit.level + 2)


def _units(actor: Actor) -> QuerySet[OrganizationalUnit]:
    return OrganizationalUnit.objects.filter(organization=actor.organization_id)


def judge(
    actor: Actor, place: OrganizationalUnit | Account | None
) -> tuple[Organization, frozenset[Permission]]:
    """The organization and all that the actor may do there, if it may see the structure.

    What was looked for came with its organization, so that costs no statement of its own; nothing is
    said of it before the actor was judged. One statement, unless it is a refusal.
    """
    organization = place.organization if place else None
    organization = (
        organization or Organization.objects.live().filter(pk=actor.organization_id).first()
    )
    if organization is None:
        raise errors.CallerNotInOrganization
    permissions = access.permissions_of(actor, organization)
    if Permission.VIEW_STRUCTURE not in permissions:
        access.require(actor, Permission.VIEW_STRUCTURE, organization, organization)
    return organization, permissions


def _structure(
    organization: Organization,
    permissions: frozenset[Permission],
    unit: OrganizationalUnit,
    *,
    account: Account | None = None,
    after: Key | None = None,
    with_tree: bool,
    also_open: Sequence[str],
) -> Structure:
    path = unit.path
    below: list[Key | None] = [Key(Kind.UNIT, step.pk, step.name_key) for step in path[1:]]
    below.append(Key(Kind.ACCOUNT, account.pk, account.name_key) if account else None)
    openings = [
        _Opening.at(parent, child, after if parent == unit else None)
        for parent, child in zip(path, below, strict=True)
    ]
    if not with_tree:
        openings = [] if account else openings[-1:]
    elif also_open:
        wanted = [unit_id for unit_id in also_open if identifiers.ROOT_OR_UNIT.fits(unit_id)]
        others = organization.units.filter(pk__in=wanted[:MOST_OPEN])
        openings += [_Opening(other) for other in others if other not in path]
    resource = account or unit
    tree = _Tree(organization, openings, current=resource.pk)
    kind = "account" if account else "root" if unit.is_root else "ou"
    return Structure(
        organization=organization,
        permissions=permissions,
        root=tree.root() if with_tree else None,
        node=tree.current_node(unit, account),
        path=tuple(path),
        unit=unit,
        account=account,
        urn=identifiers.urn(
            kind,
            resource.pk,
            management_account_id=organization.management_account_id,
            organization_id=organization.pk,
        ),
        tags=tuple(resource.tags.order_by("key").values_list("key", "value")),
    )


class _Tree:
    """The rows around some open parents, loaded in two statements."""

    def __init__(
        self, organization: Organization, openings: Sequence[_Opening], *, current: str
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

    def root(self) -> Node:
        """The top of the tree, with everything open below it."""
        (top,) = (row for row in self.units.values() if row.parent_id is None)
        return self._node(top, level=1)

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

    def branch(self, opening: _Opening, *, level: int) -> Branch:
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

    def _start(self, opening: _Opening, parent: _UnitRow) -> int:
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
            accounts_below=_total(below.annotate(inside=inside), Sum("inside")),
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


def count_of(rows: QuerySet[Any]) -> Coalesce:
    """The number of rows, as a part of another statement."""
    return _total(rows, Count("pk"))


def own_policies(kind: str) -> Coalesce:
    """How many policies that bind are attached to a "unit" or an "account" itself, built-in ones left out."""
    attached = Attachment.objects.enforced().filter(**{kind: OuterRef("pk")})
    return count_of(attached.filter(policy__organization__isnull=False))


def _total(rows: QuerySet[Any], aggregate: Aggregate) -> Coalesce:
    """One number over all rows, as a part of another statement."""
    over_all = rows.annotate(all=Value(1)).values("all").annotate(total=aggregate)
    return Coalesce(Subquery(over_all.values("total")), 0, output_field=IntegerField())
