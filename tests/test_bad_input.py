"""T9: each bad value is a precise refusal that names its field, and nothing is written; on both databases."""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password

from orgs import errors, operations
from orgs.actor import Actor
from orgs.models import OrganizationalUnit, Role, User
from orgs.operations.accounts import Move
from tests import bad_input
from tests.digest import digest_of_database
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)
from tests.totp import code_of

pytestmark = pytest.mark.django_db

UNIT_ID, ROOT_ID, ACCOUNT_ID = "ou-" + "0a" * 16, "r-" + "0a" * 6, "0a" * 16
KINDS = [UNIT_ID, ROOT_ID, ACCOUNT_ID, "p-FullAccess", "o-" + "0" * 32, "h-" + "0" * 32]
KEY_ID, PASSWORD = "0A" * 10, "calm-banyan-shade-42"
KEY_IDS = bad_input.bad_ids(good=KEY_ID, others=KINDS)
# A key of capitals and digits is one in capitals as well.
KEY_IDS.remove(KEY_ID.upper())
PARENT_IDS = bad_input.bad_ids(good=UNIT_ID, others=KINDS[2:])
UNIT_IDS = bad_input.bad_ids(good=UNIT_ID, others=KINDS[1:])
ACCOUNT_IDS = bad_input.bad_ids(good=ACCOUNT_ID, others=[*KINDS[:2], *KINDS[3:]])
BATCH_IDS = bad_input.bad_ids(good="b-" + "0a" * 16, others=KINDS)
RESOURCE_IDS = bad_input.bad_ids(good=UNIT_ID, others=KINDS[4:])
INVITATION_ID = "h-" + "0a" * 16
INVITATION_IDS = bad_input.bad_ids(good=INVITATION_ID, others=KINDS[:5])
# A text without any character is no text in a list of keys; one that could not be given may be removed.
KEYS_TO_REMOVE = [
    *bad_input.NOT_TEXT,
    "",
    "x" * 129,
    "x" * 100_000,
    *bad_input.around([*bad_input.UNPRINTABLE, *bad_input.unassigned()]),
]


INVITATION_ID = "h-" + "0a" * 16
INVITATION_IDS = bad_input.bad_ids(good=INVITATION_ID, others=KINDS[:5])


SCP = "service_control_policy"
DENY = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["signin::*"]}]}'
POLICY_IDS = bad_input.bad_ids(
    good="p-" + "0a" * 16, others=[kind for kind in KINDS if not kind.startswith("p-")]
)
ENTITY_IDS = bad_input.bad_ids(good=UNIT_ID, others=KINDS[3:])
ROOT_IDS = bad_input.bad_ids(good=ROOT_ID, others=[UNIT_ID, *KINDS[2:]])
# R-PT-1: types of newer pages are refused as well.
NO_POLICY_TYPES = [
    *bad_input.NOT_TEXT,
    *["", "SERVICE_CONTROL_POLICY", "tag_policy ", "resource_control_policy", "\x00", "\ud800"],
    "network_control_policy",
]


@dataclass
class World:
    actor: Actor
    policy_id: str
    root_id: str
    unit_id: str
    other_unit_id: str
    account_id: str
    invited: Actor


@pytest.fixture
def world() -> World:
    organization, actor = make_organization()
    User.objects.update(password=make_password(PASSWORD))
    root = organization.root
    unit, other = UnitFactory(parent=root, name="Éq"), UnitFactory(parent=root)
    account = AccountFactory(member_of=root)
    make_administrator(organization.management_account, username="colleague")
    User.objects.create_user("other-operator", is_staff=True)
    invited = actor_for(make_administrator(AccountFactory(name="to-be-invited")))
    policy = operations.policies.create_policy(
        actor=actor, name="Stay", policy_type=SCP, content=DENY
    )
    return World(actor, policy.pk, root.pk, unit.pk, other.pk, account.pk, invited)


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


def tag_at(world, *, given):
    tag(world, resource_id={"given": given})


def untag_at(world, *, given):
    untag(world, resource_id={"given": given})


def create_tagged(world, *, key="key", value="value"):
    create_unit(world, tags=[("good", "good"), (key, value)])


