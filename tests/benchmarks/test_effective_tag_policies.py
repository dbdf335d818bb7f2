"""R-TP-2: what a stored effective tag policy saves, on a path of five levels with ten policies each."""

import json
import statistics
import time

import pytest
from django.db import connection, transaction

from orgs.models import Policy, PolicyType
from orgs.operations.attachments import attach_policy
from orgs.operations.effective_tag_policies import settle_tag_policies
from orgs.operations.policies import create_policy
from orgs.operations.policy_types import enable_policy_type
from orgs.policy.memo import BoundedMemo
from orgs.policy.tag_document import load_tag_policy
from orgs.queries import effective_tag_policies
from orgs.queries.effective_tag_policies import find_effective_tag_policy
from orgs.queries.snapshots import load_entities
from tests.benchmarks.conftest import settle
from tests.factories import AccountFactory, UnitFactory, make_organization
from tests.tag_policies import merged_at

pytestmark = [pytest.mark.bench, pytest.mark.django_db]

POLICIES, KEYS, ROUNDS = 10, 12, 15
UNCHANGED, ONE_LEVEL = 0.05, 0.5
OPERATORS = ("@@assign", "@@append", "@@append", "@@remove", "@@append")


def text(level: int, policy: int, salt: str = "") -> str:
    """A policy about a dozen keys, some of which every other policy is about as well."""
    keys = {}
    for number in range(KEYS):
        name = f"key-{number if number % 2 else policy * KEYS + number}"
        values = [f"value-{level}-{policy}-{one}{salt}" for one in range(6)]
        keys[name] = {
            "tag_value": {OPERATORS[level]: values},
            "enforced_for": {"@@append": ["ecs:instance", "obs:bucket"]},
        }
    return json.dumps({"tags": keys})


@pytest.fixture
def path(run_jobs):
    """An organization, and the five entities from its root down to an account."""
    organization, actor = make_organization()
    levels = [organization.root]
    for _ in range(3):
        levels.append(UnitFactory(parent=levels[-1]))
    levels.append(AccountFactory(member_of=levels[-1]))
    enable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=PolicyType.TAG_POLICY)
    run_jobs()
    for level, entity in enumerate(levels):
        for number in range(POLICIES):
            policy = create_policy(
                actor=actor,
                name=f"Policy {level} {number}",
                policy_type=PolicyType.TAG_POLICY,
                content=text(level, number),
            )
            attach_policy(actor=actor, policy_id=policy.pk, entity_id=entity.pk)
    settle()
    return organization, levels


def milliseconds(act, prepare=lambda _number: None) -> float:
    """How long it takes, the middle of many times."""
    spent = []
    for number in range(ROUNDS):
        prepare(number)
        started = time.perf_counter()
        act()
        spent.append((time.perf_counter() - started) * 1000)
    return statistics.median(spent)


def forget_merges(_number: int) -> None:
    effective_tag_policies._MERGES = BoundedMemo(2_000)


def forget_everything(_number: int) -> None:
    forget_merges(0)
    load_tag_policy.cache_clear()


def test_an_unchanged_one_is_read_and_one_level_that_changed_is_merged(path):
    organization, levels = path
    account = levels[-1]

    def recompute():
        merged_at(load_entities(organization.pk, [account.pk]).snapshot, account.pk).content()

    cold = milliseconds(recompute, forget_everything)
    warm = milliseconds(recompute, forget_merges)
    read = milliseconds(lambda: find_effective_tag_policy(organization.pk, account.pk))

    def change(level):
        policy = Policy.objects.get(name=f"Policy {level} 3")

        def write(number):
            Policy.objects.filter(pk=policy.pk).update(content=text(level, 3, f"-{number}"))

        with transaction.atomic():
            return milliseconds(
                lambda: settle_tag_policies(organization, [levels[level].pk]), write
            )

    changed = [change(level) for level in range(len(levels))]
    said = ", ".join(f"{one:.1f}" for one in changed)
    print(  # noqa: T201  (its report)
        f"\n{connection.vendor}: recomputed {cold:.1f} ms (its texts compiled already {warm:.1f} ms),"
        f" read {read:.2f} ms, after a change on level 1 to 5 of 5: {said} ms",
        end="",
    )

    assert read <= UNCHANGED * cold
    assert max(changed) <= ONE_LEVEL * cold
