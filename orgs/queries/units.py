"""Root and organizational units as lists and single facts, without model instances.

Every function is told what the actor was found to be permitted, and takes one statement, or two where a
parent has to be there.
"""

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from orgs import errors, identifiers
from orgs.actor import Actor
from orgs.models import OrganizationalUnit
from orgs.permissions import Permission
from orgs.queries.paging import Page, Place, after_time, page_size, take


class UnitRow(NamedTuple):
    """What is told of a root or unit."""

    id: str
    name: str
    created_at: datetime


class RootRow(NamedTuple):
    """A root, and the states of the policy types that were ever switched on in it."""

    unit: UnitRow
    policy_types: dict[str, str]


def list_roots(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    limit: int | None = None,
    place: Place | None = None,
) -> Page[RootRow]:
    """The one root (R-OU-2), with its policy types (R-PT-2).

    Raises:
        NotManagementOrDelegated, InvalidParameter: the limit.

    Contract: ListRoots.
    """
    require_structure(permissions)
    page_size(limit)
    # There is one, so the first page holds it, and no marker leads to another.
    return Page([] if place else _roots(actor))


def get_root(*, actor: Actor, permissions: frozenset[Permission]) -> RootRow:
    """The root of the actor's organization.

    Raises:
        NotManagementOrDelegated, CallerNotInOrganization.
    """
    require_structure(permissions)
    for root in _roots(actor):
        return root
    raise errors.CallerNotInOrganization


def list_organizational_units(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    parent_id: str | None = None,
    limit: int | None = None,
    place: Place | None = None,
) -> Page[UnitRow]:
    """The units directly under a parent, or all of the organization, by time of creation (R-OU-14).

    Raises:
        NotManagementOrDelegated, InvalidParameter, ParentNotFound.

    Contract: ListOrganizationalUnits.
    """
    require_structure(permissions)
    size = page_size(limit)
    rows = _units(actor).filter(after_time(place, "created_at"), parent__isnull=False)
    if parent_id is not None:
        require_parent(actor, parent_id)
        rows = rows.filter(parent=parent_id)
    return _page(rows, size)


def get_organizational_unit(
    *, actor: Actor, permissions: frozenset[Permission], unit_id: str
) -> UnitRow:
    """One unit; the root is none.

    Raises:
        NotManagementOrDelegated, InvalidParameter, OuNotFound.

    Contract: ShowOrganizationalUnit.
    """
    require_structure(permissions)
    checked = identifiers.UNIT.require(unit_id, field="organizational_unit_id")
    rows = _units(actor).filter(pk=checked, parent__isnull=False)
    row = rows.values_list(*UnitRow._fields).first()
    if row is None:
        raise errors.OuNotFound(unit_id=checked)
    return UnitRow(*row)


def require_structure(permissions: frozenset[Permission]) -> None:
    """Refuse who may not see what the organization consists of (R-GEN-1).

    Raises:
        NotManagementOrDelegated.
    """
    if Permission.VIEW_STRUCTURE not in permissions:
        raise errors.NotManagementOrDelegated


def require_parent(actor: Actor, parent_id: str) -> None:
    """Refuse a parent that is not in the actor's organization. One statement.

    Raises:
        InvalidParameter, ParentNotFound.
    """
    checked = identifiers.ROOT_OR_UNIT.require(parent_id, field="parent_id")
    if not _units(actor).filter(pk=checked).exists():
        raise errors.ParentNotFound(parent_id=checked)


def _units(actor: Actor) -> QuerySet[OrganizationalUnit, OrganizationalUnit]:
    return OrganizationalUnit.objects.filter(organization=actor.organization_id)


def _roots(actor: Actor) -> list[RootRow]:
    """The root, or none: a row for each of its policy types, or one without."""
    of_type = "organization__policy_types__"
    columns = (*UnitRow._fields, f"{of_type}policy_type", f"{of_type}state")
    rows = list(_units(actor).filter(parent=None).order_by().values_list(*columns))
    states = {policy_type: state for *_unit, policy_type, state in rows if policy_type}
    return [RootRow(UnitRow(*row[:-2]), states) for row in rows[:1]]


def _page(rows: QuerySet[Any, Any], size: int) -> Page[UnitRow]:
    found, has_more = take(rows.order_by("created_at", "pk").values_list(*UnitRow._fields), size)
    units = [UnitRow(*row) for row in found]
    end = (units[-1].created_at.isoformat(), units[-1].id) if has_more else None
    return Page(units, end)
