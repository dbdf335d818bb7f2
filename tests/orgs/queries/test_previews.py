"""What a change would alter, before it is made."""

import json

import pytest

from orgs import errors
from orgs.models import Account, OrganizationalUnit, PolicyTest, PolicyType
from orgs.operations.accounts import Move, move_accounts
from orgs.operations.attachments import attach_policy, detach_policy, set_attachments
from orgs.operations.policies import create_policy, update_policy
from orgs.operations.policy_types import disable_policy_type, enable_policy_type
from orgs.operations.units import move_organizational_unit
from orgs.permissions import Permission
from orgs.queries.decisions.rulings import Named
from orgs.queries.previews import (
    preview_account_moves,
    preview_attach,
    preview_detach,
    preview_disable,
    preview_save,
    preview_set_attachments,
    preview_unit_move,
)
from orgs.queries.previews.findings import TagRule
from tests.digest import digest_of_database
from tests.factories import AccountFactory, UnitFactory, make_organization
from tests.standing import as_made, standing

pytestmark = pytest.mark.django_db
SCP, TAG = PolicyType.SERVICE_CONTROL_POLICY, PolicyType.TAG_POLICY
VIEW = frozenset({Permission.VIEW_STRUCTURE})
FULL_ACCESS = "p-FullAccess"
START = "ecs:cloudServers:start"
DENY = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["ecs:*:*"]}]}'
HARMLESS = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["obs:*:*"]}]}'
ALLOW_LITTLE = '{"Version":"5.0","Statement":[{"Effect":"Allow","Action":["ecs:*:*"]}]}'


def tags(operator="@@assign", values=("100",), key="cost"):
    return json.dumps({"tags": {key: {"tag_value": {operator: list(values)}}}})


class World:
    """Root → shop → web (three accounts), and lab (one); both types are on."""

    def __init__(self, run_jobs):
        self.run_jobs = run_jobs
        self.organization, self.actor = make_organization()
        self.root = self.organization.root
        self.shop = UnitFactory(parent=self.root, name="Shop")
        self.web = UnitFactory(parent=self.shop, name="Web")
        self.lab = UnitFactory(parent=self.root, name="Lab")
        self.accounts = [AccountFactory(member_of=self.web, name=f"web-{n}") for n in range(3)]
        self.other = AccountFactory(member_of=self.lab, name="lab-0")
        for policy_type in (SCP, TAG):
            enable_policy_type(actor=self.actor, root_id=self.root.pk, policy_type=policy_type)
        run_jobs()

    def make(self, name, content=DENY, policy_type=SCP):
        return create_policy(actor=self.actor, name=name, policy_type=policy_type, content=content)

    def attach(self, entity, name, content=DENY, policy_type=SCP):
        policy = self.make(name, content, policy_type)
        attach_policy(actor=self.actor, policy_id=policy.pk, entity_id=entity.pk)
        return policy

    def test(self, policy, name, *, account=None, is_allowed=True, action=START):
        return PolicyTest.objects.create(
            organization=self.organization,
            policy=policy,
            name=name,
            account=account,
            action=action,
            is_allowed=is_allowed,
            created_at=policy.created_at,
        )

    def ask(self, query, **asked):
        """The preview, which writes nothing."""
        before = digest_of_database()
        preview = query(actor=self.actor, permissions=VIEW, **asked)
        assert digest_of_database() == before
        return preview

    def move_unit(self, unit, destination):
        return self.ask(preview_unit_move, unit_id=unit.pk, destination_parent_id=destination.pk)

    def move(self, accounts, destination):
        return self.ask(
            preview_account_moves,
            account_ids=[account.pk for account in accounts],
            destination_parent_id=destination.pk,
        )


@pytest.fixture(scope="module")
def world_made_once(django_db_setup, django_db_blocker, run_jobs):
    with standing(django_db_blocker):
        yield World(run_jobs)


@pytest.fixture
def world(world_made_once, db):
    return as_made(world_made_once)


def differences(found):
    return [
        (one.policy.name, one.policy_type, one.entity and one.entity.name, one.accounts)
        for one in found
    ]


def kinds(preview):
    return [type(blocker) for blocker in preview.blockers]


