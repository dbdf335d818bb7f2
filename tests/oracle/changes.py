"""A state in which one thing is otherwise; no rule is asked here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from tests.oracle.state import (
    DRY_RUN,
    FULL_ACCESS,
    SCP,
    TAG_POLICY,
    Account,
    Closing,
    Creation,
    Grant,
    Invitation,
    Policy,
    PolicyTest,
    State,
    Unit,
)


def stand_alone(account: Account) -> Account:
    return replace(account, organization_id="", unit_id="", join_method="", tags={})


def without_unit(state: State, unit_id: str) -> State:
    """What was on its way to the unit goes to the root instead (ours)."""

    def redirected[T: (Invitation, Creation)](rows: Mapping[str, T]) -> dict[str, T]:
        return {
            key: replace(row, destination_id="") if row.destination_id == unit_id else row
            for key, row in rows.items()
        }

    state = unhooked(state, unit_id)
    return replace(
        state,
        units=without(state.units, unit_id),
        invitations=redirected(state.invitations),
        creations=redirected(state.creations),
    )


def with_unit(state: State, unit: Unit) -> State:
    return replace(state, units={**state.units, unit.id: unit})


def with_account(state: State, account: Account) -> State:
    return replace(state, accounts={**state.accounts, account.id: account})


def with_tags(state: State, resource_id: str, tags: Mapping[str, str]) -> State:
    if resource_id in state.units:
        return with_unit(state, replace(state.units[resource_id], tags=tags))
    if resource_id in state.policies:
        return with_policy(state, replace(state.policies[resource_id], tags=tags))
    return with_account(state, replace(state.accounts[resource_id], tags=tags))


def without[T](rows: Mapping[str, T], row_id: str) -> dict[str, T]:
    return {key: row for key, row in rows.items() if key != row_id}


def held_by(
    state: State, organization_id: str, principal: str, held: frozenset[str] | None
) -> State:
    """With a service that these accounts administer; without it, where there is nothing to hold."""
    services = {**state.services, (organization_id, principal): held}
    return replace(
        state,
        services={key: accounts for key, accounts in services.items() if accounts is not None},
    )


def with_creation(state: State, creation: Creation) -> State:
    return replace(state, creations={**state.creations, creation.id: creation})


def with_invitation(state: State, invitation: Invitation) -> State:
    return replace(state, invitations={**state.invitations, invitation.id: invitation})


def with_closing(state: State, closing: Closing) -> State:
    return replace(state, closings={**state.closings, closing.id: closing})


def with_grant(state: State, grant: Grant) -> State:
    return replace(state, grants={**state.grants, grant.id: grant})


def without_grants(state: State, are_over: Callable[[Grant], bool]) -> State:
    left = {key: grant for key, grant in state.grants.items() if not are_over(grant)}
    return replace(state, grants=left)


def without_grants_of(state: State, account_id: str) -> State:
    """They end with the membership and the closing of who has them."""
    return without_grants(state, lambda grant: grant.account_id == account_id)


def without_policy(state: State, policy_id: str) -> State:
    """R-POL-9: its tags go with it, and its tests (ours)."""
    tests = [test for test in state.policy_tests if test.policy_id != policy_id]
    grants = {
        key: replace(grant, policies=grant.policies - {policy_id})
        for key, grant in state.grants.items()
    }
    state = replace(with_tests(state, tests), grants=grants)
    return replace(state, policies=without(state.policies, policy_id))


def with_tests(state: State, tests: Iterable[PolicyTest]) -> State:
    """These tests and no others; those that say the same cannot be told apart by an event."""
    return replace(state, policy_tests=tuple(sorted(tests, key=PolicyTest.said)))


def arrived(state: State, organization_id: str, entity_id: str, policy_type: str = SCP) -> State:
    """R-PT-3, R-PT-4, R-OU-9: what comes while SCPs are on has FullAccess."""
    if policy_type != SCP or state.switch(organization_id, SCP) != "enabled":
        return state
    return hooked(state, entity_id, SCP, (FULL_ACCESS,))


def with_policy(state: State, policy: Policy) -> State:
    return replace(state, policies={**state.policies, policy.id: policy})


def with_switch(state: State, organization_id: str, policy_type: str, switch: str) -> State:
    switches = {**state.switches, (organization_id, policy_type): switch}
    if switch == "disabled":
        del switches[organization_id, policy_type]
    return replace(state, switches=switches)


def hooked(state: State, entity_id: str, kind: str, policy_ids: Sequence[str]) -> State:
    """These hang there, of the kind, and no others."""
    attachments = {**state.attachments, (entity_id, kind): tuple(policy_ids)}
    if not policy_ids:
        del attachments[entity_id, kind]
    return replace(state, attachments=attachments)


def unhooked(state: State, entity_id: str) -> State:
    """R-POL-15, R-ORG-16: nothing hangs there any more."""
    for kind in (SCP, TAG_POLICY, DRY_RUN):
        state = hooked(state, entity_id, kind, ())
    return state
