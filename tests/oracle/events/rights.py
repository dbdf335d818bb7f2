"""What events say of services, of who administers them, and of rights on units."""

from dataclasses import replace
from datetime import datetime

from tests.oracle.changes import held_by, with_grant, without
from tests.oracle.events.rows import EventRow, TargetRow, expect
from tests.oracle.state import Grant, State


def apply_to_service(state: State, event: EventRow, target: TargetRow) -> State:
    key = event.organization_id, target.entity_id
    if target.after is None:
        if event.kind == "deleteOrganization":
            return state  # it went with all the others
        expect(event, state.services.get(key) == frozenset(), "it was not enabled, or is held")
        return held_by(state, *key, None)
    expect(event, key not in state.services, "it was enabled already")
    names = set(target.after.get("accounts", ()))
    held = {one.id for one in state.members(event.organization_id) if one.name in names}
    return held_by(state, *key, frozenset(held))


def apply_to_grant(state: State, event: EventRow, target: TargetRow) -> State:
    known = state.grants.get(target.entity_id)
    told = target.after or target.before
    expires_at = told["expires_at"]
    grant = Grant(
        target.entity_id,
        event.organization_id,
        told["granted_on_id"],
        target.entity_name,
        tuple(told["permissions"]),
        frozenset(told["named_policy_ids"]),
        datetime.fromisoformat(expires_at) if expires_at else None,
    )
    if target.before is None:
        expect(event, known is None, f"{target.entity_id} is there already")
        return with_grant(state, grant)
    expect(event, known is not None, f"{target.entity_id} is not there")
    if target.after is None:
        expect(event, known == grant, f"it was {known}")
        return replace(state, grants=without(state.grants, grant.id))
    for fact, present in (
        ("permissions", list(known.permissions)),
        ("named_policy_ids", sorted(known.policies)),
        ("expires_at", known.expires_at.isoformat() if known.expires_at else ""),
    ):
        expect(event, target.before[fact] == present, f"{fact} was {present}")
    return with_grant(state, grant)


def apply_to_user(state: State, event: EventRow, target: TargetRow) -> State:
    if event.kind != "updateUser" or "is_active" not in target.after:
        return state
    name = {target.entity_name}
    was_disabled = target.entity_name in state.disabled
    expect(event, target.before["is_active"] != was_disabled, "it was so already")
    disabled = state.disabled - name if target.after["is_active"] else state.disabled | name
    return replace(state, disabled=disabled)


GRANT_EVENTS = {"createGrant", "updateGrant", "revokeGrants", "expireGrant"}


def apply_to_delegation(state: State, event: EventRow, target: TargetRow) -> State:
    if target.entity_type != "account":
        return state
    key = event.organization_id, (target.after or target.before)["service_principal"]
    expect(event, key in state.services, "its service is not enabled")
    held = state.services[key]
    if target.after is None:
        expect(event, target.entity_id in held, "it was no delegated administrator")
        return held_by(state, *key, held - {target.entity_id})
    expect(event, target.entity_id not in held, "it was one already")
    return held_by(state, *key, held | {target.entity_id})
