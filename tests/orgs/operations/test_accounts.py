"""Accounts: R-ACC-5 to R-ACC-7, R-ACC-30 to R-ACC-33."""

import pytest

from orgs import errors, operations
from orgs.actor import Actor
from orgs.models import Account, AccountStatus
from orgs.operations.accounts import (
    Move,
    create_standalone_account,
    move_account,
    move_accounts,
    update_account,
)
from tests import oracle
from tests.digest import digest_of_database
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)
from tests.snapshot import events_of_database, last_event, state_of_database

pytestmark = pytest.mark.django_db

OPERATOR = Actor.operator("operator")


@pytest.fixture
def place():
    organization, actor = make_organization()
    return organization, organization.root, actor


def refused(error, operation, **arguments):
    before = digest_of_database()
    with pytest.raises(error):
        operation(**arguments)
    assert digest_of_database() == before


def test_r_acc_30_move_account_refuses_a_source_the_account_has_left(place):
    _, root, actor = place
    sales, legal = UnitFactory(parent=root), UnitFactory(parent=root)
    account = AccountFactory(member_of=sales)

    refused(
        errors.MoveSourceMismatch,
        move_account,
        actor=actor,
        account_id=account.pk,
        source_parent_id=legal.pk,
        destination_parent_id=legal.pk,
    )


def test_r_acc_31_move_account_refuses_to_move_it_to_where_it_is(place):
    _, root, actor = place
    account = AccountFactory(member_of=root)

    refused(
        errors.MoveSameParent,
        move_account,
        actor=actor,
        account_id=account.pk,
        source_parent_id=root.pk,
        destination_parent_id=root.pk,
    )


@pytest.mark.parametrize("status", AccountStatus.values)
def test_r_acc_32_r_acc_33_move_account_moves_one_of_any_status_and_keeps_the_rest(place, status):
    organization, root, actor = place
    sales = UnitFactory(parent=root, name="Sales")
    account = AccountFactory(member_of=root, status=status, description="kept")
    before = Account.objects.filter(pk=account.pk).values().get()

    move_account(
        actor=actor,
        account_id=account.pk,
        source_parent_id=root.pk,
        destination_parent_id=sales.pk,
    )

    assert Account.objects.filter(pk=account.pk).values().get() == before | {"unit_id": sales.pk}
    target = organization.events.get(number=2).targets.get()
    assert target.before == {"parent_id": root.pk, "path": []}
    assert target.after == {"parent_id": sales.pk, "path": ["Sales"]}


def test_r_acc_32_move_account_moves_the_management_account_too(place):
    organization, root, actor = place
    sales = UnitFactory(parent=root)

    moved = move_account(
        actor=actor,
        account_id=organization.management_account_id,
        source_parent_id=root.pk,
        destination_parent_id=sales.pk,
    )

    assert moved.unit == sales


def test_move_accounts_moves_all_in_one_event_from_different_sources(place):
    organization, root, actor = place
    sales, legal = UnitFactory(parent=root), UnitFactory(parent=root)
    accounts = [AccountFactory(member_of=unit) for unit in (root, sales, root)]
    moves = [Move(account_id=row.pk, source_parent_id=row.unit_id) for row in accounts]

    moved = move_accounts(actor=actor, moves=moves, destination_parent_id=legal.pk)

    assert [row.pk for row in moved] == [row.pk for row in accounts]
    assert set(legal.accounts.all()) == set(accounts)
    targets = organization.events.get(number=2).targets.order_by("place")
    assert [target.entity_id for target in targets] == [row.pk for row in accounts]


def test_move_accounts_moves_none_when_one_cannot(place):
    _, root, actor = place
    sales, legal = UnitFactory(parent=root), UnitFactory(parent=root)
    accounts = [AccountFactory(member_of=root) for _ in range(3)]
    moves = [Move(account_id=row.pk, source_parent_id=root.pk) for row in accounts]
    moves.append(Move(account_id=AccountFactory(member_of=sales).pk, source_parent_id=root.pk))

    refused(
        errors.MoveSourceMismatch,
        move_accounts,
        actor=actor,
        moves=moves,
        destination_parent_id=legal.pk,
    )


