"""Closing accounts, which nothing undoes (R-CLO)."""

from datetime import datetime

from django.utils import timezone

from orgs import departures, events, hooks
from orgs.actor import Actor
from orgs.models import (
    Account,
    AccountStatus,
    ClosingRequest,
    ClosingState,
    DepartureKind,
    FailureReason,
    Organization,
)
from orgs.operations.change import change, system_change
from orgs.operations.memberships import depart
from orgs.operations.scoped_grants import end_grants_of
from orgs.permissions import Permission


def close_account(*, actor: Actor, account_id: str) -> ClosingRequest:
    """Begin to close an account that the organization created; a job ends it (R-CLO-10, R-CLO-14).

    From now on its users and keys are refused (R-CLO-11).

    Raises:
        InvalidParameter, AccountNotFound.
        CannotCloseManagement, AccountClosing, CannotCloseInvited, CannotCloseUnpaid, CloseQuotaExceeded:
            R-CLO-2 to R-CLO-8.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Contract: CloseAccount.
    """
    with change(actor, Permission.CLOSE_ACCOUNT) as organization:
        account = organization.accounts.select_for_update(no_key=True).find(account_id)
        for obstacle in departures.obstacles_to_closing(account, organization):
            raise obstacle
        request = ClosingRequest.objects.create(
            organization=organization, account=account, created_at=timezone.now()
        )
        target = _set_status(organization, account, AccountStatus.PENDING_CLOSURE)
        events.record(
            actor,
            organization,
            events.Kind.ACCOUNT_CLOSING,
            [target],
            closing_request=request.pk,
        )
        return request


def finish_closing(request_id: int | str) -> None:
    """Have the account's data deleted, and suspend it; or end the closing as failed. Safe to run again.

    The installation's own hook deletes the data, outside of any change (R-CLO-14).
    """
    request = _running(request_id)
    if request is None:
        return
    try:
        hooks.close_account(request)
    except hooks.HookFailure as failure:
        fail_closing(request_id, failure.reason, failure.detail)
        return
    with system_change(request.organization_id) as organization:
        request = _running(request_id)
        if request is None:
            return
        _end(request, ClosingState.SUSPENDED)
        ended = end_grants_of(request.account)
        target = _set_status(organization, request.account, AccountStatus.SUSPENDED)
        events.record(Actor.system(), organization, events.Kind.ACCOUNT_CLOSED, [target, *ended])


def fail_closing(
    request_id: int | str,
    reason: FailureReason = FailureReason.INTERNAL_FAILURE,
    detail: str = "",
) -> None:
    """End a closing as failed: the account is active again, the request keeps the reason (R-CLO)."""
    request = _running(request_id)
    if request is None:
        return
    with system_change(request.organization_id) as organization:
        request = _running(request_id)
        if request is None:
            return
        request.failure_reason, request.failure_detail = reason, detail
        _end(request, ClosingState.FAILED)
        target = _set_status(organization, request.account, AccountStatus.ACTIVE)
        events.record(
            Actor.system(),
            organization,
            events.Kind.ACCOUNT_CLOSING_FAILED,
            [target],
            failure_reason=str(reason),
        )


def purge_account(account_id: str, *, closed_before: datetime) -> bool:
    """Deregister an account that was closed before that time (R-CLO-12). Safe to run again.

    It leaves the organization's lists for good. Its row stays without contacts, so that its id and its
    name are never used again; its users and keys are of no use any more.
    """
    request = (
        ClosingRequest.objects.filter(
            account=account_id, state=ClosingState.SUSPENDED, updated_at__lt=closed_before
        )
        .exclude(account__organization=None)
        .first()
    )
    if request is None:
        return False
    with system_change(request.organization_id) as organization:
        account = organization.accounts.select_for_update(no_key=True).filter(pk=account_id).first()
        if account is None:
            return False
        account.email = account.phone = None
        account.save(update_fields=["email", "phone"])
        target = depart(account, organization, kind=DepartureKind.PURGED, now=timezone.now())
        account.agencies.all().delete()
        events.record(Actor.system(), organization, events.Kind.ACCOUNT_PURGED, [target])
        return True


def _running(request_id: int | str) -> ClosingRequest | None:
    return (
        ClosingRequest.objects.filter(pk=request_id, state=ClosingState.PENDING_CLOSURE)
        .select_related("account")
        .first()
    )


def _end(request: ClosingRequest, state: ClosingState) -> None:
    request.state, request.updated_at = state, timezone.now()
    request.save(update_fields=["state", "updated_at", "failure_reason", "failure_detail"])


def _set_status(
    organization: Organization, account: Account, status: AccountStatus
) -> events.Target:
    before, account.status = account.status, status
    account.save(update_fields=["status"])
    unit = organization.place(account.unit_id)
    return events.of_account(
        account, unit.names, before={"status": before}, after={"status": status.value}
    )
