"""Invitations on the wire, where they are called handshakes."""

from datetime import datetime

from msgspec import Struct

from orgs.api.shapes.paging import PageInfo, seconds_if_any, whole_seconds
from orgs.api.shapes.tags import TagDto
from orgs.identifiers import urn
from orgs.queries.invitations import InvitationRow
from orgs.queries.paging import Page


class TargetDto(Struct, frozen=True):
    """The invited account, as the invitation names it: by its id or by its name (R-INV-2)."""

    type: str
    entity: str


class HandshakeDto(Struct, frozen=True):
    """An invitation. Organization and management account are the inviting ones, whoever reads it."""

    id: str
    urn: str
    updated_at: datetime | None
    created_at: datetime
    expired_at: datetime
    management_account_id: str
    management_account_name: str
    organization_id: str
    notes: str
    target: TargetDto
    status: str


class HandshakeAnswer(Struct, frozen=True):
    """InviteAccount, AcceptHandshake, CancelHandshake, DeclineHandshake, ShowHandshake."""

    handshake: HandshakeDto


class HandshakesAnswer(Struct, frozen=True):
    """ListHandshakes, ListReceivedHandshakes."""

    handshakes: list[HandshakeDto]
    page_info: PageInfo


class InviteAccountBody(Struct, frozen=True):
    """InviteAccount."""

    target: TargetDto
    notes: str
    tags: list[TagDto] | None = None


def handshake_answer(invitation: InvitationRow) -> HandshakeAnswer:
    """The answer about one invitation."""
    return HandshakeAnswer(_handshake(invitation))


def handshakes_answer(page: Page[InvitationRow], next_marker: str | None) -> HandshakesAnswer:
    """A page of invitations."""
    rows = [_handshake(invitation) for invitation in page.rows]
    return HandshakesAnswer(rows, PageInfo(next_marker, len(rows)))


def _handshake(invitation: InvitationRow) -> HandshakeDto:
    return HandshakeDto(
        id=invitation.id,
        urn=urn(
            "handshake",
            invitation.id,
            management_account_id=invitation.management_account_id,
            organization_id=invitation.organization_id,
        ),
        updated_at=seconds_if_any(invitation.updated_at),
        created_at=whole_seconds(invitation.created_at),
        expired_at=whole_seconds(invitation.expires_at),
        management_account_id=invitation.management_account_id,
        management_account_name=invitation.management_account_name,
        organization_id=invitation.organization_id,
        notes=invitation.notes,
        target=TargetDto(invitation.target_type, invitation.target),
        status=invitation.state,
    )
