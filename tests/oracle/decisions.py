"""What the policies of a path come to, R-SCP, R-PERM-6."""

import fnmatch
import json
from collections.abc import Mapping, Sequence

from tests.oracle.changes import with_policy
from tests.oracle.state import BUILT_IN, FULL_ACCESS, SCP, Caller, Policy, PolicyTest, State

NO_KEYS: Mapping[str, str] = {}


def tests_fail(state: State, policy: Policy, changed: Policy) -> bool:
    """Ours: whether a new text makes a test of the policy red."""
    if changed.content == policy.content:
        return False
    state = with_policy(state, changed)
    return any(
        test_answer(state, changed, test) != test.is_allowed
        for test in state.policy_tests
        if test.policy_id == policy.id
    )


def test_answer(state: State, policy: Policy, test: PolicyTest) -> bool:
    """By all that binds the account; without one by the policy alone, beside an allowance of everything."""
    if test.account_id:
        return account_may(state, test.account_id, test.action)
    return "Deny" not in effects_of(policy, test.action)


def is_allowed(
    state: State,
    caller: Caller,
    action: str,
    about: Sequence[object] = (),
    tags: Sequence[tuple[str, str]] = (),
) -> bool:
    """R-SCP-1 to R-SCP-3, R-PERM-4 to R-PERM-6: whether the policies on its path let a member's users do it.

    To everything it is about, each by its own tags. Enough of the grammar for the texts that are tried here.
    """
    sent = {f"g:RequestTag/{key}": value for key, value in tags}
    found = [
        tags_in(state, state.accounts[caller.account_id].organization_id, one) for one in about
    ]
    return all(
        account_may(
            state,
            caller.account_id,
            action,
            sent | {f"g:ResourceTag/{key}": value for key, value in tagged.items()},
        )
        for tagged in found or [{}]
    )


def tags_in(state: State, organization_id: str | None, resource_id: object) -> Mapping[str, str]:
    """The tags of what has that id; none where there is nothing."""
    for kind in (state.units, state.accounts, state.policies):
        one = kind.get(resource_id)
        if one and one.organization_id == organization_id:
            return one.tags
    return {}


def account_may(
    state: State, account_id: str, action: str, keys: Mapping[str, str] = NO_KEYS
) -> bool:
    """The same, for an account and what is known of one request."""
    account = state.accounts[account_id]
    if not account.organization_id:
        return True
    if state.organizations[account.organization_id].management_account_id == account.id:
        return True
    if state.switch(account.organization_id, SCP) != "enabled":
        return True
    path, unit_id = [account.id], account.unit_id
    while unit_id:
        path, unit_id = [*path, unit_id], state.units[unit_id].parent_id
    effects = [
        set().union(
            *(
                effects_of(policy_of(state, policy_id), action, keys)
                for policy_id in state.attached(entity_id, SCP)
            )
        )
        for entity_id in path
    ]
    return all("Allow" in level and "Deny" not in level for level in effects)


def effects_of(policy: Policy, action: str, keys: Mapping[str, str] = NO_KEYS) -> set[str]:
    """What its statements say of the action; of conditions there is equality alone."""
    return {
        statement["Effect"]
        for statement in json.loads(policy.content)["Statement"]
        if any(covers(pattern, action) for pattern in statement["Action"])
        and all(
            keys.get(key) == value
            for key, value in statement.get("Condition", {}).get("StringEquals", {}).items()
        )
    }


def covers(pattern: str, action: str) -> bool:
    """Segment by segment, without regard to case."""
    if pattern == "*":
        return True
    pairs = zip(pattern.lower().split(":"), action.lower().split(":"), strict=True)
    return all(fnmatch.fnmatchcase(segment, wanted) for wanted, segment in pairs)


def policy_of(state: State, policy_id: str) -> Policy:
    return BUILT_IN if policy_id == FULL_ACCESS else state.policies[policy_id]
