"""An organization at a glance: how much there is, how full the quotas are, what happened last.

Four statements, however large it is: the organization with its numbers, the units that hold nothing, the
last events and what they touched.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Count, Exists, Max, OuterRef, Subquery, Window

from orgs import errors, quotas
from orgs.actor import Actor
from orgs.models import (
    MAX_LEVELS,
    Account,
    AccountStatus,
    CreationRequest,
    Invitation,
    Organization,
    OrganizationalUnit,
    Tag,
)
from orgs.permissions import Permission
from orgs.queries.events import EventRow, list_latest_events
from orgs.queries.organizations import Sizes, number_of

EMPTY_UNITS = 5  # that are named
EVENTS = 8
NEARLY_FULL_PERCENT = 90


@dataclass(frozen=True, slots=True)
class Quota:
    """How many there are, and how many there may be."""

    used: int
    limit: int

    @property
    def left(self) -> int:
        """How many more fit."""
        return max(0, self.limit - self.used)

    @property
    def percent(self) -> int:
        """What is used, in whole per cent from 0 to 100; something is never shown as nothing."""
        if self.used >= self.limit:
            return 100
        return max(self.used * 100 // self.limit, min(self.used, 1))

    @property
    def is_full(self) -> bool:
        """Whether nothing more fits. An operator may lower a quota below what is used (R-QUO-3)."""
        return self.used >= self.limit

    @property
    def is_nearly_full(self) -> bool:
        """Whether more than 90 per cent are used."""
        return self.used * 100 > self.limit * NEARLY_FULL_PERCENT


class EmptyUnit(NamedTuple):
    """A unit that holds neither units nor accounts, and the name of its parent."""

    id: str
    name: str
    parent_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What an organization looks like today. `statuses` has every status, in the order of a life.

    Creations that run and invitations that are open count against the quota of `accounts` too (R-QUO-1).
    """

    organization: Organization
    root_id: str
    statuses: Sequence[tuple[AccountStatus, int]]
    levels: int
    tags: int
    tag_keys: int
    accounts: Quota
    creations_running: int
    invitations_open: int
    units: Quota
    empty_units: Sequence[EmptyUnit]
    empty_unit_count: int
    events: Sequence[EventRow]

    @property
    def sizes(self) -> Sizes:
        """The numbers that the navigation shows."""
        return Sizes(self.units.used, self.account_count, self.account_count)

    @property
    def account_count(self) -> int:
        """How many accounts there are, in whatever status."""
        return sum(number for _status, number in self.statuses)

    @property
    def active(self) -> int:
        """How many accounts are neither closed nor being closed."""
        return dict(self.statuses)[AccountStatus.ACTIVE]

    @property
    def more_empty_units(self) -> int:
        """How many units that hold nothing are not named."""
        return self.empty_unit_count - len(self.empty_units)

    @property
    def level_limit(self) -> int:
        """How many levels of units there may be (R-OU-4)."""
        return MAX_LEVELS

    @property
    def has_own_account_quota(self) -> bool:
        """Whether its operator has set how many accounts it may hold (R-QUO-3)."""
        return self.organization.account_quota is not None

    @property
    def inactive(self) -> Sequence[tuple[AccountStatus, int]]:
        """How many accounts are being closed or are closed, where there are such."""
        return [
            (status, number)
            for status, number in self.statuses
            if number and status != AccountStatus.ACTIVE
        ]

    @property
    def wants_attention(self) -> bool:
        """Whether there is something that somebody should look at."""
        nearly_full = self.accounts.is_nearly_full or self.units.is_nearly_full
        return bool(self.inactive or self.empty_unit_count or nearly_full)

    @property
    def is_new(self) -> bool:
        """Whether nothing but the management account is in it, and a first step is still to be taken."""
        return self.account_count <= 1 and not (self.units.used and self.tags)


def get_overview(*, actor: Actor, permissions: frozenset[Permission]) -> Overview:
    """The actor's organization at a glance; `permissions` are what the actor was found to have there.

    Raises:
        NotManagementOrDelegated: the structure is not among them.
        CallerNotInOrganization: there is no organization any more.
    """
    if Permission.VIEW_STRUCTURE not in permissions:
        raise errors.NotManagementOrDelegated
    organization, number = _with_numbers(actor)
    empty_units, empty_unit_count = _empty_units(organization)
    statuses = [(status, number[status]) for status in AccountStatus]
    running, pending = number["running_count"], number["pending_count"]
    used = sum(n for _status, n in statuses) + running + pending
    return Overview(
        organization=organization,
        root_id=number["root_id"],
        statuses=statuses,
        levels=number["levels"],
        tags=number["tag_count"],
        tag_keys=number["tag_key_count"],
        accounts=Quota(used, quotas.account_quota(organization)),
        creations_running=running,
        invitations_open=pending,
        units=Quota(number["unit_count"], quotas.unit_quota()),
        empty_units=empty_units,
        empty_unit_count=empty_unit_count,
        events=list_latest_events(actor=actor, permissions=permissions, most=EVENTS),
    )


def _with_numbers(actor: Actor) -> tuple[Organization, dict[str, Any]]:
    """The organization, and how much of everything is in it. One statement."""
    here = {"organization": actor.organization_id}
    units = OrganizationalUnit.objects.filter(**here)
    accounts, tags = Account.objects.filter(**here), Tag.objects.filter(**here)
    numbers = {
        **{status.value: number_of(accounts.filter(status=status)) for status in AccountStatus},
        "unit_count": number_of(units.filter(parent__isnull=False)),
        "levels": number_of(units, Max("level")),
        "tag_count": number_of(tags),
        "tag_key_count": number_of(tags, Count("key", distinct=True)),
        "running_count": number_of(CreationRequest.objects.filter(**here).running()),
        "pending_count": number_of(Invitation.objects.filter(**here).pending()),
        "root_id": Subquery(units.filter(parent=None).order_by().values("pk")[:1]),
    }
    live = Organization.objects.live().filter(pk=actor.organization_id)
    found = live.annotate(**numbers).first()
    if found is None:
        raise errors.CallerNotInOrganization
    return found, {name: getattr(found, name) for name in numbers}


def _empty_units(organization: Organization) -> tuple[list[EmptyUnit], int]:
    """The first units that hold nothing, by name, and how many there are. One statement."""
    units = OrganizationalUnit.objects.filter(organization=organization).order_by()
    inside = (units.filter(parent=OuterRef("pk")), Account.objects.filter(unit=OuterRef("pk")))
    empty = units.filter(*(~Exists(rows) for rows in inside), parent__isnull=False)
    rows = (
        empty.annotate(all=Window(Count("pk")))
        .order_by("name_key", "pk")
        .values_list("pk", "name", "parent__name", "all")[:EMPTY_UNITS]
    )
    found = list(rows)
    return [EmptyUnit(*row[:3]) for row in found], found[0][3] if found else 0
