"""T10: the signature is the only credential, and every part of the request is under it."""

import hashlib
import random
import statistics
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote_to_bytes, urlencode

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from orgs.api.signature import Authorization, NotSigned, Received, signature_of
from orgs.models import AccessKey, Account, AccountStatus, Organization, User
from tests.console.conftest import signed_in
from tests.orgs.policy.strategies import EXAMPLES
from tests.wire.signing import Key, call, code_of, minutes, send, signed_headers

UNKNOWN = (401, "APIGW.0301")
SIGNED = ("content-type", "host", "user-agent", "x-domain-id", "x-sdk-date")
VECTORS = [
    (
        "GET",
        b"/v1/organizations/create-account-status",
        b"limit=2&states=failed&states=succeeded",
        b"",
        "151abc95d3fd3b8c34fc944024e449ee293e42ca0db48f679a14c2776ceec66f",
    ),
    (
        "POST",
        b"/v1/organizations/organizations:ous/ou-1/tags/create",
        b"",
        b'{"tags": [{"key": "env", "value": "\\u6d4b"}]}',
        "3aa0a31fda688dbc49d281140a09cf5cd4755da9073d0cd1221613f7599f277e",
    ),
]


@pytest.mark.parametrize(("method", "path", "query", "body", "signature"), VECTORS)
def test_the_vectors_of_the_contract(method, path, query, body, signature):
    headers = {
        "content-type": b"application/json",
        "host": b"org.example.test:8443",
        "user-agent": b"ua/1",
        "x-domain-id": b"0123456789abcdef0123456789abcdef",
        "x-sdk-date": b"20260102T030405Z",
    }
    received = Received(method, path, query, headers, body)

    assert signature_of(received, SIGNED, "SKEXAMPLE") == signature


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@pytest.mark.properties
@settings(max_examples=EXAMPLES, deadline=None)
@given(
    parts=st.lists(TEXTS.filter(lambda text: "/" not in text and "%" not in text), max_size=4),
    pairs=st.dictionaries(TEXTS, TEXTS, max_size=4),
    body=st.binary(max_size=40),
    agent=st.text("abcXYZ/1. ", max_size=12),
)
def test_whatever_the_vendor_signs_is_verified(parts, pairs, body, agent):
    """A second implementation: the vendor's own signer."""
    path = "/v1/" + "/".join(quote(part, safe="") for part in parts)
    query = urlencode(pairs, quote_via=quote, safe="")
    key = Key("A" * 20, "s3cret")
    headers = signed_headers(
        key, "POST", f"{path}?{query}", body=body, headers={"User-Agent": agent}
    )

    authorization = Authorization.parse(headers["Authorization"])
    received = Received(
        "POST",
        unquote_to_bytes(path),
        query.encode(),
        {name.lower(): str(value).encode() for name, value in headers.items()},
        body,
    )
    assert signature_of(received, authorization.signed_headers, key.secret) == (
        authorization.signature
    )