def refusal_of(operation, actor, **asked):
    """What the operation itself refuses with."""
    with pytest.raises(errors.OrgsError) as refusal:
        operation(actor=actor, **asked)
    return refusal.value


def same(preview, refusal):
    """The first blocker is the refusal of the operation, with its sentence."""
    return (type(preview.blockers[0]), str(preview.blockers[0])) == (type(refusal), str(refusal))


def test_moving_a_unit_tells_what_its_accounts_gain_and_lose(world):
    world.attach(world.shop, "Shop guard")
    world.attach(world.lab, "Lab guard", HARMLESS)
    world.attach(world.lab, "Lab tags", tags(), TAG)

    preview = world.move_unit(world.web, world.lab)

    assert (preview.total, preview.affected) == (3, 3)
    assert differences(preview.gained) == [
        ("Lab guard", SCP, "Lab", 3),
        ("Lab tags", TAG, "Lab", 3),
    ]
    assert differences(preview.lost) == [("Shop guard", SCP, "Shop", 3)]
    (rule,) = preview.tag_rules
    assert (rule.key, rule.before, rule.accounts) == ("cost", None, 3)
    assert rule.after == TagRule(tag_key="cost", values=("100",), enforced_for=())
    assert [one.account.name for one in preview.sample] == ["web-0", "web-1", "web-2"]
    assert [one.name for one in preview.sample[0].gained] == ["Lab guard", "Lab tags"]
    assert [one.name for one in preview.sample[0].lost] == ["Shop guard"]
    assert preview.sample[0].keys == ("cost",)
    assert (preview.blockers, preview.warnings, preview.flips) == ((), (), ())


def test_what_is_the_same_at_both_places_is_neither_gained_nor_lost(world):
    guard = world.attach(world.shop, "Guard")
    attach_policy(actor=world.actor, policy_id=guard.pk, entity_id=world.lab.pk)

    preview = world.move_unit(world.web, world.lab)

    assert (preview.total, preview.affected) == (3, 0)
    assert preview.alters_nothing
    assert (preview.gained, preview.lost, preview.sample) == ((), (), ())


def test_moving_accounts_tells_of_those_alone(world):
    world.attach(world.shop, "Shop guard")
    own = world.attach(world.accounts[0], "Own")

    preview = world.move(world.accounts[:2], world.root)

    assert (preview.total, preview.affected) == (2, 2)
    assert differences(preview.lost) == [("Shop guard", SCP, "Shop", 2)]
    assert preview.gained == ()
    assert own.attachments.count() == 1


def test_the_management_account_gains_tag_policies_alone(world):
    manager = world.organization.management_account
    world.attach(world.lab, "Lab guard")
    world.attach(world.lab, "Lab tags", tags(), TAG)

    preview = world.move([manager], world.lab)

    assert differences(preview.gained) == [("Lab tags", TAG, "Lab", 1)]
    assert preview.affected == 1


@pytest.mark.parametrize("where", ["root", "unit", "account"])
def test_attaching_is_told_for_all_that_is_below(world, where):
    entity = {"root": world.root, "unit": world.shop, "account": world.accounts[1]}[where]
    policy = world.make("Guard")

    preview = world.ask(preview_attach, policy_id=policy.pk, entity_id=entity.pk)

    total = {"root": 5, "unit": 3, "account": 1}[where]
    bound = {"root": 4, "unit": 3, "account": 1}[where]
    assert (preview.total, preview.affected) == (total, bound)
    name = None if where == "account" else entity.name
    assert differences(preview.gained) == [("Guard", SCP, name, bound)]
    assert preview.blockers == ()


def test_detaching_is_told_for_all_that_is_below(world):
    guard = world.attach(world.shop, "Guard")

    preview = world.ask(preview_detach, policy_id=guard.pk, entity_id=world.shop.pk)

    assert differences(preview.lost) == [("Guard", SCP, "Shop", 3)]
    assert (preview.affected, preview.blockers, preview.warnings) == (3, (), ())


def test_r_tp_2_tag_rules_are_told_as_they_were_and_as_they_would_be(world):
    world.attach(world.root, "Base", tags(values=["100", "200"]), TAG)
    less = world.make("Less", tags("@@remove", ["100"]), TAG)

    preview = world.ask(preview_attach, policy_id=less.pk, entity_id=world.shop.pk)

    (rule,) = preview.tag_rules
    assert (rule.before.values, rule.after.values, rule.accounts) == (
        ("100", "200"),
        ("200",),
        3,
    )


