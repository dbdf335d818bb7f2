import json

import pytest

from orgs.policy.tag_document import (
    EnforceableService,
    Setting,
    TagOperator,
    TagPolicy,
    load_tag_policy,
    read_tag_policy,
)
from tests.orgs.policy.marked import found, unmarked

CATALOG = {
    "ecs": EnforceableService(frozenset({"instance", "disk"}), takes_wildcard=True),
    "ces": EnforceableService(frozenset({"alarm"}), takes_wildcard=False),
}


def key(body):
    return f'{{"tags":{{"k":{body}}}}}'


def value(operators):
    return key(f'{{"tag_value":{operators}}}')


def assign(values):
    return value(f'{{"@@assign":{values}}}')


def enforce(values):
    return key(f'{{"enforced_for":{{"@@assign":{values}}}}}')


def control(values):
    return value(f'{{"@@operators_allowed_for_child_policies":{values}}}')


CONTROL = "/tags/k/tag_value/@@operators_allowed_for_child_policies"
VALUES = "/tags/k/tag_value/@@assign"


@pytest.mark.parametrize(
    ("code", "wording", "path", "text"),
    [
        ("wrong_type", "object", "", "¦[]"),
        ("missing_element", "", "/tags", "¦{}"),
        ("unknown_element", "", "/Version", '{¦"Version":1,"tags":{}}'),
        ("unknown_element", "meant", "/Tags", '{¦"Tags":1,"tags":{}}'),
        ("misplaced_operator", "", "/@@assign", '{¦"@@assign":1,"tags":{}}'),
        ("wrong_type", "object", "/tags", '{"tags":¦[]}'),
        ("misplaced_operator", "", "/tags/@@append", '{"tags":{¦"@@append":1}}'),
        ("misplaced_operator", "", "/tags/k/@@x", key('{¦"@@x":1}')),
        ("wrong_type", "object", "/tags/k", key("¦7")),
        ("unknown_element", "meant", "/tags/k/tag_values", key('{¦"tag_values":{}}')),
        ("unknown_element", "", "/tags/k/report", key('{¦"report":{}}')),
        ("wrong_type", "operators", "/tags/k/tag_key", key('{"tag_key":¦"K"}')),
        ("missing_operator", "", "/tags/k/enforced_for", key('{"enforced_for":¦{}}')),
        ("unknown_operator", "tag", "/tags/k/tag_value/@@put", value('{¦"@@put":[]}')),
        ("unknown_operator", "meant", "/tags/k/tag_value/@@Assign", value('{¦"@@Assign":[]}')),
        ("unknown_element", "meant", "/tags/k/tag_value/assign", value('{¦"assign":[]}')),
        ("unknown_element", "", "/tags/k/tag_value/tag_key", value('{¦"tag_key":[]}')),
        (
            "operator_not_allowed",
            "",
            "/tags/k/tag_key/@@remove",
            key('{"tag_key":{¦"@@remove":7}}'),
        ),
        ("wrong_type", "string", "/tags/k/tag_key/@@assign", key('{"tag_key":{"@@assign":¦7}}')),
        ("tag_key_mismatch", "", "/tags/k/tag_key/@@assign", key('{"tag_key":{"@@assign":¦"k2"}}')),
        ("wrong_type", "list", VALUES, assign('¦"x"')),
        ("empty_list", "setting", VALUES, assign("¦[]")),
        ("wrong_type", "string", f"{VALUES}/1", assign('["a",¦null]')),
        ("invalid_tag_value", "", f"{VALUES}/0", assign('[¦"a#b"]')),
        ("invalid_tag_value", "", f"{VALUES}/0", assign('[¦"a?"]')),
        ("invalid_tag_value", "", f"{VALUES}/0", assign('[¦"a\\tb"]')),
        ("invalid_tag_value", "length", f"{VALUES}/0", assign(f'[¦"{"x" * 256}"]')),
        ("too_many_wildcards", "", f"{VALUES}/0", assign('[¦"*a*"]')),
        ("empty_list", "setting", CONTROL, control("¦[]")),
        ("wrong_type", "list", CONTROL, control('¦"@@none"')),
        ("wrong_type", "string", f"{CONTROL}/0", control("[¦1]")),
        ("invalid_operator_value", "", f"{CONTROL}/1", control('["@@append",¦"append"]')),
    ],
)
def test_reports_each_fault_at_its_place(code, wording, path, text):
    text, line, column = unmarked(text)

    reading = read_tag_policy(text)

    assert found(reading.faults) == [(code, wording, path, line, column)]
    assert reading.document is None
    assert reading.warnings == reading.lints == ()


