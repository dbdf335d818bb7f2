"""What of an organization an actor sees: all of it, or what is in and below units that were granted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import (
    Q,
)

from orgs import access
from orgs.actor import Actor
from orgs.models import (
    MAX_LEVELS,
    Account,
    Organization,
    OrganizationalUnit,
)
from orgs.permissions import Permission
from orgs.queries.organizations import live_organization

UNIT_WITH_PATH = ("organization", "__".join(["parent"] * MAX_LEVELS))
ACCOUNT_WITH_PATH = ("organization", "__".join(["unit", *["parent"] * MAX_LEVELS]))


@dataclass(frozen=True, slots=True)
class Seen:
    """An organization as an actor may see it, and what it may do at the places that were looked for."""

    actor: Actor
    organization: Organization
    permissions: frozenset[Permission]
    rights: access.Rights

    @property
    def is_all(self) -> bool:
        """Whether the actor sees all of it, and not only units that something was granted on."""
        return Permission.VIEW_STRUCTURE in self.rights.everywhere

    def below(self, path: Sequence[OrganizationalUnit]) -> list[OrganizationalUnit]:
        """The part of a path that the actor sees: from the first unit on that something was granted on."""
        if self.is_all:
            return list(path)
        granted = self.rights.units_of(Permission.VIEW_STRUCTURE)
        first = next((depth for depth, step in enumerate(path) if step.pk in granted), len(path))
        return list(path[first:])

    def within(self, *, at: str = "") -> Q:
        """The condition on what hangs where the actor sees it; `at` is the way to the unit."""
        return self.where(Permission.VIEW_STRUCTURE, at=at)

    def where(self, permission: Permission, *, at: str = "") -> Q:
        """The condition on what hangs where the actor has that right; `at` is the way to the unit."""
        if permission in self.rights.everywhere:
            return Q()
        return access.within(self.rights.units_of(permission), at=at)


def look_anywhere(actor: Actor) -> Seen:
    """The organization for who sees it, or units of it; lists leave out what is not within. Two statements.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
    """
    organization = live_organization(actor)
    rights = access.rights_of(actor, organization.pk)
    seen = Seen(actor, organization, rights.everywhere, rights)
    if not seen.is_all and not rights.units_of(Permission.VIEW_STRUCTURE):
        raise access.refusal(actor, Permission.VIEW_STRUCTURE, organization)
    return seen


def look(actor: Actor, places: Iterable[OrganizationalUnit | Account]) -> Seen:
    """The organization and all that the actor may do at each of the places, if it may see them.

    What was looked for came with its organization, so that costs no statement of its own; nothing is
    said of it before the actor was judged. One statement, unless it is a refusal. Of a place its path has
    to be loaded, or each step is a statement for who has been granted something on units.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        OutsideGrant: the actor has grants on units, and they do not reach one of the places.
    """
    found = list(places)
    organization = found[0].organization if found else None
    organization = organization or live_organization(actor)
    rights = access.rights_of(actor, organization.pk)
    units = [place.unit if isinstance(place, Account) else place for place in found]
    permissions = [rights.at(unit) for unit in units if unit is not None]
    at_all = frozenset.intersection(*permissions) if permissions else rights.everywhere
    if Permission.VIEW_STRUCTURE not in at_all:
        granted = rights.units_of(Permission.VIEW_STRUCTURE)
        if granted:
            raise access.outside(Permission.VIEW_STRUCTURE, granted)
        raise access.refusal(actor, Permission.VIEW_STRUCTURE, organization)
    return Seen(actor, organization, at_all, rights)


def judge(
    actor: Actor, place: OrganizationalUnit | Account | None
) -> tuple[Organization, frozenset[Permission]]:
    """The same of one place, or of the organization as a whole."""
    seen = look(actor, [place] if place else [])
    return seen.organization, seen.permissions