def create_account(world, **given):
    wanted = {"name": "brand-new"} | given
    operations.accounts.create_standalone_account(actor=Actor.operator("operator"), **wanted)


def accept(world, **given):
    operations.invitations.accept_invitation(actor=world.actor, **given)


def decline(world, **given):
    operations.invitations.decline_invitation(actor=world.actor, **given)


def enter(world, **given):
    operations.agencies.switch_account(actor=world.actor, **given)


def create_user(world, **given):
    wanted = {"account_id": world.actor.account_id, "username": "new", "role": Role.READER}
    operations.users.create_user(actor=world.actor, **wanted | given)


def request_account(world, **given):
    wanted = {"name": "brand-new"} | given
    operations.creations.create_account(actor=world.actor, **wanted)


def request_tagged(world, *, key="key", value="value"):
    request_account(world, tags=[("good", "good"), (key, value)])


def request_resource_account(world, **given):
    wanted = {"name": "brand-new"} | given
    operations.creations.create_resource_account(actor=world.actor, **wanted)


def invite(world, **given):
    wanted = {"target_type": "account", "target": ACCOUNT_ID} | given
    operations.invitations.invite_account(actor=world.actor, **wanted)


def invite_by_name(world, *, target):
    invite(world, target_type="name", target=target)


def invite_tagged(world, *, key="key", value="value"):
    invite(world, tags=[("good", "good"), (key, value)])


def accept_invitation(world, **given):
    operations.invitations.accept_invitation(actor=world.actor, **given)


def cancel_invitation(world, **given):
    operations.invitations.cancel_invitation(actor=world.actor, **given)


def decline_invitation(world, **given):
    operations.invitations.decline_invitation(actor=world.actor, **given)


def resend_invitation(world, **given):
    operations.invitations.resend_invitation(actor=world.actor, **given)


def close_account(world, **given):
    operations.closings.close_account(actor=world.actor, **given)


def remove_account(world, **given):
    operations.departures.remove_account(actor=world.actor, **given)


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


def create_policy(world, **given):
    wanted = {"name": "New", "policy_type": SCP, "content": DENY} | given
    return operations.policies.create_policy(actor=world.actor, **wanted)


def create_dry_run_policy(world, **given):
    create_policy(world, is_dry_run=True, **given)


def create_tagged_policy(world, *, key="key", value="value"):
    create_policy(world, tags=[("good", "good"), (key, value)])


def update_policy(world, **given):
    wanted = {"policy_id": world.policy_id, "name": "Other"} | given
    operations.policies.update_policy(actor=world.actor, **wanted)


def restore_policy(world, **given):
    wanted = {"policy_id": world.policy_id, "number": 1} | given
    operations.policies.restore_policy_version(actor=world.actor, **wanted)


def delete_policy(world, **given):
    operations.policies.delete_policy(actor=world.actor, **given)


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


def create_batch(world, **given):
    wanted = {"kind": "create", "rows": "brand-new"} | given
    operations.batches.create_batch(actor=world.actor, **wanted)


def cancel_batch(world, **given):
    operations.batches.cancel_batch(actor=world.actor, **given)


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


def create_operator(world, **given):
    wanted = {"username": "new", "password": "calm-banyan-shade-42"} | given
    operations.users.create_operator(actor=Actor.operator("operator"), **wanted)


def update_user(world, **given):
    operations.users.update_user(actor=world.actor, username="colleague", **given)


def update_operator(world, **given):
    actor = Actor.operator("operator")
    operations.users.update_operator(actor=actor, username="other-operator", **given)


def create_service(world, **given):
    wanted = {"principal": "service.New", "name": "New"} | given
    operations.services.create_integrable_service(actor=Actor.operator("operator"), **wanted)


def create_service_without_administrators(world, **given):
    create_service(world, supports_delegated_administrators=False, **given)


def update_service(world, **given):
    wanted = {
        "principal": "service.CTS",
        "version": 1,
        "name": "New",
        "description": "",
        "supports_delegated_administrators": True,
        "most_delegated_administrators": None,
        "note_before_disabling": "",
    } | given
    operations.services.update_integrable_service(actor=Actor.operator("operator"), **wanted)


