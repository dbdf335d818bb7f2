"""R-CLO-1 to R-CLO-14: an account is closed, then suspended, and after 90 days gone."""

from datetime import timedelta

import pytest

from orgs import access, errors, hooks, operations, queries, quotas, tasks
from orgs.actor import Actor
from orgs.models import (
    Account,
    AccountStatus,
    ClosingRequest,
    ClosingState,
    Departure,
    DepartureKind,
    FailureReason,
    JobState,
    Organization,
)
from orgs.operations.closings import close_account, fail_closing, finish_closing
from tests.digest import digest_of_database
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)

pytestmark = pytest.mark.django_db

HERE = "tests.orgs.operations.test_closings"


@pytest.fixture
def organization() -> Organization:
    return make_organization()[0]


@pytest.fixture
def manager(organization) -> Actor:
    return actor_for(organization.management_account.users.get())


@pytest.fixture
def account(organization) -> Account:
    return AccountFactory(member_of=organization.root, name="to-be-closed")


def close(manager: Actor, account: Account) -> ClosingRequest:
    return close_account(actor=manager, account_id=account.pk)


def status_of(account: Account) -> str:
    return Account.objects.get(pk=account.pk).status


def refused(condition, manager: Actor, account: Account):
    """The refusal; nothing is written."""
    before = digest_of_database()
    with pytest.raises(condition) as refusal:
        close(manager, account)
    assert digest_of_database() == before
    return refusal.value


def something_is_unpaid(_account):
    return True


def keep_the_data(_request):
    raise hooks.HookFailure(FailureReason.CONCURRENT_ACCOUNT_MODIFICATION, "it is being written")


def break_down(_request):
    raise RuntimeError("no connection")


def test_r_acc_2_r_clo_states_from_active_to_suspended(manager, organization, account, run_jobs):
    request = close(manager, account)
    assert (request.state, request.updated_at) == (ClosingState.PENDING_CLOSURE, None)
    assert status_of(account) == AccountStatus.PENDING_CLOSURE

    run_jobs()

    request.refresh_from_db()
    assert request.state == ClosingState.SUSPENDED
    assert request.updated_at is not None
    assert status_of(account) == AccountStatus.SUSPENDED
    assert [event.kind for event in organization.events.order_by("number")][-2:] == [
        "closeAccount",
        "suspendAccount",
    ]


def test_r_clo_a_closing_that_fails_leaves_the_account_active_and_the_reason_kept(
    manager, organization, account, run_jobs, settings
):
    settings.ACCOUNT_CLOSER = f"{HERE}.keep_the_data"
    request = close(manager, account)

    run_jobs()

    request.refresh_from_db()
    assert (request.state, request.failure_reason, request.failure_detail) == (
        ClosingState.FAILED,
        "CONCURRENT_ACCOUNT_MODIFICATION",
        "it is being written",
    )
    assert status_of(account) == AccountStatus.ACTIVE
    assert organization.events.latest("number").kind == "failAccountClosing"
    assert close(manager, account).state == ClosingState.PENDING_CLOSURE


def test_p11_a_closer_that_breaks_is_asked_again_and_then_given_up(
    manager, organization, account, run_jobs, settings
):
    settings.ACCOUNT_CLOSER = f"{HERE}.break_down"
    settings.JOB_ATTEMPTS = 3
    request = close(manager, account)
    run_jobs(times=2)
    assert status_of(account) == AccountStatus.PENDING_CLOSURE

    run_jobs()

    request.refresh_from_db()
    assert (request.state, request.failure_reason) == (ClosingState.FAILED, "INTERNAL_FAILURE")
    assert status_of(account) == AccountStatus.ACTIVE
    assert organization.jobs.get().state == JobState.DEAD


def test_ending_a_closing_twice_ends_it_once(manager, organization, account):
    request = close(manager, account)
    finish_closing(request.pk)
    before = digest_of_database()

    finish_closing(request.pk)
    fail_closing(request.pk)

    assert digest_of_database() == before


def test_the_job_of_a_closing_that_failed_does_not_touch_the_next_one(manager, account):
    first = close(manager, account)
    fail_closing(first.pk)
    second = close(manager, account)
    before = digest_of_database()

    fail_closing(first.pk)
    finish_closing(first.pk)

    assert digest_of_database() == before
    finish_closing(second.pk)
    assert status_of(account) == AccountStatus.SUSPENDED


def test_r_clo_1_for_the_management_account_alone(manager, organization, account):
    other = AccountFactory(member_of=organization.root)
    refused(errors.NotManagementAccount, actor_for(make_administrator(other)), account)
    refused(errors.AccountNotFound, make_organization()[1], account)


def test_r_clo_2_only_what_the_organization_created(manager, organization, account):
    Account.objects.filter(pk=account.pk).update(join_method="invited")
    refused(errors.CannotCloseInvited, manager, account)


