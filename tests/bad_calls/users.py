"""Calls about users, how they sign in, and where they go."""

from orgs import operations
from orgs.actor import Actor
from orgs.models import Role
from tests import bad_input
from tests.bad_calls.world import ACCOUNT_IDS, KINDS, NO_FLAGS, PASSWORD, Cases
from tests.totp import code_of

KEY_ID = "0A" * 10
KEY_IDS = bad_input.bad_ids(good=KEY_ID, others=KINDS)
# A key of capitals and digits is one in capitals as well.
KEY_IDS.remove(KEY_ID.upper())
USERNAMES = ["", "a b", "x" * 151, *[f"a{character}b" for character in bad_input.UNPRINTABLE]]
NEW_PASSWORDS = [
    *bad_input.NOT_TEXT,
    "",
    "short",
    "x" * 129,
    "x" * 100_000,
    "password1234",
    "12345678901234567890",
    "half a \ud800 character",
]
PASSWORDS = ["", "short", "password1234", "12345678901234567890", "x" * 129]
PASSWORDS += [f"calm-banyan-{half}shade" for half in bad_input.SURROGATES]
SECRETS = [
    *bad_input.NOT_TEXT,
    "",
    "A" * 31,
    "A" * 33,
    "a" * 32,
    "1" * 32,
    "A" * 31 + "\n",
    "Ａ" * 32,
]
CODES = [*bad_input.NOT_TEXT, "", "0", "x" * 100_000, "١٢٣٤٥٦", "\x00", "\ud800", "not a code"]


def enter(world, **given):
    operations.agencies.switch_account(actor=world.actor, **given)


def create_user(world, **given):
    wanted = {"account_id": world.actor.account_id, "username": "new", "role": Role.READER}
    operations.users.create_user(actor=world.actor, **wanted | given)


def update_user(world, **given):
    operations.users.update_user(actor=world.actor, username="colleague", **given)


def create_operator(world, **given):
    wanted = {"username": "new", "password": PASSWORD} | given
    operations.users.create_operator(actor=Actor.operator("operator"), **wanted)


def update_operator(world, **given):
    actor = Actor.operator("operator")
    operations.users.update_operator(actor=actor, username="other-operator", **given)


def update_key(world, **given):
    wanted = {"access_key_id": KEY_ID, "is_active": False} | given
    operations.access_keys.update_access_key(actor=world.actor, **wanted)


def delete_key(world, **given):
    operations.access_keys.delete_access_key(actor=world.actor, **given)


def change_password(world, **given):
    wanted = {"old_password": PASSWORD, "new_password": f"new {PASSWORD}"} | given
    operations.users.change_password(actor=world.actor, **wanted)


def add_second_factor(world, **given):
    wanted = {"secret": "A" * 32, "code": code_of("A" * 32)} | given
    operations.second_factors.add_second_factor(actor=world.actor, **wanted)


CASES: Cases = [
    (enter, "account_id", "account_id", ACCOUNT_IDS),
    (create_user, "account_id", "account_id", ACCOUNT_IDS),
    (create_user, "username", "username", USERNAMES),
    (update_key, "access_key_id", "access_key_id", KEY_IDS),
    (update_key, "is_active", "is_active", [None, 0, 1, "", "1", "true", [], {}]),
    (delete_key, "access_key_id", "access_key_id", KEY_IDS),
    (change_password, "old_password", "old_password", [*bad_input.NOT_TEXT, "", "x", "\x00"]),
    (change_password, "new_password", "new_password", NEW_PASSWORDS),
    (add_second_factor, "secret", "secret", SECRETS),
    (add_second_factor, "code", "code", CODES),
    (create_user, "password", "password", PASSWORDS[1:]),
    (update_user, "is_active", "is_active", [value for value in NO_FLAGS if value is not None]),
    (update_user, "role", "role", ["", "owner", "Administrator", 0, True, [], {}, b"reader"]),
    (create_operator, "username", "username", [*bad_input.NOT_TEXT, *USERNAMES]),
    (create_operator, "password", "password", [*bad_input.NOT_TEXT, *PASSWORDS]),
    (update_operator, "is_active", "is_active", NO_FLAGS),
]
