import pytest

from orgs.policy import global_keys
from orgs.policy.conditions import Condition
from orgs.policy.context import Context
from orgs.policy.operators import (
    COMPARISONS,
    FOREIGN_NAMES,
    Family,
    Qualifier,
    counterpart,
    find_operator,
)
from orgs.policy.templates import broken_template, read_template


def condition(name, values):
    operator = find_operator(name)
    read = read_template if operator.family is Family.STRING else operator.reader.policy_value
    return Condition.of(operator, "k:k", tuple(read(value) for value in values))


def holds(name, values, *known):
    return condition(name, values).holds(Context({"k:k": known[0]} if known else {}))


@pytest.mark.parametrize(
    ("name", "values", "holding", "failing"),
    [
        ("StringEquals", ["a", "B"], ["a", "B"], ["A", "ab", ""]),
        ("StringNotEquals", ["a", "B"], ["A", "b", ""], ["a", "B"]),
        ("StringEqualsIgnoreCase", ["straße"], ["STRASSE", "Straße"], ["strase"]),
        ("StringNotEqualsIgnoreCase", ["a", "b"], ["c"], ["A", "B"]),
        ("StringMatch", ["a*", "?z"], ["a", "abc", "bz"], ["A", "z", "bbz"]),
        ("StringNotMatch", ["a*", "?z"], ["z", "A"], ["ab", "bz"]),
        ("StringStartWith", ["a", "b*"], ["abc", "b*c"], ["bc", "A"]),
        ("StringEndWith", ["a", "*b"], ["cba", "c*b"], ["b", "ab c"]),
        ("NumberEquals", ["1", "2.50"], ["1.0", 1, 2.5, "25e-1"], ["1.1", "x", "", True]),
        ("NumberNotEquals", ["1", "2"], ["3", "x", "1.01"], ["1.0", 2]),
        ("NumberLessThan", ["9", "100"], [20, "99.9", -1], [100, "x"]),
        ("NumberLessThanEquals", ["9"], ["9.0", 8], ["9.01"]),
        ("NumberGreaterThan", ["9"], ["9.01", "10"], ["9", "x"]),
        ("NumberGreaterThanEquals", ["9"], ["9", "9.01"], ["8.99"]),
        ("DateLessThan", ["2026-01-01"], ["2025-12-31T23:59:59Z", 0], ["2026-01-01", "x"]),
        ("DateLessThanEquals", ["2026-01-01"], ["2026-01-01T01:00+01:00"], ["2026-01-02"]),
        ("DateGreaterThan", ["2026-01-01"], ["2026-01-01T00:00:00.1Z"], ["1767225600", "x"]),
        ("DateGreaterThanEquals", ["2026-01-01"], [1767225600], [1767225599]),
        ("Bool", ["true"], [True, "TRUE"], [False, "x", 1]),
        ("Bool", ["true", "false"], [True, "false"], ["x"]),
        ("IpAddress", ["10.0.0.0/8", "::1"], ["10.9.9.9", "::1"], ["11.0.0.0", "::2", "localhost"]),
        ("NotIpAddress", ["10.0.0.0/8", "::1"], ["11.0.0.0", "localhost"], ["10.0.0.0", "::1"]),
    ],
)  # fmt: skip
def test_compares_by_family(name, values, holding, failing):
    assert [value for value in holding if not holds(name, values, value)] == []
    assert [value for value in failing if holds(name, values, value)] == []


@pytest.mark.parametrize(
    ("name", "when_missing"),
    [
        ("StringEquals", False),
        ("StringNotEquals", True),
        ("NumberNotEquals", True),
        ("NotIpAddress", True),
        ("Bool", False),
        ("StringEqualsIfExists", True),
        ("StringNotEqualsIfExists", True),
        ("ForAllValues:StringEquals", True),
        ("ForAllValues:StringNotEquals", True),
        ("ForAllValues:StringEqualsIfExists", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:StringEqualsIfExists", True),
        ("ForAnyValue:StringNotEqualsIfExists", True),
    ],
)
def test_a_missing_key(name, when_missing):
    values = {"Bool": ["true"], "NumberNotEquals": ["1"], "NotIpAddress": ["::1"]}.get(name, ["a"])

    assert holds(name, values) is when_missing
    assert holds(name, values, None) is when_missing
    assert holds(name, values, []) is when_missing
    assert holds(name, values, [None]) is when_missing


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("StringEquals", ["a"], False),
        ("StringNotEquals", ["x"], False),
        ("StringEqualsIfExists", ["a"], False),
        ("ForAllValues:StringEquals", ["a", "b"], True),
        ("ForAllValues:StringEquals", ["a", "x"], False),
        ("ForAllValues:StringEquals", "a", True),
        ("ForAllValues:StringEquals", "x", False),
        ("ForAllValues:StringNotEquals", ["x", "y"], True),
        ("ForAllValues:StringNotEquals", ["x", "a"], False),
        ("ForAnyValue:StringEquals", ["x", "a"], True),
        ("ForAnyValue:StringEquals", ["x"], False),
        ("ForAnyValue:StringEquals", "b", True),
        ("ForAnyValue:StringNotEquals", ["a", "x"], True),
        ("ForAnyValue:StringNotEquals", ["a", "b"], False),
        ("ForAnyValue:StringNotEqualsIfExists", "a", False),
        ("ForAllValues:StringEqualsIfExists", ["x"], False),
    ],
)
def test_several_values(name, known, expected):
    assert holds(name, ["a", "b"], known) is expected


