"""Agencies: made and cleaned up with the memberships that mean them (R-ACC-20, R-INV-15, R-ORG-16).

An account-access agency outlives the membership: by it administrators of the account that it trusts enter
the account, until its own administrators delete it.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from django.contrib.auth.models import Group

from orgs import errors, events, names
from orgs.actor import Actor
from orgs.models import ORGANIZATIONS, Account, Agency, AgencyKind, Organization, Role
from orgs.operations.change import account_change, entry_change
from orgs.operations.grants import settle_grants

KEY_DIGITS = 18
MARK_DIGITS = 12
AGENCIES_PER_INSERT = 2_000


def switch_account(*, actor: Actor, account_id: str) -> Agency:
    """Enter an account as its administrator, by the agency that trusts the actor's own account (R-ACC-22).

    The caller keeps in mind which agency it was; who acts with it is judged again at every change.

    Raises:
        InvalidParameter, SwitchedAway, PermissionDenied, AgencyNotFound, AccountNotActive.
        CallerAccountClosed, ConcurrentModification.
    """
    with entry_change(actor, account_id) as (account, organization, agency):
        # An account that nobody signs in to has no group yet that could carry its rights.
        Group.objects.get_or_create(name=Role.ADMINISTRATOR.group_name(account.pk))
        settle_grants(account)
        target = events.of_account(
            account, _path(account, organization), after={"agency": agency.name}
        )
        events.record(actor, organization or account, events.Kind.ACCOUNT_ENTERED, [target])
        return agency


def switch_back(*, actor: Actor) -> None:
    """Go back from an entered account to the own one.

    Raises:
        EntryEnded: the actor is in none, or was put out of it already.
        ConcurrentModification.
    """
    if not actor.is_switched or actor.account_id is None:
        raise errors.EntryEnded
    with account_change(actor, actor.account_id) as (account, organization):
        target = events.of_account(account, _path(account, organization))
        events.record(actor, organization or account, events.Kind.ACCOUNT_EXITED, [target])


def delete_agency(*, actor: Actor, agency_id: int) -> None:
    """Delete an account-access agency of the actor's account: nobody enters by it any more (R-ORG-16).

    Who is inside by it is put out at its next request.

    Raises:
        PermissionDenied: the actor is no administrator of its account.
        AgencyNotFound: no such agency of the account; those of services go with the membership.
        AgencyInUse: the actor came in by it.
        EntryEnded, CallerAccountClosed, ConcurrentModification.
    """
    if actor.account_id is None:
        raise errors.PermissionDenied(permission=Role.ADMINISTRATOR.label)
    with account_change(actor, actor.account_id) as (account, organization):
        agency = _find(account, agency_id)
        if agency.pk == actor.agency_id:
            raise errors.AgencyInUse(name=agency.name, account_name=account.name)
        target = events.of_agency(
            agency, before={"name": agency.name, "account_id": agency.trusted_account_id}
        )
        agency.delete()
        events.record(actor, organization or account, events.Kind.AGENCY_DELETED, [target])


def _find(account: Account, agency_id: object) -> Agency:
    given = str(agency_id)
    found = None
    # A number that no key can be is not handed to the database.
    if given.isascii() and given.isdecimal() and len(given) <= KEY_DIGITS:
        kept = account.agencies.filter(kind=AgencyKind.ACCOUNT_ACCESS)
        found = kept.filter(pk=int(given)).first()
    if found is None:
        raise errors.AgencyNotFound(id=agency_id)
    return found


def _path(account: Account, organization: Organization | None) -> list[str]:
    if organization is None:
        return []
    return organization.place(account.unit_id).names


def service_linked_agency(
    account: Account, *, now: datetime, service: str = ORGANIZATIONS
) -> Agency:
    """The agency through which a service acts in an account; not saved yet."""
    return Agency(
        account=account,
        kind=AgencyKind.SERVICE_LINKED,
        name=_service_linked_name(service),
        service=service,
        created_at=now,
    )


def let_services_in(accounts: Iterable[Account], services: Iterable[str], *, now: datetime) -> None:
    """Give trusted services their agencies in accounts, where they have none yet (R-TS-3).

    A service that was disabled keeps the agencies that it had, so there may be some (R-TS-6).
    """
    principals = list(services)
    made = (
        service_linked_agency(account, service=service, now=now)
        for account in accounts
        for service in principals
    )
    while part := list(islice(made, AGENCIES_PER_INSERT)):
        Agency.objects.bulk_create(part, ignore_conflicts=True)


def _service_linked_name(service: str) -> str:
    """`ServiceLinkedAgencyForCTS` for `service.CTS`; too long a name ends in a mark."""
    name = names.SERVICE_LINKED_PREFIX + service.removeprefix("service.")
    if len(name) <= names.AGENCY_NAME_LENGTH:
        return name
    mark = hashlib.sha256(service.encode()).hexdigest()[:MARK_DIGITS]
    return f"{name[: names.AGENCY_NAME_LENGTH - MARK_DIGITS - 1]}-{mark}"


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
