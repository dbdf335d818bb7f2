"""R-ACC-10 to R-ACC-23: an account is asked for, and made a little later."""

import pytest
from django.utils import timezone

from orgs import errors, hooks, operations
from orgs.actor import Actor
from orgs.models import (
    Account,
    AccountStatus,
    Agency,
    AgencyKind,
    CreationRequest,
    CreationState,
    Event,
    FailureReason,
    JobState,
    Organization,
)
from orgs.operations.creations import create_account, create_resource_account
from tests.digest import digest_of_database
from tests.factories import AccountFactory, UnitFactory, actor_for, make_organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization() -> Organization:
    return make_organization()[0]


@pytest.fixture
def manager(organization) -> Actor:
    return actor_for(organization.management_account.users.get())


def refuse_the_phone(_request):
    raise hooks.HookFailure(FailureReason.INVALID_PHONE, "no such prefix")


def test_r_acc_10_a_request_runs_until_the_account_is_there(manager, run_jobs):
    request = create_account(actor=manager, name="brand-new", email="new@example.com")
    assert (request.state, request.account, request.completed_at) == ("in_progress", None, None)
    assert not Account.objects.filter(name="brand-new").exists()

    run_jobs()

    request.refresh_from_db()
    assert request.state == CreationState.SUCCEEDED
    assert request.completed_at is not None
    account = Account.objects.get(name="brand-new")
    assert request.account == account
    assert account.email == "new@example.com"


def test_r_acc_20_success_in_one_step(manager, organization, run_jobs):
    create_account(
        actor=manager, name="brand-new", tags=[("team", "a")], agency_name="Way.In", description="d"
    )
    run_jobs()

    account = Account.objects.get(name="brand-new")
    assert (account.status, account.join_method) == (AccountStatus.ACTIVE, "created")
    assert (account.organization, account.unit) == (organization, organization.root)
    assert account.is_resource_account
    assert account.description == "d"
    assert list(account.tags.values_list("key", "value")) == [("team", "a")]
    agencies = {agency.kind: agency for agency in account.agencies.all()}
    assert agencies[AgencyKind.SERVICE_LINKED].service == "service.Organizations"
    assert agencies[AgencyKind.ACCOUNT_ACCESS].name == "Way.In"
    assert agencies[AgencyKind.ACCOUNT_ACCESS].trusted_account == organization.management_account
    assert [event.kind for event in Event.objects.order_by("number")][-2:] == [
        "createAccount",
        "finishAccountCreation",
    ]


def test_r_acc_21_the_agency_has_a_name_by_default(manager, run_jobs):
    create_resource_account(actor=manager, name="brand-new")
    run_jobs()

    names = Agency.objects.filter(kind=AgencyKind.ACCOUNT_ACCESS).values_list("name", flat=True)
    assert list(names) == ["OrganizationAccountAccessAgency"]


def test_r_acc_11_a_failed_request_leaves_nothing_behind(manager, run_jobs, settings):
    settings.ACCOUNT_PROVIDER = "tests.orgs.operations.test_creations.refuse_the_phone"
    accounts = Account.objects.count()
    request = create_account(actor=manager, name="brand-new", tags=[("a", "b")])
    run_jobs()

    request.refresh_from_db()
    assert (request.state, request.failure_reason, request.failure_detail) == (
        "failed",
        "INVALID_PHONE",
        "no such prefix",
    )
    assert Account.objects.count() == accounts


def test_r_acc_12_five_at_once(manager):
    for number in range(5):
        create_account(actor=manager, name=f"account-new-{number}")
    before = digest_of_database()
    with pytest.raises(errors.AccountCreateConcurrency):
        create_account(actor=manager, name="one-too-many")
    assert digest_of_database() == before


def test_r_acc_13_running_creations_count_against_the_quota(manager, organization, settings):
    settings.ACCOUNT_QUOTA = 2
    create_account(actor=manager, name="fits-in")
    before = digest_of_database()
    with pytest.raises(errors.AccountQuotaExceeded) as refusal:
        create_account(actor=manager, name="one-too-many")
    assert refusal.value.facts == {"limit": 2, "wanted": 3}
    assert digest_of_database() == before


@pytest.mark.parametrize("field", ["email", "phone"])
def test_r_acc_14_an_installation_may_want_a_contact(manager, settings, field):
    settings.CONTACTS_DEMANDED = [field]
    before = digest_of_database()
    with pytest.raises(errors.InvalidParameter) as refusal:
        create_account(actor=manager, name="brand-new")
    assert refusal.value.field == field
    assert digest_of_database() == before
    assert create_resource_account(actor=manager, name="brand-new").state == "in_progress"


