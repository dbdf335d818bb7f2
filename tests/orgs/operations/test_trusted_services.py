"""R-TS: trusting services, and no longer; what that means in the accounts, and who is told of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orgs import errors, hooks, operations
from orgs.actor import Actor
from orgs.models import (
    Account,
    Agency,
    AgencyKind,
    IntegrableService,
    Job,
    JobState,
    Organization,
    TrustedService,
)
from orgs.operations.delegated_administrators import register_delegated_administrator
from orgs.operations.trusted_services import disable_trusted_service, enable_trusted_service
from orgs.permissions import READER
from orgs.queries.integrity import check_integrity
from orgs.queries.trusted_services import list_trusted_services
from tests.digest import digest_of_database
from tests.factories import AccountFactory, UnitFactory, actor_for, make_organization

pytestmark = pytest.mark.django_db

CTS, CONFIG = "service.CTS", "service.RMSMultiAccountSetup"
HERE = "tests.orgs.operations.test_trusted_services"
told: list[hooks.Notice] = []


@pytest.fixture(autouse=True)
def nothing_told_yet():
    told.clear()


@pytest.fixture
def organization() -> Organization:
    return make_organization("harbour-group")[0]


@pytest.fixture
def manager(organization) -> Actor:
    return actor_for(organization.management_account.users.get())


def trusted(organization: Organization) -> list[str]:
    return sorted(organization.trusted_services.values_list("service", flat=True))


def services_in(account: Account) -> list[str]:
    linked = account.agencies.filter(kind=AgencyKind.SERVICE_LINKED)
    return sorted(linked.values_list("service", flat=True))


def test_r_ts_2_enable_keeps_the_time_and_records_the_vendors_event(organization, manager, clock):
    enable_trusted_service(actor=manager, service_principal=CTS)

    assert list(organization.trusted_services.values_list("service", "enabled_at")) == [
        (CTS, clock())
    ]
    event = organization.events.order_by("-number")[0]
    assert event.kind == "enableTrustedService"
    assert list(event.targets.values_list("entity_type", "entity_id", "entity_name", "after")) == [
        ("trusted_service", CTS, "Cloud Trace Service", {"service_principal": CTS})
    ]


@pytest.mark.parametrize("principal", ["service.cts", "service.Nothing", "CTS", "*"])
def test_r_ts_2_r_ts_10_enable_refuses_what_the_catalogue_does_not_have(manager, principal):
    before = digest_of_database()

    with pytest.raises(errors.ServicePrincipalUnknown):
        enable_trusted_service(actor=manager, service_principal=principal)

    assert digest_of_database() == before


def test_r_ts_2_enable_refuses_what_is_enabled(manager):
    enable_trusted_service(actor=manager, service_principal=CTS)
    before = digest_of_database()

    with pytest.raises(errors.TrustedServiceAlreadyEnabled):
        enable_trusted_service(actor=manager, service_principal=CTS)

    assert digest_of_database() == before


def test_r_ts_3_the_service_has_its_agency_in_every_account_now_and_later(
    organization, manager, run_jobs
):
    members = [AccountFactory(member_of=organization.root) for _ in range(3)]
    alone = AccountFactory()

    enable_trusted_service(actor=manager, service_principal=CTS)
    operations.creations.create_account(actor=manager, name="comes-later")
    run_jobs()

    later = Account.objects.get(name="comes-later")
    for account in (organization.management_account, *members, later):
        assert services_in(account) == [CTS, "service.Organizations"]
    assert Agency.objects.get(account=later, service=CTS).name == "ServiceLinkedAgencyForCTS"
    assert services_in(alone) == []
    assert [each.name for each in check_integrity() if not each.holds] == []


def test_r_ts_3_a_long_principal_has_an_agency_of_its_own(organization, manager):
    for end in "AB":
        IntegrableService.objects.create(principal="service." + "X" * 90 + end, name=end)
        enable_trusted_service(actor=manager, service_principal="service." + "X" * 90 + end)

    linked = organization.management_account.agencies.filter(service__startswith="service.X")
    agencies = list(linked.values_list("name", flat=True))
    assert len(set(agencies)) == 2
    assert {len(name) for name in agencies} == {64}


def test_r_ts_3_no_other_agency_takes_the_name_of_a_services(manager):
    with pytest.raises(errors.InvalidParameter) as refused:
        operations.creations.create_account(
            actor=manager, name="brand-new", agency_name="ServiceLinkedAgencyForCTS"
        )

    assert refused.value.field == "agency_name"


@pytest.mark.parametrize("principal", [CTS, "service.Nothing"])
def test_r_ts_4_disable_refuses_what_is_not_enabled(manager, principal):
    before = digest_of_database()

    with pytest.raises(errors.TrustedServiceNotEnabled):
        disable_trusted_service(actor=manager, service_principal=principal)

    assert digest_of_database() == before


def test_r_ts_5_disable_is_refused_while_there_are_delegated_administrators(organization, manager):
    account = AccountFactory(member_of=organization.root, name="security")
    enable_trusted_service(actor=manager, service_principal=CTS)
    register_delegated_administrator(actor=manager, account_id=account.pk, service_principal=CTS)
    before = digest_of_database()

    with pytest.raises(errors.TrustedServiceHasDelegatedAdmin, match="security"):
        disable_trusted_service(actor=manager, service_principal=CTS)

    assert digest_of_database() == before


def test_r_ts_6_disabled_it_keeps_its_agencies_and_gets_no_new_ones(
    organization, manager, run_jobs
):
    member = AccountFactory(member_of=organization.root)
    enable_trusted_service(actor=manager, service_principal=CTS)

    disable_trusted_service(actor=manager, service_principal=CTS)
    operations.creations.create_account(actor=manager, name="comes-later")
    run_jobs()

    assert trusted(organization) == []
    assert services_in(member) == [CTS, "service.Organizations"]
    assert services_in(Account.objects.get(name="comes-later")) == ["service.Organizations"]
    assert organization.events.filter(kind="disableTrustedService").count() == 1
    # Enabled again, it finds some of its agencies there.
    enable_trusted_service(actor=manager, service_principal=CTS)
    assert services_in(member) == [CTS, "service.Organizations"]
    assert services_in(Account.objects.get(name="comes-later")) == [CTS, "service.Organizations"]


def test_r_ts_8_r_org_16_who_goes_keeps_no_agency_of_a_service(organization, manager):
    member = AccountFactory(
        member_of=organization.root, created_at=timezone.now() - timedelta(days=30)
    )
    enable_trusted_service(actor=manager, service_principal=CTS)

    operations.departures.remove_account(actor=manager, account_id=member.pk)

    assert services_in(member) == []


def test_r_org_10_deleting_the_organization_disables_all_services(organization, manager):
    for principal in (CTS, CONFIG):
        enable_trusted_service(actor=manager, service_principal=principal)

    operations.organizations.delete_organization(actor=manager)

    assert TrustedService.objects.count() == 0
    assert services_in(organization.management_account) == []
    event = organization.events.order_by("-number")[0]
    services = event.targets.filter(entity_type="trusted_service").order_by("entity_id")
    assert list(services.values_list("entity_id", "after")) == [(CTS, None), (CONFIG, None)]
    assert [each.name for each in check_integrity() if not each.holds] == []


def test_r_ts_9_the_list_goes_by_principal_in_pages(organization, manager, clock):
    for principal in (CONFIG, CTS, "service.AOM"):
        enable_trusted_service(actor=manager, service_principal=principal)

    first = list_trusted_services(actor=manager, permissions=READER, limit=2)
    second = list_trusted_services(actor=manager, permissions=READER, limit=2, place=first.end)

    assert [*first.rows, *second.rows] == [
        ("service.AOM", clock()),
        (CTS, clock()),
        (CONFIG, clock()),
    ]
    assert second.end is None


def test_r_ts_9_another_organizations_services_are_not_listed(manager):
    other = make_organization()[1]
    enable_trusted_service(actor=other, service_principal=CTS)

    assert list(list_trusted_services(actor=manager, permissions=READER).rows) == []


def test_i15_a_trusted_service_stays_in_the_catalogue(manager):
    enable_trusted_service(actor=manager, service_principal=CTS)
    before = digest_of_database()

    with pytest.raises(errors.ServiceInUse):
        operations.services.delete_integrable_service(
            actor=Actor.operator("operator"), principal=CTS
        )

    assert digest_of_database() == before


@pytest.mark.parametrize("accounts", [1, 40])
def test_enabling_takes_as_many_statements_for_many_accounts(
    organization, manager, accounts, django_assert_num_queries
):
    for _ in range(accounts):
        AccountFactory(member_of=UnitFactory(parent=organization.root))

    with django_assert_num_queries(13):
        enable_trusted_service(actor=manager, service_principal=CTS)


# --- R-TS-11 ---


def remember(notice):
    told.append(notice)


def fail(_notice):
    raise OSError("away")


def test_r_ts_11_a_callback_is_told_of_enable_join_leave_and_disable(
    settings, organization, manager, run_jobs, clock
):
    settings.SERVICE_CALLBACKS = {CTS: f"{HERE}.remember", CONFIG: f"{HERE}.remember"}
    enable_trusted_service(actor=manager, service_principal=CTS)
    enable_trusted_service(actor=manager, service_principal="service.AOM")  # nobody listens for it
    assert told == []  # only after the commit, by a worker
    run_jobs()
    operations.creations.create_account(actor=manager, name="comes-later")
    run_jobs(times=2)
    account = Account.objects.get(name="comes-later")
    Account.objects.update(is_converted=True, created_at=clock() - timedelta(days=30))
    operations.departures.remove_account(actor=manager, account_id=account.pk)
    disable_trusted_service(actor=manager, service_principal=CTS)
    run_jobs()

    assert [
        (notice.happened, notice.service_principal, notice.organization_id, notice.account_ids)
        for notice in told
    ] == [
        ("enabled", CTS, organization.pk, ()),
        ("joined", CTS, organization.pk, (account.pk,)),
        ("left", CTS, organization.pk, (account.pk,)),
        ("disabled", CTS, organization.pk, ()),
    ]
    assert len({notice.id for notice in told}) == 4
    assert {notice.at for notice in told} == {clock()}


def test_r_ts_11_deleting_the_organization_is_told_as_disabling(
    settings, organization, manager, run_jobs
):
    settings.SERVICE_CALLBACKS = {CTS: f"{HERE}.remember"}
    enable_trusted_service(actor=manager, service_principal=CTS)
    operations.organizations.delete_organization(actor=manager)
    run_jobs()

    assert [notice.happened for notice in told] == ["enabled", "disabled"]


def test_r_ts_11_a_callback_that_fails_is_told_again(settings, manager, run_jobs):
    settings.SERVICE_CALLBACKS = {CTS: f"{HERE}.fail"}
    enable_trusted_service(actor=manager, service_principal=CTS)
    run_jobs()
    assert Job.objects.get(kind="tell_service").state == JobState.WAITING

    settings.SERVICE_CALLBACKS = {CTS: f"{HERE}.remember"}
    run_jobs()

    assert Job.objects.get(kind="tell_service").state == JobState.DONE
    assert [notice.happened for notice in told] == ["enabled"]


def test_r_ts_11_without_a_callback_there_is_no_job(manager):
    enable_trusted_service(actor=manager, service_principal=CTS)

    assert not Job.objects.filter(kind="tell_service").exists()
