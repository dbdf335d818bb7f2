"""What stands in the way of an account's going, and what it means: told before anything is asked."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from orgs import departures, quotas
from orgs.actor import Actor
from orgs.errors import AccountNotFound, OrgsError
from orgs.models import (
    AccessKey,
    Account,
    AgencyKind,
    JoinMethod,
    Organization,
)
from orgs.permissions import Permission
from orgs.queries.sight import ACCOUNT_WITH_PATH, judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An account, and what an ending of its membership would touch."""

    organization: Organization
    permissions: frozenset[Permission]
    account: Account
    obstacles: tuple[OrgsError, ...]
    tags: int
    service_agencies: tuple[str, ...]
    entry: str  # the agency through which the management account enters it, where there is one
    users: int
    access_keys: int

    @property
    def is_full(self) -> bool:
        """Whether it has a sign-in of its own (R-ORG-13, R-ORG-14)."""
        return departures.is_full(self.account)

    @property
    def is_created(self) -> bool:
        """Whether the organization made it (R-ACC-1)."""
        return self.account.join_method == JoinMethod.CREATED

    @property
    def old_enough_at(self) -> datetime | None:
        """When a created account may stand alone by its age; None where it may now (R-ORG-13)."""
        at = self.account.created_at + settings.STANDALONE_AGE
        return at if self.is_created and at > timezone.now() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """Removing an account, before it is done."""

    standing: Standing
    budget: quotas.Budget


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Closing an account, before it is done."""

    standing: Standing
    budget: quotas.ClosingBudget
    listed_for: timedelta


def get_removal(*, actor: Actor, account_id: str) -> Removal:
    """What stands in the way of removing an account, what it means, and how many may still go.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        AccountNotFound: not in the actor's organization (R-GEN-3).

    Rules: R-ACC-40 to R-ACC-42, R-ORG-12 to R-ORG-16.
    """
    organization, permissions, account = _find(actor, account_id)
    return Removal(
        standing=_standing(
            organization,
            permissions,
            account,
            tuple(departures.obstacles_to_removing(account, organization)),
        ),
        budget=quotas.removal_budget(organization),
    )


def get_closing(*, actor: Actor, account_id: str) -> Closing:
    """What stands in the way of closing an account, what it means, and how many may still be closed.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        AccountNotFound: not in the actor's organization (R-GEN-3).

    Rules: R-CLO-2 to R-CLO-12.
    """
    organization, permissions, account = _find(actor, account_id)
    return Closing(
        standing=_standing(
            organization,
            permissions,
            account,
            tuple(departures.obstacles_to_closing(account, organization)),
        ),
        budget=quotas.closing_budget(organization),
        listed_for=settings.CLOSED_ACCOUNTS_LISTED,
    )


def _find(actor: Actor, account_id: str) -> tuple[Organization, frozenset[Permission], Account]:
    accounts = Account.objects.filter(organization=actor.organization_id, pk=account_id)
    account = accounts.select_related(*ACCOUNT_WITH_PATH).first()
    organization, permissions = judge(actor, account)
    if account is None:
        raise AccountNotFound(account_id=account_id)
    return organization, permissions, account


def _standing(
    organization: Organization,
    permissions: frozenset[Permission],
    account: Account,
    obstacles: tuple[OrgsError, ...],
) -> Standing:
    agencies = list(account.agencies.order_by("name"))
    entries = [
        agency.name
        for agency in agencies
        if agency.kind == AgencyKind.ACCOUNT_ACCESS
        and agency.trusted_account_id == organization.management_account_id
    ]
    return Standing(
        organization=organization,
        permissions=permissions,
        account=account,
        obstacles=obstacles,
        tags=account.tags.count(),
        service_agencies=tuple(
            agency.name for agency in agencies if agency.kind == AgencyKind.SERVICE_LINKED
        ),
        entry=entries[0] if entries else "",
        users=account.users.filter(is_active=True).count(),
        access_keys=AccessKey.objects.filter(user__account=account, is_active=True).count(),
    )
