"""What comes and goes, as lists: who may see them, states as the clock says, parts, what is watched."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orgs import errors
from orgs.models import (
    Account,
    CreationRequest,
    DepartureKind,
    Invitation,
    InvitationState,
)
from orgs.operations.closings import close_account
from orgs.operations.creations import create_account, fail_creation
from orgs.operations.departures import leave_organization, remove_account
from orgs.operations.invitations import cancel_invitation, invite_account
from orgs.queries import comings_and_goings
from orgs.queries.comings_and_goings import (
    Tally,
    get_room,
    get_tally,
    list_closings,
    list_creations,
    list_departures,
    list_invitations,
    watch_closings,
    watch_creations,
)
from orgs.queries.overview import Quota, get_overview
from tests.console.growing import add_comings_and_goings
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)

pytestmark = pytest.mark.django_db

LISTS = (list_invitations, list_creations, list_closings, list_departures)


@pytest.fixture
def founded():
    return make_organization()


@pytest.fixture
def organization(founded):
    return founded[0]


@pytest.fixture
def manager(founded):
    return founded[1]


def invite(manager, name, **more):
    account = AccountFactory(name=name)
    invite_account(actor=manager, target_type="name", target=name, **more)
    return Invitation.objects.get(account=account)


@pytest.mark.parametrize("query", [*LISTS, get_room])
def test_r_inv_11_only_the_management_account_sees_them(organization, query):
    member = AccountFactory(member_of=organization.root)
    with pytest.raises(errors.NotManagementOrDelegated):
        query(actor=actor_for(make_administrator(member)))
    with pytest.raises(errors.CallerNotInOrganization):
        query(actor=actor_for(make_administrator(AccountFactory())))


@pytest.mark.parametrize("watch", [watch_creations, watch_closings])
def test_what_runs_is_watched_by_the_management_account_alone(organization, watch):
    member = AccountFactory(member_of=organization.root)
    with pytest.raises(errors.NotManagementOrDelegated):
        watch(actor=actor_for(make_administrator(member)), request_ids=[])


def test_r_inv_8_an_invitation_is_expired_from_the_minute_it_ran_out(manager, organization):
    unit = UnitFactory(parent=organization.root, name="Landing")
    overdue = invite(manager, "overdue-account")
    open_one = invite(manager, "open-account", destination_parent_id=unit.pk)
    ended = timezone.now() - timedelta(minutes=1)
    Invitation.objects.filter(pk=overdue.pk).update(expires_at=ended)

    rows = {row.account_name: row for row in list_invitations(actor=manager).rows}

    assert [row.id for row in list_invitations(actor=manager).rows] == [open_one.pk, overdue.pk]
    assert rows["overdue-account"].state == InvitationState.EXPIRED
    assert rows["overdue-account"].ended_at == ended
    assert rows["open-account"].is_pending
    assert rows["open-account"].destination == "Landing"
    assert [row.id for row in list_invitations(actor=manager, state="expired").rows] == [overdue.pk]
    assert [row.id for row in list_invitations(actor=manager, state="pending").rows] == [
        open_one.pk
    ]
    assert list_invitations(actor=manager, state="declined").is_empty


def test_r_acc_23_creations_newest_first_with_what_runs_before_them(manager, run_jobs):
    create_account(actor=manager, name="made-first")
    run_jobs()
    failed = create_account(actor=manager, name="made-never")
    fail_creation(failed.pk, "INVALID_PHONE", "no such prefix")
    running = create_account(actor=manager, name="on-its-way")

    part = list_creations(actor=manager)

    assert [row.account_name for row in part.rows] == ["made-never", "made-first"]
    assert [row.id for row in part.running] == [running.pk]
    assert (part.rows[0].failure_reason, part.rows[0].failure_detail) == (
        "INVALID_PHONE",
        "no such prefix",
    )
    assert part.rows[1].is_member
    assert not part.rows[0].is_member
    only = list_creations(actor=manager, state="in_progress")
    assert (only.rows, [row.id for row in only.running]) == ([], [running.pk])
    assert list_creations(actor=manager, state="failed").running == []


def test_what_was_running_is_watched_until_it_ends_and_nobody_elses_is(manager, run_jobs):
    mine = create_account(actor=manager, name="on-its-way")
    other = create_account(actor=make_organization()[1], name="somebody-elses")
    asked = [mine.pk, other.pk, "car-none-of-ours", "\0"]

    (before,) = watch_creations(actor=manager, request_ids=asked)
    run_jobs()
    (after,) = watch_creations(actor=manager, request_ids=asked)

    assert (before.is_running, before.attempts, after.is_running) == (True, 0, False)
    assert (after.account_id, after.is_member, after.attempts) == (
        CreationRequest.objects.get(pk=mine.pk).account_id,
        True,
        1,
    )
    assert watch_creations(actor=manager, request_ids=[]) == []


def test_closings_with_what_runs_before_them(manager, organization, run_jobs):
    accounts = [AccountFactory(member_of=organization.root) for _number in range(2)]
    for account in accounts:
        close_account(actor=manager, account_id=account.pk)
        if account == accounts[0]:
            run_jobs()

    part = list_closings(actor=manager)

    assert [row.account_id for row in part.rows] == [accounts[0].pk]
    (running,) = part.running
    assert (running.account_id, running.is_running, running.is_member) == (
        accounts[1].pk,
        True,
        True,
    )
    run_jobs()
    (row,) = watch_closings(actor=manager, request_ids=[str(running.id), "x", "9" * 40])
    assert (row.id, row.state) == (running.id, "suspended")


def test_r_org_18_who_left_or_was_removed_stays_known(manager, organization):
    removed, left = (AccountFactory(member_of=organization.root) for _number in range(2))
    Account.objects.filter(pk__in=[removed.pk, left.pk]).update(
        is_converted=True, created_at=timezone.now() - timedelta(days=8)
    )
    remove_account(actor=manager, account_id=removed.pk)
    leave_organization(actor=actor_for(make_administrator(left)))
    invite_account(actor=manager, target_type="name", target=removed.name)

    rows = list_departures(actor=manager).rows

    assert [(row.account_id, row.kind, row.is_back) for row in rows] == [
        (left.pk, DepartureKind.LEFT, False),
        (removed.pk, DepartureKind.REMOVED, False),
    ]
    assert [row.account_id for row in list_departures(actor=manager, kind="removed").rows] == [
        removed.pk
    ]
    # R-ORG-17: it may come back.
    AccountFactory(member_of=organization.root)
    Account.objects.filter(pk=removed.pk).update(
        organization=organization,
        unit=organization.root,
        join_method="invited",
        joined_at=timezone.now(),
    )
    assert [row.is_back for row in list_departures(actor=manager).rows] == [False, True]


@pytest.mark.parametrize("query", LISTS)
def test_lists_come_in_parts_without_loss_or_repetition(manager, organization, query, monkeypatch):
    monkeypatch.setattr(comings_and_goings, "PART", 2)
    add_comings_and_goings(organization, AccountFactory(member_of=organization.root), each=6)
    part = query(actor=manager)
    seen = [row.id for row in (*part.running, *part.rows)]
    while part.after:
        part = query(actor=manager, after=part.after)
        assert not part.running
        seen += [row.id for row in part.rows]

    assert len(seen) == len(set(seen)) == 6


@pytest.mark.parametrize("query", LISTS)
@pytest.mark.parametrize(
    "after", ["x", "2026-11-24T00:00:00+00:00 x", "2026-11-24 h-12345678", "2026-11-24T00:00:00 7"]
)
def test_a_place_that_is_none_of_ours_is_refused(manager, query, after):
    with pytest.raises(errors.InvalidParameter):
        query(actor=manager, after=after)


def test_get_tally_counts_what_the_lists_hold(manager, organization, django_assert_num_queries):
    member = AccountFactory(member_of=UnitFactory(parent=organization.root))
    add_comings_and_goings(organization, member, each=3)
    add_comings_and_goings(
        make_organization()[0], AccountFactory(member_of=make_organization()[0].root), each=0
    )

    with django_assert_num_queries(1):
        tally = get_tally(actor=manager)

    assert tally == Tally(units=1, accounts=2, invitations=3, creations=3, closings=3, departures=3)


def test_r_quo_1_running_creations_and_open_invitations_count_everywhere_alike(
    manager, organization, settings
):
    create_account(actor=manager, name="on-its-way")
    invite(manager, "invited-account")
    cancel_invitation(actor=manager, invitation_id=invite(manager, "cancelled-account").pk)

    room = get_room(actor=manager)
    overview = get_overview(actor=manager, permissions=list_creations(actor=manager).permissions)

    assert room.accounts == overview.accounts == Quota(3, settings.ACCOUNT_QUOTA)
    assert (overview.account_count, overview.creations_running, overview.invitations_open) == (
        1,
        1,
        1,
    )
    assert overview.sizes.accounts == 1
    assert room.creations == Quota(1, settings.CREATIONS_AT_ONCE)
    assert room.sent == Quota(2, settings.INVITATIONS)
    assert (room.accounts.left, room.sent.left) == (settings.ACCOUNT_QUOTA - 3, 18)
