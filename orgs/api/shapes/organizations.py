"""An organization on the wire."""

from datetime import datetime

from msgspec import Struct

from orgs.api.shapes.paging import whole_seconds
from orgs.identifiers import urn
from orgs.models import Organization


class OrganizationDto(Struct, frozen=True):
    """What every account of the organization may know of it."""

    id: str
    urn: str
    management_account_id: str
    management_account_name: str
    created_at: datetime


class OrganizationAnswer(Struct, frozen=True):
    """CreateOrganization, ShowOrganization."""

    organization: OrganizationDto


def organization_answer(organization: Organization) -> OrganizationAnswer:
    """The answer about an organization."""
    account = organization.management_account
    return OrganizationAnswer(
        OrganizationDto(
            id=organization.pk,
            urn=urn(
                "organization",
                organization.pk,
                management_account_id=account.pk,
                organization_id=organization.pk,
            ),
            management_account_id=account.pk,
            management_account_name=account.name,
            created_at=whole_seconds(organization.created_at),
        )
    )
