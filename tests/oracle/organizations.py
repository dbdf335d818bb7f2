"""Organizations, R-ORG."""

from dataclasses import replace

from tests.oracle.callers import may_write
from tests.oracle.changes import stand_alone, unhooked, without, without_grants, without_unit
from tests.oracle.quotas import running_creations
from tests.oracle.state import Caller, Organization, Outcome, Refusal, State, Unit


def create_organization(
    state: State, caller: Caller, *, organization_id: str, root_id: str
) -> Outcome:
    """R-ORG-1, R-ORG-3, R-ORG-4."""
    account = state.accounts[caller.account_id]
    if not caller.administers or account.status != "active":  # R-CLO-11
        return Refusal("permission_denied")
    if account.organization_id:
        return Refusal("account_already_in_organization")
    if not account.is_eligible:  # R-ORG-2
        return Refusal("account_not_active")
    organization = Organization(organization_id, account.id, root_id)
    manager = replace(
        account, organization_id=organization_id, unit_id=root_id, join_method="invited", tags={}
    )
    return replace(
        state,
        organizations={**state.organizations, organization_id: organization},
        units={**state.units, root_id: Unit(root_id, organization_id, "", "root")},
        accounts={**state.accounts, account.id: manager},
    )


def delete_organization(state: State, caller: Caller) -> Outcome:
    """R-ORG-8 to R-ORG-11, R-TAG-12."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if state.unit_count(organization.id) or len(state.members(organization.id)) > 1:
        return Refusal("organization_not_empty")
    if running_creations(state, organization):  # R-ORG-9
        return Refusal("organization_not_empty")
    if any(policy.organization_id == organization.id for policy in state.policies.values()):
        return Refusal("organization_not_empty")
    manager = state.accounts[organization.management_account_id]
    state = unhooked(without_unit(state, organization.root_id), manager.id)
    state = without_grants(state, lambda grant: grant.organization_id == organization.id)
    return replace(
        state,
        organizations=without(state.organizations, organization.id),
        switches={
            key: switch for key, switch in state.switches.items() if key[0] != organization.id
        },
        dry_runs=without(state.dry_runs, organization.id),
        services={key: held for key, held in state.services.items() if key[0] != organization.id},
        accounts={**state.accounts, manager.id: stand_alone(manager)},
        invitations={
            key: replace(invitation, state="cancelled")
            if invitation.organization_id == organization.id and invitation.state == "pending"
            else invitation
            for key, invitation in state.invitations.items()
        },
    )
