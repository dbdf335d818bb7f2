"""Invitations, which the wire calls handshakes: what an organization sends, and what an account answers."""

from orgs import operations, queries
from orgs.api.endpoint import Call, Caller, endpoint
from orgs.api.shapes.invitations import (
    HandshakeAnswer,
    HandshakesAnswer,
    InviteAccountBody,
    handshake_answer,
    handshakes_answer,
)
from orgs.api.shapes.paging import PageQuery
from orgs.api.shapes.tags import pairs_of
from orgs.permissions import Permission


@endpoint(
    action="organizations:accounts:invite",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    scoped=Permission.INVITE_ACCOUNT,
    body=InviteAccountBody,
)
def invite_account(call: Call, *, body: InviteAccountBody) -> HandshakeAnswer:
    """InviteAccount."""
    invitation = operations.invitations.invite_account(
        actor=call.actor,
        target_type=body.target.type,
        target=body.target.entity,
        notes=body.notes,
        tags=pairs_of(body.tags),
    )
    return _answer(call, invitation.pk)


@endpoint(
    action="organizations:handshakes:accept",
    caller=Caller.INVITED_ACCOUNT,
    writes=True,
)
def accept_handshake(call: Call, handshake_id: str) -> HandshakeAnswer:
    """AcceptHandshake."""
    operations.invitations.accept_invitation(actor=call.actor, invitation_id=handshake_id)
    return _answer(call, handshake_id)


@endpoint(
    action="organizations:handshakes:cancel",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    scoped=Permission.INVITE_ACCOUNT,
)
def cancel_handshake(call: Call, handshake_id: str) -> HandshakeAnswer:
    """CancelHandshake."""
    operations.invitations.cancel_invitation(actor=call.actor, invitation_id=handshake_id)
    return _answer(call, handshake_id)


@endpoint(
    action="organizations:handshakes:decline",
    caller=Caller.INVITED_ACCOUNT,
    writes=True,
)
def decline_handshake(call: Call, handshake_id: str) -> HandshakeAnswer:
    """DeclineHandshake."""
    operations.invitations.decline_invitation(actor=call.actor, invitation_id=handshake_id)
    return _answer(call, handshake_id)


@endpoint(
    action="organizations:handshakes:list",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
    query=PageQuery,
)
def list_handshakes(call: Call, *, query: PageQuery) -> HandshakesAnswer:
    """ListHandshakes."""
    markers = call.markers("handshakes", query)
    page = queries.invitations.list_sent(
        actor=call.actor,
        permissions=call.permissions,
        limit=query.limit,
        place=markers.read(query.marker),
    )
    return handshakes_answer(page, markers.write(page.end))


@endpoint(
    action="organizations:receivedHandshakes:list",
    caller=Caller.ANY_ACCOUNT,
    query=PageQuery,
)
def list_received_handshakes(call: Call, *, query: PageQuery) -> HandshakesAnswer:
    """ListReceivedHandshakes."""
    markers = call.markers(f"received_handshakes/{call.actor.account_id}", query)
    page = queries.invitations.list_received(
        actor=call.actor, limit=query.limit, place=markers.read(query.marker)
    )
    return handshakes_answer(page, markers.write(page.end))


@endpoint(action="organizations:handshakes:get", caller=Caller.ORG_MEMBER_OR_TARGET)
def show_handshake(call: Call, handshake_id: str) -> HandshakeAnswer:
    """ShowHandshake."""
    return _answer(call, handshake_id)


def _answer(call: Call, handshake_id: str) -> HandshakeAnswer:
    invitation = queries.invitations.get_invitation(actor=call.actor, invitation_id=handshake_id)
    return handshake_answer(invitation)
