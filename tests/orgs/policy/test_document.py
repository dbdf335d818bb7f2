import json

import pytest

from orgs.policy.document import load_service_control_policy, read_service_control_policy
from orgs.policy.faults import Severity
from orgs.policy.statements import Effect, ServiceControlPolicy
from tests.orgs.policy.marked import found, unmarked


def policy(statement):
    return f'{{"Version":"5.0","Statement":[{statement}]}}'


def deny(members):
    return policy(f'{{"Effect":"Deny","Action":"a:b:c",{members}}}')


def condition(operators):
    return deny(f'"Condition":{{{operators}}}')


def actions(patterns):
    return policy(f'{{"Effect":"Deny","Action":{patterns}}}')


def allow(members):
    return policy(f'{{"Effect":"Allow",{members}}}')


def strings(key, value):
    return condition(f'"StringEquals":{{{key}:{value}}}')


AT = "/Statement/0"
ONE = '"Statement":[{"Effect":"Deny","Action":"*"}]}'


@pytest.mark.parametrize(
    ("code", "wording", "path", "text"),
    [
        ("wrong_type", "object", "", "¦[]"),
        ("wrong_type", "object", "", ' ¦"x"'),
        ("unknown_element", "", "/Id", '{¦"Id":1,"Version":"5.0",' + ONE),
        ("unknown_element", "meant", "/version", '{"Version":"5.0",\n¦"version":1,' + ONE),
        ("missing_element", "", "/Version", "¦{" + ONE),
        ("invalid_version", "", "/Version", '{"Version":¦5.0,' + ONE),
        ("invalid_version", "", "/Version", '{"Version":¦null,' + ONE),
        ("invalid_version", "", "/Version", '{"Version":¦"5.00",' + ONE),
        ("missing_element", "", "/Statement", '¦{"Version":"5.0"}'),
        ("wrong_type", "object_or_list", "/Statement", '{"Version":"5.0","Statement":¦"x"}'),
        ("wrong_type", "object_or_list", "/Statement", '{"Version":"5.0","Statement":¦null}'),
        ("empty_list", "statement", "/Statement", '{"Version":"5.0","Statement":¦[]}'),
        ("wrong_type", "object", "/Statement/1", policy('{"Effect":"Deny","Action":"*"},¦7')),
        (
            "missing_element",
            "",
            "/Statement/Effect",
            '{"Version":"5.0","Statement":¦{"Action":"*"}}',
        ),
        ("unknown_element", "meant", f"{AT}/Actions", deny('¦"Actions":[]')),
        ("unknown_element", "", f"{AT}/Comment", deny('¦"Comment":[]')),
        ("unsupported_element", "Principal", f"{AT}/Principal", deny('¦"Principal":1')),
        ("unsupported_element", "NotPrincipal", f"{AT}/NotPrincipal", deny('¦"NotPrincipal":1')),
        ("unsupported_element", "NotResource", f"{AT}/NotResource", deny('¦"NotResource":1')),
        ("invalid_effect", "", f"{AT}/Effect", policy('{"Effect":¦"deny","Action":"*"}')),
        ("invalid_effect", "", f"{AT}/Effect", policy('{"Effect":¦["Deny"],"Action":"*"}')),
        ("wrong_type", "string", f"{AT}/Sid", deny('"Sid":¦1')),
        ("invalid_sid", "length", f"{AT}/Sid", deny('"Sid":¦""')),
        ("invalid_sid", "length", f"{AT}/Sid", deny(f'"Sid":¦"{"x" * 129}"')),
        ("invalid_sid", "control_character", f"{AT}/Sid", deny('"Sid":¦"a\\nb"')),
        ("invalid_sid", "control_character", f"{AT}/Sid", deny('"Sid":¦"a\\u007fb"')),
        ("invalid_sid", "control_character", f"{AT}/Sid", deny('"Sid":¦"a\\u009fb"')),
        ("missing_element", "", f"{AT}/Action", policy('¦{"Effect":"Deny"}')),
        ("wrong_type", "string_or_list", f"{AT}/Action", actions("¦7")),
        ("wrong_type", "string_or_list", f"{AT}/Action", actions("¦null")),
        ("wrong_type", "string", f"{AT}/Action/1", actions('["a:b:c",¦["a:b:c"]]')),
        ("mutually_exclusive", "action", f"{AT}/NotAction", deny('¦"NotAction":"a:b:c"')),
        ("mutually_exclusive", "action", f"{AT}/NotAction", allow('"Action":"*",¦"NotAction":7')),
        ("not_allowed_with_allow", "not_action", f"{AT}/NotAction", allow('¦"NotAction":"x"')),
        (
            "empty_list",
            "not_action",
            f"{AT}/NotAction",
            policy('{"Effect":"Deny","NotAction":¦[]}'),
        ),
        (
            "invalid_action_format",
            "two_segments",
            f"{AT}/NotAction/0",
            policy('{"Effect":"Deny","NotAction":[¦"a:b"]}'),
        ),
        ("invalid_action_format", "two_segments", f"{AT}/Action", actions('¦"ecs:Run*"')),
        ("invalid_action_format", "segments", f"{AT}/Action", actions('¦""')),
        ("invalid_action_format", "segments", f"{AT}/Action", actions('¦"**"')),
        ("invalid_action_format", "segments", f"{AT}/Action", actions('¦"a:b:c:d"')),
        ("invalid_action_format", "operation", f"{AT}/Action", actions('¦"a:b:"')),
        ("invalid_action_format", "service", f"{AT}/Action", actions('¦":b:c"')),
        ("invalid_action_format", "service", f"{AT}/Action", actions('¦"1a:b:c"')),
        ("invalid_action_format", "service", f"{AT}/Action", actions('¦"-a:b:c"')),
        ("invalid_action_format", "service", f"{AT}/Action", actions('¦"a_b:b:c"')),
        ("invalid_action_format", "service", f"{AT}/Action", actions('¦"é:b:c"')),
        ("invalid_action_format", "characters", f"{AT}/Action", actions('¦"a:b c:d"')),
        ("invalid_action_format", "characters", f"{AT}/Action", actions('¦"a:b:c/d"')),
        ("invalid_action_format", "characters", f"{AT}/Action", actions('¦"a:b:${x}"')),
        ("invalid_wildcard", "service", f"{AT}/Action", actions('¦"ec*:b:c"')),
        ("invalid_wildcard", "service", f"{AT}/Action", actions('¦"?:b:c"')),
        ("invalid_wildcard", "service", f"{AT}/Action", actions('¦"**:b:c"')),
        ("invalid_wildcard", "place", f"{AT}/Action", actions('¦"a:*b:c"')),
        ("invalid_wildcard", "place", f"{AT}/Action", actions('¦"a:b:c?d"')),
        ("empty_list", "resource", f"{AT}/Resource", deny('"Resource":¦[]')),
        ("empty_list", "resource", f"{AT}/Resource", allow('"Action":"*","Resource":¦[]')),
        ("wrong_type", "string_or_list", f"{AT}/Resource", deny('"Resource":¦{}')),
        ("wrong_type", "string", f"{AT}/Resource/0", allow('"Action":"*","Resource":[¦1]')),
        (
            "not_allowed_with_allow",
            "resource",
            f"{AT}/Resource",
            allow('"Action":"*","Resource":¦"x"'),
        ),
        ("invalid_resource_format", "segments", f"{AT}/Resource", deny('"Resource":¦""')),
        ("invalid_resource_format", "segments", f"{AT}/Resource", deny('"Resource":¦"a:b:c:d"')),
        (
            "invalid_resource_format",
            "segments",
            f"{AT}/Resource",
            deny('"Resource":¦"a:b:c:${d:e}"'),
        ),
        ("invalid_resource_format", "service", f"{AT}/Resource", deny('"Resource":¦":b:c:d:e"')),
        ("invalid_resource_format", "service", f"{AT}/Resource", deny('"Resource":¦"a.b:b:c:d:e"')),
        (
            "invalid_resource_format",
            "service",
            f"{AT}/Resource",
            deny('"Resource":¦"${a:b}:b:c:d:e"'),
        ),
        (
            "invalid_resource_format",
            "service",
            f"{AT}/Resource",
            deny('"Resource":¦"${*}:b:c:d:e"'),
        ),
        ("invalid_resource_format", "type", f"{AT}/Resource", deny('"Resource":¦"a:b:c::e"')),
        ("invalid_resource_format", "type", f"{AT}/Resource", deny('"Resource":¦"a:b:c::"')),
        ("invalid_resource_format", "path", f"{AT}/Resource", deny('"Resource":¦"a:b:c:d:"')),
        (
            "invalid_wildcard",
            "resource_service",
            f"{AT}/Resource",
            deny('"Resource":¦"a*:b:c:d:e"'),
        ),
        ("invalid_wildcard", "resource_service", f"{AT}/Resource", deny('"Resource":¦"?:b:c:d:e"')),
        ("invalid_variable", "", f"{AT}/Resource/1", deny('"Resource":["*",¦"a:${"]')),
        ("wrong_type", "object", f"{AT}/Condition", deny('"Condition":¦[]')),
        (
            "not_allowed_with_allow",
            "condition",
            f"{AT}/Condition",
            allow('"Action":"*",¦"Condition":[]'),
        ),
        ("empty_condition", "operator", f"{AT}/Condition", deny('"Condition":¦{}')),
        ("wrong_type", "object", f"{AT}/Condition/Bool", condition('"Bool":¦"true"')),
        ("empty_condition", "key", f"{AT}/Condition/Bool", condition('"Bool":¦{}')),
        ("unknown_operator", "", f"{AT}/Condition/Equals", condition('¦"Equals":{"a:b":1}')),
        (
            "unknown_operator",
            "meant",
            f"{AT}/Condition/stringEquals",
            condition('¦"stringEquals":{"a:b":1}'),
        ),
        (
            "unknown_operator",
            "foreign",
            f"{AT}/Condition/StringLike",
            condition('¦"StringLike":{"a:b":1}'),
        ),
        (
            "unknown_operator",
            "null",
            f"{AT}/Condition/NullIfExists",
            condition('¦"NullIfExists":{"a:b":1}'),
        ),
        (
            "unknown_operator",
            "null",
            f"{AT}/Condition/ForAnyValue:Null",
            condition('¦"ForAnyValue:Null":{"a:b":1}'),
        ),
        (
            "duplicate_condition_key",
            "",
            f"{AT}/Condition/Bool/A:B",
            condition('"Bool":{"a:b":true,¦"A:B":true}'),
        ),
        ("empty_list", "value", f"{AT}/Condition/StringEquals/a:b", strings('"a:b"', "¦[]")),
        ("wrong_type", "scalar", f"{AT}/Condition/StringEquals/a:b", strings('"a:b"', "¦null")),
        ("wrong_type", "scalar", f"{AT}/Condition/StringEquals/a:b", strings('"a:b"', "¦{}")),
        ("wrong_type", "scalar", f"{AT}/Condition/StringEquals/a:b/0", strings('"a:b"', "[¦[]]")),
        ("invalid_condition_key", "", f"{AT}/Condition/StringEquals/ab", strings('¦"ab"', "1")),
        ("invalid_condition_key", "", f"{AT}/Condition/StringEquals/:b", strings('¦":b"', "1")),
        ("invalid_condition_key", "", f"{AT}/Condition/StringEquals/:b:c", strings('¦":b:c"', "1")),
        ("invalid_condition_key", "", f"{AT}/Condition/StringEquals/a:", strings('¦"a:"', "1")),
        (
            "invalid_condition_key",
            "",
            f"{AT}/Condition/StringEquals/a:b\tc",
            strings('¦"a:b\\tc"', "1"),
        ),
        (
            "invalid_condition_key",
            "",
            f"{AT}/Condition/StringEquals/g:requesttag",
            strings('¦"g:requesttag"', "1"),
        ),
        (
            "invalid_condition_key",
            "",
            f"{AT}/Condition/StringEquals/g:ResourceTag~1",
            strings('¦"g:ResourceTag/"', "1"),
        ),
        (
            "invalid_condition_key",
            "",
            f"{AT}/Condition/StringEquals/g:PrincipalTag",
            strings('¦"g:PrincipalTag"', "1"),
        ),
        ("invalid_variable", "", f"{AT}/Condition/StringEquals/a:b", strings('"a:b"', '¦"${}"')),
        (
            "invalid_condition_value",
            "number",
            f"{AT}/Condition/NumberEquals/a:b",
            condition('"NumberEquals":{"a:b":¦"one"}'),
        ),
        (
            "invalid_condition_value",
            "variable",
            f"{AT}/Condition/NumberEquals/a:b/1",
            condition('"NumberEquals":{"a:b":[1,¦"${a:b}"]}'),
        ),
        (
            "invalid_condition_value",
            "date",
            f"{AT}/Condition/DateLessThan/a:b",
            condition('"DateLessThan":{"a:b":¦"today"}'),
        ),
        (
            "invalid_condition_value",
            "boolean",
            f"{AT}/Condition/Bool/a:b",
            condition('"Bool":{"a:b":¦1}'),
        ),
        (
            "invalid_condition_value",
            "null",
            f"{AT}/Condition/Null/a:b",
            condition('"Null":{"a:b":¦"no"}'),
        ),
        (
            "invalid_condition_value",
            "address",
            f"{AT}/Condition/NotIpAddress/a:b",
            condition('"NotIpAddress":{"a:b":¦"10.0.0.0/33"}'),
        ),
    ],
)
def test_reports_each_fault_at_its_place(code, wording, path, text):
    text, line, column = unmarked(text)

    reading = read_service_control_policy(text)

    assert found(reading.faults) == [(code, wording, path, line, column)]
    assert reading.faults[0].severity is Severity.ERROR
    assert reading.document is None
    assert reading.lints == ()