def altered(world):
    """Each a request that was signed, and then changed under way: method, url, headers, body."""
    key, path = world.keys["manager"], f"/v1/organizations/organizational-units/{world.unit.pk}"
    body = b'{"name":"Renamed"}'
    headers = signed_headers(key, "PATCH", path, body=body)
    authorization = headers["Authorization"]
    access, signed, signature = authorization.removeprefix("SDK-HMAC-SHA256 ").split(", ")

    def without(name):
        return {each: value for each, value in headers.items() if each != name}

    def under(text):
        return headers | {"Authorization": text}

    names = signed.removeprefix("SignedHeaders=").split(";")
    yield "method", "PUT", path, headers, body
    yield "method get", "GET", path, headers, body
    yield "path", "PATCH", path[:-1] + ("a" if path[-1] != "a" else "b"), headers, body
    yield (
        "path upwards",
        "PATCH",
        path.replace("/accounts", "/x/../accounts") + "/..",
        headers,
        body,
    )
    yield "path doubled slash", "PATCH", path.replace("/v1/", "/v1//"), headers, body
    yield "path dot", "PATCH", path.replace("/v1/", "/v1/./"), headers, body
    yield "path plus", "PATCH", path + "+", headers, body
    yield "path twice encoded", "PATCH", path.replace("-", "%252D"), headers, body
    yield "query added", "PATCH", path + "?limit=1", headers, body
    yield "query empty name", "PATCH", path + "?=", headers, body
    yield "body", "PATCH", path, headers, b'{"name":"Another"}'
    yield "body space", "PATCH", path, headers, body + b" "
    yield "body gone", "PATCH", path, headers, b""
    for name in ("User-Agent", "Host", "X-Sdk-Date", "Content-Type", "Authorization"):
        yield f"{name} gone", "PATCH", path, without(name), body
        if name != "Authorization":
            yield f"{name} changed", "PATCH", path, headers | {name: f"{headers[name]}1"}, body
    yield (
        "date of another second",
        "PATCH",
        path,
        headers
        | {"X-Sdk-Date": (datetime.now(UTC) + timedelta(seconds=7)).strftime("%Y%m%dT%H%M%SZ")},
        body,
    )
    yield "security token added", "PATCH", path, headers | {"X-Security-Token": "t"}, body
    yield (
        "account added",
        "PATCH",
        path,
        headers | {"X-Domain-Id": world.organization.management_account_id},
        body,
    )
    yield "idempotency key added", "PATCH", path, headers | {"X-Idempotency-Key": "k"}, body
    yield (
        "another digest of the body",
        "PATCH",
        path,
        headers | {"X-Sdk-Content-Sha256": hashlib.sha256(body).hexdigest()},
        body + b"\n",
    )
    yield (
        "unsigned payload",
        "PATCH",
        path,
        headers | {"X-Sdk-Content-Sha256": "UNSIGNED-PAYLOAD"},
        b'{"name":"Another"}',
    )
    for left_out in names:
        kept = ";".join(name for name in names if name != left_out)
        text = f"SDK-HMAC-SHA256 {access}, SignedHeaders={kept}, {signature}"
        yield f"{left_out} not signed", "PATCH", path, under(text), body
    yield (
        "signed headers reordered",
        "PATCH",
        path,
        under(f"SDK-HMAC-SHA256 {access}, SignedHeaders={';'.join(names[::-1])}, {signature}"),
        body,
    )
    yield (
        "signed header twice",
        "PATCH",
        path,
        under(f"SDK-HMAC-SHA256 {access}, {signed};{names[-1]}, {signature}"),
        body,
    )
    yield (
        "signed header that is not there",
        "PATCH",
        path,
        under(f"SDK-HMAC-SHA256 {access}, {signed};x-nothing, {signature}"),
        body,
    )
    yield (
        "no signed headers",
        "PATCH",
        path,
        under(f"SDK-HMAC-SHA256 {access}, SignedHeaders=, {signature}"),
        body,
    )
    yield (
        "parts reordered",
        "PATCH",
        path,
        under(f"SDK-HMAC-SHA256 {signature}, {signed}, {access}"),
        body,
    )
    digits = signature.removeprefix("Signature=")
    for number, wrong in enumerate(
        [
            "0" * 64,
            digits[:-1] + ("0" if digits[-1] != "0" else "1"),
            digits.upper() + "",
            digits[:-1],
            digits + "0",
            "",
        ]
    ):
        if wrong == digits:
            continue
        yield (
            f"signature {number}",
            "PATCH",
            path,
            under(f"SDK-HMAC-SHA256 {access}, {signed}, Signature={wrong}"),
            body,
        )
    for number, text in enumerate(
        [
            "",
            "Basic YTpi",
            "Bearer token",
            authorization.lower(),
            authorization.replace("SDK-HMAC-SHA256", "SDK-HMAC-SM3"),
            authorization.replace("SDK-HMAC-SHA256", "V11-HMAC-SHA256"),
            authorization + ", " + authorization,
            authorization + "\n",
            authorization.replace(access, "Access="),
            authorization.replace(access, "Access=" + "A" * 20),
            authorization.replace(access, f"Access={world.keys['member'].id}"),
            authorization.replace(access, "Access=\x00"),
            "x" * 100_000,
        ]
    ):
        yield f"authorization {number}", "PATCH", path, under(text), body


