"""The runner of vector files notices every difference."""

import json

import pytest

from orgs.policy.vectors import run_file

ALLOW = {"Effect": "Allow", "Action": "*"}
DENY = {"Effect": "Deny", "Action": "*", "Sid": "s"}
ORG = {
    "id": "o",
    "management_account": "boss",
    "root": "root",
    "ous": [{"id": "ou", "parent": "root"}, {"id": "in", "parent": "ou"}],
    "accounts": [{"id": "a", "parent": "in"}, {"id": "boss", "parent": "root"}],
    "policies": {"p": {"Version": "5.0", "Statement": [DENY]}},
    "attachments": {
        "root": ["FullAccess"],
        "ou": ["FullAccess", "p"],
        "in": ["FullAccess"],
        "a": ["FullAccess"],
    },
}
REQUEST = {"account": "a", "action": "x:y:z"}
BY_P = {"entity": "ou", "policy": "p", "statement": 0, "sid": "s"}
DENIED = {"decision": "denied", "reason": "explicit_deny", "decided_by": BY_P, "allowed_by": []}
ALLOWED = {"decision": "allowed", "reason": "allowed_at_every_level", "decided_by": None}


@pytest.fixture
def differences(tmp_path):
    def run(kind, vector):
        path = tmp_path / "cases.json"
        path.write_text(json.dumps({"kind": kind, "vectors": [vector]}), encoding="utf-8")
        ((name, found),) = run_file(path)
        assert name == vector.get("id", "?")
        return found

    return run


def document(**expected):
    return {
        "document": {"Version": "5.0", "Statement": {"Effect": "Deny", "Action": [], "X": 1}},
        "expected": expected,
    }


FAULT = [{"code": "unknown_element", "path": "/Statement/X"}]
WARNING = [{"code": "empty_action", "path": "/Statement/Action"}]


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ({"valid": False, "errors": FAULT}, []),
        ({"valid": False, "errors": FAULT, "warnings": WARNING}, []),
        ({"valid": False, "errors": FAULT + FAULT}, []),
        ({"valid": True, "errors": FAULT}, ["valid is False, expected True"]),
        (
            {"valid": False, "errors": [{"code": "x", "path": "/y"}]},
            ["errors is [('/Statement/X', 'unknown_element')], expected [('/y', 'x')]"],
        ),
        (
            {"valid": False, "errors": FAULT, "warnings": []},
            ["warnings is [('/Statement/Action', 'empty_action')], expected []"],
        ),
    ],
)
def test_a_validation(differences, expected, found):
    assert differences("scp_validate", document(**expected)) == found


def test_the_text_of_a_validation_is_counted_as_it_would_be_sent(differences):
    path = "é" * 5_016
    statement = {"Effect": "Deny", "Action": ["a:b:c"], "Resource": [f"a:b:c:d:{path}"]}
    whole = {"Version": "5.0", "Statement": [statement]}
    valid = {"valid": True, "errors": []}
    long = {"valid": False, "errors": [{"code": "too_long", "path": ""}]}
    statement["Resource"][0] += "é" * (5_120 - len(compact(whole)))

    assert len(compact(whole)) == 5_120
    assert differences("scp_validate", {"document": whole, "expected": valid}) == []
    statement["Resource"][0] += "é"
    assert differences("scp_validate", {"document": whole, "expected": long}) == []


def compact(document):
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def test_a_catalog(differences):
    vector = {
        "id": "named",
        "text": '{"tags":{"k":{"enforced_for":{"@@assign":["ecs:x"]}}}}',
        "expected": {"valid": True, "errors": []},
    }
    catalog = {"ecs": {"resource_types": ["y"], "support_all": False}}

    assert differences("tag_policy_validate", vector) == []
    assert differences("tag_policy_validate", {**vector, "catalog": catalog}) == [
        "valid is False, expected True",
        "errors is [('/tags/k/enforced_for/@@assign/0', 'unknown_resource_type')], expected []",
    ]


def evaluation(expected=DENIED, org=ORG, request=REQUEST, **members):
    return {"org": org, "request": request, "expected": expected, **members}


