"""Calls about accounts that are there, and what operators say of them."""

from orgs import operations
from orgs.actor import Actor
from tests import bad_input
from tests.bad_calls.users import USERNAMES
from tests.bad_calls.world import ACCOUNT_IDS, NO_FLAGS, PARENT_IDS, Cases


def move_account(world, **given):
    wanted = {
        "account_id": world.account_id,
        "source_parent_id": world.root_id,
        "destination_parent_id": world.unit_id,
    }
    return operations.accounts.move_account(actor=world.actor, **wanted | given)


def update_account(world, **given):
    wanted = {"account_id": world.account_id, "description": "new"} | given
    return operations.accounts.update_account(actor=world.actor, **wanted)


def create_account(world, **given):
    wanted = {"name": "brand-new"} | given
    operations.accounts.create_standalone_account(actor=Actor.operator("operator"), **wanted)


def convert(world, *, account_id):
    operations.accounts.convert_account(actor=Actor.operator("operator"), account_id=account_id)


def set_eligibility(world, **given):
    wanted = {"account_id": world.account_id, "is_eligible": False} | given
    operations.accounts.set_eligibility(actor=Actor.operator("operator"), **wanted)


def close_account(world, **given):
    operations.closings.close_account(actor=world.actor, **given)


def remove_account(world, **given):
    operations.departures.remove_account(actor=world.actor, **given)


CASES: Cases = [
    (move_account, "account_id", "account_id", [i for i in ACCOUNT_IDS if i.__hash__]),
    (move_account, "source_parent_id", "source_parent_id", [i for i in PARENT_IDS if i.__hash__]),
    (move_account, "destination_parent_id", "destination_parent_id", PARENT_IDS),
    (update_account, "account_id", "account_id", ACCOUNT_IDS),
    (update_account, "description", "description", bad_input.bad_descriptions()),
    (create_account, "name", "name", bad_input.bad_account_names()),
    (create_account, "email", "email", bad_input.bad_emails()),
    (create_account, "phone", "phone", bad_input.bad_phones()),
    (create_account, "username", "username", USERNAMES[1:]),  # "" takes the account's name
    (close_account, "account_id", "account_id", ACCOUNT_IDS),
    (remove_account, "account_id", "account_id", ACCOUNT_IDS),
    (convert, "account_id", "account_id", ACCOUNT_IDS),
    (set_eligibility, "account_id", "account_id", ACCOUNT_IDS),
    (set_eligibility, "is_eligible", "is_eligible", NO_FLAGS),
]
