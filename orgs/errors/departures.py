"""Refusals about leaving and removing."""

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Conflict, QuotaExceeded


class CannotLeaveManagementOrDelegated(Conflict):
    """The management account and delegated administrators stay (R-ORG-12, R-ACC-40)."""

    message = _(
        "{account_name} cannot leave: it is the management account or a delegated administrator."
    )


class DelegatedAdministratorStays(CannotLeaveManagementOrDelegated):
    """It holds a service (R-DA-8)."""

    message = _(
        "{account_name} is a delegated administrator of {services}, so it stays. Deregister it first."
    )


class AccountStandaloneInfoMissing(Conflict):
    """The account could not stand alone (R-ORG-13)."""

    message = _(
        "{account_name} cannot stand alone yet. A created account has to be older than {days} days "
        "and to have been made a full account."
    )


class AccountRemoveRate(QuotaExceeded):
    """Enough accounts were moved out lately (R-ACC-41)."""

    message = _(
        "At most {limit} accounts can be removed in {hours} hours. The next one can go {next_at}."
    )
