"""What happened: one event per change, numbered and chained."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orgs.actor import Actor
from orgs.models import (
    AccessKey,
    Account,
    Agency,
    Batch,
    CreationRequest,
    Event,
    EventTarget,
    Invitation,
    Organization,
    OrganizationalUnit,
    Policy,
    ScopedGrant,
    Subscription,
    TrustedService,
    User,
)

TARGETS_PER_INSERT = 2_000


class Kind(TextChoices):
    """What can happen. The value is the vendor's event name, or ours in its style (R-AUD-3)."""

    ORGANIZATION_CREATED = "createOrganization", _("Organization created")
    ORGANIZATION_DELETED = "deleteOrganization", _("Organization deleted")
    ORGANIZATION_IMPORTED = "importOrganization", _("Organization imported")
    UNIT_CREATED = "createOrganizationalUnit", _("Unit created")
    UNIT_RENAMED = "updateOrganizationalUnit", _("Unit renamed")
    UNIT_MOVED = "moveOrganizationalUnit", _("Unit moved")
    UNIT_DELETED = "deleteOrganizationalUnit", _("Unit deleted")
    STANDALONE_ACCOUNT_CREATED = "createStandaloneAccount", _("Stand-alone account created")
    ACCOUNT_REQUESTED = "createAccount", _("Account requested")
    RESOURCE_ACCOUNT_REQUESTED = "createAccountV2", _("Account without contacts requested")
    ACCOUNT_CREATED = "finishAccountCreation", _("Account created")
    ACCOUNT_CREATION_FAILED = "failAccountCreation", _("Account creation failed")
    BATCH_CREATED = "createBatch", _("Batch of accounts sent")
    BATCH_ROWS_REFUSED = "refuseBatchRows", _("Rows of a batch refused")
    BATCH_CANCELLED = "cancelBatch", _("Rest of a batch cancelled")
    ACCOUNT_CLOSING = "closeAccount", _("Account closing begun")
    ACCOUNT_CLOSED = "suspendAccount", _("Account closed")
    ACCOUNT_CLOSING_FAILED = "failAccountClosing", _("Account closing failed")
    ACCOUNT_PURGED = "purgeAccount", _("Closed account gone for good")
    ACCOUNT_REMOVED = "removeAccount", _("Account removed")
    ELIGIBILITY_SET = "updateEligibility", _("Eligibility of an account set")
    ACCOUNT_CONVERTED = "convertAccount", _("Account made a full account")
    ORGANIZATION_LEFT = "leaveOrganization", _("Account left")
    ACCOUNT_ENTERED = "switchAccount", _("Account entered")
    ACCOUNT_EXITED = "switchBack", _("Back from an entered account")
    AGENCY_DELETED = "deleteAgency", _("Agency deleted")
    INVITATION_SENT = "inviteAccount", _("Account invited")
    INVITATION_SENT_AGAIN = "resendHandshake", _("Invitation sent again")
    INVITATION_ACCEPTED = "acceptHandshake", _("Invitation accepted")
    INVITATION_DECLINED = "declineHandshake", _("Invitation declined")
    INVITATION_CANCELLED = "cancelHandshake", _("Invitation cancelled")
    INVITATION_EXPIRED = "expireHandshake", _("Invitation expired")
    ACCOUNT_UPDATED = "updateAccount", _("Account changed")
    ACCOUNT_MOVED = "moveAccount", _("Account moved")
    POLICY_TYPE_ENABLING = "enablePolicyType", _("Switching a policy type on")
    POLICY_TYPE_ENABLED = "finishPolicyTypeEnabling", _("Policy type switched on")
    POLICY_TYPE_DISABLING = "disablePolicyType", _("Switching a policy type off")
    POLICY_TYPE_DISABLED = "finishPolicyTypeDisabling", _("Policy type switched off")
    POLICY_TYPE_SWITCH_FAILED = "failPolicyTypeSwitch", _("Switching a policy type failed")
    POLICY_CREATED = "createPolicy", _("Policy created")
    POLICY_UPDATED = "updatePolicy", _("Policy changed")
    POLICY_DELETED = "deletePolicy", _("Policy deleted")
    POLICY_TEST_CREATED = "createPolicyTest", _("Test of a policy created")
    POLICY_TEST_UPDATED = "updatePolicyTest", _("Test of a policy changed")
    POLICY_TEST_DELETED = "deletePolicyTest", _("Test of a policy deleted")
    POLICY_ATTACHED = "attachPolicy", _("Policy attached")
    POLICY_DETACHED = "detachPolicy", _("Policy detached")
    ATTACHMENTS_SET = "setPolicyAttachments", _("Policies of an entity set")
    DRY_RUN_POLICY_CREATED = "createDryRunPolicy", _("Dry-run policy created")
    DRY_RUN_POLICY_UPDATED = "updateDryRunPolicy", _("Dry-run policy changed")
    DRY_RUN_POLICY_DELETED = "deleteDryRunPolicy", _("Dry-run policy deleted")
    DRY_RUN_POLICY_ATTACHED = "attachDryRunPolicy", _("Dry-run policy attached")
    DRY_RUN_POLICY_DETACHED = "detachDryRunPolicy", _("Dry-run policy detached")
    DRY_RUN_CONFIGURED = "updateDryRunConfig", _("Dry run set up differently")
    DRY_RUN_ENABLING = "enableDryRun", _("Switching dry runs on")
    DRY_RUN_ENABLED = "finishDryRunEnabling", _("Dry runs switched on")
    DRY_RUN_DISABLING = "disableDryRun", _("Switching dry runs off")
    DRY_RUN_DISABLED = "finishDryRunDisabling", _("Dry runs switched off")
    DRY_RUN_SWITCH_FAILED = "failDryRunSwitch", _("Switching dry runs failed")
    TRUSTED_SERVICE_ENABLED = "enableTrustedService", _("Trusted service enabled")
    TRUSTED_SERVICE_DISABLED = "disableTrustedService", _("Trusted service disabled")
    DELEGATED_ADMINISTRATOR_REGISTERED = (
        "registerDelegatedAdministrator",
        _("Delegated administrator registered"),
    )
    DELEGATED_ADMINISTRATOR_DEREGISTERED = (
        "deregisterDelegatedAdministrator",
        _("Delegated administrator deregistered"),
    )
    TAGS_ADDED = "tagResource", _("Tags added")
    TAGS_REMOVED = "untagResource", _("Tags removed")
    TAGS_CHANGED = "updateTags", _("Tags changed")
    GRANT_CREATED = "createGrant", _("Rights granted on a unit")
    GRANT_UPDATED = "updateGrant", _("Rights on a unit changed")
    GRANTS_REVOKED = "revokeGrants", _("Rights on units taken back")
    GRANT_EXPIRED = "expireGrant", _("Rights on a unit ran out")
    USER_CREATED = "createUser", _("User created")
    USER_UPDATED = "updateUser", _("User changed")
    ACCESS_KEY_CREATED = "createAccessKey", _("Access key created")
    ACCESS_KEY_UPDATED = "updateAccessKey", _("Access key changed")
    ACCESS_KEY_DELETED = "deleteAccessKey", _("Access key deleted")
    PASSWORD_CHANGED = "updatePassword", _("Password changed")
    PASSWORD_RESET = "resetPassword", _("Password reset")
    SECOND_FACTOR_ADDED = "createSecondFactor", _("Second factor added")
    SECOND_FACTOR_REMOVED = "deleteSecondFactor", _("Second factor removed")
    RECOVERY_CODES_RENEWED = "updateRecoveryCodes", _("Recovery codes renewed")
    SUBSCRIPTION_CREATED = "createSubscription", _("Subscription created")
    SUBSCRIPTION_UPDATED = "updateSubscription", _("Subscription changed")
    SUBSCRIPTION_DELETED = "deleteSubscription", _("Subscription deleted")
    SUBSCRIPTION_SECRET_ROTATED = "rotateSubscriptionSecret", _("Secret of a webhook renewed")
    SUBSCRIPTION_TESTED = "testSubscription", _("Test of a subscription sent")
    SUBSCRIPTION_PAUSED = "pauseSubscription", _("Subscription paused after failures")
    CONFIRMATION_SENT_AGAIN = "resendConfirmation", _("Receiver asked again to confirm e-mails")
    SUBSCRIPTION_CONFIRMED = "confirmSubscription", _("E-mails confirmed by their receiver")
    SUBSCRIPTION_UNSUBSCRIBED = "unsubscribe", _("E-mails unsubscribed by their receiver")
    DELIVERY_REPEATED = "redeliver", _("Event delivered again")
    QUOTA_SET = "updateQuota", _("Quota set")
    TREE_REPAIRED = "repairTree", _("Tree repaired")
    TAG_POLICIES_REPAIRED = "repairTagPolicies", _("Effective tag policies repaired")
    JOB_RETRIED = "retryJob", _("Job tried again")


