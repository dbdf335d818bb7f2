"""Where a unit or accounts can be moved, and why not to other places.

One way through the tree is open at a time: down to a place, of each unit on it up to 50 child units by
name. The reasons are the refusals that the operation would answer with; it judges again under its lock.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from orgs import errors, identifiers, quotas
from orgs.actor import Actor
from orgs.models import MAX_LEVELS, Account, Organization, OrganizationalUnit
from orgs.permissions import Permission
from orgs.queries.structure import (
    ACCOUNT_WITH_PATH,
    PART,
    UNIT_WITH_PATH,
    Key,
    Kind,
    after_child,
    judge,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The root or a unit, as a place to move to; where policies are attached, an account as well.

    With `why_not` it is shown and cannot be chosen.
    """

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
    is_account: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """What is to be moved, and where it is now."""

    id: str
    name: str
    source_id: str
    source_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What is moved, and the way through the tree that is open."""

    organization: Organization
    permissions: frozenset[Permission]
    moved: tuple[Moved, ...]
    root: Target

    @property
    def source_names(self) -> tuple[str, ...]:
        """The places that it is taken from, each once."""
        return tuple({one.source_id: one.source_name for one in self.moved}.values())


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
    moved = (Moved(unit.pk, unit.name, unit.parent.pk, unit.parent.name),)
    way = _Way(organization, moved, after, unit=unit, height=height)
    return Targets(
        organization=organization,
        permissions=permissions,
        moved=moved,
        root=way.down(_place(organization, unit.parent, at)),
    )


def list_targets_of_accounts(
    *, actor: Actor, account_ids: Sequence[str], at: str = "", after: str = ""
) -> Targets:
    """Where accounts can be moved; the tree is open down to `at`, or to where the first of them is.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        AccountNotFound: not in the actor's organization (R-GEN-3).
        ParentNotFound: there is no place `at`.
        InvalidParameter: `after` is none of ours; no account, or more than 1,000.

    Rules: R-ACC-31.
    """
    accounts = Account.objects.filter(organization=actor.organization_id)
    ids = [given for given in account_ids[: quotas.PER_CHANGE] if identifiers.ACCOUNT.fits(given)]
    found = accounts.select_related(*ACCOUNT_WITH_PATH).in_bulk(ids)
    organization, permissions = judge(actor, next(iter(found.values()), None))
    if not account_ids:
        raise errors.InvalidParameter(field="account_ids", reason=errors.Reason.NONE_GIVEN)
    if len(account_ids) > quotas.PER_CHANGE:
        raise errors.InvalidParameter(
            field="account_ids", reason=errors.Reason.TOO_MANY, limit=quotas.PER_CHANGE
        )
    moved, units = [], {}
    for account_id in dict.fromkeys(account_ids):
        account = found.get(account_id)
        if account is None or account.unit is None:
            raise errors.AccountNotFound(account_id=account_id)
        units[account.unit.pk] = account.unit
        moved.append(Moved(account.pk, account.name, account.unit.pk, account.unit.name))
    way = _Way(organization, tuple(moved), after)
    first = units[moved[0].source_id]
    return Targets(
        organization=organization,
        permissions=permissions,
        moved=tuple(moved),
        root=way.down(_place(organization, first, at)),
    )


def list_places(*, actor: Actor, at: str = "", after: str = "") -> Targets:
    """Where an account that is yet to come can be put; the tree is open down to `at`, or at its root.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        ParentNotFound: there is no place `at`.
        InvalidParameter: `after` is none of ours.

    Rules: R-ACC-19, R-INV-15.
    """
    units = OrganizationalUnit.objects.filter(organization=actor.organization_id)
    root = units.select_related("organization").filter(parent=None).first()
    organization, permissions = judge(actor, root)
    if root is None:
        raise errors.CallerNotInOrganization
    way = _Way(organization, (), after)
    return Targets(
        organization=organization,
        permissions=permissions,
        moved=(),
        root=way.down(_place(organization, root, at)),
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
        moved: Sequence[Moved],
        after: str,
        *,
        unit: OrganizationalUnit | None = None,
        height: int = 0,
    ) -> None:
        self.organization = organization
        self.at_source = {one.source_id: one.name for one in reversed(moved)}
        self.after = Key.parse(after) if after else None
        self.unit = unit
        self.height = height

    def down(self, place: OrganizationalUnit) -> Target:
        """The root as a target, with what is open below it. One statement."""
        path = place.path
        if self.unit in path:
            path = path[: path.index(self.unit)]
        children: dict[str | None, list[OrganizationalUnit]] = defaultdict(list)
        for row in self._rows(path):
            children[row.parent_id].append(row)
        (root,) = children[None]
        return self._target(root, path, children, depth=0)

    def _rows(self, path: list[OrganizationalUnit]) -> QuerySet[OrganizationalUnit]:
        units = self.organization.units.order_by()
        wanted = Q(pk__in=[unit.pk for unit in path])
        for parent in path:
            part = units.filter(parent=parent)
            if self.after is not None and parent == path[-1]:
                part = part.filter(after_child(self.after.id, self.after.name_key))
            wanted |= Q(pk__in=part.order_by("name_key", "id")[: PART + 1].values("pk"))
        namesakes = units.filter(
            parent=OuterRef("pk"), name_key=self.unit.name_key if self.unit else None
        )
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
            why_not=self._why_not(row, depth),
            holds_units=row != self.unit and bool(row.units),  # type: ignore[attr-defined]
            parent_id=row.parent_id,
            is_open=is_open,
            below=tuple(self._target(child, path, children, depth=depth + 1) for child in part),
            is_later_part=self.after is not None and is_open and row == path[-1],
            last=Key(Kind.UNIT, last.pk, last.name_key) if last else None,
        )

    def _why_not(self, row: OrganizationalUnit, depth: int) -> errors.OrgsError | None:
        """What the operation would refuse with, in its order."""
        if row.pk in self.at_source:
            return errors.MoveSameParent(name=self.at_source[row.pk])
        if self.unit is None:
            return None
        if row == self.unit:
            return errors.OuMoveIntoItself(name=self.unit.name)
        if depth + self.height > MAX_LEVELS:
            return errors.OuDepthExceeded(limit=MAX_LEVELS, levels=depth + self.height)
        if row.is_taken:  # type: ignore[attr-defined]
            return errors.OuNameConflict(name=self.unit.name, parent_name=row.name)
        return None
