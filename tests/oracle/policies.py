"""Policies and their texts, R-POL."""

import json
import re
from dataclasses import replace

from tests.oracle.callers import may_write
from tests.oracle.changes import with_policy, without_policy
from tests.oracle.decisions import tests_fail
from tests.oracle.identifiers import POLICY_ID, is_id
from tests.oracle.state import (
    BUILT_IN,
    FULL_ACCESS,
    POLICY_TYPES,
    SCP,
    TAG_POLICY,
    Caller,
    Organization,
    Outcome,
    Policy,
    Refusal,
    State,
)
from tests.oracle.texts import normal, prints, same_name, tags_are_good

POLICY_NAME = re.compile(r"(?! )[A-Za-z0-9_\-\u4e00-\u9fff ]{1,64}(?<! )\Z")  # R-POL-3


def create_policy(
    state: State,
    caller: Caller,
    *,
    name: object,
    policy_type: object,
    content: object,
    description: object = "",
    tags: object = (),
    is_dry_run: bool = False,
    policy_id: str,
) -> Outcome:
    """R-POL-1 to R-POL-6, R-PT-8, R-GEN-5."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if policy_type not in ((SCP,) if is_dry_run else POLICY_TYPES):
        return Refusal("invalid_parameter", "type")
    if not policy_name_is_good(name):
        return Refusal("invalid_parameter", "name")
    if not policy_description_is_good(description):
        return Refusal("invalid_parameter", "description")
    if not tags_are_good(tags):
        return Refusal("invalid_parameter", "tags")
    if refusal := bad_content(state, policy_type, content):
        return refusal
    policy = Policy(
        policy_id,
        organization.id,
        policy_type,
        name,
        (content,),
        normal(description).strip(" "),
        dict(tags),
        is_dry_run,
    )
    if policy_name_taken(state, policy):
        return Refusal("policy_name_conflict")
    present = [
        one
        for one in state.policies.values()
        if (one.organization_id, one.kind) == (organization.id, policy.kind)
    ]
    if len(present) >= state.limits.policies:
        return Refusal("policy_quota_exceeded")
    if len(tags) > state.limits.tags:
        return Refusal("tag_quota_exceeded")
    return with_policy(state, policy)


def update_policy(
    state: State,
    caller: Caller,
    *,
    policy_id: object,
    name: object = None,
    description: object = None,
    content: object = None,
    version: int | None = None,
    is_dry_run: bool = False,
    reason: str = "",
    tests_bind: bool = True,
) -> Outcome:
    """R-POL-5 to R-POL-8.

    `version` is ours: who saw an older text is told so (P5). So are the tests: one that fails stops a new
    text, unless there is a reason, or the caller knows of no tests, as one of the vendor's API does.
    """
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not is_id(policy_id, POLICY_ID):
        return Refusal("invalid_parameter", "policy_id")
    if not (name is None or policy_name_is_good(name)):
        return Refusal("invalid_parameter", "name")
    if not (description is None or policy_description_is_good(description)):
        return Refusal("invalid_parameter", "description")
    policy = own_policy(state, organization, policy_id, is_dry_run=is_dry_run)
    if isinstance(policy, Refusal):
        return policy
    if content is not None and (refusal := bad_content(state, policy.policy_type, content)):
        return refusal
    if version not in (None, len(policy.texts)):
        return Refusal("policy_changed_meanwhile")
    changed = replace(
        policy,
        name=policy.name if name is None else name,
        description=(policy.description if description is None else normal(description).strip(" ")),
        texts=policy.texts if content in (None, policy.content) else (*policy.texts, content),
    )
    if changed.name != policy.name and policy_name_taken(state, changed):
        return Refusal("policy_name_conflict")
    if tests_bind and not reason and tests_fail(state, policy, changed):
        return Refusal("policy_tests_fail")
    return with_policy(state, changed)


def restore_policy_version(
    state: State,
    caller: Caller,
    *,
    policy_id: object,
    number: int,
    version: int | None = None,
    reason: str = "",
) -> Outcome:
    """Ours: a text of before becomes the newest, unless a test of the policy stops it."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not is_id(policy_id, POLICY_ID):
        return Refusal("invalid_parameter", "policy_id")
    policy = own_policy(state, organization, policy_id)
    if isinstance(policy, Refusal):
        return policy
    if not 1 <= number <= len(policy.texts):
        return Refusal("policy_version_not_found")
    if version not in (None, len(policy.texts)):
        return Refusal("policy_changed_meanwhile")
    text = policy.texts[number - 1]
    if text == policy.content:
        return state
    changed = replace(policy, texts=(*policy.texts, text))
    if not reason and tests_fail(state, policy, changed):
        return Refusal("policy_tests_fail")
    return with_policy(state, changed)