def create_types(world, *, resource_type="other", **given):
    wanted = {"service_name": "new", "name": "New", "resource_types": ["good", resource_type]}
    wanted |= given
    operations.services.create_tag_policy_service(actor=Actor.operator("operator"), **wanted)


def update_types(world, *, resource_type="other", **given):
    wanted = {
        "service_name": "ecs",
        "version": 1,
        "name": "New",
        "resource_types": ["good", resource_type],
        "supports_all": True,
    } | given
    operations.services.update_tag_policy_service(actor=Actor.operator("operator"), **wanted)


def convert(world, *, account_id):
    operations.accounts.convert_account(actor=Actor.operator("operator"), account_id=account_id)


LIMIT = "most_delegated_administrators"
NO_LIMITS = [0, -1, 10_001, 10**30, True, False, 1.0, "", "1", b"1", [], {}, float("nan")]
USERNAMES = ["", "a b", "x" * 151, *[f"a{character}b" for character in bad_input.UNPRINTABLE]]
# An optional text that is not given is none at all.
PLACES = [value for value in PARENT_IDS if value is not None]
TARGET_TYPES = [*bad_input.NOT_TEXT, "", "email", "Account", "NAME", "name ", "\x00", "\ud800"]
NO_FLAGS = [None, 0, 1, "", "0", "true", b"1", [], [True], {}, 1.0]
PASSWORDS = ["", "short", "password1234", "12345678901234567890", "x" * 129]
PASSWORDS += [f"calm-banyan-{half}shade" for half in bad_input.SURROGATES]

