"""Calls about policies and their texts."""

from orgs import operations
from tests import bad_input
from tests.bad_calls.world import DENY, KINDS, SCP, Cases

POLICY_IDS = bad_input.bad_ids(
    good="p-" + "0a" * 16, others=[kind for kind in KINDS if not kind.startswith("p-")]
)
# R-PT-1: types of newer pages are refused as well.
NO_POLICY_TYPES = [
    *bad_input.NOT_TEXT,
    *["", "SERVICE_CONTROL_POLICY", "tag_policy ", "resource_control_policy", "\x00", "\ud800"],
    "network_control_policy",
]


def create_policy(world, **given):
    wanted = {"name": "New", "policy_type": SCP, "content": DENY} | given
    return operations.policies.create_policy(actor=world.actor, **wanted)


def create_dry_run_policy(world, **given):
    create_policy(world, is_dry_run=True, **given)


def update_policy(world, **given):
    wanted = {"policy_id": world.policy_id, "name": "Other"} | given
    operations.policies.update_policy(actor=world.actor, **wanted)


def restore_policy(world, **given):
    wanted = {"policy_id": world.policy_id, "number": 1} | given
    operations.policies.restore_policy_version(actor=world.actor, **wanted)


def delete_policy(world, **given):
    operations.policies.delete_policy(actor=world.actor, **given)


CASES: Cases = [
    *[
        case
        for operation in (create_policy, create_dry_run_policy, update_policy)
        for case in (
            (
                operation,
                "name",
                "name",
                [name for name in bad_input.bad_policy_names() if name is not None],
            ),
            (
                operation,
                "description",
                "description",
                [one for one in bad_input.bad_policy_descriptions() if one is not None],
            ),
            (operation, "content", "content", bad_input.NOT_TEXT[1:]),
        )
    ],
    (create_policy, "policy_type", "type", NO_POLICY_TYPES),
    (create_dry_run_policy, "policy_type", "type", [*NO_POLICY_TYPES, "tag_policy"]),
    (update_policy, "policy_id", "policy_id", POLICY_IDS),
    (restore_policy, "policy_id", "policy_id", POLICY_IDS),
    (delete_policy, "policy_id", "policy_id", POLICY_IDS),
]
