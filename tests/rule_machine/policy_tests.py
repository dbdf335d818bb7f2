"""Tests of policies."""

from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import rule

from orgs import operations
from tests import oracle
from tests.refusals import answer_of
from tests.rule_machine.drawn import a_scp, actions, indexes, test_names
from tests.rule_machine.policies import Policies


class PolicyTests(Policies):
    """Kept with a policy, and in the way of its new text."""

    @rule(
        who=indexes,
        which=indexes,
        act=st.sampled_from(["create", "create", "update", "delete"]),
        said=st.tuples(test_names, actions, st.booleans()),
        whose=indexes,
    )
    def tests_of_policies(self, who, which, act, said, whose):
        caller, actor = self.caller(who)
        name, action, is_allowed = said
        known = self.state.policy_tests
        test = known[which % len(known)] if known and which % 8 else None
        policy_id, test_id = (test.policy_id, test.id) if test else (self.policy(which // 8), 0)
        wanted = {"policy_id": policy_id}
        if act == "create":
            wanted = {
                "policy_id": self.policy(which),
                "account_id": self.account(whose // 2) if whose % 2 else None,
            }
        else:
            wanted["test_id"] = test_id
        if act == "update":
            # Each of them may stay.
            name, action = (name if whose % 3 else None), (action if whose % 5 else None)
        if act != "delete":
            wanted |= {"name": name, "action": action, "is_allowed": is_allowed}
        operation = getattr(operations.policy_tests, f"{act}_policy_test")
        answer, made = answer_of(operation, actor=actor, **wanted)
        if act == "create":
            wanted_of_oracle = wanted | {"test_id": made.pk if answer == "ok" else 0}
        else:
            wanted_of_oracle = wanted
        outcome = getattr(oracle, f"{act}_policy_test")(self.state, caller, **wanted_of_oracle)
        self.compare(outcome, answer)

    def mistake_policy_test_not_found(self, index):
        if policy := self.one_of(index, self.own_policies(oracle.SCP)):
            wanted = {"policy_id": policy.id, "test_id": 2**40}
            operation = operations.policy_tests.delete_policy_test
            self.ask("delete_policy_test", operation, **wanted)

    def mistake_policy_test_quota_exceeded(self, index):
        counts = Counter(test.policy_id for test in self.state.policy_tests)
        full = [one for one, count in counts.items() if count >= self.state.limits.policy_tests]
        if policy_id := self.one_of(index, full):
            wanted = {"name": "more", "action": "ecs:servers:create", "is_allowed": True}
            operation = operations.policy_tests.create_policy_test
            told = {"test_id": 0}
            self.ask("create_policy_test", operation, told=told, policy_id=policy_id, **wanted)

    def mistake_policy_tests_fail(self, index):
        asked_alone = [test for test in self.state.policy_tests if not test.account_id]
        if test := self.one_of(index, asked_alone):
            content = a_scp("Deny" if test.is_allowed else "Allow", "*")
            wanted = {"policy_id": test.policy_id, "content": content}
            self.ask("update_policy", operations.policies.update_policy, **wanted)
