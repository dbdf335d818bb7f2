"""The wire is the contract's: paths, methods, callers, actions, status, fields and codes."""

import inspect
from datetime import datetime
from types import NoneType
from typing import get_args, get_type_hints

import msgspec
import pytest

from orgs.api import refusals
from orgs.api.error_codes import CONDITIONS, ROWS, Row
from orgs.api.refusals import REFUSALS
from orgs.api.urls import EXTENSIONS, ROUTES
from tests.wire.contract import (
    CONTRACT,
    IMPLIED,
    IMPLIED_ON_WRITES,
    MISSING,
    OPERATIONS,
    PRESENT,
)

ENDPOINTS = {endpoint.name: (method, path, endpoint) for method, path, endpoint in ROUTES}
# What the vendor's SDK asks of other services of its cloud; no part of this contract.
BESIDE = {"list_auth_domains", "get_caller_identity"}


def test_no_operation_is_missing_but_those_that_are_named():
    assert set(OPERATIONS) - set(ENDPOINTS) == MISSING
    assert set(ENDPOINTS) - set(OPERATIONS) == BESIDE
    assert len(ENDPOINTS) == len(ROUTES)


def test_every_condition_has_the_status_and_code_of_the_contract():
    wanted = {
        name: Row(error["http_status"], error["error_code"])
        for name, error in CONTRACT["errors"].items()
    }
    assert wanted == CONDITIONS


def test_every_operation_refuses_with_what_the_contract_lists():
    ours = {endpoint.name for _method, _path, endpoint in EXTENSIONS} | BESIDE
    assert set(REFUSALS) == set(OPERATIONS) | ours
    for name, operation in OPERATIONS.items():
        conditions = [error["condition"] for error in operation["errors"]]
        assert REFUSALS[name] == tuple(one for one in conditions if one not in IMPLIED)
    assert set(refusals.IMPLIED) == IMPLIED
    assert set(refusals.IMPLIED_ON_WRITES) == IMPLIED_ON_WRITES
    assert {one for listed in REFUSALS.values() for one in listed} <= set(ROWS)


@pytest.mark.parametrize("name", PRESENT)
def test_an_operation_is_where_and_for_whom_the_contract_says(name):
    wanted = PRESENT[name]
    method, path, endpoint = ENDPOINTS[name]

    assert (method, path.replace("<", "{").replace(">", "}")) == (wanted["method"], wanted["path"])
    assert endpoint.status == wanted["success_status"]
    assert endpoint.action == wanted["iam_action"]
    assert endpoint.caller.name.lower() == wanted["caller_rule"]
    conditions = {error["condition"] for error in wanted["errors"]}
    assert endpoint.writes == ("concurrent_modification" in conditions)
    in_path = {parameter["name"] for parameter in wanted["path_params"]}
    parameters = set(inspect.signature(endpoint.function).parameters) - {"body", "query"}
    assert {each.strip("_") for each in parameters} - {"call"} == in_path


@pytest.mark.parametrize("name", PRESENT)
def test_an_operation_takes_the_fields_of_the_contract(name):
    wanted, (_, _, endpoint) = PRESENT[name], ENDPOINTS[name]

    body = None if wanted["body"] is None else requested(wanted["body"]["fields"])
    assert (None if endpoint.body is None else taken(endpoint.body)) == body
    parameters = {each["name"]: each for each in wanted["query_params"]}
    # Its type is a string in the SDK, of digits.
    if "offset" in parameters:
        parameters["offset"] = parameters["offset"] | {"type": "integer"}
    assert ({} if endpoint.query is None else taken(endpoint.query)) == requested(parameters)


@pytest.mark.parametrize("name", PRESENT)
def test_an_operation_answers_with_the_fields_of_the_contract(name):
    wanted, (_, _, endpoint) = PRESENT[name]["response"], ENDPOINTS[name][:3]
    answer = get_type_hints(endpoint.function)["return"]

    if wanted["empty"]:
        assert answer is NoneType
    else:
        assert_answers(answer, wanted["fields"])


def requested(fields):
    """The contract's fields: type, whether it is required."""
    return {name: (kind_of(field["type"]), field["required"]) for name, field in fields.items()}


def kind_of(name):
    """A type of the contract; for a schema of its own its fields."""
    if name.startswith("array<"):
        return [kind_of(name[6:-1])]
    if name.startswith("#/schemas/"):
        schema = CONTRACT["schemas"][name[len("#/schemas/") :]]
        required = schema.get("required_in_requests", ())
        return {
            field: (kind_of(facts["type"]), field in required)
            for field, facts in schema["fields"].items()
        }
    return name


def taken(shape):
    """The same of one of our shapes."""
    return {
        field.encode_name: (ours(field.type), field.required)
        for field in msgspec.structs.fields(shape)
    }


def ours(kind):
    kind, _nullable = without_none(kind)
    if getattr(kind, "__origin__", None) is list:
        return [ours(get_args(kind)[0])]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return taken(kind)
    return {str: "string", int: "integer", bool: "boolean"}[kind]


def without_none(kind):
    parts = get_args(kind)
    if NoneType not in parts:
        return kind, False
    (left,) = [part for part in parts if part is not NoneType]
    return left, True


def assert_answers(shape, fields):
    """Every field of the contract, with its type; null only where the contract has null."""
    found = {field.encode_name: field.type for field in msgspec.structs.fields(shape)}
    assert sorted(found) == sorted(fields)
    for name, kind in found.items():
        left, nullable = without_none(kind)
        assert not nullable or fields[name]["nullable"], name
        assert_kind(left, fields[name]["type"], fields[name].get("format"))


def assert_kind(kind, wanted, wanted_format):
    if wanted.startswith("array<"):
        assert kind.__origin__ is list
        assert_kind(get_args(kind)[0], wanted[6:-1], None)
    elif wanted.startswith("#/schemas/"):
        assert_answers(kind, CONTRACT["schemas"][wanted[len("#/schemas/") :]]["fields"])
    elif wanted_format == "datetime":
        assert kind is datetime
    else:
        assert {str: "string", int: "integer", bool: "boolean"}[kind] == wanted
