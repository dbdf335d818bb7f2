"""How many accounts, R-QUO."""

from dataclasses import replace
from datetime import datetime

from tests.oracle.state import Creation, Organization, Outcome, Refusal, State


def running_creations(state: State, organization: Organization) -> list[Creation]:
    return [
        one
        for one in state.creations.values()
        if one.organization_id == organization.id and one.state == "in_progress"
    ]


def accounts_used(state: State, organization: Organization, *, now: datetime) -> int:
    """R-QUO-1: accounts of any status, running creations, open invitations."""
    invited = [
        one
        for one in state.invitations.values()
        if one.organization_id == organization.id and one.is_open(now)
    ]
    members = state.members(organization.id)
    return len(members) + len(running_creations(state, organization)) + len(invited)


def quota_of(state: State, organization: Organization) -> int:
    if organization.account_quota is None:
        return state.limits.accounts_unset
    return organization.account_quota


def set_account_quota(state: State, *, organization_id: str, quota: int) -> Outcome:
    """R-QUO-2, R-QUO-3: the operator sets it, from 1 to the installation's highest."""
    if organization_id not in state.organizations:
        return Refusal("organization_not_found")
    if not 1 <= quota <= state.limits.accounts:
        return Refusal("invalid_parameter", "quota")
    organization = replace(state.organizations[organization_id], account_quota=quota)
    return replace(state, organizations={**state.organizations, organization_id: organization})
