"""How much of each there may be, and how much there is (R-QUO)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q

from orgs import access, quotas
from orgs.actor import Actor
from orgs.events import Kind
from orgs.models import FULL_ACCESS, Attachment, EventTarget, Organization, PolicyType
from orgs.permissions import Permission
from orgs.queries.organizations import live_organization, number_of
from orgs.queries.units import require_structure
from orgs.quotas import Budget

LOOKED_AT = 50  # of the entities with most policies, before all of them are


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
    organization = live_organization(actor)
    counted = Organization.objects.filter(pk=organization.pk).values_list(
        number_of(organization.units.filter(parent__isnull=False)),
        number_of(organization.policies.enforced()),
    )
    units, policies = counted.get()
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


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaChange:
    """When an operator set the account quota, and to what; None was the installation's default."""

    number: int
    at: datetime
    username: str
    before: int | None
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaView:
    """Every limit that an organization meets, how much of it is used, and how its own one was set."""

    quotas: Sequence[Quota]
    invitations: Budget
    removals: Budget
    changes: Sequence[QuotaChange]
    has_own_account_quota: bool
    permissions: frozenset[Permission]


CHANGES_SHOWN = 20


def get_quotas(*, actor: Actor) -> QuotaView:
    """The limits of the actor's organization for a page, with the last changes of its quota.

    As many statements for many accounts as for few.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
    """
    organization = live_organization(actor)
    permissions = access.permissions_of(actor, organization)
    if Permission.VIEW_STRUCTURE not in permissions:
        access.require(actor, Permission.VIEW_STRUCTURE, organization, organization)
    return QuotaView(
        quotas=list_quotas(actor=actor, permissions=permissions),
        invitations=quotas.invitation_budget(organization),
        removals=quotas.removal_budget(organization),
        changes=_changes(organization),
        has_own_account_quota=organization.account_quota is not None,
        permissions=permissions,
    )


def _changes(organization: Organization) -> list[QuotaChange]:
    touched = EventTarget.objects.filter(
        organization=organization,
        entity_id=organization.pk,
        event__kind__in=(Kind.QUOTA_SET, Kind.ORGANIZATION_IMPORTED),
        event__organization=organization,
    )
    rows = touched.order_by("-event").values_list(
        "event__number",
        "event__at",
        "event__actor_username",
        "before",
        "after",
        "event__details",
    )
    return [
        QuotaChange(
            number=number,
            at=at,
            username=username,
            before=(before or {}).get("account_quota"),
            after=quota,
        )
        for number, at, username, before, after, details in rows[:CHANGES_SHOWN]
        if (quota := (details | (after or {})).get("account_quota"))
    ]


def _most_on_an_entity(organization: Organization) -> int:
    """How many service control policies hang on the entity that has most of them.

    FullAccess hangs on nearly every entity, so it is not counted but looked for, where others hang.
    """
    policies = organization.policies.enforced().filter(
        policy_type=PolicyType.SERVICE_CONTROL_POLICY
    )
    others = organization.attachments.filter(policy__in=policies.order_by().values("pk"))
    allowance = Attachment.objects.filter(policy=FULL_ACCESS).order_by()
    counted = others.values("unit", "account").order_by().annotate(number=Count("pk"))
    top = list(counted.order_by("-number").values_list("number", "unit", "account")[:LOOKED_AT])
    if not top:
        return int(allowance.filter(organization=organization).exists())
    most: int = top[0][0]
    fullest = [(unit, account) for number, unit, account in top if number == most]
    among_them = Q(unit__in=[unit for unit, _account in fullest if unit])
    among_them |= Q(account__in=[account for _unit, account in fullest if account])
    has_allowance = allowance.filter(among_them).exists()
    if not has_allowance and len(fullest) == LOOKED_AT:
        beside = [Exists(allowance.filter(**{on: OuterRef(on)})) for on in ("unit", "account")]
        has_allowance = counted.filter(beside[0] | beside[1], number=most).exists()
    return most + int(has_allowance)