@pytest.mark.parametrize("whole", ["@@all", "@@none"])
def test_all_and_none_stand_alone(whole):
    reading = read_tag_policy(control(f'["@@append","{whole}"]'))

    assert found(reading.faults) == [("mutually_exclusive", "control", CONTROL, 1, 28)]
    assert reading.faults[0].sentence() == f'"{whole}" stands alone. Remove it or the others.'
    # A stored text of that kind restricts as far as it can be understood.
    permitted = {"@@all": None, "@@none": {TagOperator.APPEND}}
    stored = reading.draft.keys[0].settings[Setting.TAG_VALUE]
    assert stored.permitted == permitted[whole]
    assert read_tag_policy(control(f'["{whole}","{whole}"]')).is_valid


def test_all_beside_none_is_one_fault():
    reading = read_tag_policy(control('["@@none","@@all"]'))

    assert [(one.code, one.facts) for one in reading.faults] == [
        ("mutually_exclusive", {"whole": "@@all"})
    ]


@pytest.mark.parametrize(
    ("name", "wording"),
    [
        ("", "length"),
        ("x" * 129, "length"),
        ("a#b", "characters"),
        ("a/b", "characters"),
        ("a*", "characters"),
        (" a", "blanks"),
        ("a ", "blanks"),
        ("_sys_a", "reserved"),
        ("_SYS_a", "reserved"),
        ("x" * 128, None),
        ("Kostenträger 2_.:=+-@", None),
        ("项目", None),
        ("sys_", None),
        ("a _sys_", None),
    ],
)
def test_judges_policy_keys(name, wording):
    reading = read_tag_policy(json.dumps({"tags": {name: {}}}))

    expected = [] if wording is None else [("invalid_tag_key", wording)]
    assert [(one.code, one.wording) for one in reading.faults] == expected
    assert all(one.column == 11 for one in reading.faults)


def test_the_body_of_a_bad_key_is_still_judged():
    reading = read_tag_policy('{"tags":{"#":{"tag_value":{}}}}')

    assert [one.code for one in reading.faults] == ["invalid_tag_key", "missing_operator"]


def test_an_operator_among_the_keys_does_not_hide_what_follows():
    reading = read_tag_policy('{"tags":{"@@append":1,"k":7}}')

    assert [one.code for one in reading.faults] == ["misplaced_operator", "wrong_type"]
    assert reading.faults[0].facts == {"name": "@@append"}


@pytest.mark.parametrize("text", ['{"@@all":1,"tags":{}}', key('{"@@all":1}')])
def test_a_misplaced_operator_is_named(text):
    (fault,) = read_tag_policy(text).faults

    assert fault.sentence() == (
        '"@@all" has no effect here. Put it inside "tag_key", "tag_value" or "enforced_for".'
    )


def test_keys_that_differ_by_case_are_duplicates():
    reading = read_tag_policy('{"tags":{"a":{},"B":{},"A":{},"b":{},"c":{}}}')

    assert found(reading.faults) == [
        ("duplicate_policy_key", "", "/tags/A", 1, 24),
        ("duplicate_policy_key", "", "/tags/b", 1, 31),
    ]


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("ecs:instance", None),
        ("ecs:*", None),
        ("anti-ddos:ip", None),
        ("e1:ip", None),
        ("ces:alarm_Mask.x-1", None),
        ("ecs", "invalid_resource_type"),
        ("ecs:", "invalid_resource_type"),
        (":instance", "invalid_resource_type"),
        ("*", "invalid_resource_type"),
        ("*:*", "invalid_resource_type"),
        ("1ecs:instance", "invalid_resource_type"),
        ("e_s:instance", "invalid_resource_type"),
        ("éc:instance", "invalid_resource_type"),
        ("ecs:a:b", "invalid_resource_type"),
        ("ecs:**", "invalid_resource_type"),
        ("ecs:a b", "invalid_resource_type"),
        ("", "invalid_resource_type"),
    ],
)
def test_judges_resource_types(entry, code):
    reading = read_tag_policy(enforce(json.dumps([entry])))

    assert [one.code for one in reading.faults] == ([code] if code else [])


@pytest.mark.parametrize(
    ("entry", "code", "sentence"),
    [
        ("ecs:instance", None, None),
        ("ecs:*", None, None),
        ("ces:alarm", None, None),
        (
            "ecs:volume",
            "unknown_resource_type",
            'Tag policies cannot be enforced on "volume" of ecs. Use one of: disk, instance.',
        ),
        (
            "foo:*",
            "unknown_resource_type",
            'Tag policies cannot be enforced on the service "foo". Check its spelling.',
        ),
        (
            "ces:*",
            "wildcard_not_supported",
            '"ces:*" is not supported. List the types of ces.',
        ),
        (
            "*",
            "invalid_resource_type",
            '"*" is no resource type. Write "service:type", or "service:*" for a whole service.',
        ),
    ],
)
def test_r_tp_7_a_catalog_narrows_what_can_be_enforced(entry, code, sentence):
    reading = read_tag_policy(enforce(json.dumps([entry])), catalog=CATALOG)

    assert [one.code for one in reading.faults] == ([code] if code else [])
    assert [one.sentence() for one in reading.faults] == ([sentence] if code else [])


