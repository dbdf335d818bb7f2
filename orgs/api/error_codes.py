"""The wire's status and code of every refusal, by the contract's condition.

The status that an error carries itself is the console's. Leaf classes are named after their condition;
those that are not stand in `CALLED_OTHERWISE`.
"""

import re
from typing import NamedTuple

from orgs import errors


class Row(NamedTuple):
    """What a client sees of a condition."""

    status: int
    code: str


CONDITIONS: dict[str, Row] = {
    "authentication_failed": Row(401, "APIGW.0301"),
    "throttled": Row(429, "APIGW.0308"),
    "api_not_found": Row(404, "APIGW.0101"),
    "not_management_account": Row(401, "Organizations.1001"),
    "not_management_or_delegated": Row(401, "Organizations.1002"),
    "concurrent_modification": Row(409, "Organizations.1003"),
    "permission_denied": Row(403, "Organizations.1007"),
    "header_missing": Row(404, "Organizations.1010"),
    "caller_not_in_org": Row(401, "Organizations.1015"),
    "invalid_parameter": Row(400, "Organizations.1050"),
    "internal_error": Row(500, "Organizations.1051"),
    "account_already_in_organization": Row(409, "Organizations.1150"),
    "organization_not_empty": Row(400, "Organizations.1151"),
    "ou_not_found": Row(404, "Organizations.1200"),
    "ou_quota_exceeded": Row(400, "Organizations.1204"),
    "ou_name_conflict": Row(409, "Organizations.1205"),
    "ou_not_empty": Row(400, "Organizations.1250"),
    "ou_depth_exceeded": Row(400, "Organizations.1251"),
    "parent_not_found": Row(404, "Organizations.1252"),
    "account_not_found": Row(404, "Organizations.1300"),
    "cannot_leave_management_or_delegated": Row(400, "Organizations.1304"),
    "account_quota_exceeded": Row(400, "Organizations.1305"),
    "account_conflict": Row(409, "Organizations.1306"),
    "account_closing": Row(400, "Organizations.1325"),
    "move_source_mismatch": Row(400, "Organizations.1350"),
    "move_same_parent": Row(409, "Organizations.1351"),
    "cannot_close_invited": Row(400, "Organizations.1352"),
    "cannot_close_delegated": Row(400, "Organizations.1353"),
    "cannot_close_management": Row(400, "Organizations.1354"),
    "close_quota_exceeded": Row(400, "Organizations.1355"),
    "create_account_status_not_found": Row(404, "Organizations.1356"),
    "account_remove_rate": Row(400, "Organizations.1357"),
    "account_create_concurrency": Row(400, "Organizations.1358"),
    "account_not_active": Row(400, "Organizations.1359"),
    "account_standalone_info_missing": Row(400, "Organizations.1360"),
    "cannot_close_unpaid": Row(400, "Organizations.1361"),
    "handshake_not_found": Row(404, "Organizations.1400"),
    "handshake_not_pending": Row(400, "Organizations.1401"),
    "handshake_duplicate": Row(409, "Organizations.1450"),
    "invite_rate": Row(400, "Organizations.1451"),
    "delegated_admin_not_found": Row(400, "Organizations.1500"),
    "delegated_admin_exists": Row(409, "Organizations.1550"),
    "delegated_admin_is_management": Row(400, "Organizations.1551"),
    "delegated_admin_unsupported": Row(400, "Organizations.1552"),
    "delegated_admin_quota_exceeded": Row(400, "Organizations.1553"),
    "policy_not_found": Row(404, "Organizations.1600"),
    "policy_name_conflict": Row(409, "Organizations.1650"),
    "policy_content_malformed": Row(400, "Organizations.1651"),
    "policy_content_too_long": Row(400, "Organizations.1652"),
    "policy_quota_exceeded": Row(400, "Organizations.1653"),
    "policy_builtin": Row(400, "Organizations.1654"),
    "policy_in_use": Row(400, "Organizations.1655"),
    "policy_type_not_enabled": Row(400, "Organizations.1656"),
    "policy_type_already_enabled": Row(409, "Organizations.1657"),
    "policy_type_already_disabled": Row(400, "Organizations.1658"),
    "policy_already_attached": Row(409, "Organizations.1659"),
    "policy_not_attached": Row(400, "Organizations.1660"),
    "policy_attach_quota_exceeded": Row(400, "Organizations.1661"),
    "policy_last_scp": Row(400, "Organizations.1662"),
    "policy_type_unsupported": Row(400, "Organizations.1663"),
    "effective_policy_not_found": Row(404, "Organizations.1664"),
    "tag_resource_not_found": Row(404, "Organizations.1701"),
    "tag_conflict": Row(409, "Organizations.1702"),
    "tag_quota_exceeded": Row(400, "Organizations.1703"),
    "root_not_found": Row(404, "Organizations.1800"),
    "entity_not_found": Row(404, "Organizations.1850"),
    "trusted_service_not_enabled": Row(400, "Organizations.1900"),
    "trusted_service_already_enabled": Row(409, "Organizations.1950"),
    "service_principal_unknown": Row(400, "Organizations.1951"),
    "trusted_service_has_delegated_admin": Row(400, "Organizations.1952"),
    "idempotency_key_reused": Row(409, "Organizations.1052"),
}

