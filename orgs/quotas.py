"""How many of each there may be, and the one question: is there room."""

from django.conf import settings

from orgs import errors
from orgs.models import Organization

PER_CHANGE = 1_000  # accounts or resources that one change may name


def account_quota(organization: Organization) -> int:
    """How many accounts the organization may hold, the management account included (R-QUO-1)."""
    if organization.account_quota is not None:
        return organization.account_quota
    return int(settings.ACCOUNT_QUOTA)


def unit_quota() -> int:
    """How many organizational units an organization may hold, the root not counted (R-OU-3)."""
    return int(settings.ORGANIZATIONAL_UNIT_QUOTA)


def require_room_for_units(organization: Organization, *, more: int = 1) -> None:
    """Refuse `more` units that would exceed the quota; the root is not counted (R-OU-3).

    Raises:
        OuQuotaExceeded.
    """
    limit = unit_quota()
    present = organization.units.filter(parent__isnull=False).count()
    if present + more > limit:
        raise errors.OuQuotaExceeded(limit=limit)


def require_room_for_tags(resource_name: str, *, wanted: int) -> None:
    """Refuse more tags than a resource may hold (R-TAG-1).

    Raises:
        TagQuotaExceeded.
    """
    limit = int(settings.TAG_QUOTA)
    if wanted > limit:
        raise errors.TagQuotaExceeded(resource_name=resource_name, limit=limit, wanted=wanted)
