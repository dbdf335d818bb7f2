"""Fields and text in step: what stands in the text is in the fields, and what is filled in is in the text."""

import json

import pytest
from django.utils.datastructures import MultiValueDict

from console.comparing import compare
from console.forms.policies import with_plain_line_ends
from console.forms.policy_builders import (
    StatementBuilder,
    TagRuleBuilder,
    blank,
    builder_of,
    read_document,
)
from orgs.models import PolicyType
from orgs.policy.document import read_service_control_policy
from orgs.policy.tag_document import read_tag_policy
from orgs.queries import policy_catalogue

SCP, TAG = PolicyType.SERVICE_CONTROL_POLICY, PolicyType.TAG_POLICY
REGIONS = next(
    one.content for one in policy_catalogue.list_templates(SCP) if one.key == "deny-regions"
)


def sent(**fields) -> MultiValueDict[str, str]:
    """What a form sends, as a request holds it."""
    query: MultiValueDict[str, str] = MultiValueDict()
    for name, value in fields.items():
        query.setlist(name, value if isinstance(value, list) else [value])
    return query


def as_filled_in(builder: StatementBuilder) -> MultiValueDict[str, str]:
    """What a browser sends for the fields as they stand."""
    return sent(
        part=str(builder.at),
        sid=builder.sid,
        effect=builder.effect,
        action_element=builder.action_element,
        actions=builder.action_lines.replace("\n", "\r\n"),
        new_action="",
        resources=builder.resource_lines,
        condition_operator=[*(row.operator for row in builder.conditions), ""],
        condition_key=[*(row.key for row in builder.conditions), ""],
        condition_values=[*(row.values for row in builder.conditions), ""],
    )


def as_filled_in_rule(builder: TagRuleBuilder) -> MultiValueDict[str, str]:
    fields = {"part": str(builder.at), "key": builder.key}
    for name in ("tag_key", "tag_value", "enforced_for"):
        setting = getattr(builder, name)
        fields |= {
            f"{name}_append": setting.append_lines,
            f"{name}_remove": setting.remove_lines,
            f"{name}_children": " ".join(setting.children),
        }
    fields["tag_key_assign"] = builder.spelling
    fields["tag_value_assign"] = builder.tag_value.assign_lines
    return sent(**fields, enforced=list(builder.enforced_for.assign))


@pytest.mark.parametrize("policy_type", PolicyType)
def test_every_template_is_a_sound_text_that_fields_can_hold(db, policy_type):
    templates = policy_catalogue.list_templates(policy_type)
    assert len(templates) >= 5

    for template in templates:
        read = {SCP: read_service_control_policy, TAG: read_tag_policy}[policy_type]
        reading = read(template.content)
        assert (template.key, reading.faults, reading.warnings) == (template.key, (), ())
        builder = builder_of(policy_type).of(template.content)
        assert builder.is_simple
        fill = as_filled_in if policy_type == SCP else as_filled_in_rule
        text, _builder = builder_of(policy_type).apply(template.content, fill(builder), "")
        assert text == template.content


def test_a_new_text_is_sound_but_for_what_has_to_be_filled_in():
    reading = read_service_control_policy(blank(SCP))
    assert (reading.faults, [one.code for one in reading.warnings]) == ((), ["empty_action"])
    assert read_tag_policy(blank(TAG)).faults == ()


def test_fields_are_read_from_the_text():
    builder = StatementBuilder.of(REGIONS)

    assert (builder.sid, builder.effect) == ("DenyOtherRegions", "Deny")
    assert builder.action_lines == "ecs:*:*\nevs:*:*\nvpc:*:*"
    assert builder.resource_lines == "*"
    assert [(row.operator, row.key, row.values) for row in builder.conditions] == [
        ("StringNotEqualsIfExists", "g:RequestedRegion", "region-1\nregion-2")
    ]
    assert builder.parts == [(0, "DenyOtherRegions", True)]


