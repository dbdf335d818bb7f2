"""Trusted services on the wire."""

from datetime import datetime

from msgspec import Struct

from orgs.api.shapes.paging import PageInfo, whole_seconds
from orgs.queries.paging import Page
from orgs.queries.trusted_services import TrustedServiceRow


class TrustedServiceBody(Struct, frozen=True):
    """EnableTrustedService, DisableTrustedService."""

    service_principal: str


class TrustedServiceDto(Struct, frozen=True):
    """A service, and since when it is trusted."""

    service_principal: str
    enabled_at: datetime


class TrustedServicesAnswer(Struct, frozen=True):
    """ListTrustedServices."""

    trusted_services: list[TrustedServiceDto]
    page_info: PageInfo


def trusted_services_answer(
    page: Page[TrustedServiceRow], next_marker: str | None
) -> TrustedServicesAnswer:
    """A page of trusted services."""
    rows = [TrustedServiceDto(row.principal, whole_seconds(row.enabled_at)) for row in page.rows]
    return TrustedServicesAnswer(rows, PageInfo(next_marker, len(rows)))
