import json

import pytest

from orgs.policy.document import read_service_control_policy
from orgs.policy.faults import Severity
from tests.orgs.policy.building import allow, deny


def lints(*statements, indent=None):
    text = json.dumps({"Version": "5.0", "Statement": list(statements)}, indent=indent)
    reading = read_service_control_policy(text)
    assert reading.faults == ()
    return reading.lints


def condition(**operators):
    return {operator.replace("_", ":"): keys for operator, keys in operators.items()}


@pytest.mark.parametrize(
    ("actions", "missing"),
    [
        (["ecs:*:*"], "iamToken::*, signin::*"),
        (["ecs:*:*", "signin::*"], "iamToken::*"),
        (["IAMTOKEN::*"], "signin::*"),
        (["iamToken:*:*", "signin::check"], "signin::*"),
    ],
)
def test_an_allow_list_without_sign_in_is_pointed_out(actions, missing):
    found = lints(deny("x:y:z"), allow(actions))

    assert [(one.severity, one.code, one.path) for one in found] == [
        (Severity.LINT, "sign_in_not_allowed", "/Statement")
    ]
    assert found[0].sentence() == (
        f"This list of allowed actions leaves out {missing}. Where it replaces FullAccess, "
        "nobody could sign in; add them."
    )


@pytest.mark.parametrize(
    "statements",
    [
        [allow("*")],
        [allow("*:*:*")],
        [allow(["iamToken::*", "ecs:*:*"]), allow("signin::*")],
        [allow([])],
        [deny("ecs:*:*")],
    ],
)
def test_other_policies_are_not(statements):
    assert lints(*statements) == ()


def test_a_repeated_statement_is_pointed_out():
    first = deny(["a:b:c", "A:b:D"], Sid="x", Condition=condition(Bool={"a:b": [True, False]}))
    second = deny(
        ["a:b:d", "a:b:c"], Resource="*", Condition=condition(Bool={"A:B": [False, "true"]})
    )

    found = lints(first, deny("x:y:z"), second, second, indent=1)

    assert [(one.code, one.path, one.facts) for one in found] == [
        ("duplicate_statement", "/Statement/2", {"number": 1}),
        ("duplicate_statement", "/Statement/3", {"number": 1}),
    ]
    assert found[0].sentence() == "This says the same as statement 1. Remove one of them."
    assert found[0].line > 20


@pytest.mark.parametrize(
    "other",
    [
        allow("a:b:c"),
        {"Effect": "Deny", "NotAction": "a:b:c"},
        deny("a:b:d"),
        deny("a:b:c", Resource="a:b:c:d:e"),
        deny("a:b:c", Condition=condition(Bool={"a:b": True})),
    ],
)
def test_a_statement_that_differs_is_no_repetition(other):
    assert "duplicate_statement" not in [one.code for one in lints(deny("a:b:c"), other)]


def test_conditions_that_differ_are_no_repetition():
    tests = [
        {"StringEquals": {"a:b": "x"}},
        {"StringEquals": {"a:b": "y"}},
        {"StringEquals": {"a:c": "x"}},
        {"StringNotEquals": {"a:b": "x"}},
        {"StringEqualsIfExists": {"a:b": "x"}},
    ]

    assert lints(*(deny(Condition=test) for test in tests)) == ()


@pytest.mark.parametrize(
    ("wording", "key", "operators"),
    [
        ("qualifier", "g:TagKeys", {"StringEquals": {"g:TagKeys": "a"}}),
        ("qualifier", "g:calledvia", {"StringMatch": {"a:b": "x", "g:calledvia": "a"}}),
        ("family", "g:MFAAge", {"Bool": {"g:MFAAge": True}}),
        ("family", "g:SourceIp", {"NumberLessThan": {"g:SourceIp": 1}}),
        ("family", "g:MFAPresent", {"DateLessThan": {"g:MFAPresent": 1}}),
        ("family", "g:CurrentTime", {"IpAddress": {"g:CurrentTime": "::1"}}),
        ("family", "g:MFAAge", {"ForAnyValue:Bool": {"g:MFAAge": True}}),
        ("absent", "a:B", {"Null": {"a:b": True}, "StringEquals": {"a:B": "x"}}),
        ("absent", "a:b", {"Bool": {"a:b": True}, "Null": {"a:b": "true"}}),
        ("absent", "a:b", {"Null": {"a:b": True}, "ForAnyValue:StringNotEquals": {"a:b": "x"}}),
    ],
)
def test_a_statement_that_can_never_match_is_pointed_out(wording, key, operators):
    found = lints(deny("x:y:z"), deny(Condition=operators))

    assert [(one.code, one.wording, one.path, one.facts) for one in found] == [
        ("never_matches", wording, "/Statement/1", {"key": key})
    ]
    assert f'"{key}"' in found[0].sentence()


@pytest.mark.parametrize(
    "operators",
    [
        {"StringNotEquals": {"g:TagKeys": "a"}},
        {"StringEqualsIfExists": {"g:TagKeys": "a"}},
        {"ForAnyValue:StringEquals": {"g:TagKeys": "a"}},
        {"Null": {"g:TagKeys": True}},
        {"StringEquals": {"g:UserName": "a"}},
        {"StringEquals": {"g:SourceIp": "a", "ecs:x": "y"}},
        {"Bool": {"g:UserName": True, "ecs:x": True}},
        {"NumberLessThan": {"g:CurrentTime": 1}},
        {"DateLessThan": {"g:MFAAge": 1}},
        {"NumberNotEquals": {"g:SourceIp": 1}},
        {"BoolIfExists": {"g:SourceIp": True}},
        {"ForAllValues:Bool": {"g:SourceIp": True}},
        {"Null": {"g:SourceIp": True}},
        {"Null": {"a:b": False}, "Bool": {"a:b": True}},
        {"Null": {"a:b": [True, False]}, "Bool": {"a:b": True}},
        {"Null": {"a:b": True}, "Bool": {"a:c": True}},
        {"Null": {"a:b": True}, "BoolIfExists": {"a:b": True}},
        {"Null": {"a:b": True}, "StringNotEquals": {"a:b": "x"}},
        {"Null": {"a:b": True}, "ForAllValues:StringEquals": {"a:b": "x"}},
        {"Null": {"a:b": True}, "ForAnyValue:StringEqualsIfExists": {"a:b": "x"}},
    ],
)
def test_a_statement_that_may_match_is_not(operators):
    assert lints(deny(Condition=operators)) == ()


def test_nothing_is_advised_on_a_text_with_faults():
    text = '{"Version":"4","Statement":{"Effect":"Allow","Action":"ecs:*:*"}}'

    assert read_service_control_policy(text).lints == ()
