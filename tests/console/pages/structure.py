"""The tree, and what is done to its units and accounts."""

from tests.console.pages.ids import (
    of_account,
    of_delegated_account,
    of_granted_account,
    of_granted_unit,
    of_move,
    of_root,
    of_unit,
    with_grants,
)
from tests.console.pages.policy_ids import guarded, of_attached, of_last, tried
from tests.console.pages.row import DIALOG, PICKER, TYPED_NAME, TYPED_TAGS, Query, Row

MARKER = {"after": "account:" + "0" * 32 + ":{text}"}
MOVING = ("dialog", "picker", "tree-refusal")
PLACE = ("tree", "detail")
TABS = ("?tab=tags", "?tab=details", "?tab=activity", "?tab=policies")
FOLLOWED: tuple[Query, ...] = (
    {"action": "{text}"},
    {"action": "ecs:servers:delete"},
    {"action": "vpc:vpcs:delete"},
)
CHOOSING: tuple[Query, ...] = (
    {"type": "{text}", "name": "{text}"},
    {"type": "tag_policy"},
    {"name": "{text}", "is_kept": "1", "policy": "{text}"},
)
CONFIRMED: Query = {"confirmation": "{text}"}
SEARCHES: tuple[Query, ...] = (
    {"open": ["{text}"]},
    {"name": "{text}", "tag_key": "{text}", "tag_value": "{text}"},
    {"tag_key": "{text}"},
    {"status": "{text}"},
    {"name": "a", "status": "active", "tab": "{text}"},
)
TYPED_MOVE: tuple[Query, ...] = (
    {"at": "{text}"},
    {"at": "ou-" + "0" * 32 + " unit:ou-" + "0" * 32 + ":{text}"},
    {"source_parent_id": "{text}"},
    {"source_parent_id": "{text}", "destination_parent_id": "{text}"},
)

PAGES: dict[str, Row] = {
    "structure": Row(
        targets=PLACE,
        asked=SEARCHES,
        also=(
            Row(who="member_user"),
            Row(at="?name=a&status=active"),
            Row(who="grantee", ids=with_grants),
        ),
    ),
    "unit": Row(
        ids=of_unit,
        targets=PLACE,
        also=(
            Row(ids=of_root),
            Row(ids=of_unit, who="reader"),
            Row(ids=of_granted_unit, who="grantee"),
            Row(ids=of_granted_unit, who="grantee", at="?tab=policies"),
            Row(ids=of_root, who="grantee"),
            *(Row(ids=of_unit, at=tab, targets=PLACE) for tab in TABS),
            Row(ids=guarded(of_unit), who="reader", at="?tab=policies"),
            Row(ids=guarded(of_root), at="?tab=policies", targets=("detail", "ladder")),
        ),
    ),
    "unit_children": Row(ids=of_unit, targets=("", *PLACE), asked=(MARKER, {"after": "{text}"})),
    "account": Row(
        ids=of_account,
        targets=PLACE,
        also=(
            Row(ids=of_account, who="reader"),
            Row(ids=of_delegated_account, who="delegated"),
            Row(ids=of_granted_account, who="grantee"),
            *(Row(ids=of_account, at=tab, targets=PLACE) for tab in TABS),
            Row(
                ids=guarded(of_account),
                at="?tab=policies",
                targets=("detail", "ladder"),
                asked=FOLLOWED,
            ),
            Row(ids=guarded(of_account), at="?tab=policies&action=ecs:cloudServers:deleteServers"),
            Row(ids=tried(of_account), at="?tab=policies"),
        ),
    ),
    "attach_here": Row(
        ids=guarded(of_unit),
        targets=("dialog", "choices"),
        asked=CHOOSING,
        sent=(CONFIRMED, {"policy": "{text}", "confirmation": "Confirm"}),
        also=(Row(ids=guarded(of_account), who="reader"),),
    ),
    "set_attachments": Row(
        ids=guarded(of_unit),
        targets=("dialog", "choices"),
        asked=CHOOSING,
        sent=(
            CONFIRMED | {"policy": ["{text}"], "save": "1", "name": "{text}"},
            {"policy": ["{text}"], "add": "{text}", "up": "{text}", "remove": "{text}"},
        ),
        also=(Row(ids=guarded(of_account), at="?type=tag_policy", sent=({"save": "1"},)),),
    ),
    "detach_here": Row(
        ids=of_attached,
        targets=DIALOG,
        sent=(CONFIRMED, {"confirmation": "Confirm"}),
        also=(Row(ids=of_last, targets=DIALOG), Row(ids=of_attached, who="reader")),
    ),
    "create_unit": Row(ids=of_unit, targets=DIALOG, sent=TYPED_NAME),
    "rename_unit": Row(ids=of_unit, targets=("dialog", "heading"), sent=TYPED_NAME),
    "delete_unit": Row(ids=of_unit, targets=DIALOG, sent=({},)),
    "move_unit": Row(ids=of_unit, targets=MOVING, asked=PICKER, sent=TYPED_MOVE),
    "move_account": Row(ids=of_account, targets=MOVING, asked=PICKER, sent=TYPED_MOVE),
    "move_accounts": Row(
        shows=False,
        targets=("dialog", "picker"),
        sent=(
            {},
            {"resource": "{text}", "back": "{text}"},
            {"resource": "{account}", "back": "{text}"},
            {"resource": "{account}", "at": "{unit}", "destination_parent_id": "{text}"},
            {"moved": "{text}", "destination_parent_id": "{text}"},
            {"moved": "{account}:{text}", "destination_parent_id": "{unit}"},
            {"moved": "{account}:{unit}", "destination_parent_id": "{text}"},
        ),
    ),
    "resource_tags": Row(
        shows=False,
        targets=DIALOG,
        sent=(
            {},
            {"resource": "{text}"},
            {"resource": ["{account}", "{unit}"], "back": "{text}"},
            *(typed | {"resource": ["{account}", "{unit}"]} for typed in TYPED_TAGS),
            {"resource": ["{account}"], "key": [""], "value": ["{text}"], "removed_key": "{text}"},
        ),
    ),
    "describe_account": Row(
        ids=of_account,
        targets=DIALOG,
        sent=({"description": "{text}"}, {"description": "{text}" * 9}),
        also=(Row(ids=of_account, who="reader", targets=DIALOG),),
    ),
    "unit_tags": Row(ids=of_unit, targets=DIALOG, sent=TYPED_TAGS, also=(Row(ids=of_root),)),
    "account_tags": Row(ids=of_account, targets=DIALOG, sent=TYPED_TAGS),
    "undo_move_of_accounts": Row(ids=of_move, sent=({}, {"back": "{text}"}), shows=False),
    "undo_move_of_unit": Row(ids=of_move, sent=({}, {"back": "{text}"}), shows=False),
}
