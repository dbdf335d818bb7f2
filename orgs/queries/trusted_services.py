"""The services that an organization trusts (R-TS)."""

from datetime import datetime
from typing import NamedTuple

from orgs.actor import Actor
from orgs.models import TrustedService
from orgs.permissions import Permission
from orgs.queries.paging import Page, Place, page_size, take
from orgs.queries.units import require_structure


class TrustedServiceRow(NamedTuple):
    """A service, and since when it is trusted."""

    principal: str
    enabled_at: datetime


def list_trusted_services(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    limit: int | None = None,
    place: Place | None = None,
) -> Page[TrustedServiceRow]:
    """The services that the actor's organization trusts, by principal (R-TS-9). One statement.

    Raises:
        NotManagementOrDelegated, InvalidParameter.

    Contract: ListTrustedServices.
    """
    require_structure(permissions)
    rows = TrustedService.objects.filter(organization=actor.organization_id).order_by("service")
    if place is not None:
        rows = rows.filter(service__gt=place[0])
    found, has_more = take(rows.values_list("service", "enabled_at"), page_size(limit))
    page = [TrustedServiceRow(*row) for row in found]
    return Page(page, (page[-1].principal,) if has_more else None)


def trusted_principals(organization_id: str) -> list[str]:
    """The principals of the services that an organization trusts, sorted."""
    trusted = TrustedService.objects.filter(organization=organization_id).order_by("service")
    return list(trusted.values_list("service", flat=True))
