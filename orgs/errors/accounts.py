"""Refusals about accounts, and about making them."""

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Conflict, NotFound, QuotaExceeded


class AccountNotFound(NotFound):
    """No such account in the actor's organization."""

    message = _("There is no account {account_id} in your organization.")


class TargetNotFound(AccountNotFound):
    """No account of the installation has the id or the name that an invitation gives (R-INV-2)."""

    message = _("There is no account {account_id} in this installation.")


class AccountConflict(Conflict):
    """Name, e-mail or phone is taken in this installation (R-ACC-6, R-ACC-15)."""

    message = _("Another account already has this {field}.")


class AccountQuotaExceeded(QuotaExceeded):
    """No room for another account (R-QUO-1)."""

    message = _("The organization may hold {limit} accounts; this would make {wanted}.")


class InviterQuotaExceeded(AccountQuotaExceeded):
    """The same for who accepts an invitation, and is not told how large the inviter is (R-INV-14)."""

    message = _(
        "The organization has no room for another account right now. The invitation stays open; tell "
        "them, and accept it once they have made room."
    )


class AccountCreateConcurrency(QuotaExceeded):
    """As many accounts are being created as may be at once (R-ACC-12)."""

    message = _("{limit} accounts are being created already. Wait for one of them to end.")


class CreateAccountStatusNotFound(NotFound):
    """No such request in the actor's organization (R-GEN-13)."""

    message = _("There is no creation request {request_id} in your organization.")
