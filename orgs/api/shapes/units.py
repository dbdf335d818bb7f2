"""Roots and organizational units on the wire."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from orgs.api.shapes.paging import PageInfo, whole_seconds
from orgs.api.shapes.tags import TagDto
from orgs.models import PolicyType, SwitchState
from orgs.queries.paging import Page
from orgs.queries.units import RootRow, UnitRow

Urn = Callable[[str, str], str]


class PolicyTypeDto(Struct, frozen=True):
    """Whether a type of policy is in force."""

    type: str
    status: str


class RootDto(Struct, frozen=True):
    """The root."""

    id: str
    urn: str
    name: str
    policy_types: list[PolicyTypeDto]
    created_at: datetime


class UnitDto(Struct, frozen=True):
    """An organizational unit."""

    id: str
    urn: str
    name: str
    created_at: datetime


class RootsAnswer(Struct, frozen=True):
    """ListRoots."""

    roots: list[RootDto]
    page_info: PageInfo


class RootAnswer(Struct, frozen=True):
    """EnablePolicyType, DisablePolicyType."""

    root: RootDto


class UnitAnswer(Struct, frozen=True):
    """CreateOrganizationalUnit, ShowOrganizationalUnit, UpdateOrganizationalUnit."""

    organizational_unit: UnitDto


class UnitsAnswer(Struct, frozen=True):
    """ListOrganizationalUnits."""

    organizational_units: list[UnitDto]
    page_info: PageInfo


class CreateUnitBody(Struct, frozen=True):
    """CreateOrganizationalUnit."""

    name: str
    parent_id: str
    tags: list[TagDto] | None = None


class UpdateUnitBody(Struct, frozen=True):
    """UpdateOrganizationalUnit."""

    name: str


class UnitsQuery(Struct, frozen=True):
    """ListOrganizationalUnits."""

    parent_id: str | None = None
    limit: int | None = None
    marker: str | None = None


def unit_answer(unit: UnitRow, urn: Urn) -> UnitAnswer:
    """The answer about one unit."""
    return UnitAnswer(_unit(unit, urn))


def units_answer(page: Page[UnitRow], next_marker: str | None, urn: Urn) -> UnitsAnswer:
    """A page of units."""
    rows = [_unit(unit, urn) for unit in page.rows]
    return UnitsAnswer(rows, PageInfo(next_marker, len(rows)))


def root_answer(root: RootRow, urn: Urn) -> RootAnswer:
    """The answer about the root."""
    return RootAnswer(_root(root, urn))


def roots_answer(page: Page[RootRow], next_marker: str | None, urn: Urn) -> RootsAnswer:
    """The page with the one root."""
    roots = [_root(root, urn) for root in page.rows]
    return RootsAnswer(roots, PageInfo(next_marker, len(roots)))


def _root(root: RootRow, urn: Urn) -> RootDto:
    return RootDto(
        id=root.unit.id,
        urn=urn("root", root.unit.id),
        name=root.unit.name,
        # One that was never switched on has no state of its own.
        policy_types=[
            PolicyTypeDto(kind.value, root.policy_types.get(kind, SwitchState.DISABLED))
            for kind in PolicyType
        ],
        created_at=whole_seconds(root.unit.created_at),
    )


def _unit(unit: UnitRow, urn: Urn) -> UnitDto:
    return UnitDto(
        id=unit.id,
        urn=urn("ou", unit.id),
        name=unit.name,
        created_at=whole_seconds(unit.created_at),
    )
