"""Creating, changing and deleting policies (R-POL)."""

import pytest

from orgs import errors
from orgs.models import Event, Policy, PolicyType, PolicyVersion
from orgs.operations.attachments import attach_policy
from orgs.operations.policies import (
    create_policy,
    delete_policy,
    restore_policy_version,
    update_policy,
)
from orgs.operations.policy_types import enable_policy_type
from orgs.operations.tags import tag_resource
from tests.factories import make_organization

pytestmark = pytest.mark.django_db
SCP = PolicyType.SERVICE_CONTROL_POLICY
DENY_LEAVE = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["signin::*"]}]}'
DENY_ECS = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["ecs:*:*"]}]}'
COST = '{"tags":{"cost":{"tag_value":{"@@assign":["100"]}}}}'


def make_policy(actor, name="Stay", *, policy_type=SCP, content=DENY_LEAVE, **facts):
    return create_policy(actor=actor, name=name, policy_type=policy_type, content=content, **facts)


def kinds():
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def test_r_pol_2_a_policy_keeps_its_text_as_it_was_sent():
    _organization, actor = make_organization()
    text = '\n{ "Version" : "5.0",\t"Statement": {"Effect":"Deny","Action":[]}}\n'

    policy = make_policy(actor, content=text, description=" Nobody leaves ", tags=[("a", "1")])

    policy.refresh_from_db()
    assert policy.content == text
    assert (policy.name, policy.policy_type, policy.version) == ("Stay", SCP, 1)
    assert policy.description == "Nobody leaves"
    assert list(policy.tags.values_list("key", "value")) == [("a", "1")]
    assert list(policy.versions.values_list("number", "content", "saved_by")) == [
        (1, text, actor.username)
    ]
    assert kinds()[-1] == "createPolicy"


def test_r_pt_8_a_policy_may_be_created_while_its_type_is_off():
    organization, actor = make_organization()

    policy = make_policy(actor, policy_type=PolicyType.TAG_POLICY, content=COST)

    assert organization.policy_types.count() == 0
    assert Policy.objects.of(organization.pk).custom().get() == policy


@pytest.mark.parametrize("name", ["Stay", "sTAY"])
def test_r_pol_3_a_name_is_taken_once_per_type_without_regard_to_case(name):
    _organization, actor = make_organization()
    make_policy(actor)
    make_policy(actor, policy_type=PolicyType.TAG_POLICY, content=COST)

    with pytest.raises(errors.PolicyNameConflict):
        make_policy(actor, name)

    assert Policy.objects.custom().count() == 2


def test_r_pol_3_the_name_of_a_built_in_policy_is_taken():
    _organization, actor = make_organization()

    with pytest.raises(errors.PolicyNameConflict):
        make_policy(actor, "FullAccess")

    assert Policy.objects.custom().count() == 0


@pytest.mark.parametrize("name", ["", " Stay", "Stay ", "a/b", "x" * 65, "é", "a\tb", None])
def test_r_pol_3_a_name_that_is_none_is_refused(name):
    _organization, actor = make_organization()

    with pytest.raises(errors.InvalidParameter) as refusal:
        make_policy(actor, name)

    assert refusal.value.field == "name"
    assert Policy.objects.custom().count() == 0


def test_r_pt_1_a_type_that_is_none_is_refused():
    _organization, actor = make_organization()

    with pytest.raises(errors.InvalidParameter) as refusal:
        make_policy(actor, policy_type="network_control_policy")

    assert refusal.value.field == "type"


def test_r_pol_2_a_text_over_the_limit_is_refused_before_its_grammar():
    _organization, actor = make_organization()

    with pytest.raises(errors.PolicyContentTooLong) as refusal:
        make_policy(actor, content="x" * 5_121)
    with pytest.raises(errors.PolicyContentTooLong):
        make_policy(actor, policy_type=PolicyType.TAG_POLICY, content="x" * 10_001)

    assert refusal.value.facts == {"length": 5_121, "limit": 5_120}
    assert Policy.objects.custom().count() == 0


def test_r_pol_6_a_malformed_text_is_refused_with_every_fault():
    _organization, actor = make_organization()

    with pytest.raises(errors.PolicyContentMalformed) as refusal:
        make_policy(actor, content='{"Version": "4.0",\n "Statement": []}')

    assert [(fault.code, fault.line) for fault in refusal.value.faults] == [
        ("invalid_version", 1),
        ("empty_list", 2),
    ]
    assert str(refusal.value).startswith("Line 1, column ")


def test_r_pol_1_the_quota_counts_each_type_and_no_built_in_policy(settings):
    settings.POLICY_QUOTA = 1
    _organization, actor = make_organization()
    make_policy(actor)
    make_policy(actor, policy_type=PolicyType.TAG_POLICY, content=COST)
    make_policy(actor, is_dry_run=True)

    with pytest.raises(errors.PolicyQuotaExceeded):
        make_policy(actor, "Another")

    assert Policy.objects.custom().count() == 3


def test_r_pol_7_update_changes_what_is_given_and_keeps_every_text():
    _organization, actor = make_organization()
    policy = make_policy(actor, description="First")

    update_policy(actor=actor, policy_id=policy.pk, name="Go", content=DENY_ECS)

    policy.refresh_from_db()
    assert (policy.name, policy.description, policy.content, policy.version) == (
        "Go",
        "First",
        DENY_ECS,
        2,
    )
    assert list(policy.versions.values_list("number", "content")) == [
        (2, DENY_ECS),
        (1, DENY_LEAVE),
    ]
    target = Event.objects.latest("pk").targets.get()
    assert target.before == {"name": "Stay", "content": DENY_LEAVE}
    assert target.after == {"name": "Go", "content": DENY_ECS}


