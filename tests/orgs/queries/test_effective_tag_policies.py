"""R-TP-1 to R-TP-6: effective tag policies, stored by path, rebuilt only where something changed."""

import json
import random
from datetime import timedelta

import pytest

from orgs import errors
from orgs.actor import Actor
from orgs.models import Account, EffectiveTagPolicy, OrganizationalUnit, Policy, PolicyType
from orgs.operations.accounts import Move, move_account, move_accounts
from orgs.operations.attachments import attach_policy, detach_policy, set_attachments
from orgs.operations.departures import remove_account
from orgs.operations.effective_tag_policies import repair_tag_policies
from orgs.operations.policies import create_policy, restore_policy_version, update_policy
from orgs.operations.policy_types import (
    disable_policy_type,
    enable_policy_type,
    fail_policy_type_switches,
)
from orgs.operations.units import delete_organizational_unit, move_organizational_unit
from orgs.permissions import Permission
from orgs.queries.effective_tag_policies import (
    find_effective_tag_policy,
    get_effective_tag_policy,
)
from orgs.queries.integrity import check_integrity
from orgs.queries.policy_integrity import organizations_wrongly_merged
from orgs.queries.snapshots import load_all
from tests.digest import digest_of_database
from tests.factories import AccountFactory, UnitFactory, make_organization
from tests.tag_policies import merged_at

pytestmark = pytest.mark.django_db
SCP, TAG = PolicyType.SERVICE_CONTROL_POLICY, PolicyType.TAG_POLICY
VIEW = frozenset({Permission.VIEW_STRUCTURE})
DAY = timedelta(days=1)


def text(operator="@@assign", values=("100",), key="cost"):
    return json.dumps({"tags": {key: {"tag_value": {operator: list(values)}}}})


class World:
    """Root → shop → web (an account), and lab (an account); tag policies are on."""

    def __init__(self, run_jobs):
        self.run_jobs = run_jobs
        self.organization, self.actor = make_organization()
        self.root = self.organization.root
        self.shop = UnitFactory(parent=self.root, name="Shop")
        self.web = UnitFactory(parent=self.shop, name="Web")
        self.lab = UnitFactory(parent=self.root, name="Lab")
        self.account = AccountFactory(member_of=self.web, name="a-web")
        self.other = AccountFactory(member_of=self.lab, name="b-lab")
        self.count = 0
        self.switch(enable_policy_type)
        self.run_jobs()

    def switch(self, operation):
        operation(actor=self.actor, root_id=self.root.pk, policy_type=TAG)

    def make(self, content):
        self.count += 1
        return create_policy(
            actor=self.actor, name=f"Tags {self.count}", policy_type=TAG, content=content
        )

    def attach(self, entity, content):
        policy = self.make(content)
        attach_policy(actor=self.actor, policy_id=policy.pk, entity_id=entity.pk)
        return policy

    def detach(self, entity, policy):
        detach_policy(actor=self.actor, policy_id=policy.pk, entity_id=entity.pk)

    def move(self, account, destination):
        source_id = Account.objects.get(pk=account.pk).unit_id
        move_account(
            actor=self.actor,
            account_id=account.pk,
            source_parent_id=source_id,
            destination_parent_id=destination.pk,
        )

    def move_unit(self, unit, destination):
        source_id = OrganizationalUnit.objects.get(pk=unit.pk).parent_id
        move_organizational_unit(
            actor=self.actor,
            unit_id=unit.pk,
            source_parent_id=source_id,
            destination_parent_id=destination.pk,
        )

    def of(self, account):
        """The values for the key cost, and the time; nothing where nothing reaches the account."""
        try:
            found = get_effective_tag_policy(
                actor=self.actor, permissions=VIEW, account_id=account.pk
            )
        except errors.EffectivePolicyNotFound:
            return None
        tag = json.loads(found.content)["tags"].get("cost", {})
        return tag.get("tag_value"), found.updated_at

    def rows(self):
        return set(EffectiveTagPolicy.objects.values_list("unit_id", "account_id", "content"))


