"""Who asks may not, or may not any more."""

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Denied


class PermissionDenied(Denied):
    """A user of the right account whose role does not allow it (R-PERM-1)."""

    message = _("Your role in this account does not allow this: {permission}.")


class OutsideGrant(Denied):
    """The right was granted on units, and the place is neither one of them nor below one. (ours)"""

    message = _("This is outside of what you were granted: {permission}. It holds in {units} only.")


class PolicyOutsideGrant(Denied):
    """The grant names the policies that may be attached and detached, and not this one. (ours)"""

    message = _("Your grant does not name the policy {policy_name}, so it stays as it is there.")


class DeniedByPolicy(Denied):
    """A service control policy of the organization does not let the account's users do it (R-PERM-6)."""

    message = _("The policies of your organization do not let you do this: {action}. {sentence}")


class NotManagementAccount(Denied):
    """Only the management account may do this (R-GEN-1)."""

    message = _("Only the management account may do this: {permission}.")


class NotManagementOrDelegated(Denied):
    """Only the management account and delegated administrators may see this (R-GEN-1)."""

    message = _("Only the management account and delegated administrators may see this.")


class CallerNotInOrganization(Denied):
    """The account is in no organization (R-GEN-2)."""

    message = _("Your account does not belong to an organization.")


class UserDisabled(Denied):
    """The user was disabled, or moved to another account, since it signed in (R9)."""

    message = _("This user is disabled.")


class CallerAccountClosed(Denied):
    """The account is being closed or is closed; its users and keys are refused (R-CLO-11)."""

    message = _("Your account is being closed or is closed.")


class OperatorOnly(Denied):
    """Only the operator of the installation may do this."""

    message = _("Only the operator of this installation may do this.")
