"""T9: what nobody should be able to send is a precise refusal, quickly, and nothing is written."""

import json
import time
from urllib.parse import quote

import pytest
from django.test import Client
from msgspec import Struct

from orgs.api.parameters import read_query
from orgs.errors import InvalidParameter
from tests import bad_input
from tests.both_databases import share_of
from tests.digest import digest_of_database
from tests.wire import bad_bodies
from tests.wire.signing import call, code_of, send_raw

INVALID = (400, "Organizations.1050")
SECONDS = 0.1

UNITS = "/v1/organizations/organizational-units"
ACCOUNTS = "/v1/organizations/accounts"
POLICIES = "/v1/organizations/policies"
PATHS = {
    "create_account": ("POST", ACCOUNTS),
    "create_resource_account": ("POST", "/v2/organizations/accounts"),
    "invite_account": ("POST", ACCOUNTS + "/invite"),
    "invite_account_by_name": ("POST", ACCOUNTS + "/invite"),
    "create_unit": ("POST", UNITS),
    "update_unit": ("PATCH", UNITS + "/{unit}"),
    "move_account": ("POST", "/v1/organizations/accounts/{account}/move"),
    "update_account": ("PATCH", "/v1/organizations/accounts/{account}"),
    "create_policy": ("POST", POLICIES),
    "update_policy": ("PATCH", POLICIES + "/{policy}"),
    "attach_policy": ("POST", POLICIES + "/{policy}/attach"),
    "update_dry_run_config": ("POST", "/v1/organizations/dry-run-config"),
    "switch_policy_type": ("POST", POLICIES + "/enable"),
    "trusted_service": ("POST", "/v1/organizations/trusted-services/enable"),
    "delegated_administrator": (
        "POST",
        "/v1/organizations/delegated-administrators/register",
    ),
    "tag": ("POST", "/v1/organizations/resources/{unit}/tag"),
    "untag_by_tags": ("POST", "/v1/organizations/organizations%3Aous/{unit}/tags/delete"),
    "untag": ("POST", "/v1/organizations/resources/{unit}/untag"),
    "move_unit": ("POST", "/x/v1/organizational-units/{unit}/move"),
    "authorize": ("POST", "/x/v1/authorize"),
    "explain": ("POST", "/x/v1/explain"),
    "preview_account_moves": ("POST", "/x/v1/previews/account-moves"),
    "preview_unit_move": ("POST", "/x/v1/previews/organizational-unit-move"),
    "preview_attach": ("POST", "/x/v1/previews/attach"),
    "preview_save": ("POST", "/x/v1/previews/save"),
    "find": ("POST", "/v1/organizations/organizations%3Aous/resource-instances/filter"),
}


@pytest.mark.parametrize("kind", bad_bodies.KINDS)
def test_bad_bodies_are_refused_by_their_field_and_write_nothing(world, kind, counted_by_nobody):
    method, template = PATHS[kind]
    url = template.format(unit=world.unit.pk, account=world.member.pk, policy=bad_bodies.POLICY_ID)
    before = digest_of_database()
    wrong, slow, number = [], [], 0

    for case in share_of(list(bad_bodies.cases(kind)), least=1_000):
        number += 1
        key, body, sort = world.keys["manager"], case.content, case.content_type
        response, is_slow = answered(key, method, url, body=body, content_type=sort)
        said = response.content.decode()
        field = response.json()["error_msg"].partition(": ")[0] if response.content else ""
        if code_of(response) != INVALID or field not in case.fields:
            wrong.append((case.content[:120], case.content_type, sorted(case.fields), said[:200]))
        if is_slow:
            slow.append(case.content[:80])

    assert wrong == []
    assert slow == []
    assert number >= 1_000
    assert digest_of_database() == before


def answered(*arguments, **request):
    """The answer to a request, and whether it took longer than a refusal may."""
    response, taken = timed(*arguments, **request)
    # Once may be the collection of garbage; it is the request's own fault when it is slow again.
    return response, taken > SECONDS and timed(*arguments, **request)[1] > SECONDS


def timed(*arguments, **request):
    start = time.thread_time()
    response = send_raw(*arguments, **request)
    return response, time.thread_time() - start


