"""Who may do what: one row for each operation, one column for each caller.

Read it as the documentation of rights. `test_authorization` runs every cell for real and fails for an
operation without a row. "ok", or the name of the refusal's class.
"""

# Administrators of other member accounts, each with every right that is granted on units.
GRANTEES = (
    "grantee",  # on the root, so on the unit and below which the operation is about
    "grantee_outside",  # on a unit that the operation is not about
    "grantee_expired",  # as the first, until a moment ago
)

CALLERS = (
    "operator",  # of the installation, with a shell
    "manager",  # an administrator of the management account
    "reader",  # a reader of the management account
    "member",  # an administrator of a member account
    "delegated",  # an administrator of a member that is delegated administrator of a service
    "outsider",  # an administrator of another organization's management account
    "alone",  # an administrator of an account in no organization
    "disabled",  # an administrator of the management account, disabled since the request came in
    "suspended",  # an administrator of a member account that was suspended since
    "removed",  # an administrator of a member account that was taken out since
    "nobody",  # no user at all
    "member_reader",  # a reader of the member account
    *GRANTEES,
)


def row(*outcomes: str, **others: str) -> dict[str, str]:
    """Outcomes in the order of the callers; who is not named is met as the member is."""
    named = dict(zip(CALLERS, outcomes, strict=False))
    return dict.fromkeys(CALLERS, named["member"]) | named | others


def by_management_and_grantees(of_the_outsider: str) -> dict[str, str]:
    """The same, and whoever has the right on the units concerned, for as long as it lasts."""
    outside = {"grantee": "ok", "grantee_outside": "OutsideGrant"}
    return by_management(of_the_outsider) | outside


def by_management(of_the_outsider: str) -> dict[str, str]:
    """What the management account's administrators do; to others the target is not there (R-GEN-1, 3)."""
    return row(
        "CallerNotInOrganization",
        "ok",
        "PermissionDenied",
        "NotManagementAccount",
        "NotManagementAccount",  # it sees, and changes nothing (R-DA-5, R-DA-6)
        of_the_outsider,
        "CallerNotInOrganization",
        "UserDisabled",
        "CallerAccountClosed",
        "CallerNotInOrganization",
        "CallerNotInOrganization",
    )


def by_operator() -> dict[str, str]:
    return row("ok", *["OperatorOnly"] * (len(CALLERS) - 1))


def on_the_management_account(to_others: str) -> dict[str, str]:
    """What an account's own administrators do to it; to others the account is not there (R-GEN-3)."""
    return row(
        "ok",
        "ok",
        "PermissionDenied",
        *[to_others] * 4,
        "PermissionDenied",
        *[to_others] * 3,
    )


def on_the_own_sign_in(outcome: str = "ok") -> dict[str, str]:
    """What every user does for itself; an operator and nobody have no sign-in here."""
    return row(
        "PermissionDenied",
        *[outcome] * 6,
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
        *["HandshakeNotFound"] * 3,
        "ok",
        "PermissionDenied",
        "CallerAccountClosed",
        "HandshakeNotFound",
        "PermissionDenied",
        member_reader="PermissionDenied",
    )


def on_founding() -> dict[str, str]:
    """Everybody founds for their own account (R-ORG-1)."""
    return row(
        "PermissionDenied",
        "AccountAlreadyInOrganization",
        "PermissionDenied",
        *["AccountAlreadyInOrganization"] * 3,
        "ok",
        "PermissionDenied",
        "CallerAccountClosed",
        "ok",
        "PermissionDenied",
        member_reader="PermissionDenied",
    )


