"""Accounts and where they hang, R-ACC."""

from collections.abc import Sequence
from dataclasses import replace

from tests.oracle.callers import may_write, may_write_at
from tests.oracle.changes import with_account
from tests.oracle.entities import owns_account, owns_unit
from tests.oracle.identifiers import ACCOUNT_ID, is_id
from tests.oracle.state import Account, Caller, Outcome, Refusal, State
from tests.oracle.texts import description_is_good, normal
from tests.oracle.units import bad_parents


def move_account(
    state: State,
    caller: Caller,
    *,
    account_id: object,
    source_parent_id: object,
    destination_parent_id: object,
) -> Outcome:
    """R-ACC-30 to R-ACC-33."""
    return move_accounts(
        state,
        caller,
        moves=[(account_id, source_parent_id)],
        destination_parent_id=destination_parent_id,
    )


def move_accounts(
    state: State,
    caller: Caller,
    *,
    moves: Sequence[tuple[object, object]],
    destination_parent_id: object,
) -> Outcome:
    """Pairs of account and source, each as R-ACC-30 to R-ACC-33 say; all or none (R-GEN-5)."""
    about = [destination_parent_id, *(one for move in moves for one in move)]
    reach = may_write_at(state, caller, "move_account", "accounts:move", about=about)
    if isinstance(reach, Refusal):
        return reach
    organization = reach.organization
    account_ids = [account_id for account_id, _ in moves]
    if not moves or len(set(account_ids)) != len(account_ids):
        return Refusal("invalid_parameter", "account_ids")
    if not all(is_id(account_id, ACCOUNT_ID) for account_id in account_ids):
        return Refusal("invalid_parameter", "account_id")
    for _, source_parent_id in moves:
        if refusal := bad_parents(source_parent_id, destination_parent_id):
            return refusal
    if not all(owns_account(state, organization, account_id) for account_id in account_ids):
        return Refusal("account_not_found")
    if not all(owns_unit(state, organization, source_id) for _, source_id in moves):
        return Refusal("parent_not_found")
    if not owns_unit(state, organization, destination_parent_id):
        return Refusal("parent_not_found")
    if refusal := reach.beyond(
        state, *(source_id for _, source_id in moves), destination_parent_id
    ):
        return refusal
    moved = {}
    for account_id, source_parent_id in moves:
        account = state.accounts[account_id]
        if account.unit_id != source_parent_id:
            return Refusal("move_source_mismatch")
        if account.unit_id == destination_parent_id:
            return Refusal("move_same_parent")
        moved[account_id] = replace(account, unit_id=destination_parent_id)
    return replace(state, accounts={**state.accounts, **moved})


def update_account(
    state: State, caller: Caller, *, account_id: object, description: object
) -> Outcome:
    """R-ACC-5: a text replaces, `""` clears, null leaves."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not is_id(account_id, ACCOUNT_ID):
        return Refusal("invalid_parameter", "account_id")
    if not description_is_good(description):
        return Refusal("invalid_parameter", "description")
    if not owns_account(state, organization, account_id):
        return Refusal("account_not_found")
    if description is None:
        return state
    account = replace(state.accounts[account_id], description=normal(description).strip(" "))
    return with_account(state, account)


def managed_account(state: State, caller: Caller, account_id: object) -> Account | Refusal:
    """An account of the organization that the caller manages."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not is_id(account_id, ACCOUNT_ID):
        return Refusal("invalid_parameter", "account_id")
    if not owns_account(state, organization, account_id):
        return Refusal("account_not_found")
    return state.accounts[account_id]


def convert_account(state: State, *, account_id: str) -> State:
    """R-ORG-14: the operator says so."""
    return with_account(state, replace(state.accounts[account_id], is_converted=True))


def set_eligibility(state: State, *, account_id: str, is_eligible: bool) -> State:
    """R-ORG-2, R-INV-5: the operator says so."""
    return with_account(state, replace(state.accounts[account_id], is_eligible=is_eligible))


def is_full(account: Account) -> bool:
    """R-ACC-22, R-ORG-14."""
    return account.is_converted or not account.is_resource
