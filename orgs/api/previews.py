"""What a change would alter, and what would refuse it, before anybody makes it. (ours)"""

from functools import partial

from orgs import queries
from orgs.api.endpoint import Call, Caller, endpoint
from orgs.api.shapes.previews import (
    AccountMovesBody,
    AttachmentBody,
    PreviewAnswer,
    SaveBody,
    UnitMoveBody,
    preview_answer,
)

_preview = partial(
    endpoint,
    action="organizations:policies:preview",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
    is_ours=True,
)


@_preview(body=AccountMovesBody)
def preview_account_moves(call: Call, *, body: AccountMovesBody) -> PreviewAnswer:
    """Moving accounts under another parent."""
    preview = queries.previews.preview_account_moves(
        actor=call.actor,
        permissions=call.permissions,
        account_ids=body.account_ids,
        destination_parent_id=body.destination_parent_id,
    )
    return preview_answer(preview)


@_preview(body=UnitMoveBody)
def preview_unit_move(call: Call, *, body: UnitMoveBody) -> PreviewAnswer:
    """Moving a unit, with all that is below it, under another parent."""
    preview = queries.previews.preview_unit_move(
        actor=call.actor,
        permissions=call.permissions,
        unit_id=body.organizational_unit_id,
        destination_parent_id=body.destination_parent_id,
    )
    return preview_answer(preview)


@_preview(body=AttachmentBody)
def preview_attach(call: Call, *, body: AttachmentBody) -> PreviewAnswer:
    """Attaching a policy to a root, unit or account."""
    preview = queries.previews.preview_attach(
        actor=call.actor,
        permissions=call.permissions,
        policy_id=body.policy_id,
        entity_id=body.entity_id,
    )
    return preview_answer(preview)


@_preview(body=AttachmentBody)
def preview_detach(call: Call, *, body: AttachmentBody) -> PreviewAnswer:
    """Detaching a policy from an entity."""
    preview = queries.previews.preview_detach(
        actor=call.actor,
        permissions=call.permissions,
        policy_id=body.policy_id,
        entity_id=body.entity_id,
    )
    return preview_answer(preview)


@_preview(body=SaveBody)
def preview_save(call: Call, *, body: SaveBody) -> PreviewAnswer:
    """Giving a policy another text, wherever it is attached."""
    preview = queries.previews.preview_save(
        actor=call.actor,
        permissions=call.permissions,
        policy_id=body.policy_id,
        content=body.content,
    )
    return preview_answer(preview)
