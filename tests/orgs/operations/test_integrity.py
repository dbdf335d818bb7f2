"""The integrity check finds what is broken, names it, and repairs trees from their parents."""

import pytest
from django.db import connection

from orgs import errors, operations
from orgs.actor import Actor
from orgs.models import (
    Account,
    Agency,
    Attachment,
    ClosingRequest,
    CreationRequest,
    DryRunConfiguration,
    Event,
    EventTarget,
    Invitation,
    Job,
    Organization,
    OrganizationalUnit,
    Policy,
    PolicyVersion,
    Tag,
)
from orgs.queries.integrity import broken_chains, check_integrity, misnumbered_organizations
from tests.factories import AccountFactory, UnitFactory, actor_for, make_organization
from tests.standing import as_made, standing

pytestmark = pytest.mark.django_db

OPERATOR = Actor.operator("tester")


@pytest.fixture(scope="module")
def organization_made_once(django_db_setup, django_db_blocker):
    with standing(django_db_blocker):
        yield make_units()


@pytest.fixture
def organization(organization_made_once, db) -> Organization:
    return as_made(organization_made_once)


def make_units() -> Organization:
    made, actor = make_organization()
    sales = operations.units.create_organizational_unit(
        actor=actor, parent_id=made.root.pk, name="Sales"
    )
    operations.units.create_organizational_unit(actor=actor, parent_id=sales.pk, name="South")
    operations.units.create_organizational_unit(actor=actor, parent_id=made.root.pk, name="Legal")
    made.refresh_from_db()
    return made


def test_check_integrity_finds_nothing_wrong_in_any_state_of_an_account(organization, run_jobs):
    manager = an_actor(organization)
    for one in (an_invitation(organization), an_invitation(organization)):
        operations.invitations.cancel_invitation(actor=manager, invitation_id=one.pk)
    an_invitation(organization)
    a_closing(organization)
    a_creation(organization)
    assert failing() == []

    run_jobs()
    a_closing(organization)
    operations.creations.create_account(actor=manager, name="another-new")

    assert failing() == []


def failing() -> list[str]:
    return [invariant.name for invariant in check_integrity() if not invariant.holds]


def test_check_integrity_names_fifteen_invariants_and_finds_nothing_wrong(organization):
    checked = check_integrity()

    assert [invariant.name for invariant in checked] == [f"I{number}" for number in range(1, 16)]
    assert [invariant.problems for invariant in checked] == [[]] * 15


@pytest.mark.parametrize("column", ["lft", "rght", "level", "tree_id"])
def test_check_integrity_finds_wrong_tree_numbers_and_repair_mends_them(organization, column):
    units = OrganizationalUnit.objects.filter(name__in=["Sales", "Legal"])
    before = list(organization.units.order_by("pk").values_list("pk", "lft", "rght", "level"))
    units.update(**{column: 7})
    assert failing() == ["I3"]
    assert misnumbered_organizations() == [organization.pk]

    operations.integrity.repair_tree(actor=OPERATOR, organization_id=organization.pk)

    assert failing() == []
    after = list(organization.units.order_by("pk").values_list("pk", "lft", "rght", "level"))
    assert sorted(row[0] for row in after) == sorted(row[0] for row in before)
    assert organization.events.order_by("-number").values_list("kind", flat=True)[0] == "repairTree"


def test_repair_tree_keeps_the_order_of_siblings_that_can_be_told(organization):
    before = list(organization.units.order_by("lft").values_list("pk", "lft", "rght", "level"))
    OrganizationalUnit.objects.update(level=9)

    operations.integrity.repair_tree(actor=OPERATOR, organization_id=organization.pk)

    after = list(organization.units.order_by("lft").values_list("pk", "lft", "rght", "level"))
    assert after == before


def test_repair_tree_changes_nothing_where_nothing_is_wrong(organization):
    count = operations.integrity.repair_tree(actor=OPERATOR, organization_id=organization.pk)

    assert count == 0
    assert organization.events.count() == organization.version


def test_repair_tree_is_for_operators(organization):
    with pytest.raises(errors.OperatorOnly):
        operations.integrity.repair_tree(
            actor=Actor(account_id="a" * 32, user_id=1, organization_id=organization.pk),
            organization_id=organization.pk,
        )