@pytest.mark.parametrize(
    "text",
    [
        '{"Version":"5.0","Statement":{"Effect":"Deny","Action":"*"}}',
        actions('["*","*:*:*","a::b","A-1:b_.-9:C?*","a:*:?","a:b??:c**","scm::get*"]'),
        allow('"Action":["iamToken::*","signin::*"]'),
        allow('"Action":"*","Resource":"*"'),
        deny('"Sid":"x"'),
        deny(f'"Sid":"{"é" * 128}"'),
        deny('"Sid":"a b\\u00a0~"'),
        deny(
            '"Resource":["*","a:::b:c","A-1:*:?:${a:b}x:*:*","a:b:c:d:e:f/g",'
            "\"a:${*}::*:${a:b, 'c:d'}\"]"
        ),
        condition('"Bool":{"a:b":true},"BoolIfExists":{"a:b":"FALSE"}'),
        condition('"ForAllValues:StringNotMatchIfExists":{"g:TagKeys":["a","b"]}'),
        condition('"NumberEquals":{"a:b":[1,-2.5,"1e3"],"ecs:x y/é":"+.5"}'),
        condition('"DateLessThan":{"a:b":["2026-01-31",0,"2026-01-31T08:00+08:00"]}'),
        condition('"IpAddress":{"a:b":["10.0.0.1/8","::1"]},"Null":{"g:ResourceTag/x":false}'),
        condition('"StringEquals":{"g:requesttag/X":["",true,1.0,"$","${$}{x}"]}'),
    ],
)
def test_accepts_what_the_contract_allows(text):
    reading = read_service_control_policy(text)

    assert found(reading.faults) == []
    assert found(reading.warnings) == []
    assert reading.is_valid
    assert reading.document is reading.draft