def test_move_accounts_takes_a_thousand_and_no_more(place):
    _, root, actor = place
    moves = [Move(account_id=f"{number:032}", source_parent_id=root.pk) for number in range(1_001)]

    refused(
        errors.InvalidParameter,
        move_accounts,
        actor=actor,
        moves=moves,
        destination_parent_id=root.pk,
    )
    refused(
        errors.AccountNotFound,
        move_accounts,
        actor=actor,
        moves=moves[:-1],
        destination_parent_id=root.pk,
    )


@pytest.mark.parametrize(
    ("sent", "kept"), [("new", "new"), ("", ""), (" e\u0301 ", "é"), (None, "old"), ("old", "old")]
)
def test_r_acc_5_update_account_replaces_clears_or_leaves_the_description(place, sent, kept):
    organization, root, actor = place
    account = AccountFactory(member_of=root, description="old")

    update_account(actor=actor, account_id=account.pk, description=sent)

    account.refresh_from_db()
    organization.refresh_from_db()
    assert account.description == kept
    assert organization.version == (1 if kept == "old" else 2)


def test_create_standalone_account_makes_the_account_its_administrator_and_its_key():
    made = create_standalone_account(actor=OPERATOR, name="brand-new", with_access_key=True)

    account = Account.objects.get(name="brand-new")
    assert made.account == account
    assert account.stands_alone
    assert list(account.users.all()) == [made.administrator.user]
    assert made.administrator.user.role == "administrator"
    assert made.administrator.access_key == made.administrator.user.access_keys.get().pk
    assert list(account.events.values_list("number", "kind")) == [(1, "createStandaloneAccount")]


@pytest.mark.parametrize("field", ["name", "email", "phone"])
def test_r_acc_6_create_standalone_account_refuses_what_another_account_has(field):
    taken = {"name": "taken-name", "email": "a@example.org", "phone": "+4123456"}
    create_standalone_account(actor=OPERATOR, **taken)
    wanted = {"name": "other-name", "email": "b@example.org", "phone": "+4199999"}
    given = taken[field].upper() if field == "name" else taken[field]

    refused(
        errors.AccountConflict,
        create_standalone_account,
        actor=OPERATOR,
        **wanted | {field: given},
    )


def test_r_org_2_an_account_that_is_not_eligible_founds_no_organization():
    account = AccountFactory()
    founder = actor_for(make_administrator(account))
    marked = operations.accounts.set_eligibility(
        actor=Actor.operator("olga"), account_id=account.pk, is_eligible=False
    )
    before = digest_of_database()

    with pytest.raises(errors.AccountNotActive):
        operations.organizations.create_organization(actor=founder)

    assert digest_of_database() == before
    assert not marked.is_eligible
    operations.accounts.set_eligibility(
        actor=Actor.operator("olga"), account_id=account.pk, is_eligible=True
    )
    operations.organizations.create_organization(actor=founder)


def test_r_inv_5_an_account_that_is_not_eligible_is_not_invited():
    _organization, actor = make_organization()
    account = AccountFactory()
    operations.accounts.set_eligibility(
        actor=Actor.operator("olga"), account_id=account.pk, is_eligible=False
    )
    before = digest_of_database()

    with pytest.raises(errors.AccountNotActive):
        operations.invitations.invite_account(actor=actor, target_type="account", target=account.pk)

    assert digest_of_database() == before


def test_set_eligibility_tells_before_and_after_once_and_leaves_the_membership():
    organization, _ = make_organization()
    account = AccountFactory(member_of=organization.root)
    for _ in range(2):
        operations.accounts.set_eligibility(
            actor=Actor.operator("olga"), account_id=account.pk, is_eligible=False
        )

    account.refresh_from_db()
    assert account.organization == organization
    (event,) = organization.events.filter(kind="updateEligibility")
    (target,) = event.targets.all()
    assert (target.before, target.after) == ({"is_eligible": True}, {"is_eligible": False})


def test_the_oracle_says_the_same_of_eligibility_and_so_do_the_events():
    organization, _ = make_organization()
    account = AccountFactory(member_of=organization.root)
    start, before = state_of_database(), last_event()

    operations.accounts.set_eligibility(
        actor=Actor.operator("olga"), account_id=account.pk, is_eligible=False
    )

    outcome = oracle.set_eligibility(start, account_id=account.pk, is_eligible=False)
    assert state_of_database() == outcome
    assert oracle.replay(events_of_database(after=before), start) == outcome