def test_r_pol_7_an_update_without_a_field_succeeds_and_changes_nothing():
    organization, actor = make_organization()
    policy = make_policy(actor)
    organization.refresh_from_db()

    update_policy(actor=actor, policy_id=policy.pk)

    before = organization.version
    organization.refresh_from_db()
    assert organization.version == before


def test_only_a_new_text_makes_a_new_version_and_renaming_does_not():
    _organization, actor = make_organization()
    policy = make_policy(actor)

    update_policy(actor=actor, policy_id=policy.pk, name="Go", content=DENY_LEAVE)

    assert PolicyVersion.objects.count() == 1


def test_an_update_of_a_text_that_was_saved_meanwhile_is_refused():
    _organization, actor = make_organization()
    policy = make_policy(actor)
    update_policy(actor=actor, policy_id=policy.pk, content=DENY_ECS, version=1)

    with pytest.raises(errors.PolicyChangedMeanwhile):
        update_policy(actor=actor, policy_id=policy.pk, content=DENY_LEAVE, version=1)

    policy.refresh_from_db()
    assert (policy.content, policy.version) == (DENY_ECS, 2)


def test_a_version_is_restored_as_the_newest_text():
    _organization, actor = make_organization()
    policy = make_policy(actor)
    update_policy(actor=actor, policy_id=policy.pk, content=DENY_ECS)

    restore_policy_version(actor=actor, policy_id=policy.pk, number=1)

    policy.refresh_from_db()
    assert (policy.content, policy.version) == (DENY_LEAVE, 3)
    with pytest.raises(errors.PolicyVersionNotFound):
        restore_policy_version(actor=actor, policy_id=policy.pk, number=9)


def test_r_pol_8_a_built_in_policy_is_not_changed_deleted_or_tagged():
    _organization, actor = make_organization()
    before = Policy.objects.values().get(pk="p-FullAccess")

    with pytest.raises(errors.PolicyBuiltin):
        update_policy(actor=actor, policy_id="p-FullAccess", name="Mine")
    with pytest.raises(errors.PolicyBuiltin):
        delete_policy(actor=actor, policy_id="p-FullAccess")
    with pytest.raises(errors.PolicyBuiltin):
        tag_resource(actor=actor, resource_id="p-FullAccess", tags=[("a", "1")])

    assert Policy.objects.values().get(pk="p-FullAccess") == before


def test_r_pol_9_a_policy_that_is_attached_is_not_deleted(run_jobs):
    organization, actor = make_organization()
    policy = make_policy(actor)
    enable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=SCP)
    run_jobs()
    attach_policy(actor=actor, policy_id=policy.pk, entity_id=organization.root.pk)

    with pytest.raises(errors.PolicyInUse) as refusal:
        delete_policy(actor=actor, policy_id=policy.pk)

    assert refusal.value.facts == {"policy_name": "Stay", "count": 1}
    assert Policy.objects.filter(pk=policy.pk).exists()


def test_r_pol_9_a_policy_goes_with_its_tags_and_texts():
    organization, actor = make_organization()
    policy = make_policy(actor, tags=[("a", "1")])

    delete_policy(actor=actor, policy_id=policy.pk)

    assert Policy.objects.custom().count() == 0
    assert PolicyVersion.objects.count() == 0
    assert organization.tags.count() == 0


def test_r_dry_6_a_policy_on_trial_is_none_that_binds_and_the_other_way_round():
    _organization, actor = make_organization()
    binding, trial = make_policy(actor), make_policy(actor, is_dry_run=True)

    with pytest.raises(errors.PolicyNotFound):
        update_policy(actor=actor, policy_id=trial.pk, name="Other")
    with pytest.raises(errors.PolicyNotFound):
        update_policy(actor=actor, policy_id=binding.pk, name="Other", is_dry_run=True)

    assert set(Policy.objects.custom().values_list("name", flat=True)) == {"Stay"}


def test_the_policy_of_another_organization_is_not_there():
    _organization, actor = make_organization()
    _other, stranger = make_organization()
    policy = make_policy(actor)

    with pytest.raises(errors.PolicyNotFound):
        update_policy(actor=stranger, policy_id=policy.pk, name="Mine")
    with pytest.raises(errors.PolicyNotFound):
        delete_policy(actor=stranger, policy_id=policy.pk)

    policy.refresh_from_db()
    assert policy.name == "Stay"


def test_r_pol_4_a_description_has_512_characters_and_no_more():
    _organization, actor = make_organization()

    policy = make_policy(actor, description="é" * 512)
    with pytest.raises(errors.InvalidParameter) as refused:
        make_policy(actor, "Other", description="é" * 513)
    with pytest.raises(errors.InvalidParameter):
        update_policy(actor=actor, policy_id=policy.pk, description="é" * 513)

    assert refused.value.field == "description"
    assert list(Policy.objects.custom().values_list("description", flat=True)) == ["é" * 512]


@pytest.mark.parametrize(
    ("policy_type", "content", "other"),
    [(SCP, DENY_LEAVE, COST), (PolicyType.TAG_POLICY, COST, DENY_LEAVE)],
)
def test_r_pol_5_a_text_of_another_type_does_not_change_the_type(policy_type, content, other):
    _organization, actor = make_organization()
    policy = make_policy(actor, policy_type=policy_type, content=content)

    with pytest.raises(errors.PolicyContentMalformed):
        update_policy(actor=actor, policy_id=policy.pk, content=other)

    policy.refresh_from_db()
    assert (policy.policy_type, policy.content, policy.version) == (policy_type, content, 1)
