"""Units: R-OU-3 to R-OU-13, I2, I3, I14."""

import pytest

from orgs import errors
from orgs.models import OrganizationalUnit
from orgs.operations.tags import tag_resource
from orgs.operations.units import (
    create_organizational_unit,
    delete_organizational_unit,
    move_organizational_unit,
    update_organizational_unit,
)
from tests.digest import digest_of_database
from tests.factories import AccountFactory, UnitFactory, make_organization
from tests.invariants import violations

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    organization, actor = make_organization()
    return organization, organization.root, actor


def chain(top, names):
    """Units one below the other."""
    for name in names:
        top = UnitFactory(parent=top, name=name)
    return top


def refused(error, operation, **arguments):
    before = digest_of_database()
    with pytest.raises(error):
        operation(**arguments)
    assert digest_of_database() == before


def test_r_ou_5_create_unit_hangs_it_under_its_parent_with_its_tags_and_writes_one_event(place):
    organization, root, actor = place

    unit = create_organizational_unit(
        actor=actor, parent_id=root.pk, name="Sales", tags=[("cost", "1")]
    )

    assert (unit.parent, unit.name, unit.level) == (root, "Sales", 1)
    assert dict(unit.tags.values_list("key", "value")) == {"cost": "1"}
    event = organization.events.get(number=2)
    target = event.targets.get()
    assert (event.kind, event.request_id) == ("createOrganizationalUnit", actor.request_id)
    assert (target.entity_type, target.entity_id) == ("organizational_unit", unit.pk)
    assert (target.path, target.before) == (["Sales"], None)
    assert target.after == {"name": "Sales", "parent_id": root.pk, "tags": {"cost": "1"}}


def test_r_ou_4_create_unit_passes_in_the_fifth_level_and_is_refused_in_the_sixth(place):
    _, root, actor = place
    fourth = chain(root, "abcd")

    fifth = create_organizational_unit(actor=actor, parent_id=fourth.pk, name="e")

    assert fifth.level == 5
    refused(
        errors.OuDepthExceeded,
        create_organizational_unit,
        actor=actor,
        parent_id=fifth.pk,
        name="f",
    )


def test_r_ou_6_create_unit_refuses_a_name_that_a_sibling_has_but_not_one_of_a_cousin(place):
    _, root, actor = place
    sales = UnitFactory(parent=root, name="Sales")

    refused(
        errors.OuNameConflict,
        create_organizational_unit,
        actor=actor,
        parent_id=root.pk,
        name="SALES",
    )
    cousin = create_organizational_unit(actor=actor, parent_id=sales.pk, name="Sales")

    assert cousin.parent == sales


def test_r_ou_3_create_unit_is_refused_when_the_quota_is_used_up(place, settings):
    _, root, actor = place
    settings.ORGANIZATIONAL_UNIT_QUOTA = 2
    UnitFactory(parent=root)

    create_organizational_unit(actor=actor, parent_id=root.pk, name="second")

    refused(
        errors.OuQuotaExceeded, create_organizational_unit, actor=actor, parent_id=root.pk, name="3"
    )


def test_create_unit_asks_for_depth_name_and_quota_in_the_order_of_the_contract(place, settings):
    _, root, actor = place
    settings.ORGANIZATIONAL_UNIT_QUOTA = 5
    fifth = chain(root, "abcde")

    for parent, name, error in (
        (fifth, "f", errors.OuDepthExceeded),
        (root, "A", errors.OuNameConflict),
        (root, "z", errors.OuQuotaExceeded),
    ):
        refused(error, create_organizational_unit, actor=actor, parent_id=parent.pk, name=name)


def test_r_ou_10_rename_unit_keeps_everything_else(place):
    organization, root, actor = place
    unit = UnitFactory(parent=root, name="Sales")
    account, below = AccountFactory(member_of=unit), UnitFactory(parent=unit)
    tag_resource(actor=actor, resource_id=unit.pk, tags=[("cost", "1")])

    update_organizational_unit(actor=actor, unit_id=unit.pk, name="Vente\u0301")

    unit.refresh_from_db()
    assert (unit.name, unit.name_key, unit.parent) == ("Venté", "venté", root)
    assert list(unit.accounts.all()) == [account]
    assert list(unit.children.all()) == [below]
    assert dict(unit.tags.values_list("key", "value")) == {"cost": "1"}
    assert organization.events.get(number=3).targets.get().before == {"name": "Sales"}