def break_i1(organization: Organization) -> None:
    unlinked = OrganizationalUnit.objects.get(name="South")
    unlinked.delete()
    Organization.objects.create(
        name="rootless",
        management_account=AccountFactory(),
        created_at=organization.created_at,
    )


def break_i2(organization: Organization) -> None:
    south = OrganizationalUnit.objects.get(name="South")
    OrganizationalUnit.objects.filter(name="Sales").update(parent=south)


def break_i6(organization: Organization) -> None:
    Account.objects.filter(pk=organization.management_account_id).update(status="suspended")


def break_i12(organization: Organization) -> None:
    Tag.objects.bulk_create(
        Tag(organization=organization, unit=organization.root, key=f"k{number}", value="")
        for number in range(21)
    )


def break_i13(organization: Organization) -> None:
    Organization.objects.filter(pk=organization.pk).update(version=99)


def break_i14(organization: Organization) -> None:
    OrganizationalUnit.objects.filter(name="Sales").update(name_key="SALES")


def break_i15(organization: Organization) -> None:
    account = organization.management_account
    unit = UnitFactory(parent=make_organization()[0].root)
    Account.objects.filter(pk=account.pk).update(organization=unit.organization, unit=unit)


def break_i10(organization: Organization) -> None:
    unchecked("orgs_invitation", "one_pending_invitation_per_account")
    first = an_invitation(organization)
    first.pk = "h-" + "1" * 32
    first.save(force_insert=True)


SCP, TAG_POLICY = "service_control_policy", "tag_policy"
DENY_LEAVE = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["signin::*"]}]}'
COST = '{"tags":{"cost":{"tag_value":{"@@assign":["100"]}}}}'


def a_policy(
    organization: Organization, name: str = "Stay", *, policy_type: str = SCP, content=DENY_LEAVE
) -> Policy:
    return operations.policies.create_policy(
        actor=an_actor(organization), name=name, policy_type=policy_type, content=content
    )


def switched_on(organization: Organization, policy_type: str = SCP) -> None:
    root_id = organization.root.pk
    operations.policy_types.enable_policy_type(
        actor=an_actor(organization), root_id=root_id, policy_type=policy_type
    )
    operations.policy_types.finish_policy_type_switches(root_id)


def hang(organization: Organization, policy: Policy, *, number: int = 1) -> Attachment:
    """An attachment to the root that no operation has allowed."""
    return Attachment.objects.create(
        organization=organization,
        policy=policy,
        unit=organization.root,
        place=number,
        attached_at=organization.created_at,
    )


def several(organization: Organization, count: int, **facts) -> None:
    for number in range(count):
        hang(organization, a_policy(organization, f"P{number}", **facts), number=number)


def break_i7_by_a_policy_of_strangers(organization: Organization) -> None:
    switched_on(organization)
    theirs = a_policy(make_organization()[0])
    unguarded("orgs_attachment", "policy_id")
    hang(organization, theirs)


def break_i7_by_an_entity_of_strangers(organization: Organization) -> None:
    switched_on(organization)
    stranger, _actor = make_organization()
    attachment = hang(organization, a_policy(organization))
    unguarded("orgs_attachment", "unit_id")
    Attachment.objects.filter(pk=attachment.pk).update(unit=stranger.root)


def break_i7_by_a_text_of_strangers(organization: Organization) -> None:
    a_policy(organization)
    unguarded("orgs_policyversion", "policy_id")
    PolicyVersion.objects.update(organization=make_organization()[0])


def break_i7_by_a_tag_policy_on_trial(organization: Organization) -> None:
    a_policy(organization, policy_type=TAG_POLICY, content=COST)
    Policy.objects.custom().update(is_dry_run=True)


def break_i7_by_a_tag_on_a_policy_of_strangers(organization: Organization) -> None:
    theirs = a_policy(make_organization()[0])
    unguarded("orgs_tag", "policy_id")
    Tag.objects.create(organization=organization, policy=theirs, key="k", value="")


def break_i8_by_an_entity_with_none(organization: Organization) -> None:
    switched_on(organization)
    Attachment.objects.filter(unit__name="Sales").delete()


def break_i8_by_one_too_many(organization: Organization) -> None:
    switched_on(organization)
    several(organization, 5)


