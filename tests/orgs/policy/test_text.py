import pytest

from orgs.policy.document import read_service_control_policy
from orgs.policy.tag_document import read_tag_policy
from orgs.policy.text import (
    BooleanNode,
    ListNode,
    NullNode,
    NumberNode,
    ObjectNode,
    StringNode,
    UnreadableText,
    line_starts,
    read_json,
    without_blanks,
)
from tests.orgs.policy.marked import found, unmarked


def plain(node):
    """Return a node as Python would have read it, numbers as text."""
    match node:
        case ObjectNode():
            return {name: plain(member) for name, member in node.members.items()}
        case ListNode():
            return [plain(item) for item in node.items]
        case StringNode():
            return node.value
        case NumberNode():
            return ("number", node.text)
        case BooleanNode():
            return node.value
        case NullNode():
            return None


def read(text):
    return read_json(text, max_characters=10_000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", {}),
        ("[]", []),
        (' \t\r\n{ "a" : [ 1 , true ] } \n', {"a": [("number", "1"), True]}),
        ("[true,false,null]", [True, False, None]),
        ('{"a":{"b":[[],{}]},"":""}', {"a": {"b": [[], {}]}, "": ""}),
        ('"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\/\b\f\n\r\t'),
        ('"\\u0041\\u00e9\\uD83D\\uDE00\\uFFFF\\ud7ff\\ue000"', "Aé😀\uffff\ud7ff\ue000"),
        ('"\\udbff\\udfff\\ud800\\udc00"', "\U0010ffff\U00010000"),
        ('"é😀 \x7f\u2028"', "é😀 \x7f\u2028"),
        ('"[{,}]\\""', '[{,}]"'),
    ],
)  # fmt: skip
def test_reads_what_json_means(text, expected):
    assert plain(read(text)) == expected


@pytest.mark.parametrize(
    "text", ["0", "-0", "12", "-12", "0.5", "10.25", "1e3", "1E+3", "1.5e-10", "9" * 5_000]
)
def test_keeps_numbers_as_they_were_written(text):
    assert plain(read(text)) == ("number", text)
    assert plain(read(f"[{text}]")) == [("number", text)]


def test_knows_where_every_value_stands():
    root = read('{ "a/~b": [10, {"": "x"}] }')

    member = root.members["a/~b"]
    item = member.items[1]
    leaf = item.members[""]
    assert [(one.pointer, one.offset, one.name_offset) for one in (root, member, item, leaf)] == [
        ("", 0, 0),
        ("/a~1~0b", 10, 2),
        ("/a~1~0b/1", 15, 15),
        ("/a~1~0b/1/", 20, 16),
    ]
    assert [one.parent for one in (root, member, item, leaf)] == [None, root, member, item]
    assert [one.step for one in (root, member, item, leaf)] == ["", "a/~b", 1, ""]


