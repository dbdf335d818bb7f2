"""The file format: what is taken, and every fault with its place."""

import json
from copy import deepcopy

import pytest

from orgs import organization_file
from orgs.errors import InvalidFile

FILE = {
    "format": "organization-file",
    "version": 1,
    "name": "acme",
    "management_account": {"name": "acme-root", "tags": {"owner": "ops"}},
    "units": [{"path": ["Sales", "Süd"]}, {"path": ["Sales"], "tags": {"a": ""}}],
    "accounts": [{"name": "shop-one", "unit": ["sales", "SÜD"], "description": "It's & <new>"}],
    "policies": [
        {
            "name": "Stay",
            "type": "service_control_policy",
            "content": {"Version": "5.0", "Statement": [{"Effect": "Deny", "Action": []}]},
        }
    ],
    "enabled_policy_types": ["service_control_policy"],
    "trusted_services": ["service.CTS"],
}


def faults(file: object) -> list[tuple[str, str]]:
    text = file if isinstance(file, (str, bytes)) else json.dumps(file)
    with pytest.raises(InvalidFile) as refused:
        organization_file.read(text)
    return refused.value.faults


def changed(**facts: object) -> dict:
    return deepcopy(FILE) | facts


def test_read_takes_units_in_any_order_and_puts_parents_first():
    plan = organization_file.read(json.dumps(FILE))

    assert [unit.path for unit in plan.units] == [("Sales",), ("Sales", "Süd")]
    assert plan.units[0].tags == {"a": ""}
    assert plan.accounts[0].unit == ("sales", "SÜD")
    assert plan.management_account.tags == {"owner": "ops"}
    assert plan.tag_count == 2


def test_read_takes_services_and_who_administers_them():
    held = [{"account": "Shop-One", "service": "service.CTS"}]
    plan = organization_file.read(json.dumps(changed(delegated_administrators=held)))

    assert plan.trusted_services == ["service.CTS"]
    (planned,) = plan.delegations
    assert (planned.account, planned.service) == ("shop-one", "service.CTS")


@pytest.mark.parametrize(
    ("services", "held", "places"),
    [
        ("service.CTS", [], ["/trusted_services"]),
        (
            ["CTS", 7, "service.CTS", "service.CTS"],
            [],
            [f"/trusted_services/{n}" for n in (0, 1, 3)],
        ),
        ([], ["shop-one"], ["/delegated_administrators/0", "/delegated_administrators/0/account"]),
        (
            ["service.CTS"],
            [
                {"account": "acme-root", "service": "service.CTS"},
                {"account": "shop-one", "service": "service.AOM"},
                {"account": "shop-one", "service": "service.CTS", "since": "now"},
                {"account": "SHOP-one", "service": "service.CTS"},
            ],
            [
                "/delegated_administrators/0/account",
                "/delegated_administrators/1/service",
                "/delegated_administrators/2/since",
                "/delegated_administrators/3",
            ],
        ),
    ],
)
def test_read_names_every_fault_of_services_and_delegations(services, held, places):
    file = changed(trusted_services=services, delegated_administrators=held)

    assert [place for place, _sentence in faults(file)] == places


