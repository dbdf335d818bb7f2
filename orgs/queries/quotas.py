"""How much of each there may be, and how much there is (R-QUO)."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q

from orgs import errors, quotas
from orgs.actor import Actor
from orgs.models import Account, AccountStatus, Organization
from orgs.permissions import Permission
from orgs.queries.units import require_structure

POLICY_QUOTA = 2_000  # SCPs and tag policies together (R-QUO-1)
POLICIES_PER_ENTITY = 5
FEWEST_CLOSINGS, MOST_CLOSINGS = 10, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """One row: the quota and its use, and between what it may be set."""

    name: str
    quota: int
    used: int
    smallest: int
    largest: int

    @classmethod
    def fixed(cls, name: str, quota: int, used: int) -> "Quota":
        """A quota that nobody can set (R-QUO-2)."""
        return cls(name=name, quota=quota, used=used, smallest=quota, largest=quota)


def list_quotas(*, actor: Actor, permissions: frozenset[Permission]) -> list[Quota]:
    """The quotas of the actor's organization (R-QUO-1). Three statements.

    Policies and closings are not there yet, so none is used.

    Raises:
        NotManagementOrDelegated, CallerNotInOrganization.

    Contract: ListQuotas.
    """
    require_structure(permissions)
    organization = Organization.objects.live().filter(pk=actor.organization_id).first()
    if organization is None:
        raise errors.CallerNotInOrganization
    of_the_management = Q(pk=organization.management_account_id)
    accounts = Account.objects.filter(organization=organization).aggregate(
        all=Count("pk"),
        active_members=Count("pk", filter=Q(status=AccountStatus.ACTIVE) & ~of_the_management),
    )
    units = organization.units.filter(parent__isnull=False).count()
    closings = min(max(FEWEST_CLOSINGS, accounts["active_members"] // 10), MOST_CLOSINGS)
    return [
        Quota(
            name="account",
            quota=quotas.account_quota(organization),
            used=accounts["all"],
            smallest=1,
            largest=int(settings.ACCOUNT_QUOTA_MAX),
        ),
        Quota.fixed("organizational_unit", int(settings.ORGANIZATIONAL_UNIT_QUOTA), units),
        Quota.fixed("policy", POLICY_QUOTA, 0),
        Quota.fixed("close_account_count_in_30_days", closings, 0),
        Quota.fixed("service_control_policy_per_entity", POLICIES_PER_ENTITY, 0),
    ]
