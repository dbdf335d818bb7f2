"""The accounts in a list, those that come and those that go."""

from tests.console.pages.ids import (
    of_account,
    of_batch,
    of_granted_unit,
    of_invitation,
    of_manager,
    of_root,
    of_unit,
)
from tests.console.pages.row import DIALOG, TYPED_TAGS, Query, Row

# Parted by tabs, so that a text stays whole.
TYPED_ROWS: tuple[Query, ...] = (
    {},
    {"rows": "\t{text}\n{text}\t{text}\n\t\t\t{text}\t{text}\t{text}"},
    {"rows": "name\t{text}\nbrand-new"},
    {"rows": "brand-new\t\t\t\t{text}\n{text}\t{text}"},
    {"rows": "brand-new\t\t\t\t{text}\n{text}\t{text}", "send": "1"},
    {"rows": "{text}\t{text}", "send": "{text}"},
)
ROWS = ("requests", "more", "running")
ENDS: tuple[Query, ...] = (
    {"state": "{text}"},
    {"after": "{text}"},
    {"watch": ["{text}"], "ran": "{text}"},
)
TYPED_INVITATION: tuple[Query, ...] = (
    {"target_type": "name", "target": "{text}", "notes": "{text}"},
    {"target_type": "{text}", "target": "{text}", "destination_parent_id": "{text}"},
    {"target_type": "name", "target": "nobody-has-it", "notes": "{text}"},
    {"target_type": "account", "target": "{account}", "notes": "{text}"},
    *(typed | {"target": "{text}", "notes": "{text}"} for typed in TYPED_TAGS),
)
NEW_ACCOUNT: Query = {
    "name": "{text}",
    "email": "{text}",
    "phone": "{text}",
    "agency_name": "{text}",
}

PAGES: dict[str, Row] = {
    "accounts": Row(
        targets=("accounts", "more"),
        asked=(
            {"columns": ["unit", "status", "joined", "join_method", "id", "tags", "email"]},
            {"columns": ["description", "created", "tags"], "name": "{text}", "sort": "status"},
            {"unit": "{text}", "tag_key": "{text}", "tag_value": "{text}"},
            {"tag_key": "{text}", "columns": "tags"},
            {"status": "{text}"},
            {"sort": "{text}", "columns": "{text}"},
            {"after": "name:" + "0" * 32 + "::{text}"},
            {"after": "{text}"},
        ),
    ),
    "sent_invitations": Row(targets=ROWS, asked=ENDS, also=(Row(who="reader"),)),
    "creations": Row(targets=ROWS, asked=ENDS, also=(Row(who="reader"),)),
    "closings": Row(targets=ROWS, asked=ENDS),
    "former_members": Row(targets=ROWS, asked=ENDS),
    "create_account": Row(
        targets=("", "picker"),
        sent=(
            {"name": "{text}"},
            NEW_ACCOUNT | {"description": "{text}", "destination_parent_id": "{text}"},
            {"name": "fit-for-it", "description": "{text}", "destination_parent_id": "{text}"},
            NEW_ACCOUNT | {"at": "{text}"},
            *(typed | NEW_ACCOUNT for typed in TYPED_TAGS),
        ),
        also=(Row(who="reader"),),
    ),
    "invite_account": Row(targets=("", "picker"), sent=TYPED_INVITATION, also=(Row(who="reader"),)),
    "invite_into_unit": Row(
        ids=of_unit,
        targets=("", "picker"),
        sent=(*TYPED_INVITATION, {"target": "{text}", "at": "{text}"}),
        also=(
            Row(ids=of_unit, who="reader"),
            Row(ids=of_granted_unit, who="grantee", sent=TYPED_INVITATION),
            Row(ids=of_root, who="grantee"),
        ),
    ),
    "cancel_invitation": Row(ids=of_invitation, targets=DIALOG, sent=({},)),
    "resend_invitation": Row(ids=of_invitation, targets=DIALOG, sent=({},)),
    "remove_account": Row(
        ids=of_account,
        targets=DIALOG,
        sent=({},),
        also=(Row(ids=of_account, who="reader"), Row(ids=of_manager)),
    ),
    "close_account": Row(
        ids=of_account,
        targets=DIALOG,
        sent=({"confirmation": "{text}"}, {"confirmation": "{text}{text}"}),
        also=(Row(ids=of_account, who="reader"), Row(ids=of_manager)),
    ),
    "accounts_csv": Row(shows=False, asked=({"name": "{text}"}, {"status": "{text}"})),
    "create_many": Row(sent=TYPED_ROWS, also=(Row(who="reader"),)),
    "invite_many": Row(sent=TYPED_ROWS, also=(Row(who="reader"),)),
    "batches": Row(also=(Row(who="reader"),)),
    "batch": Row(
        ids=of_batch,
        targets=("progress",),
        asked=({"state": "{text}"}, {"after": "{text}"}, {"after": "1", "state": "waiting"}),
        also=(Row(ids=of_batch, who="reader"), Row(ids=of_batch, at="?state=refused")),
    ),
    "batch_csv": Row(shows=False, ids=of_batch),
    "cancel_batch": Row(ids=of_batch, sent=({},), also=(Row(ids=of_batch, who="reader"),)),
}
