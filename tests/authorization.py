"""Who may do what: one row for each operation, one column for each caller.

Read it as the documentation of rights. `test_authorization` runs every cell for real and fails for an
operation without a row. "ok", or the name of the refusal's class.
"""

CALLERS = (
    "operator",  # of the installation, with a shell
    "manager",  # an administrator of the management account
    "reader",  # a reader of the management account
    "member",  # an administrator of a member account
    "outsider",  # an administrator of another organization's management account
    "alone",  # an administrator of an account in no organization
    "disabled",  # an administrator of the management account, disabled since the request came in
    "suspended",  # an administrator of a member account that was suspended since
    "removed",  # an administrator of a member account that was taken out since
    "nobody",  # no user at all
)


def row(*outcomes: str) -> dict[str, str]:
    return dict(zip(CALLERS, outcomes, strict=True))


def by_management(of_the_outsider: str) -> dict[str, str]:
    """What the management account's administrators do; to others the target is not there (R-GEN-1, 3)."""
    return row(
        "CallerNotInOrganization",
        "ok",
        "PermissionDenied",
        "NotManagementAccount",
        of_the_outsider,
        "CallerNotInOrganization",
        "UserDisabled",
        "CallerAccountClosed",
        "CallerNotInOrganization",
        "CallerNotInOrganization",
    )


def by_operator() -> dict[str, str]:
    return row("ok", *["OperatorOnly"] * 9)


def on_the_management_account(to_others: str) -> dict[str, str]:
    """What an account's own administrators do to it; to others the account is not there (R-GEN-3)."""
    return row(
        "ok",
        "ok",
        "PermissionDenied",
        *[to_others] * 3,
        "PermissionDenied",
        *[to_others] * 3,
    )


def on_the_own_sign_in(outcome: str = "ok") -> dict[str, str]:
    """What every user does for itself; an operator and nobody have no sign-in here."""
    return row(
        "PermissionDenied",
        *[outcome] * 5,
        "UserDisabled",
        "CallerAccountClosed",
        outcome,
        "PermissionDenied",
    )


def by_the_invited_account() -> dict[str, str]:
    """What the administrators of the invited account answer (R-INV-11, R-INV-17)."""
    return row(
        "PermissionDenied",
        "HandshakeNotFound",
        "PermissionDenied",
        "HandshakeNotFound",
        "HandshakeNotFound",
        "ok",
        "PermissionDenied",
        "CallerAccountClosed",
        "HandshakeNotFound",
        "PermissionDenied",
    )


