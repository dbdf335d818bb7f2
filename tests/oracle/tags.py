"""Tags, R-TAG."""

from collections.abc import Mapping, Sequence

from tests.oracle.callers import Reach, may_write_at
from tests.oracle.changes import with_tags
from tests.oracle.entities import owns_account, owns_unit, place_of
from tests.oracle.identifiers import ACCOUNT_ID, POLICY_ID, ROOT_ID, UNIT_ID, is_id
from tests.oracle.state import FULL_ACCESS, Caller, Organization, Outcome, Refusal, State
from tests.oracle.texts import tags_are_good


def tag_resource(state: State, caller: Caller, *, resource_id: object, tags: object) -> Outcome:
    """R-TAG-1 to R-TAG-8. A key that is there is a conflict, and it is asked before the quota."""
    reach = may_write_at(
        state, caller, "tag_resource", "resources:tag", about=[resource_id], tags=tags
    )
    if isinstance(reach, Refusal):
        return reach
    organization = reach.organization
    if not is_id(resource_id, ROOT_ID, UNIT_ID, ACCOUNT_ID, POLICY_ID):
        return Refusal("invalid_parameter", "resource_id")
    if not tags_are_good(tags) or not tags:
        return Refusal("invalid_parameter", "tags")
    if resource_id == FULL_ACCESS:  # R-POL-8
        return Refusal("policy_builtin")
    present = tags_of(state, organization, resource_id)
    if present is None:
        return Refusal("tag_resource_not_found")
    if refusal := beyond_tags(state, reach, resource_id):
        return refusal
    if any(key in present for key, _ in tags):
        return Refusal("tag_conflict")
    if len(present) + len(tags) > state.limits.tags:
        return Refusal("tag_quota_exceeded")
    return with_tags(state, resource_id, {**present, **dict(tags)})


def untag_resource(state: State, caller: Caller, *, resource_id: object, keys: object) -> Outcome:
    """R-TAG-9: keys that are not there are ignored."""
    reach = may_write_at(state, caller, "tag_resource", "resources:untag", about=[resource_id])
    if isinstance(reach, Refusal):
        return reach
    organization = reach.organization
    if not is_id(resource_id, ROOT_ID, UNIT_ID, ACCOUNT_ID, POLICY_ID):
        return Refusal("invalid_parameter", "resource_id")
    if (
        not isinstance(keys, (list, tuple))
        or not 1 <= len(keys) <= 20
        or not all(isinstance(key, str) and 1 <= len(key) <= 128 for key in keys)
    ):
        return Refusal("invalid_parameter", "tag_keys")
    if resource_id == FULL_ACCESS:  # R-POL-8
        return Refusal("policy_builtin")
    present = tags_of(state, organization, resource_id)
    if present is None:
        return Refusal("tag_resource_not_found")
    if refusal := beyond_tags(state, reach, resource_id):
        return refusal
    return with_tags(
        state, resource_id, {key: value for key, value in present.items() if key not in keys}
    )


def update_tags(
    state: State, caller: Caller, *, resource_id: object, tags: object, keys: object
) -> Outcome:
    """What `update_tags_of_resources` does, for one."""
    return update_tags_of_resources(state, caller, resource_ids=[resource_id], tags=tags, keys=keys)


def update_tags_of_resources(
    state: State, caller: Caller, *, resource_ids: Sequence[object], tags: object, keys: object
) -> Outcome:
    """Ours: what is named gets its value, keys to remove go; all resources, or none.

    R-TAG-1, R-TAG-3 to R-TAG-9, R-GEN-5.
    """
    for action in ["resources:tag"] * bool(tags or not keys) + ["resources:untag"] * bool(keys):
        sent = tags if action == "resources:tag" else ()
        reach = may_write_at(state, caller, "tag_resource", action, about=resource_ids, tags=sent)
        if isinstance(reach, Refusal):
            return reach
    organization = reach.organization
    if refusal := bad_tag_change(resource_ids, tags, keys):
        return refusal
    wanted = dict(tags)
    tagged = {given: tags_of(state, organization, given) for given in resource_ids}
    for resource_id, present in tagged.items():
        if resource_id == FULL_ACCESS:  # R-POL-8
            return Refusal("policy_builtin")
        if present is None:
            return Refusal("tag_resource_not_found")
    if refusal := beyond_tags(state, reach, *resource_ids):
        return refusal
    for resource_id, present in tagged.items():
        left = {key: value for key, value in present.items() if key not in keys} | wanted
        if left != present and len(left) > state.limits.tags:
            return Refusal("tag_quota_exceeded")
        state = with_tags(state, resource_id, left)
    return state


def bad_tag_change(
    resource_ids: Sequence[object], tags: object, keys: Sequence[object]
) -> Refusal | None:
    if not all(is_id(given, ROOT_ID, UNIT_ID, ACCOUNT_ID, POLICY_ID) for given in resource_ids):
        return Refusal("invalid_parameter", "resource_id")
    if not resource_ids or len(set(resource_ids)) != len(resource_ids):
        return Refusal("invalid_parameter", "resource_ids")
    if not tags_are_good(tags):
        return Refusal("invalid_parameter", "tags")
    if not tags and not keys:
        return Refusal("invalid_parameter", "tag_keys")
    if len(keys) > 20 or not all(isinstance(key, str) and 1 <= len(key) <= 128 for key in keys):
        return Refusal("invalid_parameter", "tag_keys")
    if any(key in dict(tags) for key in keys):
        return Refusal("invalid_parameter", "removed_keys")
    return None


def beyond_tags(state: State, reach: Reach, *resource_ids: str) -> Refusal | None:
    """Ours: a policy hangs nowhere, so no grant reaches its tags."""
    if reach.grants is None:
        return None
    places = [place_of(state, resource_id) for resource_id in resource_ids]
    return Refusal("outside_grant") if None in places else reach.beyond(state, *places)


def tags_of(
    state: State, organization: Organization, resource_id: object
) -> Mapping[str, str] | None:
    if owns_unit(state, organization, resource_id):
        return state.units[resource_id].tags
    if owns_account(state, organization, resource_id):
        return state.accounts[resource_id].tags
    policy = state.policies.get(resource_id)
    return policy.tags if policy and policy.organization_id == organization.id else None
