"""Founding, showing, leaving and deleting an organization."""

from http import HTTPStatus

from orgs import operations, queries
from orgs.api.endpoint import Call, Caller, endpoint
from orgs.api.shapes.organizations import OrganizationAnswer, organization_answer


@endpoint(
    action="organizations:organizations:create",
    caller=Caller.ANY_ACCOUNT,
    writes=True,
    status=HTTPStatus.CREATED,
)
def create_organization(call: Call) -> OrganizationAnswer:
    """CreateOrganization."""
    return organization_answer(operations.organizations.create_organization(actor=call.actor))


@endpoint(action="organizations:organizations:get", caller=Caller.ORG_MEMBER)
def show_organization(call: Call) -> OrganizationAnswer:
    """ShowOrganization."""
    return organization_answer(queries.organizations.get_organization(actor=call.actor))


@endpoint(
    action="organizations:organizations:delete",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    status=HTTPStatus.NO_CONTENT,
)
def delete_organization(call: Call) -> None:
    """DeleteOrganization."""
    operations.organizations.delete_organization(actor=call.actor)


@endpoint(
    action="organizations:organizations:leave",
    caller=Caller.MEMBER_ONLY,
    writes=True,
)
def leave_organization(call: Call) -> None:
    """LeaveOrganization."""
    operations.departures.leave_organization(actor=call.actor)
