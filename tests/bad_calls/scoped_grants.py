"""Calls about rights on units."""

from datetime import UTC, date, datetime

from orgs import operations
from tests.bad_calls.world import PARENT_IDS, Cases

NO_RIGHTS = [
    *[None, "", "create_unit", 0, b"create_unit", {}, [], [None], [0], ["Create_unit"], [{}]],
    *[["delete_organization"], ["view_structure"], ["manage_grants"], ["create_unit", "\x00"]],
]
NO_TIMES = ["", "tomorrow", 0, 1.5, True, [], date(2999, 1, 1), datetime(2999, 1, 1)]
NO_TIMES += [datetime(1999, 1, 1, tzinfo=UTC), datetime.min.replace(tzinfo=UTC)]


def create_grant(world, **given):
    wanted = {"unit_id": world.root_id, "username": "member", "permissions": ["create_unit"]}
    operations.scoped_grants.create_scoped_grant(actor=world.actor, **wanted | given)


def update_grant(world, **given):
    wanted = {"grant_id": world.grant_id, "permissions": ["create_unit"]} | given
    operations.scoped_grants.update_scoped_grant(actor=world.actor, **wanted)


CASES: Cases = [
    (create_grant, "unit_id", "unit_id", PARENT_IDS),
    (create_grant, "permissions", "permissions", NO_RIGHTS),
    (create_grant, "policy_ids", "policy_ids", [None, "p-FullAccess", 1, {}, ["p-FullAccess"]]),
    (create_grant, "expires_at", "expires_at", NO_TIMES),
    (update_grant, "permissions", "permissions", NO_RIGHTS),
    (update_grant, "expires_at", "expires_at", NO_TIMES),
]
