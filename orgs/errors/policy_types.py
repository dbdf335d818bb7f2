"""Refusals about types of policies."""

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Conflict, Invalid, NotFound


class PolicyTypeNotEnabled(Conflict):
    """Only policies of a type that is switched on can be attached (R-PT-7, R-DRY-3, R-DRY-7)."""

    message = _("The type {policy_type} is not switched on.")


class PolicyTypeAlreadyEnabled(Conflict):
    """It is on, or being switched on (R-PT-2)."""

    message = _("The type {policy_type} is on already, or is being switched on.")


class PolicyTypeAlreadyDisabled(Conflict):
    """It is off, or being switched off (R-PT-2)."""

    message = _("The type {policy_type} is off already, or is being switched off.")


class PolicyTypeUnsupported(Invalid):
    """Only tag policies have an effective policy (R-TP-1)."""

    message = _("Only tag policies have an effective policy.")


class EffectivePolicyNotFound(NotFound):
    """No tag policy reaches the account, or the type is off (R-TP-3)."""

    message = _("No tag policy reaches {entity_name}.")
