"""Refusals about delegated administrators."""

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Conflict, QuotaExceeded


class DelegatedAdminUnsupported(Conflict):
    """The service knows none (R-DA-1)."""

    message = _("{service} knows no delegated administrators.")


class DelegatedAdminIsManagement(Conflict):
    """The management account administers every service as it is (R-DA-1, R-ORG-6)."""

    message = _("{account_name} is the management account, which needs no delegation.")


class DelegatedAdminExists(Conflict):
    """A pair is registered once (R-DA-2)."""

    message = _("{account_name} is a delegated administrator of {service} already.")


class DelegatedAdminQuotaExceeded(QuotaExceeded):
    """The catalogue limits how many (R-DA-3)."""

    message = _("{service} takes {limit} delegated administrators at most, and has {used}.")


class DelegatedAdminNotFound(Conflict):
    """No such pair, whatever it lacks (R-DA-7)."""

    message = _("{account} is not a delegated administrator of {service}.")