@pytest.mark.parametrize(
    ("code", "path", "text"),
    [
        ("empty_action", f"{AT}/Action", policy('{"Effect":"Deny",¦"Action":[]}')),
        ("empty_action", f"{AT}/Action", policy('{"Effect":"Allow",¦"Action":[]}')),
        (
            "legacy_operator",
            f"{AT}/Condition/StringStartWith",
            condition('¦"StringStartWith":{"a:b":"x"}'),
        ),
        (
            "legacy_operator",
            f"{AT}/Condition/StringEndWithIfExists",
            condition('¦"StringEndWithIfExists":{"a:b":"x"}'),
        ),
        ("unknown_condition_key", f"{AT}/Condition/StringEquals/g:New", strings('¦"g:New"', '"x"')),
        (
            "unknown_condition_key",
            f"{AT}/Condition/StringEquals/G:UserNames",
            strings('¦"G:UserNames"', '"x"'),
        ),
        (
            "set_operator_on_single_valued",
            f"{AT}/Condition/ForAllValues:Bool/g:mfapresent",
            condition('"ForAllValues:Bool":{¦"g:mfapresent":true}'),
        ),
        (
            "set_operator_on_single_valued",
            f"{AT}/Condition/ForAnyValue:StringEquals/g:RequestTag~1a",
            condition('"ForAnyValue:StringEquals":{¦"g:RequestTag/a":"x"}'),
        ),
    ],
)
def test_warns_where_the_contract_says_so(code, path, text):
    text, line, column = unmarked(text)

    reading = read_service_control_policy(text)

    assert reading.is_valid
    assert found(reading.warnings) == [(code, "", path, line, column)]
    assert reading.warnings[0].severity is Severity.WARNING


