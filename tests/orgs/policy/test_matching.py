import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgs.policy.matching import Glob, compile_glob
from tests.orgs.policy.strategies import examples


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("", [""], ["a"]),
        ("*", ["", "a", "a/b:c\n"], []),
        ("**", ["", "ab"], []),
        ("?", ["a", "\n", "*"], ["", "ab"]),
        ("??", ["ab"], ["a", "abc", ""]),
        ("a?c", ["abc", "a?c"], ["ac", "abbc", "abd", "xbc"]),
        ("abc", ["abc"], ["ab", "abcd", "ABC", ""]),
        ("a*", ["a", "ab", "aa"], ["", "ba"]),
        ("*a", ["a", "ba"], ["", "ab"]),
        ("a*a", ["aa", "aba"], ["a", "ab", "ba"]),
        ("ab*bc", ["abbc", "ab-bc"], ["abc"]),
        ("*b*", ["b", "abc", "bb"], ["", "ac"]),
        ("*ab*ab*", ["abab", "xabyabz"], ["ab", "aba", "xaby"]),
        ("a*b*c", ["abc", "a-b-c", "abbcc"], ["acb", "ac", "abcx"]),
        ("*?b*", ["ab", "aab", "bb"], ["b", "ba", ""]),
        ("*a?c*", ["abc", "xaxcx", "aabc"], ["ac", "abbc"]),
        ("*?*", ["a", "ab"], [""]),
        ("*??*?", ["abc", "abcd"], ["ab", ""]),
        ("a*?", ["ab", "abc"], ["a", "b"]),
        ("?*a", ["ba", "xxa"], ["a", "ab"]),
        ("*a?*?a*", ["axxa", "aaaa"], ["axa", "aaa"]),
        ("*ab?d*", ["abcd", "abxabcd", "ababxd"], ["abd", "abcx"]),
        ("*ab*b", ["abb", "xabxb"], ["ab"]),
        ("*a?*b", ["acb", "abb"], ["ab"]),
        ("[a]", ["[a]"], ["a"]),
        ("a.b", ["a.b"], ["axb"]),
    ],
)
def test_a_pattern_describes_whole_values(pattern, matching, other):
    glob = compile_glob(pattern)

    assert [value for value in matching if not glob.matches(value)] == []
    assert [value for value in other if glob.matches(value)] == []


def test_only_the_named_wildcards_are_special():
    glob = compile_glob("a?*", wildcards="*")

    assert glob.matches("a?b")
    assert not glob.matches("axb")


def test_parts_may_be_literal():
    glob = Glob.of([("a*", "*?"), ("*?", ""), ("?", "*?")])

    assert glob.matches("a--*?x")
    assert not glob.matches("a--*xx")
    assert not glob.matches("a--x?x")


@examples
@given(st.text("ab*?", max_size=12), st.text("ab*?", max_size=14))
def test_matching_agrees_with_a_regular_expression(pattern, value):
    expression = "".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in pattern)

    assert compile_glob(pattern).matches(value) == bool(re.fullmatch(expression, value, re.DOTALL))


@pytest.mark.parametrize(
    "pattern",
    [
        "*a" * 50 + "b",
        "*a" * 50 + "b*",
        "*a?" * 49 + "b*",
        "*" + "a" * 500 + "*a" * 48 + "b*",
        "*" + "a?" * 500 + "b*",
        "?*" * 50 + "b*",
    ],
)
def test_fifty_stars_on_2048_characters_take_less_than_five_milliseconds(pattern):
    glob, value = compile_glob(pattern), "a" * 2_048
    rounds = []
    for _ in range(5):
        started = time.process_time()
        assert not glob.matches(value)
        rounds.append(time.process_time() - started)

    assert min(rounds) < 0.005
