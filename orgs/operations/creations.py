"""Creating accounts: the request at once, the account a little later (R-ACC-10 to R-ACC-23)."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from orgs import arrivals, errors, events, hooks, names, quotas
from orgs.actor import Actor
from orgs.models import (
    Account,
    CreationRequest,
    CreationState,
    FailureReason,
    JoinMethod,
    Organization,
)
from orgs.operations.accounts import require_free_account
from orgs.operations.agencies import account_access_agency
from orgs.operations.change import change, system_change
from orgs.operations.enforced_tags import require_allowed_first_tags
from orgs.operations.memberships import join
from orgs.permissions import Permission
from orgs.queries.tags import Kind

Tags = Iterable[tuple[str, str]]


def create_account(
    *,
    actor: Actor,
    name: str,
    email: str | None = None,
    phone: str | None = None,
    description: str = "",
    agency_name: str | None = None,
    tags: Tags = (),
    destination_parent_id: str | None = None,
) -> CreationRequest:
    """Ask for a new member account; a job makes it (R-ACC-10).

    It lands under the root (R-ACC-19), or where `destination_parent_id` says (ours). Which contacts are
    wanted is a setting (R-ACC-14).

    Raises:
        InvalidParameter: R-ACC-7, R-ACC-14, R-ACC-15, R-TAG-1 to R-TAG-8.
        ParentNotFound: the destination.
        AccountConflict: name, e-mail or phone is taken, also by a creation that runs (R-ACC-16).
        AccountQuotaExceeded, AccountCreateConcurrency: R-ACC-12, R-ACC-13.
        TagPolicyViolated: a tag policy is enforced on accounts there (R-TP-5).
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Contract: CreateAccount.
    """
    with change(actor, Permission.CREATE_ACCOUNT) as organization:
        for fault in arrivals.missing_contacts(email=email, phone=phone):
            raise fault
        request, target = new_creation(
            organization,
            name=name,
            email=email,
            phone=phone,
            description=description,
            agency_name=agency_name,
            tags=tags,
            destination_parent_id=destination_parent_id,
        )
        events.record(actor, organization, events.Kind.ACCOUNT_REQUESTED, [target])
        return request


def create_resource_account(
    *,
    actor: Actor,
    name: str,
    description: str = "",
    agency_name: str | None = None,
    tags: Tags = (),
) -> CreationRequest:
    """The second form of `create_account`, which takes no contacts (R-ACC-14).

    Contract: CreateResourceAccount.
    """
    with change(actor, Permission.CREATE_ACCOUNT) as organization:
        request, target = new_creation(
            organization,
            name=name,
            description=description,
            agency_name=agency_name,
            tags=tags,
        )
        events.record(actor, organization, events.Kind.RESOURCE_ACCOUNT_REQUESTED, [target])
        return request


def new_creation(
    organization: Organization,
    *,
    name: str,
    email: str | None = None,
    phone: str | None = None,
    description: str = "",
    agency_name: str | None = None,
    tags: Tags = (),
    destination_parent_id: str | None = None,
) -> tuple[CreationRequest, events.Target]:
    """The request itself, for operations that hold the organization's lock: one account, or a batch.

    The caller records the event, with this target. A refusal has written nothing.

    Raises:
        InvalidParameter, ParentNotFound, AccountConflict, AccountQuotaExceeded, AccountCreateConcurrency,
            TagQuotaExceeded, TagPolicyViolated.
    """
    name = names.account_name(name)
    email = None if email is None else names.email(email)
    phone = None if phone is None else names.phone(phone)
    agency = settings.AGENCY_NAME if agency_name is None else names.agency_name(agency_name)
    description = names.description(description)
    wanted = names.tags(tags, wide=settings.TAG_CHARACTERS_WIDE)
    destination = None
    if destination_parent_id is not None:
        destination = organization.find_place(destination_parent_id, field="destination_parent_id")
    require_free_account(name=name, email=email, phone=phone)
    _require_free_request(name=name, email=email, phone=phone)
    quotas.require_room_for_account(organization)
    quotas.require_slot_for_creation(organization)
    quotas.require_room_for_tags(name, wanted=len(wanted))
    require_allowed_first_tags(organization, Kind.ACCOUNT, name, wanted, under=destination)

    request = CreationRequest(
        organization=organization,
        account_name=name,
        email=email,
        phone=phone,
        description=description,
        agency_name=agency,
        tags=wanted,
        destination=destination,
        created_at=timezone.now(),
    )
    request.save(force_insert=True)
    after = {"name": name, "state": request.state, "tags": wanted}
    if destination is not None:
        after["parent_id"] = destination.pk
    return request, events.of_creation(request, after=after)


def provide_account(request_id: str) -> None:
    """Make the account of a running request, or end the request as failed. Safe to run again.

    The installation's provider is asked first, outside of any change (R-ACC-10).
    """
    request = CreationRequest.objects.running().filter(pk=request_id).first()
    if request is None:
        return
    try:
        hooks.provide_account(request)
    except hooks.HookFailure as failure:
        fail_creation(request_id, failure.reason, failure.detail)
        return
    _finish(request)


def fail_creation(
    request_id: str, reason: FailureReason = FailureReason.INTERNAL_FAILURE, detail: str = ""
) -> None:
    """End a running request as failed; it leaves nothing behind (R-ACC-11). Safe to run again."""
    request = CreationRequest.objects.running().filter(pk=request_id).first()
    if request is None:
        return
    with system_change(request.organization_id) as organization:
        request = organization.creation_requests.running().filter(pk=request_id).first()
        if request is not None:
            _fail(organization, request, reason, detail)


def purge_creations(*, ended_before: datetime) -> int:
    """Delete requests that ended before that time (R-ACC-23); returns how many."""
    ended = CreationRequest.objects.exclude(state=CreationState.IN_PROGRESS)
    deleted, _by_kind = ended.filter(completed_at__lt=ended_before).delete()
    return deleted


def _require_free_request(*, name: str, email: str | None, phone: str | None) -> None:
    """Refuse what a running creation of any organization asks for already (R-ACC-16)."""
    running = CreationRequest.objects.running()
    for field, column, value in (
        ("name", "name_key", names.name_key(name)),
        ("email", "email", email),
        ("phone", "phone", phone),
    ):
        if value is not None and running.filter(**{column: value}).exists():
            raise errors.AccountConflict(field=field)


def _finish(request: CreationRequest) -> None:
    """Everything that success means, in one change (R-ACC-20); what shows only now fails it (R-ACC-16)."""
    with system_change(request.organization_id) as organization:
        running = organization.creation_requests.running().select_related("destination")
        found = running.filter(pk=request.pk).first()
        if found is None:
            return
        taken = _taken(found)
        if taken is not None:
            _fail(organization, found, taken)
            return
        now = timezone.now()
        account = Account(
            name=found.account_name,
            email=found.email,
            phone=found.phone,
            description=found.description,
            created_at=now,
            is_resource_account=True,
        )
        account.save(force_insert=True)
        unit = found.destination or organization.root
        joined = join(account, unit, join_method=JoinMethod.CREATED, now=now, tags=found.tags)
        account_access_agency(
            account,
            name=found.agency_name,
            management_account_id=organization.management_account_id,
            now=now,
        ).save(force_insert=True)
        found.state, found.account, found.completed_at = CreationState.SUCCEEDED, account, now
        found.save(update_fields=["state", "account", "completed_at"])
        ended = events.of_creation(
            found,
            before={"state": CreationState.IN_PROGRESS.value},
            after={"state": found.state, "account_id": account.pk},
        )
        events.record(Actor.system(), organization, events.Kind.ACCOUNT_CREATED, [joined, ended])


def _taken(request: CreationRequest) -> FailureReason | None:
    """What another account took since the request was made."""
    try:
        require_free_account(name=request.account_name, email=request.email, phone=request.phone)
    except errors.AccountConflict as conflict:
        return {
            "name": FailureReason.NAME_ALREADY_EXISTS,
            "email": FailureReason.EMAIL_ALREADY_EXISTS,
            "phone": FailureReason.PHONE_ALREADY_EXISTS,
        }[str(conflict.facts["field"])]
    return None


def _fail(
    organization: Organization, request: CreationRequest, reason: FailureReason, detail: str = ""
) -> None:
    request.state, request.completed_at = CreationState.FAILED, timezone.now()
    request.failure_reason, request.failure_detail = reason, detail
    request.save(update_fields=["state", "completed_at", "failure_reason", "failure_detail"])
    target = events.of_creation(
        request,
        before={"state": CreationState.IN_PROGRESS.value},
        after={"state": request.state, "failure_reason": request.failure_reason},
    )
    events.record(Actor.system(), organization, events.Kind.ACCOUNT_CREATION_FAILED, [target])