TABLE: dict[str, dict[str, str]] = {
    # Of a user of the management account who is none of the callers. One's own: `test_access_keys`.
    "access_keys.create_access_key": on_the_management_account("UserNotFound"),
    "access_keys.delete_access_key": on_the_management_account("AccessKeyNotFound"),
    "access_keys.update_access_key": on_the_management_account("AccessKeyNotFound"),
    "accounts.convert_account": by_operator(),
    "accounts.create_standalone_account": by_operator(),
    "accounts.move_account": by_management("AccountNotFound"),
    "accounts.move_accounts": by_management("AccountNotFound"),
    "accounts.undo_move": by_management("MoveNotFound"),
    "accounts.update_account": by_management("AccountNotFound"),
    # Of the member's own account, by which the management account comes in (R-ORG-16).
    "agencies.delete_agency": row(
        "PermissionDenied",
        "AgencyNotFound",
        "PermissionDenied",
        "ok",
        "AgencyNotFound",
        "AgencyNotFound",
        "PermissionDenied",
        "CallerAccountClosed",
        "AgencyNotFound",
        "PermissionDenied",
    ),
    # Into the member's account; to whom no agency leads, it is not there (R-ACC-22).
    "agencies.switch_account": row(
        "PermissionDenied",
        "ok",
        "PermissionDenied",
        "AgencyNotFound",
        "AgencyNotFound",
        "AgencyNotFound",
        "PermissionDenied",
        "CallerAccountClosed",
        "AgencyNotFound",
        "PermissionDenied",
    ),
    # None of the callers is in another account; who is goes back: `test_agencies`.
    "agencies.switch_back": row(*["EntryEnded"] * 10),
    "attachments.attach_policy": by_management("PolicyNotFound"),
    "attachments.detach_policy": by_management("PolicyNotFound"),
    "attachments.set_attachments": by_management("EntityNotFound"),
    "batches.cancel_batch": by_management("BatchNotFound"),
    # The outsider sends a batch of the organization that it manages.
    "batches.create_batch": by_management("ok"),
    "closings.close_account": by_management("AccountNotFound"),
    # The outsider creates in the organization that it manages, not in this one.
    "creations.create_account": by_management("ok"),
    "creations.create_resource_account": by_management("ok"),
    # Everybody leaves with their own account (R-ORG-12).
    "departures.leave_organization": row(
        "PermissionDenied",
        "CannotLeaveManagementOrDelegated",
        "PermissionDenied",
        "ok",
        "CannotLeaveManagementOrDelegated",
        "CallerNotInOrganization",
        "PermissionDenied",
        "CallerAccountClosed",
        "CallerNotInOrganization",
        "PermissionDenied",
    ),
    "departures.remove_account": by_management("AccountNotFound"),
    "dry_runs.update_dry_run_configuration": by_management("RootNotFound"),
    "effective_tag_policies.repair_tag_policies": by_operator(),
    "integrity.repair_tree": by_operator(),
    # The invitation is to the account that stands alone; it is not there for anybody else (R-INV-11).
    "invitations.accept_invitation": by_the_invited_account(),
    "invitations.cancel_invitation": by_management("HandshakeNotFound"),
    "invitations.decline_invitation": by_the_invited_account(),
    # The outsider invites into its own organization.
    "invitations.invite_account": by_management("ok"),
    "invitations.resend_invitation": by_management("HandshakeNotFound"),
    "jobs.retry_job": by_operator(),
    "organization_files.import_organization": by_operator(),
    # Everybody founds for their own account (R-ORG-1).
    "organizations.create_organization": row(
        "PermissionDenied",
        "AccountAlreadyInOrganization",
        "PermissionDenied",
        "AccountAlreadyInOrganization",
        "AccountAlreadyInOrganization",
        "ok",
        "PermissionDenied",
        "CallerAccountClosed",
        "ok",
        "PermissionDenied",
    ),
    # The outsider deletes the organization it manages, not this one.
    "organizations.delete_organization": by_management("ok") | {"manager": "OrganizationNotEmpty"},
    # The outsider creates in the organization that it manages.
    "policies.create_policy": by_management("ok"),
    "policies.delete_policy": by_management("PolicyNotFound"),
    "policies.restore_policy_version": by_management("PolicyNotFound"),
    "policies.update_policy": by_management("PolicyNotFound"),
    "policy_tests.create_policy_test": by_management("PolicyNotFound"),
    "policy_tests.delete_policy_test": by_management("PolicyNotFound"),
    "policy_tests.update_policy_test": by_management("PolicyNotFound"),
    "policy_types.disable_policy_type": by_management("RootNotFound"),
    "policy_types.enable_policy_type": by_management("RootNotFound"),
    "quotas.set_account_quota": by_operator(),
    "second_factors.add_second_factor": on_the_own_sign_in(),
    "second_factors.remove_second_factor": on_the_management_account("UserNotFound"),
    # The callers have none to make codes for; who has one gets them: `test_second_factors`.
    "second_factors.renew_recovery_codes": on_the_own_sign_in("SecondFactorMissing"),
    "services.create_integrable_service": by_operator(),
    "services.create_tag_policy_service": by_operator(),
    "services.delete_integrable_service": by_operator(),
    "services.delete_tag_policy_service": by_operator(),
    "services.update_integrable_service": by_operator(),
    "services.update_tag_policy_service": by_operator(),
    # Sessions are nobody's but their user's, and this one is the manager's.
    "sessions.end_other_sessions": row("SessionNotFound", "ok", *["SessionNotFound"] * 8),
    "sessions.end_session": row("SessionNotFound", "ok", *["SessionNotFound"] * 8),
    "tags.tag_resource": by_management("TagResourceNotFound"),
    "tags.untag_resource": by_management("TagResourceNotFound"),
    "tags.update_tags": by_management("TagResourceNotFound"),
    "tags.update_tags_of_resources": by_management("TagResourceNotFound"),
    "units.create_organizational_unit": by_management("ParentNotFound"),
    "units.delete_organizational_unit": by_management("OuNotFound"),
    "units.move_organizational_unit": by_management("OuNotFound"),
    "units.undo_move": by_management("MoveNotFound"),
    "units.update_organizational_unit": by_management("OuNotFound"),
    "users.change_password": on_the_own_sign_in(),
    "users.create_operator": by_operator(),
    "users.create_user": on_the_management_account("AccountNotFound"),
    "users.update_operator": by_operator(),
    "users.update_user": on_the_management_account("UserNotFound"),
}