def test_what_is_filled_in_is_written_into_the_text():
    query = as_filled_in(StatementBuilder.of(REGIONS))
    query["sid"] = "Other"
    query["new_action"] = "obs:*:*"
    query["action_element"] = "NotAction"
    query["resources"] = ""
    query.setlist("condition_operator", ["Bool", ""])
    query.setlist("condition_key", ["g:MFAPresent", ""])
    query.setlist("condition_values", ["true", ""])

    text, builder = StatementBuilder.apply(REGIONS, query, "")

    assert json.loads(text)["Statement"] == [
        {
            "Sid": "Other",
            "Effect": "Deny",
            "NotAction": ["ecs:*:*", "evs:*:*", "vpc:*:*", "obs:*:*"],
            "Condition": {"Bool": {"g:MFAPresent": ["true"]}},
        }
    ]
    assert builder.action_element == "NotAction"
    assert read_service_control_policy(text).faults == ()


def test_statements_are_added_removed_and_gone_to():
    text, builder = StatementBuilder.apply(REGIONS, sent(part="0"), "add")
    assert (len(builder.parts), builder.at) == (2, 1)
    text, builder = StatementBuilder.apply(text, sent(part="1"), "go:0")
    assert (builder.at, builder.sid) == (0, "DenyOtherRegions")
    text, builder = StatementBuilder.apply(text, sent(part="0"), "remove")
    assert (len(builder.parts), builder.sid) == (1, "")
    text, builder = StatementBuilder.apply(text, sent(part="0"), "remove")
    assert json.loads(text)["Statement"] == []
    assert builder.parts == []
    for wrong in ("go:99", "go:x", "nonsense", "go:-1"):
        same, builder = StatementBuilder.apply(REGIONS, sent(part="x"), wrong)
        assert (same, builder.at) == (REGIONS, 0)


def test_what_fields_cannot_hold_is_left_alone():
    odd = [
        '{"Statement": [{"Effect": "Deny", "Action": [], "Other": 1}]}',
        '{"Statement": [{"Effect": "Deny", "Action": [], "NotAction": []}]}',
        '{"Statement": [{"Effect": "Deny", "Action": [1]}]}',
        '{"Statement": [{"Effect": "Deny", "Action": ["a b\\n"]}]}',
        '{"Statement": [{"Effect": "Deny", "Action": [], "Condition": {"Bool": {}}}]}',
        '{"Statement": [7]}',
    ]
    for text in odd:
        builder = StatementBuilder.of(text)
        assert (builder.is_readable, builder.is_simple) == (True, False)
        query = sent(part="0", sid="x", effect="Allow", actions="a:b:c")
        assert StatementBuilder.apply(text, query, "")[0] == text
    unreadable = ["", "{", "[]", "7", '{"Statement": 7}', '{"a": 1, "a": 2}', "[" * 40, "NaN"]
    for text in unreadable:
        builder = StatementBuilder.of(text)
        assert (builder.is_readable, builder.parts) == (False, [])
        assert StatementBuilder.apply(text, sent(part="0", effect="Deny"), "add")[0] == text


def test_numbers_and_single_texts_stay_as_they_were_written():
    text = (
        '{"Statement":{"Effect":"Deny","Action":"ecs:*:*","Condition":'
        '{"NumberLessThan":{"g:MFAAge":1e3},"Bool":{"g:MFAPresent":true}}}}'
    )
    query = as_filled_in(StatementBuilder.of(text))
    query["sid"] = "Added"

    written, _builder = StatementBuilder.apply(text, query, "")

    assert '"g:MFAAge": 1e3' in written
    (statement,) = json.loads(written)["Statement"]
    assert statement["Action"] == "ecs:*:*"
    assert statement["Condition"]["Bool"] == {"g:MFAPresent": True}
    assert read_document("1" * 9_000) is not None  # no number is too long to read


