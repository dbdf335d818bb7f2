"""What is going on in the demo: an open invitation, and accounts that are on their way, failed, or going.

Each is made where it is not there, so that an older demo gets what it lacks; what somebody has done to the
demo since is let be.
"""

import contextlib
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from orgs import errors, operations, organization_file
from orgs.actor import Actor
from orgs.events import Kind
from orgs.management.demo import (
    CLOSING_ACCOUNT,
    CREATED_ACCOUNT,
    DEMO_FILE,
    FAILED_ACCOUNT,
    GRANTED_ON,
    INVITED_INTO,
    MANAGEMENT_ACCOUNT,
    STANDALONE_ACCOUNT,
)
from orgs.models import (
    Account,
    AccountStatus,
    ClosingState,
    CreationRequest,
    FailureReason,
    Invitation,
    InvitationState,
    Organization,
    OrganizationalUnit,
    User,
)
from orgs.names import name_key
from orgs.organization_file import path_key
from orgs.permissions import SCOPED, Permission
from orgs.queries.organization_files import unit_paths

STAYS_FOR = timedelta(days=365)  # from each start of the demo on
NOTES = """Hello Harbour Studio,

you design our services, and your account runs them. With it in our organization we can look after security \
and costs together. Questions? Ring Mara, extension 4711.

The platform team"""


def add_missing_scenes() -> None:
    """Make what is not there; a demo in which it cannot be made any more has to start all the same."""
    actor = _administrator()
    if actor is None:
        return
    for scene in (_guard, _delegate, _grant, _invite, _create, _fail, _close):
        with contextlib.suppress(errors.OrgsError):
            scene(actor)


def _administrator() -> Actor | None:
    """The demo's administrator, as long as there is one with an organization."""
    user = User.objects.filter(
        username="admin", is_active=True, account__name=MANAGEMENT_ACCOUNT
    ).first()
    account = user.account if user is not None else None
    if user is None or account is None or account.organization_id is None:
        return None
    return Actor(
        account_id=account.pk,
        account_name=account.name,
        user_id=user.pk,
        username=user.username,
        organization_id=account.organization_id,
    )


def _guard(actor: Actor) -> None:
    """Bring the policies of the file into a demo of the time before there were any."""
    organization = Organization.objects.get(pk=actor.organization_id)
    if organization.policies.exists() or organization.policy_types.exists():
        return
    plan = organization_file.read(DEMO_FILE.read_bytes(), wide_tags=settings.TAG_CHARACTERS_WIDE)
    root_id = organization.root.pk
    for policy_type in plan.enabled_policy_types:
        operations.policy_types.enable_policy_type(
            actor=actor, root_id=root_id, policy_type=policy_type
        )
    operations.policy_types.finish_policy_type_switches(root_id)
    made = {
        (planned.policy_type, name_key(planned.name)): operations.policies.create_policy(
            actor=actor,
            name=planned.name,
            policy_type=planned.policy_type,
            content=planned.content,
            description=planned.description,
            tags=planned.tags.items(),
        ).pk
        for planned in plan.policies
    }
    units = {path_key(path): unit_id for unit_id, path in unit_paths(organization).items()}
    for planned in plan.attachments:
        unit_id = units.get(planned.entity) if isinstance(planned.entity, tuple) else None
        if unit_id is None:
            continue  # the unit has been renamed or moved since
        for name in planned.policies:
            policy_id = made.get((planned.policy_type, name))
            if policy_id is not None:
                operations.attachments.attach_policy(
                    actor=actor, policy_id=policy_id, entity_id=unit_id
                )


