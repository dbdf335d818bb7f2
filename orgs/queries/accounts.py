"""The accounts of an organization as a list: narrowed, sorted, in parts that follow one another by key.

A part takes four statements at most beside the grants, however large the organization is: the
organization with its sizes, how many accounts the filter lets through where there is one, the rows with
the units above them, and their tags where those are wanted.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from django.db.models import Q, QuerySet

from orgs import access, departures, errors, identifiers, names
from orgs.actor import Actor
from orgs.models import (
    MAX_LEVELS,
    AccountStatus,
    JoinMethod,
    Organization,
    OrganizationalUnit,
    Tag,
)
from orgs.permissions import Permission
from orgs.queries.organization_files import csv_lines
from orgs.queries.organizations import (
    Sizes,
    live_organization,
    live_organization_and_sizes,
)

PART = 50


class Sort(StrEnum):
    """What a list goes by; with the minus it goes the other way. Equals always follow in one order."""

    NAME = "name"
    NAME_DOWN = "-name"
    JOINED = "joined"
    JOINED_DOWN = "-joined"
    STATUS = "status"
    STATUS_DOWN = "-status"

    @property
    def goes_down(self) -> bool:
        """Whether the last comes first."""
        return self.value.startswith("-")

    @property
    def fact(self) -> str:
        """What it goes by, in whichever direction."""
        return self.value.removeprefix("-")

    @property
    def columns(self) -> tuple[str, ...]:
        """What decides, in this order; the last one is never the same for two accounts."""
        return {
            "name": ("name_key", "pk"),
            "joined": ("joined_at", "pk"),
            # By its stored word: of the three, active comes first and closed (suspended) last.
            "status": ("status", "name_key", "pk"),
        }[self.fact]

    @property
    def order(self) -> tuple[str, ...]:
        """The same, as the database is told."""
        return tuple(f"-{column}" if self.goes_down else column for column in self.columns)


@dataclass(frozen=True, slots=True)
class Marker:
    """Where a part ended: the last row's place in one order, of no use in another."""

    sort: Sort
    value: str
    name_key: str
    id: str

    def __str__(self) -> str:
        return f"{self.sort}:{self.id}:{self.value}:{self.name_key}"

    @classmethod
    def parse(cls, text: str, sort: Sort) -> Self:
        """The marker that `str` wrote, for the same order.

        Raises:
            InvalidParameter: it did not, or it is of another order.
        """
        written_for, _colon, rest = text.partition(":")
        account_id, _colon, rest = rest.partition(":")
        value, colon, name_key = rest.partition(":")
        marker = cls(sort, value, name_key, account_id)
        is_ours = (
            written_for == sort
            and colon
            and identifiers.ACCOUNT.fits(account_id)
            and names.prints(name_key)
            and marker._understood()
        )
        if not is_ours:
            raise errors.InvalidParameter(field="after", reason=errors.Reason.NOT_AN_ID)
        return marker

    def following(self) -> Q:
        """The rows after it."""
        than = "lt" if self.sort.goes_down else "gt"
        facts = dict(self._known()) | {"name_key": self.name_key, "pk": self.id}
        known = [(column, facts[column]) for column in self.sort.columns]
        (column, value), *later = known
        after = Q(**{f"{column}__{than}": value})
        same = Q(**{column: value})
        for next_column, next_value in later:
            after |= same & Q(**{f"{next_column}__{than}": next_value})
            same &= Q(**{next_column: next_value})
        # Said once more, so that the index of the order is entered at the right place.
        return Q(**{f"{known[0][0]}__{than}e": known[0][1]}) & after

    def _known(self) -> list[tuple[str, object]]:
        if self.sort.fact == "joined":
            return [("joined_at", datetime.fromisoformat(self.value))]
        if self.sort.fact == "status":
            return [("status", AccountStatus(self.value))]
        return []

    def _understood(self) -> bool:
        try:
            known = self._known()
        except ValueError:
            return False
        times = [value for _column, value in known if isinstance(value, datetime)]
        return all(time.utcoffset() == timedelta(0) for time in times)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFilter:
    """Which accounts are asked for; what is left out does not narrow.

    `name` is a part of the name or the whole id; `unit` the id of a root or unit, or a part of a unit's
    name, and means everything below it too.
    """

    name: str = ""
    status: str = ""
    join_method: str = ""
    tag_key: str = ""
    tag_value: str = ""
    unit: str = ""

    def __bool__(self) -> bool:
        return self != AccountFilter()

    def condition(self, organization: Organization) -> Q:
        """The filter as a condition on accounts; a text that no name can be matches none."""
        texts = (self.name, self.status, self.join_method, self.tag_key, self.tag_value, self.unit)
        if not all(names.prints(text) for text in texts):
            return Q(pk__in=[])
        wanted = Q()
        if self.name:
            wanted &= Q(name_key__contains=names.name_key(self.name)) | Q(pk=self.name)
        if self.status:
            wanted &= Q(status=self.status)
        if self.join_method:
            wanted &= Q(join_method=self.join_method)
        if self.tag_key or self.tag_value:
            given = {"key": self.tag_key, "value": self.tag_value}
            tags = Tag.objects.filter(
                organization=organization,
                account__isnull=False,
                **{column: text for column, text in given.items() if text},
            )
            wanted &= Q(pk__in=tags.values("account"))
        if self.unit:
            # Every member has a unit, so the second half adds nothing. With it PostgreSQL looks the units
            # up in a table made once; without it, and without knowledge of the tables, it ran 15 seconds.
            wanted &= Q(unit__in=self._units(organization)) | Q(unit=None)
        return wanted

    def _units(self, organization: Organization) -> QuerySet[OrganizationalUnit, Any]:
        """The units that are meant and all below them, found by parents (R6)."""
        is_id = identifiers.ROOT_OR_UNIT.fits(self.unit)
        meant = Q()
        for level in range(MAX_LEVELS + 1):
            above = "parent__" * level
            if is_id:
                meant |= Q(**{f"{above}id": self.unit})
            else:
                named = {f"{above}name_key__contains": names.name_key(self.unit)}
                # What the root is called narrows nothing.
                meant |= Q(**named) & Q(**{f"{above}parent__isnull": False})
        units = OrganizationalUnit.objects.filter(meant, organization=organization)
        return units.order_by().values("pk")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """An account as a line of the list. `path` holds id and name of its units, the root first."""

    id: str
    name: str
    description: str
    status: AccountStatus
    join_method: JoinMethod
    joined_at: datetime
    created_at: datetime
    email: str
    is_management_account: bool
    is_resource_account: bool
    is_converted: bool
    path: Sequence[tuple[str, str]]
    tags: Sequence[tuple[str, str]]

    @property
    def may_be_closed(self) -> bool:
        """Whether closing it is offered (R-CON-2)."""
        return self.status == AccountStatus.ACTIVE and departures.can_be_closed(self)

    @property
    def may_be_removed(self) -> bool:
        """Whether removing it is offered (R-CON-2)."""
        if self.status != AccountStatus.ACTIVE or self.is_management_account:
            return False
        return departures.can_stand_alone(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPart:
    """Up to 50 accounts, and where it was asked for, how many there are and are found in all.

    The next part is asked for with `after`, which the last part does not have.
    """

    rows: Sequence[AccountRow]
    sizes: Sizes | None
    after: str
    permissions: frozenset[Permission]


def list_accounts(
    *,
    actor: Actor,
    only: AccountFilter | None = None,
    sort: Sort = Sort.NAME,
    after: str = "",
    with_tags: bool = False,
    with_sizes: bool = True,
) -> AccountPart:
    """The accounts of the actor's organization; `after` is the `after` of the part before.

    Counting takes longer than all the rest, so who has counted with the first part does without.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        InvalidParameter: `after` is none of ours, or of another order.

    Rules: R-CON-3.
    """
    sizes = None
    if with_sizes:
        organization, sizes = live_organization_and_sizes(actor)
    else:
        organization = live_organization(actor)
    permissions = _judge(actor, organization)
    marker = Marker.parse(after, sort) if after else None
    rows = organization.accounts.filter((only or AccountFilter()).condition(organization))
    if sizes and only:
        sizes = replace(sizes, found=rows.count())
    rows = rows.order_by(*sort.order)
    if marker is not None:
        rows = rows.filter(marker.following())
    found = list(rows[: PART + 1].values_list(*_COLUMNS, *_PATH))
    shown = found[:PART]
    tags = _tags([row[0] for row in shown]) if with_tags else {}
    return AccountPart(
        rows=[_row(row, organization, tags) for row in shown],
        sizes=sizes,
        after=_marker(shown[-1], sort) if len(found) > PART else "",
        permissions=permissions,
    )


def export_accounts(
    *, actor: Actor, only: AccountFilter | None = None, sort: Sort = Sort.NAME
) -> Iterator[str]:
    """All of them as lines of CSV, written while they are read; the actor is judged before the first.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
    """
    organization = live_organization(actor)
    _judge(actor, organization)
    wanted = (only or AccountFilter()).condition(organization)
    return csv_lines(organization, organization.accounts.filter(wanted).order_by(*sort.order))


# As `_row` and `_marker` read them.
_COLUMNS = (
    "pk",
    "name",
    "name_key",
    "description",
    "status",
    "join_method",
    "joined_at",
    "created_at",
    "email",
    "is_resource_account",
    "is_converted",
)
# Id and name of the unit, then of the one above it, and so on up to the root.
_PATH = tuple(
    f"unit__{'parent__' * level}{column}"
    for level in range(MAX_LEVELS + 1)
    for column in ("id", "name")
)


def _judge(actor: Actor, organization: Organization) -> frozenset[Permission]:
    permissions = access.permissions_of(actor, organization)
    if Permission.VIEW_STRUCTURE not in permissions:
        access.require(actor, Permission.VIEW_STRUCTURE, organization, organization)
    return permissions


def _row(
    row: Sequence[Any], organization: Organization, tags: dict[str, list[tuple[str, str]]]
) -> AccountRow:
    facts = dict(zip(_COLUMNS, row, strict=False))
    above = row[len(_COLUMNS) :]
    pairs = zip(above[::2], above[1::2], strict=True)
    account_id = facts["pk"]
    return AccountRow(
        id=account_id,
        name=facts["name"],
        description=facts["description"],
        status=AccountStatus(facts["status"]),
        join_method=JoinMethod(facts["join_method"]),
        joined_at=facts["joined_at"],
        created_at=facts["created_at"],
        email=facts["email"] or "",
        is_management_account=account_id == organization.management_account_id,
        is_resource_account=facts["is_resource_account"],
        is_converted=facts["is_converted"],
        path=[pair for pair in pairs if pair[0] is not None][::-1],
        tags=tags.get(account_id, ()),
    )


def _marker(row: Sequence[Any], sort: Sort) -> str:
    facts = dict(zip(_COLUMNS, row, strict=False))
    value = {
        "name": "",
        "joined": facts["joined_at"].strftime("%Y%m%dT%H%M%S.%f%z"),
        "status": facts["status"],
    }[sort.fact]
    return str(Marker(sort, value, facts["name_key"], facts["pk"]))


def _tags(account_ids: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    rows = Tag.objects.filter(account__in=account_ids).order_by("account", "key")
    for account_id, key, value in rows.values_list("account_id", "key", "value"):
        found[account_id].append((key, value))
    return found