@pytest.mark.parametrize(
    ("values", "when_missing", "when_present"),
    [(["true"], True, False), (["false"], False, True), (["true", "false"], True, True)],
)
def test_null_asks_whether_the_key_is_there(values, when_missing, when_present):
    assert holds("Null", values) is when_missing
    assert holds("Null", values, []) is when_missing
    assert holds("Null", values, "") is when_present
    assert holds("Null", values, ["x"]) is when_present


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("StringEquals", ["a"], None),
        ("StringEquals", "a", True),
        ("StringEquals", "x", False),
        ("StringNotEquals", "x", False),
        ("StringMatch", "a", True),
        ("StringNotMatch", "x", False),
        ("StringNotEquals", None, False),
        ("StringNotEqualsIfExists", None, True),
        ("ForAllValues:StringNotEquals", None, True),
        ("ForAllValues:StringNotEquals", ["x"], False),
        ("ForAnyValue:StringNotEquals", ["x"], False),
        ("ForAnyValue:StringEquals", ["a"], True),
    ],
)
def test_one_failed_variable(name, known, expected):
    known_values = {} if known is None else {"k:k": known}

    assert condition(name, ["${k:gone}", "a"]).holds(Context(known_values)) is bool(expected)


def test_variables_are_replaced_per_request():
    owner = condition("StringEquals", ["${k:user}"])

    assert owner.holds(Context({"k:k": "jo", "k:user": "jo"}))
    assert not owner.holds(Context({"k:k": "jo", "k:user": "al"}))
    assert condition("StringMatch", ["${k:user}*"]).holds(Context({"k:k": "job", "k:user": "jo"}))
    assert not condition("StringMatch", ["${k:user}"]).holds(Context({"k:k": "x", "k:user": "*"}))


def test_constant_values_are_prepared_once():
    assert condition("StringEquals", ["a", "b"]).expected == ("a", "b")
    assert condition("NumberEquals", ["1"]).expected == condition("NumberEquals", ["1"]).values
    assert condition("StringEquals", ["a", "${x}"]).expected is None


def test_a_malformed_variable_fails_like_a_missing_one():
    broken = Condition.of(find_operator("StringNotEquals"), "k:k", (broken_template(),))

    assert not broken.holds(Context({"k:k": "x"}))


@pytest.mark.parametrize("base", list(COMPARISONS))
def test_every_operator_takes_a_qualifier_and_if_exists(base):
    plain = find_operator(base)

    assert (plain.name, plain.qualifier, plain.if_exists) == (base, None, False)
    if base == "Null":
        return
    whole = find_operator(f"ForAllValues:{base}IfExists")
    assert (whole.qualifier, whole.if_exists) == (Qualifier.FOR_ALL, True)
    assert whole.comparison is plain.comparison
    assert find_operator(f"ForAnyValue:{base}").qualifier is Qualifier.FOR_ANY
    assert find_operator(f"ForAnyValue:{base}").if_exists is False


@pytest.mark.parametrize(
    "name",
    [
        "", "IfExists", "ForAllValues:", "stringequals", "StringLike", "NumericEquals", "ArnLike",
        "ForSomeValues:StringEquals", "ForAllValues:ForAnyValue:Bool", "BoolIfExistsIfExists",
        "NullIfExists", "ForAllValues:Null", "ForAnyValue:NullIfExists", "DateEquals", "Bool ",
        "StringEquals:ForAllValues", "IfExistsBool",
    ],
)  # fmt: skip
def test_there_are_no_other_operators(name):
    assert find_operator(name) is None


def test_other_clouds_names_have_counterparts_where_one_exists():
    assert all(find_operator(name) is None for name in FOREIGN_NAMES)
    assert all(find_operator(counterpart(name)) for name in FOREIGN_NAMES)
    assert counterpart("ForAllValues:ArnNotLikeIfExists") == "ForAllValues:StringNotMatchIfExists"
    assert counterpart("NumericGreaterThanEquals") == "NumberGreaterThanEquals"
    assert counterpart("BinaryEquals") is None
    assert counterpart("StringEquals") is None


@pytest.mark.parametrize(
    ("key", "name", "family", "is_multivalued"),
    [
        ("g:UserName", "g:UserName", Family.STRING, False),
        ("G:USERNAME", "g:UserName", Family.STRING, False),
        ("g:MFAPresent", "g:MFAPresent", Family.BOOLEAN, False),
        ("g:MFAAge", "g:MFAAge", Family.NUMBER, False),
        ("g:TokenIssueTime", "g:TokenIssueTime", Family.DATE, False),
        ("g:VpcSourceIp", "g:VpcSourceIp", Family.ADDRESS, False),
        ("g:TagKeys", "g:TagKeys", Family.STRING, True),
        ("g:CalledVia", "g:CalledVia", Family.STRING, True),
        ("g:requesttag/Team", "g:requesttag/Team", Family.STRING, False),
        ("g:PrincipalTag/x", "g:PrincipalTag/x", Family.STRING, False),
    ],
)
def test_knows_the_global_keys(key, name, family, is_multivalued):
    assert global_keys.is_global(key)
    assert global_keys.find(key) == global_keys.GlobalKey(name, family, is_multivalued)


def test_tells_every_global_key_once_and_by_name():
    names = [key.name for key in global_keys.every()]

    assert names == sorted(set(names))
    assert len(names) == 38
    assert [global_keys.find(name) for name in names] == list(global_keys.every())
    assert not [name for name in names if "/" in name]


def test_knows_which_keys_are_not_global():
    assert not global_keys.is_global("ecs:g:x")
    assert global_keys.find("g:Other") is None
    assert global_keys.find("UserName") is None
    assert [key for key in ("g:RequestTag", "g:RESOURCETAG/", "g:PrincipalTag/x", "g:UserName")
            if global_keys.is_bare_tag_key(key)] == ["g:RequestTag", "g:RESOURCETAG/"]  # fmt: skip