@pytest.mark.parametrize(
    ("wording", "text"),
    [
        ("empty", "¦"),
        ("empty", " \n ¦"),
        ("byte_order_mark", "¦\ufeff{}"),
        ("lone_surrogate", '{"a":"¦\ud800"}'),
        ("lone_surrogate", '{"a":"x¦\\ud800"}'),
        ("lone_surrogate", '{"a":"¦\\ud800\\u0041"}'),
        ("lone_surrogate", '{"a":"¦\\ud800\\ud800"}'),
        ("lone_surrogate", '{"a":"¦\\udc00\\ud800"}'),
        ("lone_surrogate", '{"a":"¦\\udfff"}'),
        ("lone_surrogate", '{"a":"¦\\udc00\\udc00"}'),
        ("lone_surrogate", '{"a":"¦\\ud800\\ue000"}'),
        ("lone_surrogate", '{"a":"¦\\ud800\\udbff"}'),
        ("lone_surrogate", '{"a":"¦\\ud800x\\udc00"}'),
        ("comment", "¦// policy\n{}"),
        ("comment", "{¦/* policy */}"),
        ("comment", '{"a":¦#x\n1}'),
        ("comment", '{"a":1 ¦<!-- x -->}'),
        ("comment", "{} ¦# the end"),
        ("comment", "{} ¦/"),
        ("comment", "{} ¦<"),
        ("text_after_end", "{} ¦{}"),
        ("text_after_end", "{}¦}"),
        ("text_after_end", "1¦x"),
        ("ends_early", '{"a":¦'),
        ("ends_early", "[¦"),
        ("ends_early", '{"a":1,¦'),
        ("ends_early", "[1,¦"),
        ("ends_early", "{¦"),
        ("never_closed", '{"a":¦[1'),
        ("never_closed", '¦{"a":1'),
        ("never_closed", '{"a":¦{"b":1'),
        ("never_closed", '{"a":¦["x" '),
        ("string_open", '{"a":¦"x}'),
        ("string_open", '{"a":¦"'),
        ("control_character", '{"a":"x¦\n"}'),
        ("control_character", '{"a":"x¦\x1f"}'),
        ("control_character", '{"a":"¦\t"}'),
        ("escape", '{"a":"x¦\\x41"}'),
        ("escape", '{"a":"¦\\'),
        ("escape", '{"a":"¦\\u12"}'),
        ("escape", '{"a":"¦\\u12g4"}'),
        ("escape", '{"a":"¦\\u+123"}'),
        ("escape", '{"a":"\\ud800¦\\u1x34"}'),
        ("single_quotes", "{¦'a':1}"),
        ("single_quotes", "{\"a\":¦'x'}"),
        ("name", "{¦a:1}"),
        ("name", '{"a":1,¦2:3}'),
        ("name", "{¦,}"),
        ("colon_missing", '{"a" ¦1}'),
        ("colon_missing", '{"a"¦}'),
        ("colon_missing", '{"a"¦,"b"}'),
        ("comma_missing", '{"a":1 ¦"b":2}'),
        ("comma_missing", "[1 ¦2]"),
        ("comma_missing", '{"a":[1¦}'),
        ("comma_missing", '{"a":1¦]'),
        ("number", "[¦01]"),
        ("comma_missing", "[true¦x]"),
        ("trailing_comma", "[1¦, ]"),
        ("trailing_comma", '{"a":1¦,}'),
        ("trailing_comma", "[1¦,}"),
        ("value_missing", '{"a":¦}'),
        ("value_missing", '{"a":¦]'),
        ("value_missing", '{"a":¦,"b":1}'),
        ("value_missing", "[¦,1]"),
        ("value_missing", "[{},¦,]"),
        ("value", '{"a":¦deny}'),
        ("value", '{"a":¦NaN}'),
        ("value", '{"a":¦Infinity}'),
        ("value", '{"a":¦+1}'),
        ("value", '{"a":¦:}'),
        ("literal", '{"a":¦True}'),
        ("literal", '{"a":¦None}'),
        ("number", '{"a":¦-}'),
        ("number", '{"a":¦-Infinity}'),
        ("number", '{"a":¦01}'),
        ("number", '{"a":¦-01}'),
        ("number", '{"a":¦1.}'),
        ("number", '{"a":¦1.e5}'),
        ("number", '{"a":¦1e}'),
        ("number", '{"a":¦1e+}'),
        ("number", '{"a":¦00}'),
        ("comma_missing", '{"a":1.5¦.5}'),
        ("comma_missing", "[1¦²]"),
        ("value", "[¦²]"),
        ("value", '{\r\n"a":\r\n\r ¦x}'),
    ],
)
def test_says_what_is_no_json_and_where(wording, text):
    text, line, column = unmarked(text)

    for reading in (read_service_control_policy(text), read_tag_policy(text)):
        assert found(reading.faults) == [("json_syntax", wording, "", line, column)]
        assert reading.draft is None
        assert reading.document is None
        assert not reading.is_valid


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"a" 1}', 'Put a colon after the name "a".'),
        ("[1,]", 'Remove the comma before "]".'),
        ("[1 2]", 'Put a comma or "]" before "2".'),
        ('{"a":True}', 'Write "true" instead of "True".'),
        ('{"a":yes}', '"yes" is no value. Put text in double quotation marks.'),
        ('{"a":&}', '"&" is no value. Put text in double quotation marks.'),
        ("{a:1}", 'A name in double quotation marks is expected, not "a".'),
        ("{&:1}", 'A name in double quotation marks is expected, not "&".'),
        ("[1", 'What opens here is never closed. Add the missing "]".'),
        ('{"a":}', 'A value is missing before "}".'),
        (
            '{"a":"\\q"}',
            '"\\q" is no escape. Double the backslash, or use one of '
            '\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX.',
        ),
        (
            '{"a":"\\u12x4"}',
            '"\\u12x4" is no escape. Double the backslash, or use one of '
            '\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX.',
        ),
        ('{"a":1,"a":2}', '"a" occurs twice in this object. Keep one of the two.'),
        ("[" * 33, "The nesting is deeper than 32 levels here. No policy needs that."),
        (
            " " * 5_123,
            "The text has 5123 characters, 3 more than the 5120 allowed. "
            "White space counts; strip it first.",
        ),
    ],
)
def test_says_how_to_mend_the_text(text, sentence):
    assert [fault.sentence() for fault in read_service_control_policy(text).faults] == [sentence]


