"""What each page of the console answers each caller: one row for each route.

Read it beside `tests.authorization`, which says what each caller may do: a page is looked at, and only those
that are never looked at are sent something (`SENT`). `test_authorization` asks for every cell and fails for a
route without a row. A cell is

- `shown`: the page; where it is a form, with a button that is on; `ok`: what was sent is done or answered
- `off`: the page, which says why there is no button on it for this caller, or why nothing was done
- `own`: the page, with what the caller's own account or organization did and nothing else
- `to …`: another page instead; `sign-in`: first of all who it is
- `no account`: the page that tells operators where they belong
- the name of the refusal

On a page with no id in its address the outsider, who manages an organization too, sees its own.
"""

from tests.authorization import CALLERS

NO_ACCOUNT = "no account"
SIGN_IN = "sign-in"
SITE = "the operators' site"

# What is sent to the pages that take nothing else; in braces what `test_authorization` puts there.
SENT: dict[str, dict[str, str]] = {
    "access_key_file": {"access_key": "A" * 20, "secret_key": "s" * 40},
    "build_document": {"type": "tag_policy", "document": "{}"},
    "change_role": {"role": "administrator"},
    "check_document": {"type": "tag_policy", "document": "{}"},
    "choose_language": {"language": "en"},
    "choose_theme": {"theme": "dark"},
    "end_other_sessions": {},
    "end_session": {},
    "keep_question": {
        "who": "{account}",
        "action": "ecs:servers:get",
        "name": "Kept",
        "policy_id": "{policy}",
        "is_allowed": "allowed",
    },
    "move_accounts": {"resource": "{account}"},
    "preview": {"preview": "attach", "preview_policy": "p-FullAccess", "entity_id": "{unit}"},
    "recovery_codes_file": {"codes": "12345678"},
    "redeliver": {},
    "resend_confirmation": {},
    "resource_tags": {"resource": "{account}"},
    "save_policy": {
        "version": "2",
        "document": '{"Version": "5.0", "Statement": [{"Effect": "Deny", "Action": ["a:b:c"]}]}',
        "confirmation": "Confirm",
    },
    "send_test_delivery": {},
    "switch_subscription": {"is_active": "0"},
    "switch_users_key": {"is_active": "0"},
    "undo_move_of_accounts": {},
    "undo_move_of_unit": {},
    "update_access_key": {"is_active": "0"},
}


def row(of_the_member: str, **others: str) -> dict[str, str]:
    """Who is not named is met as the member is, once it is known who that is."""
    unknown = {
        "operator": NO_ACCOUNT,
        "disabled": SIGN_IN,
        "nobody": SIGN_IN,
        "suspended": "CallerAccountClosed",
    }
    return dict.fromkeys(CALLERS, of_the_member) | unknown | others


def for_visitors_too(outcome: str) -> dict[str, str]:
    return dict.fromkeys(CALLERS, outcome)


def of_organization(of_the_manager: str, *, refusal: str, **others: str) -> dict[str, str]:
    """A page of what only a member's account can have; the outsider has its own (R-GEN-1)."""
    nowhere = dict.fromkeys(("alone", "removed"), "CallerNotInOrganization")
    return row(refusal, manager=of_the_manager, outsider=of_the_manager) | nowhere | others


def seen_by_delegated(
    of_the_manager: str = "shown", *, grantees: str = "OutsideGrant", **others: str
) -> dict[str, str]:
    """What the management account and delegated administrators see, and no other member (R-DA-5).

    Lists of the whole organization stay closed to those who may do something on a unit of it.
    """
    seen = dict.fromkeys(("reader", "delegated"), of_the_manager)
    scoped = dict.fromkeys(("grantee", "grantee_outside"), grantees)
    return of_organization(
        of_the_manager, refusal="NotManagementOrDelegated", **seen | scoped | others
    )


def changed_by_manager(
    of_the_outsider: str = "shown", *, grantees: str = "OutsideGrant", **others: str
) -> dict[str, str]:
    """The form of a change: who sees the organization is told there why it is off (R-DA-6, R-PERM-2)."""
    off = {"reader": "off", "delegated": "off", "outsider": of_the_outsider}
    return seen_by_delegated(grantees=grantees, **off | others)


