"""Delegated administrators, R-DA."""

from tests.oracle.callers import may_write
from tests.oracle.changes import held_by
from tests.oracle.entities import owns_account
from tests.oracle.identifiers import ACCOUNT_ID, is_id
from tests.oracle.state import Caller, Organization, Outcome, Refusal, State
from tests.oracle.trusted_services import CATALOGUE, principal_is_good


def register_delegated_administrator(
    state: State, caller: Caller, *, account_id: object, service_principal: object
) -> Outcome:
    """R-DA-1 to R-DA-3."""
    organization = may_delegate(state, caller, account_id, service_principal)
    if isinstance(organization, Refusal):
        return organization
    if not owns_account(state, organization, account_id):
        return Refusal("account_not_found")
    held = state.services.get((organization.id, service_principal))
    if held is None:
        return Refusal("trusted_service_not_enabled")
    if CATALOGUE[service_principal] == 0:
        return Refusal("delegated_admin_unsupported")
    account = state.accounts[account_id]
    if account.id == organization.management_account_id:
        return Refusal("delegated_admin_is_management")
    if account.status != "active":
        return Refusal("account_not_active")
    if account.id in held:
        return Refusal("delegated_admin_exists")
    if len(held) >= CATALOGUE[service_principal]:
        return Refusal("delegated_admin_quota_exceeded")
    return held_by(state, organization.id, service_principal, held | {account.id})


def deregister_delegated_administrator(
    state: State, caller: Caller, *, account_id: object, service_principal: object
) -> Outcome:
    """R-DA-7."""
    organization = may_delegate(state, caller, account_id, service_principal)
    if isinstance(organization, Refusal):
        return organization
    held = state.services.get((organization.id, service_principal), frozenset())
    if account_id not in held:
        return Refusal("delegated_admin_not_found")
    return held_by(state, organization.id, service_principal, held - {account_id})


def may_delegate(
    state: State, caller: Caller, account_id: object, service_principal: object
) -> Organization | Refusal:
    """What both ask first: who, and whether the pair could be one."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not principal_is_good(service_principal):
        return Refusal("invalid_parameter", "service_principal")
    if not is_id(account_id, ACCOUNT_ID):
        return Refusal("invalid_parameter", "account_id")
    return organization