def break_i8_by_one_tag_policy_too_many(organization: Organization) -> None:
    switched_on(organization, TAG_POLICY)
    several(organization, 11, policy_type=TAG_POLICY, content=COST)


def break_i8_by_what_is_off(organization: Organization) -> None:
    hang(organization, a_policy(organization))


def break_i8_by_a_tag_policy_that_is_off(organization: Organization) -> None:
    switched_on(organization)
    hang(organization, a_policy(organization, policy_type=TAG_POLICY, content=COST))


def break_i11_by_a_switch_that_nobody_ends(organization: Organization) -> None:
    operations.policy_types.enable_policy_type(
        actor=an_actor(organization), root_id=organization.root.pk, policy_type=SCP
    )
    Job.objects.all().delete()


def break_i11_by_a_dry_run_that_nobody_ends(organization: Organization) -> None:
    switch_on_scps(organization)
    operations.dry_runs.update_dry_run_configuration(
        actor=an_actor(organization),
        root_id=organization.root.pk,
        policy_type=SCP,
        status="enabled",
        bucket_name="logs",
        region_id="eu-1",
        agency_name="Writer",
    )
    Job.objects.all().delete()


def break_i11_by_a_dry_run_without_its_policies(organization: Organization) -> None:
    DryRunConfiguration.objects.create(
        organization=organization,
        state="enabled",
        created_at=organization.created_at,
        updated_at=organization.created_at,
    )


def switch_on_scps(organization: Organization) -> None:
    operations.policy_types.enable_policy_type(
        actor=an_actor(organization), root_id=organization.root.pk, policy_type=SCP
    )
    operations.policy_types.finish_policy_type_switches(organization.root.pk)


def break_i12_by_policies(organization: Organization) -> None:
    now = organization.created_at
    facts = {"organization": organization, "policy_type": SCP, "content": "{}"}
    many = [
        Policy(**facts, name=f"p{number}", name_key=f"p{number}", created_at=now, updated_at=now)
        for number in range(1_001)
    ]
    Policy.objects.bulk_create(many)
    PolicyVersion.objects.bulk_create(
        PolicyVersion(organization=organization, policy=one, number=1, content="{}", saved_at=now)
        for one in many
    )


def break_i12_by_tags_of_a_policy(organization: Organization) -> None:
    policy = a_policy(organization)
    Tag.objects.bulk_create(
        Tag(organization=organization, policy=policy, key=f"k{number}", value="")
        for number in range(21)
    )


def break_i14_by_the_key_of_a_policy(organization: Organization) -> None:
    a_policy(organization)
    Policy.objects.custom().update(name_key="STAY")


def break_i14_by_the_name_of_a_built_in_policy(organization: Organization) -> None:
    a_policy(organization)
    Policy.objects.custom().update(name="FullAccess", name_key="fullaccess")


def break_i15_by_a_text_nobody_saved(organization: Organization) -> None:
    a_policy(organization)
    Policy.objects.custom().update(content=DENY_LEAVE + " ")


def break_i15_by_a_version_that_is_missing(organization: Organization) -> None:
    policy = a_policy(organization)
    operations.policies.update_policy(
        actor=an_actor(organization), policy_id=policy.pk, content=DENY_LEAVE + " "
    )
    PolicyVersion.objects.filter(number=2).delete()


def break_i15_by_a_policy_without_version(organization: Organization) -> None:
    a_policy(organization)
    PolicyVersion.objects.all().delete()


def break_i15_by_a_version_of_what_is_built_in(organization: Organization) -> None:
    a_policy(organization)
    builtin = Policy.objects.get(organization=None)
    unguarded("orgs_policyversion", "policy_id")
    PolicyVersion.objects.create(
        organization=organization,
        policy=builtin,
        number=1,
        content="{}",
        saved_at=organization.created_at,
    )


