"""How a membership ends, R-ACC-40 to R-ACC-42, R-ORG-12 to R-ORG-18."""

from dataclasses import replace
from datetime import datetime

from tests.oracle.accounts import is_full, managed_account
from tests.oracle.changes import stand_alone, unhooked, with_account, with_tests, without_grants_of
from tests.oracle.decisions import is_allowed
from tests.oracle.state import Account, Caller, Departure, Organization, Outcome, Refusal, State


def remove_account(state: State, caller: Caller, *, account_id: object, now: datetime) -> Outcome:
    """R-ACC-40 to R-ACC-42."""
    account = managed_account(state, caller, account_id)
    if isinstance(account, Refusal):
        return account
    organization = state.organizations[account.organization_id]
    if refusal := kept_back(state, organization, account, now):
        return refusal
    lately = [
        one
        for gone in state.departures.values()
        for one in gone
        if one.organization_id == organization.id
        and one.kind == "removed"
        and one.at > now - state.limits.removal_window
    ]
    if len(lately) >= state.limits.removals:
        return Refusal("account_remove_rate")
    return without_grants_of(depart(state, account, kind="removed", now=now), account.id)


def leave_organization(state: State, caller: Caller, *, now: datetime) -> Outcome:
    """R-ORG-12 to R-ORG-16."""
    account = state.accounts[caller.account_id]
    if not caller.administers or account.status != "active":  # R-CLO-11
        return Refusal("permission_denied")
    if not account.organization_id:
        return Refusal("caller_not_in_org")
    if not is_allowed(state, caller, "organizations:organizations:leave"):
        return Refusal("permission_denied")
    organization = state.organizations[account.organization_id]
    if refusal := kept_back(state, organization, account, now):
        return refusal
    return without_grants_of(depart(state, account, kind="left", now=now), account.id)


def kept_back(
    state: State, organization: Organization, account: Account, now: datetime
) -> Refusal | None:
    """What leaving and being removed have in common (R-ACC-40)."""
    if account.id == organization.management_account_id or state.is_delegated(account.id):
        return Refusal("cannot_leave_management_or_delegated")
    if account.status != "active":
        return Refusal("account_not_active")
    young = account.created_at >= now - state.limits.standalone_age
    if not is_full(account) or (account.join_method == "created" and young):
        return Refusal("account_standalone_info_missing")
    return None


def depart(state: State, account: Account, *, kind: str, now: datetime) -> State:
    """R-ORG-16, R-ORG-18."""
    gone = Departure(account.organization_id, account.id, kind, now)
    departures = {**state.departures, account.id: (*state.departures.get(account.id, ()), gone)}
    state = unhooked(state, account.id)
    asked = [test for test in state.policy_tests if test.account_id != account.id]
    state = with_tests(with_account(state, stand_alone(account)), asked)
    return replace(state, departures=departures)
