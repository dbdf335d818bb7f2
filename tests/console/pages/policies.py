"""Policies and dry runs."""

from orgs.models import PolicyType
from tests.console.pages.policy_ids import (
    TEXTS,
    of_attachment,
    of_full_access,
    of_policy,
    of_policy_test,
    of_tag_policy,
    of_tested_policy,
    of_trial,
    of_trial_attachment,
    of_type,
    of_type_that_is_off,
    of_type_without_trial,
    of_version,
    on_trial,
)
from tests.console.pages.row import DIALOG, TYPED_TAGS, Query, Row, nothing

TYPED_STATEMENT: Query = {
    "type": "service_control_policy",
    "document": '{"Version": "5.0", "Statement": [{"Effect": "Deny", "Action": ["a:b:c"]}]}',
    "effect": "{text}",
    "sid": "{text}",
    "actions": "{text}",
    "new_action": "{text}",
    "resources": "{text}",
    "condition_operator": ["Bool", "{text}"],
    "condition_key": ["{text}", "{text}"],
    "condition_values": ["{text}", "{text}"],
    "tool": "write",
}
TYPED_TAG_RULE: Query = {
    "type": "tag_policy",
    "document": '{"tags": {"cost": {}}}',
    "key": "{text}",
    "tag_key_assign": "{text}",
    "tag_value_assign": "{text}",
    "tag_value_append": "{text}",
    "enforced": "{text}",
    "tag_value_children": "{text}",
    "tool": "write",
}
TYPED_DOCUMENTS: tuple[Query, ...] = (
    {"type": "service_control_policy", "document": "{text}"},
    {"type": "tag_policy", "document": "{text}"},
    TYPED_STATEMENT,
    TYPED_TAG_RULE,
    {"type": "{text}", "document": "{text}", "tool": "strip", "part": "{text}"},
)