@pytest.fixture
def world(run_jobs):
    return World(run_jobs)


def test_r_tp_1_only_accounts_of_the_organization_have_one(world):
    stranger = AccountFactory(member_of=make_organization()[0].root)
    world.attach(world.root, text())

    def ask(entity_id, permissions=VIEW):
        get_effective_tag_policy(actor=world.actor, permissions=permissions, account_id=entity_id)

    for entity_id in (world.root.pk, world.shop.pk, "nothing"):
        with pytest.raises(errors.InvalidParameter):
            ask(entity_id)
    for entity_id in (stranger.pk, "0" * 32):
        with pytest.raises(errors.EntityNotFound):
            ask(entity_id)
    with pytest.raises(errors.NotManagementOrDelegated):
        ask(world.account.pk, permissions=frozenset())


def test_r_tp_2_it_is_the_merge_of_all_levels(world):
    world.attach(world.root, text(values=["100"]))
    world.attach(world.shop, text("@@append", ["200"]))
    world.attach(world.account, text("@@remove", ["100"]))

    assert world.of(world.account)[0] == ["200"]
    assert world.of(world.other)[0] == ["100"]


def test_r_tp_3_where_nothing_reaches_there_is_none(world):
    assert world.of(world.account) is None
    policy = world.attach(world.shop, text())

    assert world.of(world.other) is None
    assert world.of(world.account)[0] == ["100"]

    world.detach(world.shop, policy)
    assert world.of(world.account) is None
    assert world.rows() == set()


def test_r_tp_3_an_empty_policy_is_not_none(world):
    world.attach(world.shop, '{"tags":{}}')

    found = find_effective_tag_policy(world.organization.pk, world.account.pk)

    assert found.content == '{"tags":{}}'


def test_r_tp_3_a_type_that_is_off_or_on_its_way_has_none(world):
    world.attach(world.root, text())

    world.switch(disable_policy_type)

    assert world.of(world.account) is None
    assert world.rows() == set()
    world.run_jobs()
    assert world.of(world.account) is None


def test_a_type_that_could_not_be_switched_off_has_one_again(world, clock):
    world.attach(world.root, text())
    clock.forward(days=1)
    world.switch(disable_policy_type)
    clock.forward(days=1)

    fail_policy_type_switches(world.root.pk)

    assert world.of(world.account) == (["100"], clock.at)


def test_r_tp_4_the_time_is_that_of_the_last_change_that_altered_the_result(world, clock):
    first = clock.at
    policy = world.attach(world.root, text())
    assert world.of(world.account) == (["100"], first)

    clock.forward(days=1)
    silent = world.attach(world.shop, text("@@append", ["100"]))  # is there already
    assert world.of(world.account) == (["100"], first)

    clock.forward(days=1)
    update_policy(actor=world.actor, policy_id=silent.pk, content=text("@@append", ["200"]))
    assert world.of(world.account) == (["100", "200"], clock.at)
    assert world.of(world.other) == (["100"], first)

    clock.forward(days=1)
    restore_policy_version(actor=world.actor, policy_id=silent.pk, number=1)
    back = clock.at
    assert world.of(world.account) == (["100"], back)

    clock.forward(days=1)
    update_policy(actor=world.actor, policy_id=policy.pk, name="Another name")
    world.detach(world.shop, silent)
    assert world.of(world.account) == (["100"], back)

    clock.forward(days=1)
    world.detach(world.root, policy)
    assert world.of(world.account) is None


def test_r_tp_4_a_move_counts_where_it_alters_the_result(world, clock):
    first = clock.at
    world.attach(world.shop, text(values=["100"]))
    world.attach(world.lab, text(values=["200"]))

    clock.forward(days=1)
    world.move(world.account, world.lab)
    assert world.of(world.account) == (["200"], clock.at)
    assert world.of(world.other) == (["200"], first)

    clock.forward(days=1)
    world.move(world.account, world.shop)
    world.move_unit(world.web, world.lab)
    assert world.of(world.account) == (["100"], clock.at)


