"""Who can do what where: grants on units, and what is granted on the whole organization.

A part of the list takes the same number of statements however many rows it has.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone

from orgs import access, errors, identifiers, names
from orgs.actor import Actor
from orgs.models import (
    MAX_LEVELS,
    Account,
    Organization,
    OrganizationalUnitGroupGrant,
    OrganizationalUnitUserGrant,
    OrganizationGroupGrant,
    Policy,
    Role,
    ScopedGrant,
    User,
    sorted_rights,
)
from orgs.permissions import MEMBER, SCOPED, Permission
from orgs.queries.organizations import get_organization
from orgs.queries.sight import judge

PART = 200  # grants that are shown at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantFilter:
    """What narrows the list: a part of a name (grantee, unit, account of a user), a right, a unit."""

    name: str = ""
    permission: str = ""
    unit_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRow:
    """A grant on a unit. `account_id` is the grantee, or the account of the user that is."""

    id: int
    account_id: str
    account_name: str
    username: str
    unit_id: str
    is_root: bool
    path: tuple[str, ...]
    permissions: frozenset[Permission]
    policies: tuple[str, ...]
    granted_by: str
    granted_at: datetime
    expires_at: datetime | None
    is_over: bool

    @property
    def grantee(self) -> str:
        """The name of the user or account."""
        return self.username or self.account_name

    @property
    def in_order(self) -> tuple[Permission, ...]:
        """The rights that can be granted on units, in the order in which they are shown."""
        return tuple(right for right in SCOPED if right in self.permissions)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRow:
    """What the users of an account in a role may do everywhere, because of what the account is."""

    account_id: str
    account_name: str
    role: Role
    permissions: tuple[Permission, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """A part of the list; `next` is what the part after it begins behind, if there is one."""

    organization: Organization
    permissions: frozenset[Permission]
    rows: tuple[GrantRow, ...]
    standing: tuple[StandingRow, ...]
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A unit that something was granted on to the actor."""

    unit_id: str
    is_root: bool
    path: tuple[str, ...]
    permissions: tuple[Permission, ...]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRights:
    """What the actor may do: in the whole organization, and by each grant on a unit that counts for it."""

    organization: Organization
    everywhere: tuple[Permission, ...]
    rows: tuple[GrantRow, ...]

    @property
    def in_force(self) -> tuple[GrantRow, ...]:
        """The grants whose time is not over."""
        return tuple(row for row in self.rows if not row.is_over)

    @property
    def over(self) -> tuple[GrantRow, ...]:
        """Those that are over and still written down."""
        return tuple(row for row in self.rows if row.is_over)


def list_scoped_grants(
    *, actor: Actor, only: GrantFilter | None = None, after: str = "", most: int = PART
) -> Grants:
    """Grants on units by the name of who has them; before the first part, what holds everywhere.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        InvalidParameter: `after` is none of ours.
    """
    organization, permissions = judge(actor, None)
    wanted = only or GrantFilter()
    found = organization.scoped_grants.annotate(
        key=Coalesce("account__name_key", Lower("user__username"))
    ).filter(_wanted(wanted))
    if after:
        pk, name = _place_of(after)
        found = found.filter(Q(key__gt=name) | Q(key=name, pk__gt=pk))
    rows = list(_columns(found.order_by("key", "pk"), "key")[: most + 1])
    part = rows[:most]
    return Grants(
        organization=organization,
        permissions=permissions,
        rows=tuple(_rows(part)),
        standing=()
        if after or not most or wanted != GrantFilter()
        else tuple(_standing(organization)),
        next=f"{part[-1]['grant_id']}:{part[-1]['key']}" if part and len(rows) > most else "",
    )


def get_scoped_grant(*, actor: Actor, grant_id: int) -> tuple[Grants, GrantRow]:
    """One grant of the actor's organization.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied, ScopedGrantNotFound.
    """
    organization, permissions = judge(actor, None)
    found = organization.scoped_grants.filter(pk=grant_id if grant_id < 2**63 else 0)
    if not found.exists():
        raise errors.ScopedGrantNotFound(id=grant_id)
    (row,) = _rows(_columns(found))
    view = Grants(
        organization=organization, permissions=permissions, rows=(row,), standing=(), next=""
    )
    return view, row