def test_a_restriction_that_would_be_lifted_is_a_warning(world):
    world.attach(world.root, "Base", tags(), TAG)
    less = world.make("Less", tags("@@remove", ["100"]), TAG)

    preview = world.ask(preview_attach, policy_id=less.pk, entity_id=world.shop.pk)

    assert preview.warnings == (
        "Policy Less at Shop removes the last value of cost. Any value is accepted now.",
    )


def test_an_operator_that_would_have_no_effect_is_a_warning(world):
    control = {"@@assign": ["100"], "@@operators_allowed_for_child_policies": ["@@none"]}
    base = json.dumps({"tags": {"cost": {"tag_value": control}}})
    world.attach(world.root, "Base", base, TAG)
    more = world.make("More", tags("@@append", ["200"]), TAG)

    preview = world.ask(preview_attach, policy_id=more.pk, entity_id=world.shop.pk)

    assert preview.tag_rules == ()
    assert len(preview.warnings) == 1
    assert "@@append of policy More on tag_value of cost has no effect" in preview.warnings[0]


def test_r_pol_16_and_r_scp_7_full_access_that_would_go_is_a_warning(world):
    world.attach(world.shop, "Guard")

    preview = world.ask(preview_detach, policy_id=FULL_ACCESS, entity_id=world.shop.pk)

    assert preview.blockers == ()
    assert preview.warnings == (
        "FullAccess would be detached from Shop.",
        "No policy at Shop would allow anything: every action of every account at or below it would be "
        "denied.",
    )
    assert preview.affected == 3


def test_r_scp_6_a_list_that_leaves_out_the_sign_in_is_a_warning(world):
    little = world.make("Little", ALLOW_LITTLE)

    preview = world.ask(
        preview_set_attachments, entity_id=world.shop.pk, policy_type=SCP, policy_ids=[little.pk]
    )

    assert preview.blockers == ()
    assert preview.warnings[0] == "FullAccess would be detached from Shop."
    assert preview.warnings[1].startswith("Shop would not allow iamToken::*, signin::*")


def test_a_move_to_where_nobody_can_sign_in_is_a_warning_said_once(world):
    little = world.attach(world.lab, "Little", ALLOW_LITTLE)
    detach_policy(actor=world.actor, policy_id=FULL_ACCESS, entity_id=world.lab.pk)

    preview = world.move(world.accounts, world.lab)

    assert len(preview.warnings) == 1
    assert preview.warnings[0].startswith("Lab would not allow iamToken::*, signin::*")
    assert little.attachments.count() == 1


def test_tests_of_policies_that_turn_are_told_with_the_reason(world):
    guard = world.attach(world.shop, "Guard")
    red = world.test(guard, "Servers start", account=world.accounts[0], is_allowed=True)
    world.test(guard, "Storage is there", account=world.accounts[0], action="obs:bucket:get")
    world.test(guard, "Elsewhere", account=world.other)

    preview = world.move_unit(world.web, world.lab)

    (flip,) = preview.flips
    assert (flip.test_id, flip.test, flip.policy) == (
        red.pk,
        "Servers start",
        Named(guard.pk, "Guard"),
    )
    assert flip.account == Named(world.accounts[0].pk, "web-0")
    assert (flip.passes_before, flip.passes_after) == (False, True)
    assert flip.sentence.startswith("Allowed")


def test_saving_a_text_is_told_wherever_the_policy_hangs(world):
    guard = world.attach(world.shop, "Guard")
    attach_policy(actor=world.actor, policy_id=guard.pk, entity_id=world.other.pk)
    world.test(guard, "Servers start", account=world.accounts[0], is_allowed=True)
    world.test(guard, "Alone", is_allowed=False)

    preview = world.ask(preview_save, policy_id=guard.pk, content=HARMLESS)

    assert (preview.total, preview.affected) == (4, 4)
    assert (preview.gained, preview.lost) == ((), ())
    assert [(flip.test, flip.passes_before, flip.passes_after) for flip in preview.flips] == [
        ("Servers start", False, True),
        ("Alone", True, False),
    ]
    refusal = refusal_of(update_policy, world.actor, policy_id=guard.pk, content=HARMLESS)
    assert same(preview, refusal)
    assert kinds(preview) == [errors.PolicyTestsFail]


