"""What concerns oneself and one's own account."""

from tests.console.pages.ids import (
    agency_of,
    former_account,
    invitation_in,
    of_oneself,
    of_user,
    of_users_key,
)
from tests.console.pages.row import DIALOG, TYPED_NAME, Row

PAGES: dict[str, Row] = {
    "home": Row(
        targets=("content",), also=(Row(who="founder"), Row(who="reader"), Row(who="operator"))
    ),
    "my_account": Row(
        who="member_user",
        targets=("content",),
        also=(Row(who="reader"), Row(who="invited_member"), Row(who="inside")),
    ),
    "agencies": Row(
        who="let_in",
        targets=("content",),
        also=(Row(who="former_manager"), Row(who="inside"), Row(who="alone")),
    ),
    "delete_agency": Row(who="let_in", ids=agency_of("let_in"), targets=("content",), sent=({},)),
    "enter_account": Row(who="former_manager", ids=former_account, targets=DIALOG, sent=({},)),
    "go_back": Row(who="inside", targets=("content",), sent=({},)),
    "leave_organization": Row(
        who="member_user",
        targets=("content",),
        sent=({"account_name": "{text}"},),
        also=(Row(who="administrator"), Row(who="invited_member")),
    ),
    "users": Row(targets=("content",), also=(Row(who="reader"), Row(who="member_user"))),
    "create_user": Row(
        tells=False,
        targets=DIALOG,
        sent=({"username": "{text}", "role": "{text}"}, {"username": "{text}", "role": "reader"}),
        also=(Row(who="reader"),),
    ),
    "user": Row(
        ids=of_user,
        targets=("content",),
        also=(Row(who="reader", ids=of_user), Row(ids=of_oneself)),
    ),
    "change_role": Row(shows=False, ids=of_user, sent=({"role": "{text}"},)),
    "switch_user": Row(ids=of_user, targets=DIALOG, sent=({"is_active": "{text}"},)),
    "reset_password": Row(ids=of_user, targets=DIALOG),
    "switch_users_key": Row(shows=False, ids=of_users_key, sent=({"is_active": "{text}"},)),
    "received_invitations": Row(
        who="invited",
        targets=("content",),
        asked=({"before": "{text}"},),
        also=(Row(who="member_user"), Row(who="invited_member")),
    ),
    "received_invitation": Row(
        who="invited",
        ids=invitation_in("pending"),
        targets=("content",),
        also=(
            *(
                Row(who="invited", ids=invitation_in(state))
                for state in ("declined", "cancelled", "expired")
            ),
            Row(who="invited_member", ids=invitation_in("pending", "invited_member")),
            Row(who="invited_reader", ids=invitation_in("pending", "invited_reader")),
        ),
    ),
    "accept_invitation": Row(
        who="invited", ids=invitation_in("pending"), targets=("content",), sent=({},)
    ),
    "decline_invitation": Row(
        who="invited",
        ids=invitation_in("pending"),
        targets=("content",),
        sent=({},),
        also=(Row(who="invited_reader", ids=invitation_in("pending", "invited_reader")),),
    ),
    "create_organization": Row(
        who="alone",
        sent=TYPED_NAME,
        also=(
            Row(who="looks"),
            Row(who="invited"),
            Row(who="let_in"),
            Row(who="former_manager"),
        ),
    ),
}