def get_grantee(
    *, actor: Actor, account_id: str = "", username: str = ""
) -> tuple[Grants, Account | User]:
    """An account or a user of the actor's organization, and all grants that would be taken from it.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied, AccountNotFound, UserNotFound.
    """
    organization, permissions = judge(actor, None)
    grantee: Account | User | None
    if account_id:
        grantee = organization.accounts.find(account_id)
        held = Q(account=grantee) | Q(user__account=grantee)
    else:
        users = User.objects.filter(account__organization=organization)
        grantee = users.filter(username=username).first() if names.prints(username) else None
        if grantee is None:
            raise errors.UserNotFound(username=username)
        held = Q(user=grantee)
    rows = organization.scoped_grants.filter(held).order_by("pk")
    view = Grants(
        organization=organization,
        permissions=permissions,
        rows=tuple(_rows(_columns(rows))),
        standing=(),
        next="",
    )
    return view, grantee


def list_own_places(*, actor: Actor) -> list[Place]:
    """The units that something is granted on to the actor now, by name; none for who needs no grant.

    Two statements.
    """
    if actor.organization_id is None:
        return []
    rights = access.rights_of(actor, actor.organization_id)
    if not rights.on_units:
        return []
    rows = ScopedGrant.objects.filter(
        access.in_force(timezone.now()),
        access.held_by(actor),
        organization=actor.organization_id,
    )
    times: dict[str, list[datetime | None]] = defaultdict(list)
    found = {}
    for row in _columns(rows.order_by("unit__name_key", "pk")):
        found[row["place_id"]] = row
        times[row["place_id"]].append(row["until"])
    return [
        Place(
            unit_id=unit_id,
            is_root=row["parent_id"] is None,
            path=_path(row),
            permissions=tuple(sorted_rights(rights.on_units.get(unit_id, ()))),
            expires_at=None
            if None in times[unit_id]
            else max(time for time in times[unit_id] if time is not None),
        )
        for unit_id, row in found.items()
    ]


def list_own_rights(*, actor: Actor) -> OwnRights:
    """All that the actor may do in its organization, grants on units by the name of the unit.

    What has ended opens nothing: of its unit there is the id alone, and no policy. Seven statements at most.

    Raises:
        CallerNotInOrganization, PermissionDenied, NotManagementAccount: a user without any role.
    """
    organization = get_organization(actor=actor)
    everywhere = access.rights_of(actor, organization.pk).everywhere
    held = organization.scoped_grants.filter(access.held_by(actor))
    return OwnRights(
        organization=organization,
        everywhere=tuple(right for right in Permission if right in everywhere),
        rows=tuple(
            replace(row, path=(), policies=()) if row.is_over else row
            for row in _rows(_columns(held.order_by("unit__name_key", "pk")))
        ),
    )


def list_policies_to_name(*, actor: Actor) -> list[tuple[str, str, str]]:
    """Id, name and type of every policy that a grant may name, by name.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
    """
    organization, _permissions = judge(actor, None)
    rows = Policy.objects.of(organization.pk).order_by("name", "pk")
    return list(rows.values_list("pk", "name", "policy_type"))


def organizations_with_overdue() -> list[str]:
    """The live organizations with grants that ran out and are still written down."""
    overdue = ScopedGrant.objects.overdue(timezone.now())
    found = overdue.filter(organization__deleted_at=None).order_by("organization")
    return list(found.values_list("organization", flat=True).distinct())


_COLUMNS: dict[str, Any] = {
    "grant_id": F("pk"),
    "to_account_id": F("account_id"),
    "to_account": F("account__name"),
    "to_user": F("user__username"),
    "home_id": F("user__account_id"),
    "home": F("user__account__name"),
    "place_id": F("unit_id"),
    "parent_id": F("unit__parent_id"),
    **{f"step_{step}": F(f"unit{'__parent' * step}__name") for step in range(MAX_LEVELS + 1)},
    "by": F("granted_by"),
    "since": F("granted_at"),
    "until": F("expires_at"),
}