def test_a_multivalued_key_may_have_a_set_operator():
    for key in ("g:TagKeys", "g:CalledVia", "ecs:x"):
        reading = read_service_control_policy(
            condition(f'"ForAnyValue:StringEquals":{{"{key}":"x"}}')
        )
        assert reading.warnings == ()


def test_reports_every_fault_at_once_in_the_order_of_the_text():
    text = policy(
        '{"Effect":"Block","Action":["x",7],"Condition":{"StringLike":{"k":null}},"Foo":1},'
        '{"Sid":1,"Effect":"Deny","NotAction":[],"Resource":["a"]},{}'
    )

    reading = read_service_control_policy(text)

    assert [(fault.code, fault.path) for fault in reading.faults] == [
        ("invalid_effect", "/Statement/0/Effect"),
        ("invalid_action_format", "/Statement/0/Action/0"),
        ("wrong_type", "/Statement/0/Action/1"),
        ("unknown_operator", "/Statement/0/Condition/StringLike"),
        ("invalid_condition_key", "/Statement/0/Condition/StringLike/k"),
        ("wrong_type", "/Statement/0/Condition/StringLike/k"),
        ("unknown_element", "/Statement/0/Foo"),
        ("wrong_type", "/Statement/1/Sid"),
        ("empty_list", "/Statement/1/NotAction"),
        ("invalid_resource_format", "/Statement/1/Resource/0"),
        ("missing_element", "/Statement/2/Effect"),
        ("missing_element", "/Statement/2/Action"),
    ]


