"""What the engine promises about itself: quick with any text, and plain Python."""

import ast
import sys
import time
from pathlib import Path

import pytest

import orgs.policy
from orgs.policy.document import read_service_control_policy
from orgs.policy.tag_document import read_tag_policy
from tests.benchmarks.policy_engine import hostile_texts

MODULES = sorted(Path(orgs.policy.__path__[0]).glob("*.py"))


@pytest.mark.parametrize("text", hostile_texts().values(), ids=list(hostile_texts()))
@pytest.mark.parametrize("read", [read_service_control_policy, read_tag_policy])
def test_any_text_is_judged_within_100_milliseconds(read, text):
    rounds = []
    for _ in range(3):
        started = time.process_time()
        read(text)
        rounds.append(time.process_time() - started)

    assert min(rounds) < 0.1


@pytest.mark.parametrize("path", MODULES, ids=[path.stem for path in MODULES])
def test_the_engine_needs_nothing_but_python(path):
    imported = imports(path)

    assert {name for name in imported if name.split(".")[0] not in sys.stdlib_module_names} <= {
        f"orgs.policy.{one.stem}" for one in MODULES
    } | {"orgs.policy"}
    assert imported.isdisjoint({"re", "os", "time", "random", "threading", "asyncio", "sqlite3"})


def test_modules_import_in_one_direction():
    needs = {path.stem: {name.rpartition(".")[2] for name in imports(path)} for path in MODULES}
    needs["document"].add("global_keys")
    while needs:
        free = [name for name, others in needs.items() if not others & needs.keys() - {name}]
        assert free, f"these import one another: {sorted(needs)}"
        for name in free:
            del needs[name]


def imports(path):
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module)
    return found