def test_r_clo_3_what_was_made_a_full_account_is_not_closed(manager, account):
    Account.objects.filter(pk=account.pk).update(is_resource_account=True)
    operations.accounts.convert_account(actor=Actor.operator("olga"), account_id=account.pk)
    refused(errors.CannotCloseInvited, manager, account)


def test_r_clo_5_and_7_the_management_account_comes_before_all_else(manager, organization):
    Account.objects.filter(pk=organization.management_account_id).update(join_method="invited")
    refused(errors.CannotCloseManagement, manager, organization.management_account)


def test_r_clo_6_the_installation_knows_what_is_unpaid(manager, account, settings):
    settings.UNPAID_RESOURCES = f"{HERE}.something_is_unpaid"
    refused(errors.CannotCloseUnpaid, manager, account)


def test_r_clo_7_closing_again(manager, account, run_jobs):
    close(manager, account)
    refused(errors.AccountClosing, manager, account)
    run_jobs()
    refused(errors.AccountClosing, manager, account)


def test_r_clo_8_three_at_once(manager, organization):
    for _ in range(3):
        close(manager, AccountFactory(member_of=organization.root))
    fourth = AccountFactory(member_of=organization.root)

    refusal = refused(errors.CloseQuotaExceeded, manager, fourth)

    assert (refusal.facts["closing"], refusal.facts["at_once"]) == (3, 3)
    finish_closing(ClosingRequest.objects.first().pk)
    assert close(manager, fourth).state == ClosingState.PENDING_CLOSURE


def test_r_clo_8a_ten_in_thirty_days_at_least(manager, organization, clock, settings):
    accounts = [AccountFactory(member_of=organization.root) for _ in range(12)]
    for account in accounts[:10]:
        finish_closing(close(manager, account).pk)
        clock.forward(hours=1)

    refusal = refused(errors.CloseQuotaExceeded, manager, accounts[10])

    assert (refusal.facts["limit"], refusal.facts["used"], refusal.facts["days"]) == (10, 10, 30)
    first = ClosingRequest.objects.earliest("created_at").created_at
    frees = first + timedelta(days=30)
    assert refusal.facts["next_at"] == f"at {frees:%Y-%m-%d %H:%M} UTC"
    clock.at = frees - timedelta(seconds=1)
    refused(errors.CloseQuotaExceeded, manager, accounts[10])
    clock.at = frees
    close(manager, accounts[10])
    refused(errors.CloseQuotaExceeded, manager, accounts[11])


def test_r_clo_8_one_that_failed_does_not_count(manager, organization, account):
    for _ in range(12):
        fail_closing(close(manager, account).pk)
    assert quotas.closing_budget(organization).in_window.used == 0


@pytest.mark.parametrize(
    ("members", "limit"), [(0, 10), (109, 10), (110, 11), (119, 11), (2_000, 200), (2_500, 200)]
)
def test_r_clo_8_a_tenth_of_the_active_members_rounded_down(organization, members, limit):
    """The management account is no member, and who is being closed is not active."""
    root = organization.root
    accounts = AccountFactory.build_batch(members, member_of=root)
    for account in accounts:
        account.name_key = account.name
    Account.objects.bulk_create(accounts)
    AccountFactory(member_of=root, status=AccountStatus.SUSPENDED)

    assert quotas.closing_limit(organization) == limit


def test_r_clo_9_name_and_contacts_stay_taken(manager, organization, run_jobs):
    account = AccountFactory(
        member_of=organization.root, name="kept-name", email="a@example.com", phone="12345"
    )
    for step in (lambda: close(manager, account), run_jobs):
        step()
        for given in (
            {"name": "Kept-Name"},
            {"name": "brand-new", "email": "a@example.com"},
            {"name": "brand-new", "phone": "12345"},
        ):
            with pytest.raises(errors.AccountConflict):
                operations.creations.create_account(actor=manager, **given)


@pytest.mark.parametrize("status", ["pending_closure", "suspended"])
def test_r_clo_11_its_users_are_refused_from_then_on(manager, organization, account, status):
    owner = actor_for(make_administrator(account))
    request = close(manager, account)
    if status == "suspended":
        finish_closing(request.pk)
    assert status_of(account) == status
    before = digest_of_database()

    for operation, arguments in (
        (operations.departures.leave_organization, {}),
        (operations.access_keys.create_access_key, {"username": owner.username}),
        (operations.units.create_organizational_unit, {"parent_id": "r-0000", "name": "x"}),
    ):
        with pytest.raises(errors.CallerAccountClosed):
            operation(actor=owner, **arguments)
    assert digest_of_database() == before