def test_reports_every_repeated_name_at_its_place():
    text = '{"a":1,"b":{"c":1,"c":2,"\\u0063":3},\n"a":2}'

    reading = read_service_control_policy(text)

    assert found(reading.faults) == [
        ("json_duplicate_key", "", "/b/c", 1, 19),
        ("json_duplicate_key", "", "/b/c", 1, 25),
        ("json_duplicate_key", "", "/a", 2, 1),
    ]


def test_a_syntax_error_outweighs_a_repeated_name():
    assert [fault.code for fault in read_tag_policy('{"a":1,"a":2').faults] == ["json_syntax"]


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_nesting_is_judged_before_the_syntax(opening):
    deep = opening * 33

    reading = read_service_control_policy("?" + deep)

    column = 1 + len(opening) * 32 + 1
    assert found(reading.faults) == [("too_deep", "", "", 1, column)]


@pytest.mark.parametrize("before", ["[]" * 40, '"\\n"', '"\\\\"', '"\\""', '{"[":"{"}'])
def test_what_stands_before_does_not_hide_the_nesting(before):
    reading = read_service_control_policy(f"[{before}" + "[" * 32)

    assert found(reading.faults) == [("too_deep", "", "", 1, 1 + len(before) + 32)]


def test_thirty_two_levels_are_read():
    assert read("[" * 32 + "]" * 32).pointer == ""
    assert read("[" + "[]," * 50 + "{}]").pointer == ""


def test_brackets_in_strings_are_not_nesting():
    text = '["' + "[{" * 40 + '\\"[' + '"]'

    assert plain(read(text)) == ["[{" * 40 + '"[']


@pytest.mark.parametrize(
    ("read_policy", "limit"), [(read_service_control_policy, 5_120), (read_tag_policy, 10_000)]
)
def test_length_is_judged_before_all_else(read_policy, limit):
    longest, too_long = "[" * limit, "[" * (limit - 1) + "\n["

    assert [fault.code for fault in read_policy(longest).faults] == ["too_deep"]
    assert found(read_policy(too_long).faults) == [("too_long", "", "", 2, 1)]
    assert read_policy(too_long).faults[0].facts == {
        "length": limit + 1,
        "limit": limit,
        "excess": 1,
    }


def test_the_limit_is_the_callers():
    assert [fault.code for fault in read_tag_policy("{}     ", max_characters=6).faults] == [
        "too_long"
    ]
    assert [
        fault.code for fault in read_service_control_policy("[]     ", max_characters=7).faults
    ] == ["wrong_type"]
    assert [
        fault.code for fault in read_service_control_policy("[]     ", max_characters=6).faults
    ] == ["too_long"]


def test_characters_count_and_not_bytes():
    assert read_tag_policy('{"tags":{}}' + " " * 9_989).is_valid
    assert [fault.code for fault in read_tag_policy('"' + "é" * 9_998 + '"').faults] == [
        "wrong_type"
    ]


def test_an_unreadable_text_carries_its_faults():
    with pytest.raises(UnreadableText) as raised:
        read("[")

    assert [fault.code for fault in raised.value.faults] == ["json_syntax"]


def test_line_starts_takes_every_kind_of_line_break_once():
    assert line_starts("a\nb\r\nc\rd\n\n") == [0, 2, 5, 7, 9, 10]
    assert line_starts("") == [0]


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        ('{ "a b" :\t[ 1 ,\r\n 2 ] }\n', '{"a b":[1,2]}'),
        (r'{ "quo\" te" : " \\" }', r'{"quo\" te":" \\"}'),
        ('[ "never closed , ]', '["never closed , ]'),
        ("", ""),
    ],
)
def test_r_pol_2_white_space_outside_strings_can_be_stripped(text, stripped):
    assert without_blanks(text) == stripped
