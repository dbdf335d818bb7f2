"""What is stored, as the policy engine takes it."""

import pytest

from orgs import errors
from orgs.models import Attachment, Organization, Policy, PolicyType, RootPolicyType
from orgs.operations.attachments import attach_policy, set_attachments
from orgs.operations.policies import create_policy
from orgs.operations.policy_types import disable_policy_type, enable_policy_type
from orgs.operations.units import move_organizational_unit
from orgs.policy import snapshot as engine
from orgs.policy.document import load_service_control_policy
from orgs.policy.tag_document import load_tag_policy
from orgs.queries import snapshots
from orgs.queries.snapshots import Documents, find_facts, load_all, load_below, load_entities
from tests.factories import AccountFactory, UnitFactory, make_organization

pytestmark = pytest.mark.django_db
SCP, TAG = PolicyType.SERVICE_CONTROL_POLICY, PolicyType.TAG_POLICY
FULL_ACCESS = "p-FullAccess"
DENY = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["ecs:*:*"]}]}'
COST = '{"tags":{"cost":{"tag_value":{"@@assign":["100"]}}}}'


@pytest.fixture
def made(run_jobs):
    """Root → shop → web (an account), and beside it lab (an account); both types are on."""
    organization, actor = make_organization()
    shop = UnitFactory(parent=organization.root, name="Shop")
    web = UnitFactory(parent=shop, name="Web")
    lab = UnitFactory(parent=organization.root, name="Lab")
    accounts = [AccountFactory(member_of=web), AccountFactory(member_of=lab)]
    for policy_type in (SCP, TAG):
        enable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=policy_type)
    run_jobs()
    return organization, actor, (shop, web, lab), accounts


def make(actor, name, policy_type=SCP):
    content = DENY if policy_type == SCP else COST
    return create_policy(actor=actor, name=name, policy_type=policy_type, content=content)


def test_an_account_comes_with_all_above_it_and_with_what_is_attached_there(
    made, django_assert_num_queries
):
    organization, actor, (shop, web, _lab), (account, _other) = made
    root = organization.root
    deny, cost = make(actor, "Deny"), make(actor, "Cost", TAG)
    attach_policy(actor=actor, policy_id=deny.pk, entity_id=shop.pk)
    attach_policy(actor=actor, policy_id=cost.pk, entity_id=account.pk)

    with django_assert_num_queries(4):
        stored = load_entities(organization.pk, [account.pk])

    assert stored.snapshot == engine.Snapshot(
        management_account=organization.management_account_id,
        root=root.pk,
        unit_parents={web.pk: shop.pk, shop.pk: root.pk},
        account_parents={account.pk: web.pk},
        service_control_policies={
            FULL_ACCESS: load_service_control_policy(Policy.objects.get(pk=FULL_ACCESS).content),
            deny.pk: load_service_control_policy(DENY),
        },
        tag_policies={cost.pk: load_tag_policy(COST)},
        builtin_policies=frozenset({FULL_ACCESS}),
        attachments={
            root.pk: (FULL_ACCESS,),
            shop.pk: (FULL_ACCESS, deny.pk),
            web.pk: (FULL_ACCESS,),
            account.pk: (FULL_ACCESS, cost.pk),
        },
        enabled_types=frozenset(engine.PolicyType),
    )
    assert stored.names[deny.pk] == "Deny"
    assert stored.names[web.pk] == "Web"
    assert stored.names[account.pk] == account.name
    assert stored.texts[cost.pk] == COST


def test_what_is_below_a_unit_comes_with_all_above_it_and_with_what_is_asked_for_besides(
    made, django_assert_num_queries
):
    organization, actor, (shop, web, lab), (account, other) = made
    deny = make(actor, "Deny")

    with django_assert_num_queries(5):
        stored = load_below(organization.pk, shop.pk, entity_ids=[lab.pk], policy_ids=[deny.pk])

    assert set(stored.accounts) == {account.pk}
    assert stored.snapshot.unit_parents == {
        web.pk: shop.pk,
        shop.pk: organization.root.pk,
        lab.pk: organization.root.pk,
    }
    assert other.pk not in stored.names
    assert stored.snapshot.type_of(deny.pk) is engine.PolicyType.SERVICE_CONTROL_POLICY
    assert set(stored.snapshot.attachments) == {
        organization.root.pk, shop.pk, web.pk, lab.pk, account.pk,
    }  # fmt: skip


def test_the_whole_organization_is_everything_in_it_and_nothing_else(made):
    organization, _actor, units, accounts = made
    stranger, _stranger_actor = make_organization()

    stored = load_all(organization.pk)

    assert set(stored.snapshot.unit_parents) == {unit.pk for unit in units}
    managing = organization.management_account_id
    assert set(stored.accounts) == {managing, *(account.pk for account in accounts)}
    assert not stored.snapshot.has_entity(stranger.root.pk)
    assert load_entities(organization.pk, [stranger.root.pk]).snapshot.attachments == {}


