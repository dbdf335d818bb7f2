"""What events say of accounts that come and of those that are closed."""

from dataclasses import replace

from tests.oracle.changes import with_closing, with_creation, with_invitation
from tests.oracle.events.rows import STATE_FIELDS, EventRow, TargetRow, agree, expect, with_facts
from tests.oracle.state import Closing, Creation, Invitation, State


def apply_to_invitation(state: State, event: EventRow, target: TargetRow) -> State:
    before, after = target.before, target.after
    known = state.invitations.get(target.entity_id)
    if before is None and after is not None:
        expect(event, known is None, f"{target.entity_id} is there already")
        sent = Invitation(
            target.entity_id,
            event.organization_id,
            after["account_id"],
            after["state"],
            after["tags"],
            after.get("parent_id", ""),
        )
        expect(event, not state.accounts[sent.account_id].organization_id, "it was a member")
        return with_invitation(state, sent)
    expect(event, known is not None, f"{target.entity_id} is not there")
    expect(event, known.organization_id == event.organization_id, "it is of another organization")
    expect(event, known.state == "pending", "it had ended")
    if after is None:  # mailed once more
        return state
    agree(event, known, before)
    return with_invitation(state, with_facts(known, after, STATE_FIELDS))


def apply_to_creation(state: State, event: EventRow, target: TargetRow) -> State:
    before, after = target.before, target.after
    known = state.creations.get(target.entity_id)
    if before is None:
        expect(event, known is None, f"{target.entity_id} is there already")
        asked = Creation(
            target.entity_id,
            event.organization_id,
            after["name"],
            after["state"],
            after["tags"],
            after.get("parent_id", ""),
        )
        return with_creation(state, asked)
    expect(event, known is not None, f"{target.entity_id} is not there")
    expect(event, known.organization_id == event.organization_id, "it is of another organization")
    expect(event, known.state == "in_progress", "it had ended")
    agree(event, known, before)
    return with_creation(state, with_facts(known, after, STATE_FIELDS))


def apply_to_closing(state: State, event: EventRow) -> State:
    """A closing is told of by what happens to its account, which the event's first target is."""
    if event.kind == "closeAccount":
        account_id = event.targets[0].entity_id
        request_id = str(event.details["closing_request"])
        expect(event, request_id not in state.closings, "it was begun already")
        return with_closing(state, Closing(request_id, event.organization_id, account_id))
    if event.kind not in {"suspendAccount", "failAccountClosing"}:
        return state
    (running,) = [
        one
        for one in state.closings.values()
        if one.account_id == event.targets[0].entity_id and one.state == "pending_closure"
    ]
    if event.kind == "suspendAccount":
        return with_closing(state, replace(running, state="suspended"))
    reason = event.details["failure_reason"]
    return with_closing(state, replace(running, state="failed", failure_reason=reason))
