"""Invitations, without model instances: sent ones, received ones, and one of either (R-INV-11)."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.utils import timezone

from orgs import access, errors, identifiers
from orgs.actor import Actor
from orgs.models import Invitation, InvitationState, OrganizationalUnit
from orgs.permissions import Permission
from orgs.queries.paging import Page, Place, after_time, page_size, take
from orgs.queries.units import require_structure


class InvitationRow(NamedTuple):
    """What is told of an invitation; `state` and `updated_at` as the clock says (R-INV-8, R-INV-12)."""

    id: str
    organization_id: str
    organization_name: str
    management_account_id: str
    management_account_name: str
    account_id: str
    account_name: str
    target_type: str
    target: str
    notes: str
    state: str
    created_at: datetime
    expires_at: datetime
    updated_at: datetime | None
    tags: dict[str, str]
    destination_id: str | None
    mailed_at: datetime | None
    resent_at: datetime | None


COLUMNS = (
    "pk",
    "organization_id",
    "organization__name",
    "organization__management_account_id",
    "organization__management_account__name",
    "account_id",
    "account__name",
    "target_type",
    "target",
    "notes",
    "state",
    "created_at",
    "expires_at",
    "updated_at",
    "tags",
    "destination_id",
    "mailed_at",
    "resent_at",
)


def list_sent(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    limit: int | None = None,
    place: Place | None = None,
) -> Page[InvitationRow]:
    """The invitations that the actor's organization has sent, oldest first. One statement.

    Raises:
        NotManagementOrDelegated, InvalidParameter: the limit.

    Contract: ListHandshakes.
    """
    require_structure(permissions)
    return _page(Invitation.objects.filter(organization=actor.organization_id), limit, place)


def list_received(
    *, actor: Actor, limit: int | None = None, place: Place | None = None
) -> Page[InvitationRow]:
    """The invitations to the actor's own account, oldest first. One statement.

    Raises:
        InvalidParameter: the limit.

    Contract: ListReceivedHandshakes.
    """
    return _page(Invitation.objects.filter(account=actor.account_id), limit, place)


def get_invitation(*, actor: Actor, invitation_id: str) -> InvitationRow:
    """One invitation, for the accounts of its organization and for the invited account. One statement.

    Raises:
        InvalidParameter, HandshakeNotFound.

    Contract: ShowHandshake.
    """
    checked = identifiers.INVITATION.require(invitation_id, field="handshake_id")
    mine = Q(account=actor.account_id)
    if actor.organization_id is not None:
        mine |= Q(organization=actor.organization_id)
    found = Invitation.objects.filter(mine, pk=checked).values_list(*COLUMNS).first()
    if actor.account_id is None or found is None:
        raise errors.HandshakeNotFound(invitation_id=checked)
    return _row(found, timezone.now())


def permissions_at_destination(*, actor: Actor, invitation: InvitationRow) -> frozenset[Permission]:
    """What the actor may do where the invited account is to hang, which is the root if nothing else was said.

    Two statements.
    """
    units = OrganizationalUnit.objects.filter(organization=invitation.organization_id)
    here = Q(pk=invitation.destination_id) if invitation.destination_id else Q(parent=None)
    return access.permissions_of(actor, units.get(here))


def organizations_with_overdue() -> list[str]:
    """The live organizations with invitations that ran out and are not written down as expired yet."""
    overdue = Invitation.objects.overdue().filter(organization__deleted_at=None)
    return list(overdue.order_by("organization").values_list("organization", flat=True).distinct())


def _page(
    rows: QuerySet[Invitation], limit: int | None, place: Place | None
) -> Page[InvitationRow]:
    size = page_size(limit)
    ordered = rows.filter(after_time(place, "created_at")).order_by("created_at", "pk")
    found, has_more = take(ordered.values_list(*COLUMNS), size)
    now = timezone.now()
    shown = [_row(row, now) for row in found]
    if not has_more:
        return Page(shown)
    return Page(shown, (shown[-1].created_at.isoformat(), shown[-1].id))


def _row(values: tuple[Any, ...], now: datetime) -> InvitationRow:
    row = InvitationRow(*values)
    if row.state == InvitationState.PENDING and row.expires_at <= now:
        return row._replace(state=InvitationState.EXPIRED.value, updated_at=row.expires_at)
    return row
