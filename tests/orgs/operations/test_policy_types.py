"""Switching policy types on and off (R-PT)."""

import pytest

from orgs import errors
from orgs.models import Attachment, EffectiveTagPolicy, Event, PolicyType, SwitchState
from orgs.operations.attachments import attach_policy, detach_policy
from orgs.operations.policies import create_policy
from orgs.operations.policy_types import (
    disable_policy_type,
    enable_policy_type,
    fail_policy_type_switches,
)
from orgs.operations.units import create_organizational_unit
from tests.factories import AccountFactory, UnitFactory, make_organization
from tests.tag_policies import attach_tag_policy, tag_policy_text

pytestmark = pytest.mark.django_db
SCP = PolicyType.SERVICE_CONTROL_POLICY
DENY = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["ecs:*:*"]}]}'


def states(organization):
    return dict(organization.policy_types.values_list("policy_type", "state"))


def test_r_pt_2_enabling_is_pending_until_its_job_is_done(run_jobs):
    organization, actor = make_organization()

    root = enable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=SCP)

    assert root == organization.root
    assert states(organization) == {SCP: SwitchState.PENDING_ENABLE}
    assert Attachment.objects.count() == 0
    run_jobs()
    assert states(organization) == {SCP: SwitchState.ENABLED}


def test_r_pt_3_enabling_service_control_policies_attaches_full_access_to_every_entity(run_jobs):
    organization, actor = make_organization()
    unit = UnitFactory(parent=organization.root)
    account = AccountFactory(member_of=unit)

    enable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=SCP)
    run_jobs()

    attached = Attachment.objects.values_list("policy_id", "unit_id", "account_id", "place")
    assert set(attached) == {
        ("p-FullAccess", organization.root.pk, None, 1),
        ("p-FullAccess", unit.pk, None, 1),
        ("p-FullAccess", None, account.pk, 1),
        ("p-FullAccess", None, organization.management_account_id, 1),
    }


def test_r_pt_4_switching_off_is_given_up_and_every_entity_has_a_policy_again(run_jobs):
    """What came meanwhile got none, and what had one could lose it."""
    organization, actor = make_organization()
    root = organization.root
    emptied, kept = UnitFactory(parent=root), UnitFactory(parent=root)
    enable_policy_type(actor=actor, root_id=root.pk, policy_type=SCP)
    run_jobs()
    deny = create_policy(actor=actor, name="Deny", policy_type=SCP, content=DENY)
    attach_policy(actor=actor, policy_id=deny.pk, entity_id=kept.pk)
    disable_policy_type(actor=actor, root_id=root.pk, policy_type=SCP)
    detach_policy(actor=actor, policy_id="p-FullAccess", entity_id=emptied.pk)
    come = create_organizational_unit(actor=actor, parent_id=root.pk, name="Come meanwhile")

    fail_policy_type_switches(root.pk)

    assert states(organization) == {SCP: SwitchState.ENABLED}
    rows = Attachment.objects.filter(unit__in=[emptied, kept, come]).order_by("place")
    hanging = [(row.unit_id, row.policy_id) for row in rows]
    assert sorted(hanging) == sorted(
        [
            (emptied.pk, "p-FullAccess"),
            (kept.pk, "p-FullAccess"),
            (kept.pk, deny.pk),
            (come.pk, "p-FullAccess"),
        ]
    )


def test_r_pt_9_enabling_tag_policies_attaches_nothing(run_jobs):
    organization, actor = make_organization()

    enable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=PolicyType.TAG_POLICY)
    run_jobs()

    assert states(organization) == {PolicyType.TAG_POLICY: SwitchState.ENABLED}
    assert Attachment.objects.count() == 0


def test_r_pt_5_disabling_detaches_everywhere_and_binds_nobody_at_once(run_jobs):
    organization, actor = make_organization()
    enable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=SCP)
    run_jobs()

    disable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=SCP)

    assert states(organization) == {SCP: SwitchState.PENDING_DISABLE}
    run_jobs()
    assert states(organization) == {SCP: SwitchState.DISABLED}
    assert Attachment.objects.count() == 0


@pytest.mark.parametrize("is_done", [False, True])
def test_r_pt_2_enabling_twice_is_refused(run_jobs, is_done):
    organization, actor = make_organization()
    enable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=SCP)
    if is_done:
        run_jobs()
    before = Event.objects.count()

    with pytest.raises(errors.PolicyTypeAlreadyEnabled):
        enable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=SCP)

    assert Event.objects.count() == before


def test_r_pt_2_disabling_what_is_off_is_refused():
    organization, actor = make_organization()

    with pytest.raises(errors.PolicyTypeAlreadyDisabled):
        disable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=SCP)

    assert states(organization) == {}


def test_r_pt_2_a_switch_on_its_way_the_other_way_is_a_conflict(run_jobs):
    organization, actor = make_organization()
    root_id = organization.root.pk
    enable_policy_type(actor=actor, root_id=root_id, policy_type=SCP)

    with pytest.raises(errors.ConcurrentModification):
        disable_policy_type(actor=actor, root_id=root_id, policy_type=SCP)

    run_jobs()
    disable_policy_type(actor=actor, root_id=root_id, policy_type=SCP)
    with pytest.raises(errors.ConcurrentModification):
        enable_policy_type(actor=actor, root_id=root_id, policy_type=SCP)
    assert states(organization) == {SCP: SwitchState.PENDING_DISABLE}


def test_r_pt_1_a_type_that_is_none_and_a_foreign_root_are_refused():
    organization, actor = make_organization()
    other, _actor = make_organization()

    with pytest.raises(errors.InvalidParameter) as refusal:
        enable_policy_type(
            actor=actor, root_id=organization.root.pk, policy_type="resource_control_policy"
        )
    with pytest.raises(errors.RootNotFound):
        enable_policy_type(actor=actor, root_id=other.root.pk, policy_type=SCP)

    assert refusal.value.field == "policy_type"
    assert states(organization) == states(other) == {}


def test_r_pt_5_enabling_again_brings_back_full_access_alone(run_jobs):
    organization, actor = make_organization()
    root = organization.root
    policy = create_policy(actor=actor, name="Lock", policy_type=SCP, content=DENY)
    for _time in range(2):
        enable_policy_type(actor=actor, root_id=root.pk, policy_type=SCP)
        run_jobs()
        assert list(root.attachments.values_list("policy_id", flat=True)) == ["p-FullAccess"]
        attach_policy(actor=actor, policy_id=policy.pk, entity_id=root.pk)
        disable_policy_type(actor=actor, root_id=root.pk, policy_type=SCP)
        run_jobs()

    assert list(organization.policies.all()) == [policy]
    assert Attachment.objects.count() == 0


def test_r_pt_6_disabling_tag_policies_detaches_them_and_leaves_nothing_effective(run_jobs):
    organization, actor = make_organization()
    root = organization.root
    enable_policy_type(actor=actor, root_id=root.pk, policy_type=PolicyType.TAG_POLICY)
    run_jobs()
    policy = attach_tag_policy(actor, root.pk, tag_policy_text("cost", values=["1"]))
    assert EffectiveTagPolicy.objects.count() > 0

    disable_policy_type(actor=actor, root_id=root.pk, policy_type=PolicyType.TAG_POLICY)
    run_jobs()

    assert Attachment.objects.count() == 0
    assert EffectiveTagPolicy.objects.filter(content__gt="").count() == 0
    assert list(organization.policies.all()) == [policy]