@pytest.mark.parametrize(
    ("file", "places"),
    [
        (changed(format="other"), ["/format"]),
        (changed(version=2), ["/version"]),
        (changed(version=True), ["/version"]),
        (changed(colour="red"), ["/colour"]),
        (changed(name=""), ["/name"]),
        (changed(name=7), ["/name"]),
        (changed(units={}), ["/units", "/accounts/0/unit"]),
        (changed(units=["Sales"], accounts=[]), ["/units/0", "/units/0/path"]),
        (changed(units=[{"path": []}], accounts=[]), ["/units/0/path"]),
        (changed(units=[{"path": ["A", "B"]}], accounts=[]), ["/units/0/path"]),
        (changed(units=[{"path": ["A"]}, {"path": ["a"]}], accounts=[]), ["/units/1/path"]),
        (changed(units=[{"path": ["A "]}], accounts=[]), ["/units/0/path/0"]),
        (changed(units=[{"path": ["<A>"]}], accounts=[]), ["/units/0/path/0"]),
        (changed(units=[{"path": ["A\u200b"]}], accounts=[]), ["/units/0/path/0"]),
        (changed(units=[{"path": ["A"], "x/y": 1}], accounts=[]), ["/units/0/x~1y"]),
        (changed(units=[{"path": ["A"], "tags": {"k ": "v"}}], accounts=[]), ["/units/0/tags"]),
        (changed(accounts=[{"name": "short", "unit": []}]), ["/accounts/0/name"]),
        (changed(accounts=[{"unit": []}]), ["/accounts/0/name"]),
        (changed(accounts=[{"name": "acme-ROOT", "unit": []}]), ["/accounts/0/name"]),
        (changed(accounts=[{"name": "shop-one", "unit": ["None"]}]), ["/accounts/0/unit"]),
        (changed(accounts=[{"name": "shop-one", "email": "nobody"}]), ["/accounts/0/email"]),
        (changed(accounts=[{"name": "shop-one", "join_method": "x"}]), ["/accounts/0/join_method"]),
        (changed(accounts=[{"name": "shop-one"}, {"name": "Shop-One"}]), ["/accounts/1/name"]),
        (changed(management_account=None), ["/management_account", "/management_account/name"]),
        ("", [""]),
        ("[]", [""]),
        ("{", [""]),
        ('{"name": 1, "name": 2}', [""]),
        ('{"name": NaN}', [""]),
        ("[" * 100_000, [""]),
        (b"\xff\xfe", [""]),
        ('{"name": "\\ud800", "format": "organization-file", "version": 1}', None),
    ],
)
def test_read_refuses_with_the_place_of_every_fault(file, places):
    found = [place for place, _sentence in faults(file)]

    assert found == places if places is not None else "/name" in found


def test_read_refuses_a_sixth_level():
    paths = [["1"], ["1", "2"], ["1", "2", "3"], ["1", "2", "3", "4"], ["1", "2", "3", "4", "5"]]
    units = [{"path": path} for path in [*paths, [*paths[-1], "6"]]]

    assert [place for place, _ in faults(changed(units=units, accounts=[]))] == ["/units/5/path"]


def test_read_says_the_line_and_column_where_json_ends():
    assert faults('{\n "name": }') == [("", "Not JSON at line 2, column 10: Expecting value.")]


DENY = {"Version": "5.0", "Statement": {"Effect": "Deny", "Action": []}}
SCP, TAG_POLICY = "service_control_policy", "tag_policy"


def a_policy(name: str = "Stay", **facts: object) -> dict:
    return {"name": name, "type": SCP, "content": DENY} | facts


def with_policies(*policies: object, **facts: object) -> dict:
    return changed(policies=list(policies), **facts)


def test_read_keeps_the_text_of_a_policy_and_writes_that_of_an_object():
    text = '{"Version":"5.0",\n"Statement":{"Effect":"Deny","Action":[]}}'

    plan = organization_file.read(
        json.dumps(with_policies(a_policy(content=text), a_policy("Away", tags={"a": "1"})))
    )

    kept, written = plan.policies
    assert kept.content == text
    assert json.loads(written.content) == DENY
    assert "\n  " in written.content
    assert (written.name, written.policy_type, written.tags) == ("Away", SCP, {"a": "1"})


def test_read_hangs_policies_in_their_order_behind_full_access():
    first = a_policy("B", attached_to=[["sales"], "SHOP-one", [], "acme-root"])
    second = a_policy("A", attached_to=[["Sales"]])
    cost = a_policy("B", type=TAG_POLICY, attached_to=[["Sales"]])
    file = with_policies(first, second, cost, enabled_policy_types=[SCP, TAG_POLICY])

    plan = organization_file.read(json.dumps(file))

    assert plan.enabled_policy_types == [SCP, TAG_POLICY]
    assert [(one.entity, one.policy_type, one.policies) for one in plan.attachments] == [
        (("sales",), SCP, ["fullaccess", "b", "a"]),
        ("shop-one", SCP, ["fullaccess", "b"]),
        ((), SCP, ["fullaccess", "b"]),
        ("acme-root", SCP, ["fullaccess", "b"]),
        (("sales",), TAG_POLICY, ["b"]),
    ]


