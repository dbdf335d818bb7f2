"""Attaching and detaching policies (R-POL-10 to R-POL-12, R-PT-4, R-PT-7)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orgs import errors
from orgs.models import Attachment, Event, PolicyType
from orgs.operations.accounts import move_account
from orgs.operations.attachments import attach_policy, detach_policy, set_attachments
from orgs.operations.departures import remove_account
from orgs.operations.policies import create_policy
from orgs.operations.policy_types import enable_policy_type
from orgs.operations.units import create_organizational_unit, delete_organizational_unit
from tests.factories import AccountFactory, UnitFactory, make_organization

pytestmark = pytest.mark.django_db
SCP = PolicyType.SERVICE_CONTROL_POLICY
TAG = PolicyType.TAG_POLICY
FULL_ACCESS = "p-FullAccess"
DENY = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["ecs:*:*"]}]}'
COST = '{"tags":{"cost":{"tag_value":{"@@assign":["100"]}}}}'


@pytest.fixture
def made(run_jobs):
    """An organization with both types on, its administrator, and a unit."""
    organization, actor = make_organization()
    unit = UnitFactory(parent=organization.root)
    for policy_type in (SCP, TAG):
        enable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=policy_type)
    run_jobs()
    return organization, actor, unit


def make(actor, name="Deny", policy_type=SCP):
    content = DENY if policy_type == SCP else COST
    return create_policy(actor=actor, name=name, policy_type=policy_type, content=content)


def on(entity):
    rows = entity.attachments.order_by("place").values_list("policy__name", flat=True)
    return list(rows)


def refused(made, error, act, **ids):
    """The act is refused, and nothing is written."""
    before = list(Attachment.objects.order_by("pk").values()), Event.objects.count()
    with pytest.raises(error) as refusal:
        act(actor=made[1], **ids)
    assert (list(Attachment.objects.order_by("pk").values()), Event.objects.count()) == before
    return refusal.value


def test_a_policy_is_attached_behind_those_that_are(made):
    _organization, actor, unit = made

    attach_policy(actor=actor, policy_id=make(actor).pk, entity_id=unit.pk)

    assert on(unit) == ["FullAccess", "Deny"]
    entity, policy = Event.objects.latest("pk").targets.order_by("place")
    assert entity.before == {"policies": [FULL_ACCESS]}
    assert entity.after == {"policies": [FULL_ACCESS, policy.entity_id]}
    assert policy.after == {"attached_to": unit.pk, "attached_to_name": unit.name}


def test_root_and_accounts_are_entities_too(made):
    organization, actor, unit = made
    account = AccountFactory(member_of=unit)
    policy = make(actor, policy_type=TAG)

    for entity_id in (organization.root.pk, account.pk):
        attach_policy(actor=actor, policy_id=policy.pk, entity_id=entity_id)

    assert on(organization.root) == ["FullAccess", "Deny"]
    assert on(account) == ["Deny"]


def test_r_pol_11_attaching_twice_is_refused(made):
    unit = made[2]
    refused(
        made, errors.PolicyAlreadyAttached, attach_policy, policy_id=FULL_ACCESS, entity_id=unit.pk
    )


def test_r_pol_10_the_sixth_service_control_policy_is_refused(made):
    _organization, actor, unit = made
    for number in range(4):
        policy = make(actor, f"Deny {number}")
        attach_policy(actor=actor, policy_id=policy.pk, entity_id=unit.pk)

    refusal = refused(
        made,
        errors.PolicyAttachQuotaExceeded,
        attach_policy,
        policy_id=make(actor, "Sixth").pk,
        entity_id=unit.pk,
    )

    assert refusal.facts["limit"] == 5


def test_r_pol_10_the_eleventh_tag_policy_is_refused(made):
    _organization, actor, unit = made
    for number in range(10):
        policy = make(actor, f"Tags {number}", TAG)
        attach_policy(actor=actor, policy_id=policy.pk, entity_id=unit.pk)

    eleventh = make(actor, "Eleventh", TAG)

    refused(
        made,
        errors.PolicyAttachQuotaExceeded,
        attach_policy,
        policy_id=eleventh.pk,
        entity_id=unit.pk,
    )


def test_r_pt_7_a_type_that_is_off_or_on_its_way_takes_no_attachment(run_jobs):
    organization, actor = make_organization()
    root_id = organization.root.pk
    made = organization, actor, None
    policy = make(actor)

    ids = {"policy_id": policy.pk, "entity_id": root_id}
    refused(made, errors.PolicyTypeNotEnabled, attach_policy, **ids)
    enable_policy_type(actor=actor, root_id=root_id, policy_type=SCP)
    refused(made, errors.PolicyTypeNotEnabled, attach_policy, **ids)
    run_jobs()
    attach_policy(actor=actor, **ids)

    assert on(organization.root) == ["FullAccess", "Deny"]


def test_r_pol_12_the_last_service_control_policy_is_not_detached(made):
    unit = made[2]
    refused(made, errors.PolicyLastScp, detach_policy, policy_id=FULL_ACCESS, entity_id=unit.pk)


def test_r_pol_12_full_access_is_replaced_by_attaching_another_first(made):
    _organization, actor, unit = made
    attach_policy(actor=actor, policy_id=make(actor).pk, entity_id=unit.pk)

    detach_policy(actor=actor, policy_id=FULL_ACCESS, entity_id=unit.pk)

    assert on(unit) == ["Deny"]


def test_r_pol_12_the_last_tag_policy_may_be_detached(made):
    _organization, actor, unit = made
    policy = make(actor, policy_type=TAG)
    attach_policy(actor=actor, policy_id=policy.pk, entity_id=unit.pk)

    detach_policy(actor=actor, policy_id=policy.pk, entity_id=unit.pk)

    assert on(unit) == ["FullAccess"]


def test_r_pol_11_what_is_not_attached_is_not_detached(made):
    _organization, actor, unit = made
    policy = make(actor)
    refused(made, errors.PolicyNotAttached, detach_policy, policy_id=policy.pk, entity_id=unit.pk)


def test_strange_ids_are_refused_as_absent_ones(made):
    _organization, actor, unit = made
    other, stranger = make_organization()
    foreign = create_policy(actor=stranger, name="Theirs", policy_type=SCP, content=DENY)
    own = make(actor)

    for policy_id in (foreign.pk, "p-00000000"):
        ids = {"policy_id": policy_id, "entity_id": unit.pk}
        refused(made, errors.PolicyNotFound, attach_policy, **ids)
    for entity_id in (other.root.pk, "ou-00000000", "0" * 32):
        ids = {"policy_id": own.pk, "entity_id": entity_id}
        refused(made, errors.EntityNotFound, attach_policy, **ids)
    for entity_id in (own.pk, "", None, "ou-\x00"):
        ids = {"policy_id": own.pk, "entity_id": entity_id}
        assert refused(made, errors.InvalidParameter, attach_policy, **ids).field == "entity_id"


def test_attachments_are_set_exactly_in_one_change(made):
    _organization, actor, unit = made
    first, second = make(actor, "First"), make(actor, "Second")

    set_attachments(
        actor=actor, entity_id=unit.pk, policy_type=SCP, policy_ids=[second.pk, first.pk]
    )

    assert on(unit) == ["Second", "First"]
    event = Event.objects.latest("pk")
    assert event.kind == "setPolicyAttachments"
    changed = event.targets.order_by("place").values_list("entity_name", "before", "after")
    place = {"attached_to": unit.pk, "attached_to_name": unit.name}
    assert list(changed) == [
        (unit.name, {"policies": [FULL_ACCESS]}, {"policies": [second.pk, first.pk]}),
        ("Second", {}, place),
        ("First", {}, place),
        ("FullAccess", place, {}),
    ]


def test_setting_what_is_there_leaves_no_trace(made):
    _organization, actor, unit = made
    before = Event.objects.count()

    set_attachments(actor=actor, entity_id=unit.pk, policy_type=SCP, policy_ids=[FULL_ACCESS])

    assert Event.objects.count() == before


def test_setting_none_or_too_many_or_one_twice_is_refused(made, settings):
    _organization, actor, unit = made
    first, second = make(actor, "First"), make(actor, "Tags", TAG)
    settings.SCPS_PER_ENTITY = 1
    ids = {"entity_id": unit.pk, "policy_type": SCP}

    refused(made, errors.PolicyLastScp, set_attachments, policy_ids=[], **ids)
    refused(
        made,
        errors.PolicyAttachQuotaExceeded,
        set_attachments,
        policy_ids=[FULL_ACCESS, first.pk],
        **ids,
    )
    for policy_ids in ([first.pk, first.pk], [second.pk]):
        refusal = refused(
            made, errors.InvalidParameter, set_attachments, policy_ids=policy_ids, **ids
        )
        assert refusal.field == "policy_ids"


def test_r_pt_4_r_ou_9_what_comes_while_service_control_policies_are_on_gets_full_access(made):
    _organization, actor, unit = made

    created = create_organizational_unit(actor=actor, parent_id=unit.pk, name="New")

    assert on(created) == ["FullAccess"]


def test_r_pol_15_r_ou_13_attachments_go_with_the_unit(made):
    _organization, actor, unit = made

    delete_organizational_unit(actor=actor, unit_id=unit.pk)

    assert Attachment.objects.filter(unit__isnull=False).count() == 1


def test_r_acc_33_own_attachments_stay_through_a_move(made):
    organization, actor, unit = made
    account = AccountFactory(member_of=organization.root)
    policy = make(actor, policy_type=TAG)
    attach_policy(actor=actor, policy_id=policy.pk, entity_id=account.pk)

    move_account(
        actor=actor,
        account_id=account.pk,
        source_parent_id=organization.root.pk,
        destination_parent_id=unit.pk,
    )

    assert on(account) == ["Deny"]


def test_r_pol_15_attachments_go_with_the_account_that_leaves(made):
    _organization, actor, unit = made
    account = AccountFactory(member_of=unit, created_at=timezone.now() - timedelta(days=30))
    policy = make(actor, policy_type=TAG)
    attach_policy(actor=actor, policy_id=policy.pk, entity_id=account.pk)

    remove_account(actor=actor, account_id=account.pk)

    assert Attachment.objects.filter(account=account).count() == 0
    assert policy.attachments.count() == 0