def seen_at_place(of_the_outsider: str, **others: str) -> dict[str, str]:
    """What hangs in the tree: grantees see it below the unit of their grant."""
    return seen_by_delegated(**{"outsider": of_the_outsider, "grantee": "shown"} | others)


def changed_at_place(of_the_outsider: str, **others: str) -> dict[str, str]:
    """The form of a change that can be granted on a unit."""
    return changed_by_manager(of_the_outsider, **{"grantee": "shown"} | others)


def of_subscriptions(of_the_outsider: str, outcome: str = "shown", **others: str) -> dict[str, str]:
    """Only the management account's administrators know where events are sent."""
    named = {"reader": "PermissionDenied", "outsider": of_the_outsider}
    return of_organization(outcome, refusal="NotManagementAccount", **named | others)


def of_activity() -> dict[str, str]:
    """Everything for the management account, what they caused for others (R-AUD-5)."""
    return of_organization("shown", refusal="own", reader="shown", outsider="own")


def of_colleagues(outcome: str, *, refusal: str, of_the_reader: str = "off") -> dict[str, str]:
    """Of a user of the management account; to others the user is not there (R-GEN-3)."""
    return row(refusal, manager=outcome, reader=of_the_reader)


def of_the_invited() -> dict[str, str]:
    """Of an invitation to the account that stands alone (R-INV-11)."""
    return row("HandshakeNotFound", alone="shown")


def of_sent_invitation() -> dict[str, str]:
    """Every account of its organization may ask for an invitation whose id it knows; so says the contract."""
    unknown = dict.fromkeys(("outsider", "alone", "removed"), "HandshakeNotFound")
    return row("off", manager="shown", grantee="shown", **unknown)


def in_an_organization(outcome: str, instead: str, **others: str) -> dict[str, str]:
    """Who has no organization is led elsewhere."""
    return row(outcome, **dict.fromkeys(("alone", "removed"), instead) | others)


CLOSED = "NotManagementOrDelegated"
OUTSIDE = "OutsideGrant"

