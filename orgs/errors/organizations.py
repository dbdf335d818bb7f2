"""Refusals about organizations."""

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Conflict, NotFound


class AccountAlreadyInOrganization(Conflict):
    """An account is in one organization at most (R-ORG-1)."""

    message = _("Account {account_name} already belongs to an organization.")


class AccountNotActive(Conflict):
    """The account is being closed, is closed, or is not eligible (R-ORG-2)."""

    message = _("Account {account_name} is not active.")


class OrganizationNotEmpty(Conflict):
    """It still holds member accounts, units or custom policies (R-ORG-8)."""

    message = _(
        "The organization still holds {accounts} member accounts, {units} organizational units"
        " and {policies} policies."
    )


class OrganizationNotFound(NotFound):
    """No such organization."""

    message = _("There is no organization {organization_id}.")
