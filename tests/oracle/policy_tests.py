"""Tests of policies (ours)."""

import re
from dataclasses import replace

from tests.oracle.callers import may_write
from tests.oracle.changes import with_tests
from tests.oracle.entities import owns_account
from tests.oracle.identifiers import ACCOUNT_ID, POLICY_ID, is_id
from tests.oracle.policies import own_policy
from tests.oracle.state import (
    SCP,
    Caller,
    Organization,
    Outcome,
    Policy,
    PolicyTest,
    Refusal,
    State,
)
from tests.oracle.texts import prints

ACTION = re.compile(r"[A-Za-z0-9]+(:[A-Za-z0-9]+){2}\Z")  # the same


def create_policy_test(
    state: State,
    caller: Caller,
    *,
    policy_id: object,
    name: object,
    action: object,
    is_allowed: bool,
    account_id: object = None,
    test_id: int,
) -> Outcome:
    """Ours: whatever the answer is today."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not policy_test_is_good(name, action):
        return Refusal("invalid_parameter", "name or action")
    policy = tested_policy(state, organization, policy_id)
    if isinstance(policy, Refusal):
        return policy
    if account_id is not None and not is_id(account_id, ACCOUNT_ID):
        return Refusal("invalid_parameter", "account_id")
    if account_id is not None and not owns_account(state, organization, account_id):
        return Refusal("account_not_found")
    present = [test for test in state.policy_tests if test.policy_id == policy.id]
    if len(present) >= state.limits.policy_tests:
        return Refusal("policy_test_quota_exceeded")
    test = PolicyTest(policy.id, name, account_id or "", action, is_allowed, test_id)
    return with_tests(state, [*state.policy_tests, test])


def update_policy_test(
    state: State,
    caller: Caller,
    *,
    policy_id: object,
    test_id: int,
    name: object = None,
    action: object = None,
    is_allowed: bool | None = None,
) -> Outcome:
    """Ours: what is None stays, and the account always does."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not policy_test_is_good("a" if name is None else name, "a:b:c"):
        return Refusal("invalid_parameter", "name")
    test = known_test(state, organization, policy_id, test_id)
    if isinstance(test, Refusal):
        return test
    changed = replace(
        test,
        name=test.name if name is None else name,
        action=test.action if action is None else action,
        is_allowed=test.is_allowed if is_allowed is None else is_allowed,
    )
    if not policy_test_is_good(changed.name, changed.action):
        return Refusal("invalid_parameter", "action")
    return with_tests(state, [changed if one is test else one for one in state.policy_tests])


def delete_policy_test(state: State, caller: Caller, *, policy_id: object, test_id: int) -> Outcome:
    """Ours."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    test = known_test(state, organization, policy_id, test_id)
    if isinstance(test, Refusal):
        return test
    return with_tests(state, [one for one in state.policy_tests if one is not test])


def policy_test_is_good(name: object, action: object) -> bool:
    """Ours: a name that prints, and an action as policies name them."""
    return (
        isinstance(name, str)
        and 1 <= len(name) <= 128
        and name == name.strip()
        and all(prints(character) for character in name)
        and isinstance(action, str)
        and bool(ACTION.match(action))
    )


def tested_policy(state: State, organization: Organization, policy_id: object) -> Policy | Refusal:
    """Only service control policies that bind have tests."""
    if not is_id(policy_id, POLICY_ID):
        return Refusal("invalid_parameter", "policy_id")
    policy = own_policy(state, organization, policy_id)
    if isinstance(policy, Policy) and policy.policy_type != SCP:
        return Refusal("invalid_parameter", "policy_id")
    return policy


def known_test(
    state: State, organization: Organization, policy_id: object, test_id: int
) -> PolicyTest | Refusal:
    policy = tested_policy(state, organization, policy_id)
    if isinstance(policy, Refusal):
        return policy
    for test in state.policy_tests:
        if (test.policy_id, test.id) == (policy.id, test_id):
            return test
    return Refusal("policy_test_not_found")