PAGES: dict[str, Row] = {
    "policies": Row(
        targets=("policies", "more"),
        asked=(
            {"name": "{text}"},
            {"type": "{text}"},
            {"after": "{text}"},
            {"after": "p-00000000:{text}"},
        ),
        also=(Row(who="reader"), Row(at="?type=tag_policy")),
    ),
    "policy_type": Row(ids=of_type, targets=("policy-type",), shows=False),
    "enable_policy_type": Row(tells=False, ids=of_type_that_is_off, targets=DIALOG, sent=({},)),
    "disable_policy_type": Row(
        tells=False,
        ids=of_type,
        targets=DIALOG,
        sent=({"confirmation": "{text}"},),
        also=(Row(ids=of_type, who="reader"),),
    ),
    "create_policy": Row(
        tells=False,
        ids=nothing,
        targets=("",),
        asked=({"type": "{text}"}, {"template": "{text}"}),
        sent=(
            {"name": "{text}", "description": "{text}", "document": "{text}"},
            *(typed | {"name": "{text}"} for typed in TYPED_DOCUMENTS),
            *(typed | {"name": "{text}", "document": "{text}"} for typed in TYPED_TAGS),
        ),
        also=(
            Row(at="?type=tag_policy&template=enforced"),
            Row(who="reader"),
            Row(ids=on_trial, at="?dry_run=1"),
        ),
    ),
    "dry_runs": Row(
        ids=on_trial,
        targets=("policies", "more"),
        asked=({"name": "{text}"}, {"after": "{text}"}, {"after": "p-00000000:{text}"}),
        also=(Row(ids=on_trial, who="reader"), Row(ids=on_trial, at="?name=nothing-has-it")),
    ),
    "dry_run_records": Row(
        ids=on_trial,
        targets=("records", "more"),
        asked=(
            {"who": "{text}"},
            {"action": "{text}", "policy": "{text}"},
            {"since": "{text}", "until": "{text}"},
            {"after": "{text}"},
            {"after": "2026-01-01T00:00:00+00:00 {text}"},
        ),
        also=(Row(who="reader"), Row(ids=on_trial, at="?who=nobody")),
    ),
    "dry_run_records_csv": Row(
        ids=on_trial, shows=False, asked=({"who": "{text}"}, {"since": "{text}"})
    ),
    "dry_run_state": Row(ids=on_trial, targets=("dry-run-state",), shows=False),
    "set_up_dry_run": Row(
        tells=False,
        ids=on_trial,
        targets=DIALOG,
        sent=(
            {},
            {
                "bucket_name": "{text}",
                "region_id": "{text}",
                "bucket_prefix": "{text}",
                "agency_name": "{text}",
            },
        ),
        also=(Row(ids=on_trial, who="reader"),),
    ),
    "enable_dry_run": Row(
        tells=False,
        ids=of_type_without_trial,
        targets=DIALOG,
        sent=(
            {"bucket_name": "{text}"},
            {"bucket_name": "logs", "region_id": "eu-1", "agency_name": "{text}"},
        ),
    ),
    "disable_dry_run": Row(tells=False, ids=on_trial, targets=DIALOG, sent=({},)),
    "check_document": Row(shows=False, targets=("problems",), sent=TYPED_DOCUMENTS),
    "complete_document": Row(
        shows=False, tells=False, asked=({"word": "{text}"}, {"type": "{text}", "word": "ecs"})
    ),
    "build_document": Row(shows=False, targets=("builder",), sent=TYPED_DOCUMENTS),
    "policy_actions": Row(
        tells=False,
        targets=("catalogue", "action-options"),
        asked=({"name": "{text}"}, {"service": "{text}"}, {"new_action": "{text}"}),
        also=(Row(at="?service=ecs"),),
    ),
    "policy_resource_types": Row(tells=False, targets=("catalogue",), asked=({"name": "{text}"},)),
    "policy": Row(
        ids=of_policy,
        targets=("policy",),
        also=(
            Row(ids=of_policy, who="reader"),
            Row(ids=of_tag_policy),
            Row(ids=of_full_access),
            *(Row(ids=of_trial, at=at) for at in ("", "?tab=targets", "?tab=details")),
            *(
                Row(ids=of_tested_policy, at=f"?tab={tab}", targets=("policy", "more", "targets"))
                for tab in ("versions", "targets", "tests", "tags", "details", "activity")
            ),
        ),
    ),
    "save_policy": Row(
        shows=False,
        ids=of_policy,
        targets=DIALOG,
        sent=(
            {"document": "{text}", "version": "{text}"},
            {"document": "{text}", "version": "2"},
            {"document": TEXTS[PolicyType.SERVICE_CONTROL_POLICY], "version": "1"},
            {
                "document": TEXTS[PolicyType.SERVICE_CONTROL_POLICY],
                "version": "1",
                "confirmation": "Confirm",
            },
            *(typed | {"version": "2"} for typed in TYPED_DOCUMENTS),
        ),
    ),
    "edit_policy_test": Row(
        ids=of_policy_test,
        targets=DIALOG,
        sent=(
            {"name": "{text}", "action": "{text}", "resource": "{text}", "context": "{text}"},
            {"name": "{text}", "action": "ecs:a:b", "context": "g:{text} = {text}"},
            {"name": "a", "is_allowed": "{text}", "context": "g:SourceIp = {text}"},
        ),
        also=(Row(ids=of_policy_test, who="reader"),),
    ),
    "delete_policy_test": Row(ids=of_policy_test, targets=DIALOG, sent=({},)),
    "describe_policy": Row(
        ids=of_policy,
        targets=DIALOG,
        sent=({"name": "{text}", "description": "{text}"}, {"name": "a", "description": "{text}"}),
        also=(Row(ids=of_full_access),),
    ),
    "delete_policy": Row(ids=of_tag_policy, targets=DIALOG, sent=({},), also=(Row(ids=of_policy),)),
    "policy_tags": Row(
        ids=of_policy, targets=DIALOG, sent=TYPED_TAGS, also=(Row(ids=of_full_access),)
    ),
    "compare_versions": Row(
        shows=False, ids=of_policy, asked=({"version": "2", "against": "1"}, {"version": "{text}"})
    ),
    "policy_version": Row(ids=of_version, also=(Row(ids=of_version, who="reader"),)),
    "restore_version": Row(ids=of_version, targets=DIALOG, sent=({"confirmation": "{text}"},)),
    "attach_policy": Row(
        ids=of_policy,
        targets=("dialog", "picker"),
        sent=(
            {},
            {"at": "{text}"},
            {"at": "{unit} account:" + "0" * 32 + ":{text}"},
            {"find": "1", "name": "{text}"},
            {"entity_id": "{text}", "confirmation": "{text}"},
            {"entity_id": "{account}", "confirmation": "Confirm"},
        ),
        also=(
            Row(ids=of_policy, who="reader"),
            Row(ids=of_tag_policy),
            Row(ids=of_trial, sent=({"entity_id": "{text}"}, {"entity_id": "{account}"})),
        ),
    ),
    "detach_policy": Row(
        ids=of_attachment,
        targets=DIALOG,
        sent=({"confirmation": "{text}"},),
        also=(Row(ids=of_attachment, who="reader"), Row(ids=of_trial_attachment)),
    ),
}
