import json
import runpy
import sys
from pathlib import Path

import pytest

from orgs.policy.vectors import main, run_file

FILES = sorted((Path(__file__).parent / "vectors").glob("*.json"))
CASES = [
    pytest.param(differences, id=name) for path in FILES for name, differences in run_file(path)
]


def test_there_are_225_cases():
    assert len(CASES) == 225


@pytest.mark.parametrize("differences", CASES)
def test_the_engine_keeps_the_contract(differences):
    assert differences == []


def test_the_runner_counts_what_passed(capsys):
    status = main([str(path) for path in FILES])

    assert status == 0
    assert capsys.readouterr().out == "225 passed, 0 failed\n"


def test_the_runner_prints_what_fails_and_says_so_in_its_status(tmp_path, capsys, monkeypatch):
    good = {"id": "good", "document": {"tags": {}}, "expected": {"valid": True, "errors": []}}
    bad = {"id": "bad", "document": {"tags": {}}, "expected": {"valid": False, "errors": []}}
    broken = {"id": "broken"}
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"kind": "tag_policy_validate", "vectors": [good, bad, broken]}))

    monkeypatch.setattr(sys, "argv", ["vectors", str(path)])
    monkeypatch.delitem(sys.modules, "orgs.policy.vectors")

    with pytest.raises(SystemExit) as ended:
        runpy.run_module("orgs.policy.vectors", run_name="__main__")

    assert ended.value.code == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{path}: bad: valid is True, expected False",
        f"{path}: broken: raises KeyError('document')",
        "1 passed, 2 failed",
    ]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"kind": "x", "vectors": []}'])
def test_the_runner_reports_a_file_it_cannot_run(tmp_path, capsys, content):
    path = tmp_path / "cases.json"
    path.write_text(content)

    status = main([str(path)])

    first, last = capsys.readouterr().out.splitlines()
    assert status == 1
    assert first.startswith(f"{path}: file: cannot be run: ")
    assert last == "0 passed, 1 failed"


def test_the_runner_reports_a_missing_file(tmp_path, capsys):
    status = main([str(tmp_path / "none.json")])

    assert status == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 1 failed"


def test_without_files_nothing_is_proved(capsys):
    assert main([]) == 1
    assert capsys.readouterr().out == "0 passed, 0 failed\n"