def test_json_scalars_are_read_as_their_text():
    text = strings('"a:b"', '[true,false,1.50,1e3,"x"]')

    (statement,) = read_service_control_policy(text).document.statements

    assert statement.conditions[0].expected == ("true", "false", "1.50", "1e3", "x")


def test_what_an_allow_cannot_have_is_not_read_any_further():
    text = allow('"NotAction":["x"],"Condition":{"StringLike":7}')

    reading = read_service_control_policy(text)

    assert [fault.code for fault in reading.faults] == ["not_allowed_with_allow"] * 2


def test_action_beside_not_action_is_still_checked():
    reading = read_service_control_policy(deny('"NotAction":["x"]'))

    assert [(fault.code, fault.path) for fault in reading.faults] == [
        ("mutually_exclusive", f"{AT}/NotAction"),
        ("invalid_action_format", f"{AT}/NotAction/0"),
    ]


def test_only_sound_sids_can_be_duplicates():
    sids = ('""', '""', '"a"', '"A"', '"a"', '"a"')
    statements = ",".join(f'{{"Effect":"Deny","Action":"*","Sid":{sid}}}' for sid in sids)

    reading = read_service_control_policy(policy(statements))

    assert [(fault.code, fault.path) for fault in reading.faults] == [
        ("invalid_sid", "/Statement/0/Sid"),
        ("invalid_sid", "/Statement/1/Sid"),
        ("duplicate_sid", "/Statement/4/Sid"),
        ("duplicate_sid", "/Statement/5/Sid"),
    ]
    assert reading.faults[2].facts == {"sid": "a"}