# Parameters of every list: what the name may not carry.
LIMITS = [
    "0",
    "-1",
    "2001",
    "99999",
    "1.0",
    "1e3",
    "0x1",
    "",
    " ",
    "+5",
    "5 ",
    "١",
    "ten",
    "null",
    "9" * 18,
]
MARKERS = [
    "",
    "a",
    "abc",
    "abcd",
    "x" * 400,
    "x" * 401,
    "x" * 5_000,
    "a/b/c",
    "a+bc",
    "äöüß",
    "ab==",
    "%00%00",
]
FLAGS = ["", "1", "0", "yes", "True", "TRUE", "truefalse", "null", " true"]
PARENTS = [each for each in bad_bodies.PARENT_IDS if isinstance(each, str) and len(each) < 2_000]
CHILDREN = ["", "r-0000", "p-FullAccess", "ou-1", "../", "%", "0" * 31, "0" * 33, "A" * 32]
ROOTS = ["", "ou-00000000", "r-1", "R-0000", "p-FullAccess", "0" * 32, "../", "%"]
ENTITIES = ["", "p-FullAccess", "o-" + "0" * 32, "ou-1", "../", "%", "0" * 31, "A" * 32]
STATES = ["", "failed ", "FAILED", "closed", "in_progress,failed", "null", "x" * 5_000]
LISTS = {
    "/x/v1/tree": {"accounts": FLAGS},
    "/v1/organizations/handshakes": {"limit": LIMITS, "marker": MARKERS},
    "/v1/received-handshakes": {"limit": LIMITS, "marker": MARKERS},
    "/v1/organizations/create-account-status": {
        "limit": LIMITS,
        "marker": MARKERS,
        "states": [*STATES, "suspended", "pending_closure"],
    },
    "/v1/organizations/close-account-status": {
        "states": [*STATES, "failed", "succeeded", "in_progress"]
    },
    "/v1/organizations/roots": {"limit": LIMITS, "marker": MARKERS},
    "/v1/organizations/organizational-units": {
        "limit": LIMITS,
        "marker": MARKERS,
        "parent_id": PARENTS,
    },
    POLICIES: {"limit": LIMITS, "marker": MARKERS, "attached_entity_id": ENTITIES},
    "/v1/organizations/dry-run-policies": {
        "limit": LIMITS,
        "marker": MARKERS,
        "attached_entity_id": ENTITIES,
    },
    POLICIES + "/p-FullAccess/attached-entities": {"limit": LIMITS, "marker": MARKERS},
    "/v1/organizations/resources/p-FullAccess/tags": {"limit": LIMITS, "marker": MARKERS},
    "/v1/organizations/accounts": {
        "limit": LIMITS,
        "marker": MARKERS,
        "parent_id": PARENTS,
        "with_register_contact_info": FLAGS,
    },
    "/v1/organizations/entities": {
        "limit": LIMITS,
        "marker": MARKERS,
        "parent_id": PARENTS,
        "child_id": CHILDREN,
    },
    "/v1/organizations/resources/{unit}/tags": {"limit": LIMITS, "marker": MARKERS},
    "/v1/organizations/organizations:ous/{unit}/tags": {"limit": LIMITS, "marker": MARKERS},
    "/v1/organizations/accounts/{account}": {"with_register_contact_info": FLAGS},
}


def queries():
    """Path, query as it is sent, and the field at fault."""
    for path, parameters in LISTS.items():
        for name, values in parameters.items():
            for value in values:
                yield path, f"{name}={quote(value, errors='surrogatepass')}", name
            good = {"limit": "5", "with_register_contact_info": "true"}.get(name, "ou-00000000")
            yield path, f"{name}={good}&{name}={good}", name
            for raw in ("%00", "%FF", "%C0%AF", "%ED%A0%80", "%80"):
                yield path, f"{name}={raw}", name
                yield path, f"{name}={good}{raw}", name
        for raw in ("%00", "%FF", "%ED%A0%80"):
            yield path, f"{raw}=1", "query"
            yield path, f"unknown={raw}", "unknown"
    for byte in range(0x80, 0x100):
        # Half a character, in each kind of parameter.
        yield "/v1/organizations/accounts", f"limit=5%{byte:X}", "limit"
        yield "/v1/organizations/roots", f"marker=abcd%{byte:X}", "marker"
        yield "/v1/organizations/entities", f"child_id=%{byte:X}", "child_id"
    for limit in ("201", "1000", "2000"):
        query = f"with_register_contact_info=true&limit={limit}"
        yield "/v1/organizations/accounts", query, "limit"
    for query, field in (("limit=1001", "limit"), ("offset=-1", "offset"), ("offset=a", "offset")):
        yield "/v1/organizations/organizations:ous/resource-instances/filter", query, field
    for root_id in ROOTS:
        query = f"policy_type=service_control_policy&root_id={quote(root_id)}"
        yield "/v1/organizations/dry-run-config", query, "root_id"
    for entity_id in CHILDREN:
        query = f"policy_type=tag_policy&entity_id={quote(entity_id)}"
        yield "/v1/organizations/entities/effective-policies", query, "entity_id"
    for query, field in (("root_id=r-0000", "policy_type"), ("policy_type=tag_policy", "root_id")):
        yield "/v1/organizations/dry-run-config", query, field
    both = "parent_id=ou-00000000&child_id=ou-00000000"
    yield "/v1/organizations/entities", both, "child_id"


