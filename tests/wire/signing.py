"""Requests signed by the vendor's own signer, sent in-process."""

import itertools
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote, unquote, unquote_to_bytes, urlsplit

from django.test.client import Client, ClientHandler
from django.urls import Resolver404, get_resolver
from huaweicloudsdkcore.auth.credentials import GlobalCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

from orgs.api.entrance import URLCONF
from orgs.api.refusals import REFUSALS
from orgs.api.signature import Received, signature_of
from orgs.models import User
from orgs.operations.access_keys import make_access_key
from tests.digest import digest_of_database
from tests.wire.contract import codes_of

HOST = "localhost"
# One for all: making the middleware takes longer than many an answer.
HANDLER = ClientHandler(enforce_csrf_checks=False)


@dataclass(frozen=True)
class Key:
    """An access key with its secret in the clear."""

    id: str
    secret: str


def key_for(user: User) -> Key:
    key, secret = make_access_key(user)
    return Key(key.pk, secret)


def signed_headers(key, method, url, *, body=b"", headers=None, at=None, host=HOST):
    """What the vendor's signer adds to a request."""
    parts = urlsplit(url)
    moment = at or datetime.now(UTC)
    given = {
        "Content-Type": "application/json",
        "User-Agent": "ua/1",
        "X-Sdk-Date": moment.strftime("%Y%m%dT%H%M%SZ"),
    } | (headers or {})
    request = SdkRequest(
        method=method,
        schema="https",
        host=host,
        resource_path=parts.path,
        query_params=parse_qsl(parts.query.replace("+", "%2B"), keep_blank_values=True),
        header_params={name: value for name, value in given.items() if value is not None},
        body=body,
        stream=None,
        signing_algorithm=None,
    )
    return Signer(GlobalCredentials(key.id, key.secret)).sign(request).header_params


def send(method, url, headers, body=b""):
    """The request as it is, past every convenience of the test client."""
    parts = urlsplit(url)
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": unquote(parts.path, "latin-1"),
        "QUERY_STRING": parts.query,
        "CONTENT_LENGTH": str(len(body)),
    }
    for name, value in headers.items():
        cgi = name.upper().replace("-", "_")
        environ["CONTENT_TYPE" if cgi == "CONTENT_TYPE" else f"HTTP_{cgi}"] = value
    environ.setdefault("CONTENT_TYPE", "")
    client = Client()
    client.handler = HANDLER
    return client.generic(method, quote(parts.path, safe="/%"), body, **environ)


def call(key, method, url, body=None, *, headers=None, at=None):
    """A signed request with a JSON body, or with the bytes as they are."""
    content = (
        b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    )
    signed = signed_headers(key, method, url, body=content, headers=headers, at=at)
    response = send(method, url, signed, content)
    assert_documented(method, url, response)
    return response


_numbers = itertools.count()


def ask(key, method, url, body=None):
    """A request that equals no other of the same second, which would get that one's answer (P4)."""
    return call(key, method, url, body, headers={"X-Number": str(next(_numbers))})


def assert_refused(asked, refusal):
    """The refusal is this one, and nothing is written; its sentence."""
    before = digest_of_database()
    response = asked()
    assert code_of(response) == refusal, response.content
    assert digest_of_database() == before
    return response.json()["error_msg"]


def assert_documented(method, url, response):
    """Whatever an operation answers, the contract has it, or our own list of refusals."""
    path = unquote(urlsplit(url).path)
    try:
        found = getattr(get_resolver(URLCONF).resolve(path).func, "by_method", {}).get(method)
    except Resolver404:
        return
    if found is None or found.name not in REFUSALS or response.status_code == 304:
        return
    if response.status_code < 400:
        assert response.status_code == found.status
    elif response.status_code < 500:
        assert code_of(response) in codes_of(found.name)


def send_raw(key, method, path, *, query="", body=b"", content_type="application/json"):
    """Signed as it is written, by our own hand: the vendor's signer makes something else of odd requests."""
    headers = signed_headers(key, method, path, body=body)
    names = tuple(
        sorted(
            name.lower()
            for name in headers
            if name != "Authorization" and (name != "Content-Type" or content_type)
        )
    )
    headers["Content-Type"] = content_type
    lower = {name.lower(): value.encode() for name, value in headers.items()}
    received = Received(method, unquote_to_bytes(path), query.encode(), lower, body)
    signature = signature_of(received, names, key.secret)
    headers["Authorization"] = (
        f"SDK-HMAC-SHA256 Access={key.id}, SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    return send(method, f"{path}?{query}" if query else path, headers, body)


def code_of(response):
    """Status and error code; the code is empty for a success."""
    if response.status_code < 400:
        return response.status_code, ""
    said = response.json()
    assert sorted(said)[-3:] == ["error_code", "error_msg", "request_id"] or sorted(said)[:1] == [
        "encoded_authorization_message"
    ]
    assert said["request_id"] == response["X-Request-Id"]
    return response.status_code, said["error_code"]


def minutes(number):
    return datetime.now(UTC) + timedelta(minutes=number)