def test_r_clo_12_what_it_has_stays_until_it_is_gone(
    manager, organization, run_jobs, clock, settings
):
    settings.ACCOUNT_QUOTA = 2
    unit = UnitFactory(parent=organization.root)
    account = AccountFactory(member_of=unit, email="a@example.com", phone="12345")
    owner = make_administrator(account)
    operations.tags.tag_resource(actor=manager, resource_id=account.pk, tags=[("team", "a")])
    close(manager, account)
    run_jobs()
    clock.forward(days=90)
    tasks.do_daily_chores()
    account.refresh_from_db()
    assert (account.unit, account.organization) == (unit, organization)
    assert list(account.tags.values_list("key", flat=True)) == ["team"]
    with pytest.raises(errors.AccountQuotaExceeded):
        operations.creations.create_account(actor=manager, name="brand-new")
    with pytest.raises(errors.OuNotEmpty):
        operations.units.delete_organizational_unit(actor=manager, unit_id=unit.pk)

    clock.forward(minutes=1)
    tasks.do_daily_chores()
    tasks.do_daily_chores()

    account.refresh_from_db()
    assert (account.unit, account.organization, account.join_method) == (None, None, None)
    assert (account.status, account.email, account.phone) == ("suspended", None, None)
    assert (account.tags.count(), account.agencies.count()) == (0, 0)
    departure = Departure.objects.get()
    assert (departure.kind, departure.account, departure.departed_at) == (
        DepartureKind.PURGED,
        account,
        clock.at,
    )
    event = organization.events.latest("number")
    assert (event.kind, event.actor_account_id) == ("purgeAccount", "")
    assert event.targets.get().before["tags"] == {"team": "a"}
    assert access.permissions_of(actor_for(owner), organization) == frozenset()
    with pytest.raises(errors.AccountConflict):
        operations.creations.create_account(actor=manager, name=account.name)
    assert operations.creations.create_account(
        actor=manager, name="brand-new", email="a@example.com"
    )


def test_r_clo_12_an_account_that_is_gone_comes_back_nowhere(
    manager, organization, account, run_jobs, clock
):
    owner = actor_for(make_administrator(account))
    close(manager, account)
    run_jobs()
    clock.forward(days=91)
    tasks.do_daily_chores()

    with pytest.raises(errors.CallerAccountClosed):
        operations.organizations.create_organization(actor=owner)
    with pytest.raises(errors.AccountNotActive):
        operations.invitations.invite_account(
            actor=manager, target_type="account", target=account.pk
        )
    with pytest.raises(errors.AccountNotFound):
        close(manager, account)


def test_r_clo_13_close_requests_are_listed_newest_first_and_by_state(
    manager, organization, run_jobs, clock
):
    accounts = [AccountFactory(member_of=organization.root) for _ in range(3)]
    requests = []
    for account in accounts:
        requests.append(close(manager, account))
        clock.forward(seconds=1)
    finish_closing(requests[0].pk)
    fail_closing(requests[1].pk, FailureReason.INTERNAL_FAILURE, "broken")
    permissions = access.permissions_of(manager, organization)

    def listed(*states):
        rows = queries.account_requests.list_closings(
            actor=manager, permissions=permissions, states=states
        )
        return [(row.account_id, row.state) for row in rows]

    first, second, third = (account.pk for account in accounts)
    assert listed() == [
        (third, "pending_closure"),
        (second, "failed"),
        (first, "suspended"),
    ]
    assert listed("suspended") == [(first, "suspended")]
    assert listed("pending_closure", "suspended") == [
        (third, "pending_closure"),
        (first, "suspended"),
    ]
    assert listed("failed") == [(second, "failed")]
    for states in (["closed"], [""]):
        with pytest.raises(errors.InvalidParameter):
            listed(*states)
    failed = queries.account_requests.list_closings(actor=manager, permissions=permissions)[1]
    assert (failed.failure_reason, failed.failure_detail) == ("INTERNAL_FAILURE", "broken")
    assert (failed.organization_id, failed.account_name) == (organization.pk, accounts[1].name)
    assert (failed.created_at < failed.updated_at, failed.updated_at) == (True, clock.at)
    with pytest.raises(errors.NotManagementOrDelegated):
        queries.account_requests.list_closings(actor=manager, permissions=frozenset())


def test_r_clo_14_the_job_begins_after_the_time_that_is_set(
    manager, organization, account, settings, clock
):
    settings.CLOSING_TIME = timedelta(hours=2)
    close(manager, account)

    job = organization.jobs.get()

    assert job.due_at == clock.at + timedelta(hours=2)
    tasks.work.call(job_id=job.pk)
    assert status_of(account) == AccountStatus.PENDING_CLOSURE
    clock.forward(hours=2)
    tasks.work.call(job_id=job.pk)
    assert status_of(account) == AccountStatus.SUSPENDED


def test_r_org_9_a_closed_account_keeps_the_organization(manager, account, run_jobs):
    close(manager, account)
    run_jobs()
    with pytest.raises(errors.OrganizationNotEmpty):
        operations.organizations.delete_organization(actor=manager)


def test_r_quo_1_closings_are_counted(manager, organization, account):
    close(manager, account)
    permissions = access.permissions_of(manager, organization)

    rows = queries.quotas.list_quotas(actor=manager, permissions=permissions)

    row = next(row for row in rows if row.name == "close_account_count_in_30_days")
    assert (row.quota, row.used) == (10, 1)
