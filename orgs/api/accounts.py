"""The accounts of an organization."""

from orgs import operations, queries
from orgs.api.endpoint import Call, Caller, endpoint
from orgs.api.shapes.accounts import (
    AccountAnswer,
    AccountQuery,
    AccountsAnswer,
    AccountsQuery,
    MoveAccountBody,
    UpdateAccountBody,
    account_answer,
    accounts_answer,
)
from orgs.permissions import Permission


@endpoint(
    action="organizations:accounts:list",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
    query=AccountsQuery,
)
def list_accounts(call: Call, *, query: AccountsQuery) -> AccountsAnswer:
    """ListAccounts."""
    markers = call.markers("accounts", query)
    page = queries.members.list_members(
        actor=call.actor,
        permissions=call.permissions,
        parent_id=query.parent_id,
        with_contacts=query.with_register_contact_info,
        limit=query.limit,
        place=markers.read(query.marker),
    )
    return accounts_answer(
        page,
        markers.write(page.end),
        call.urn,
        with_contacts=query.with_register_contact_info,
    )


@endpoint(
    action="organizations:accounts:move",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    scoped=Permission.MOVE_ACCOUNT,
    body=MoveAccountBody,
)
def move_account(call: Call, account_id: str, *, body: MoveAccountBody) -> None:
    """MoveAccount."""
    operations.accounts.move_account(
        actor=call.actor,
        account_id=account_id,
        source_parent_id=body.source_parent_id,
        destination_parent_id=body.destination_parent_id,
    )


@endpoint(
    action="organizations:accounts:remove",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
)
def remove_account(call: Call, account_id: str) -> None:
    """RemoveAccount."""
    operations.departures.remove_account(actor=call.actor, account_id=account_id)


@endpoint(
    action="organizations:accounts:get",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
    query=AccountQuery,
)
def show_account(call: Call, account_id: str, *, query: AccountQuery) -> AccountAnswer:
    """ShowAccount."""
    account = queries.members.get_member(
        actor=call.actor, permissions=call.permissions, account_id=account_id
    )
    return account_answer(account, call.urn, with_contacts=query.with_register_contact_info)


@endpoint(
    action="organizations:accounts:update",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    body=UpdateAccountBody,
)
def update_account(call: Call, account_id: str, *, body: UpdateAccountBody) -> AccountAnswer:
    """UpdateAccount."""
    operations.accounts.update_account(
        actor=call.actor, account_id=account_id, description=body.description
    )
    account = queries.members.get_member(
        actor=call.actor, permissions=call.permissions, account_id=account_id
    )
    return account_answer(account, call.urn, with_contacts=False)
