"""Quotas that the operator sets."""

from django.conf import settings

from orgs import events
from orgs.actor import Actor
from orgs.errors import InvalidParameter, Reason
from orgs.models import Organization
from orgs.operations.change import operator_change


def set_account_quota(*, actor: Actor, organization_id: str, quota: int) -> Organization:
    """Set how many accounts an organization may hold; below use it only stops growth (R-QUO-3).

    Raises:
        InvalidParameter: less than 1 or more than the installation allows (R-QUO-2).
        OperatorOnly, OrganizationNotFound, ConcurrentModification.
    """
    with operator_change(actor, organization_id) as organization:
        highest = int(settings.ACCOUNT_QUOTA_MAX)
        if not 1 <= quota <= highest:
            raise InvalidParameter(field="quota", reason=Reason.OUT_OF_RANGE, low=1, high=highest)
        before = organization.account_quota
        organization.account_quota = quota
        organization.save(update_fields=["account_quota"])
        target = events.of_organization(
            organization, before={"account_quota": before}, after={"account_quota": quota}
        )
        events.record(actor, organization, events.Kind.QUOTA_SET, [target])
        return organization
