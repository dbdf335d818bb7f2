"""Refusals about trusted services."""

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Conflict, NotFound


class ServicePrincipalUnknown(NotFound):
    """The catalogue does not have it (R-TS-2)."""

    message = _("There is no service {service} that could be trusted.")


class TrustedServiceAlreadyEnabled(Conflict):
    """It is trusted already (R-TS-2)."""

    message = _("{service} is enabled already.")


class TrustedServiceNotEnabled(Conflict):
    """It is not trusted, or not even known (R-TS-4, R-DA-1)."""

    message = _("{service} is not enabled as a trusted service.")


class TrustedServiceHasDelegatedAdmin(Conflict):
    """Accounts administer it still (R-TS-5)."""

    message = _("{service} has delegated administrators: {accounts}. Deregister them first.")
