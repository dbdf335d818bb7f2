"""Calls about organizational units."""

from orgs import operations
from tests import bad_input
from tests.bad_calls.world import PARENT_IDS, UNIT_IDS, Cases


def create_unit(world, **given):
    wanted = {"parent_id": world.root_id, "name": "New"} | given
    return operations.units.create_organizational_unit(actor=world.actor, **wanted)


def rename_unit(world, **given):
    wanted = {"unit_id": world.unit_id, "name": "New"} | given
    return operations.units.update_organizational_unit(actor=world.actor, **wanted)


def delete_unit(world, **given):
    return operations.units.delete_organizational_unit(actor=world.actor, **given)


def move_unit(world, **given):
    wanted = {
        "unit_id": world.unit_id,
        "source_parent_id": world.root_id,
        "destination_parent_id": world.other_unit_id,
    }
    return operations.units.move_organizational_unit(actor=world.actor, **wanted | given)


CASES: Cases = [
    (create_unit, "name", "name", bad_input.bad_unit_names()),
    (create_unit, "parent_id", "parent_id", PARENT_IDS),
    (rename_unit, "name", "name", bad_input.bad_unit_names()),
    (rename_unit, "unit_id", "organizational_unit_id", UNIT_IDS),
    (delete_unit, "unit_id", "organizational_unit_id", UNIT_IDS),
    (move_unit, "unit_id", "organizational_unit_id", UNIT_IDS),
    (move_unit, "source_parent_id", "source_parent_id", PARENT_IDS),
    (move_unit, "destination_parent_id", "destination_parent_id", PARENT_IDS),
]
