"""Refusals about attaching and detaching policies."""

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Conflict, QuotaExceeded


class PolicyAlreadyAttached(Conflict):
    """A policy hangs on an entity once (R-POL-11)."""

    message = _("{policy_name} is already attached to {entity_name}.")


class PolicyNotAttached(Conflict):
    """It does not hang there (R-POL-11)."""

    message = _("{policy_name} is not attached to {entity_name}.")


class PolicyAttachQuotaExceeded(QuotaExceeded):
    """The entity has as many policies of the type as it may (R-POL-10)."""

    message = _("{entity_name} may have {limit} policies of this type attached to it.")


class PolicyLastScp(Conflict):
    """While service control policies are on, every entity keeps one (R-POL-12)."""

    message = _(
        "{entity_name} needs at least one service control policy. Attach another one first."
    )
