"""Switching policy types on and off (R-PT)."""

import pytest

from orgs import errors
from orgs.models import Attachment, Event, PolicyType, SwitchState
from orgs.operations.policy_types import disable_policy_type, enable_policy_type
from tests.factories import AccountFactory, UnitFactory, make_organization

pytestmark = pytest.mark.django_db
SCP = PolicyType.SERVICE_CONTROL_POLICY


def states(organization):
    return dict(organization.policy_types.values_list("policy_type", "state"))


def test_enabling_is_pending_until_its_job_is_done(run_jobs):
    organization, actor = make_organization()

    root = enable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=SCP)

    assert root == organization.root
    assert states(organization) == {SCP: SwitchState.PENDING_ENABLE}
    assert Attachment.objects.count() == 0
    run_jobs()
    assert states(organization) == {SCP: SwitchState.ENABLED}


def test_enabling_service_control_policies_attaches_full_access_to_every_entity(run_jobs):
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


def test_enabling_tag_policies_attaches_nothing(run_jobs):
    organization, actor = make_organization()

    enable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=PolicyType.TAG_POLICY)
    run_jobs()

    assert states(organization) == {PolicyType.TAG_POLICY: SwitchState.ENABLED}
    assert Attachment.objects.count() == 0


def test_disabling_detaches_everywhere_and_binds_nobody_at_once(run_jobs):
    organization, actor = make_organization()
    enable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=SCP)
    run_jobs()

    disable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=SCP)

    assert states(organization) == {SCP: SwitchState.PENDING_DISABLE}
    run_jobs()
    assert states(organization) == {SCP: SwitchState.DISABLED}
    assert Attachment.objects.count() == 0


@pytest.mark.parametrize("is_done", [False, True])
def test_enabling_twice_is_refused(run_jobs, is_done):
    organization, actor = make_organization()
    enable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=SCP)
    if is_done:
        run_jobs()
    before = Event.objects.count()

    with pytest.raises(errors.PolicyTypeAlreadyEnabled):
        enable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=SCP)

    assert Event.objects.count() == before


def test_disabling_what_is_off_is_refused():
    organization, actor = make_organization()

    with pytest.raises(errors.PolicyTypeAlreadyDisabled):
        disable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=SCP)

    assert states(organization) == {}


def test_a_switch_on_its_way_the_other_way_is_a_conflict(run_jobs):
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


def test_a_type_that_is_none_and_a_foreign_root_are_refused():
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