# What the vendor has no word for, numbered in the bands that its numbers leave free.
OURS: dict[str, Row] = {
    "ou_move_into_itself": Row(400, "Organizations.1253"),
    "organization_not_found": Row(404, "Organizations.1152"),
    "invalid_file": Row(400, "Organizations.1053"),
    "user_not_found": Row(404, "Organizations.1054"),
    "username_taken": Row(409, "Organizations.1055"),
    "access_key_not_found": Row(404, "Organizations.1057"),
    "session_not_found": Row(404, "Organizations.1058"),
    "second_factor_present": Row(409, "Organizations.1059"),
    "second_factor_missing": Row(409, "Organizations.1060"),
    "handshake_resent_recently": Row(409, "Organizations.1452"),
    "own_user_kept": Row(409, "Organizations.1061"),
    "service_not_found": Row(404, "Organizations.1062"),
    "service_present": Row(409, "Organizations.1063"),
    "service_changed_meanwhile": Row(409, "Organizations.1064"),
    "service_in_use": Row(409, "Organizations.1065"),
    "batch_not_found": Row(404, "Organizations.1066"),
    "batch_ended": Row(409, "Organizations.1067"),
    "agency_not_found": Row(404, "Organizations.1068"),
    "agency_in_use": Row(409, "Organizations.1069"),
    "job_not_found": Row(404, "Organizations.1070"),
    "job_not_given_up": Row(409, "Organizations.1071"),
    "scoped_grant_not_found": Row(404, "Organizations.1090"),
    "scoped_grant_present": Row(409, "Organizations.1091"),
    "grantee_is_management": Row(409, "Organizations.1092"),
    "grantee_disabled": Row(409, "Organizations.1094"),
    "own_password_kept": Row(409, "Organizations.1095"),
    "last_administrator": Row(409, "Organizations.1093"),
    "policy_version_not_found": Row(404, "Organizations.1665"),
    "policy_test_not_found": Row(404, "Organizations.1666"),
    "policy_changed_meanwhile": Row(409, "Organizations.1667"),
    "policy_tests_fail": Row(409, "Organizations.1668"),
    "move_not_found": Row(404, "Organizations.1080"),
    "move_too_old": Row(409, "Organizations.1081"),
    "moved_meanwhile": Row(409, "Organizations.1082"),
    "policy_test_quota_exceeded": Row(400, "Organizations.1083"),
    "subscription_not_found": Row(404, "Organizations.1120"),
    "subscription_quota_exceeded": Row(400, "Organizations.1121"),
    "subscription_has_no_secret": Row(409, "Organizations.1122"),
    "delivery_not_found": Row(404, "Organizations.1123"),
    "event_not_found": Row(404, "Organizations.1125"),
    "delivery_waiting": Row(409, "Organizations.1124"),
    "site_address_unknown": Row(409, "Organizations.1127"),
    "subscription_unconfirmed": Row(409, "Organizations.1128"),
    "confirmation_not_awaited": Row(409, "Organizations.1129"),
    "receiver_unsubscribed": Row(409, "Organizations.1130"),
    "confirmation_quota_exceeded": Row(400, "Organizations.1131"),
    "receiver_asked_too_often": Row(400, "Organizations.1132"),
    "care_under_way": Row(409, "Organizations.1126"),
}

ROWS = CONDITIONS | OURS

CALLED_OTHERWISE: dict[type[errors.OrgsError], str] = {
    errors.CallerNotInOrganization: "caller_not_in_org",
    errors.ClockSkew: "authentication_failed",
    # A user or key that was disabled is as unknown as one that never was.
    errors.UserDisabled: "authentication_failed",
    errors.TargetNotFound: "account_not_found",
    # R-CLO-11
    errors.CallerAccountClosed: "permission_denied",
    errors.OperatorOnly: "permission_denied",
    errors.DeniedByPolicy: "permission_denied",
    errors.OutsideGrant: "permission_denied",
    errors.PolicyOutsideGrant: "permission_denied",
    # Nobody is switched on the wire.
    errors.EntryEnded: "permission_denied",
    errors.SwitchedAway: "permission_denied",
    errors.DelegatedAdministratorStays: "cannot_leave_management_or_delegated",
    errors.InviterQuotaExceeded: "account_quota_exceeded",
    # The vendor's list of refusals has none for it.
    errors.TagPolicyViolated: "invalid_parameter",
}


def condition_of(kind: type[errors.OrgsError]) -> str:
    """The contract's name of a refusal: `OuNameConflict` is `ou_name_conflict`.

    Raises:
        KeyError: it has none; a test sees to it that every leaf has one.
    """
    named = CALLED_OTHERWISE.get(kind) or re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
    if named not in ROWS:
        raise KeyError(named)
    return named


def row_of(error: errors.OrgsError) -> Row:
    """Status and code for a refusal."""
    return ROWS[condition_of(type(error))]
