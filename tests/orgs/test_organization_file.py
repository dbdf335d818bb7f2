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
    "policies": [{"name": "Deny"}],
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


def test_read_says_what_it_leaves_out():
    assert organization_file.read(json.dumps(FILE)).left_out == {"policies": 1}


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
