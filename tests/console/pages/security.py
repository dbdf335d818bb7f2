"""Signing in, and what protects it."""

from tests.console.pages.ids import of_key, of_session
from tests.console.pages.row import Row

PAGES: dict[str, Row] = {
    "choose_language": Row(shows=False, sent=({"language": "{text}"},)),
    "security": Row(targets=("content",), also=(Row(who="member_user"), Row(who="alone"))),
    "change_password": Row(sent=({"old_password": "{text}", "new_password": "{text}"},)),
    # Behind the password, which is asked again: test_sign_in_in_browser looks at them.
    "add_second_factor": Row(shows=False, sent=({"code": "{text}"},)),
    "remove_second_factor": Row(shows=False, sent=({},)),
    "renew_recovery_codes": Row(shows=False, sent=({},)),
    "recovery_codes_file": Row(shows=False, sent=({"codes": "{text}"},)),
    "create_access_key": Row(shows=False, sent=({},)),
    "access_key_file": Row(shows=False, sent=({"access_key": "{text}", "secret_key": "{text}"},)),
    "end_session": Row(shows=False, ids=of_session, sent=({},)),
    "end_other_sessions": Row(shows=False, sent=({},)),
    "update_access_key": Row(shows=False, ids=of_key, sent=({"is_active": "{text}"},)),
    "delete_access_key": Row(ids=of_key, sent=({},)),
    "mfa_authenticate": Row(shows=False, sent=({"code": "{text}"},)),
    "account_reauthenticate": Row(
        shows=False, asked=({"next": "{text}"},), sent=({"password": "{text}", "next": "{text}"},)
    ),
    "choose_theme": Row(shows=False, sent=({"theme": "{text}"},)),
    "account_login": Row(
        who=None,
        asked=({"next": "{text}"}, {"next": "/structure/?open={text}"}),
        sent=({"login": "{text}", "password": "{text}", "next": "{text}"},),
    ),
    "account_logout": Row(also=(Row(who="operator"),)),
}