def test_check_integrity_finds_nothing_wrong_with_policies_in_any_state(organization):
    """On, with policies of each kind attached; on its way either way; and off again."""
    actor, root_id = an_actor(organization), organization.root.pk
    stay = a_policy(organization)
    cost = a_policy(organization, "Cost", policy_type=TAG_POLICY, content=COST)
    operations.policies.create_policy(
        actor=actor, name="Trial", policy_type=SCP, content=DENY_LEAVE, is_dry_run=True
    )
    for policy_type in (SCP, TAG_POLICY):
        switched_on(organization, policy_type)
    for policy in (stay, cost):
        operations.attachments.attach_policy(actor=actor, policy_id=policy.pk, entity_id=root_id)
    operations.policies.update_policy(
        actor=actor, policy_id=stay.pk, name="Stay here", content=DENY_LEAVE + " "
    )
    assert failing() == []

    for policy_type in (SCP, TAG_POLICY):
        operations.policy_types.disable_policy_type(
            actor=actor, root_id=root_id, policy_type=policy_type
        )
    assert failing() == []

    operations.policy_types.finish_policy_type_switches(root_id)
    operations.policy_types.enable_policy_type(actor=actor, root_id=root_id, policy_type=SCP)
    assert failing() == []


def break_i15_by_a_member_without_agency(organization: Organization) -> None:
    Agency.objects.filter(account=organization.management_account).delete()


def break_i15_by_an_agency_of_who_left(organization: Organization) -> None:
    stranger = AccountFactory()
    Agency.objects.update(account=stranger)
    account = organization.management_account
    operations.agencies.service_linked_agency(account, now=organization.created_at).save()


def break_i15_by_a_foreign_destination(organization: Organization) -> None:
    invitation = an_invitation(organization)
    unguarded("orgs_invitation", "destination_id")
    Invitation.objects.filter(pk=invitation.pk).update(destination=make_organization()[0].root)


def an_actor(organization: Organization) -> Actor:
    return actor_for(organization.management_account.users.get())


def an_invitation(organization: Organization) -> Invitation:
    return operations.invitations.invite_account(
        actor=an_actor(organization), target_type="account", target=AccountFactory().pk
    )


def a_creation(organization: Organization) -> CreationRequest:
    return operations.creations.create_account(actor=an_actor(organization), name="brand-new")


def a_closing(organization: Organization) -> ClosingRequest:
    account = AccountFactory(member_of=organization.root)
    return operations.closings.close_account(actor=an_actor(organization), account_id=account.pk)


def unchecked(table: str, constraint: str) -> None:
    """Take a constraint away, so that what it forbids can be written."""
    with connection.cursor() as cursor:
        if constraint.startswith("one_"):  # of some rows, and so an index
            cursor.execute(f"DROP INDEX {constraint}")
        elif connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")