def _grant(actor: Actor) -> None:
    """Let somebody keep one unit in order, unless somebody has said otherwise since."""
    organization = Organization.objects.get(pk=actor.organization_id)
    if organization.events.filter(kind=Kind.GRANT_CREATED).exists():
        return
    unit = organization.units.get(name=GRANTED_ON)
    guardrail = organization.policies.filter(is_dry_run=False).order_by("name").first()
    operations.scoped_grants.create_scoped_grant(
        actor=actor,
        unit_id=unit.pk,
        username="keeper",
        permissions=SCOPED if guardrail else [Permission.CREATE_UNIT, Permission.TAG_RESOURCE],
        policy_ids=[guardrail.pk] if guardrail else [],
        expires_at=timezone.now() + STAYS_FOR,
    )


def _delegate(actor: Actor) -> None:
    """Bring the services of the file into a demo of the time before there were any."""
    organization = Organization.objects.get(pk=actor.organization_id)
    switched = (Kind.TRUSTED_SERVICE_ENABLED, Kind.TRUSTED_SERVICE_DISABLED)
    if (
        organization.trusted_services.exists()
        or organization.events.filter(kind__in=switched).exists()
    ):
        return
    plan = organization_file.read(DEMO_FILE.read_bytes(), wide_tags=settings.TAG_CHARACTERS_WIDE)
    for principal in plan.trusted_services:
        operations.trusted_services.enable_trusted_service(actor=actor, service_principal=principal)
    accounts = dict(organization.accounts.values_list("name_key", "pk"))
    for planned in plan.delegations:
        if planned.account in accounts:
            operations.delegated_administrators.register_delegated_administrator(
                actor=actor,
                account_id=accounts[planned.account],
                service_principal=planned.service,
            )


def _invite(actor: Actor) -> None:
    """Invite the account that stands alone, unless it was asked before and the invitation is not overdue."""
    kept = Invitation.objects.filter(
        organization=actor.organization_id, account__name=STANDALONE_ACCOUNT
    )
    answered = kept.exclude(state__in=[InvitationState.PENDING, InvitationState.EXPIRED])
    if kept.pending().exists() or answered.exists():
        return
    unit = OrganizationalUnit.objects.filter(
        organization=actor.organization_id, name=INVITED_INTO
    ).first()
    operations.invitations.invite_account(
        actor=actor,
        target_type="name",
        target=STANDALONE_ACCOUNT,
        notes=NOTES,
        tags=[("business-unit", "HQ"), ("owner", "platform-team")],
        destination_parent_id=unit.pk if unit else None,
    )


def _create(actor: Actor) -> None:
    """Have an account on its way, and keep it there."""
    request = _request(actor, CREATED_ACCOUNT)
    if request is None:
        request = operations.creations.create_account(
            actor=actor, name=CREATED_ACCOUNT, description="Where old projects go"
        )
    _keep("create_account", request.pk)


def _fail(actor: Actor) -> None:
    """Have an account that could not be made, and why."""
    if _request(actor, FAILED_ACCOUNT) is not None:
        return
    request = operations.creations.create_account(
        actor=actor, name=FAILED_ACCOUNT, email="pilot@harbour.example"
    )
    operations.creations.fail_creation(
        request.pk,
        FailureReason.INVALID_EMAIL,
        "The mail server of harbour.example does not exist.",
    )


def _close(actor: Actor) -> None:
    """Have an account that is being closed, and keep it there."""
    account = Account.objects.filter(
        name=CLOSING_ACCOUNT, organization=actor.organization_id
    ).first()
    if account is None:
        return
    if account.status == AccountStatus.ACTIVE:
        operations.closings.close_account(actor=actor, account_id=account.pk)
    for request in account.closing_requests.filter(state=ClosingState.PENDING_CLOSURE):
        _keep("close_account", str(request.pk))


def _request(actor: Actor, name: str) -> CreationRequest | None:
    found = CreationRequest.objects.filter(organization=actor.organization_id, account_name=name)
    return found.first()


def _keep(kind: str, subject_id: str) -> None:
    """Nobody is to come and finish it."""
    operations.jobs.postpone_job(
        kind=kind, subject_id=subject_id, due_at=timezone.now() + STAYS_FOR
    )
