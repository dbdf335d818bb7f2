"""Roots, units and accounts in one list: the root first, then units, then accounts, each by time."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, NamedTuple

from django.db.models import QuerySet

from orgs import errors, identifiers
from orgs.actor import Actor
from orgs.errors import InvalidParameter, Reason
from orgs.models import Account, OrganizationalUnit
from orgs.permissions import Permission
from orgs.queries.paging import Page, Place, after_time, page_size, take
from orgs.queries.units import require_parent, require_structure


class Kind(StrEnum):
    """What an entity is."""

    ROOT = "root"
    UNIT = "organizational_unit"
    ACCOUNT = "account"


class Entity(NamedTuple):
    """What is told of an entity."""

    id: str
    name: str
    kind: Kind


def list_entities(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    parent_id: str | None = None,
    child_id: str | None = None,
    limit: int | None = None,
    place: Place | None = None,
) -> Page[Entity]:
    """What is directly under a parent; or the parent of a child; or, with neither, everything (R-OU-15).

    Raises:
        NotManagementOrDelegated, ParentNotFound, EntityNotFound.
        InvalidParameter: also for parent and child together.

    Contract: ListEntities.
    """
    require_structure(permissions)
    size = page_size(limit)
    if child_id is not None:
        if parent_id is not None:
            raise InvalidParameter(field="child_id", reason=Reason.NOT_TOGETHER, other="parent_id")
        # The one parent is on the first page; no marker leads to another.
        return Page([_parent_of(actor, child_id)])
    if parent_id is not None:
        require_parent(actor, parent_id)
    return _walk(actor, parent_id, size, place)


def _parent_of(actor: Actor, child_id: str) -> Entity:
    identifiers.UNIT_OR_ACCOUNT.require(child_id, field="child_id")
    parents: QuerySet[Any, Any]
    if identifiers.UNIT.fits(child_id):
        children = OrganizationalUnit.objects.filter(pk=child_id, parent__isnull=False)
        parents = children.values_list("parent_id", "parent__name", "parent__parent_id")
    else:
        accounts = Account.objects.filter(pk=child_id)
        parents = accounts.values_list("unit_id", "unit__name", "unit__parent_id")
    row = parents.filter(organization=actor.organization_id).first()
    if row is None:
        raise errors.EntityNotFound(entity_id=child_id)
    parent_id, name, above = row
    return Entity(parent_id, name, Kind.ROOT if above is None else Kind.UNIT)


def _walk(actor: Actor, parent_id: str | None, size: int, place: Place | None) -> Page[Entity]:
    """One kind after the other, until the page is full and one more is seen. Three statements at most."""
    kind, within = (Kind(place[0]), place[1:]) if place is not None else (None, None)
    kinds = list(Kind) if kind is None else list(Kind)[list(Kind).index(kind) :]
    if parent_id is not None:
        kinds = [each for each in kinds if each != Kind.ROOT]
    found: list[Entity] = []
    end: Place | None = None
    for each in kinds:
        rows, time = _SOURCES[each](actor, parent_id)
        rows = rows.filter(after_time(within if each == kind else None, time)).order_by(time, "pk")
        part, has_more = take(rows.values_list("pk", "name", time), size - len(found))
        found += [Entity(entity_id, name, each) for entity_id, name, _at in part]
        if part:
            end = (each, part[-1][2].isoformat(), part[-1][0])
        if has_more:
            return Page(found, end)
    return Page(found)


def _roots(actor: Actor, _parent_id: str | None) -> tuple[QuerySet[Any, Any], str]:
    return OrganizationalUnit.objects.filter(
        organization=actor.organization_id, parent=None
    ), "created_at"


def _units(actor: Actor, parent_id: str | None) -> tuple[QuerySet[Any, Any], str]:
    rows = OrganizationalUnit.objects.filter(
        organization=actor.organization_id, parent__isnull=False
    )
    return (rows if parent_id is None else rows.filter(parent=parent_id)), "created_at"


def _accounts(actor: Actor, parent_id: str | None) -> tuple[QuerySet[Any, Any], str]:
    rows = Account.objects.filter(organization=actor.organization_id)
    return (rows if parent_id is None else rows.filter(unit=parent_id)), "joined_at"


_SOURCES: dict[Kind, Callable[[Actor, str | None], tuple[QuerySet[Any, Any], str]]] = {
    Kind.ROOT: _roots,
    Kind.UNIT: _units,
    Kind.ACCOUNT: _accounts,
}
