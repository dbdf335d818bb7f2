"""R1, R2, R14 and the one door: read from the syntax trees, so that nobody has to remember."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
SOURCES = [
    path
    for package in ("orgs", "console")
    for path in sorted((PROJECT / package).rglob("*.py"))
    if "migrations" not in path.parts
]
TEMPLATES = sorted((PROJECT / "templates").rglob("*.html"))
OPERATIONS = PROJECT / "orgs" / "operations"
DOOR = OPERATIONS / "change.py"

WRITERS = {
    "save",
    "create",
    "acreate",
    "asave",
    "update",
    "delete",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
    "raw",
    "move_to",
    "insert_node",
    "move_node",
    "rebuild",
    "partial_rebuild",
}
CHANGES = {
    "change",
    "operator_change",
    "account_change",
    "entry_change",
    "installation_change",
    "invitation_change",
    "place_change",
    "system_change",
}
# What writes rows outside the operations, and why it may.
MAY_WRITE = {
    "orgs/events.py",  # the event of the change, called by the operations alone
    "orgs/models/account_requests.py",  # save() of the model itself: super().save
    "orgs/models/accounts.py",
    "orgs/models/policies.py",
    "orgs/models/units.py",
}
# A hash is updated as well.
NOT_ROWS = re.compile(r"digest\b")


def name(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def is_operation(path: Path) -> bool:
    return OPERATIONS in path.parents


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if not is_operation(p) and name(p) not in MAY_WRITE], ids=name
)
def test_rows_are_written_by_operations_alone(path):
    found = [
        f"{name(path)}:{call.lineno} {ast.unparse(call.func)}"
        for call in calls(ast.parse(path.read_text()))
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in WRITERS
        and not NOT_ROWS.search(ast.unparse(call.func.value))
    ]
    assert found == []


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_only_change_opens_a_transaction(path):
    found = [
        f"{name(path)}:{node.lineno}"
        for node in ast.walk(ast.parse(path.read_text()))
        if path != DOOR
        and (
            (
                isinstance(node, ast.Attribute)
                and node.attr in {"atomic", "set_autocommit", "commit"}
            )
            or (isinstance(node, ast.Name) and node.id == "atomic")
        )
    ]
    assert found == []


@pytest.mark.parametrize("path", [p for p in SOURCES if is_operation(p) and p != DOOR], ids=name)
def test_an_operation_has_at_most_one_change(path):
    for function in ast.walk(ast.parse(path.read_text())):
        if isinstance(function, ast.FunctionDef):
            blocks = [
                call
                for call in calls(function)
                if isinstance(call.func, ast.Name) and call.func.id in CHANGES
            ]
            assert len(blocks) <= 1, f"{function.name} changes {len(blocks)} organizations"


def test_every_operation_that_records_an_event_is_inside_a_change():
    """An event outside a change has no lock, and so no number of its own."""
    found = []
    for path in SOURCES:
        said = {
            function.name: {ast.unparse(call.func) for call in calls(function)}
            for function in ast.walk(ast.parse(path.read_text()))
            if isinstance(function, ast.FunctionDef)
        }
        # A function that opens none itself is a private part of those that do.
        parts = {"events.record"}
        while True:
            recording = {
                one for one, names in said.items() if names & parts and not names & CHANGES
            }
            if recording <= parts:
                break
            parts |= recording
        found += [f"{name(path)} {one}" for one in parts & said.keys() if not one.startswith("_")]
    # It cancels what is open, for the deletion that calls it.
    assert found == ["orgs/operations/invitations.py cancel_all"]


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_nothing_written_by_people_is_marked_safe(path):
    words = {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.Attribute, ast.Name))
    }
    assert words & {"mark_safe", "SafeString", "SafeText"} == set()


# What a template may not hold: how it is recognised, and an example that has to be.
FORBIDDEN_IN_TEMPLATES = {
    "the filter safe": (r"\|\s*safe(seq)?\b", "{{ name | safe }}"),
    "autoescape off": (r"autoescape\s+off", "{% autoescape off %}"),
    "hx-on": (r"\bhx-on\b|\bhx-on:", '<a hx-on:click="f()">'),
    "an event attribute": (r"""<[^>]*\son[a-z]+\s*=""", '<a href="/" onclick="f()">'),
    "a script between its tags": (r"<script(?![^>]*\bsrc=)[^>]*>", "<script>f()</script>"),
    "a style sheet between its tags": (r"<style\b", "<style>a {}</style>"),
    "a style attribute": (r"""<[^>]*\sstyle\s*=""", '<a style="color: red">'),
    "a script as an address": (r"javascript:", '<a href="javascript:f()">'),
    "values computed in an attribute": (
        r"hx-(vals|vars|headers)\s*=\s*[\"']\s*js:",
        '<a hx-vals="js:{}">',
    ),
}


@pytest.mark.parametrize("what", FORBIDDEN_IN_TEMPLATES)
def test_templates_hold_no(what):
    pattern, example = FORBIDDEN_IN_TEMPLATES[what]
    assert re.search(pattern, example, re.IGNORECASE)
    found = {name(path): re.findall(pattern, path.read_text(), re.IGNORECASE) for path in TEMPLATES}
    assert {path: texts for path, texts in found.items() if texts} == {}


def test_no_query_filters_by_the_numbers_of_the_tree():
    """R6: parents decide; lft, rght and tree_id are an index for listing."""
    decisive = [*OPERATIONS.glob("*.py"), PROJECT / "orgs/access.py", PROJECT / "orgs/quotas.py"]
    pattern = re.compile(
        r"(lft|rght|tree_id)__|get_(descendants|ancestors|family)|is_(descendant|ancestor)_of"
    )
    found = [name(path) for path in decisive if pattern.search(path.read_text())]
    assert found == []
