"""Policies and their texts."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from orgs import operations
from tests import oracle
from tests.refusals import answer_of
from tests.rule_machine.drawn import (
    GOOD_SCPS,
    MALFORMED,
    TOO_LONG,
    a_text,
    few_tags,
    indexes,
    policy_names,
    policy_texts,
    policy_types,
    reasons,
)
from tests.rule_machine.steps import Steps


class Policies(Steps):
    """Created, changed and deleted."""

    def policy(self, index: int, kind: str = "") -> str:
        """A policy of the first organization, mostly; the built-in one is one of them."""
        own = [
            policy.id
            for policy in self.state.policies.values()
            if policy.organization_id == self.organizations[0] and kind in ("", policy.kind)
        ]
        likely = own if kind == oracle.TAG_POLICY and own else [oracle.FULL_ACCESS, *own]
        return self.choose(index, likely)

    def own_policies(self, kind):
        return [
            policy
            for policy in self.state.policies.values()
            if (policy.organization_id, policy.kind) == (self.organizations[0], kind)
        ]

    @rule(
        who=indexes,
        said=st.tuples(policy_names, policy_types, indexes, policy_texts),
        tags=few_tags,
        is_dry_run=st.sampled_from([False] * 5 + [True]),
    )
    def create_policy(self, who, said, tags, is_dry_run):
        caller, actor = self.caller(who)
        name, policy_type, content, description = said
        wanted = {
            "name": name,
            "policy_type": policy_type,
            "content": a_text(content, policy_type),
            "description": description,
            "tags": tags,
            "is_dry_run": is_dry_run,
        }
        answer, made = answer_of(operations.policies.create_policy, actor=actor, **wanted)
        outcome = oracle.create_policy(
            self.state, caller, **wanted, policy_id=made.pk if answer == "ok" else "p-new"
        )
        self.compare(outcome, answer)

    def create_no_policy(self, name, content):
        wanted = {"name": name, "policy_type": oracle.SCP, "content": content}
        operation = operations.policies.create_policy
        self.ask("create_policy", operation, told={"policy_id": "p-new"}, **wanted)

    @rule(
        who=indexes,
        which=indexes,
        said=st.tuples(
            st.one_of(st.none(), policy_names),
            st.one_of(st.none(), policy_texts),
            st.one_of(st.none(), indexes),
        ),
        version=st.sampled_from([None, None, 1, 2]),
        tests=st.tuples(reasons, st.sampled_from([True] * 3 + [False])),
    )
    def update_policy(self, who, which, said, version, tests):
        policy_id = self.policy(which)
        policy = self.state.policies.get(policy_id, oracle.BUILT_IN)
        wanted = {
            "policy_id": policy_id,
            "name": said[0],
            "description": said[1],
            "content": None if said[2] is None else a_text(said[2], policy.policy_type),
            "version": version,
            "is_dry_run": policy.is_dry_run != (which % 8 == 7),
            "reason": tests[0],
            "tests_bind": tests[1],
        }
        self.ask_by(who, "update_policy", operations.policies.update_policy, **wanted)

    @rule(
        who=indexes,
        which=indexes,
        number=st.integers(min_value=0, max_value=3),
        version=st.sampled_from([None, None, 1, 2]),
        reason=reasons,
    )
    def restore_policy_version(self, who, which, number, version, reason):
        wanted = {
            "policy_id": self.policy(which),
            "number": number,
            "version": version,
            "reason": reason,
        }
        self.ask_by(
            who, "restore_policy_version", operations.policies.restore_policy_version, **wanted
        )

    @rule(who=indexes, which=indexes)
    def delete_policy(self, who, which):
        policy_id = self.policy(which)
        on_trial = self.state.policies.get(policy_id, oracle.BUILT_IN).is_dry_run
        wanted = {"policy_id": policy_id, "is_dry_run": on_trial != (which % 8 == 7)}
        self.ask_by(who, "delete_policy", operations.policies.delete_policy, **wanted)

    def mistake_policy_changed_meanwhile(self, index):
        if policy := self.one_of(index, self.own_policies(oracle.SCP)):
            wanted = {"policy_id": policy.id, "version": 99, "content": GOOD_SCPS[3]}
            self.ask("update_policy", operations.policies.update_policy, **wanted)

    def mistake_policy_content_malformed(self, index):
        self.create_no_policy("Malformed", MALFORMED[index % len(MALFORMED)])

    def mistake_policy_content_too_long(self, index):
        self.create_no_policy("Too long", TOO_LONG[index % len(TOO_LONG)])

    def mistake_policy_name_conflict(self, index):
        if policy := self.one_of(index, self.own_policies(oracle.SCP)):
            self.create_no_policy(policy.name.upper(), GOOD_SCPS[0])
