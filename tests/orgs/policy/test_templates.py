import pytest

from orgs.policy.context import Context
from orgs.policy.templates import (
    Exact,
    MalformedVariable,
    Plain,
    Template,
    Variable,
    broken_template,
    plain_text,
    read_template,
    split_template,
)

CONTEXT = Context({"g:UserName": "jo*", "g:TagKeys": ["a"], "g:Age": 7, "g:None": None})


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("plain $ { } '", [Plain("plain $ { } '")]),
        ("${g:UserName}", [Variable("g:UserName")]),
        ("a${x}b${y}c", [Plain("a"), Variable("x"), Plain("b"), Variable("y"), Plain("c")]),
        ("${ x }", [Variable("x")]),
        ("${x,'d'}", [Variable("x", "d")]),
        ("${ x , \t'd e' }z", [Variable("x", "d e"), Plain("z")]),
        ("${x,''}", [Variable("x", "")]),
        ("${x,'it''s'}", [Variable("x", "it's")]),
        ("${x,''''}", [Variable("x", "'")]),
        ("${x,'}'}", [Variable("x", "}")]),
        ("${x,'a,b}'',${y}'}", [Variable("x", "a,b}',${y}")]),
        ("${*}${?}${$}", [Exact("*"), Exact("?"), Exact("$")]),
        ("${ * }", [Exact("*")]),
        ("$${x}", [Plain("$"), Variable("x")]),
        ("${g:RequestTag/a.b-c_d}", [Variable("g:RequestTag/a.b-c_d")]),
    ],
)
def test_finds_the_variables_of_a_text(text, pieces):
    assert read_template(text) == Template(tuple(pieces))


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("${", 0),
        ("ab${", 2),
        ("${}", 0),
        ("${ }", 0),
        ("${x", 0),
        ("${a}${b", 4),
        ("${x y}", 0),
        ("${x\ty}", 0),
        ("${x,}", 0),
        ("${x,d}", 0),
        ("${x,'d}", 0),
        ("${x,'d''}", 0),
        ("${x,'d'", 0),
        ("${x,'d' e}", 0),
        ("${x,'d',}", 0),
        ("${,'d'}", 0),
        ("${${x}}", 0),
        ("${a{b}", 0),
        ("${a'b}", 0),
        ("${$,'x'}", 0),
    ],
)
def test_refuses_a_malformed_variable(text, offset):
    with pytest.raises(MalformedVariable) as raised:
        read_template(text)

    assert raised.value.offset == offset
    assert str(raised.value) == str(offset)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("a*", "a*"),
        ("a${g:UserName}b", "ajo*b"),
        ("${G:USERNAME}", "jo*"),
        ("${g:Age}", "7"),
        ("${g:UserName,'x'}", "jo*"),
        ("${g:Missing,'x''y'}", "x'y"),
        ("${g:TagKeys,'x'}", "x"),
        ("${g:None,'x'}", "x"),
        ("${*}${?}${$}{x}", "*?${x}"),
        ("${g:Missing}", None),
        ("${g:TagKeys}", None),
        ("a${g:UserName}${g:None}", None),
    ],
)
def test_replaces_variables_once(text, expected):
    assert read_template(text).text(CONTEXT) == expected


def test_what_arrives_through_a_variable_is_no_wildcard():
    glob = read_template("*-${g:UserName}-${*}?").glob(CONTEXT)

    assert glob.matches("x-jo*-*y")
    assert not glob.matches("x-joe-*y")
    assert not glob.matches("x-jo*-zy")
    assert read_template("${g:Missing}*").glob(CONTEXT) is None


def test_a_constant_pattern_is_compiled_once():
    template = read_template("a*${?}")

    assert template.is_constant
    assert template.glob(CONTEXT) is template.glob(Context({}))
    assert template.glob(CONTEXT).matches("ab?")
    assert not read_template("${x}").is_constant
    assert read_template("").glob(CONTEXT).matches("")


def test_a_broken_template_always_fails():
    assert broken_template().text(Context({"": "x", "a": "b"})) is None


@pytest.mark.parametrize(
    ("text", "splits", "segments"),
    [
        ("a:b:c", 4, ["a", "b", "c"]),
        ("a:b:c", 1, ["a", "b:c"]),
        ("::", 4, ["", "", ""]),
        ("a${x:y}:b", 4, [[Plain("a"), Variable("x:y")], "b"]),
        ("${x}:${y}:z:${v}", 2, [[Variable("x")], [Variable("y")], [Plain("z:"), Variable("v")]]),
        ("a:b${x}c:d:e", 2, ["a", [Plain("b"), Variable("x"), Plain("c")], "d:e"]),
        ("", 4, [""]),
    ],
)
def test_splits_outside_variables(text, splits, segments):
    expected = [
        Template(tuple([Plain(one)] if one and isinstance(one, str) else one or ()))
        for one in segments
    ]

    assert split_template(read_template(text), ":", splits) == expected


def test_plain_text_has_no_variables():
    assert plain_text(read_template("a*b")) == "a*b"
    assert plain_text(read_template("")) == ""
    assert plain_text(read_template("a${x}")) is None
    assert plain_text(read_template("${*}")) is None
