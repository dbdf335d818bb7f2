"""What stands in the way of an account's going: the rules of leaving, removing and closing, one by one.

An operation refuses with the first of them; a page lists them all before anything is asked.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from orgs import errors, hooks, quotas
from orgs.errors import OrgsError
from orgs.models import Account, AccountStatus, JoinMethod, Organization


def obstacles_to_leaving(account: Account, organization: Organization) -> Iterator[OrgsError]:
    """Why the account cannot leave, in the contract's order (R-ORG-12, R-ORG-13, R-ORG-15)."""
    if account.pk == organization.management_account_id:
        yield errors.CannotLeaveManagementOrDelegated(account_name=account.name)
    elif services := delegated_services(account):
        yield errors.DelegatedAdministratorStays(
            account_name=account.name, services=", ".join(services)
        )
    if account.status != AccountStatus.ACTIVE:
        yield errors.AccountNotActive(account_name=account.name)
    if not can_stand_alone(account):
        days = settings.STANDALONE_AGE.days
        yield errors.AccountStandaloneInfoMissing(account_name=account.name, days=days)


def obstacles_to_removing(account: Account, organization: Organization) -> Iterator[OrgsError]:
    """Why the account cannot be removed, in the contract's order (R-ACC-40, R-ACC-41)."""
    yield from obstacles_to_leaving(account, organization)
    budget = quotas.removal_budget(organization)
    if not budget.left:
        yield errors.AccountRemoveRate(
            limit=budget.limit, hours=budget.hours, next_at=in_words(budget.next_at)
        )


def obstacles_to_closing(account: Account, organization: Organization) -> Iterator[OrgsError]:
    """Why the account cannot be closed, in the contract's order (R-CLO-2 to R-CLO-8)."""
    if account.pk == organization.management_account_id:
        yield errors.CannotCloseManagement(account_name=account.name)
    if account.status != AccountStatus.ACTIVE:
        yield errors.AccountClosing(account_name=account.name)
    if not can_be_closed(account):
        yield errors.CannotCloseInvited(account_name=account.name)
    if services := delegated_services(account):
        yield errors.CannotCloseDelegated(account_name=account.name, services=", ".join(services))
    if hooks.has_unpaid_resources(account):
        yield errors.CannotCloseUnpaid(account_name=account.name)
    budget = quotas.closing_budget(organization)
    if budget.is_used_up:
        yield errors.CloseQuotaExceeded(
            limit=budget.in_window.limit,
            used=budget.in_window.used,
            days=budget.in_window.span.days,
            at_once=budget.at_once,
            closing=budget.closing,
            next_at=in_words(budget.in_window.next_at),
        )


def delegated_services(account: Account) -> list[str]:
    """The names of the services that the account is a delegated administrator of, sorted (R-DA-8)."""
    services = account.delegations.order_by("trusted_service__service__name")
    return list(services.values_list("trusted_service__service__name", flat=True))


class Facts(Protocol):
    """What is to be known of an account to tell how it may go; an `Account`, or a row of a list."""

    @property
    def join_method(self) -> str | None:
        """How it came (R-ACC-1)."""

    @property
    def is_resource_account(self) -> bool:
        """Whether it was made without a sign-in of its own (R-ACC-22)."""

    @property
    def is_converted(self) -> bool:
        """Whether it was made a full account (R-ORG-14)."""

    @property
    def created_at(self) -> datetime:
        """Since when there is one."""


def can_be_closed(account: Facts) -> bool:
    """Whether it is of those that are closed: created here, and none of their own yet (R-CLO-2, R-CLO-3)."""
    return account.join_method == JoinMethod.CREATED and not account.is_converted


def can_stand_alone(account: Facts) -> bool:
    """Whether the account could live without an organization (R-ORG-13, R-ORG-14)."""
    if not settings.STANDALONE_TEST:
        return True
    free_from = old_enough_from(account)
    return is_full(account) and (free_from is None or free_from < timezone.now())


def old_enough_from(account: Facts) -> datetime | None:
    """Since when a created account is old enough to stand alone; others always are (R-ORG-13)."""
    if account.join_method != JoinMethod.CREATED:
        return None
    return account.created_at + settings.STANDALONE_AGE


def is_full(account: Facts) -> bool:
    """Whether it is a full account, with a sign-in of its own (R-ACC-22, R-ORG-14)."""
    return account.is_converted or not account.is_resource_account


def in_words(moment: datetime | None) -> str:
    """When a slot is free, in words; without a time, one has to end first."""
    if moment is None:
        return _("as soon as one of them ends")
    return _("at {time} UTC").format(time=f"{moment:%Y-%m-%d %H:%M}")