def test_no_part_of_a_signed_request_can_be_changed(world):
    found = {}
    cases = list(altered(world))
    for what, method, url, headers, body in cases:
        response = send(method, url, headers, body)
        if code_of(response) != UNKNOWN:
            found[what] = (response.status_code, response.content)

    assert found == {}
    assert len(cases) > 50
    world.unit.refresh_from_db()
    assert world.unit.name == "Workloads"


@pytest.mark.parametrize(
    "url",
    [
        "/v1/organizations/accounts?limit=7&parent_id={root}",
        "/v1/organizations/accounts?parent_id={root}&limit=7",
        "/v1/organizations/accounts?%6Cimit=7&parent%5Fid={root}",
        "/v1/organizations/organizations%3Aous/tags",
        "/v1/organizations/organizations:ous/tags",
        "/v1/%6Frganizations/accounts",
    ],
)
def test_the_same_request_in_another_spelling_is_the_same(world, manager, url):
    assert call(manager, "GET", url.format(root=world.root.pk)).status_code == 200


def test_a_slash_that_is_encoded_is_signed_and_routed_as_a_slash(world, manager):
    """What is verified and what is done are read from the same decoded path."""
    path = f"/v1/organizations/accounts/{world.member.pk}"
    headers = signed_headers(manager, "GET", path)

    response = send("GET", path.replace("/accounts/", "/accounts%2F"), headers)

    assert response.json()["account"]["id"] == world.member.pk


def test_a_plus_sign_in_a_query_is_no_space(manager):
    response = call(manager, "GET", "/v1/organizations/accounts?marker=a+b+c")

    assert code_of(response) == (400, "Organizations.1050")


@pytest.mark.parametrize(("skew", "status"), [(-14, 200), (14, 200), (-16, 401), (16, 401)])
def test_a_clock_may_be_wrong_by_a_quarter_of_an_hour(manager, skew, status):
    response = call(manager, "GET", "/v1/organizations", at=minutes(skew))

    assert response.status_code == status
    if status == 401:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M")
        assert now in response.json()["error_msg"]


@pytest.mark.parametrize(
    "date",
    ["", "20260102", "20261332T000000Z", "20260230T000000Z", "0" * 15, "２０２６0102T030405Z"],
)
def test_a_date_that_is_none_is_refused(manager, date):
    headers = signed_headers(manager, "GET", "/v1/organizations")
    headers["X-Sdk-Date"] = date.encode().decode("latin-1")

    assert code_of(send("GET", "/v1/organizations", headers)) == UNKNOWN


def test_a_session_alone_is_no_credential(world):
    client = signed_in(User.objects.get(access_keys=world.keys["manager"].id))
    for method in ("get", "post", "delete", "patch"):
        response = getattr(client, method)("/v1/organizations", content_type="application/json")
        assert code_of(response) == UNKNOWN
    assert Client().get("/v1/organizations").status_code == 401
    assert Organization.objects.live().count() == 1


def disable_key(key):
    AccessKey.objects.filter(pk=key.id).update(is_active=False)


def disable_user(key):
    User.objects.filter(access_keys=key.id).update(is_active=False)


@pytest.mark.parametrize("disable", [disable_key, disable_user])
def test_a_disabled_key_or_user_is_refused_on_the_next_request(manager, disable):
    assert call(manager, "GET", "/v1/organizations").status_code == 200

    disable(manager)

    unknown = call(Key("A" * 20, "x"), "GET", "/v1/organizations")
    disabled = call(manager, "GET", "/v1/organizations")
    wrong = call(Key(manager.id, "x"), "GET", "/v1/organizations")
    said = {response.json()["error_msg"] for response in (unknown, disabled, wrong)}
    assert {code_of(response) for response in (unknown, disabled, wrong)} == {UNKNOWN}
    assert len(said) == 1


@pytest.mark.parametrize("status", [AccountStatus.PENDING_CLOSURE, AccountStatus.SUSPENDED])
def test_a_closed_account_is_denied_on_the_next_request(world, status):
    key = world.keys["member"]
    assert call(key, "GET", "/v1/organizations").status_code == 200

    Account.objects.filter(pk=world.member.pk).update(status=status)

    assert code_of(call(key, "GET", "/v1/organizations")) == (403, "Organizations.1007")
    assert code_of(call(key, "GET", "/v1/organizations/services")) == (403, "Organizations.1007")


