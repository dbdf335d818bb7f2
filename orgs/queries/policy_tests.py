"""The tests of a policy: the questions kept with it, and what they would be answered with a text. (ours)"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext

from orgs import errors
from orgs.models import Policy, PolicyTest
from orgs.policy.changes import UpdatePolicy, make_change
from orgs.policy.document import load_service_control_policy
from orgs.policy.evaluation import (
    AttachedPolicy,
    Decision,
    Request,
    evaluate,
    make_level,
    make_position,
)
from orgs.policy.snapshot import Snapshot, position_of
from orgs.queries.snapshots import StoredSnapshot, load_entities, ungoverned_services

# Beside a policy that is asked alone there is an allowance of everything.
EVERYTHING: Final = load_service_control_policy(
    '{"Version":"5.0","Statement":[{"Effect":"Allow","Action":["*"],"Resource":["*"]}]}'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a test is answered, and why; it fails where that is not what it expects."""

    test: PolicyTest
    is_allowed: bool
    sentence: str

    @property
    def passes(self) -> bool:
        """Whether the answer is the expected one."""
        return self.is_allowed == self.test.is_allowed


def find_policy_test(policy: Policy, test_id: int) -> PolicyTest:
    """A test of a policy that the actor may see. One statement.

    Raises:
        PolicyTestNotFound.
    """
    # A number that no database can hold is not handed to one.
    found = policy.tests.filter(pk=test_id) if 0 < test_id < 2**63 else policy.tests.none()
    test = found.select_related("account").first()
    if test is None:
        raise errors.PolicyTestNotFound(policy_name=policy.name)
    return test


def run_policy_tests(policy: Policy, content: str) -> list[Outcome]:
    """Ask every test of a policy as if it had that text. Up to six statements, none without tests of it.

    A test of an account is answered by all that binds that account; one of no account by the policy
    alone. One whose policy cannot be found is answered as if it were attached nowhere.

    Raises:
        ConcurrentModification.
    """
    tests = list(policy.tests.select_related("account"))
    if not tests:
        return []
    stored, snapshot = _with_text(policy, content, tests)
    return [_outcome(policy, content, test, stored, snapshot) for test in tests]


def failing(outcomes: Sequence[Outcome]) -> list[str]:
    """The names of the tests that are not answered as they expect."""
    return [outcome.test.name for outcome in outcomes if not outcome.passes]


def _with_text(
    policy: Policy, content: str, tests: Sequence[PolicyTest]
) -> tuple[StoredSnapshot, Snapshot]:
    accounts = [test.account_id for test in tests if test.account_id is not None]
    stored = load_entities(policy.organization_id, accounts, policy_ids=[policy.pk])
    document = load_service_control_policy(content)
    return stored, make_change(stored.snapshot, UpdatePolicy(policy.pk, document))


def _outcome(
    policy: Policy, content: str, test: PolicyTest, stored: StoredSnapshot, snapshot: Snapshot
) -> Outcome:
    request = Request(test.account_id or "", test.action, test.resource or None, test.context)
    decision = (
        decide_alone(policy.pk, content, request)
        if test.account_id is None
        else evaluate(position_of(snapshot, test.account_id), request)
    )
    names = {**stored.names, policy.pk: policy.name, "": policy.name}
    return Outcome(
        test=test, is_allowed=decision.allowed, sentence=decision.sentence(gettext, names)
    )


def decide_alone(policy_id: str, content: str, request: Request) -> Decision:
    """What a policy with that text decides, as if it and an allowance of everything were all there is."""
    attached = [
        AttachedPolicy("", EVERYTHING),
        AttachedPolicy(policy_id, load_service_control_policy(content)),
    ]
    position = make_position(
        [make_level(policy_id, attached)], ungoverned_services=ungoverned_services()
    )
    return evaluate(position, request)
