"""Calls that ask for new accounts, one or many."""

from orgs import operations
from tests import bad_input
from tests.bad_calls.world import KINDS, PLACES, Cases

BATCH_IDS = bad_input.bad_ids(good="b-" + "0a" * 16, others=KINDS)


def request_account(world, **given):
    wanted = {"name": "brand-new"} | given
    operations.creations.create_account(actor=world.actor, **wanted)


def request_resource_account(world, **given):
    wanted = {"name": "brand-new"} | given
    operations.creations.create_resource_account(actor=world.actor, **wanted)


def create_batch(world, **given):
    wanted = {"kind": "create", "rows": "brand-new"} | given
    operations.batches.create_batch(actor=world.actor, **wanted)


def cancel_batch(world, **given):
    operations.batches.cancel_batch(actor=world.actor, **given)


CASES: Cases = [
    (request_account, "name", "name", bad_input.bad_account_names()),
    (request_account, "email", "email", bad_input.bad_emails()),
    (request_account, "phone", "phone", bad_input.bad_phones()),
    (request_account, "description", "description", bad_input.bad_descriptions()),
    (request_account, "agency_name", "agency_name", bad_input.bad_agency_names()),
    (request_account, "destination_parent_id", "destination_parent_id", PLACES),
    (request_resource_account, "name", "name", bad_input.bad_account_names()),
    (request_resource_account, "description", "description", bad_input.bad_descriptions()),
    (request_resource_account, "agency_name", "agency_name", bad_input.bad_agency_names()),
    (create_batch, "kind", "kind", [*bad_input.NOT_TEXT, "", "close", "CREATE", "\x00", "\ud800"]),
    (create_batch, "rows", "rows", [*bad_input.NOT_TEXT, "", "\n", ",,", "x" * 2_000_000, "bad"]),
    (cancel_batch, "batch_id", "batch_id", BATCH_IDS),
]
