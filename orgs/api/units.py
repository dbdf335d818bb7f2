"""Roots and organizational units."""

from http import HTTPStatus

from orgs import operations, queries
from orgs.api.endpoint import Call, Caller, endpoint
from orgs.api.shapes.paging import PageQuery
from orgs.api.shapes.tags import pairs_of
from orgs.api.shapes.units import (
    CreateUnitBody,
    RootsAnswer,
    UnitAnswer,
    UnitsAnswer,
    UnitsQuery,
    UpdateUnitBody,
    roots_answer,
    unit_answer,
    units_answer,
)
from orgs.permissions import Permission
from orgs.queries.units import UnitRow


@endpoint(
    action="organizations:roots:list",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
    query=PageQuery,
)
def list_roots(call: Call, *, query: PageQuery) -> RootsAnswer:
    """ListRoots."""
    markers = call.markers("roots", query)
    page = queries.units.list_roots(
        actor=call.actor,
        permissions=call.permissions,
        limit=query.limit,
        place=markers.read(query.marker),
    )
    return roots_answer(page, markers.write(page.end), call.urn)


@endpoint(
    action="organizations:ous:create",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    scoped=Permission.CREATE_UNIT,
    status=HTTPStatus.CREATED,
    body=CreateUnitBody,
)
def create_organizational_unit(call: Call, *, body: CreateUnitBody) -> UnitAnswer:
    """CreateOrganizationalUnit."""
    unit = operations.units.create_organizational_unit(
        actor=call.actor,
        parent_id=body.parent_id,
        name=body.name,
        tags=pairs_of(body.tags),
    )
    return unit_answer(UnitRow(unit.pk, unit.name, unit.created_at), call.urn)


@endpoint(
    action="organizations:ous:delete",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    scoped=Permission.DELETE_UNIT,
    status=HTTPStatus.NO_CONTENT,
)
def delete_organizational_unit(call: Call, organizational_unit_id: str) -> None:
    """DeleteOrganizationalUnit."""
    operations.units.delete_organizational_unit(actor=call.actor, unit_id=organizational_unit_id)


@endpoint(
    action="organizations:ous:list",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
    query=UnitsQuery,
)
def list_organizational_units(call: Call, *, query: UnitsQuery) -> UnitsAnswer:
    """ListOrganizationalUnits."""
    markers = call.markers("organizational_units", query)
    page = queries.units.list_organizational_units(
        actor=call.actor,
        permissions=call.permissions,
        parent_id=query.parent_id,
        limit=query.limit,
        place=markers.read(query.marker),
    )
    return units_answer(page, markers.write(page.end), call.urn)


@endpoint(action="organizations:ous:get", caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN)
def show_organizational_unit(call: Call, organizational_unit_id: str) -> UnitAnswer:
    """ShowOrganizationalUnit."""
    unit = queries.units.get_organizational_unit(
        actor=call.actor, permissions=call.permissions, unit_id=organizational_unit_id
    )
    return unit_answer(unit, call.urn)


@endpoint(
    action="organizations:ous:update",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    scoped=Permission.UPDATE_UNIT,
    body=UpdateUnitBody,
)
def update_organizational_unit(
    call: Call, organizational_unit_id: str, *, body: UpdateUnitBody
) -> UnitAnswer:
    """UpdateOrganizationalUnit."""
    unit = operations.units.update_organizational_unit(
        actor=call.actor, unit_id=organizational_unit_id, name=body.name
    )
    return unit_answer(UnitRow(unit.pk, unit.name, unit.created_at), call.urn)
