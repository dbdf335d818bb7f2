"""Where a unit or accounts can be moved, and why not to other places.

One way through the tree is open at a time: down to a place, of each unit on it up to 50 child units by
name. Who sees only units that something was granted on sees a tree for each of the highest of them. The
reasons are the refusals that the operation would answer with; it judges again under its lock.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from orgs import access, errors, identifiers, quotas
from orgs.actor import Actor
from orgs.models import MAX_LEVELS, Account, Organization, OrganizationalUnit
from orgs.permissions import Permission
from orgs.queries.sight import ACCOUNT_WITH_PATH, UNIT_WITH_PATH, Seen, look
from orgs.queries.structure.nodes import PART, Key, Kind, after_child


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
    stays_open: bool = False  # the top of the way: nothing is above it to close it into
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
    """What is moved, and the way through the tree that is open; the other trees that are seen are closed."""

    organization: Organization
    permissions: frozenset[Permission]
    moved: tuple[Moved, ...]
    tops: tuple[Target, ...]
    sees_all: bool = True

    @property
    def root(self) -> Target:
        """Where the way that is open begins."""
        return next(top for top in self.tops if top.is_open)

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
    # What it is taken from has to be within the grants as well.
    seen = look(actor, [unit, unit.parent] if unit and unit.parent else [unit] if unit else [])
    organization = seen.organization
    if unit is None or unit.parent is None:
        raise errors.OuNotFound(unit_id=unit_id)
    below = organization.units.filter(lft__gte=unit.lft, lft__lte=unit.rght)
    lowest = below.order_by().aggregate(lowest=Max("level"))["lowest"]
    height = 1 + (lowest if lowest is not None else unit.level) - unit.level
    moved = (Moved(unit.pk, unit.name, unit.parent.pk, unit.parent.name),)
    way = _Way(seen, moved, after, unit=unit, height=height, permission=Permission.MOVE_UNIT)
    return Targets(
        organization=organization,
        permissions=seen.permissions,
        moved=moved,
        tops=way.down(_place(seen, unit.parent, at)),
        sees_all=seen.is_all,
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
    seen = look(actor, found.values())
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
    way = _Way(seen, tuple(moved), after, permission=Permission.MOVE_ACCOUNT)
    first = units[moved[0].source_id]
    return Targets(
        organization=seen.organization,
        permissions=seen.permissions,
        moved=tuple(moved),
        tops=way.down(_place(seen, first, at)),
        sees_all=seen.is_all,
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
    seen = look(actor, [root] if root else [])
    if root is None:
        raise errors.CallerNotInOrganization
    return _places(seen, _Way(seen, (), after).down(_place(seen, root, at)))


def list_places_to_invite(
    *, actor: Actor, unit_id: str, at: str = "", after: str = ""
) -> tuple[Targets, str]:
    """Where an account can be invited from a unit on, and the unit's name (ours).

    The tree is open down to `at`, or to the unit. Who sees only units that something was granted on sees
    these alone, and of them can choose those with the right to invite.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        OuNotFound: not in the actor's organization (R-GEN-3).
        OutsideGrant: the actor's grants do not reach the unit.
        ParentNotFound: there is no place `at`.
        InvalidParameter: `after` is none of ours.
    """
    units = OrganizationalUnit.objects.filter(organization=actor.organization_id)
    unit = units.select_related(*UNIT_WITH_PATH).filter(pk=unit_id).first()
    seen = look(actor, [unit] if unit else [])
    if unit is None:
        raise errors.OuNotFound(unit_id=unit_id)
    way = _Way(seen, (), after, permission=Permission.INVITE_ACCOUNT)
    return _places(seen, way.down(_place(seen, unit, at))), unit.name


def _places(seen: Seen, tops: tuple[Target, ...]) -> Targets:
    return Targets(
        organization=seen.organization,
        permissions=seen.permissions,
        moved=(),
        tops=tops,
        sees_all=seen.is_all,
    )


def _place(seen: Seen, source: OrganizationalUnit, at: str) -> OrganizationalUnit:
    if not at or at == source.pk:
        return source
    place = seen.organization.find_place(at, field="at")
    if Permission.VIEW_STRUCTURE not in seen.rights.at(place):
        raise errors.ParentNotFound(parent_id=at)
    return place


class _Way:
    """The way from the root down to a place, with the child units of everything on it."""

    def __init__(
        self,
        seen: Seen,
        moved: Sequence[Moved],
        after: str,
        *,
        unit: OrganizationalUnit | None = None,
        height: int = 0,
        permission: Permission | None = None,
    ) -> None:
        self.seen = seen
        self.organization = seen.organization
        self.at_source = {one.source_id: one.name for one in reversed(moved)}
        self.after = Key.parse(after) if after else None
        self.unit = unit
        self.height = height
        # Of a right that not everybody has everywhere: the units it was granted on, and why not elsewhere.
        self.granted = seen.rights.units_of(permission) if permission else frozenset()
        self.outside = (
            access.outside(permission, self.granted)
            if permission and self.granted and permission not in seen.rights.everywhere
            else None
        )

    def down(self, place: OrganizationalUnit) -> tuple[Target, ...]:
        """The root, or each of the highest granted units, with what is open below it. One statement."""
        path = self.seen.below(place.path)
        if self.unit in path:
            path = path[: path.index(self.unit)]
        children: dict[str | None, list[OrganizationalUnit]] = defaultdict(list)
        rows = list(self._rows(path))
        for row in rows:
            children[row.parent_id].append(row)
        on_the_way = {unit.pk for unit in path}
        # How deep a top is only shows how deep a unit would come to be (R-OU-4).
        return tuple(
            self._target(row, path, children, depth=row.level, is_outside=self.outside is not None)
            for row in rows
            if row.parent_id not in on_the_way
        )

    def _rows(self, path: list[OrganizationalUnit]) -> QuerySet[OrganizationalUnit]:
        units = self.organization.units.order_by()
        wanted = Q(pk__in=[unit.pk for unit in path])
        for parent in path:
            part = units.filter(parent=parent)
            if self.after is not None and parent == path[-1]:
                part = part.filter(after_child(self.after.id, self.after.name_key))
            wanted |= Q(pk__in=part.order_by("name_key", "id")[: PART + 1].values("pk"))
        if not self.seen.is_all:
            granted = self.seen.rights.units_of(Permission.VIEW_STRUCTURE)
            highest = units.filter(pk__in=granted).exclude(access.within(granted, at="parent"))
            wanted |= Q(pk__in=highest.values("pk"))
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
        is_outside: bool,
    ) -> Target:
        is_open = row in path
        is_outside = is_outside and row.pk not in self.granted
        inside = children[row.pk] if is_open else []
        part = inside[:PART] + [child for child in inside[PART:] if child in path]
        last = inside[PART - 1] if len(inside) > PART else None
        return Target(
            id=row.pk,
            name=row.name,
            is_root=row.is_root,
            why_not=self.outside if is_outside else self._why_not(row, depth),
            holds_units=row != self.unit and bool(row.units),  # type: ignore[attr-defined]
            parent_id=row.parent_id,
            is_open=is_open,
            stays_open=row == path[0],
            below=tuple(
                self._target(child, path, children, depth=depth + 1, is_outside=is_outside)
                for child in part
            ),
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