TABLE: dict[str, dict[str, str]] = {
    "home": row(
        "to my_account",
        operator="to admin:index",
        **dict.fromkeys(("manager", "reader", "delegated", "outsider"), "shown"),
        **dict.fromkeys(("alone", "removed"), "to create_organization"),
        **dict.fromkeys(("grantee", "grantee_outside"), "to structure"),
    ),
    "my_account": in_an_organization("shown", "to create_organization"),
    "settings": in_an_organization("shown", "to create_organization"),
    "api_reference": row("shown"),
    "leave_organization": in_an_organization("off", "to home", member="shown"),
    "create_organization": in_an_organization("to home", "shown"),
    # Not while something hangs in it; the outsider's holds nothing.
    "delete_organization": seen_by_delegated(
        "off",
        grantees=CLOSED,
        outsider="shown",
        **dict.fromkeys(("alone", "removed"), "to home"),
    ),
    # The own account.
    "agencies": row("shown"),
    "delete_agency": row("AgencyNotFound", member="shown", member_reader="off"),
    # Into the member's account (R-ACC-22).
    "enter_account": row("AgencyNotFound", manager="shown", reader="off"),
    "go_back": row("to home"),
    "users": row("shown"),
    "create_user": row("shown", reader="off", member_reader="off"),
    "user": of_colleagues("shown", refusal="UserNotFound", of_the_reader="shown"),
    "change_role": of_colleagues("ok", refusal="UserNotFound", of_the_reader="PermissionDenied"),
    "switch_user": of_colleagues("shown", refusal="UserNotFound"),
    "reset_password": of_colleagues("shown", refusal="UserNotFound"),
    # The key is the reader's own.
    "switch_users_key": of_colleagues("ok", refusal="AccessKeyNotFound", of_the_reader="ok"),
    # The own sign-in.
    "security": row("shown"),
    "change_password": row("shown"),
    "add_second_factor": row("to account_reauthenticate"),
    "remove_second_factor": row("to account_reauthenticate"),
    "renew_recovery_codes": row("to account_reauthenticate"),
    "recovery_codes_file": row("ok"),
    "create_access_key": row("to account_reauthenticate"),
    "access_key_file": row("ok"),
    # The manager's.
    "end_session": row("SessionNotFound", manager="ok"),
    "end_other_sessions": row("ok"),
    "update_access_key": of_colleagues(
        "ok", refusal="AccessKeyNotFound", of_the_reader="PermissionDenied"
    ),
    "delete_access_key": row("AccessKeyNotFound", manager="shown"),
    "account_reauthenticate": row("shown"),
    "account_login": row(
        "to home", operator="to home", suspended="to home", disabled="shown", nobody="shown"
    ),
    "mfa_authenticate": row("to home", operator="to home", suspended="to home"),
    "account_logout": row("shown", operator="shown", suspended="shown"),
    "choose_language": for_visitors_too("ok"),
    "choose_theme": for_visitors_too("ok"),
    # Invitations to the own account.
    "received_invitations": row("shown"),
    "received_invitation": of_the_invited(),
    "accept_invitation": of_the_invited(),
    "decline_invitation": of_the_invited(),
    # The tree.
    "structure": seen_by_delegated(grantees="shown"),
    "unit": seen_at_place("OuNotFound"),
    "unit_children": seen_at_place("OuNotFound"),
    "account": seen_at_place("AccountNotFound"),
    "create_unit": changed_at_place("OuNotFound"),
    "rename_unit": changed_at_place("OuNotFound"),
    "delete_unit": changed_at_place("OuNotFound"),
    "invite_into_unit": changed_at_place("OuNotFound"),
    "move_unit": changed_at_place("OuNotFound"),
    "move_account": changed_at_place("AccountNotFound"),
    "move_accounts": changed_at_place("AccountNotFound", manager="ok", grantee="ok"),
    "undo_move_of_accounts": of_subscriptions(
        "MoveNotFound", "ok", grantee="ok", grantee_outside=OUTSIDE
    ),
    "undo_move_of_unit": of_subscriptions(
        "MoveNotFound", "ok", grantee="ok", grantee_outside=OUTSIDE
    ),
    "describe_account": changed_at_place("AccountNotFound", grantee="off"),
    "unit_tags": changed_at_place("OuNotFound"),
    "account_tags": changed_at_place("AccountNotFound"),
    "resource_tags": changed_at_place("TagResourceNotFound", manager="ok", grantee="ok"),
    "attach_here": changed_at_place("OuNotFound"),
    "set_attachments": changed_at_place("OuNotFound"),
    "detach_here": changed_at_place("OuNotFound"),
    # What a change would do to decisions.
    "preview": seen_by_delegated("ok", outsider="EntityNotFound", grantee="ok"),
    # Accounts, as they come and go.
    "accounts": seen_by_delegated(grantees=CLOSED),
    "accounts_csv": seen_by_delegated(grantees=CLOSED),
    "create_account": changed_by_manager(),
    "invite_account": changed_by_manager(),
    "create_many": changed_by_manager(grantees=CLOSED),
    "invite_many": changed_by_manager(grantees=CLOSED),
    "batches": seen_by_delegated(grantees=CLOSED),
    "batch": seen_by_delegated(grantees=CLOSED, outsider="BatchNotFound"),
    "batch_csv": seen_by_delegated(grantees=CLOSED, outsider="BatchNotFound"),
    "cancel_batch": changed_by_manager("BatchNotFound", grantees=CLOSED),
    # Of grantees those that lead into their units.
    "sent_invitations": seen_by_delegated(grantees="shown"),
    "cancel_invitation": of_sent_invitation(),
    "resend_invitation": of_sent_invitation(),
    "creations": seen_by_delegated(),
    "closings": seen_by_delegated(),
    "former_members": seen_by_delegated(),
    "remove_account": changed_by_manager("AccountNotFound", grantee=CLOSED),
    "close_account": changed_by_manager("AccountNotFound", grantee=CLOSED),
    # Policies.
    "policies": seen_by_delegated(),
    "create_policy": changed_by_manager("off"),  # no type is on at the outsider's
    "check_document": seen_by_delegated("ok"),
    "complete_document": seen_by_delegated(),
    "build_document": seen_by_delegated("ok"),
    "policy_actions": seen_by_delegated(),
    "policy_resource_types": seen_by_delegated(),
    "policy_type": seen_by_delegated("to policies"),
    "enable_policy_type": changed_by_manager(),
    "disable_policy_type": changed_by_manager(),
    "dry_runs": seen_by_delegated(),
    "dry_run_records": seen_by_delegated(),
    "dry_run_records_csv": seen_by_delegated(),
    "dry_run_state": seen_by_delegated("to dry_runs"),
    "set_up_dry_run": changed_by_manager(),
    "enable_dry_run": changed_by_manager("off"),
    "disable_dry_run": changed_by_manager("off"),
    "policy": seen_by_delegated(outsider="PolicyNotFound"),
    "save_policy": seen_by_delegated(
        "ok",
        outsider="PolicyNotFound",
        reader="PermissionDenied",
        delegated="NotManagementAccount",
    ),
    "describe_policy": changed_by_manager("PolicyNotFound"),
    "delete_policy": changed_by_manager("PolicyNotFound"),
    "edit_policy_test": changed_by_manager("PolicyNotFound"),
    "delete_policy_test": changed_by_manager("PolicyNotFound"),
    "policy_tags": changed_by_manager("PolicyNotFound"),
    "compare_versions": seen_by_delegated(outsider="PolicyNotFound"),
    "policy_version": seen_by_delegated(outsider="PolicyNotFound"),
    "restore_version": changed_by_manager("PolicyNotFound"),
    "attach_policy": changed_by_manager("PolicyNotFound"),
    "detach_policy": changed_by_manager("PolicyNotFound"),
    "simulator": seen_by_delegated(),
    "simulator_actions": seen_by_delegated(),
    # The account of the question is not there for the outsider.
    "keep_question": seen_by_delegated(
        "ok", outsider="off", reader="PermissionDenied", delegated="NotManagementAccount"
    ),
    # Tags.
    "tags": seen_by_delegated(),
    "tag_values": seen_by_delegated(),
    "tag_carriers": seen_by_delegated(),
    "tag_compliance": seen_by_delegated(),
    # Services and their delegated administrators. None is enabled at the outsider's.
    "services": seen_by_delegated(),
    "service": seen_by_delegated(),
    "enable_service": changed_by_manager(),
    "disable_service": changed_by_manager("off"),
    "delegated_administrators": seen_by_delegated(),
    "register_administrator": changed_by_manager("off"),
    "deregister_administrator": changed_by_manager("AccountNotFound"),
    # Rights on units.
    "scoped_grants": seen_by_delegated(),
    "own_rights": in_an_organization("shown", "to create_organization"),
    "create_scoped_grant": changed_by_manager(),
    "update_scoped_grant": changed_by_manager("ScopedGrantNotFound"),
    "revoke_scoped_grant": changed_by_manager("ScopedGrantNotFound"),
    "revoke_scoped_grants": changed_by_manager("UserNotFound"),
    # What happened.
    "activity": of_activity(),
    "activity_csv": of_activity(),
    "activity_json": of_activity(),
    "refused_calls": of_activity(),
    "reads": of_activity(),
    "event": of_organization(
        "shown", refusal="EventNotFound", reader="shown", outsider="EventNotFound"
    ),
    # Of everybody's events, which a delegated administrator does not see (R-AUD-5).
    "verify_events": of_organization("shown", refusal="NotManagementAccount", reader="shown"),
    "quotas": seen_by_delegated(grantees=CLOSED),
    "create_subscription": of_subscriptions("shown"),
    "subscription": of_subscriptions("SubscriptionNotFound"),
    "update_subscription": of_subscriptions("SubscriptionNotFound"),
    "switch_subscription": of_subscriptions("SubscriptionNotFound", "ok"),
    "send_test_delivery": of_subscriptions("SubscriptionNotFound", "ok"),
    "redeliver": of_subscriptions("SubscriptionNotFound", "ok"),
    "resend_confirmation": of_subscriptions("SubscriptionNotFound", "ok"),
    # By links in e-mails, to whoever holds one.
    "confirm_subscription": for_visitors_too("shown"),
    "unsubscribe": for_visitors_too("shown"),
    "rotate_subscription_secret": of_subscriptions("SubscriptionNotFound"),
    "delete_subscription": of_subscriptions("SubscriptionNotFound"),
    # Every list of it.
    SITE: row("403", operator="shown", suspended="403"),
}
