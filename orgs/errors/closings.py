"""Refusals about closing accounts."""

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Conflict, QuotaExceeded


class CannotCloseManagement(Conflict):
    """The management account is never closed (R-CLO-5)."""

    message = _("{account_name} is the management account, which cannot be closed.")


class CannotCloseDelegated(Conflict):
    """A delegated administrator is not closed (R-CLO-4)."""

    message = _(
        "{account_name} is a delegated administrator of {services}. Deregister it first, then close it."
    )


class CannotCloseInvited(Conflict):
    """Only accounts that the organization made, and that are none of their own yet (R-CLO-2, R-CLO-3)."""

    message = _(
        "{account_name} was invited, or was made a full account; only created accounts can be closed."
    )


class CannotCloseUnpaid(Conflict):
    """The installation says that something is unpaid (R-CLO-6)."""

    message = _("{account_name} has unpaid resources.")


class AccountClosing(Conflict):
    """It is being closed already, or is closed (R-CLO-7)."""

    message = _("{account_name} is being closed or is closed already.")


class CloseQuotaExceeded(QuotaExceeded):
    """Too many closings at once, or in the last 30 days (R-CLO-8)."""

    message = _(
        "Of {limit} closings in {days} days {used} are used, and of {at_once} at once {closing}. "
        "The next one can begin {next_at}."
    )