def test_r_tp_4_a_move_between_like_places_alters_nothing(world, clock):
    world.attach(world.shop, text())
    first = clock.at
    clock.forward(days=1)
    world.attach(world.lab, text())
    second = clock.at
    clock.forward(days=1)

    world.move(world.account, world.lab)

    assert world.of(world.account) == (["100"], first)
    assert world.of(world.other) == (["100"], second)

    clock.forward(days=1)
    world.attach(world.root, text(values=["1"]))
    clock.forward(days=1)
    world.attach(world.lab, text("@@append", ["300"]))
    assert world.of(world.account) == world.of(world.other) == (["100", "300"], clock.at)
    assert (None, world.account.pk) not in {row[:2] for row in world.rows()}


def test_r_tp_4_a_unit_takes_with_it_what_hangs_below(world, clock):
    world.attach(world.root, text(values=["1"]))
    world.attach(world.lab, text(values=["200"]))
    world.attach(world.web, text("@@append", ["300"]))
    clock.forward(days=1)

    world.move_unit(world.shop, world.lab)

    assert world.of(world.account) == (["200", "300"], clock.at)


def test_rows_stand_only_where_something_differs(world):
    world.attach(world.root, text(values=["100"]))
    world.attach(world.shop, text("@@append", ["200"]))
    same = world.attach(world.lab, text("@@append", ["100"]))

    def stored(*values):
        content = {"tags": {"cost": {"tag_key": "cost", "tag_value": list(values)}}}
        return json.dumps(content, separators=(",", ":"))

    assert world.rows() == {
        (world.root.pk, None, stored("100")),
        (world.shop.pk, None, stored("100", "200")),
    }
    assert same.attachments.count() == 1


def test_the_order_of_attachments_decides(world):
    first, second = (world.attach(world.shop, text(values=[value])) for value in ("1", "2"))
    assert world.of(world.account)[0] == ["1"]

    set_attachments(
        actor=world.actor,
        entity_id=world.shop.pk,
        policy_type=TAG,
        policy_ids=[second.pk, first.pk],
    )

    assert world.of(world.account)[0] == ["2"]


def test_many_accounts_that_move_together_are_settled_together(
    world, clock, django_assert_max_num_queries
):
    world.attach(world.lab, text(values=["200"]))
    many = [AccountFactory(member_of=world.web) for _ in range(30)]
    clock.forward(days=1)

    with django_assert_max_num_queries(24):
        move_accounts(
            actor=world.actor,
            moves=[Move(account.pk, world.web.pk) for account in many],
            destination_parent_id=world.lab.pk,
        )

    assert {world.of(account)[1] for account in many} == {clock.at}
    assert EffectiveTagPolicy.objects.count() == 1 + len(many)


def test_an_account_that_goes_leaves_nothing_behind(world):
    Account.objects.filter(pk=world.account.pk).update(
        is_converted=True, created_at=world.account.created_at - 30 * DAY
    )
    world.attach(world.account, text())
    assert world.rows() != set()

    remove_account(actor=world.actor, account_id=world.account.pk)

    assert world.rows() == set()


def test_a_unit_that_is_deleted_leaves_nothing_behind(world):
    empty = UnitFactory(parent=world.lab)
    world.attach(empty, text())

    delete_organizational_unit(actor=world.actor, unit_id=empty.pk)

    assert world.rows() == set()


def test_a_read_takes_one_statement_and_writes_nothing(world, django_assert_num_queries):
    world.attach(world.root, text())
    before = digest_of_database()

    with django_assert_num_queries(1):
        assert world.of(world.account)[0] == ["100"]

    assert digest_of_database() == before


