"""The organization: its settings, quotas, subscriptions and rights on units."""

from tests.console.pages.ids import (
    of_answered_question,
    of_dead_question,
    of_delivery,
    of_last_mail,
    of_mail,
    of_no_link,
    of_old_question,
    of_question,
    of_subscription,
    of_unconfirmed,
    of_unsubscribed,
    with_grants,
    with_own_quota,
    with_subscription,
)
from tests.console.pages.row import DIALOG, Row, nothing
from tests.console.pages.visitors import of_grant

PAGES: dict[str, Row] = {
    "quotas": Row(ids=with_own_quota, also=(Row(who="reader"),)),
    "settings": Row(
        ids=nothing,
        targets=("content",),
        also=(
            Row(who="reader"),
            Row(who="member_user"),
            Row(ids=with_subscription, at="?"),
        ),
    ),
    "delete_organization": Row(
        sent=({"name": "{text}"},),
        also=(Row(who="founder"), Row(who="reader")),
    ),
    "create_subscription": Row(
        targets=("", "picker"),
        sent=(
            {
                "channel": "{text}",
                "name": "{text}",
                "target": "{text}",
                "unit_id": "{text}",
                "kinds": ["{text}"],
                "language": "{text}",
            },
            {"channel": "webhook", "name": "{text}", "target": "{text}", "unit_id": "{text}"},
            {"channel": "webhook", "name": "{text}", "target": "https://example.com/"},
            {"name": "{text}", "target": "{text}", "at": "{text}"},
        ),
    ),
    "subscription": Row(
        ids=of_subscription,
        asked=({"before": "{text}"},),
        also=(
            Row(ids=of_subscription, at="?before=9999999"),
            Row(ids=of_unconfirmed),
            Row(ids=of_unsubscribed),
        ),
    ),
    "update_subscription": Row(
        ids=of_subscription,
        targets=("", "picker"),
        sent=({"name": "{text}", "target": "{text}", "unit_id": "{text}", "kinds": ["{text}"]},),
    ),
    "switch_subscription": Row(shows=False, ids=of_subscription, sent=({"is_active": "{text}"},)),
    "send_test_delivery": Row(shows=False, ids=of_subscription, sent=({},)),
    "redeliver": Row(shows=False, ids=of_delivery, sent=({},)),
    "resend_confirmation": Row(shows=False, ids=of_unconfirmed, sent=({},)),
    "confirm_subscription": Row(
        who=None,
        ids=of_question,
        sent=({},),
        also=(
            Row(who=None, ids=of_answered_question),
            Row(who=None, ids=of_old_question),
            Row(who=None, ids=of_dead_question),
            Row(who=None, ids=of_no_link),
        ),
    ),
    "unsubscribe": Row(
        who=None,
        ids=of_mail,
        sent=({},),
        also=(Row(who=None, ids=of_last_mail), Row(who=None, ids=of_no_link)),
    ),
    "rotate_subscription_secret": Row(ids=of_subscription, sent=({},)),
    "delete_subscription": Row(ids=of_subscription, sent=({},)),
    "scoped_grants": Row(
        ids=with_grants,
        targets=("grants-list",),
        asked=(
            {"name": "{text}", "permission": "{text}", "unit": "{text}", "after": "{text}"},
            {"name": "{text}"},
            {"after": "1:{text}"},
        ),
        also=(
            Row(ids=with_grants, who="reader"),
            Row(ids=with_grants, at="?name=nobody-of-that-name"),
            Row(),
        ),
    ),
    "own_rights": Row(
        ids=with_grants,
        also=(Row(who="reader", ids=with_grants), Row(who="grantee", ids=with_grants)),
    ),
    "create_scoped_grant": Row(
        sent=(
            {
                "kind": "{text}",
                "grantee": "{text}",
                "unit_id": "{text}",
                "permissions": ["{text}"],
                "policy_ids": ["{text}"],
                "expires_at": "{text}",
            },
            {
                "kind": "user",
                "grantee": "{text}",
                "unit_id": "{text}",
                "permissions": ["create_unit"],
            },
        ),
        also=(Row(who="reader"),),
    ),
    "update_scoped_grant": Row(
        ids=of_grant,
        sent=({"permissions": ["{text}"], "policy_ids": ["{text}"], "expires_at": "{text}"},),
    ),
    "revoke_scoped_grant": Row(ids=of_grant, targets=DIALOG, sent=({},)),
    "revoke_scoped_grants": Row(
        ids=with_grants,
        at="?user=grantee",
        targets=DIALOG,
        also=(Row(who="reader", ids=with_grants, at="?user=grantee"),),
    ),
}
