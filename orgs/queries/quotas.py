"""How much of each there may be, and how much there is (R-QUO)."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Max

from orgs import errors, quotas
from orgs.actor import Actor
from orgs.models import Organization, PolicyType
from orgs.permissions import Permission
from orgs.queries.units import require_structure


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
    """The quotas of the actor's organization (R-QUO-1); as many statements for many accounts as for few.

    Policies of all types are counted together, those on trial not at all (R-DRY-11).

    Raises:
        NotManagementOrDelegated, CallerNotInOrganization.

    Contract: ListQuotas.
    """
    require_structure(permissions)
    organization = Organization.objects.live().filter(pk=actor.organization_id).first()
    if organization is None:
        raise errors.CallerNotInOrganization
    units = organization.units.filter(parent__isnull=False).count()
    policies = organization.policies.enforced().count()
    closings = quotas.closing_budget(organization).in_window
    return [
        Quota(
            name="account",
            quota=quotas.account_quota(organization),
            used=quotas.accounts_used(organization),
            smallest=1,
            largest=int(settings.ACCOUNT_QUOTA_MAX),
        ),
        Quota.fixed("organizational_unit", int(settings.ORGANIZATIONAL_UNIT_QUOTA), units),
        Quota.fixed("policy", int(settings.POLICY_QUOTA) * len(PolicyType), policies),
        Quota.fixed("close_account_count_in_30_days", closings.limit, closings.used),
        Quota.fixed(
            "service_control_policy_per_entity",
            int(settings.SCPS_PER_ENTITY),
            _most_on_an_entity(organization),
        ),
    ]


def _most_on_an_entity(organization: Organization) -> int:
    """How many service control policies hang on the entity that has most of them."""
    attached = organization.attachments.enforced().filter(
        policy__policy_type=PolicyType.SERVICE_CONTROL_POLICY
    )
    by_entity = attached.values("unit", "account").order_by().annotate(number=Count("pk"))
    return by_entity.aggregate(most=Max("number"))["most"] or 0