def _columns(grants: QuerySet[ScopedGrant], *more: str) -> Any:
    """The rows as dictionaries, and not yet loaded."""
    return grants.values(*more, **_COLUMNS)


def _wanted(only: GrantFilter) -> Q:
    wanted = Q()
    if only.name:
        if not names.prints(only.name):
            return Q(pk__in=[])
        key = names.name_key(only.name)
        wanted &= (
            Q(key__contains=key)
            | Q(unit__name_key__contains=key)
            | Q(user__account__name_key__contains=key)
        )
    if only.permission:
        of_right = Q(permission__codename=only.permission)
        groups = OrganizationalUnitGroupGrant.objects.filter(of_right).values("scoped_grant")
        users = OrganizationalUnitUserGrant.objects.filter(of_right).values("scoped_grant")
        wanted &= Q(pk__in=groups) | Q(pk__in=users)
    if only.unit_id:
        is_id = identifiers.ROOT_OR_UNIT.fits(only.unit_id)
        wanted &= Q(unit=only.unit_id) if is_id else Q(pk__in=[])
    return wanted


def _rows(columns: Iterable[dict[str, Any]]) -> Iterable[GrantRow]:
    """The rows with their rights and policies: three statements, if there is a row."""
    found = list(columns)
    if not found:
        return
    ids = [row["grant_id"] for row in found]
    rights: dict[int, set[str]] = defaultdict(set)
    kinds: tuple[QuerySet[Any], ...] = (
        OrganizationalUnitGroupGrant.objects.all(),
        OrganizationalUnitUserGrant.objects.all(),
    )
    for kind in kinds:
        kept = kind.filter(scoped_grant__in=ids).order_by()
        for grant_id, codename in kept.values_list("scoped_grant", "permission__codename"):
            rights[grant_id].add(codename)
    policies: dict[int, list[str]] = defaultdict(list)
    named = Policy.objects.filter(scoped_grants__in=ids).order_by("name")
    for grant_id, name in named.values_list("scoped_grants", "name"):
        policies[grant_id].append(name)
    now = timezone.now()
    for row in found:
        yield GrantRow(
            id=row["grant_id"],
            account_id=row["to_account_id"] or row["home_id"],
            account_name=row["to_account"] or row["home"],
            username=row["to_user"] or "",
            unit_id=row["place_id"],
            is_root=row["parent_id"] is None,
            path=_path(row),
            permissions=frozenset(sorted_rights(rights[row["grant_id"]])),
            policies=tuple(policies[row["grant_id"]]),
            granted_by=row["by"],
            granted_at=row["since"],
            expires_at=row["until"],
            is_over=row["until"] is not None and row["until"] <= now,
        )


def _path(row: dict[str, Any]) -> tuple[str, ...]:
    """The names from the root down to the unit."""
    steps = [row[f"step_{step}"] for step in range(MAX_LEVELS + 1)]
    return tuple(name for name in reversed(steps) if name is not None)


def _standing(organization: Organization) -> Iterable[StandingRow]:
    """The roles of accounts that may do more than know of the organization. Two statements."""
    granted: dict[str, set[Permission]] = defaultdict(set)
    kept = OrganizationGroupGrant.objects.filter(content_object=organization).exclude(
        permission__codename__in=[permission.value for permission in MEMBER]
    )
    for group, codename in kept.order_by().values_list("group__name", "permission__codename"):
        granted[group].add(Permission(codename))
    ids = {group.partition("/")[0] for group in granted}
    names_of = dict(organization.accounts.filter(pk__in=ids).values_list("pk", "name"))
    for account_id, name in sorted(names_of.items(), key=lambda one: one[1]):
        for role in Role:
            rights = granted.get(role.group_name(account_id))
            if rights:
                yield StandingRow(
                    account_id=account_id,
                    account_name=name,
                    role=role,
                    permissions=tuple(one for one in Permission if one in rights),
                )


def _place_of(after: str) -> tuple[int, str]:
    pk, colon, name = after.partition(":")
    if not re.fullmatch(r"[0-9]{1,18}", pk) or not colon or "\0" in name:
        raise errors.InvalidParameter(field="after", reason=errors.Reason.NOT_A_MARKER)
    return int(pk), name
