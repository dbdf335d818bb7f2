import pytest

from orgs import errors
from orgs.operations.tags import tag_resource
from orgs.operations.units import move_organizational_unit
from orgs.queries import structure
from orgs.queries.structure.nodes import PART, Branch, Key, Kind
from tests.console.growing import grow
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)

pytestmark = pytest.mark.django_db


def names(branch: Branch) -> list[str]:
    return [node.name for node in branch.nodes]


def all_parts(actor, unit_id) -> list[str]:
    """The names of all children, part by part."""
    found, after = [], ""
    while True:
        branch = structure.list_children(actor=actor, unit_id=unit_id, after=after)
        assert branch.first_position == len(found) + 1
        found += names(branch)
        assert branch.remaining == branch.total - len(found)
        if not branch.remaining:
            return found
        after = str(branch.last)


def test_get_unit_opens_every_unit_above_with_its_children():
    organization, actor = make_organization("management")
    security = UnitFactory(parent=organization.root, name="Security")
    audit = UnitFactory(parent=security, name="Audit")
    UnitFactory(parent=security, name="Keys")
    UnitFactory(parent=UnitFactory(parent=organization.root, name="Closed"), name="Inside")
    AccountFactory(member_of=audit, name="audit-log")
    AccountFactory(member_of=security, name="guardduty")

    found = structure.get_unit(actor=actor, unit_id=audit.pk)

    assert [unit.name for unit in found.path] == ["root", "Security", "Audit"]
    assert names(found.root.branch) == ["Closed", "Security", "management"]
    assert names(found.root.branch.nodes[1].branch) == ["Audit", "Keys", "guardduty"]
    assert names(found.root.branch.nodes[1].branch.nodes[0].branch) == ["audit-log"]
    assert found.root.branch.nodes[0].branch is None
    assert found.root.branch.nodes[0].has_children
    assert [found.root.accounts, found.root.units] == [3, 5]
    assert [found.root.direct_accounts, found.root.direct_units] == [1, 2]
    assert [found.node.accounts, found.node.units, found.node.is_current] == [1, 0, True]


def test_get_unit_counts_what_moved_at_its_new_place():
    organization, actor = make_organization()
    left = UnitFactory(parent=organization.root, name="Left")
    right = UnitFactory(parent=organization.root, name="Right")
    moved = UnitFactory(parent=left, name="Moved")
    AccountFactory(member_of=moved)

    move_organizational_unit(
        actor=actor,
        unit_id=moved.pk,
        source_parent_id=left.pk,
        destination_parent_id=right.pk,
    )

    nodes = structure.get_unit(actor=actor).root.branch.nodes
    assert [(node.name, node.units, node.accounts) for node in nodes[:2]] == [
        ("Left", 0, 0),
        ("Right", 1, 1),
    ]


def test_get_account_opens_the_units_above_and_marks_the_account():
    organization, actor = make_organization()
    unit = UnitFactory(parent=organization.root)
    account = AccountFactory(member_of=unit, name="payments-api")
    tag_resource(actor=actor, resource_id=account.pk, tags=[("owner", "payments")])

    found = structure.get_account(actor=actor, account_id=account.pk)

    (node,) = found.root.branch.nodes[0].branch.nodes
    assert [node.name, node.is_current, node.kind] == ["payments-api", True, Kind.ACCOUNT]
    assert found.tags == (("owner", "payments"),)
    assert found.urn == (
        f"organizations::{organization.management_account_id}"
        f":account:{organization.pk}/{account.pk}"
    )


@pytest.mark.parametrize("units", [0, 49, 50, 51, 120])
def test_list_children_shows_each_child_once_units_first_and_then_accounts_by_name(units):
    organization, actor = make_organization("zz-management")
    for number in reversed(range(units)):
        UnitFactory(parent=organization.root, name=f"Unit {number:03}")
    for number in reversed(range(60)):
        AccountFactory(member_of=organization.root, name=f"Account-{number:03}")

    found = all_parts(actor, organization.root.pk)

    assert found == [
        *(f"Unit {number:03}" for number in range(units)),
        *(f"Account-{number:03}" for number in range(60)),
        "zz-management",
    ]


def test_list_children_loses_nothing_when_the_last_shown_goes_away():
    organization, actor = make_organization()
    made = [UnitFactory(parent=organization.root, name=f"Unit {n:03}") for n in range(60)]
    first = structure.list_children(actor=actor, unit_id=organization.root.pk)

    made[PART - 1].delete()

    second = structure.list_children(
        actor=actor, unit_id=organization.root.pk, after=str(first.last)
    )
    assert names(second)[0] == "Unit 050"


