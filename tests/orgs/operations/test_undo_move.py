"""Undoing a move: backwards, within its time, and only where nothing moved meanwhile. (ours)"""

import pytest

from orgs import errors
from orgs.models import Account, Event, OrganizationalUnit
from orgs.operations import accounts, units
from orgs.operations.accounts import Move
from tests.digest import digest_of_database
from tests.factories import AccountFactory, UnitFactory, make_organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def moved():
    """Two accounts from two units, moved together under a third; and the unit with them under a fourth."""
    organization, actor = make_organization()
    first, second, third, fourth = (
        UnitFactory(parent=organization.root, name=name) for name in ("A", "B", "C", "D")
    )
    one, two = AccountFactory(member_of=first), AccountFactory(member_of=second)
    accounts.move_accounts(
        actor=actor,
        moves=[Move(one.pk, first.pk), Move(two.pk, second.pk)],
        destination_parent_id=third.pk,
    )
    units.move_organizational_unit(
        actor=actor,
        unit_id=third.pk,
        source_parent_id=organization.root.pk,
        destination_parent_id=fourth.pk,
    )
    return organization, actor, (first, second, third, fourth), (one, two)


def unit_of(account) -> str:
    return Account.objects.get(pk=account.pk).unit.name


ACCOUNTS, UNIT = 2, 3  # the numbers of the two moves


def test_undo_moves_each_account_back_to_where_it_was(moved):
    organization, actor, (first, second, third, _fourth), (one, two) = moved

    undone = accounts.undo_move(actor=actor, number=ACCOUNTS)

    assert [account.pk for account in undone] == [one.pk, two.pk]
    assert (unit_of(one), unit_of(two)) == ("A", "B")
    event = organization.events.get(number=4)
    assert (event.kind, event.details) == ("moveAccount", {"undo_of": ACCOUNTS})
    targets = event.targets.order_by("place")
    assert [(one.before["parent_id"], one.after["parent_id"]) for one in targets] == [
        (third.pk, first.pk),
        (third.pk, second.pk),
    ]


def test_undo_moves_a_unit_back(moved):
    organization, actor, (*_, third, fourth), _accounts = moved

    units.undo_move(actor=actor, number=UNIT)

    assert OrganizationalUnit.objects.get(pk=third.pk).parent == organization.root
    event = organization.events.get(number=4)
    assert (event.kind, event.details) == ("moveOrganizationalUnit", {"undo_of": UNIT})
    (target,) = event.targets.all()
    assert (target.before["path"], target.after["path"]) == (["D", "C"], ["C"])
    assert target.before["parent_id"] == fourth.pk


def test_an_undone_move_can_be_made_again_by_undoing_that(moved):
    _organization, actor, _units, (one, two) = moved
    accounts.undo_move(actor=actor, number=ACCOUNTS)

    accounts.undo_move(actor=actor, number=4)

    assert (unit_of(one), unit_of(two)) == ("C", "C")


@pytest.mark.parametrize("undo", [(accounts.undo_move, ACCOUNTS), (units.undo_move, UNIT)])
def test_undo_is_refused_when_its_time_is_over(clock, undo, request):
    _organization, actor, *_ = request.getfixturevalue("moved")
    operation, number = undo
    clock.forward(minutes=15, seconds=1)
    before = digest_of_database()

    with pytest.raises(errors.MoveTooOld) as refused:
        operation(actor=actor, number=number)

    assert str(refused.value) == "A move can be undone for 15 minutes, and that time is over."
    assert digest_of_database() == before


def test_undo_is_in_time_to_the_last_second(clock, request):
    _organization, actor, *_, (one, _two) = request.getfixturevalue("moved")
    clock.forward(minutes=15)

    accounts.undo_move(actor=actor, number=ACCOUNTS)

    assert unit_of(one) == "A"


def test_undo_is_refused_for_all_when_one_of_them_moved_meanwhile(moved):
    organization, actor, (*_, third, fourth), (_one, two) = moved
    accounts.move_account(
        actor=actor,
        account_id=two.pk,
        source_parent_id=third.pk,
        destination_parent_id=organization.root.pk,
    )
    units.move_organizational_unit(
        actor=actor,
        unit_id=third.pk,
        source_parent_id=fourth.pk,
        destination_parent_id=organization.root.pk,
    )
    before = digest_of_database()

    with pytest.raises(errors.MovedMeanwhile) as refused:
        accounts.undo_move(actor=actor, number=ACCOUNTS)
    with pytest.raises(errors.MovedMeanwhile) as also_refused:
        units.undo_move(actor=actor, number=UNIT)

    assert str(refused.value).startswith(f"{two.name} is in root by now")
    assert str(also_refused.value).startswith("C is in root by now")
    assert digest_of_database() == before


def test_a_move_is_undone_once(moved):
    _organization, actor, *_ = moved
    accounts.undo_move(actor=actor, number=ACCOUNTS)
    before = digest_of_database()

    with pytest.raises(errors.MovedMeanwhile):
        accounts.undo_move(actor=actor, number=ACCOUNTS)

    assert digest_of_database() == before


def test_undo_is_refused_when_the_place_is_gone_or_its_name_is_taken(moved):
    organization, actor, (first, *_), _accounts = moved
    units.delete_organizational_unit(actor=actor, unit_id=first.pk)
    units.create_organizational_unit(actor=actor, parent_id=organization.root.pk, name="c")
    before = digest_of_database()

    with pytest.raises(errors.ParentNotFound):
        accounts.undo_move(actor=actor, number=ACCOUNTS)
    with pytest.raises(errors.OuNameConflict):
        units.undo_move(actor=actor, number=UNIT)

    assert digest_of_database() == before


@pytest.mark.parametrize("number", [1, UNIT, 99, 0, -1, None, "2", True, 2.0, 2**63, [], "\x00"])
def test_undo_finds_no_move_by_a_number_that_is_none(moved, number):
    _organization, actor, *_ = moved
    before = digest_of_database()

    with pytest.raises(errors.MoveNotFound):
        accounts.undo_move(actor=actor, number=number)
    with pytest.raises(errors.MoveNotFound):
        units.undo_move(actor=actor, number=ACCOUNTS if number == UNIT else number)

    assert digest_of_database() == before


def test_another_organization_undoes_nothing(moved):
    _stranger, actor = make_organization()
    before = digest_of_database()

    for operation, number in ((accounts.undo_move, ACCOUNTS), (units.undo_move, UNIT)):
        with pytest.raises(errors.MoveNotFound):
            operation(actor=actor, number=number)

    assert digest_of_database() == before
    assert Event.objects.filter(kind="moveAccount").count() == 1