# What can alter a decision raises the organization's policy_version with it.
ALTERS_DECISIONS = frozenset(
    {
        Kind.ORGANIZATION_CREATED,
        Kind.ORGANIZATION_DELETED,
        Kind.ORGANIZATION_IMPORTED,
        Kind.UNIT_CREATED,
        Kind.UNIT_MOVED,
        Kind.UNIT_DELETED,
        Kind.ACCOUNT_CREATED,
        Kind.ACCOUNT_MOVED,
        Kind.ACCOUNT_PURGED,
        Kind.ACCOUNT_REMOVED,
        Kind.INVITATION_ACCEPTED,
        Kind.ORGANIZATION_LEFT,
        Kind.POLICY_TYPE_ENABLED,
        Kind.POLICY_TYPE_DISABLING,
        Kind.POLICY_TYPE_DISABLED,
        Kind.POLICY_TYPE_SWITCH_FAILED,
        Kind.POLICY_UPDATED,
        Kind.POLICY_ATTACHED,
        Kind.POLICY_DETACHED,
        Kind.ATTACHMENTS_SET,
        # What would be decided counts as well, for what is remembered of dry runs.
        Kind.DRY_RUN_POLICY_UPDATED,
        Kind.DRY_RUN_POLICY_ATTACHED,
        Kind.DRY_RUN_POLICY_DETACHED,
        Kind.DRY_RUN_ENABLED,
        Kind.DRY_RUN_DISABLING,
        Kind.DRY_RUN_DISABLED,
        Kind.DRY_RUN_SWITCH_FAILED,
        Kind.TREE_REPAIRED,
    }
)

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An entity that a change touched; `before` is empty for what was made, `after` for what went."""

    entity_type: str
    entity_id: str
    entity_name: str
    path: Sequence[str] = ()
    before: Facts | None = None
    after: Facts | None = None


def of_organization(
    organization: Organization, *, before: Facts | None = None, after: Facts | None = None
) -> Target:
    """The organization itself as a target."""
    return Target(
        entity_type="organization",
        entity_id=organization.pk,
        entity_name=organization.name,
        before=before,
        after=after,
    )


def of_unit(
    unit: OrganizationalUnit,
    path: Sequence[str],
    *,
    before: Facts | None = None,
    after: Facts | None = None,
) -> Target:
    """A root or unit as a target; `path` holds the names from below the root down to it."""
    return Target(
        entity_type="root" if unit.is_root else "organizational_unit",
        entity_id=unit.pk,
        entity_name=unit.name,
        path=path,
        before=before,
        after=after,
    )


def of_account(
    account: Account,
    path: Sequence[str] = (),
    *,
    before: Facts | None = None,
    after: Facts | None = None,
) -> Target:
    """An account as a target; `path` holds the names of the units above it."""
    return Target(
        entity_type="account",
        entity_id=account.pk,
        entity_name=account.name,
        path=path,
        before=before,
        after=after,
    )


def of_policy(policy: Policy, *, before: Facts | None = None, after: Facts | None = None) -> Target:
    """A policy as a target."""
    return Target(
        entity_type="policy",
        entity_id=policy.pk,
        entity_name=policy.name,
        before=before,
        after=after,
    )


def of_trusted_service(
    trusted: TrustedService, *, before: Facts | None = None, after: Facts | None = None
) -> Target:
    """A trusted service as a target; its id is the principal."""
    return Target(
        entity_type="trusted_service",
        entity_id=trusted.service_id,
        entity_name=trusted.service.name,
        before=before,
        after=after,
    )


def of_user(user: User, *, before: Facts | None = None, after: Facts | None = None) -> Target:
    """A user as a target."""
    return Target(
        entity_type="user",
        entity_id=str(user.pk),
        entity_name=user.username,
        before=before,
        after=after,
    )


def of_scoped_grant(
    grant: ScopedGrant, *, before: Facts | None = None, after: Facts | None = None
) -> Target:
    """A grant on a unit as a target, named after who has it."""
    return Target(
        entity_type="grant",
        entity_id=str(grant.pk),
        entity_name=grant.grantee_name,
        before=before,
        after=after,
    )


def of_access_key(
    key: AccessKey, *, before: Facts | None = None, after: Facts | None = None
) -> Target:
    """An access key as a target."""
    return Target(
        entity_type="access_key",
        entity_id=key.pk,
        entity_name=key.pk,
        before=before,
        after=after,
    )


def of_agency(agency: Agency, *, before: Facts | None = None, after: Facts | None = None) -> Target:
    """An agency as a target."""
    return Target(
        entity_type="agency",
        entity_id=str(agency.pk),
        entity_name=agency.name,
        before=before,
        after=after,
    )


def of_invitation(
    invitation: Invitation, *, before: Facts | None = None, after: Facts | None = None
) -> Target:
    """An invitation as a target, named after the account that it invites."""
    return Target(
        entity_type="handshake",
        entity_id=invitation.pk,
        entity_name=invitation.account.name,
        before=before,
        after=after,
    )


def of_creation(
    request: CreationRequest, *, before: Facts | None = None, after: Facts | None = None
) -> Target:
    """A request to create an account as a target, named after the account to be."""
    return Target(
        entity_type="account_status",
        entity_id=request.pk,
        entity_name=request.account_name,
        before=before,
        after=after,
    )


def of_batch(batch: Batch, *, before: Facts | None = None, after: Facts | None = None) -> Target:
    """A batch of accounts to create or to invite as a target."""
    return Target(
        entity_type="batch",
        entity_id=batch.pk,
        entity_name=batch.pk,
        before=before,
        after=after,
    )


def of_subscription(
    subscription: Subscription, *, before: Facts | None = None, after: Facts | None = None
) -> Target:
    """A subscription to events as a target."""
    return Target(
        entity_type="subscription",
        entity_id=subscription.pk,
        entity_name=subscription.name,
        before=before,
        after=after,
    )


# What goes on after an event of a kind: told by `start_jobs_with`, because jobs rest on operations.
JobStarter = Callable[[Event, Sequence[EventTarget]], None]
_job_starters: list[JobStarter] = []


def start_jobs_with(starter: JobStarter) -> None:
    """Call `starter` with each event and its targets, in the transaction of the change."""
    _job_starters[:] = [starter]


def record(
    actor: Actor,
    stream: Organization | Account,
    kind: Kind,
    targets: Iterable[Target],
    **details: Any,
) -> Event:
    """Write the event of a change, raise the stream's version by one and chain it on.

    The stream's row has to be locked by the caller, and is saved here. Called once per change.

    Source: reliability rules R8, P6; rules R-AUD-1, R-AUD-3.
    """
    stream.version += 1
    organization = stream if isinstance(stream, Organization) else None
    event = Event(
        organization=organization,
        account=stream if isinstance(stream, Account) else None,
        number=stream.version,
        kind=kind,
        at=timezone.now(),
        actor_account_id=actor.account_id or "",
        actor_account_name=actor.account_name,
        home_account_id=actor.home_account_id or "",
        home_account_name=actor.home_account_name,
        actor_user_id=actor.user_id,
        actor_username=actor.username,
        is_operator=actor.is_operator,
        source_address=actor.address,
        request_id=actor.request_id,
        details=details,
    )
    rows = [
        EventTarget(
            organization=organization,
            place=place,
            entity_type=target.entity_type,
            entity_id=target.entity_id,
            entity_name=target.entity_name,
            path=list(target.path),
            before=target.before,
            after=target.after,
        )
        for place, target in enumerate(targets)
    ]
    event.hash = event.chained_hash(rows, previous=stream.event_hash)
    event.save(force_insert=True)
    for row in rows:
        row.event = event
    EventTarget.objects.bulk_create(rows, batch_size=TARGETS_PER_INSERT)

    stream.event_hash = event.hash
    fields = ["version", "event_hash"]
    if organization is not None and kind in ALTERS_DECISIONS:
        organization.policy_version += 1
        fields.append("policy_version")
    stream.save(update_fields=fields)
    for start in _job_starters:
        start(event, rows)
    return event
