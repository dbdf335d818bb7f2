"""What hangs where, R-POL-10 to R-POL-12, R-DRY-7."""

from collections.abc import Sequence

from tests.oracle.callers import may_write_at
from tests.oracle.changes import hooked
from tests.oracle.entities import owns_entity, place_of
from tests.oracle.identifiers import ACCOUNT_ID, POLICY_ID, ROOT_ID, UNIT_ID, is_id
from tests.oracle.policies import known_policy
from tests.oracle.state import (
    POLICY_TYPES,
    SCP,
    Caller,
    Organization,
    Outcome,
    Policy,
    Refusal,
    State,
)


def attach_policy(
    state: State,
    caller: Caller,
    *,
    policy_id: object,
    entity_id: object,
    is_dry_run: bool = False,
) -> Outcome:
    """R-PT-7, R-POL-10, R-POL-11, R-DRY-7."""
    found = policy_and_entity(
        state, caller, policy_id, entity_id, act="attach", is_dry_run=is_dry_run
    )
    if isinstance(found, Refusal):
        return found
    organization, policy = found
    if state.switch(organization.id, policy.kind) != "enabled":
        return Refusal("policy_type_not_enabled")
    hanging = state.attached(entity_id, policy.kind)
    if policy.id in hanging:
        return Refusal("policy_already_attached")
    if len(hanging) >= state.limits.per_entity(policy.kind):
        return Refusal("policy_attach_quota_exceeded")
    return hooked(state, entity_id, policy.kind, (*hanging, policy.id))


def detach_policy(
    state: State,
    caller: Caller,
    *,
    policy_id: object,
    entity_id: object,
    is_dry_run: bool = False,
) -> Outcome:
    """R-POL-11, R-POL-12."""
    found = policy_and_entity(
        state, caller, policy_id, entity_id, act="detach", is_dry_run=is_dry_run
    )
    if isinstance(found, Refusal):
        return found
    organization, policy = found
    hanging = state.attached(entity_id, policy.kind)
    if policy.id not in hanging:
        return Refusal("policy_not_attached")
    left = tuple(other for other in hanging if other != policy.id)
    if not left and policy.kind == SCP and state.switch(organization.id, SCP) == "enabled":
        return Refusal("policy_last_scp")
    return hooked(state, entity_id, policy.kind, left)


def set_attachments(
    state: State,
    caller: Caller,
    *,
    entity_id: object,
    policy_type: object,
    policy_ids: Sequence[object],
) -> Outcome:
    """Ours: exactly these, in this order, by the rules of attaching and detaching; all or nothing."""
    about = [entity_id, *policy_ids]
    reach = may_write_at(state, caller, "attach_policy", "policies:attach", about=about)
    if isinstance(reach, Refusal):
        return reach
    organization = reach.organization
    if refusal := bad_attachments(entity_id, policy_type, policy_ids):
        return refusal
    wanted = [known_policy(state, organization, policy_id) for policy_id in policy_ids]
    if not owns_entity(state, organization, entity_id):
        return Refusal("entity_not_found")
    if None in wanted:
        return Refusal("policy_not_found")
    if any(policy.kind != policy_type for policy in wanted):
        return Refusal("invalid_parameter", "policy_ids")
    present, state_of_type = (
        state.attached(entity_id, policy_type),
        state.switch(organization.id, policy_type),
    )
    touched = come_and_gone(present, policy_ids)
    if refusal := reach.beyond(state, place_of(state, entity_id), policies=touched):
        return refusal
    if tuple(policy_ids) == present:
        return state
    if gone := [one for one in present if one not in policy_ids]:
        detached = [entity_id, *gone]
        reach = may_write_at(state, caller, "attach_policy", "policies:detach", about=detached)
        if isinstance(reach, Refusal):
            return reach
    if set(policy_ids) - set(present) and state_of_type != "enabled":
        return Refusal("policy_type_not_enabled")
    if len(policy_ids) > state.limits.per_entity(policy_type):
        return Refusal("policy_attach_quota_exceeded")
    if not policy_ids and policy_type == SCP and state_of_type == "enabled":
        return Refusal("policy_last_scp")
    return hooked(state, entity_id, policy_type, tuple(policy_ids))


def bad_attachments(
    entity_id: object, policy_type: object, policy_ids: Sequence[object]
) -> Refusal | None:
    if policy_type not in POLICY_TYPES:
        return Refusal("invalid_parameter", "policy_type")
    if not is_id(entity_id, ROOT_ID, UNIT_ID, ACCOUNT_ID):
        return Refusal("invalid_parameter", "entity_id")
    if not all(is_id(policy_id, POLICY_ID) for policy_id in policy_ids):
        return Refusal("invalid_parameter", "policy_id")
    if len(set(policy_ids)) != len(policy_ids):
        return Refusal("invalid_parameter", "policy_ids")
    return None


def come_and_gone(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """Ours: and all of them, where those that stay change their order."""
    staying = [one for one in before if one in after]
    if staying != [one for one in after if one in before]:
        return {*before, *after}
    return set(before) ^ set(after)


def policy_and_entity(
    state: State,
    caller: Caller,
    policy_id: object,
    entity_id: object,
    *,
    act: str,
    is_dry_run: bool,
) -> tuple[Organization, Policy] | Refusal:
    action = f"policies:{act}DryRunPolicy" if is_dry_run else f"policies:{act}"
    reach = may_write_at(state, caller, "attach_policy", action, about=[policy_id, entity_id])
    if isinstance(reach, Refusal):
        return reach
    organization = reach.organization
    if not is_id(policy_id, POLICY_ID):
        return Refusal("invalid_parameter", "policy_id")
    if not is_id(entity_id, ROOT_ID, UNIT_ID, ACCOUNT_ID):
        return Refusal("invalid_parameter", "entity_id")
    policy = known_policy(state, organization, policy_id, is_dry_run=is_dry_run)
    if policy is None:
        return Refusal("policy_not_found")
    if not owns_entity(state, organization, entity_id):
        return Refusal("entity_not_found")
    if refusal := reach.beyond(state, place_of(state, entity_id), policies=[policy.id]):
        return refusal
    return organization, policy