def delete_policy(
    state: State, caller: Caller, *, policy_id: object, is_dry_run: bool = False
) -> Outcome:
    """R-POL-8, R-POL-9."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not is_id(policy_id, POLICY_ID):
        return Refusal("invalid_parameter", "policy_id")
    policy = own_policy(state, organization, policy_id, is_dry_run=is_dry_run)
    if isinstance(policy, Refusal):
        return policy
    if any(policy.id in hanging for hanging in state.attachments.values()):
        return Refusal("policy_in_use")
    return without_policy(state, policy.id)


def known_policy(
    state: State, organization: Organization, policy_id: object, *, is_dry_run: bool = False
) -> Policy | None:
    """A policy that the organization has, built in or its own, of those that bind or those on trial."""
    if policy_id == FULL_ACCESS and not is_dry_run:
        return BUILT_IN
    policy = state.policies.get(policy_id)
    if policy is None or policy.organization_id != organization.id:
        return None
    return policy if policy.is_dry_run == is_dry_run else None


def own_policy(
    state: State, organization: Organization, policy_id: object, *, is_dry_run: bool = False
) -> Policy | Refusal:
    """R-GEN-3, R-DRY-6, R-POL-8."""
    policy = known_policy(state, organization, policy_id, is_dry_run=is_dry_run)
    if policy is None:
        return Refusal("policy_not_found")
    return Refusal("policy_builtin") if policy is BUILT_IN else policy


def policy_name_is_good(name: object) -> bool:
    """R-POL-3."""
    return isinstance(name, str) and bool(POLICY_NAME.match(name))


def policy_description_is_good(description: object) -> bool:
    """R-POL-4."""
    return (
        isinstance(description, str)
        and len(normal(description)) <= 512
        and all(prints(character) for character in normal(description))
    )


def policy_name_taken(state: State, policy: Policy) -> bool:
    """R-POL-3; compared as names of units are (ours)."""
    return any(
        same_name(one.name, policy.name)
        for one in (*state.policies.values(), BUILT_IN)
        if one.id != policy.id
        and one.kind == policy.kind
        and one.organization_id in ("", policy.organization_id)
    )


def bad_content(state: State, policy_type: str, content: object) -> Refusal | None:
    """R-POL-2, R-POL-6."""
    if not isinstance(content, str):
        return Refusal("invalid_parameter", "content")
    if len(content) > state.limits.characters(policy_type):
        return Refusal("policy_content_too_long")
    return None if content_is_good(policy_type, content) else Refusal("policy_content_malformed")


def content_is_good(policy_type: str, content: str) -> bool:
    """Enough of the grammar for what is tried here."""
    try:
        read = json.loads(content)
    except ValueError:
        return False
    if not isinstance(read, dict):
        return False
    if policy_type == TAG_POLICY:
        tags = read.get("tags")
        return set(read) == {"tags"} and isinstance(tags, dict) and bool(tags)
    statements = read.get("Statement")
    return (
        set(read) == {"Version", "Statement"}
        and read["Version"] == "5.0"
        and isinstance(statements, list)
        and all(one.get("Effect") in {"Allow", "Deny"} for one in statements)
    )