def test_bad_parameters_are_refused_by_their_name(world, counted_by_nobody):
    before = digest_of_database()
    wrong, slow, number = [], [], 0
    for template, query, field in queries():
        number += 1
        path = template.format(unit=world.unit.pk, account=world.member.pk)
        method, body = ("POST", b"{}") if path.endswith("/filter") else ("GET", b"")
        response, is_slow = answered(world.keys["manager"], method, path, query=query, body=body)
        named = response.json().get("error_msg", "").partition(": ")[0]
        if code_of(response) != INVALID or named not in (field, "query"):
            wrong.append((path, query, response.content[:200]))
        if is_slow:
            slow.append((path, query))

    assert wrong == []
    assert slow == []
    assert number >= 1_000
    assert digest_of_database() == before


HANDSHAKES = "/v1/organizations/handshakes"
PLACES = [
    (
        "POST",
        "/x/v1/organizational-units/{}/move",
        {"source_parent_id": bad_bodies.ROOT_ID, "destination_parent_id": bad_bodies.UNIT_ID},
        "organizational_unit_id",
        bad_bodies.UNIT_ID,
    ),
    ("GET", "/x/v1/entities/{}/effective-scp", None, "entity_id", bad_bodies.UNIT_ID),
    ("POST", ACCOUNTS + "/{}/close", None, "account_id", bad_bodies.ACCOUNT_ID),
    ("POST", ACCOUNTS + "/{}/remove", None, "account_id", bad_bodies.ACCOUNT_ID),
    (
        "GET",
        "/v1/organizations/create-account-status/{}",
        None,
        "create_account_status_id",
        "car-" + "0a" * 16,
    ),
    ("GET", HANDSHAKES + "/{}", None, "handshake_id", bad_bodies.HANDSHAKE_ID),
    ("POST", HANDSHAKES + "/{}/cancel", None, "handshake_id", bad_bodies.HANDSHAKE_ID),
    *[
        (
            "POST",
            f"/v1/received-handshakes/{{}}/{answer}",
            None,
            "handshake_id",
            bad_bodies.HANDSHAKE_ID,
        )
        for answer in ("accept", "decline")
    ],
    *[
        (method, f"{policies}/{{}}{suffix}", body, "policy_id", bad_bodies.POLICY_ID)
        for policies in (POLICIES, "/v1/organizations/dry-run-policies")
        for method, suffix, body in (
            ("GET", "", None),
            ("PATCH", "", {"name": "a"}),
            ("DELETE", "", None),
            ("POST", "/attach", {"entity_id": bad_bodies.UNIT_ID}),
            ("POST", "/detach", {"entity_id": bad_bodies.UNIT_ID}),
            ("GET", "/attached-entities", None),
        )
    ],
    ("GET", "/v1/organizations/accounts/{}", None, "account_id", bad_bodies.ACCOUNT_ID),
    (
        "GET",
        "/v1/organizations/accounts/{}/delegated-services",
        None,
        "account_id",
        bad_bodies.ACCOUNT_ID,
    ),
    ("PATCH", "/v1/organizations/accounts/{}", {}, "account_id", bad_bodies.ACCOUNT_ID),
    (
        "POST",
        "/v1/organizations/accounts/{}/move",
        {"source_parent_id": bad_bodies.ROOT_ID, "destination_parent_id": bad_bodies.UNIT_ID},
        "account_id",
        bad_bodies.ACCOUNT_ID,
    ),
    ("GET", UNITS + "/{}", None, "organizational_unit_id", bad_bodies.UNIT_ID),
    ("DELETE", UNITS + "/{}", None, "organizational_unit_id", bad_bodies.UNIT_ID),
    ("PATCH", UNITS + "/{}", {"name": "a"}, "organizational_unit_id", bad_bodies.UNIT_ID),
    ("GET", "/v1/organizations/resources/{}/tags", None, "resource_id", bad_bodies.UNIT_ID),
    (
        "POST",
        "/v1/organizations/resources/{}/tag",
        {"tags": [{"key": "a", "value": ""}]},
        "resource_id",
        bad_bodies.UNIT_ID,
    ),
    (
        "POST",
        "/v1/organizations/resources/{}/untag",
        {"tag_keys": ["a"]},
        "resource_id",
        bad_bodies.UNIT_ID,
    ),
    ("GET", "/v1/organizations/organizations:ous/{}/tags", None, "resource_id", bad_bodies.UNIT_ID),
    ("GET", "/v1/organizations/{}/tags", None, "resource_type", "organizations:ous"),
    (
        "POST",
        "/v1/organizations/{}/resource-instances/filter",
        {},
        "resource_type",
        "organizations:ous",
    ),
    (
        "POST",
        "/v1/organizations/{}/resource-instances/count",
        {},
        "resource_type",
        "organizations:ous",
    ),
]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: " ".join(place[:2]))
def test_bad_values_in_a_path_are_refused_by_their_name(world, place, counted_by_nobody):
    method, path, body, field, good = place
    before = digest_of_database()
    bad = [
        value
        for value in bad_input.bad_ids(good=good, others=["o-" + "0" * 32])
        if isinstance(value, str) and len(value) < 2_000
    ]
    for value in bad:
        if not value or "/" in value:
            continue  # another path
        encoded = quote(value, safe="", errors="surrogatepass")
        content = b"" if body is None else json.dumps(body).encode()
        response, is_slow = answered(
            world.keys["manager"], method, path.format(encoded), body=content
        )
        assert not is_slow, value
        if any(character in value for character in bad_input.SURROGATES):
            assert response.status_code == 401  # a path that is no UTF-8 cannot be signed
        else:
            assert code_of(response) == INVALID, (value, response.content)
            assert response.json()["error_msg"].startswith(f"{field}: ")

    assert digest_of_database() == before


