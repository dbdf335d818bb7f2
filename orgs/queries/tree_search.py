"""The tree narrowed to what is looked for: what matches, and every unit above it that the actor sees.

Four statements, however large the organization is: the organization, the grants, and the units and the
accounts that match, each with what is above it. At most 100 of each kind are shown, those that come first
by name, and all are counted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import dropwhile
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from orgs import identifiers, names
from orgs.actor import Actor
from orgs.models import (
    MAX_LEVELS,
    Account,
    AccountStatus,
    Organization,
    OrganizationalUnit,
    Tag,
)
from orgs.permissions import Permission
from orgs.queries.accounts import AccountFilter
from orgs.queries.sight import Seen, look_anywhere
from orgs.queries.structure import first_granted
from orgs.queries.structure.counts import count_of, own_policies
from orgs.queries.structure.nodes import Branch, Kind, Node

MOST_SHOWN = 100  # of each kind


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeFilter:
    """What is looked for; what is left out does not narrow.

    `name` is a part of the name or the whole id. Units have neither status nor join method: where one of
    those is asked for, only accounts match.
    """

    name: str = ""
    tag_key: str = ""
    tag_value: str = ""
    status: str = ""
    join_method: str = ""

    def __bool__(self) -> bool:
        return self != TreeFilter()

    def of_accounts(self, organization: Organization) -> Q:
        """The filter as a condition on accounts."""
        return AccountFilter(
            name=self.name,
            status=self.status,
            join_method=self.join_method,
            tag_key=self.tag_key,
            tag_value=self.tag_value,
        ).condition(organization)

    def of_units(self, organization: Organization) -> Q:
        """The filter as a condition on units; the root is always there and never found."""
        texts = (self.name, self.tag_key, self.tag_value)
        if self.status or self.join_method or not all(names.prints(text) for text in texts):
            return Q(pk__in=[])
        wanted = Q(parent__isnull=False)
        if self.name:
            wanted &= Q(name_key__contains=names.name_key(self.name)) | Q(pk=self.name)
        if self.tag_key or self.tag_value:
            given = {"key": self.tag_key, "value": self.tag_value}
            tags = Tag.objects.filter(
                organization=organization,
                unit__isnull=False,
                **{column: text for column, text in given.items() if text},
            )
            wanted &= Q(pk__in=tags.values("unit"))
        return wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """The narrowed tree; without a match there is none. The numbers count all that match.

    It begins at the root, or at each of the highest units that the actor sees.
    """

    tops: tuple[Node, ...]
    units: int
    accounts: int
    sees_all: bool

    @property
    def total(self) -> int:
        """How many units and accounts match."""
        return self.units + self.accounts

    @property
    def shown(self) -> int:
        """How many of them are in the tree."""
        return min(self.units, MOST_SHOWN) + min(self.accounts, MOST_SHOWN)

    @property
    def is_cut(self) -> bool:
        """Whether more match than are shown."""
        return self.shown < self.total


class _Account(NamedTuple):
    id: str
    name: str
    status: str
    policies: int


@dataclass(slots=True)
class _Place:
    id: str
    name: str
    policies: int = 0
    is_found: bool = False
    holds_more: bool = False
    units: "dict[str, _Place]" = field(default_factory=dict)
    accounts: list[_Account] = field(default_factory=list)

    def in_order(self) -> "list[_Place]":
        return _in_order(self.units.values())


def _in_order(units: Iterable[_Place]) -> list[_Place]:
    return sorted(units, key=lambda unit: (names.name_key(unit.name), unit.id))


def search_tree(*, actor: Actor, only: TreeFilter, current: str | None = None) -> Findings:
    """What matches, as a tree. `current` is the id of the place that is shown beside it.

    Without it that is the root, or the first unit that something was granted on: one statement more. Who
    has rights on units only finds what is in them and below.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.

    Rules: R-CON-3.
    """
    seen = look_anywhere(actor)
    organization = seen.organization
    units = organization.units.order_by("name_key", "pk").filter(
        only.of_units(organization), seen.within()
    )
    accounts = organization.accounts.order_by("name_key", "pk").filter(
        only.of_accounts(organization), seen.within(at="unit")
    )
    if current is None and not seen.is_all:
        first = first_granted(organization.units.all(), seen.rights)
        current = first.pk if first else None
    found_units, found_accounts = list(_found_units(units)), list(_found_accounts(accounts))
    top: dict[str, _Place] = {}
    for _total, holds_more, policies, *path in found_units:
        place = _descend(top, path, seen)
        place.is_found, place.holds_more, place.policies = True, holds_more, policies
    for _total, account_id, name, status, policies, *path in found_accounts:
        _descend(top, path, seen).accounts.append(_Account(account_id, name, status, policies))
    return Findings(
        tops=tuple(_tops(organization, list(top.values()), current)),
        units=found_units[0][0] if found_units else 0,
        accounts=found_accounts[0][0] if found_accounts else 0,
        sees_all=seen.is_all,
    )


def _tops(organization: Organization, places: list[_Place], current: str | None) -> Iterable[Node]:
    """The highest places, one of which the keyboard comes in by unless it has where to stand."""
    places = _in_order(places)
    if not places:
        return
    shown = current or places[0].id
    way_in = None if any(_holds(place, shown) for place in places) else places[0].id
    tree = _Narrowed(organization, shown, way_in)
    for number, place in enumerate(places, start=1):
        yield tree.node(place, level=1, position=number, siblings=len(places))


# Id and name of a unit, then of the one above it, and so on up to the root.
_PATH = tuple(
    f"{'parent__' * level}{column}" for level in range(MAX_LEVELS + 1) for column in ("id", "name")
)


def _found_units(units: QuerySet[OrganizationalUnit]) -> Iterable[Sequence[Any]]:
    below = OrganizationalUnit.objects.filter(parent=OuterRef("pk")).order_by()
    inside = Account.objects.filter(unit=OuterRef("pk")).order_by()
    return units.annotate(
        total=count_of(units.order_by()),
        holds_more=Exists(below) | Exists(inside),
        policies=own_policies("unit"),
    ).values_list("total", "holds_more", "policies", *_PATH)[:MOST_SHOWN]


def _found_accounts(accounts: QuerySet[Account]) -> Iterable[Sequence[Any]]:
    path = [f"unit__{column}" for column in _PATH]
    return accounts.annotate(
        total=count_of(accounts.order_by()), policies=own_policies("account")
    ).values_list("total", *_Account._fields, *path)[:MOST_SHOWN]


def _descend(top: dict[str, _Place], path: Sequence[str | None], seen: Seen) -> _Place:
    """The place at the end of a path, which is written from below; made where it is not there yet.

    What is above the units that the actor sees is left out.
    """
    steps = [pair for pair in zip(path[::2], path[1::2], strict=True) if pair[0]][::-1]
    if not seen.is_all:
        granted = seen.rights.units_of(Permission.VIEW_STRUCTURE)
        steps = list(dropwhile(lambda step: step[0] not in granted, steps))
    here, place = top, None
    for unit_id, name in steps:
        assert unit_id is not None and name is not None  # noqa: PT018, S101  (a path is without gaps)
        place = here.setdefault(unit_id, _Place(unit_id, name))
        here = place.units
    assert place is not None  # noqa: S101  (whatever matches has a path)
    return place


class _Narrowed:
    """Turns places into rows of a tree."""

    def __init__(self, organization: Organization, current: str, way_in: str | None) -> None:
        self.organization = organization
        self.current = current
        # Somewhere the keyboard has to come in, also where the place in the panel was not found.
        self.way_in = way_in

    def node(self, place: _Place, *, level: int, position: int = 1, siblings: int = 1) -> Node:
        """A unit with everything below it that was found."""
        total = len(place.units) + len(place.accounts)
        units = [
            self.node(unit, level=level + 1, position=number, siblings=total)
            for number, unit in enumerate(place.in_order(), start=1)
        ]
        accounts = [
            self._account(account, level + 1, number, total)
            for number, account in enumerate(place.accounts, start=1 + len(units))
        ]
        branch = Branch(
            parent_id=place.id,
            level=level + 1,
            total=total,
            nodes=(*units, *accounts),
            start=0,
            last=None,
        )
        below = sum(unit.accounts for unit in units) + len(accounts)
        is_current = place.id == self.current
        return Node(
            kind=Kind.UNIT if identifiers.UNIT.fits(place.id) else Kind.ROOT,
            id=place.id,
            name=place.name,
            level=level,
            position=position,
            siblings=siblings,
            accounts=below,
            units=sum(unit.units + 1 for unit in units),
            policies=place.policies,
            is_current=is_current,
            is_tab_stop=is_current or place.id == self.way_in,
            is_found=place.is_found,
            holds_more=place.holds_more,
            branch=branch if total else None,
        )

    def _account(self, row: _Account, level: int, position: int, siblings: int) -> Node:
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
            is_found=True,
        )


def _holds(place: _Place, entity_id: str) -> bool:
    return (
        place.id == entity_id
        or any(account.id == entity_id for account in place.accounts)
        or any(_holds(unit, entity_id) for unit in place.units.values())
    )
