"""Statements of service control policies in words."""

import json

import pytest

from console.statement_words import StatementWords, effect_of, words_of
from orgs.policy.document import load_service_control_policy
from tests.console.guardrails import scp, statement

FULL = scp(statement("Allow", "*"))


def statements_of(content: str) -> list[StatementWords]:
    return [words_of(one, content) for one in load_service_control_policy(content).statements]


def said(**more: object) -> str:
    """The one condition of a statement."""
    (words,) = statements_of(scp(statement("Deny", "ecs:*:*", **more)))
    (condition,) = words.conditions
    return condition


@pytest.mark.parametrize(
    ("operator", "key", "values", "expected"),
    [
        ("StringEquals", "g:UserName", ["ann"], "g:UserName is “ann”"),
        ("StringEquals", "g:UserName", ["ann", "bob"], "g:UserName is “ann” or “bob”"),
        ("StringNotEquals", "g:UserName", "ann", "g:UserName is not “ann”"),
        ("StringMatch", "g:UserName", ["a*"], "g:UserName looks like “a*”"),
        (
            "StringNotEqualsIgnoreCase",
            "g:UserName",
            ["ann"],
            "g:UserName is not “ann”, in capitals or not",
        ),
        (
            "StringEqualsIfExists",
            "g:UserName",
            ["ann"],
            "g:UserName is “ann”, or there is none",
        ),
        (
            "ForAnyValue:StringEquals",
            "g:TagKeys",
            ["cost"],
            "one of the values of g:TagKeys is “cost”",
        ),
        (
            "ForAllValues:StringNotMatchIfExists",
            "g:TagKeys",
            ["c*"],
            "each value of g:TagKeys does not look like “c*”, or there is none",
        ),
        ("NumberLessThan", "g:TokenAge", ["900"], "g:TokenAge is less than “900”"),
        ("NumberGreaterThanEquals", "g:TokenAge", [900], "g:TokenAge is at least “900”"),
        ("DateLessThan", "g:CurrentTime", ["2026-01-31"], "g:CurrentTime is before “2026-01-31”"),
        ("Bool", "g:MFAPresent", [False], "g:MFAPresent is “false”"),
        ("NotIpAddress", "g:SourceIp", ["10.0.0.0/8"], "g:SourceIp lies outside “10.0.0.0/8”"),
        ("Null", "g:RequestTag/cost", ["true"], "there is no g:RequestTag/cost"),
        ("Null", "g:RequestTag/cost", ["false"], "there is a g:RequestTag/cost"),
    ],
)
def test_a_condition_in_words(operator, key, values, expected):
    assert said(Condition={operator: {key: values}}) == expected


def test_many_values_are_cut_and_counted():
    values = [str(number) for number in range(11)]

    assert said(Condition={"StringEquals": {"g:UserName": values}}).endswith("“7” or 3 more")


def test_all_conditions_are_told():
    (words,) = statements_of(
        scp(
            statement(
                "Deny",
                "ecs:*:*",
                Condition={
                    "Null": {"g:RequestTag/a": ["true"], "g:RequestTag/b": ["true"]},
                    "Bool": {"g:MFAPresent": ["true"]},
                },
            )
        )
    )

    assert words.conditions == (
        "there is no g:RequestTag/a",
        "there is no g:RequestTag/b",
        "g:MFAPresent is “true”",
    )


@pytest.mark.parametrize(
    ("written", "lead", "actions"),
    [
        ({"Effect": "Deny", "Action": "ecs:Servers:*"}, "Denies", ("ecs:Servers:*",)),
        ({"Effect": "Deny", "Action": ["*"]}, "Denies every action", ()),
        ({"Effect": "Deny", "Action": []}, "Denies nothing", ()),
        ({"Effect": "Deny", "NotAction": ["obs:*:*"]}, "Denies every action but", ("obs:*:*",)),
        ({"Effect": "Deny", "NotAction": ["*"]}, "Denies nothing", ()),
        ({"Effect": "Allow", "Action": ["*"]}, "Allows every action", ()),
        ({"Effect": "Allow", "Action": ["obs:*:*"]}, "Allows", ("obs:*:*",)),
    ],
)
def test_what_a_statement_does(written, lead, actions):
    (words,) = statements_of(scp(written))

    assert (words.lead, words.actions.shown) == (lead, actions)


def test_resources_are_told_unless_all_are_meant():
    some, every = statements_of(
        scp(
            statement("Deny", "ecs:*:*", Resource=["ecs:*:*:instance:a", "ecs:*:*:instance:b"]),
            statement("Deny", "ecs:*:*", Resource=["ecs:*:*:instance:a", "*"], Sid="All"),
        )
    )

    assert some.resources.shown == ("ecs:*:*:instance:a", "ecs:*:*:instance:b")
    assert (every.resources.shown, every.sid, every.number) == ((), "All", 2)


def test_a_single_statement_without_a_list_is_read_too():
    content = json.dumps({"Version": "5.0", "Statement": statement("Deny", "ecs:*:*")})

    (words,) = statements_of(content)

    assert words.actions.shown == ("ecs:*:*",)


@pytest.mark.parametrize("content", ["", "[]", "{", '"x"', '{"Statement": 3}', "[" * 100_000])
def test_what_is_no_policy_says_nothing(content):
    assert statements_of(content) == []
    assert effect_of(content) == "Says nothing"


@pytest.mark.parametrize(
    ("content", "effect"),
    [
        (FULL, "Allows everything"),
        (scp(statement("Deny", "a:b:c")), "Denies 1 kind of action"),
        (scp(statement("Deny", "a:b:c", "d:e:f")), "Denies 2 kinds of actions"),
        (scp(statement("Allow", "a:b:c")), "Allows 1 kind of action"),
        (
            scp(statement("Allow", "a:b:c"), statement("Deny", "a:b:d")),
            "Allows 1 kind of action; Denies 1 kind of action",
        ),
        (
            scp(statement("Allow", "*"), statement("Deny", "a:b:d")),
            "Denies 1 kind of action",
        ),
    ],
)
def test_what_a_policy_does_in_a_few_words(content, effect):
    assert effect_of(content) == effect