@pytest.mark.parametrize(
    "values", ['[""]', '["*","a*","*a","a*b"]', '["é 项 _.:/=+-@1"]', f'["{"x" * 255}"]']
)
def test_accepts_tag_values(values):
    assert read_tag_policy(assign(values)).faults == ()


def test_compiles_what_the_document_says():
    text = json.dumps(
        {
            "tags": {
                "CostCenter": {
                    "tag_key": {"@@assign": "costCENTER"},
                    "tag_value": {
                        "@@remove": ["b", "b"],
                        "@@operators_allowed_for_child_policies": ["@@append", "@@remove"],
                        "@@append": ["c", "a", "c"],
                    },
                    "enforced_for": {"@@operators_allowed_for_child_policies": ["@@none"]},
                },
                "x": {"tag_key": {"@@operators_allowed_for_child_policies": ["@@all"]}},
            }
        }
    )

    first, second = read_tag_policy(text).document.keys

    assert (first.key, first.folded_key) == ("CostCenter", "costcenter")
    assert first.settings[Setting.TAG_KEY].values == {TagOperator.ASSIGN: ("costCENTER",)}
    assert first.settings[Setting.TAG_KEY].permitted is None
    assert first.settings[Setting.TAG_VALUE].values == {
        TagOperator.REMOVE: ("b",),
        TagOperator.APPEND: ("c", "a"),
    }
    assert first.settings[Setting.TAG_VALUE].permitted == {TagOperator.APPEND, TagOperator.REMOVE}
    assert first.settings[Setting.ENFORCED_FOR].permitted == frozenset()
    assert second.settings[Setting.TAG_KEY].permitted is None
    assert second.settings[Setting.TAG_KEY].values == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            key('{"tag_key":{"@@append":1}}'),
            'A tag has one spelling, so "@@append" makes no sense here. Use "@@assign".',
        ),
        (
            key('{"tag_key":{"@@assign":"k-2"}}'),
            '"k-2" must be "k", in any mix of capitals and small letters.',
        ),
        (
            value('{"@@put":1}'),
            'There is no operator "@@put". Use one of: '
            "@@assign, @@append, @@remove, @@operators_allowed_for_child_policies.",
        ),
        (value('{"@@assigns":1}'), 'There is no operator "@@assigns". Did you mean "@@assign"?'),
        (value("{}"), 'Add an operator such as "@@assign", or remove "tag_value".'),
        (key('{"tag_key":7}'), 'An object of operators is expected here, such as {"@@assign": …}.'),
        (
            key('{"@@none":7}'),
            '"@@none" has no effect here. Put it inside "tag_key", "tag_value" or "enforced_for".',
        ),
        (
            key('{"x":7}'),
            'There is no element "x" here. Use one of: tag_key, tag_value, enforced_for.',
        ),
        ('{"x":7,"tags":{}}', 'There is no element "x" here. Use one of: tags.'),
        (
            value('{"x":7}'),
            'There is no element "x" here. Use one of: '
            "@@assign, @@append, @@remove, @@operators_allowed_for_child_policies.",
        ),
        (assign('["a**"]'), '"a**" has more than one "*". Keep one.'),
        (
            assign('["a#"]'),
            '"a#" is no tag value. Use letters, digits, spaces and _ . : / = + - @, and "*".',
        ),
        (assign(f'["{"x" * 256}"]'), "A tag value has at most 255 characters."),
        (
            control('["x"]'),
            '"x" is no operator. Use @@assign, @@append, @@remove, or @@all or @@none alone.',
        ),
        (
            '{"tags":{"a":{},"A":{}}}',
            '"A" occurs twice; case makes no difference. Put both under one key.',
        ),
        (
            '{"tags":{"a#":{}}}',
            '"a#" is no tag key. Use letters, digits, spaces and _ . : = + - @.',
        ),
        ('{"tags":{"":{}}}', "A tag key has 1 to 128 characters."),
        ('{"tags":{" a":{}}}', 'Remove the spaces at the ends of " a".'),
        (
            '{"tags":{"_sys_a":{}}}',
            'Keys that begin with "_sys_" belong to the platform. Rename "_sys_a".',
        ),
    ],
)
def test_says_how_to_mend_it(text, sentence):
    assert [fault.sentence() for fault in read_tag_policy(text).faults] == [sentence]


def test_a_stored_text_is_understood_as_far_as_possible():
    text = '{"tags":{"k":{"tag_value":{"@@assign":["a",7],"@@put":1},"tag_key":7}}}'

    policy = load_tag_policy(text)

    assert policy.keys[0].settings[Setting.TAG_VALUE].values == {TagOperator.ASSIGN: ("a",)}
    assert policy.keys[0].settings[Setting.TAG_KEY].values == {}
    assert load_tag_policy(text) is policy


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"tags":7}', '{"tags":{}}', "{"])
def test_a_stored_text_that_says_nothing_has_no_keys(text):
    assert load_tag_policy(text) == TagPolicy(())