def test_changes_of_service_control_policies_cost_nothing_here(
    world, run_jobs, django_assert_num_queries
):
    enable_policy_type(actor=world.actor, root_id=world.root.pk, policy_type=SCP)
    run_jobs()
    world.attach(world.root, text())
    deny = create_policy(
        actor=world.actor,
        name="Deny",
        policy_type=SCP,
        content='{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["ecs:*:*"]}]}',
    )
    rows = list(EffectiveTagPolicy.objects.values())

    with django_assert_num_queries(14):
        attach_policy(actor=world.actor, policy_id=deny.pk, entity_id=world.shop.pk)

    assert list(EffectiveTagPolicy.objects.values()) == rows


def test_whatever_happens_the_stored_ones_are_what_the_engine_merges(world, clock):
    chance = random.Random(7)
    units = [world.root, world.shop, world.web, world.lab]
    entities = [*units, world.account, world.other]
    values = [str(number) for number in range(4)]
    policies = []
    for _ in range(4):
        operator = chance.choice(["@@assign", "@@append", "@@remove"])
        policies.append(world.make(text(operator, chance.sample(values, 2))))
    last = {}

    def step():
        what = chance.randrange(5)
        if what == 0:
            attach_policy(
                actor=world.actor,
                policy_id=chance.choice(policies).pk,
                entity_id=chance.choice(entities).pk,
            )
        elif what == 1:
            world.detach(chance.choice(entities), chance.choice(policies))
        elif what == 2:
            operator = chance.choice(["@@assign", "@@append", "@@remove"])
            update_policy(
                actor=world.actor,
                policy_id=chance.choice(policies).pk,
                content=text(operator, chance.sample(values, 2)),
            )
        elif what == 3:
            world.move(chance.choice(entities[4:]), chance.choice(units))
        else:
            world.move_unit(chance.choice(units[1:]), chance.choice(units))

    for _ in range(120):
        clock.forward(days=1)
        try:
            step()
        except errors.Conflict:
            continue
        stored = load_all(world.organization.pk)
        for account in (world.account, world.other):
            effective = merged_at(stored.snapshot, account.pk)
            try:
                found = find_effective_tag_policy(world.organization.pk, account.pk)
            except errors.EffectivePolicyNotFound:
                assert effective.content() == {"tags": {}}
                last.pop(account.pk, None)
                continue
            assert json.loads(found.content) == effective.content()
            content, since = last.get(account.pk, (None, None))
            # What stays the same keeps its time, and what changes has that of the change (R-TP-4).
            assert found.updated_at == (since if found.content == content else clock.at)
            last[account.pk] = found
        assert organizations_wrongly_merged() == []
    assert EffectiveTagPolicy.objects.exists()


def test_i7_rows_that_are_wrong_missing_or_too_many_are_found_and_repaired(world):
    def problems():
        return next(one for one in check_integrity() if one.name == "I7").problems

    world.attach(world.root, text())
    world.attach(world.shop, text("@@append", ["200"]))
    assert problems() == []
    rows = world.rows()

    EffectiveTagPolicy.objects.filter(unit=world.shop).update(content="{}")
    EffectiveTagPolicy.objects.filter(unit=world.root).delete()
    EffectiveTagPolicy.objects.create(
        organization=world.organization,
        account=world.other,
        content="{}",
        updated_at=world.organization.created_at,
    )

    assert len(problems()) == 3
    repaired = repair_tag_policies(
        actor=Actor.operator("operator"), organization_id=world.organization.pk
    )
    assert repaired == 3
    assert problems() == []
    assert world.rows() == rows


def test_nothing_is_repaired_where_nothing_is_wrong_and_by_operators_alone(world):
    world.attach(world.root, text())
    before = digest_of_database()

    with pytest.raises(errors.OperatorOnly):
        repair_tag_policies(actor=world.actor, organization_id=world.organization.pk)
    operator = Actor.operator("operator")
    assert repair_tag_policies(actor=operator, organization_id=world.organization.pk) == 0

    assert digest_of_database() == before
    assert Policy.objects.custom().count() == 1
