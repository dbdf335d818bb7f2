"""Creating and closing accounts, which take their time, and the requests that tell how it goes."""

from http import HTTPStatus

from orgs import operations, queries
from orgs.api.endpoint import Call, Caller, endpoint
from orgs.api.shapes.account_requests import (
    CloseAccountStatusesAnswer,
    CloseAccountStatusesQuery,
    CreateAccountBody,
    CreateAccountStatusAnswer,
    CreateAccountStatusesAnswer,
    CreateAccountStatusesQuery,
    CreateResourceAccountBody,
    close_account_statuses_answer,
    closing_states_of,
    create_account_status_answer,
    create_account_statuses_answer,
)
from orgs.api.shapes.tags import pairs_of


@endpoint(
    action="organizations:accounts:close",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
)
def close_account(call: Call, account_id: str) -> None:
    """CloseAccount."""
    operations.closings.close_account(actor=call.actor, account_id=account_id)


@endpoint(
    action="organizations:accounts:create",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    status=HTTPStatus.ACCEPTED,
    body=CreateAccountBody,
)
def create_account(call: Call, *, body: CreateAccountBody) -> CreateAccountStatusAnswer:
    """CreateAccount."""
    request = operations.creations.create_account(
        actor=call.actor,
        name=body.name,
        email=body.email,
        phone=body.phone,
        agency_name=body.agency_name,
        description=body.description or "",
        tags=pairs_of(body.tags),
    )
    return _answer(call, request.pk)


@endpoint(
    action="organizations:accounts:create",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    status=HTTPStatus.ACCEPTED,
    body=CreateResourceAccountBody,
)
def create_resource_account(
    call: Call, *, body: CreateResourceAccountBody
) -> CreateAccountStatusAnswer:
    """CreateResourceAccount."""
    request = operations.creations.create_resource_account(
        actor=call.actor,
        name=body.name,
        agency_name=body.agency_name,
        description=body.description or "",
        tags=pairs_of(body.tags),
    )
    return _answer(call, request.pk)


@endpoint(
    action="organizations:closeAccountStatuses:list",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
    query=CloseAccountStatusesQuery,
)
def list_close_account_statuses(
    call: Call, *, query: CloseAccountStatusesQuery
) -> CloseAccountStatusesAnswer:
    """ListCloseAccountStatuses, which is not paged."""
    found = queries.account_requests.list_closings(
        actor=call.actor,
        permissions=call.permissions,
        states=closing_states_of(query.states or ()),
    )
    return close_account_statuses_answer(found)


@endpoint(
    action="organizations:createAccountStatuses:list",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
    query=CreateAccountStatusesQuery,
)
def list_create_account_statuses(
    call: Call, *, query: CreateAccountStatusesQuery
) -> CreateAccountStatusesAnswer:
    """ListCreateAccountStatuses."""
    markers = call.markers("create_account_statuses", query)
    page = queries.account_requests.list_creations(
        actor=call.actor,
        permissions=call.permissions,
        states=query.states or (),
        limit=query.limit,
        place=markers.read(query.marker),
    )
    return create_account_statuses_answer(page, markers.write(page.end))


@endpoint(
    action="organizations:createAccountStatuses:get",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
)
def show_create_account_status(
    call: Call, create_account_status_id: str
) -> CreateAccountStatusAnswer:
    """ShowCreateAccountStatus."""
    return _answer(call, create_account_status_id)


def _answer(call: Call, request_id: str) -> CreateAccountStatusAnswer:
    request = queries.account_requests.get_creation(
        actor=call.actor, permissions=call.permissions, request_id=request_id
    )
    return create_account_status_answer(request)
