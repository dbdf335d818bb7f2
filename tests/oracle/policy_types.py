"""Policy types that are enabled and disabled, R-PT."""

from tests.oracle.callers import may_write
from tests.oracle.changes import arrived, hooked, with_switch
from tests.oracle.entities import entities
from tests.oracle.identifiers import ROOT_ID, is_id
from tests.oracle.state import (
    DRY_RUN,
    POLICY_TYPES,
    SCP,
    Caller,
    Outcome,
    Refusal,
    State,
)


def enable_policy_type(
    state: State, caller: Caller, *, root_id: object, policy_type: object
) -> Outcome:
    """R-PT-1, R-PT-2: it only begins."""
    return switched(state, caller, root_id, policy_type, "enable", of="disabled")


def disable_policy_type(
    state: State, caller: Caller, *, root_id: object, policy_type: object
) -> Outcome:
    """R-PT-1, R-PT-2: it only begins."""
    return switched(state, caller, root_id, policy_type, "disable", of="enabled")


def switched(
    state: State, caller: Caller, root_id: object, policy_type: object, way: str, *, of: str
) -> Outcome:
    """Begin to "enable" what is "disabled", or the other way round."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not is_id(root_id, ROOT_ID):
        return Refusal("invalid_parameter", "root_id")
    if policy_type not in POLICY_TYPES:
        return Refusal("invalid_parameter", "policy_type")
    if root_id != organization.root_id:
        return Refusal("root_not_found")
    present = state.switch(organization.id, policy_type)
    if present == of:
        return with_switch(state, organization.id, policy_type, f"pending_{way}")
    other_way = {"enable": "pending_disable", "disable": "pending_enable"}[way]
    if present == other_way:
        return Refusal("concurrent_modification")
    return Refusal(f"policy_type_already_{way}d")


def finish_switch(state: State, *, organization_id: str, policy_type: str) -> State:
    """R-PT-3, R-PT-5, R-PT-6, R-PT-9."""
    match state.switch(organization_id, policy_type):
        case "pending_enable":
            state = with_switch(state, organization_id, policy_type, "enabled")
            for entity_id in entities(state, organization_id):
                state = arrived(state, organization_id, entity_id, policy_type)
        case "pending_disable":
            state = with_switch(state, organization_id, policy_type, "disabled")
            for entity_id in entities(state, organization_id):
                state = hooked(state, entity_id, policy_type, ())
            if policy_type == SCP:  # R-DRY-8
                state = with_switch(state, organization_id, DRY_RUN, "disabled")
    return state


def fail_switch(state: State, *, organization_id: str, policy_type: str) -> State:
    """Ours, after R-GEN-12: a switch that is given up is where it was, and R-PT-4 holds again."""
    back = {"pending_enable": "disabled", "pending_disable": "enabled"}
    present = state.switch(organization_id, policy_type)
    state = with_switch(state, organization_id, policy_type, back.get(present, present))
    if present == "pending_disable":
        for entity_id in entities(state, organization_id):
            if not state.attached(entity_id, policy_type):
                state = arrived(state, organization_id, entity_id, policy_type)
    return state
