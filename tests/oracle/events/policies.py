"""What events say of policies, their tests, their types and where they hang."""

from dataclasses import replace

from tests.oracle.changes import (
    arrived,
    hooked,
    with_policy,
    with_switch,
    with_tests,
    without_policy,
)
from tests.oracle.decisions import policy_of
from tests.oracle.dry_runs import DRY_RUN_FIELDS
from tests.oracle.events.rows import EventRow, TargetRow, agree, expect, with_facts
from tests.oracle.policy_types import fail_switch, finish_switch
from tests.oracle.state import DRY_RUN, FULL_ACCESS, POLICY_TYPES, Policy, PolicyTest, State


def apply_to_policy(state: State, event: EventRow, target: TargetRow) -> State:
    before, after = target.before, target.after
    if target.entity_id == FULL_ACCESS:
        return state  # that it came or went somewhere, the entity says
    known = state.policies.get(target.entity_id)
    if before is None and after is not None:
        expect(event, known is None, f"{target.entity_id} is there already")
        made = Policy(
            target.entity_id,
            event.organization_id,
            after["type"],
            after["name"],
            (after["content"],),
            after["description"],
            after["tags"],
            "DryRun" in event.kind,
        )
        return with_policy(state, made)
    expect(event, known is not None, f"{target.entity_id} is not there")
    expect(event, known.organization_id == event.organization_id, "it is of another organization")
    agree(event, known, before)
    if after is None:
        hangs = any(known.id in hanging for hanging in state.attachments.values())
        expect(event, not hangs, "it was attached")
        return without_policy(state, known.id)
    if "test" in before or "test" in after:
        return apply_to_policy_tests(state, event, target)
    known = with_facts(known, after, {"name": "name", "description": "description", "tags": "tags"})
    if "content" in after:
        known = replace(known, texts=(*known.texts, after["content"]))
    return with_policy(state, known)


def apply_to_policy_tests(state: State, event: EventRow, target: TargetRow) -> State:
    """One that came, changed or went."""
    tests = list(state.policy_tests)
    before, after = (
        told
        and PolicyTest(
            target.entity_id, told["test"], told["account_id"], told["action"], told["is_allowed"]
        )
        for told in (target.before, target.after)
    )
    if before:
        expect(event, before in tests, "there was no such test")
        tests.remove(before)
    return with_tests(state, [*tests, after] if after else tests)


def apply_to_dry_runs(state: State, event: EventRow, target: TargetRow) -> State:
    """What an event says of dry runs in the root (R-DRY-2)."""
    organization_id = event.organization_id
    if "status" not in target.after:
        return state
    present = state.switch(organization_id, DRY_RUN)
    expect(event, target.before["status"] == present, f"dry runs were {present}")
    fields = {**DRY_RUN_FIELDS, **state.dry_runs.get(organization_id, {})}
    for name in DRY_RUN_FIELDS:
        if name in target.after:
            expect(event, target.before[name] == fields[name], f"{name} was {fields[name]}")
            fields[name] = target.after[name]
    state = with_switch(state, organization_id, DRY_RUN, target.after["status"])
    return replace(state, dry_runs={**state.dry_runs, organization_id: fields})


def apply_to_switches(state: State, event: EventRow, target: TargetRow) -> State:
    """What an event says of policy types in the root, and what comes and goes with them."""
    for policy_type in POLICY_TYPES:
        if policy_type not in target.after:
            continue
        organization_id = event.organization_id
        present = state.switch(organization_id, policy_type)
        expect(event, present == target.before[policy_type], f"{policy_type} was {present}")
        if event.kind in {"finishPolicyTypeEnabling", "finishPolicyTypeDisabling"}:
            before, tried = state.attachments, state.switch(organization_id, DRY_RUN)
            state = finish_switch(state, organization_id=organization_id, policy_type=policy_type)
            moved = sum(map(len, before.values())) - sum(map(len, state.attachments.values()))
            expect(event, abs(moved) == event.details["attachments"], f"{moved} came or went")
            ended = tried != state.switch(organization_id, DRY_RUN)
            expect(event, ended == ("dry_run" in event.details), f"dry runs were {tried}")
        elif event.kind == "failPolicyTypeSwitch":
            state = fail_switch(state, organization_id=organization_id, policy_type=policy_type)
        else:
            after = target.after[policy_type]
            state = with_switch(state, organization_id, policy_type, after)
            if event.kind == "importOrganization":
                state = arrived(state, organization_id, target.entity_id, policy_type)
        expect(
            event,
            state.switch(organization_id, policy_type) == target.after[policy_type],
            f"{policy_type} is {state.switch(organization_id, policy_type)}",
        )
    return state


def imported_attachments(state: State, event: EventRow, target: TargetRow) -> State:
    """What an import says of an entity that has other policies than all have."""
    if event.kind != "importOrganization" or "policies" not in target.after:
        return state
    said = target.after["policies"]
    for kind in POLICY_TYPES:
        of_kind = [one for one in said if policy_of(state, one).kind == kind]
        state = hooked(state, target.entity_id, kind, of_kind)
    return state


def apply_to_attachments(state: State, event: EventRow) -> State:
    """What hangs on the event's first target before and after; its second is what came or went."""
    if event.kind not in ATTACHMENT_EVENTS:
        return state
    entity, *policies = event.targets
    kind = event.details.get("policy_type") or policy_of(state, policies[0].entity_id).kind
    before, after = entity.before["policies"], entity.after["policies"]
    present = state.attached(entity.entity_id, kind)
    expect(event, list(present) == before, f"{present} hung there")
    named = {policy.entity_id for policy in policies}
    expect(event, set(before) ^ set(after) == named, "others came or went")
    expect(
        event,
        all(policy_of(state, policy_id).kind == kind for policy_id in after),
        "of another kind",
    )
    return hooked(state, entity.entity_id, kind, after)


ATTACHMENT_EVENTS = {
    "attachPolicy",
    "detachPolicy",
    "attachDryRunPolicy",
    "detachDryRunPolicy",
    "setPolicyAttachments",
}
