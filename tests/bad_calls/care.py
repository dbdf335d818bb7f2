"""Calls for the care of an installation."""

from orgs import operations
from orgs.actor import Actor
from tests import bad_input
from tests.bad_calls.world import Cases


def ask_for_care(world, **given):
    wanted = {"kind": "events", "organization_id": ""} | given
    operations.care.ask_for_care(actor=Actor.operator("operator"), **wanted)


CASES: Cases = [
    (ask_for_care, "kind", "kind", [*bad_input.NOT_TEXT, "", "all", "INTEGRITY", "\x00"]),
]
