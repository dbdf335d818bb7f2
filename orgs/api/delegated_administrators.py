"""Members that administer a trusted service for the whole organization."""

from http import HTTPStatus

from orgs import operations, queries
from orgs.api.endpoint import Call, Caller, endpoint
from orgs.api.shapes.delegated_administrators import (
    DelegatedAdministratorBody,
    DelegatedAdministratorsAnswer,
    DelegatedAdministratorsQuery,
    DelegatedServicesAnswer,
    delegated_administrators_answer,
    delegated_services_answer,
)
from orgs.api.shapes.paging import PageQuery


@endpoint(
    action="organizations:delegatedAdministrators:deregister",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    body=DelegatedAdministratorBody,
)
def deregister_delegated_administrator(call: Call, *, body: DelegatedAdministratorBody) -> None:
    """DeregisterDelegatedAdministrator."""
    operations.delegated_administrators.deregister_delegated_administrator(
        actor=call.actor, account_id=body.account_id, service_principal=body.service_principal
    )


@endpoint(
    action="organizations:delegatedAdministrators:list",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
    query=DelegatedAdministratorsQuery,
)
def list_delegated_administrators(
    call: Call, *, query: DelegatedAdministratorsQuery
) -> DelegatedAdministratorsAnswer:
    """ListDelegatedAdministrators."""
    markers = call.markers("delegated_administrators", query)
    page = queries.delegated_administrators.list_delegated_administrators(
        actor=call.actor,
        permissions=call.permissions,
        service_principal=query.service_principal,
        limit=query.limit,
        place=markers.read(query.marker),
    )
    return delegated_administrators_answer(page, markers.write(page.end), call.urn)


@endpoint(
    action="organizations:delegatedServices:list",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
    query=PageQuery,
)
def list_delegated_services(
    call: Call, account_id: str, *, query: PageQuery
) -> DelegatedServicesAnswer:
    """ListDelegatedServices."""
    markers = call.markers(f"delegated_services/{account_id}", query)
    page = queries.delegated_administrators.list_delegated_services(
        actor=call.actor,
        permissions=call.permissions,
        account_id=account_id,
        limit=query.limit,
        place=markers.read(query.marker),
    )
    return delegated_services_answer(page, markers.write(page.end))


@endpoint(
    action="organizations:delegatedAdministrators:register",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    status=HTTPStatus.CREATED,
    body=DelegatedAdministratorBody,
)
def register_delegated_administrator(call: Call, *, body: DelegatedAdministratorBody) -> None:
    """RegisterDelegatedAdministrator."""
    operations.delegated_administrators.register_delegated_administrator(
        actor=call.actor, account_id=body.account_id, service_principal=body.service_principal
    )
