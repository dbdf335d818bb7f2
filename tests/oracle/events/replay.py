"""The state that a trail of events describes."""

from collections.abc import Iterable
from dataclasses import replace

from tests.oracle.events.accounts import apply_to_closing, apply_to_creation, apply_to_invitation
from tests.oracle.events.policies import apply_to_attachments, apply_to_policy
from tests.oracle.events.rights import (
    GRANT_EVENTS,
    apply_to_delegation,
    apply_to_grant,
    apply_to_service,
    apply_to_user,
)
from tests.oracle.events.rows import Discrepancy, EventRow, TargetRow
from tests.oracle.events.structure import apply_to_account, apply_to_organization, apply_to_unit
from tests.oracle.state import State


def replay(events: Iterable[EventRow], start: State | None = None) -> State:
    """Apply events in their order. What each says was there before has to be what is there.

    Events of one stream come by number; across streams any order that keeps what happened to one account
    in its order.
    """
    state = start or State()
    for event in events:
        if event.kind == "repairTree":
            continue  # of the index alone; no parent changes
        for target in event.targets:
            state = apply(state, event, target)
        state = apply_to_closing(state, event)
        state = apply_to_attachments(state, event)
        if event.kind == "importOrganization":
            organization = state.organizations[event.organization_id]
            organization = replace(organization, account_quota=event.details["account_quota"])
            organizations = {**state.organizations, organization.id: organization}
            state = replace(state, organizations=organizations)
    return state


def apply(state: State, event: EventRow, target: TargetRow) -> State:
    """The state after one target of one event."""
    if event.kind in ("registerDelegatedAdministrator", "deregisterDelegatedAdministrator"):
        return apply_to_delegation(state, event, target)
    if event.kind in GRANT_EVENTS and target.entity_type != "grant":
        return state  # it says where, or of which policies
    match target.entity_type:
        case "grant":
            return apply_to_grant(state, event, target)
        case "trusted_service":
            return apply_to_service(state, event, target)
        case "organization":
            return apply_to_organization(state, event, target)
        case "root" | "organizational_unit":
            return apply_to_unit(state, event, target)
        case "account":
            return apply_to_account(state, event, target)
        case "user":
            return apply_to_user(state, event, target)
        case "policy":
            return apply_to_policy(state, event, target)
        case "handshake":
            return apply_to_invitation(state, event, target)
        case "account_status":
            return apply_to_creation(state, event, target)
        case other:
            raise Discrepancy(f"{event}: nothing is known of {other}")
