"""Agencies: made and cleaned up with the memberships that mean them (R-ACC-20, R-INV-15, R-ORG-16)."""

from datetime import datetime

from orgs.models import ORGANIZATIONS, Account, Agency, AgencyKind

SERVICE_LINKED_NAME = "ServiceLinkedAgencyForOrganizations"


def service_linked_agency(account: Account, *, now: datetime) -> Agency:
    """The agency through which the Organizations service acts in an account; not saved yet."""
    return Agency(
        account=account,
        kind=AgencyKind.SERVICE_LINKED,
        name=SERVICE_LINKED_NAME,
        service=ORGANIZATIONS,
        created_at=now,
    )


def account_access_agency(
    account: Account, *, name: str, management_account_id: str, now: datetime
) -> Agency:
    """The agency through which the management account enters an account it made; not saved yet."""
    return Agency(
        account=account,
        kind=AgencyKind.ACCOUNT_ACCESS,
        name=name,
        trusted_account_id=management_account_id,
        created_at=now,
    )


def clean_up_service_linked_agencies(account: Account) -> None:
    """Take away what services had in an account that goes; the account-access agency stays (R-ORG-16)."""
    account.agencies.filter(kind=AgencyKind.SERVICE_LINKED).delete()