def test_the_number_of_statements_does_not_grow(made, django_assert_num_queries):
    organization, _actor, (shop, web, lab), _accounts = made
    deep = UnitFactory(parent=UnitFactory(parent=web))
    many = [AccountFactory(member_of=unit) for unit in (shop, web, lab, deep) for _ in range(5)]

    with django_assert_num_queries(4):
        load_entities(organization.pk, [account.pk for account in many])
    with django_assert_num_queries(5):
        load_all(organization.pk)


def test_who_is_above_whom_is_read_from_the_parents_alone(made):
    organization, _actor, (shop, _web, _lab), (account, _other) = made
    organization.units.update(lft=0, rght=0, level=0)

    stored = load_below(organization.pk, shop.pk)

    path = engine.path_to(stored.snapshot, account.pk)
    assert path == (organization.root.pk, shop.pk, account.unit_id, account.pk)


def test_attachments_stand_in_the_order_in_which_they_decide(made):
    organization, actor, (shop, _web, _lab), _accounts = made
    names = ["First", "Second", "Third"]
    policies = [make(actor, name, TAG) for name in names]
    order = [policies[2].pk, policies[0].pk, policies[1].pk]

    set_attachments(actor=actor, entity_id=shop.pk, policy_type=TAG, policy_ids=order)

    stored = load_entities(organization.pk, [shop.pk])
    assert stored.snapshot.attached(shop.pk, engine.PolicyType.TAG_POLICY) == tuple(order)


def test_r_pt_7_a_type_on_its_way_does_not_count(made, run_jobs):
    organization, actor, _units, (account, _other) = made

    disable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=SCP)

    stored = load_entities(organization.pk, [account.pk])
    assert stored.snapshot.enabled_types == {engine.PolicyType.TAG_POLICY}
    assert stored.snapshot.attachments[account.pk] == (FULL_ACCESS,)
    run_jobs()
    assert load_entities(organization.pk, [account.pk]).snapshot.attachments == {}


def test_r_scp_4_services_without_scps_are_those_of_the_installation(made, settings):
    organization = made[0]
    settings.SERVICES_WITHOUT_SCP = ["OBS", "kms"]

    stored = load_entities(organization.pk, [])

    assert stored.snapshot.ungoverned_services == {"obs", "kms"}


def test_r_dry_6_policies_on_trial_stand_apart_and_only_while_dry_run_is_on(made):
    organization, actor, (shop, _web, _lab), (account, _other) = made
    trial = create_policy(actor=actor, name="Trial", policy_type=SCP, content=DENY, is_dry_run=True)
    organization.dry_run_configurations.create(
        state="enabled", created_at=trial.created_at, updated_at=trial.created_at
    )
    attach_policy(actor=actor, policy_id=trial.pk, entity_id=shop.pk, is_dry_run=True)

    asked = load_entities(organization.pk, [account.pk], with_trial=True)
    assert [one.policy for one in asked.trial[shop.pk]] == [trial.pk]
    assert list(asked.trial) == [shop.pk]
    assert asked.snapshot.attachments[shop.pk] == (FULL_ACCESS,)
    assert load_entities(organization.pk, [account.pk]).trial == {}

    organization.dry_run_configurations.update(state="pending_disable")
    assert load_entities(organization.pk, [account.pk], with_trial=True).trial == {}


def test_what_changes_while_it_is_read_is_read_again(made, monkeypatch):
    organization, actor, (shop, _web, lab), (account, _other) = made
    moves = iter([True, False])
    find_attachments = snapshots._attachments

    def attachments_after_a_move(*args, **kwargs):
        if next(moves, False):
            move_organizational_unit(
                actor=actor,
                unit_id=shop.pk,
                source_parent_id=organization.root.pk,
                destination_parent_id=lab.pk,
            )
        return find_attachments(*args, **kwargs)

    monkeypatch.setattr(snapshots, "_attachments", attachments_after_a_move)

    stored = load_entities(organization.pk, [account.pk])

    assert stored.snapshot.unit_parents[shop.pk] == lab.pk
    assert lab.pk in stored.snapshot.attachments
    assert stored.facts.policy_version == Organization.objects.get().policy_version


def test_an_organization_without_policies_is_read_as_well(django_assert_num_queries):
    organization, _actor = make_organization()
    account = AccountFactory(member_of=organization.root)

    with django_assert_num_queries(4):
        stored = load_entities(organization.pk, [account.pk])

    assert stored.snapshot.attachments == {}
    assert stored.snapshot.enabled_types == frozenset()
    assert not RootPolicyType.objects.exists()
    assert not Attachment.objects.exists()


def test_there_are_no_facts_of_what_is_no_organization():
    with pytest.raises(errors.CallerNotInOrganization):
        find_facts("o-nothere0000")
    with pytest.raises(errors.CallerNotInOrganization):
        find_facts(None)


def test_a_text_is_read_when_it_is_asked_for_and_once():
    read = []
    documents = Documents(lambda text: read.append(text) or text.upper())
    documents.keep("p-1", "one")
    documents.keep("p-2", "two")

    assert (list(documents), len(documents), "p-1" in documents) == (["p-1", "p-2"], 2, True)
    assert read == []
    assert (documents["p-2"], documents["p-2"], documents.get("p-3")) == ("TWO", "TWO", None)
    assert read == ["two"]
