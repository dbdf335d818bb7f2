import ast
from pathlib import Path
from string import Formatter

import pytest

import orgs.policy
from orgs.policy.sentences import SENTENCES, say
from orgs.policy.spelling import closest


def test_facts_fill_the_sentence():
    assert say("too_many_wildcards", {"value": "a**"}) == '"a**" has more than one "*". Keep one.'


def test_a_sentence_is_translated_before_it_is_filled():
    catalogue = {SENTENCES["too_many_wildcards"]: "{value}: nur ein Stern."}

    assert say("too_many_wildcards", {"value": "a**"}, translate=catalogue.__getitem__) == (
        "a**: nur ein Stern."
    )


def test_a_sentence_says_the_name_where_there_is_one():
    facts = {"policy": "p-1", "entity": "ou-1", "limit": 5}
    names = {"ou-1": "Sales\n", "5": "never", "p-2": "Other"}

    assert say("policy_attach_quota_exceeded", facts, names=names) == (
        "Sales<U+000A> has 5 policies of this type, the most it can have. Detach one first."
    )
    assert say("policy_not_attached", facts, names=names) == (
        "Policy p-1 is not attached to Sales<U+000A>."
    )


@pytest.mark.parametrize(
    ("fact", "shown"),
    [
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 60 + "…"),
        ("a\nb", "a<U+000A>b"),
        ("\ud800", "<U+D800>"),
        ("\u202e", "<U+202E>"),
        ("\n" * 61, ("<U+000A>" * 61)[:60] + "…"),
        ("é 项", "é 项"),
        (7, "7"),
    ],
)
def test_a_fact_is_shown_so_that_it_can_be_read(fact, shown):
    assert (
        say("too_many_wildcards", {"value": fact}) == f'"{shown}" has more than one "*". Keep one.'
    )


def test_sentences_end_like_sentences_and_name_their_facts():
    for code, sentence in SENTENCES.items():
        assert sentence[-1] in ".?", code
        names = [name for _text, name, _format, _conversion in Formatter().parse(sentence) if name]
        assert all(name.isidentifier() for name in names), code


def test_every_sentence_is_used():
    source = "".join(
        path.read_text(encoding="utf-8")
        for path in Path(orgs.policy.__path__[0]).glob("*.py")
        if path.name != "sentences.py"
    )
    words = {
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    families = ("statement_", "tag_key_case", "tag_value", "wrong_type.string_or_list")
    unused = [
        code
        for code in SENTENCES
        if not code.startswith(families) and not set(code.split(".")) <= words
    ]

    assert unused == []


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Statement", "Statement"),
        ("statement", "Statement"),
        ("Statements", "Statement"),
        ("Statment", "Statement"),
        ("Statemnet", "Statement"),
        ("xStatement", "Statement"),
        ("Statementxx", "Statement"),
        ("Statementxxx", None),
        ("Stbtemcnt", None),
        ("State", None),
        ("Sid", "Sid"),
        ("Sit", "Sid"),
        ("id", None),
        ("aSdi", None),
        ("", None),
        ("aaa", "aaaa"),
        ("aaaaaa", "aaaa"),
        ("x" * 5_000, None),
    ],
)
def test_finds_the_name_that_was_meant(name, meant):
    assert closest(name, ("Statement", "Sid", "aaaa")) == meant
