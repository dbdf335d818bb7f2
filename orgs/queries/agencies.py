"""Agencies: who may come into the actor's account, and which accounts the actor may enter."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from orgs import access, errors, identifiers
from orgs.actor import Actor
from orgs.models import Account, AccountStatus, Agency, AgencyKind


class AgencyRow(NamedTuple):
    """A way into the actor's account: of a service, or of another account."""

    id: int
    name: str
    kind: str
    service: str
    trusted_account_id: str | None
    trusted_account_name: str | None
    created_at: datetime

    @property
    def is_account_access(self) -> bool:
        """Whether people of another account come in by it."""
        return self.kind == AgencyKind.ACCOUNT_ACCESS


class WayIn(NamedTuple):
    """An account that the actor's account may enter, and the agency that lets it in."""

    account_id: str
    account_name: str
    status: str
    organization_id: str | None
    agency_id: int
    agency_name: str

    @property
    def is_open(self) -> bool:
        """Whether it can be entered; one that is being closed or is closed cannot."""
        return self.status == AccountStatus.ACTIVE


WAY_IN = (
    "account_id",
    "account__name",
    "account__status",
    "account__organization_id",
    "pk",
    "name",
)


def list_agencies(*, actor: Actor) -> Sequence[AgencyRow]:
    """Who may come into the actor's account: other accounts first, then services. One statement."""
    columns = ("pk", "name", "kind", "service", "trusted_account_id", "trusted_account__name")
    rows = Agency.objects.filter(account=actor.account_id).order_by("kind", "name")
    return [AgencyRow(*row) for row in rows.values_list(*columns, "created_at")]


def get_agency(*, actor: Actor, agency_id: int) -> AgencyRow:
    """An account-access agency of the actor's account. One statement.

    Raises:
        AgencyNotFound.
    """
    own = list_agencies(actor=actor)
    found = next((row for row in own if row.id == agency_id and row.is_account_access), None)
    if found is None:
        raise errors.AgencyNotFound(id=agency_id)
    return found


def list_former_accounts(*, actor: Actor) -> Sequence[WayIn]:
    """Accounts that the actor's account made, and may still enter although they left (R-ORG-16).

    One statement.
    """
    trusting = Agency.objects.filter(
        kind=AgencyKind.ACCOUNT_ACCESS, trusted_account=actor.account_id
    )
    if actor.organization_id is not None:
        trusting = trusting.exclude(account__organization=actor.organization_id)
    return [WayIn(*row) for row in trusting.order_by("account__name_key").values_list(*WAY_IN)]


def get_way_in(*, actor: Actor, account_id: str) -> WayIn:
    """The account and the agency by which the actor's account may enter it. One statement.

    Raises:
        AgencyNotFound: there is none, whether or not there is such an account.
    """
    row = None
    if identifiers.ACCOUNT.fits(account_id):
        trusting = Agency.objects.filter(
            kind=AgencyKind.ACCOUNT_ACCESS, account=account_id, trusted_account=actor.account_id
        )
        row = trusting.values_list(*WAY_IN).first()
    if row is None:
        raise errors.AgencyNotFound(id=account_id)
    return WayIn(*row)


def get_entered_account(*, actor: Actor) -> Account | None:
    """The account that a switched actor is in, with its organization; None once its way in is closed.

    One statement.
    """
    held = access.entry_of(actor).select_related("account__organization").first()
    return held.account if held is not None else None