CASES: list[tuple[Callable[..., Any], str, str, Iterable[object]]] = [
    (create_unit, "name", "name", bad_input.bad_unit_names()),
    (create_unit, "parent_id", "parent_id", PARENT_IDS),
    (create_tagged, "key", "tags[1].key", bad_input.bad_tag_keys()),
    (create_tagged, "value", "tags[1].value", bad_input.bad_tag_values()),
    (rename_unit, "name", "name", bad_input.bad_unit_names()),
    (rename_unit, "unit_id", "organizational_unit_id", UNIT_IDS),
    (delete_unit, "unit_id", "organizational_unit_id", UNIT_IDS),
    (move_unit, "unit_id", "organizational_unit_id", UNIT_IDS),
    (move_unit, "source_parent_id", "source_parent_id", PARENT_IDS),
    (move_unit, "destination_parent_id", "destination_parent_id", PARENT_IDS),
    (move_account, "account_id", "account_id", [i for i in ACCOUNT_IDS if i.__hash__]),
    (move_account, "source_parent_id", "source_parent_id", [i for i in PARENT_IDS if i.__hash__]),
    (move_account, "destination_parent_id", "destination_parent_id", PARENT_IDS),
    (update_account, "account_id", "account_id", ACCOUNT_IDS),
    (update_account, "description", "description", bad_input.bad_descriptions()),
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
    (accept, "invitation_id", "handshake_id", INVITATION_IDS),
    (decline, "invitation_id", "handshake_id", INVITATION_IDS),
    (enter, "account_id", "account_id", ACCOUNT_IDS),
    (create_account, "name", "name", bad_input.bad_account_names()),
    (create_account, "email", "email", bad_input.bad_emails()),
    (create_account, "phone", "phone", bad_input.bad_phones()),
    (create_account, "username", "username", USERNAMES[1:]),  # "" takes the account's name
    (request_account, "name", "name", bad_input.bad_account_names()),
    (request_account, "email", "email", bad_input.bad_emails()),
    (request_account, "phone", "phone", bad_input.bad_phones()),
    (request_account, "description", "description", bad_input.bad_descriptions()),
    (request_account, "agency_name", "agency_name", bad_input.bad_agency_names()),
    (request_account, "destination_parent_id", "destination_parent_id", PLACES),
    (request_tagged, "key", "tags[1].key", bad_input.bad_tag_keys()),
    (request_tagged, "value", "tags[1].value", bad_input.bad_tag_values()),
    (request_resource_account, "name", "name", bad_input.bad_account_names()),
    (request_resource_account, "description", "description", bad_input.bad_descriptions()),
    (request_resource_account, "agency_name", "agency_name", bad_input.bad_agency_names()),
    (invite, "target_type", "target.type", TARGET_TYPES),
    (invite, "target", "target.entity", ACCOUNT_IDS),
    (invite_by_name, "target", "target.entity", bad_input.bad_account_names()),
    (invite, "notes", "notes", bad_input.bad_notes()),
    (invite, "destination_parent_id", "destination_parent_id", PLACES),
    (invite_tagged, "key", "tags[1].key", bad_input.bad_tag_keys()),
    (invite_tagged, "value", "tags[1].value", bad_input.bad_tag_values()),
    (accept_invitation, "invitation_id", "handshake_id", INVITATION_IDS),
    (cancel_invitation, "invitation_id", "handshake_id", INVITATION_IDS),
    (decline_invitation, "invitation_id", "handshake_id", INVITATION_IDS),
    (resend_invitation, "invitation_id", "handshake_id", INVITATION_IDS),
    (close_account, "account_id", "account_id", ACCOUNT_IDS),
    (remove_account, "account_id", "account_id", ACCOUNT_IDS),
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
    (create_tagged_policy, "key", "tags[1].key", bad_input.bad_tag_keys()),
    (create_tagged_policy, "value", "tags[1].value", bad_input.bad_tag_values()),
    (update_policy, "policy_id", "policy_id", POLICY_IDS),
    (restore_policy, "policy_id", "policy_id", POLICY_IDS),
    (delete_policy, "policy_id", "policy_id", POLICY_IDS),
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
    (create_batch, "kind", "kind", [*bad_input.NOT_TEXT, "", "close", "CREATE", "\x00", "\ud800"]),
    (create_batch, "rows", "rows", [*bad_input.NOT_TEXT, "", "\n", ",,", "x" * 2_000_000, "bad"]),
    (cancel_batch, "batch_id", "batch_id", BATCH_IDS),
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
    (update_user, "is_active", "is_active", NO_FLAGS),
    (create_operator, "username", "username", [*bad_input.NOT_TEXT, *USERNAMES]),
    (create_operator, "password", "password", [*bad_input.NOT_TEXT, *PASSWORDS]),
    (update_operator, "is_active", "is_active", NO_FLAGS),
    (convert, "account_id", "account_id", ACCOUNT_IDS),
    (create_service, "principal", "principal", bad_input.bad_principals()),
    (create_types, "service_name", "service_name", bad_input.bad_service_names()),
    (create_service_without_administrators, *[LIMIT] * 2, [1, 10_000]),
    *[
        case
        for operation in (create_service, update_service)
        for case in (
            (operation, "name", "name", bad_input.bad_display_names()),
            (operation, "description", "description", bad_input.bad_service_notes()),
            (
                operation,
                "note_before_disabling",
                "note_before_disabling",
                bad_input.bad_service_notes(),
            ),
            (operation, *["supports_delegated_administrators"] * 2, NO_FLAGS),
            (operation, *[LIMIT] * 2, NO_LIMITS),
        )
    ],
    *[
        case
        for operation in (create_types, update_types)
        for case in (
            (operation, "name", "name", bad_input.bad_display_names()),
            (operation, "resource_type", "resource_types[1]", bad_input.bad_resource_types()),
            (operation, "resource_types", "resource_types", [[], ()]),
            (operation, "resource_types", "resource_types", [[f"t{n}" for n in range(201)]]),
            (operation, "supports_all", "supports_all", NO_FLAGS),
        )
    ],
]


@pytest.mark.parametrize(
    ("operation", "parameter", "field", "values"),
    CASES,
    ids=[f"{operation.__name__}-{parameter}" for operation, parameter, _, _ in CASES],
)
def test_bad_input_is_refused_by_its_field_and_writes_nothing(
    world, operation, parameter, field, values
):
    before = digest_of_database()
    wrong = []

    for value in values:
        try:
            operation(world, **{parameter: value})
            wrong.append((ascii(value)[:80], "accepted"))
        except errors.InvalidParameter as refusal:
            if refusal.field != field or not str(refusal).startswith(f"{field}: "):
                wrong.append((ascii(value)[:80], f"{refusal.field}: {refusal}"))
        except errors.OrgsError as refusal:
            wrong.append((ascii(value)[:80], type(refusal).__name__))

    assert wrong == []
    assert digest_of_database() == before


