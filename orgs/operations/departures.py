"""Leaving an organization, and being removed from it."""

from django.utils import timezone

from orgs import departures, errors, events
from orgs.actor import Actor
from orgs.models import Account, DepartureKind, Role
from orgs.operations.change import account_change, change
from orgs.operations.memberships import depart
from orgs.operations.scoped_grants import end_grants_of
from orgs.permissions import Permission
from orgs.queries.own_calls import Action, OwnCall
from orgs.queries.own_decisions import require_own_call


def leave_organization(*, actor: Actor) -> None:
    """Take the actor's own account out of its organization; it stands alone afterwards (R-ORG-12 to 18).

    Raises:
        PermissionDenied: the actor is no administrator of its account.
        DeniedByPolicy: a service control policy does not let its users leave (R-PERM-6).
        CallerNotInOrganization.
        CannotLeaveManagementOrDelegated, AccountNotActive, AccountStandaloneInfoMissing.
        UserDisabled, CallerAccountClosed, ConcurrentModification.

    Contract: LeaveOrganization.
    """
    if actor.account_id is None:
        raise errors.PermissionDenied(permission=Role.ADMINISTRATOR.label)
    with account_change(actor, actor.account_id) as (account, organization):
        if organization is None:
            raise errors.CallerNotInOrganization
        require_own_call(
            actor=actor,
            management_account_id=organization.management_account_id,
            policy_version=organization.policy_version,
            call=OwnCall(Action.LEAVE),
        )
        for obstacle in departures.obstacles_to_leaving(account, organization):
            raise obstacle
        ended = end_grants_of(account)
        target = depart(account, organization, kind=DepartureKind.LEFT, now=timezone.now())
        events.record(actor, organization, events.Kind.ORGANIZATION_LEFT, [target, *ended])


def remove_account(*, actor: Actor, account_id: str) -> Account:
    """Take a member out of the organization; it stands alone afterwards (R-ACC-40 to R-ACC-42).

    Raises:
        InvalidParameter, AccountNotFound.
        CannotLeaveManagementOrDelegated, AccountNotActive, AccountStandaloneInfoMissing, AccountRemoveRate.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Contract: RemoveAccount.
    """
    with change(actor, Permission.REMOVE_ACCOUNT) as organization:
        account = organization.accounts.select_for_update(no_key=True).find(account_id)
        for obstacle in departures.obstacles_to_removing(account, organization):
            raise obstacle
        ended = end_grants_of(account)
        target = depart(account, organization, kind=DepartureKind.REMOVED, now=timezone.now())
        events.record(actor, organization, events.Kind.ACCOUNT_REMOVED, [target, *ended])
        return account
