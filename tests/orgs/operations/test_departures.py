"""R-ORG-12 to R-ORG-18, R-ACC-40 to R-ACC-42: leaving, and being removed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orgs import access, departures, errors, operations, quotas
from orgs.actor import Actor
from orgs.models import (
    Account,
    AccountStatus,
    AgencyKind,
    Departure,
    DepartureKind,
    Event,
    Organization,
    PolicyType,
    Role,
)
from orgs.operations.departures import leave_organization, remove_account
from orgs.queries.integrity import check_integrity
from tests.digest import digest_of_database
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)

pytestmark = pytest.mark.django_db

OLD = timedelta(days=8)
WAYS = ["leave", "remove"]


@pytest.fixture
def organization() -> Organization:
    return make_organization()[0]


@pytest.fixture
def manager(organization) -> Actor:
    return actor_for(organization.management_account.users.get())


def a_member(organization: Organization, **facts) -> Account:
    """One that could stand alone, unless the facts say otherwise."""
    wanted = {"member_of": organization.root, "created_at": timezone.now() - OLD} | facts
    return AccountFactory(**wanted)


def go(way: str, manager: Actor, account: Account) -> None:
    if way == "remove":
        remove_account(actor=manager, account_id=account.pk)
    else:
        user = account.users.first() or make_administrator(account)
        leave_organization(actor=actor_for(user))


def refused(condition, way: str, manager: Actor, account: Account):
    """The refusal; nothing is written."""
    if way == "leave" and not account.users.exists():
        make_administrator(account)
    before = digest_of_database()
    with pytest.raises(condition) as refusal:
        go(way, manager, account)
    assert digest_of_database() == before
    return refusal.value


@pytest.mark.parametrize("way", WAYS)
def test_r_org_12_and_r_acc_40_the_management_account_stays(manager, organization, way):
    refused(errors.CannotLeaveManagementOrDelegated, way, manager, organization.management_account)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("facts", "age", "may_go"),
    [
        ({}, timedelta(days=8), True),
        ({}, timedelta(days=7), False),
        ({}, timedelta(days=6), False),
        ({"is_resource_account": True}, OLD, False),
        ({"is_resource_account": True, "is_converted": True}, OLD, True),
        ({"is_resource_account": True, "is_converted": True}, timedelta(days=1), False),
        ({"join_method": "invited"}, timedelta(days=1), True),
        ({"join_method": "invited", "is_resource_account": True}, OLD, False),
        (
            {"join_method": "invited", "is_resource_account": True, "is_converted": True},
            timedelta(days=1),
            True,
        ),
    ],
)
def test_r_org_13_the_stand_alone_test(way, facts, age, may_go, clock):
    organization, manager = make_organization()
    account = a_member(organization, created_at=clock.at - age, **facts)
    if may_go:
        go(way, manager, account)
        assert Account.objects.get(pk=account.pk).stands_alone
    else:
        refused(errors.AccountStandaloneInfoMissing, way, manager, account)


@pytest.mark.parametrize("way", WAYS)
def test_r_org_14_the_test_may_be_switched_off(manager, organization, settings, way):
    settings.STANDALONE_TEST = False
    account = a_member(organization, is_resource_account=True, created_at=timezone.now())

    go(way, manager, account)

    assert Account.objects.get(pk=account.pk).stands_alone


def test_r_org_14_converted_is_said_by_the_operator_once(organization):
    account = a_member(organization, is_resource_account=True)
    for _ in range(2):
        operations.accounts.convert_account(actor=Actor.operator("olga"), account_id=account.pk)

    account.refresh_from_db()
    assert (account.is_resource_account, account.is_converted) == (True, True)
    event = organization.events.get(kind="convertAccount")
    assert (event.is_operator, event.actor_username) == (True, "olga")


def test_r_org_14_of_an_account_that_stands_alone_as_well():
    account = AccountFactory(is_resource_account=True)
    operations.accounts.convert_account(actor=Actor.operator("olga"), account_id=account.pk)
    assert account.events.get().kind == "convertAccount"


def test_r_org_15_who_is_being_closed_or_closed_is_not_removed(manager, organization):
    for status in (AccountStatus.PENDING_CLOSURE, AccountStatus.SUSPENDED):
        account = a_member(organization, status=status)
        refused(errors.AccountNotActive, "remove", manager, account)
        refused(errors.CallerAccountClosed, "leave", manager, account)  # R-CLO-11 is asked first


@pytest.mark.parametrize("way", WAYS)
def test_r_org_16_policies_and_their_questions_go_with_the_membership(
    manager, organization, way, run_jobs
):
    account = a_member(organization)
    root_id, scp = organization.root.pk, PolicyType.SERVICE_CONTROL_POLICY
    operations.policy_types.enable_policy_type(actor=manager, root_id=root_id, policy_type=scp)
    run_jobs()
    policy = operations.policies.create_policy(
        actor=manager,
        name="No servers",
        policy_type=scp,
        content='{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["ecs:*:*"]}]}',
    )
    operations.attachments.attach_policy(actor=manager, policy_id=policy.pk, entity_id=account.pk)
    operations.policy_tests.create_policy_test(
        actor=manager,
        policy_id=policy.pk,
        name="Not even here",
        action="ecs:cloudServers:list",
        is_allowed=False,
        account_id=account.pk,
    )

    go(way, manager, account)

    assert account.attachments.count() == 0
    assert policy.tests.count() == 0
    assert [row.name for row in check_integrity() if not row.holds] == []


@pytest.mark.parametrize("way", WAYS)
def test_r_org_16_what_goes_and_what_stays(manager, organization, way, run_jobs, settings):
    settings.STANDALONE_TEST = False
    operations.creations.create_account(actor=manager, name="brand-new", tags=[("team", "a")])
    run_jobs()
    account = Account.objects.get(name="brand-new")
    owner = make_administrator(account)
    root = organization.root

    go(way, manager, account)

    account.refresh_from_db()
    assert (account.organization, account.unit, account.join_method, account.joined_at) == (
        None,
        None,
        None,
        None,
    )
    assert account.status == AccountStatus.ACTIVE
    assert account.tags.count() == 0
    agency = account.agencies.get()
    assert (agency.kind, agency.trusted_account) == (
        AgencyKind.ACCOUNT_ACCESS,
        organization.management_account,
    )
    assert access.permissions_of(actor_for(owner), organization) == frozenset()
    event = organization.events.latest("number")
    assert event.kind == {"leave": "leaveOrganization", "remove": "removeAccount"}[way]
    target = event.targets.get()
    assert target.after is None
    assert target.before == {
        "parent_id": root.pk,
        "name": "brand-new",
        "join_method": "created",
        "status": "active",
        "tags": {"team": "a"},
    }


@pytest.mark.parametrize("way", WAYS)
def test_r_org_17_who_comes_again_starts_without_tags(manager, organization, way):
    account = a_member(organization)
    owner = make_administrator(account)
    operations.tags.tag_resource(actor=manager, resource_id=account.pk, tags=[("team", "a")])
    go(way, manager, account)

    invitation = operations.invitations.invite_account(
        actor=manager, target_type="account", target=account.pk
    )
    operations.invitations.accept_invitation(actor=actor_for(owner), invitation_id=invitation.pk)

    account.refresh_from_db()
    assert (account.organization, account.join_method) == (organization, "invited")
    assert account.tags.count() == 0
    assert account.agencies.get().kind == AgencyKind.SERVICE_LINKED


@pytest.mark.parametrize("way", WAYS)
def test_r_org_18_the_time_in_the_organization_stays_known(manager, organization, way, clock):
    account = a_member(organization)
    joined = account.joined_at

    go(way, manager, account)

    departure = organization.departures.get()
    assert (departure.account, departure.account_name) == (account, account.name)
    assert departure.kind == {"leave": "left", "remove": "removed"}[way]
    assert (departure.join_method, departure.joined_at) == ("created", joined)
    assert departure.departed_at == clock.at


def test_leaving_is_for_administrators_of_an_account_that_is_a_member(manager, organization):
    account = a_member(organization)
    reader = actor_for(make_administrator(account, role=Role.READER))
    alone = actor_for(make_administrator(AccountFactory()))
    before = digest_of_database()

    for actor, condition in (
        (reader, errors.PermissionDenied),
        (alone, errors.CallerNotInOrganization),
        (Actor.operator("olga"), errors.PermissionDenied),
        (Actor(account_id=None, user_id=None), errors.PermissionDenied),
    ):
        with pytest.raises(condition):
            leave_organization(actor=actor)
    assert digest_of_database() == before


def test_r_acc_41_five_removals_in_a_day_and_leaving_is_not_counted(manager, organization, clock):
    accounts = [a_member(organization) for _ in range(8)]
    go("leave", manager, accounts[0])
    for account in accounts[1:6]:
        go("remove", manager, account)
        clock.forward(hours=1)

    refusal = refused(errors.AccountRemoveRate, "remove", manager, accounts[6])

    frees = Departure.objects.filter(kind=DepartureKind.REMOVED).earliest("departed_at")
    next_at = frees.departed_at + timedelta(hours=24)
    assert refusal.facts == {
        "limit": 5,
        "hours": 24,
        "next_at": f"at {next_at:%Y-%m-%d %H:%M} UTC",
    }
    go("leave", manager, accounts[7])
    clock.at = next_at - timedelta(seconds=1)
    refused(errors.AccountRemoveRate, "remove", manager, accounts[6])
    clock.at = next_at
    go("remove", manager, accounts[6])


def test_the_budget_is_of_each_organization(manager, organization, settings):
    settings.REMOVALS = 1
    other, other_manager = make_organization()
    go("remove", manager, a_member(organization))

    go("remove", other_manager, a_member(other))

    assert [quotas.removal_budget(one).left for one in (organization, other)] == [0, 0]


def test_every_obstacle_is_told_in_the_contracts_order(organization, settings):
    settings.REMOVALS = 0
    account = organization.management_account
    account.status, account.is_resource_account = AccountStatus.SUSPENDED, True

    found = [type(one) for one in departures.obstacles_to_removing(account, organization)]

    assert found == [
        errors.CannotLeaveManagementOrDelegated,
        errors.AccountNotActive,
        errors.AccountStandaloneInfoMissing,
        errors.AccountRemoveRate,
    ]
    assert [type(one) for one in departures.obstacles_to_leaving(account, organization)] == (
        found[:3]
    )


def test_a_budget_of_nothing_says_so_without_a_time(manager, organization, settings):
    settings.REMOVALS = 0
    refusal = refused(errors.AccountRemoveRate, "remove", manager, a_member(organization))
    assert refusal.facts["next_at"] == "as soon as one of them ends"


@pytest.mark.parametrize("way", WAYS)
def test_who_has_gone_is_in_no_unit_that_could_not_be_deleted(manager, organization, way):
    unit = UnitFactory(parent=organization.root)
    account = a_member(organization, member_of=unit)

    go(way, manager, account)

    operations.units.delete_organizational_unit(actor=manager, unit_id=unit.pk)
    assert Event.objects.latest("pk").kind == "deleteOrganizationalUnit"