def unguarded(table: str, column: str) -> None:
    """The same of a trigger."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s",
                [f"{table}_{column}%"],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")


@pytest.fixture(autouse=True)
def checks_come_back(db):
    yield
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def break_i11_by_a_revived_invitation(organization: Organization) -> None:
    invitation = an_invitation(organization)
    operations.invitations.cancel_invitation(
        actor=an_actor(organization), invitation_id=invitation.pk
    )
    unchecked("orgs_invitation", "invitation_ends_once")
    Invitation.objects.update(state="pending")


def break_i11_by_an_expiry_at_another_time(organization: Organization) -> None:
    an_invitation(organization)
    Invitation.objects.update(state="expired", updated_at=organization.created_at)


def break_i11_by_an_open_invitation_of_nobody(organization: Organization) -> None:
    an_invitation(make_organization()[0])
    gone = Invitation.objects.get().organization
    Organization.objects.filter(pk=gone.pk).update(deleted_at=gone.created_at)
    Account.objects.filter(organization=gone).update(
        organization=None, unit=None, join_method=None, joined_at=None
    )
    gone.root.delete()
    Agency.objects.filter(account=gone.management_account).delete()
    gone.group_grants.all().delete()


def break_i11_by_an_account_of_a_running_creation(organization: Organization) -> None:
    a_creation(organization)
    unchecked("orgs_creationrequest", "creation_ends_whole")
    CreationRequest.objects.update(account=organization.management_account)


def break_i11_by_a_creation_that_nobody_ends(organization: Organization) -> None:
    a_creation(organization)
    Job.objects.update(state="dead")


def break_i11_by_an_account_that_goes_on(organization: Organization) -> None:
    closing = a_closing(organization)
    Account.objects.filter(pk=closing.account_id).update(status="active")


def break_i11_by_an_account_closed_by_nobody(organization: Organization) -> None:
    AccountFactory(member_of=organization.root, status="pending_closure")


def break_i11_by_a_closing_that_nobody_ends(organization: Organization) -> None:
    a_closing(organization)
    Job.objects.all().delete()


@pytest.mark.parametrize(
    ("break_it", "names"),
    [
        (break_i7_by_a_policy_of_strangers, ["I7"]),
        (break_i7_by_an_entity_of_strangers, ["I7"]),
        (break_i7_by_a_text_of_strangers, ["I7"]),
        (break_i7_by_a_tag_policy_on_trial, ["I7"]),
        (break_i7_by_a_tag_on_a_policy_of_strangers, ["I7"]),
        (break_i8_by_an_entity_with_none, ["I8"]),
        (break_i8_by_one_too_many, ["I8"]),
        (break_i8_by_one_tag_policy_too_many, ["I7", "I8"]),
        (break_i8_by_what_is_off, ["I8"]),
        (break_i8_by_a_tag_policy_that_is_off, ["I8"]),
        (break_i10, ["I10"]),
        (break_i11_by_a_switch_that_nobody_ends, ["I11"]),
        (break_i11_by_a_dry_run_that_nobody_ends, ["I11"]),
        (break_i11_by_a_dry_run_without_its_policies, ["I11"]),
        (break_i11_by_a_revived_invitation, ["I11"]),
        (break_i11_by_an_expiry_at_another_time, ["I11"]),
        (break_i11_by_an_open_invitation_of_nobody, ["I11"]),
        (break_i11_by_an_account_of_a_running_creation, ["I11"]),
        (break_i11_by_a_creation_that_nobody_ends, ["I11"]),
        (break_i11_by_an_account_that_goes_on, ["I11"]),
        (break_i11_by_an_account_closed_by_nobody, ["I11"]),
        (break_i11_by_a_closing_that_nobody_ends, ["I11"]),
        (break_i15_by_a_member_without_agency, ["I15"]),
        (break_i15_by_an_agency_of_who_left, ["I15"]),
        (break_i15_by_a_foreign_destination, ["I15"]),
        (break_i1, ["I1", "I6"]),
        (break_i2, ["I2", "I3"]),
        (break_i6, ["I6"]),
        (break_i12, ["I12"]),
        (break_i12_by_policies, ["I12"]),
        (break_i12_by_tags_of_a_policy, ["I12"]),
        (break_i13, ["I13"]),
        (break_i14, ["I14"]),
        (break_i14_by_the_key_of_a_policy, ["I14"]),
        (break_i14_by_the_name_of_a_built_in_policy, ["I14"]),
        (break_i15_by_a_text_nobody_saved, ["I15"]),
        (break_i15_by_a_version_that_is_missing, ["I15"]),
        (break_i15_by_a_policy_without_version, ["I15"]),
        (break_i15_by_a_version_of_what_is_built_in, ["I7", "I15"]),
        (break_i15, ["I6", "I15"]),
    ],
)
def test_check_integrity_names_the_invariant_that_is_broken(organization, break_it, names):
    break_it(organization)

    assert failing() == names


def test_broken_chains_finds_nothing_in_an_untouched_log(organization):
    assert list(broken_chains()) == []


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        (
            lambda: Event.objects.filter(number=2).update(actor_username="mallory"),
            "event 2 was altered",
        ),
        (
            lambda: EventTarget.objects.filter(event__number=3).update(entity_name="x"),
            "event 3 was altered",
        ),
        (
            lambda: (
                EventTarget.objects.filter(event__number=4).delete(),
                Event.objects.filter(number=4).delete(),
            ),
            "the last events are missing; 4 expected, 3 found",
        ),
        (
            lambda: (
                EventTarget.objects.filter(event__number=2).delete(),
                Event.objects.filter(number=2).delete(),
            ),
            "event 2 is missing",
        ),
    ],
)
def test_broken_chains_names_the_event_that_does_not_fit(organization, alter, said):
    alter()

    assert list(broken_chains()) == [f"{organization.pk}: {said}"]


def test_the_check_reads_no_more_statements_for_more_units(organization, django_assert_num_queries):
    expected = 56 if connection.vendor == "sqlite" else 55
    with django_assert_num_queries(expected):
        check_integrity()
    for number in range(20):
        UnitFactory(
            parent=OrganizationalUnit.objects.get(pk=organization.root.pk), name=f"U{number}"
        )
    with django_assert_num_queries(expected):
        check_integrity()