def test_saving_a_tag_policy_tells_of_rules(world):
    base = world.attach(world.root, "Base", tags(), TAG)
    world.attach(world.shop, "More", tags("@@append", ["200"]), TAG)

    preview = world.ask(preview_save, policy_id=base.pk, content=tags(values=["300"]))

    assert [(one.before.values, one.after.values, one.accounts) for one in preview.tag_rules] == [
        (("100", "200"), ("300", "200"), 3),
        (("100",), ("300",), 2),
    ]
    assert (preview.total, preview.affected) == (5, 5)


def test_saving_the_same_text_alters_nothing(world):
    guard = world.attach(world.shop, "Guard")

    preview = world.ask(preview_save, policy_id=guard.pk, content=DENY)

    assert preview.alters_nothing
    assert preview.total == 3


@pytest.mark.parametrize("content", ["", "{", '{"Version":"5.0"}', " " * 5_121])
def test_a_text_that_cannot_be_saved_is_blocked_and_alters_nothing(world, content):
    guard = world.attach(world.shop, "Guard")

    preview = world.ask(preview_save, policy_id=guard.pk, content=content)

    refusal = refusal_of(update_policy, world.actor, policy_id=guard.pk, content=content)
    assert same(preview, refusal)
    assert preview.affected == 0


def test_a_built_in_policy_is_blocked(world):
    preview = world.ask(preview_save, policy_id=FULL_ACCESS, content=DENY)

    refusal = refusal_of(update_policy, world.actor, policy_id=FULL_ACCESS, content=DENY)
    assert same(preview, refusal)


@pytest.mark.parametrize("policy_type", [SCP, TAG])
def test_switching_a_type_off_is_told_for_everybody(world, policy_type):
    world.attach(world.shop, "Guard")
    world.attach(world.lab, "Tags", tags(), TAG)

    preview = world.ask(preview_disable, policy_type=policy_type)

    assert preview.total == 5
    if policy_type == SCP:
        assert preview.affected == 3
        assert differences(preview.lost) == [
            ("FullAccess", SCP, world.root.name, 4),
            ("Guard", SCP, "Shop", 3),
        ]
    else:
        assert preview.affected == 1
        assert differences(preview.lost) == [("Tags", TAG, "Lab", 1)]


def test_a_type_that_is_off_is_blocked_as_the_operation_blocks_it(world, run_jobs):
    asked = {"root_id": world.root.pk, "policy_type": TAG}
    disable_policy_type(actor=world.actor, **asked)

    for _state in range(2):
        preview = world.ask(preview_disable, policy_type=TAG)
        assert same(preview, refusal_of(disable_policy_type, world.actor, **asked))
        run_jobs()

    enable_policy_type(actor=world.actor, **asked)
    preview = world.ask(preview_disable, policy_type=TAG)
    assert same(preview, refusal_of(disable_policy_type, world.actor, **asked))


def test_attachments_are_blocked_as_the_operation_blocks_them(world, run_jobs):
    guard = world.attach(world.shop, "Guard")
    for number in range(3):
        world.attach(world.shop, f"Guard {number}")
    sixth = world.make("Sixth")
    cost = world.make("Cost", tags(), TAG)
    disable_policy_type(actor=world.actor, root_id=world.root.pk, policy_type=TAG)
    shop, lab = world.shop.pk, world.lab.pk

    for query, operation, asked in (
        (preview_attach, attach_policy, {"policy_id": guard.pk, "entity_id": shop}),
        (preview_attach, attach_policy, {"policy_id": sixth.pk, "entity_id": shop}),
        (preview_attach, attach_policy, {"policy_id": cost.pk, "entity_id": lab}),
        (preview_detach, detach_policy, {"policy_id": guard.pk, "entity_id": lab}),
        (preview_detach, detach_policy, {"policy_id": FULL_ACCESS, "entity_id": lab}),
        (
            preview_set_attachments,
            set_attachments,
            {"entity_id": lab, "policy_type": SCP, "policy_ids": []},
        ),
        (
            preview_set_attachments,
            set_attachments,
            {"entity_id": lab, "policy_type": TAG, "policy_ids": [cost.pk]},
        ),
    ):
        assert same(world.ask(query, **asked), refusal_of(operation, world.actor, **asked)), asked