def test_bad_input_is_three_thousand_cases():
    assert sum(len(list(values)) for _, _, _, values in CASES) > 3_000


@pytest.mark.parametrize("name", bad_input.good_unit_names())
def test_names_that_print_are_accepted_and_kept_normalized(world, name):
    made = create_unit(world, name=name)

    kept = OrganizationalUnit.objects.get(pk=made.pk).name
    assert kept == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("name", ["Éq", "éq", "ÉQ", "E\u0301q", "e\u0301Q"])
def test_a_name_that_is_there_in_another_form_is_a_conflict(world, name):
    before = digest_of_database()

    with pytest.raises(errors.OuNameConflict):
        create_unit(world, name=name)

    assert digest_of_database() == before


def test_twenty_tags_pass_and_one_more_is_invalid(world):
    many = [(f"key-{number}", "x" * 255) for number in range(21)]
    with pytest.raises(errors.InvalidParameter) as refused:
        create_unit(world, tags=many)
    assert (refused.value.field, refused.value.reason) == ("tags", errors.Reason.TOO_MANY)

    made = create_unit(world, tags=many[:20])

    assert dict(made.tags.values_list("key", "value")) == dict(many[:20])


@pytest.mark.parametrize("moves", [[], ["twice", "twice"]])
def test_move_accounts_refuses_an_empty_list_and_a_repeated_account(world, moves):
    with pytest.raises(errors.InvalidParameter) as refused:
        operations.accounts.move_accounts(
            actor=world.actor,
            moves=[
                Move(account_id=world.account_id, source_parent_id=world.root_id) for _ in moves
            ],
            destination_parent_id=world.unit_id,
        )

    assert refused.value.field == "account_ids"


FINDING_A_USER: dict[str, Callable[[World, str], Any]] = {
    "create_access_key": lambda world, name: operations.access_keys.create_access_key(
        actor=world.actor, username=name
    ),
    "update_user": lambda world, name: operations.users.update_user(
        actor=world.actor, username=name, is_active=False
    ),
    "update_operator": lambda _world, name: operations.users.update_operator(
        actor=Actor.operator("operator"), username=name, is_active=False
    ),
}


@pytest.mark.parametrize("username", ["\x00", "a\x00b", "\ud800", "", "x" * 100_000, "nobody"])
@pytest.mark.parametrize("operation", FINDING_A_USER)
def test_a_user_is_not_found_by_a_name_that_is_none(world, operation, username):
    before = digest_of_database()

    with pytest.raises(errors.UserNotFound):
        FINDING_A_USER[operation](world, username)

    assert digest_of_database() == before


@pytest.mark.parametrize(
    "agency_id", [None, "", "1.5", "-1", "\x00", "٣", "\ud800", [], {}, "9" * 19, "x" * 100_000]
)
def test_delete_agency_finds_none_by_an_id_that_is_none(world, agency_id):
    before = digest_of_database()

    with pytest.raises(errors.AgencyNotFound):
        operations.agencies.delete_agency(actor=world.actor, agency_id=agency_id)

    assert digest_of_database() == before


@pytest.mark.parametrize("organization_id", ["\x00", "o-\ud800", "", "%7Bid%7D", None, 5])
def test_set_account_quota_finds_no_organization_by_an_id_that_is_none(world, organization_id):
    before = digest_of_database()

    with pytest.raises((errors.OrganizationNotFound, errors.InvalidParameter)):
        operations.quotas.set_account_quota(
            actor=Actor.operator("operator"), organization_id=organization_id, quota=5
        )

    assert digest_of_database() == before


FINDING_A_SERVICE: dict[str, Callable[..., Any]] = {
    "update_integrable_service": lambda key: update_service(None, principal=key),
    "delete_integrable_service": lambda key: operations.services.delete_integrable_service(
        actor=Actor.operator("operator"), principal=key
    ),
    "update_tag_policy_service": lambda key: update_types(None, service_name=key),
    "delete_tag_policy_service": lambda key: operations.services.delete_tag_policy_service(
        actor=Actor.operator("operator"), service_name=key
    ),
}


