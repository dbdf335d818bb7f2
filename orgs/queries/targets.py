"""Where a unit or an account can be moved, and why not to other places.

One way through the tree is open at a time: down to a place, of each unit on it up to 50 child units by
name. The reasons are the refusals that the operation would answer with; it judges again under its lock.
"""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from orgs import errors
from orgs.actor import Actor
from orgs.models import MAX_LEVELS, Account, Organization, OrganizationalUnit
from orgs.permissions import Permission
from orgs.queries.structure import (
    ACCOUNT_WITH_PATH,
    PART,
    UNIT_WITH_PATH,
    Key,
    Kind,
    judge,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The root or a unit, as a place to move to. With `why_not` it is shown and cannot be chosen."""

    id: str
    name: str
    is_root: bool
    why_not: errors.OrgsError | None
    holds_units: bool
    parent_id: str | None
    is_open: bool = False
    below: "tuple[Target, ...]" = ()
    is_later_part: bool = False
    last: Key | None = None  # the part after this one follows it


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What is moved, where it is, and the way through the tree that is open."""

    organization: Organization
    permissions: frozenset[Permission]
    name: str
    source: OrganizationalUnit
    root: Target


def list_targets_of_unit(*, actor: Actor, unit_id: str, at: str = "", after: str = "") -> Targets:
    """Where a unit can be moved; the tree is open down to `at`, or to where the unit is.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        OuNotFound: not in the actor's organization, or its root (R-GEN-3).
        ParentNotFound: there is no place `at`.
        InvalidParameter: `after` is none of ours.

    Rules: R-OU-4, R-OU-6, R-OU-11.
    """
    units = OrganizationalUnit.objects.filter(organization=actor.organization_id)
    unit = units.select_related(*UNIT_WITH_PATH).filter(pk=unit_id).first()
    organization, permissions = judge(actor, unit)
    if unit is None or unit.parent is None:
        raise errors.OuNotFound(unit_id=unit_id)
    below = organization.units.filter(lft__gte=unit.lft, lft__lte=unit.rght)
    lowest = below.order_by().aggregate(lowest=Max("level"))["lowest"]
    height = 1 + (lowest if lowest is not None else unit.level) - unit.level
    way = _Way(organization, unit.parent, _place(organization, unit.parent, at), after)
    return Targets(
        organization=organization,
        permissions=permissions,
        name=unit.name,
        source=unit.parent,
        root=way.down(moved=unit, height=height),
    )


def list_targets_of_account(
    *, actor: Actor, account_id: str, at: str = "", after: str = ""
) -> Targets:
    """Where an account can be moved; the tree is open down to `at`, or to where the account is.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        AccountNotFound: not in the actor's organization (R-GEN-3).
        ParentNotFound: there is no place `at`.
        InvalidParameter: `after` is none of ours.

    Rules: R-ACC-31.
    """
    accounts = Account.objects.filter(organization=actor.organization_id)
    account = accounts.select_related(*ACCOUNT_WITH_PATH).filter(pk=account_id).first()
    organization, permissions = judge(actor, account)
    if account is None or account.unit is None:
        raise errors.AccountNotFound(account_id=account_id)
    way = _Way(organization, account.unit, _place(organization, account.unit, at), after)
    return Targets(
        organization=organization,
        permissions=permissions,
        name=account.name,
        source=account.unit,
        root=way.down(moved=account),
    )


def _place(organization: Organization, source: OrganizationalUnit, at: str) -> OrganizationalUnit:
    if not at or at == source.pk:
        return source
    return organization.units.with_path().find_parent(at, field="at")


class _Way:
    """The way from the root down to a place, with the child units of everything on it."""

    def __init__(
        self,
        organization: Organization,
        source: OrganizationalUnit,
        place: OrganizationalUnit,
        after: str,
    ) -> None:
        self.organization = organization
        self.source = source
        self.place = place
        self.after = Key.parse(after) if after else None

    def down(self, *, moved: OrganizationalUnit | Account, height: int = 0) -> Target:
        """The root as a target, with what is open below it. One statement."""
        path = self.place.path
        if moved in path:
            path = path[: path.index(moved)]  # an account is in no path
        children: dict[str | None, list[OrganizationalUnit]] = defaultdict(list)
        for row in self._rows(path, moved):
            children[row.parent_id].append(row)
        (root,) = children[None]
        return self._target(root, path, children, moved, height, depth=0)

    def _rows(
        self, path: list[OrganizationalUnit], moved: OrganizationalUnit | Account
    ) -> QuerySet[OrganizationalUnit]:
        units = self.organization.units.order_by()
        wanted = Q(pk__in=[unit.pk for unit in path])
        for parent in path:
            part = units.filter(parent=parent)
            if self.after is not None and parent == path[-1]:
                part = part.filter(self.after.after())
            wanted |= Q(pk__in=part.order_by("name_key", "id")[: PART + 1].values("pk"))
        namesakes = units.filter(parent=OuterRef("pk"), name_key=moved.name_key)
        return (
            units.filter(wanted)
            .annotate(units=Count("children"), is_taken=Exists(namesakes))
            .order_by("name_key", "id")
        )

    def _target(
        self,
        row: OrganizationalUnit,
        path: list[OrganizationalUnit],
        children: dict[str | None, list[OrganizationalUnit]],
        moved: OrganizationalUnit | Account,
        height: int,
        *,
        depth: int,
    ) -> Target:
        is_open = row in path
        inside = children[row.pk] if is_open else []
        part = inside[:PART] + [child for child in inside[PART:] if child in path]
        last = inside[PART - 1] if len(inside) > PART else None
        return Target(
            id=row.pk,
            name=row.name,
            is_root=row.is_root,
            why_not=self._why_not(row, moved, height, depth),
            holds_units=row != moved and bool(row.units),  # type: ignore[attr-defined]
            parent_id=row.parent_id,
            is_open=is_open,
            below=tuple(
                self._target(child, path, children, moved, height, depth=depth + 1)
                for child in part
            ),
            is_later_part=self.after is not None and is_open and row == path[-1],
            last=Key(Kind.UNIT, last.pk, last.name_key) if last else None,
        )

    def _why_not(
        self,
        row: OrganizationalUnit,
        moved: OrganizationalUnit | Account,
        height: int,
        depth: int,
    ) -> errors.OrgsError | None:
        """What the operation would refuse with, in its order."""
        if row == self.source:
            return errors.MoveSameParent(name=moved.name)
        if isinstance(moved, Account):
            return None
        if row == moved:
            return errors.OuMoveIntoItself(name=moved.name)
        if depth + height > MAX_LEVELS:
            return errors.OuDepthExceeded(limit=MAX_LEVELS, levels=depth + height)
        if row.is_taken:  # type: ignore[attr-defined]
            return errors.OuNameConflict(name=moved.name, parent_name=row.name)
        return None
