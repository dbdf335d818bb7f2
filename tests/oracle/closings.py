"""Accounts that are closed, R-CLO."""

from dataclasses import replace
from datetime import datetime

from tests.oracle.accounts import managed_account
from tests.oracle.changes import with_account, with_closing, without_grants_of
from tests.oracle.departures import depart
from tests.oracle.state import Caller, Closing, Organization, Outcome, Refusal, State


def close_account(
    state: State, caller: Caller, *, account_id: object, request_id: str, now: datetime
) -> Outcome:
    """R-CLO-1 to R-CLO-8a."""
    account = managed_account(state, caller, account_id)
    if isinstance(account, Refusal):
        return account
    organization = state.organizations[account.organization_id]
    if account.id == organization.management_account_id:
        return Refusal("cannot_close_management")
    if account.status != "active":
        return Refusal("account_closing")
    if account.join_method != "created" or account.is_converted:
        return Refusal("cannot_close_invited")
    if state.is_delegated(account.id):
        return Refusal("cannot_close_delegated")
    begun = [
        one
        for one in state.closings.values()
        if one.organization_id == organization.id and one.state != "failed"
    ]
    lately = [one for one in begun if one.created_at > now - state.limits.closing_window]
    running = [one for one in begun if one.state == "pending_closure"]
    if (
        len(lately) >= closing_limit(state, organization)
        or len(running) >= state.limits.closings_at_once
    ):
        return Refusal("close_quota_exceeded")
    state = with_account(state, replace(account, status="pending_closure"))
    return with_closing(state, Closing(request_id, organization.id, account.id, created_at=now))


def closing_limit(state: State, organization: Organization) -> int:
    """R-CLO-8, R-CLO-8a."""
    active = [
        account
        for account in state.members(organization.id)
        if account.status == "active" and account.id != organization.management_account_id
    ]
    return min(max(len(active) // 10, state.limits.closings_least), state.limits.closings_most)


def finish_closing(state: State, *, request_id: str, now: datetime) -> State:
    """R-CLO: the data is deleted."""
    request = state.closings[request_id]
    if request.state != "pending_closure":
        return state
    account = replace(state.accounts[request.account_id], status="suspended")
    state = without_grants_of(with_account(state, account), account.id)
    return with_closing(state, replace(request, state="suspended", ended_at=now))


def fail_closing(state: State, *, request_id: str, reason: str) -> State:
    """R-CLO: the account is active again, the request keeps the reason."""
    request = state.closings[request_id]
    if request.state != "pending_closure":
        return state
    state = with_account(state, replace(state.accounts[request.account_id], status="active"))
    return with_closing(state, replace(request, state="failed", failure_reason=reason))


def purge_account(state: State, *, account_id: str, now: datetime) -> State:
    """R-CLO-12: 90 days after its closing it is gone for good."""
    account = state.accounts[account_id]
    closed = [
        one
        for one in state.closings.values()
        if one.account_id == account_id
        and one.state == "suspended"
        and one.ended_at < now - state.limits.closed_listed
    ]
    if not closed or not account.organization_id:
        return state
    return depart(state, replace(account, email=""), kind="purged", now=now)