def test_moves_are_blocked_as_the_operation_blocks_them(world):
    deep = world.web
    for _ in range(3):
        deep = UnitFactory(parent=deep)
    UnitFactory(parent=world.lab, name="WEB")

    for unit, destination in (
        (world.web, world.shop),
        (world.shop, world.web),
        (world.lab, deep),
        (world.web, world.lab),
    ):
        refusal = refusal_of(
            move_organizational_unit,
            world.actor,
            unit_id=unit.pk,
            source_parent_id=OrganizationalUnit.objects.get(pk=unit.pk).parent_id,
            destination_parent_id=destination.pk,
        )
        assert same(world.move_unit(unit, destination), refusal)

    refusal = refusal_of(
        move_accounts,
        world.actor,
        moves=[Move(world.other.pk, world.lab.pk)],
        destination_parent_id=world.lab.pk,
    )
    assert same(world.move([world.other], world.lab), refusal)


def test_r_gen_3_what_is_not_of_the_organization_is_not_there(world):
    stranger, strange_actor = make_organization()
    strange_unit = UnitFactory(parent=stranger.root)
    strange_account = AccountFactory(member_of=strange_unit)
    strange = create_policy(actor=strange_actor, name="Strange", policy_type=SCP, content=DENY)
    shop = world.shop.pk

    for query, refusal, asked in (
        (
            preview_unit_move,
            errors.OuNotFound,
            {"unit_id": strange_unit.pk, "destination_parent_id": shop},
        ),
        (
            preview_unit_move,
            errors.ParentNotFound,
            {"unit_id": shop, "destination_parent_id": strange_unit.pk},
        ),
        (
            preview_account_moves,
            errors.AccountNotFound,
            {"account_ids": [strange_account.pk], "destination_parent_id": shop},
        ),
        (
            preview_account_moves,
            errors.InvalidParameter,
            {"account_ids": [], "destination_parent_id": shop},
        ),
        (preview_attach, errors.PolicyNotFound, {"policy_id": strange.pk, "entity_id": shop}),
        (
            preview_attach,
            errors.EntityNotFound,
            {"policy_id": FULL_ACCESS, "entity_id": strange_unit.pk},
        ),
        (preview_save, errors.PolicyNotFound, {"policy_id": strange.pk, "content": DENY}),
        (preview_disable, errors.InvalidParameter, {"policy_type": "nothing"}),
    ):
        with pytest.raises(refusal):
            world.ask(query, **asked)
        with pytest.raises(errors.NotManagementOrDelegated):
            query(actor=world.actor, permissions=frozenset(), **asked)


def test_r_dry_6_a_policy_on_trial_is_not_there(world):
    trial = create_policy(
        actor=world.actor, name="Trial", policy_type=SCP, content=DENY, is_dry_run=True
    )

    with pytest.raises(errors.PolicyNotFound):
        world.ask(preview_attach, policy_id=trial.pk, entity_id=world.shop.pk)
    with pytest.raises(errors.PolicyNotFound):
        world.ask(preview_save, policy_id=trial.pk, content=HARMLESS)


def test_the_number_of_statements_does_not_grow(world, django_assert_num_queries):
    def ask():
        with django_assert_num_queries(7):
            preview_unit_move(
                actor=world.actor,
                permissions=VIEW,
                unit_id=world.shop.pk,
                destination_parent_id=world.lab.pk,
            )
        with django_assert_num_queries(6):
            preview_account_moves(
                actor=world.actor,
                permissions=VIEW,
                account_ids=[account.pk for account in world.accounts],
                destination_parent_id=world.lab.pk,
            )
        with django_assert_num_queries(6):
            preview_attach(
                actor=world.actor,
                permissions=VIEW,
                policy_id=FULL_ACCESS,
                entity_id=world.shop.pk,
            )

    ask()
    world.attach(world.shop, "Guard")
    below = [UnitFactory(parent=world.web) for _ in range(10)]
    world.accounts += [AccountFactory(member_of=unit) for unit in below for _ in range(5)]
    assert Account.objects.count() > 50
    ask()