@pytest.mark.parametrize(
    ("vector", "found"),
    [
        (evaluation(), []),
        (evaluation(expected={}), []),
        (
            evaluation(expected={**DENIED, "decision": "allowed", "reason": "x"}),
            [
                "expected.decision is 'denied', expected 'allowed'",
                "expected.reason is 'explicit_deny', expected 'x'",
            ],
        ),
        (
            evaluation(expected={"decided_by": None, "other": 1}),
            [f"expected.decided_by is {BY_P}, expected None", "expected.other is None, expected 1"],
        ),
        (
            evaluation(expected=ALLOWED, org={**ORG, "scp_enabled": True}),
            [
                "expected.decision is 'denied', expected 'allowed'",
                "expected.reason is 'explicit_deny', expected 'allowed_at_every_level'",
                f"expected.decided_by is {BY_P}, expected None",
            ],
        ),
        (evaluation(expected={"reason": "scp_disabled"}, org={**ORG, "scp_enabled": False}), []),
        (
            evaluation(
                expected={"reason": "service_not_governed"},
                org={**ORG, "services_without_scp": ["X"]},
            ),
            [],
        ),
        (
            evaluation(
                expected={"reason": "service_linked_agency_exempt"},
                request={**REQUEST, "principal": {"service_linked_agency": True}},
            ),
            [],
        ),
        (evaluation(request={**REQUEST, "principal": None, "context": None}), []),
        (
            evaluation(
                changes=[{"op": "detach", "entity": "ou", "policy": "p"}],
                expected_after={"decision": "denied"},
            ),
            ["expected_after.decision is 'allowed', expected 'denied'"],
        ),
        (
            evaluation(dry_run_attachments={"root": ["p"]}, expected_dry_run={"decided_by": BY_P}),
            [f"expected_dry_run.decided_by is { ({**BY_P, 'entity': 'root'}) }, expected {BY_P}"],
        ),
        (
            evaluation(changes=[{"op": "x"}], expected_after={}),
            ["raises ValueError(\"unknown change 'x'\")"],
        ),
    ],
)
def test_an_evaluation(differences, vector, found):
    assert differences("scp_evaluate", vector) == found


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"op": "move_account", "account": "a", "to": "root"}, "allowed_at_every_level"),
        ({"op": "move_unit", "unit": "in", "to": "root"}, "allowed_at_every_level"),
        ({"op": "attach", "entity": "root", "policy": "p"}, "explicit_deny"),
        ({"op": "detach", "entity": "root", "policy": "FullAccess"}, "explicit_deny"),
        ({"op": "detach", "entity": "ou", "policy": "p"}, "allowed_at_every_level"),
        (
            {
                "op": "update_policy",
                "policy": "p",
                "document": {"Version": "5.0", "Statement": ALLOW},
            },
            "allowed_at_every_level",
        ),
        (
            {
                "op": "update_policy",
                "policy": "p",
                "content": {"Version": "5.0", "Statement": ALLOW},
            },
            "allowed_at_every_level",
        ),
        (
            {
                "op": "update_policy",
                "policy": "p",
                "document": {"Version": "5.0", "Statement": DENY},
            },
            "explicit_deny",
        ),
        ({"op": "disable_type"}, "scp_disabled"),
        ({"op": "disable_type", "type": "service_control_policy"}, "scp_disabled"),
        ({"op": "disable_type", "type": "tag_policy"}, "explicit_deny"),
    ],
)
def test_each_change(differences, change, reason):
    vector = evaluation(changes=[change], expected_after={"reason": reason})

    assert differences("scp_evaluate", vector) == []


def test_a_merge(differences):
    def path(*values):
        return [
            {
                "entity": "root",
                "policies": [
                    {
                        "id": f"p{index}",
                        "content": {"tags": {"K": {"tag_value": {"@@assign": one}}}},
                    }
                    for index, one in enumerate(values)
                ],
            }
        ]

    result = {"tags": {"k": {"tag_key": "k", "tag_value": ["a"]}}}
    ignored = {
        "entity": "root",
        "reason": "earlier_attachment_wins",
        "policy": "p1",
        "key": "k",
        "setting": "tag_value",
        "operator": "@@assign",
    }
    vector = {"path": path(["a"], ["b"]), "expected": result}
    ordered = json.dumps(ignored, sort_keys=True)

    assert differences("tag_policy_effective", {**vector, "expected_ignored": [ignored]}) == []
    assert differences("tag_policy_effective", {**vector, "expected_ignored": []}) == [
        f"expected_ignored is {[ordered]}, expected []"
    ]
    assert differences(
        "tag_policy_effective",
        {**vector, "path_before": path(["b"]), "expected_before": result},
    ) == [
        "expected_before is {'tags': {'k': {'tag_key': 'k', 'tag_value': ['b']}}}, "
        f"expected {result}"
    ]
    assert differences("tag_policy_effective", {**vector, "tag_policy_enabled": False}) == [
        f"expected is {{'tags': {{}}}}, expected {result}"
    ]


def test_a_judgement(differences):
    vector = {
        "effective_policy": {"tags": {"K": {"enforced_for": ["ecs:x"], "tag_value": ["a"]}}},
        "resources": [{"id": "i", "type": "ecs:x", "tags": [{"key": "k", "value": "a"}]}],
        "expected": {"i": {"status": "compliant", "violations": []}},
    }
    wrong = {"i": {"status": "noncompliant", "violations": []}}

    assert differences("tag_compliance", vector) == []
    assert differences("tag_compliance", {**vector, "scope": "all", "expected": wrong}) == [
        "expected is {'i': {'status': 'compliant', 'violations': []}}, "
        "expected {'i': {'status': 'noncompliant', 'violations': []}}"
    ]