def test_a_host_that_is_not_ours_is_refused(manager):
    headers = signed_headers(manager, "GET", "/v1/organizations", headers={"Host": "elsewhere.org"})

    assert code_of(send("GET", "/v1/organizations", headers)) == UNKNOWN


def test_the_account_that_is_named_has_to_be_the_one_of_the_key(world, manager):
    for account_id, status in [
        (world.organization.management_account_id, 200),
        (world.member.pk, 401),
        ("0" * 32, 401),
    ]:
        response = call(manager, "GET", "/v1/organizations", headers={"X-Domain-Id": account_id})
        assert response.status_code == status


def make_temporary(key, token, *, ends):
    AccessKey.objects.filter(pk=key.id).update(
        expires_at=timezone.now() + ends, token_digest=hashlib.sha256(token.encode()).hexdigest()
    )


def test_a_temporary_key_is_good_with_its_token_until_its_end(manager):
    def status(token):
        headers = {"X-Security-Token": token} if token is not None else None
        return call(manager, "GET", "/v1/organizations", headers=headers).status_code

    assert (status(None), status("token")) == (200, 401)

    make_temporary(manager, "token", ends=timedelta(minutes=1))
    assert [status(each) for each in (None, "", "token", "tokens")] == [401, 401, 200, 401]

    make_temporary(manager, "token", ends=-timedelta(seconds=1))
    assert status("token") == 401


def test_last_use_is_noted_once_a_minute(manager, django_assert_num_queries):
    call(manager, "GET", "/v1/organizations/services")
    first = AccessKey.objects.get(pk=manager.id).last_used_at
    assert first is not None

    call(manager, "GET", "/v1/organizations/services")
    assert AccessKey.objects.get(pk=manager.id).last_used_at == first

    AccessKey.objects.filter(pk=manager.id).update(last_used_at=first - timedelta(seconds=61))
    call(manager, "GET", "/v1/organizations/services")
    assert AccessKey.objects.get(pk=manager.id).last_used_at > first


def test_a_path_in_any_script_is_signed_and_found_nowhere(manager):
    for path in ("/v1/organizations/%E6%9D%B1%E4%BA%AC", "/v1/%F0%9F%99%82", "/v1/a%20b"):
        assert code_of(call(manager, "GET", path)) == (404, "APIGW.0101")


def test_a_header_that_no_server_could_send_is_no_fault_of_ours(manager):
    headers = signed_headers(manager, "GET", "/v1/organizations") | {"X-Odd": "東"}

    assert send("GET", "/v1/organizations", headers).status_code == 200


def test_a_secret_of_another_ring_is_nothing_that_a_stranger_learns(manager, settings, caplog):
    settings.KEY_RING = [b"\x01" * 32]

    assert code_of(call(manager, "GET", "/v1/organizations")) == UNKNOWN
    assert manager.secret not in caplog.text


def test_an_unknown_key_and_a_wrong_secret_take_the_same_time(manager):
    """Both ask once, open a sealed secret and compare."""
    strangers = {"unknown": Key("A" * 20, "x"), "wrong": Key(manager.id, "x")}
    prepared = {
        name: signed_headers(key, "GET", "/v1/organizations") for name, key in strangers.items()
    }
    taken = {name: [] for name in strangers}
    for _ in range(60):
        for name in random.sample(sorted(strangers), 2):
            start = time.thread_time()
            send("GET", "/v1/organizations", prepared[name])
            taken[name].append(time.thread_time() - start)

    unknown, wrong = (statistics.median(taken[name]) for name in ("unknown", "wrong"))
    assert 0.7 < unknown / wrong < 1.4


@pytest.mark.parametrize(
    "text", ["SDK-HMAC-SHA256", "SDK-HMAC-SHA256 Access=A, SignedHeaders=a;b, Signature=0"]
)
def test_an_authorization_that_no_signer_writes_is_none(text):
    with pytest.raises(NotSigned):
        Authorization.parse(text)
