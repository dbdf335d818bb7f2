"""R-DA: registering delegated administrators, what they may, and that they stay."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orgs import access, errors, operations, queries
from orgs.actor import Actor
from orgs.models import (
    Account,
    AccountStatus,
    DelegatedAdministrator,
    IntegrableService,
    Organization,
    Role,
)
from orgs.operations.delegated_administrators import (
    deregister_delegated_administrator,
    register_delegated_administrator,
)
from orgs.operations.trusted_services import enable_trusted_service
from orgs.permissions import DELEGATED_ADMINISTRATOR, MEMBER, READER, Permission
from orgs.queries.delegated_administrators import (
    list_delegated_administrators,
    list_delegated_services,
)
from orgs.queries.integrity import check_integrity
from tests.digest import digest_of_database
from tests.factories import AccountFactory, actor_for, make_administrator, make_organization

pytestmark = pytest.mark.django_db

CTS, CONFIG, COC = "service.CTS", "service.RMSMultiAccountSetup", "service.COC"


@pytest.fixture
def organization() -> Organization:
    return make_organization("harbour-group")[0]


@pytest.fixture
def manager(organization) -> Actor:
    actor = actor_for(organization.management_account.users.get())
    for principal in (CTS, CONFIG, COC):
        enable_trusted_service(actor=actor, service_principal=principal)
    return actor


@pytest.fixture
def account(organization) -> Account:
    """One that could go, were it no delegated administrator."""
    return AccountFactory(
        name="security",
        member_of=organization.root,
        created_at=timezone.now() - timedelta(days=30),
    )


def register(manager: Actor, account: Account, principal: str = CTS) -> None:
    register_delegated_administrator(
        actor=manager, account_id=account.pk, service_principal=principal
    )


def deregister(manager: Actor, account: Account, principal: str = CTS) -> None:
    deregister_delegated_administrator(
        actor=manager, account_id=account.pk, service_principal=principal
    )


def refused(manager: Actor, kind: type[errors.OrgsError], **given: str) -> errors.OrgsError:
    before = digest_of_database()
    with pytest.raises(kind) as refusal:
        register_delegated_administrator(actor=manager, **given)
    assert type(refusal.value) is kind
    assert digest_of_database() == before
    return refusal.value


def test_r_da_1_register_keeps_the_time_and_records_the_vendors_event(
    organization, manager, account, clock
):
    register(manager, account)

    assert list(
        organization.delegated_administrators.values_list(
            "account", "trusted_service__service", "registered_at"
        )
    ) == [(account.pk, CTS, clock())]
    event = organization.events.order_by("-number")[0]
    assert event.kind == "registerDelegatedAdministrator"
    assert list(event.targets.values_list("entity_type", "entity_id", "after")) == [
        ("account", account.pk, {"service_principal": CTS}),
        ("trusted_service", CTS, None),
    ]
    assert [each.name for each in check_integrity() if not each.holds] == []


@pytest.mark.parametrize("principal", ["service.AOM", "service.Nothing", "service.cts"])
def test_r_da_1_register_refuses_a_service_that_is_not_enabled(manager, account, principal):
    refused(
        manager,
        errors.TrustedServiceNotEnabled,
        account_id=account.pk,
        service_principal=principal,
    )


def test_r_da_1_register_refuses_a_service_that_knows_none(manager, account):
    IntegrableService.objects.filter(pk=CTS).update(supports_delegated_administrators=False)

    refused(manager, errors.DelegatedAdminUnsupported, account_id=account.pk, service_principal=CTS)


def test_r_da_1_register_refuses_an_account_that_is_no_member(manager):
    foreign = AccountFactory(member_of=make_organization()[0].root)

    for account in (AccountFactory(), foreign):
        refused(manager, errors.AccountNotFound, account_id=account.pk, service_principal=CTS)


@pytest.mark.parametrize("status", [AccountStatus.PENDING_CLOSURE, AccountStatus.SUSPENDED])
def test_r_da_1_register_refuses_an_account_that_is_not_active(manager, account, status):
    Account.objects.filter(pk=account.pk).update(status=status)

    refused(manager, errors.AccountNotActive, account_id=account.pk, service_principal=CTS)


def test_r_da_1_r_org_6_register_refuses_the_management_account(organization, manager):
    refused(
        manager,
        errors.DelegatedAdminIsManagement,
        account_id=organization.management_account_id,
        service_principal=CTS,
    )


def test_r_da_2_register_refuses_the_same_pair_again(manager, account):
    register(manager, account)

    refused(manager, errors.DelegatedAdminExists, account_id=account.pk, service_principal=CTS)


def test_r_da_3_an_account_holds_several_and_a_service_has_several(organization, manager, account):
    other = AccountFactory(member_of=organization.root)
    for each in (account, other):
        register(manager, each, CTS)
    register(manager, account, CONFIG)

    assert DelegatedAdministrator.objects.count() == 3


def test_r_da_3_the_catalogue_limits_how_many(organization, manager, account):
    register(manager, AccountFactory(member_of=organization.root), COC)

    refusal = refused(
        manager,
        errors.DelegatedAdminQuotaExceeded,
        account_id=account.pk,
        service_principal=COC,
    )
    assert refusal.facts == {"service": "Cloud Operations Center", "limit": 1, "used": 1}


def test_the_conditions_are_asked_in_the_contracts_order(organization, manager, account):
    """Each condition that is mended shows the next one."""
    given = {"account_id": "0" * 32, "service_principal": "service.AOM"}
    management = organization.management_account
    refused(manager, errors.AccountNotFound, **given)
    given["account_id"] = management.pk
    refused(manager, errors.TrustedServiceNotEnabled, **given)
    given["service_principal"] = COC
    IntegrableService.objects.filter(pk=COC).update(
        supports_delegated_administrators=False, most_delegated_administrators=None
    )
    refused(manager, errors.DelegatedAdminUnsupported, **given)
    IntegrableService.objects.filter(pk=COC).update(
        supports_delegated_administrators=True, most_delegated_administrators=1
    )
    refused(manager, errors.DelegatedAdminIsManagement, **given)
    given["account_id"] = account.pk
    register(manager, account, COC)
    Account.objects.filter(pk=account.pk).update(status=AccountStatus.SUSPENDED)
    refused(manager, errors.AccountNotActive, **given)
    Account.objects.filter(pk=account.pk).update(status=AccountStatus.ACTIVE)
    refused(manager, errors.DelegatedAdminExists, **given)
    given["account_id"] = AccountFactory(member_of=organization.root).pk
    refused(manager, errors.DelegatedAdminQuotaExceeded, **given)


@pytest.mark.parametrize("role", Role)
def test_r_da_4_the_accounts_users_see_everything_while_it_holds_a_service(
    organization, manager, account, role
):
    actor = actor_for(make_administrator(account, role=role))
    assert access.permissions_of(actor, organization) == MEMBER

    register(manager, account, CTS)
    register(manager, account, CONFIG)
    assert access.permissions_of(actor, organization) == DELEGATED_ADMINISTRATOR
    deregister(manager, account, CTS)
    assert access.permissions_of(actor, organization) == DELEGATED_ADMINISTRATOR
    deregister(manager, account, CONFIG)

    assert access.permissions_of(actor, organization) == MEMBER  # at once (R-DA-7)


def test_r_da_4_a_user_who_comes_later_sees_it_as_well(organization, manager, account):
    register(manager, account)

    actor = actor_for(make_administrator(account, role=Role.READER))

    assert access.permissions_of(actor, organization) == DELEGATED_ADMINISTRATOR


def test_r_da_6_nothing_that_changes_something_is_granted():
    views = {Permission.VIEW_ORGANIZATION, Permission.VIEW_STRUCTURE}
    assert views == DELEGATED_ADMINISTRATOR


def test_r_da_5_r_aud_5_a_delegated_administrator_sees_what_it_caused_and_no_more(
    organization, manager, account
):
    actor = actor_for(make_administrator(account))
    register(manager, account)

    part = queries.events.list_events(actor=actor)

    assert not part.is_everything
    assert list(part.rows) == []
    given = {"actor": actor, "permissions": DELEGATED_ADMINISTRATOR}
    assert list(queries.events.list_latest_events(**given, most=5)) == []


def test_r_da_7_deregister_ends_the_pair_and_records_the_vendors_event(
    organization, manager, account
):
    register(manager, account)
    deregister(manager, account)

    assert DelegatedAdministrator.objects.count() == 0
    event = organization.events.order_by("-number")[0]
    assert event.kind == "deregisterDelegatedAdministrator"
    assert list(event.targets.values_list("entity_type", "entity_id", "before")) == [
        ("account", account.pk, {"service_principal": CTS}),
        ("trusted_service", CTS, None),
    ]


def test_r_da_7_deregister_refuses_a_pair_that_is_not_there(organization, manager, account):
    other = AccountFactory(member_of=organization.root)
    foreign = AccountFactory(member_of=make_organization()[0].root)
    register(manager, account)
    before = digest_of_database()

    for account_id, principal in (
        (other.pk, CTS),
        (account.pk, CONFIG),
        (account.pk, "service.AOM"),
        (account.pk, "service.Nothing"),
        (foreign.pk, CTS),
        ("0" * 32, CTS),
    ):
        with pytest.raises(errors.DelegatedAdminNotFound):
            deregister_delegated_administrator(
                actor=manager, account_id=account_id, service_principal=principal
            )

    assert digest_of_database() == before


def test_r_da_8_r_org_12_r_clo_4_it_neither_leaves_nor_is_removed_nor_closed(manager, account):
    actor = actor_for(make_administrator(account))
    register(manager, account)
    before = digest_of_database()

    with pytest.raises(errors.DelegatedAdministratorStays, match="Cloud Trace Service"):
        operations.departures.leave_organization(actor=actor)
    with pytest.raises(errors.DelegatedAdministratorStays, match="Cloud Trace Service"):
        operations.departures.remove_account(actor=manager, account_id=account.pk)
    with pytest.raises(errors.CannotCloseDelegated, match="Cloud Trace Service"):
        operations.closings.close_account(actor=manager, account_id=account.pk)

    assert digest_of_database() == before


def test_r_da_8_deregistered_it_goes(organization, manager, account):
    register(manager, account)
    deregister(manager, account)

    operations.departures.remove_account(actor=manager, account_id=account.pk)

    account.refresh_from_db()
    assert account.stands_alone


def test_r_acc_33_a_move_keeps_the_delegation(organization, manager, account):
    register(manager, account)
    unit = operations.units.create_organizational_unit(
        actor=manager, parent_id=organization.root.pk, name="Security"
    )

    operations.accounts.move_account(
        actor=manager,
        account_id=account.pk,
        source_parent_id=organization.root.pk,
        destination_parent_id=unit.pk,
    )

    assert account.delegations.count() == 1


def test_r_da_9_administrators_stand_once_each_with_their_first_time(
    organization, manager, account, clock
):
    other = AccountFactory(member_of=organization.root, name="another")
    first = clock()
    register(manager, account, CTS)
    clock.forward(hours=1)
    register(manager, account, CONFIG)
    register(manager, other, CONFIG)
    given = {"actor": manager, "permissions": READER}

    page = list_delegated_administrators(**given)
    narrowed = list_delegated_administrators(**given, service_principal=CONFIG)
    none = list_delegated_administrators(**given, service_principal="service.AOM")

    assert [(row.account_name, row.registered_at) for row in page.rows] == [
        ("another", clock()),
        ("security", first),
    ]
    assert list(narrowed.rows) == list(page.rows)
    assert list(none.rows) == []
    assert [
        row.account_name
        for row in list_delegated_administrators(**given, service_principal=CTS).rows
    ] == ["security"]


def test_r_da_9_the_services_of_an_account_stand_with_their_own_times(
    organization, manager, account, clock
):
    register(manager, account, CONFIG)
    clock.forward(hours=1)
    register(manager, account, CTS)
    given = {"actor": manager, "permissions": READER}

    page = list_delegated_services(**given, account_id=account.pk)
    other = AccountFactory(member_of=organization.root)

    assert list(page.rows) == [(CTS, clock()), (CONFIG, clock() - timedelta(hours=1))]
    assert list(list_delegated_services(**given, account_id=other.pk).rows) == []
    foreign = AccountFactory(member_of=make_organization()[0].root)
    for account_id in (foreign.pk, "0" * 32):
        with pytest.raises(errors.AccountNotFound):
            list_delegated_services(**given, account_id=account_id)


@pytest.mark.parametrize("accounts", [1, 40])
def test_the_lists_take_as_many_statements_for_many(
    organization, manager, accounts, django_assert_num_queries
):
    for _ in range(accounts):
        register(manager, AccountFactory(member_of=organization.root))
    given = {"actor": manager, "permissions": READER}

    with django_assert_num_queries(1):
        rows = list_delegated_administrators(**given).rows
    assert len(rows) == accounts
    with django_assert_num_queries(2):
        list_delegated_services(**given, account_id=rows[0].account_id)


def test_i9_the_integrity_check_finds_who_administers_without_being_a_member(
    organization, manager, account
):
    register(manager, account)
    Account.objects.filter(pk=account.pk).update(
        organization=None, unit=None, join_method=None, joined_at=None
    )

    (i9,) = (each for each in check_integrity() if each.name == "I9")

    assert i9.problems == [
        f"{account.pk} is registered for {CTS}, and is no member beside that service"
    ]
