"""The integrity check finds what is broken, names it, and repairs trees from their parents."""

import pytest
from django.db import connection

from orgs import errors, operations
from orgs.actor import Actor
from orgs.models import Account, Event, EventTarget, Organization, OrganizationalUnit, Tag
from orgs.queries.integrity import broken_chains, check_integrity, misnumbered_organizations
from tests.factories import AccountFactory, UnitFactory, make_organization

pytestmark = pytest.mark.django_db

OPERATOR = Actor.operator("tester")


@pytest.fixture
def organization():
    made, actor = make_organization()
    sales = operations.units.create_organizational_unit(
        actor=actor, parent_id=made.root.pk, name="Sales"
    )
    operations.units.create_organizational_unit(actor=actor, parent_id=sales.pk, name="South")
    operations.units.create_organizational_unit(actor=actor, parent_id=made.root.pk, name="Legal")
    made.refresh_from_db()
    return made


def failing() -> list[str]:
    return [invariant.name for invariant in check_integrity() if not invariant.holds]


def test_check_integrity_names_fifteen_invariants_and_finds_nothing_wrong(organization):
    checked = check_integrity()

    assert [invariant.name for invariant in checked] == [f"I{number}" for number in range(1, 16)]
    assert [invariant.problems for invariant in checked] == [[]] * 15


@pytest.mark.parametrize("column", ["lft", "rght", "level", "tree_id"])
def test_check_integrity_finds_wrong_tree_numbers_and_repair_mends_them(organization, column):
    units = OrganizationalUnit.objects.filter(name__in=["Sales", "Legal"])
    before = list(organization.units.order_by("pk").values_list("pk", "lft", "rght", "level"))
    units.update(**{column: 7})
    assert failing() == ["I3"]
    assert misnumbered_organizations() == [organization.pk]

    operations.integrity.repair_tree(actor=OPERATOR, organization_id=organization.pk)

    assert failing() == []
    after = list(organization.units.order_by("pk").values_list("pk", "lft", "rght", "level"))
    assert sorted(row[0] for row in after) == sorted(row[0] for row in before)
    assert organization.events.order_by("-number").values_list("kind", flat=True)[0] == "repairTree"


def test_repair_tree_keeps_the_order_of_siblings_that_can_be_told(organization):
    before = list(organization.units.order_by("lft").values_list("pk", "lft", "rght", "level"))
    OrganizationalUnit.objects.update(level=9)

    operations.integrity.repair_tree(actor=OPERATOR, organization_id=organization.pk)

    after = list(organization.units.order_by("lft").values_list("pk", "lft", "rght", "level"))
    assert after == before


def test_repair_tree_changes_nothing_where_nothing_is_wrong(organization):
    count = operations.integrity.repair_tree(actor=OPERATOR, organization_id=organization.pk)

    assert count == 0
    assert organization.events.count() == organization.version


def test_repair_tree_is_for_operators(organization):
    with pytest.raises(errors.OperatorOnly):
        operations.integrity.repair_tree(
            actor=Actor(account_id="a" * 32, user_id=1, organization_id=organization.pk),
            organization_id=organization.pk,
        )


def break_i1(organization: Organization) -> None:
    unlinked = OrganizationalUnit.objects.get(name="South")
    unlinked.delete()
    Organization.objects.create(
        name="rootless",
        management_account=AccountFactory(),
        created_at=organization.created_at,
    )


def break_i2(organization: Organization) -> None:
    south = OrganizationalUnit.objects.get(name="South")
    OrganizationalUnit.objects.filter(name="Sales").update(parent=south)


def break_i6(organization: Organization) -> None:
    Account.objects.filter(pk=organization.management_account_id).update(status="suspended")


def break_i12(organization: Organization) -> None:
    Tag.objects.bulk_create(
        Tag(organization=organization, unit=organization.root, key=f"k{number}", value="")
        for number in range(21)
    )


def break_i13(organization: Organization) -> None:
    Organization.objects.filter(pk=organization.pk).update(version=99)


def break_i14(organization: Organization) -> None:
    OrganizationalUnit.objects.filter(name="Sales").update(name_key="SALES")


def break_i15(organization: Organization) -> None:
    account = organization.management_account
    unit = UnitFactory(parent=make_organization()[0].root)
    Account.objects.filter(pk=account.pk).update(organization=unit.organization, unit=unit)


@pytest.mark.parametrize(
    ("break_it", "names"),
    [
        (break_i1, ["I1", "I6"]),
        (break_i2, ["I2", "I3"]),
        (break_i6, ["I6"]),
        (break_i12, ["I12"]),
        (break_i13, ["I13"]),
        (break_i14, ["I14"]),
        (break_i15, ["I6", "I15"]),
    ],
)
def test_check_integrity_names_the_invariant_that_is_broken(organization, break_it, names):
    break_it(organization)

    assert failing() == names


def test_broken_chains_finds_nothing_in_an_untouched_log(organization):
    assert list(broken_chains()) == []


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        (
            lambda: Event.objects.filter(number=2).update(actor_username="mallory"),
            "event 2 was altered",
        ),
        (
            lambda: EventTarget.objects.filter(event__number=3).update(entity_name="x"),
            "event 3 was altered",
        ),
        (
            lambda: (
                EventTarget.objects.filter(event__number=4).delete(),
                Event.objects.filter(number=4).delete(),
            ),
            "the last events are missing; 4 expected, 3 found",
        ),
        (
            lambda: (
                EventTarget.objects.filter(event__number=2).delete(),
                Event.objects.filter(number=2).delete(),
            ),
            "event 2 is missing",
        ),
    ],
)
def test_broken_chains_names_the_event_that_does_not_fit(organization, alter, said):
    alter()

    assert list(broken_chains()) == [f"{organization.pk}: {said}"]


def test_the_check_reads_no_more_statements_for_more_units(organization, django_assert_num_queries):
    expected = 16 if connection.vendor == "sqlite" else 15
    with django_assert_num_queries(expected):
        check_integrity()
    for number in range(20):
        UnitFactory(
            parent=OrganizationalUnit.objects.get(pk=organization.root.pk), name=f"U{number}"
        )
    with django_assert_num_queries(expected):
        check_integrity()
