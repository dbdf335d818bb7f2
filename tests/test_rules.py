"""Each rule is named by a test: what no test names, nobody holds to."""

import re
from pathlib import Path

import pytest

# The rules of each section: up to which they go, or which there are.
SECTIONS = {
    "gen": 13,
    "org": 18,
    "ou": 15,
    "acc": [*range(1, 8), *range(10, 24), *range(30, 34), *range(40, 43)],
    "clo": [*range(1, 15), "8a"],
    "inv": 18,
    "ts": 11,
    "da": 9,
    "pt": 9,
    "pol": 16,
    "scp": 9,
    "tp": 7,
    "dry": 11,
    "tag": 14,
    "tq": 10,
    "quo": 4,
    "aud": 5,
    "perm": 7,
    "con": 4,
}
NAMED = re.compile(r"r_([a-z]+)_([0-9]+a?)(?![0-9a-z])")


@pytest.fixture(scope="module")
def named():
    names = [
        name
        for path in Path(__file__).parent.rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    ]
    return {found for name in names for found in NAMED.findall(name)}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_rule_is_named_by_a_test(named, section):
    rules = SECTIONS[section]
    numbers = range(1, rules + 1) if isinstance(rules, int) else rules

    assert [number for number in numbers if (section, str(number)) not in named] == []


def test_no_test_names_a_rule_that_there_is_not(named):
    there_are = {
        (section, str(number))
        for section, rules in SECTIONS.items()
        for number in (range(1, rules + 1) if isinstance(rules, int) else rules)
    }

    assert sorted(one for one in named if one[0] in SECTIONS and one not in there_are) == []