def test_r_ou_10_rename_unit_to_the_name_it_has_succeeds_and_changes_nothing(place):
    _, root, actor = place
    unit = UnitFactory(parent=root, name="Sales")
    before = digest_of_database()

    update_organizational_unit(actor=actor, unit_id=unit.pk, name="Sales")

    assert digest_of_database() == before


def test_rename_unit_may_change_the_case_of_its_own_name(place):
    _, root, actor = place
    unit = UnitFactory(parent=root, name="Sales")

    renamed = update_organizational_unit(actor=actor, unit_id=unit.pk, name="SALES")

    assert renamed.name == "SALES"


def test_r_ou_1_root_is_neither_renamed_nor_moved_nor_deleted(place):
    _, root, actor = place
    unit = UnitFactory(parent=root)

    refused(
        errors.InvalidParameter, update_organizational_unit, actor=actor, unit_id=root.pk, name="x"
    )
    refused(errors.InvalidParameter, delete_organizational_unit, actor=actor, unit_id=root.pk)
    refused(
        errors.InvalidParameter,
        move_organizational_unit,
        actor=actor,
        unit_id=root.pk,
        source_parent_id=unit.pk,
        destination_parent_id=unit.pk,
    )


def test_r_ou_11_move_unit_takes_everything_below_it_along(place):
    organization, root, actor = place
    sales, legal = UnitFactory(parent=root, name="Sales"), UnitFactory(parent=root, name="Legal")
    below = UnitFactory(parent=sales, name="EU")
    account = AccountFactory(member_of=below)

    move_organizational_unit(
        actor=actor, unit_id=sales.pk, source_parent_id=root.pk, destination_parent_id=legal.pk
    )

    below = OrganizationalUnit.objects.with_path().get(pk=below.pk)
    assert below.names == ["Legal", "Sales", "EU"]
    assert list(below.accounts.all()) == [account]
    target = organization.events.get(number=2).targets.get()
    assert target.before == {"parent_id": root.pk, "path": ["Sales"]}
    assert target.after == {"parent_id": legal.pk, "path": ["Legal", "Sales"]}
    assert violations() == []


def test_move_unit_refuses_what_would_not_be_a_tree_of_five_levels(place):
    _, root, actor = place
    a = UnitFactory(parent=root, name="a")
    b = UnitFactory(parent=a, name="b")
    deep = chain(root, "wxyz")

    for unit, source, destination, error in (
        (a, root, a, errors.OuMoveIntoItself),
        (a, root, b, errors.OuMoveIntoItself),
        (a, root, deep, errors.OuDepthExceeded),
        (a, root, root, errors.MoveSameParent),
        (b, root, deep, errors.MoveSourceMismatch),
    ):
        refused(
            error,
            move_organizational_unit,
            actor=actor,
            unit_id=unit.pk,
            source_parent_id=source.pk,
            destination_parent_id=destination.pk,
        )


def test_move_unit_refuses_a_name_that_is_there(place):
    _, root, actor = place
    legal = UnitFactory(parent=root)
    UnitFactory(parent=legal, name="SALES")
    sales = UnitFactory(parent=root, name="Sales")

    refused(
        errors.OuNameConflict,
        move_organizational_unit,
        actor=actor,
        unit_id=sales.pk,
        source_parent_id=root.pk,
        destination_parent_id=legal.pk,
    )


@pytest.mark.parametrize("holds", ["a unit", "an account", "a suspended account"])
def test_r_ou_12_delete_unit_refuses_one_that_holds(place, holds):
    _, root, actor = place
    unit = UnitFactory(parent=root)
    if holds == "a unit":
        UnitFactory(parent=unit)
    else:
        status = "suspended" if "suspended" in holds else "active"
        AccountFactory(member_of=unit, status=status)

    refused(errors.OuNotEmpty, delete_organizational_unit, actor=actor, unit_id=unit.pk)


def test_r_ou_13_delete_unit_takes_its_tags_and_frees_its_name(place):
    organization, root, actor = place
    unit = UnitFactory(parent=root, name="Sales")
    tag_resource(actor=actor, resource_id=unit.pk, tags=[("cost", "1")])

    delete_organizational_unit(actor=actor, unit_id=unit.pk)

    assert list(organization.tags.all()) == []
    assert organization.events.get(number=3).targets.get().before == {
        "name": "Sales",
        "parent_id": root.pk,
        "tags": {"cost": "1"},
    }
    again = create_organizational_unit(actor=actor, parent_id=root.pk, name="sales")
    assert again.pk != unit.pk
    assert violations() == []
