"""Refusals about tags."""

from django.utils.translation import gettext_lazy as _

from orgs.errors.families import Conflict, Invalid, NotFound, QuotaExceeded


class TagResourceNotFound(NotFound):
    """No such resource in the actor's organization (R-GEN-13)."""

    message = _("There is no resource {resource_id} in your organization.")


class TagConflict(Conflict):
    """The resource already has the key (R-TAG-7)."""

    message = _("{resource_name} already has a tag with the key {key}.")


class TagQuotaExceeded(QuotaExceeded):
    """A resource holds twenty tags (R-TAG-1)."""

    message = _("{resource_name} may hold {limit} tags; this would make {wanted}.")


class TagPolicyViolated(Invalid):
    """A tag breaks a tag policy that is enforced on such resources (R-TP-5)."""

    message = _("{resource_name}: {sentence}")
