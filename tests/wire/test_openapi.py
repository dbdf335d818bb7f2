"""`/openapi.json`: all of the API and nothing else, and what is answered is what stands there."""

import io
from urllib.parse import urlsplit

import jsonschema_rs
import pytest
import requests
import schemathesis
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter
from schemathesis import checks as known
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.definitions import OPENAPI_31
from urllib3 import HTTPResponse

from orgs.api.openapi import CLOSED
from orgs.api.urls import DOCUMENT, EXTENSIONS, ROUTES
from tests.wire.contract import OPERATIONS as CONTRACT_OPERATIONS
from tests.wire.contract import codes_of
from tests.wire.signing import HOST, send, signed_headers
from tests.wire.test_authorization import make_world, requests_of

DESCRIBED = DOCUMENT.described
OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, by_method in DESCRIBED["paths"].items()
    for method, operation in by_method.items()
}
SCHEMA = schemathesis.openapi.from_dict(DESCRIBED)
CHECKS = [
    known.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 3
PROVED_EXAMPLES = 50


def test_everybody_reads_it_without_signing():
    response = Client().get("/openapi.json")

    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response.json() == DESCRIBED
    assert "Set-Cookie" not in response
    known_to = {"If-None-Match": response["ETag"]}
    assert Client().get("/openapi.json", headers=known_to).status_code == 304
    assert Client().post("/openapi.json").status_code == 405


def test_every_route_is_in_it_and_no_other():
    routes = {
        endpoint.name: (method, path.replace("<", "{").replace(">", "}"))
        for method, path, endpoint in (*ROUTES, *EXTENSIONS)
    }

    assert {name: (method, path) for name, (method, path, _) in OPERATIONS.items()} == routes
    assert len(routes) == len(ROUTES) + len(EXTENSIONS)


def test_requests_are_made_of_every_operation_that_is_described():
    made = [found.ok().definition.raw["operationId"] for found in SCHEMA.get_all_operations()]

    assert sorted(made) == sorted(OPERATIONS)
    assert set(CONTRACT_OPERATIONS) < set(made)


def test_every_refusal_is_described_where_it_can_be_met():
    for name, (_method, path, operation) in OPERATIONS.items():
        described = set(refusals_in(operation))
        statuses = {status for status, _code in described}

        assert statuses >= {400, 401, 403, 429, 500}, name
        assert "{" not in path or 404 in statuses, name
        if name in CONTRACT_OPERATIONS:
            assert codes_of(name) <= described, name


def refusals_in(operation):
    """Status and code of each refusal that the description of an operation tells of."""
    for status, response in operation["responses"].items():
        if int(status) >= 400:
            _refusal, narrowed = response["content"]["application/json"]["schema"]["allOf"]
            for code in narrowed["properties"]["error_code"]["enum"]:
                yield int(status), code


def test_it_is_openapi_3_1():
    assert list(jsonschema_rs.validator_for(OPENAPI_31).iter_errors(DESCRIBED)) == []
    for schema in DESCRIBED["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)


def test_fields_that_are_not_known_are_refused_under_x_alone():
    for _method, path, operation in OPERATIONS.values():
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None or path.startswith("/x/v1/import"):
            continue
        name = content["schema"]["$ref"].rpartition("/")[2]
        closed = DESCRIBED["components"]["schemas"][name].get("additionalProperties") is False
        assert closed == path.startswith("/x/v1/"), path


def test_parameters_that_are_not_known_are_refused_under_x_alone():
    for _method, path, operation in OPERATIONS.values():
        assert operation.get("description", "").endswith(CLOSED) == path.startswith("/x/v1/"), path


@pytest.mark.django_db
@pytest.mark.usefixtures("counted_by_nobody")
def test_every_good_answer_fits():
    world = make_world()
    asked = requests_of(world)
    for name, (_method, _path, operation) in OPERATIONS.items():
        caller = "alone" if name in OF_THE_ALONE else "manager"
        with transaction.atomic():
            response = asked[name].sent(world.keys[caller], name)
            transaction.set_rollback(True)
        responses = operation["responses"]
        assert str(response.status_code) in responses, name
        described = responses[str(response.status_code)].get("content")
        if described is None:
            assert response.content == b"", name
            continue
        schema = described["application/json"]["schema"]
        validator = jsonschema_rs.validator_for(schema | {"components": DESCRIBED["components"]})
        faults = [str(fault) for fault in validator.iter_errors(response.json())]
        assert faults == [], name


OF_THE_ALONE = {
    "accept_handshake",
    "create_organization",
    "decline_handshake",
    "import_organization",
    "plan_import",
}


class InProcess(HTTPAdapter):
    """Carries a request of `requests` to the application, and its answer back."""

    def send(self, request, **_more):
        answer = send(request.method, request.path_url, dict(request.headers), body_of(request))
        raw = HTTPResponse(
            body=io.BytesIO(answer.content),
            headers=dict(answer.headers),
            status=answer.status_code,
            preload_content=False,
        )
        return self.build_response(request, raw)


def body_of(request):
    body = request.body or b""
    return body.encode() if isinstance(body, str) else body


class Signed(requests.auth.AuthBase):
    """Signs what `requests` has made, by the vendor's signer."""

    def __init__(self, key):
        self.key = key

    def __call__(self, request):
        given = {
            name: request.headers[name]
            for name in ("X-Idempotency-Key", "X-Language", "If-None-Match")
            if name in request.headers
        }
        parts = urlsplit(request.url)
        url = f"{parts.path}?{parts.query}" if parts.query else parts.path
        signed = signed_headers(self.key, request.method, url, body=body_of(request), headers=given)
        request.headers = requests.structures.CaseInsensitiveDict(signed | {"Host": HOST})
        return request


def ask_as_described(world, name, examples):
    """Ask an operation with requests made of its description; half of them about what is there."""
    method, path, _operation = OPERATIONS[name]
    there = requests_of(world)[name].path
    caller = "alone" if name in OF_THE_ALONE else "manager"
    session = requests.Session()
    session.mount("http://", InProcess())

    @given(case=SCHEMA[path][method].as_strategy(), of_what_is_there=st.booleans())
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    def asked(case, of_what_is_there):
        if of_what_is_there and there:
            case.path_parameters = {
                parameter: value.replace("%3A", ":") for parameter, value in there.items()
            }
        with transaction.atomic():
            response = case.call(
                base_url=f"http://{HOST}", session=session, auth=Signed(world.keys[caller])
            )
            transaction.set_rollback(True)
        assert response.status_code != 401, response.content
        case.validate_response(response, checks=CHECKS)

    asked()


@pytest.mark.django_db
@pytest.mark.usefixtures("counted_by_nobody")
def test_requests_made_of_the_description_get_answers_that_fit_it():
    world = make_world()
    for name in OPERATIONS:
        ask_as_described(world, name, EXAMPLES)


@pytest.mark.prove
@pytest.mark.django_db
@pytest.mark.usefixtures("counted_by_nobody")
@pytest.mark.parametrize("name", OPERATIONS)
def test_fifty_requests_of_each_operation_get_answers_that_fit_it(name):
    ask_as_described(make_world(), name, PROVED_EXAMPLES)