def test_rules_of_a_tag_key_are_read_and_written():
    text = '{"tags": {"cost": {"tag_value": {"@@assign": ["1"]}}, "team": {}}}'
    builder = TagRuleBuilder.of(text)
    assert (builder.key, builder.spelling, builder.tag_value.assign) == ("cost", "", ["1"])
    query = as_filled_in_rule(builder)
    query["tag_key_assign"] = "Cost"
    query["tag_value_append"] = "2\r\n2\r\n3"
    query["tag_value_children"] = "@@none"
    query["tag_key_children"] = "@@assign nonsense"
    query.setlist("enforced", ["ecs:instance", "evs:*"])

    written, builder = TagRuleBuilder.apply(text, query, "")

    assert json.loads(written) == {
        "tags": {
            "cost": {
                "tag_value": {
                    "@@assign": ["1"],
                    "@@append": ["2", "3"],
                    "@@operators_allowed_for_child_policies": ["@@none"],
                },
                "tag_key": {"@@assign": "Cost"},
                "enforced_for": {"@@assign": ["ecs:instance", "evs:*"]},
            },
            "team": {},
        }
    }
    assert builder.tag_value.is_more


def test_tag_keys_are_renamed_added_and_removed_and_never_lost():
    text = '{"tags": {"cost": {}, "team": {}}}'

    renamed, _builder = TagRuleBuilder.apply(text, sent(part="0", key="price"), "")
    assert list(json.loads(renamed)["tags"]) == ["price", "team"]
    for taken in ("team", "", " "):
        kept, _builder = TagRuleBuilder.apply(text, sent(part="0", key=taken), "")
        assert list(json.loads(kept)["tags"]) == ["cost", "team"]
    more, builder = TagRuleBuilder.apply(text, sent(part="0"), "add")
    assert (list(json.loads(more)["tags"]), builder.at) == (["cost", "team", "key1"], 2)
    fewer, _builder = TagRuleBuilder.apply(text, sent(part="1"), "remove")
    assert list(json.loads(fewer)["tags"]) == ["cost"]
    odd = '{"tags": {"cost": {"tag_value": {"@@assign": [1]}}}}'
    assert not TagRuleBuilder.of(odd).is_simple


def test_texts_are_compared_line_by_line():
    difference = compare("a\nb\nc", "a\nB\nc\nd")

    lines = [(one.kind, one.before, one.after, one.text) for one in difference.hunks[0]]
    assert lines == [
        ("kept", 1, 1, "a"),
        ("gone", 2, 0, "b"),
        ("come", 0, 2, "B"),
        ("kept", 3, 3, "c"),
        ("come", 0, 4, "d"),
    ]
    assert (difference.came, difference.went, difference.is_same) == (2, 1, False)
    assert compare("a\n", "a\n").is_same


def test_line_ends_of_browsers_do_not_count_as_changes():
    assert with_plain_line_ends("a\r\nb\rc\n") == "a\nb\nc\n"


def test_actions_are_completed_from_the_catalogue():
    assert policy_catalogue.complete_action("") == []
    first, *others = policy_catalogue.complete_action("ECS:")
    assert first == "ecs:*:*"
    assert all(other.startswith("ecs:") for other in others)
    assert len(others) == policy_catalogue.MOST_COMPLETIONS - 1
    assert "ecs:cloudServers:createServers" in policy_catalogue.complete_action("createservers")
    assert policy_catalogue.complete_action("no such thing") == []


def test_r_perm_4_the_editor_offers_the_keys_of_calls_of_this_service():
    of_tags = {"g:RequestTag/<tag-key>", "g:ResourceTag/<tag-key>", "g:TagKeys"}
    own = "organizations:ServicePrincipal"

    def offered(action):
        statement = {"Effect": "Deny", "Action": [action]}
        text = json.dumps({"Version": "5.0", "Statement": [statement]})
        return set(StatementBuilder.of(text).condition_keys)

    assert of_tags | {own} <= offered("Organizations:resources:tag")
    assert own not in offered("ecs:*:*")
    assert of_tags <= offered("ecs:*:*")
    words = policy_catalogue.complete_word(SCP, "serviceprincipal")
    assert policy_catalogue.Word(own, policy_catalogue.WordKind.KEY) in words