@pytest.mark.parametrize(
    "key",
    [*bad_input.NOT_TEXT, "\x00", "a\x00b", "\ud800", "", "x" * 100_000, "service.cts", "ECS"],
    ids=lambda key: ascii(key)[:20],
)
@pytest.mark.parametrize("operation", FINDING_A_SERVICE)
def test_a_service_is_not_found_by_a_name_that_is_none(db, operation, key):
    before = digest_of_database()

    with pytest.raises(errors.ServiceNotFound):
        FINDING_A_SERVICE[operation](key)

    assert digest_of_database() == before


@pytest.mark.parametrize(
    "job_id", [None, "x", "", "\x00", -1, 0, 2**63, 2**70, 1.5, [], {}, "1" * 100]
)
def test_retry_job_finds_no_job_by_an_id_that_is_none(world, job_id):
    before = digest_of_database()

    with pytest.raises(errors.JobNotFound):
        operations.jobs.retry_job(actor=Actor.operator("operator"), job_id=job_id)

    assert digest_of_database() == before


@pytest.mark.parametrize("name", ["request_account", "invite"])
def test_twenty_tags_pass_with_an_account_and_one_more_is_invalid(world, name):
    many = [(f"key-{number}", "x" * 255) for number in range(21)]
    operation = globals()[name]
    if name == "invite":
        operation = partial(invite, target=world.invited.account_id)
    with pytest.raises(errors.InvalidParameter) as refused:
        operation(world, tags=many)
    assert (refused.value.field, refused.value.reason) == ("tags", errors.Reason.TOO_MANY)

    operation(world, tags=many[:20])


def within(text: str) -> str:
    """A policy with that in a text of it."""
    return DENY.replace('"Effect"', f'"Sid":"{text}","Effect"')


TOO_LONG = [" " * 5_121, DENY + " " * 5_121, "x" * 2**20, "[" * 10_000, "é" * 5_121]
MALFORMED = [
    "",
    " ",
    "x",
    "null",
    "[]",
    "{",
    "[" * 5_120,
    '{"a":' * 1_000,
    "1e400",
    "NaN",
    "9" * 5_000,
    "\ufeff" + DENY,
    DENY + "\x00",
    DENY + DENY,
    DENY.replace('"Version"', '"Version":"5.0","Version"'),
    *[within(f"a{character}b") for character in [*bad_input.SURROGATES, *map(chr, range(0x20))]],
]


@pytest.mark.parametrize("operation", [create_policy, create_dry_run_policy, update_policy])
@pytest.mark.parametrize(
    ("texts", "refusal"),
    [(TOO_LONG, errors.PolicyContentTooLong), (MALFORMED, errors.PolicyContentMalformed)],
)
def test_r_pol_6_bad_texts_of_policies_are_refused_and_nothing_is_written(
    world, operation, texts, refusal
):
    before = digest_of_database()

    for text in texts:
        with pytest.raises(refusal) as refused:
            operation(world, content=text)
        assert len(str(refused.value)) < 500

    assert digest_of_database() == before


def test_r_pol_2_a_text_of_5_120_characters_is_kept_as_it_is(world):
    text = DENY + " " * (5_120 - len(DENY))

    made = create_policy(world, content=text)

    made.refresh_from_db()
    assert made.content == text


@pytest.mark.parametrize(
    "number", [None, "", "1", -1, 0, 2, 2**31, 2**63, 2**70, 1.0, True, [], {}, "\x00"]
)
def test_restore_finds_no_version_by_a_number_that_is_none(world, number):
    before = digest_of_database()

    with pytest.raises(errors.PolicyVersionNotFound):
        restore_policy(world, number=number)

    assert digest_of_database() == before


@pytest.mark.parametrize("policy_ids", [["p-FullAccess"] * 2, ["p-" + "0a" * 16] * 1_001])
def test_set_attachments_refuses_a_policy_twice_and_too_many(world, policy_ids):
    before = digest_of_database()

    with pytest.raises(errors.InvalidParameter) as refused:
        set_attachments(world, policy_ids=policy_ids)

    assert refused.value.field == "policy_ids"
    assert digest_of_database() == before