@pytest.mark.parametrize(("field", "value"), [("email", "a@"), ("phone", "12 34")])
def test_r_acc_15_a_contact_has_to_be_valid(manager, field, value):
    before = digest_of_database()
    with pytest.raises(errors.InvalidParameter) as refusal:
        create_account(actor=manager, **{"name": "brand-new", field: value})
    assert refusal.value.field == field
    assert digest_of_database() == before


@pytest.mark.parametrize(("field", "value"), [("email", "a@example.com"), ("phone", "12345")])
@pytest.mark.parametrize("status", AccountStatus.values)
def test_r_acc_15_a_contact_is_of_one_account_closed_or_not(manager, field, value, status):
    AccountFactory(email="a@example.com", phone="12345", status=status)
    before = digest_of_database()
    with pytest.raises(errors.AccountConflict) as refusal:
        create_account(actor=manager, **{"name": "brand-new", field: value})
    assert refusal.value.facts["field"] == field
    assert digest_of_database() == before


@pytest.mark.parametrize(
    ("field", "value"), [("name", "Taken-Name"), ("email", "a@example.com"), ("phone", "12345")]
)
def test_r_acc_16_what_is_taken_is_refused_at_once(manager, field, value):
    AccountFactory(name="taken-name", email="a@example.com", phone="12345")
    before = digest_of_database()
    with pytest.raises(errors.AccountConflict) as refusal:
        create_account(actor=manager, **{"name": "brand-new", field: value})
    assert refusal.value.facts["field"] == field
    assert digest_of_database() == before


def test_r_acc_16_what_a_running_creation_of_another_organization_takes(manager):
    create_account(actor=make_organization()[1], name="brand-new")
    before = digest_of_database()
    with pytest.raises(errors.AccountConflict):
        create_account(actor=manager, name="Brand-New")
    assert digest_of_database() == before


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("name", "brand-new", "NAME_ALREADY_EXISTS"),
        ("email", "a@example.com", "EMAIL_ALREADY_EXISTS"),
        ("phone", "12345", "PHONE_ALREADY_EXISTS"),
    ],
)
def test_r_acc_16_what_shows_only_later_fails_the_request(manager, run_jobs, field, value, reason):
    request = create_account(actor=manager, name="brand-new", email="a@example.com", phone="12345")
    AccountFactory(**{field: value})
    run_jobs()

    request.refresh_from_db()
    assert (request.state, request.failure_reason) == ("failed", reason)


def test_r_acc_19_it_lands_under_the_root(manager, organization, run_jobs):
    UnitFactory(parent=organization.root)
    create_resource_account(actor=manager, name="brand-new")
    run_jobs()
    assert Account.objects.get(name="brand-new").unit == organization.root


def test_an_account_may_be_wanted_in_a_unit(manager, organization, run_jobs):
    unit = UnitFactory(parent=organization.root)
    create_account(actor=manager, name="brand-new", destination_parent_id=unit.pk)
    run_jobs()
    assert Account.objects.get(name="brand-new").unit == unit


def test_a_unit_that_is_gone_meanwhile_leaves_the_root(manager, organization, run_jobs):
    unit = UnitFactory(parent=organization.root)
    create_account(actor=manager, name="brand-new", destination_parent_id=unit.pk)
    operations.units.delete_organizational_unit(actor=manager, unit_id=unit.pk)
    run_jobs()
    assert Account.objects.get(name="brand-new").unit == organization.root


def test_r_org_9_a_running_creation_keeps_the_organization(manager, run_jobs):
    create_account(actor=manager, name="brand-new")
    with pytest.raises(errors.OrganizationNotEmpty):
        operations.organizations.delete_organization(actor=manager)


def test_r_acc_23_requests_are_kept_and_then_forgotten(manager, run_jobs):
    create_account(actor=manager, name="brand-new")
    assert operations.creations.purge_creations(ended_before=timezone.now()) == 0
    run_jobs()
    assert operations.creations.purge_creations(ended_before=timezone.now()) == 1
    assert not CreationRequest.objects.exists()


def test_p11_a_provider_that_breaks_is_asked_again_and_then_given_up(
    manager, organization, run_jobs, settings
):
    settings.ACCOUNT_PROVIDER = "tests.orgs.operations.test_creations.no_such_function"
    settings.JOB_ATTEMPTS = 3
    request = create_account(actor=manager, name="brand-new")
    run_jobs(times=3)

    request.refresh_from_db()
    assert (request.state, request.failure_reason) == ("failed", "INTERNAL_FAILURE")
    job = organization.jobs.get()
    assert (job.state, job.attempts) == (JobState.DEAD, 3)
    assert "ImportError" in job.problem
