"""Calls about tags, on what is there and on what is new."""

from orgs import operations
from tests import bad_input
from tests.bad_calls.creations import request_account
from tests.bad_calls.invitations import invite
from tests.bad_calls.policies import create_policy
from tests.bad_calls.units import create_unit
from tests.bad_calls.world import KINDS, UNIT_ID, Cases

# A text without any character is no text in a list of keys; one that could not be given may be removed.
KEYS_TO_REMOVE = [
    *bad_input.NOT_TEXT,
    "",
    "x" * 129,
    "x" * 100_000,
    *bad_input.around([*bad_input.UNPRINTABLE, *bad_input.unassigned()]),
]
RESOURCE_IDS = bad_input.bad_ids(good=UNIT_ID, others=KINDS[4:])


def tag(world, *, key="key", value="value", resource_id=None):
    operations.tags.tag_resource(
        actor=world.actor,
        resource_id=world.unit_id if resource_id is None else resource_id["given"],
        tags=[("good", "good"), (key, value)],
    )


def untag(world, *, key="key", resource_id=None):
    operations.tags.untag_resource(
        actor=world.actor,
        resource_id=world.unit_id if resource_id is None else resource_id["given"],
        tag_keys=["good", key],
    )


def tag_at(world, *, given):
    tag(world, resource_id={"given": given})


def untag_at(world, *, given):
    untag(world, resource_id={"given": given})


def update_tags(world, *, key="key", value="value", removed="other", resource_id=None):
    operations.tags.update_tags(
        actor=world.actor,
        resource_id=world.unit_id if resource_id is None else resource_id["given"],
        tags=[("good", "good"), (key, value)],
        removed_keys=["other-good", removed],
    )


def update_tags_at(world, *, given):
    update_tags(world, resource_id={"given": given})


def update_many(world, *, key="key", value="value", removed="other"):
    operations.tags.update_tags_of_resources(
        actor=world.actor,
        resource_ids=[world.unit_id, world.account_id],
        tags=[("good", "good"), (key, value)],
        removed_keys=["other-good", removed],
    )


def update_many_at(world, *, given):
    operations.tags.update_tags_of_resources(
        actor=world.actor, resource_ids=[world.unit_id, given], tags=[("good", "good")]
    )


def create_tagged(world, *, key="key", value="value"):
    create_unit(world, tags=[("good", "good"), (key, value)])


def request_tagged(world, *, key="key", value="value"):
    request_account(world, tags=[("good", "good"), (key, value)])


def invite_tagged(world, *, key="key", value="value"):
    invite(world, tags=[("good", "good"), (key, value)])


def create_tagged_policy(world, *, key="key", value="value"):
    create_policy(world, tags=[("good", "good"), (key, value)])


CASES: Cases = [
    (create_tagged, "key", "tags[1].key", bad_input.bad_tag_keys()),
    (create_tagged, "value", "tags[1].value", bad_input.bad_tag_values()),
    (tag, "key", "tags[1].key", bad_input.bad_tag_keys()),
    (tag, "value", "tags[1].value", bad_input.bad_tag_values()),
    (tag_at, "given", "resource_id", RESOURCE_IDS),
    (untag, "key", "tag_keys[1]", KEYS_TO_REMOVE),
    (untag_at, "given", "resource_id", RESOURCE_IDS),
    (update_tags, "key", "tags[1].key", bad_input.bad_tag_keys()),
    (update_tags, "value", "tags[1].value", bad_input.bad_tag_values()),
    (update_tags, "removed", "tag_keys[1]", KEYS_TO_REMOVE),
    (update_tags_at, "given", "resource_id", RESOURCE_IDS),
    (update_many, "key", "tags[1].key", bad_input.bad_tag_keys()),
    (update_many, "value", "tags[1].value", bad_input.bad_tag_values()),
    (update_many, "removed", "tag_keys[1]", KEYS_TO_REMOVE),
    (update_many_at, "given", "resource_id", RESOURCE_IDS),
    (request_tagged, "key", "tags[1].key", bad_input.bad_tag_keys()),
    (request_tagged, "value", "tags[1].value", bad_input.bad_tag_values()),
    (invite_tagged, "key", "tags[1].key", bad_input.bad_tag_keys()),
    (invite_tagged, "value", "tags[1].value", bad_input.bad_tag_values()),
    (create_tagged_policy, "key", "tags[1].key", bad_input.bad_tag_keys()),
    (create_tagged_policy, "value", "tags[1].value", bad_input.bad_tag_values()),
]