def test_allow_can_be_switched_off():
    text = allow('"Action":"*"')

    reading = read_service_control_policy(text, is_allow_accepted=False)

    assert [(fault.code, fault.wording) for fault in reading.faults] == [
        ("invalid_effect", "deny_only")
    ]
    assert read_service_control_policy(deny('"Sid":"x"'), is_allow_accepted=False).is_valid


def test_compiles_what_the_document_says():
    text = policy(
        '{"Sid":"s","Effect":"Deny","NotAction":["ECS:x:Y*"],"Resource":["*","a:b:c:d:e"],'
        '"Condition":{"Bool":{"a:b":[true,"FALSE"]},"StringMatch":{"a:c":"x*","a:d":"y"}}},'
        '{"Effect":"Allow","Action":"*"}'
    )

    first, second = read_service_control_policy(text).document.statements

    assert (first.index, first.sid, first.effect) == (0, "s", Effect.DENY)
    assert first.excludes_actions
    assert [pattern.text for pattern in first.actions] == ["ecs:x:y*"]
    assert [pattern.text for pattern in first.resources] == ["*", "a:b:c:d:e"]
    assert [(one.operator.name, one.key) for one in first.conditions] == [
        ("Bool", "a:b"),
        ("StringMatch", "a:c"),
        ("StringMatch", "a:d"),
    ]
    assert first.conditions[0].values == (True, False)
    assert first.is_denial
    assert not first.is_unconditional
    assert (second.index, second.sid, second.effect) == (1, None, Effect.ALLOW)
    assert not second.excludes_actions
    assert not second.is_denial
    assert second.is_unconditional
    assert [pattern.text for pattern in second.resources] == ["*"]


