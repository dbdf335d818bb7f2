"""The preview of moving a unit with 2,000 accounts, all with policies on their way."""

import gc
import statistics
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orgs import operations, organization_file
from orgs.actor import Actor
from orgs.models import (
    Account,
    Attachment,
    Organization,
    OrganizationalUnit,
    PolicyTest,
    PolicyType,
)
from orgs.operations.policies import create_policy
from orgs.operations.policy_types import enable_policy_type
from orgs.permissions import Permission
from orgs.policy.document import load_service_control_policy
from orgs.policy.tag_document import load_tag_policy
from orgs.queries.previews import preview_unit_move
from tests.benchmarks.conftest import OPERATOR, settle
from tests.big_organization import big_organization
from tests.factories import UnitFactory, actor_for, make_administrator

pytestmark = [pytest.mark.bench, pytest.mark.django_db]

UNITS, ACCOUNTS = 60, 2_000
MILLISECONDS, STATEMENTS, ROUNDS = 500, 7, 11
SCP, TAG = PolicyType.SERVICE_CONTROL_POLICY, PolicyType.TAG_POLICY


def scp(number: int) -> str:
    return (
        '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["ecs:cloudServers:delete'
        f'{number}","obs:bucket:*"],"Resource":["*"]}}]}}'
    )


def tag_policy(number: int) -> str:
    return f'{{"tags":{{"key-{number}":{{"tag_value":{{"@@assign":["a","b","c{number}"]}}}}}}}}'


@pytest.fixture
def branch(run_jobs, settings) -> tuple[Actor, OrganizationalUnit, OrganizationalUnit]:
    """A unit with 2,000 accounts in 59 units, and another one, with policies on every level of both."""
    settings.ACCOUNT_QUOTA_MAX = 10_000
    name = "branch-root"
    operations.accounts.create_standalone_account(actor=OPERATOR, name=name)
    plan = organization_file.read(big_organization(units=UNITS, accounts=ACCOUNTS, name="branch"))
    organization: Organization = operations.organization_files.import_organization(
        actor=OPERATOR, plan=plan, management_account=name
    )
    actor = actor_for(make_administrator(Account.objects.get(name=name), username="bench"))
    root = organization.root
    unit = UnitFactory(parent=root, name="Branch")
    organization.units.filter(parent=root).exclude(pk=unit.pk).update(parent=unit)
    other = UnitFactory(parent=root, name="Other")
    for policy_type in (SCP, TAG):
        enable_policy_type(actor=actor, root_id=root.pk, policy_type=policy_type)
    run_jobs()
    attach(actor, organization, [root, unit, other, *organization.units.filter(parent=unit)])
    accounts = list(organization.accounts.exclude(name=name)[:200])
    policy = organization.policies.filter(policy_type=SCP).first()
    PolicyTest.objects.bulk_create(
        PolicyTest(
            organization=organization,
            policy=policy,
            name=f"Test {number}",
            account=accounts[number],
            action="ecs:cloudServers:start",
            is_allowed=True,
            created_at=timezone.now(),
        )
        for number in range(20)
    )
    settle()
    return actor, unit, other


def attach(actor: Actor, organization: Organization, units: list[OrganizationalUnit]) -> None:
    """Four policies of each type on each of the units, besides FullAccess."""
    for place, unit in enumerate(units):
        for number in range(4):
            for policy_type, text in ((SCP, scp), (TAG, tag_policy)):
                policy = create_policy(
                    actor=actor,
                    name=f"{policy_type.value} {place} {number}".replace("_", " "),
                    policy_type=policy_type,
                    content=text(place * 4 + number),
                )
                Attachment.objects.create(
                    organization=organization,
                    policy=policy,
                    unit=unit,
                    place=2 + number,
                    attached_at=policy.created_at,
                )


def test_preview_of_moving_a_unit_with_2000_accounts(branch):
    actor, unit, other = branch

    def ask():
        return preview_unit_move(
            actor=actor,
            permissions=frozenset({Permission.VIEW_STRUCTURE}),
            unit_id=unit.pk,
            destination_parent_id=other.pk,
        )

    # As in a process that has just begun: no text was read, and nothing of the test lies in the heap.
    load_service_control_policy.cache_clear()
    load_tag_policy.cache_clear()
    gc.collect()
    gc.freeze()
    started = time.perf_counter()
    preview = ask()
    first = (time.perf_counter() - started) * 1000
    assert (preview.total, preview.affected) == (ACCOUNTS, ACCOUNTS)
    with CaptureQueriesContext(connection) as captured:
        ask()
    gc.collect()
    spent = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        ask()
        spent.append((time.perf_counter() - started) * 1000)
    print(  # noqa: T201  (its report)
        f"\n{connection.vendor}: preview of moving {ACCOUNTS} accounts in {UNITS} units:"
        f" {statistics.median(spent):.0f} ms (best {min(spent):.0f} ms, the very first {first:.0f} ms),"
        f" {len(captured)} statements",
        end="",
    )
    gc.unfreeze()
    assert len(captured) <= STATEMENTS
    assert first <= MILLISECONDS
    assert statistics.median(spent) <= MILLISECONDS
