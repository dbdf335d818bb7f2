"""Calls that attach, detach and switch types of policies."""

from orgs import operations
from tests import bad_input
from tests.bad_calls.policies import NO_POLICY_TYPES, POLICY_IDS
from tests.bad_calls.world import KINDS, ROOT_ID, SCP, UNIT_ID, Cases

ENTITY_IDS = bad_input.bad_ids(good=UNIT_ID, others=KINDS[3:])
ROOT_IDS = bad_input.bad_ids(good=ROOT_ID, others=[UNIT_ID, *KINDS[2:]])


def attach_policy(world, **given):
    wanted = {"policy_id": world.policy_id, "entity_id": world.unit_id} | given
    operations.attachments.attach_policy(actor=world.actor, **wanted)


def detach_policy(world, **given):
    wanted = {"policy_id": world.policy_id, "entity_id": world.unit_id} | given
    operations.attachments.detach_policy(actor=world.actor, **wanted)


def set_attachments(world, *, one="p-FullAccess", **given):
    wanted = {
        "entity_id": world.unit_id,
        "policy_type": SCP,
        "policy_ids": [world.policy_id, one],
    } | given
    operations.attachments.set_attachments(actor=world.actor, **wanted)


def enable_policy_type(world, **given):
    wanted = {"root_id": world.root_id, "policy_type": SCP} | given
    operations.policy_types.enable_policy_type(actor=world.actor, **wanted)


def disable_policy_type(world, **given):
    wanted = {"root_id": world.root_id, "policy_type": SCP} | given
    operations.policy_types.disable_policy_type(actor=world.actor, **wanted)


CASES: Cases = [
    (attach_policy, "policy_id", "policy_id", POLICY_IDS),
    (attach_policy, "entity_id", "entity_id", ENTITY_IDS),
    (detach_policy, "policy_id", "policy_id", POLICY_IDS),
    (detach_policy, "entity_id", "entity_id", ENTITY_IDS),
    (set_attachments, "one", "policy_id", POLICY_IDS),
    (set_attachments, "entity_id", "entity_id", ENTITY_IDS),
    (set_attachments, "policy_type", "policy_type", NO_POLICY_TYPES),
    (enable_policy_type, "root_id", "root_id", ROOT_IDS),
    (enable_policy_type, "policy_type", "policy_type", NO_POLICY_TYPES),
    (disable_policy_type, "root_id", "root_id", ROOT_IDS),
    (disable_policy_type, "policy_type", "policy_type", NO_POLICY_TYPES),
]