SENTENCES = [
    (
        actions('"ecs:RunInstances"'),
        '"ecs:RunInstances" has two segments; an action has three. '
        'For the whole service write "ecs:*:*".',
    ),
    (
        condition('"ForAnyValue:StringLikeIfExists":{"a:b":"x"}'),
        '"ForAnyValue:StringLikeIfExists" is another cloud\'s name. '
        'Write "ForAnyValue:StringMatchIfExists".',
    ),
    (
        condition('"NumericLessThan":{"a:b":"x"}'),
        '"NumericLessThan" is another cloud\'s name. Write "NumberLessThan".',
    ),
    (
        condition('"StringEqual":{"a:b":"x"}'),
        'There is no operator "StringEqual". Did you mean "StringEquals"?',
    ),
    (
        condition('"DateEquals":{"a:b":"x"}'),
        'There is no condition operator "DateEquals". Families are String, Number, Date, '
        "Bool, IpAddress and Null.",
    ),
    (
        condition('"ForAnyValue:Null":{"a:b":true}'),
        '"ForAnyValue:Null" does not exist: "Null" itself asks whether a key is there. '
        'Write "Null".',
    ),
    (
        deny('"Resources":"*"'),
        'There is no element "Resources" here. Did you mean "Resource"?',
    ),
    (
        deny('"Comment":"*"'),
        'There is no element "Comment" here. Use one of: '
        "Sid, Effect, Action, NotAction, Resource, Condition.",
    ),
    (
        deny('"Resource":"a:b:c:d:${x"'),
        'A variable is malformed at character 9. Write "${key}" or "${key, \'default\'}"; '
        'for a plain "$" before a brace write "${$}".',
    ),
    (deny('"Sid":""'), "A Sid has 1 to 128 characters; this one has 0."),
    (
        '{"Version":5,"Statement":{"Effect":"Deny","Action":"*"}}',
        'Write "Version": "5.0", as a string.',
    ),
    ('{"Version":"5.0"}', 'Add the element "Statement".'),
    (
        condition('"IpAddress":{"a:b":"10.0.0/8"}'),
        '"10.0.0/8" is no IP address or range. Write it like 10.0.0.0/8 or 2001:db8::/32.',
    ),
    (
        condition('"Bool":{"a:b":"${x}"}'),
        'Variables work in string operators only. Write a plain value instead of "${x}".',
    ),
    (
        deny('"Resource":"*:b:c:d:e"'),
        'The service in "*:b:c:d:e" must be written out. For all resources write "*" alone.',
    ),
    (
        condition('"Bool":{"a:b":true,"A:B":true}'),
        '"A:B" occurs twice; case makes no difference. Put all values under one key.',
    ),
    (
        strings('"UserName"', "1"),
        '"UserName" is no condition key. Write "prefix:name", such as "g:UserName", '
        'and for tags "g:RequestTag/" with the tag\'s key.',
    ),
    (
        deny('"Principal":1'),
        "A service control policy binds whole accounts. "
        'Remove "Principal"; to single out callers, use a condition on g:PrincipalUrn.',
    ),
]


@pytest.mark.parametrize(("text", "sentence"), SENTENCES)
def test_says_how_to_mend_it(text, sentence):
    assert [fault.sentence() for fault in read_service_control_policy(text).faults] == [sentence]


def test_a_fault_can_be_translated():
    (fault,) = read_service_control_policy(deny('"Sid":""')).faults

    assert fault.sentence(lambda english: english.replace("Sid", "Name")) == (
        "A Name has 1 to 128 characters; this one has 0."
    )


def test_the_facts_of_warnings_fill_their_sentences():
    text = condition('"ForAnyValue:StringStartWith":{"g:UserName":"x"},"Bool":{"g:New":true}')

    assert [one.sentence() for one in read_service_control_policy(text).warnings] == [
        '"ForAnyValue:StringStartWith" is an old name. Use StringMatch with a wildcard.',
        '"g:UserName" has one value, so "ForAnyValue" changes only what happens when the key '
        "is missing. Remove it unless you mean that.",
        '"g:New" is not among the global keys known here. Check its spelling.',
    ]


def test_a_stored_text_is_understood_as_far_as_possible():
    text = policy(
        '{"Effect":"Deny","Action":"a:b:c","Condition":{"StringEquals":{"a:b":"${"}}},'
        '{"Effect":"Deny","Action":"a:b:c","Resource":["${","*"]},'
        '{"Effect":"Deny","Action":["a:b:c","nope"]},'
        '{"Effect":"Deny","Action":"a:b:d"}'
    )

    statements = load_service_control_policy(text).statements

    assert [statement.index for statement in statements] == [0, 1, 3]
    assert [len(statement.resources) for statement in statements] == [1, 1, 1]
    assert load_service_control_policy(text) is load_service_control_policy(text)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", json.dumps({"Version": "5.0"})])
def test_a_stored_text_that_says_nothing_has_no_statements(text):
    assert load_service_control_policy(text) == ServiceControlPolicy(())