class States(Struct):
    states: list[str] | None = None
    limit: int | None = None
    deep: bool = False


def test_a_list_repeats_its_name_and_everything_else_stands_once():
    assert read_query(b"", States) == States()
    assert read_query(b"states=a&limit=7&states=b%2Bc&deep=true&x=1&x=2", States) == States(
        ["a", "b+c"], 7, True
    )
    for query in (b"limit=7&limit=7", b"deep=true&deep=true", b"states=%FF", b"deep=1", b"limit"):
        with pytest.raises(InvalidParameter):
            read_query(query, States)


def test_what_a_client_may_leave_out_or_add_is_ignored(world, manager):
    response = call(
        manager,
        "PATCH",
        f"{UNITS}/{world.unit.pk}",
        {"name": "Renamed", "id": "ou-00000000", "organization_id": "o-1", "version": 9, "x": None},
    )
    assert response.status_code == 200
    assert response.json()["organizational_unit"]["id"] == world.unit.pk

    url = f"/v1/organizations/accounts/{world.member.pk}"
    for body in ({"description": "kept"}, {"description": None}, {}):
        assert call(manager, "PATCH", url, body).json()["account"]["description"] == "kept"
    assert call(manager, "PATCH", url, {"description": ""}).json()["account"]["description"] == ""
    assert call(manager, "GET", url + "?x=1&x=2&y").status_code == 200


def test_a_body_that_is_said_to_be_too_long_is_not_read(manager):
    class Untouched:
        def read(self, *_size):
            raise AssertionError("it was read")

        readline = read

    response = Client().post(
        UNITS,
        **{"wsgi.input": Untouched(), "CONTENT_LENGTH": str(128 * 1024 + 1)},
    )

    assert code_of(response) == INVALID
    assert response.json()["error_msg"].startswith("body: ")