@pytest.mark.parametrize("place", [0, 49, 50, 75, 119])
def test_get_unit_shows_itself_among_many_siblings(place):
    organization, actor = make_organization()
    made = [UnitFactory(parent=organization.root, name=f"Unit {n:03}") for n in range(120)]

    branch = structure.get_unit(actor=actor, unit_id=made[place].pk).root.branch

    start = 0 if place < PART else place
    assert names(branch)[0] == f"Unit {start:03}"
    assert [node.position for node in branch.nodes if node.is_current] == [place + 1]
    assert branch.total == 121
    assert branch.end == min(start + PART, 121)


@pytest.mark.parametrize("place", [0, 46, 47, 48, 119])
def test_get_account_shows_itself_among_many_siblings(place):
    organization, actor = make_organization("zz-management")
    for number in range(3):
        UnitFactory(parent=organization.root, name=f"Unit {number}")
    made = [AccountFactory(member_of=organization.root, name=f"account-{n:03}") for n in range(120)]

    branch = structure.get_account(actor=actor, account_id=made[place].pk).root.branch

    start = 0 if place + 3 < PART else place + 3
    assert branch.start == start
    assert [node.position for node in branch.nodes if node.is_current] == [place + 4]


def test_get_unit_and_get_account_treat_a_foreign_id_like_an_absent_one():
    _organization, actor = make_organization()
    foreign, _actor = make_organization()
    unit = UnitFactory(parent=foreign.root)

    for unit_id in (unit.pk, foreign.root.pk, "ou-" + "0" * 32, "nonsense", "-"):
        with pytest.raises(errors.OuNotFound):
            structure.get_unit(actor=actor, unit_id=unit_id)
        with pytest.raises(errors.OuNotFound):
            structure.list_children(actor=actor, unit_id=unit_id)
    for account_id in (foreign.management_account_id, "0" * 32, "nonsense"):
        with pytest.raises(errors.AccountNotFound):
            structure.get_account(actor=actor, account_id=account_id)


def test_queries_refuse_a_member_before_they_say_whether_anything_is_there():
    organization, _actor = make_organization()
    account = AccountFactory(member_of=organization.root)
    member = actor_for(make_administrator(account))

    for unit_id in (None, organization.root.pk, "ou-" + "0" * 32):
        with pytest.raises(errors.NotManagementOrDelegated):
            structure.get_unit(actor=member, unit_id=unit_id)
    for account_id in (account.pk, "0" * 32):
        with pytest.raises(errors.NotManagementOrDelegated):
            structure.get_account(actor=member, account_id=account_id)


def test_queries_refuse_an_account_without_organization():
    actor = actor_for(make_administrator(AccountFactory()))

    with pytest.raises(errors.CallerNotInOrganization):
        structure.get_unit(actor=actor)


@pytest.mark.parametrize(
    "after",
    ["x", "unit", "unit:x:y", "root:r-abcdef:y", "unit:ou-00000000", "account:ou-00000000:y"],
)
def test_list_children_refuses_an_after_that_is_none_of_ours(after):
    organization, actor = make_organization()

    with pytest.raises(errors.InvalidParameter):
        structure.list_children(actor=actor, unit_id=organization.root.pk, after=after)


def test_list_children_refuses_a_nul_in_after():
    organization, actor = make_organization()

    with pytest.raises(errors.InvalidParameter):
        structure.list_children(
            actor=actor, unit_id=organization.root.pk, after="unit:ou-00000000:\0"
        )


def test_key_reads_what_it_wrote():
    key = Key(Kind.UNIT, "ou-00000000", "a:b %&=#/é")

    assert Key.parse(str(key)) == key


@pytest.mark.parametrize(("units", "accounts"), [(5, 20), (400, 3_000)])
def test_structure_takes_the_same_statements_at_any_size(
    units, accounts, django_assert_num_queries
):
    organization, actor = make_organization()
    grow(organization, units=units, accounts=accounts)
    unit = organization.units.order_by("-level", "-name_key").first()
    account = organization.accounts.filter(unit=organization.root).order_by("-name_key").first()
    root = organization.root

    with django_assert_num_queries(5):  # grants; place, units, accounts, tags
        structure.get_unit(actor=actor)
    with django_assert_num_queries(5):
        structure.get_unit(actor=actor, unit_id=unit.pk)
    with django_assert_num_queries(5):
        structure.get_account(actor=actor, account_id=account.pk)
    with django_assert_num_queries(4):
        structure.list_children(actor=actor, unit_id=root.pk)


def test_grow_makes_a_tree_whose_numbers_are_right():
    organization, actor = make_organization()
    grow(organization, units=70, accounts=100)

    found = structure.get_unit(actor=actor)

    assert [found.root.units, found.root.accounts] == [70, 101]
    assert sum(node.accounts for node in found.root.branch.nodes if node.kind == Kind.UNIT) > 0
