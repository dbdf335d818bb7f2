"""T9: each bad value is a precise refusal that names its field, and nothing is written; on both databases."""

import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from orgs import errors, operations
from orgs.actor import Actor
from orgs.models import OrganizationalUnit
from orgs.operations.accounts import Move
from tests import bad_input
from tests.bad_calls import CASES
from tests.bad_calls.attachments import set_attachments
from tests.bad_calls.care import ask_for_care
from tests.bad_calls.creations import request_account
from tests.bad_calls.invitations import invite
from tests.bad_calls.policies import (
    create_dry_run_policy,
    create_policy,
    restore_policy,
    update_policy,
)
from tests.bad_calls.services import update_service, update_types
from tests.bad_calls.units import create_unit
from tests.bad_calls.world import DENY, World, make_world
from tests.digest import digest_of_database
from tests.standing import as_made, standing

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made_once(django_db_setup, django_db_blocker):
    with standing(django_db_blocker):
        yield make_world()


@pytest.fixture
def world(made_once, db) -> World:
    return as_made(made_once)


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


@pytest.mark.parametrize("organization_id", ["\x00", "o-\ud800", "o-", "%7Bid%7D", None, 5])
def test_ask_for_care_finds_no_organization_by_an_id_that_is_none(world, organization_id):
    before = digest_of_database()

    with pytest.raises(errors.OrganizationNotFound):
        ask_for_care(world, organization_id=organization_id)

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


@pytest.mark.parametrize("operation", [request_account, invite])
def test_twenty_tags_pass_with_an_account_and_one_more_is_invalid(world, operation):
    many = [(f"key-{number}", "x" * 255) for number in range(21)]
    if operation is invite:
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