def test_read_takes_the_policies_that_an_entity_lists_as_all_of_them_in_their_order():
    file = with_policies(
        a_policy("A"),
        a_policy("B"),
        units=[{"path": ["Sales"], "policies": {SCP: ["B", "fullACCESS", "A"]}}],
        accounts=[{"name": "shop-one", "policies": {SCP: ["A"]}}],
        root={"policies": {SCP: ["B"]}},
    )

    plan = organization_file.read(json.dumps(file))

    assert [(one.entity, one.policies, one.place) for one in plan.attachments] == [
        (("sales",), ["b", "fullaccess", "a"], f"/units/0/policies/{SCP}"),
        ("shop-one", ["a"], f"/accounts/0/policies/{SCP}"),
        ((), ["b"], f"/root/policies/{SCP}"),
    ]


@pytest.mark.parametrize(
    ("file", "places"),
    [
        (changed(enabled_policy_types="all"), ["/enabled_policy_types"]),
        (changed(enabled_policy_types=["x", 7]), [f"/enabled_policy_types/{n}" for n in (0, 1)]),
        (changed(enabled_policy_types=[SCP, SCP]), ["/enabled_policy_types/1"]),
        (changed(policies={}), ["/policies"]),
        (with_policies("Stay"), [f"/policies/0{of}" for of in ("", "/type", "/name", "/content")]),
        (with_policies(a_policy("a/b")), ["/policies/0/name"]),
        (with_policies(a_policy(), a_policy("stay")), ["/policies/1/name"]),
        (with_policies(a_policy("fullaccess")), ["/policies/0/name"]),
        (with_policies(a_policy(type="x")), ["/policies/0/type"]),
        (with_policies(a_policy(type=[])), ["/policies/0/type"]),
        (with_policies(a_policy(content=7)), ["/policies/0/content"]),
        (with_policies(a_policy(content=None)), ["/policies/0/content"]),
        (with_policies(a_policy(description="x" * 513)), ["/policies/0/description"]),
        (with_policies(a_policy(tags={"a b": ""})), ["/policies/0/tags"]),
        (with_policies(a_policy(x=1)), ["/policies/0/x"]),
        (with_policies(a_policy(attached_to="Sales")), ["/policies/0/attached_to"]),
        (with_policies(a_policy(attached_to=[7])), ["/policies/0/attached_to/0"]),
        (with_policies(a_policy(attached_to=[["None"]])), ["/policies/0/attached_to/0"]),
        (with_policies(a_policy(attached_to=["nobody"])), ["/policies/0/attached_to/0"]),
        (with_policies(a_policy(attached_to=[[], []])), ["/policies/0/attached_to/1"]),
        (
            with_policies(a_policy(attached_to=[[]]), enabled_policy_types=[TAG_POLICY]),
            ["/policies/0/attached_to/0"],
        ),
        (changed(root={"policies": []}), ["/root/policies"]),
        (changed(root={"policies": {"x/y": []}}), ["/root/policies/x~1y"]),
        (changed(root={"policies": {SCP: []}}), [f"/root/policies/{SCP}"]),
        (changed(root={"policies": {TAG_POLICY: []}}), [f"/root/policies/{TAG_POLICY}"]),
        (changed(root={"policies": {SCP: ["Away"]}}), [f"/root/policies/{SCP}/0"]),
        (changed(root={"policies": {SCP: [7, "Stay", "STAY"]}}), 2),
        (
            with_policies(a_policy(attached_to=[[]]), root={"policies": {SCP: ["Stay"]}}),
            [f"/root/policies/{SCP}"],
        ),
    ],
)
def test_read_refuses_policies_with_the_place_of_every_fault(file, places):
    found = [place for place, _sentence in faults(file)]

    assert found == places or len(found) == places
