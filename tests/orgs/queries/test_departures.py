"""What stands in the way of an account's going and what it means, all of it, before anything is asked."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orgs import errors
from orgs.models import Account, AccountStatus
from orgs.operations.access_keys import make_access_key
from orgs.operations.creations import create_account
from orgs.operations.departures import remove_account
from orgs.operations.tags import tag_resource
from orgs.queries.departures import get_closing, get_removal
from tests.factories import AccountFactory, actor_for, make_administrator, make_organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def founded():
    return make_organization()


@pytest.fixture
def organization(founded):
    return founded[0]


@pytest.fixture
def manager(founded):
    return founded[1]


@pytest.fixture
def member(organization):
    return AccountFactory(member_of=organization.root)


def make_full(account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(
        is_converted=True, created_at=timezone.now() - timedelta(days=8)
    )


def kinds(standing) -> list[type]:
    return [type(obstacle) for obstacle in standing.obstacles]


@pytest.mark.parametrize("query", [get_removal, get_closing])
def test_only_the_management_account_asks_and_only_of_its_own(organization, member, manager, query):
    with pytest.raises(errors.NotManagementOrDelegated):
        query(actor=actor_for(make_administrator(member)), account_id=member.pk)
    stranger = AccountFactory()
    with pytest.raises(errors.AccountNotFound):
        query(actor=manager, account_id=stranger.pk)


def test_r_acc_40_every_obstacle_to_removing_is_told(manager, organization, member, settings):
    settings.REMOVALS = 0
    Account.objects.filter(pk=member.pk).update(status=AccountStatus.PENDING_CLOSURE)

    removal = get_removal(actor=manager, account_id=member.pk)

    assert kinds(removal.standing) == [
        errors.AccountNotActive,
        errors.AccountStandaloneInfoMissing,
        errors.AccountRemoveRate,
    ]
    of_manager = get_removal(actor=manager, account_id=organization.management_account_id)
    assert kinds(of_manager.standing)[0] == errors.CannotLeaveManagementOrDelegated


def test_r_org_13_what_is_missing_to_stand_alone_is_told(manager, run_jobs):
    create_account(actor=manager, name="brand-new")
    run_jobs()
    account = Account.objects.get(name="brand-new")

    standing = get_removal(actor=manager, account_id=account.pk).standing

    assert (standing.is_full, standing.is_created) == (False, True)
    assert standing.old_enough_at == account.created_at + timedelta(days=7)
    make_full(account)
    standing = get_removal(actor=manager, account_id=account.pk).standing
    assert (standing.is_full, standing.old_enough_at, standing.obstacles) == (True, None, ())


def test_r_org_16_what_removing_touches_is_told(manager, run_jobs):
    create_account(actor=manager, name="brand-new", tags=[("a", "1"), ("b", "2")], agency_name="In")
    run_jobs()
    account = Account.objects.get(name="brand-new")
    user = make_administrator(account)
    make_access_key(user)

    standing = get_removal(actor=manager, account_id=account.pk).standing

    assert (standing.tags, standing.entry, standing.users, standing.access_keys) == (2, "In", 1, 1)
    assert standing.service_agencies == ("ServiceLinkedAgencyForOrganizations",)


def test_r_org_16_the_agency_of_another_management_account_is_no_entry(
    manager, organization, run_jobs
):
    create_account(actor=manager, name="brand-new")
    run_jobs()
    account = Account.objects.get(name="brand-new")
    account.agencies.filter(service="").update(trusted_account=AccountFactory())

    assert get_removal(actor=manager, account_id=account.pk).standing.entry == ""


def test_r_acc_41_the_budget_of_removing(manager, organization, member, settings):
    gone = AccountFactory(member_of=organization.root)
    make_full(gone)
    make_full(member)
    remove_account(actor=manager, account_id=gone.pk)

    removal = get_removal(actor=manager, account_id=member.pk)

    assert (removal.budget.used, removal.budget.limit, removal.budget.next_at) == (1, 5, None)
    settings.REMOVALS = 1
    removal = get_removal(actor=manager, account_id=member.pk)
    departed_at = organization.departures.get().departed_at
    assert removal.budget.next_at == departed_at + timedelta(days=1)
    assert kinds(removal.standing) == [errors.AccountRemoveRate]


def test_r_clo_every_obstacle_to_closing_is_told(manager, organization, member, settings):
    settings.UNPAID_RESOURCES = "tests.orgs.queries.test_departures.is_unpaid"
    settings.CLOSINGS_LEAST = 0
    make_full(member)

    closing = get_closing(actor=manager, account_id=member.pk)

    assert kinds(closing.standing) == [
        errors.CannotCloseInvited,
        errors.CannotCloseUnpaid,
        errors.CloseQuotaExceeded,
    ]
    of_manager = get_closing(actor=manager, account_id=organization.management_account_id)
    assert kinds(of_manager.standing)[0] == errors.CannotCloseManagement


def is_unpaid(_account) -> bool:
    return True


def test_r_clo_8_the_budget_of_closing(manager, member):
    closing = get_closing(actor=manager, account_id=member.pk)

    assert closing.standing.obstacles == ()
    assert (closing.budget.in_window.used, closing.budget.in_window.limit) == (0, 10)
    assert (closing.budget.closing, closing.budget.at_once) == (0, 3)
    assert closing.listed_for == timedelta(days=90)


def test_asking_changes_nothing(manager, member, organization):
    tag_resource(actor=manager, resource_id=member.pk, tags=[("a", "1")])
    version = organization.events.count()
    get_removal(actor=manager, account_id=member.pk)
    get_closing(actor=manager, account_id=member.pk)
    assert organization.events.count() == version