TABLE: dict[str, dict[str, str]] = {
    # Of a user of the management account who is none of the callers. One's own: `test_access_keys`.
    "access_keys.create_access_key": on_the_management_account("UserNotFound"),
    "access_keys.delete_access_key": on_the_management_account("AccessKeyNotFound"),
    "access_keys.update_access_key": on_the_management_account("AccessKeyNotFound"),
    "accounts.convert_account": by_operator(),
    "accounts.create_standalone_account": by_operator(),
    "accounts.move_account": by_management_and_grantees("AccountNotFound"),
    "accounts.move_accounts": by_management_and_grantees("AccountNotFound"),
    "accounts.set_eligibility": by_operator(),
    "accounts.undo_move": by_management_and_grantees("MoveNotFound"),
    "accounts.update_account": by_management("AccountNotFound"),
    # Of the member's own account, by which the management account comes in (R-ORG-16).
    "agencies.delete_agency": row(
        "PermissionDenied",
        "AgencyNotFound",
        "PermissionDenied",
        "ok",
        *["AgencyNotFound"] * 3,
        "PermissionDenied",
        "CallerAccountClosed",
        "AgencyNotFound",
        "PermissionDenied",
        member_reader="PermissionDenied",
        **dict.fromkeys(GRANTEES, "AgencyNotFound"),
    ),
    # Into the member's account; to whom no agency leads, it is not there (R-ACC-22).
    "agencies.switch_account": row(
        "PermissionDenied",
        "ok",
        "PermissionDenied",
        *["AgencyNotFound"] * 4,
        "PermissionDenied",
        "CallerAccountClosed",
        "AgencyNotFound",
        "PermissionDenied",
        member_reader="PermissionDenied",
    ),
    # None of the callers is in another account; who is goes back: `test_agencies`.
    "agencies.switch_back": row(*["EntryEnded"] * len(CALLERS)),
    "attachments.attach_policy": by_management_and_grantees("PolicyNotFound"),
    "attachments.detach_policy": by_management_and_grantees("PolicyNotFound"),
    "attachments.set_attachments": by_management_and_grantees("EntityNotFound"),
    "batches.cancel_batch": by_management("BatchNotFound"),
    # The outsider sends a batch of the organization that it manages.
    "batches.create_batch": by_management("ok"),
    "care.ask_for_care": by_operator(),
    "closings.close_account": by_management("AccountNotFound"),
    # The outsider creates in the organization that it manages, not in this one.
    "creations.create_account": by_management("ok"),
    "creations.create_resource_account": by_management("ok"),
    "delegated_administrators.deregister_delegated_administrator": by_management(
        "DelegatedAdminNotFound"
    ),
    "delegated_administrators.register_delegated_administrator": by_management("AccountNotFound"),
    # Everybody leaves with their own account, but those that stay (R-ORG-12, R-DA-8).
    "departures.leave_organization": row(
        "PermissionDenied",
        "CannotLeaveManagementOrDelegated",
        "PermissionDenied",
        "ok",
        "DelegatedAdministratorStays",
        "CannotLeaveManagementOrDelegated",
        "CallerNotInOrganization",
        "PermissionDenied",
        "CallerAccountClosed",
        "CallerNotInOrganization",
        "PermissionDenied",
        member_reader="PermissionDenied",
        # Made a moment ago, they cannot stand alone yet (R-ORG-13).
        **dict.fromkeys(GRANTEES, "AccountStandaloneInfoMissing"),
    ),
    "departures.remove_account": by_management("AccountNotFound"),
    "dry_runs.update_dry_run_configuration": by_management("RootNotFound"),
    "effective_tag_policies.repair_tag_policies": by_operator(),
    "integrity.repair_tree": by_operator(),
    # The invitation is to the account that stands alone; it is not there for anybody else (R-INV-11).
    "invitations.accept_invitation": by_the_invited_account(),
    "invitations.cancel_invitation": by_management_and_grantees("HandshakeNotFound"),
    "invitations.decline_invitation": by_the_invited_account(),
    # The outsider invites into its own organization.
    "invitations.invite_account": by_management_and_grantees("ok"),
    "invitations.resend_invitation": by_management_and_grantees("HandshakeNotFound"),
    "jobs.retry_job": by_operator(),
    "jobs.retry_jobs": by_operator(),
    "key_ring.rotate_secrets": by_operator(),
    "organization_files.import_organization": by_operator(),
    "organization_files.import_own_organization": on_founding(),
    "organization_files.plan_own_import": on_founding(),
    "organizations.create_organization": on_founding(),
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
    "restorations.settle_restoration": by_operator(),
    # Of the member, who has a grant on the unit, and of the unit.
    "scoped_grants.create_scoped_grant": by_management("ParentNotFound"),
    "scoped_grants.revoke_scoped_grant": by_management("ScopedGrantNotFound"),
    "scoped_grants.revoke_scoped_grants": by_management("AccountNotFound"),
    "scoped_grants.update_scoped_grant": by_management("ScopedGrantNotFound"),
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
    "sessions.end_other_sessions": row("SessionNotFound", "ok", *["SessionNotFound"] * 9),
    "sessions.end_session": row("SessionNotFound", "ok", *["SessionNotFound"] * 9),
    # The outsider subscribes to the organization that it manages.
    "subscriptions.create_subscription": by_management("ok"),
    "subscriptions.delete_subscription": by_management("SubscriptionNotFound"),
    "subscriptions.redeliver": by_management("SubscriptionNotFound"),
    "subscriptions.resend_confirmation": by_management("SubscriptionNotFound"),
    "subscriptions.rotate_subscription_secret": by_management("SubscriptionNotFound"),
    "subscriptions.send_test_delivery": by_management("SubscriptionNotFound"),
    "subscriptions.update_subscription": by_management("SubscriptionNotFound"),
    "tags.tag_resource": by_management_and_grantees("TagResourceNotFound"),
    "tags.untag_resource": by_management_and_grantees("TagResourceNotFound"),
    "tags.update_tags": by_management_and_grantees("TagResourceNotFound"),
    "tags.update_tags_of_resources": by_management_and_grantees("TagResourceNotFound"),
    # The outsider trusts a service in the organization that it manages.
    "trusted_services.disable_trusted_service": by_management("TrustedServiceNotEnabled"),
    "trusted_services.enable_trusted_service": by_management("ok"),
    "units.create_organizational_unit": by_management_and_grantees("ParentNotFound"),
    "units.delete_organizational_unit": by_management_and_grantees("OuNotFound"),
    "units.move_organizational_unit": by_management_and_grantees("OuNotFound"),
    "units.undo_move": by_management_and_grantees("MoveNotFound"),
    "units.update_organizational_unit": by_management_and_grantees("OuNotFound"),
    "users.change_password": on_the_own_sign_in(),
    "users.create_operator": by_operator(),
    "users.create_user": on_the_management_account("AccountNotFound"),
    "users.reset_password": on_the_management_account("UserNotFound"),
    "users.update_operator": by_operator(),
    "users.update_user": on_the_management_account("UserNotFound"),
}

# Who may do it, and stands under a policy that denies it by a condition key (R-PERM-4): the operation of the
# wire and the page, each refused where the key has the denied value, and done or shown where it has another.
CONDITIONS: dict[str, tuple[str, str]] = {
    "g:RequestTag/<key>": ("tag_resource", "unit_tags"),
    "g:TagKeys": ("untag_resource", "account_tags"),
    "g:ResourceTag/<key>": ("update_organizational_unit", "unit"),
    "organizations:ServicePrincipal": ("list_delegated_administrators", "service"),
}
