"""Policies that bind, where they are attached, and the types that are switched on."""

from http import HTTPStatus

from orgs import operations, queries
from orgs.api.endpoint import Call, Caller, endpoint
from orgs.api.shapes.paging import PageQuery
from orgs.api.shapes.policies import (
    AttachedEntitiesAnswer,
    CreatePolicyBody,
    EffectivePolicyAnswer,
    EffectivePolicyQuery,
    EntityBody,
    PoliciesAnswer,
    PoliciesQuery,
    PolicyAnswer,
    PolicyTypeBody,
    UpdatePolicyBody,
    attached_entities_answer,
    effective_policy_answer,
    policies_answer,
    policy_answer,
)
from orgs.api.shapes.tags import pairs_of
from orgs.api.shapes.units import RootAnswer, root_answer
from orgs.models import Policy
from orgs.permissions import Permission
from orgs.queries.policies import PolicyText, row_of


@endpoint(
    action="organizations:policies:attach",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    scoped=Permission.ATTACH_POLICY,
    body=EntityBody,
)
def attach_policy(call: Call, policy_id: str, *, body: EntityBody) -> None:
    """AttachPolicy."""
    operations.attachments.attach_policy(
        actor=call.actor, policy_id=policy_id, entity_id=body.entity_id
    )


@endpoint(
    action="organizations:policies:create",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    status=HTTPStatus.CREATED,
    body=CreatePolicyBody,
)
def create_policy(call: Call, *, body: CreatePolicyBody) -> PolicyAnswer:
    """CreatePolicy."""
    return created(call, body)


@endpoint(
    action="organizations:policies:delete",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    status=HTTPStatus.NO_CONTENT,
)
def delete_policy(call: Call, policy_id: str) -> None:
    """DeletePolicy."""
    operations.policies.delete_policy(actor=call.actor, policy_id=policy_id)


@endpoint(
    action="organizations:policies:detach",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    scoped=Permission.ATTACH_POLICY,
    body=EntityBody,
)
def detach_policy(call: Call, policy_id: str, *, body: EntityBody) -> None:
    """DetachPolicy."""
    operations.attachments.detach_policy(
        actor=call.actor, policy_id=policy_id, entity_id=body.entity_id
    )


@endpoint(
    action="organizations:policies:disable",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    status=HTTPStatus.ACCEPTED,
    body=PolicyTypeBody,
)
def disable_policy_type(call: Call, *, body: PolicyTypeBody) -> RootAnswer:
    """DisablePolicyType; ListRoots tells when it is done."""
    operations.policy_types.disable_policy_type(
        actor=call.actor, root_id=body.root_id, policy_type=body.policy_type
    )
    return _root(call)


@endpoint(
    action="organizations:policies:enable",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    status=HTTPStatus.ACCEPTED,
    body=PolicyTypeBody,
)
def enable_policy_type(call: Call, *, body: PolicyTypeBody) -> RootAnswer:
    """EnablePolicyType; ListRoots tells when it is done."""
    operations.policy_types.enable_policy_type(
        actor=call.actor, root_id=body.root_id, policy_type=body.policy_type
    )
    return _root(call)


@endpoint(
    action="organizations:attachedEntities:list",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
    query=PageQuery,
)
def list_entities_for_policy(
    call: Call, policy_id: str, *, query: PageQuery
) -> AttachedEntitiesAnswer:
    """ListEntitiesForPolicy."""
    return entities_of(call, policy_id, query)


@endpoint(
    action="organizations:policies:list",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
    query=PoliciesQuery,
)
def list_policies(call: Call, *, query: PoliciesQuery) -> PoliciesAnswer:
    """ListPolicies."""
    return policies_of(call, query)


@endpoint(
    action="organizations:effectivePolicies:get",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
    query=EffectivePolicyQuery,
)
def show_effective_policies(call: Call, *, query: EffectivePolicyQuery) -> EffectivePolicyAnswer:
    """ShowEffectivePolicies."""
    found = queries.policies.get_effective_policy(
        actor=call.actor,
        permissions=call.permissions,
        entity_id=query.entity_id,
        policy_type=query.policy_type,
    )
    return effective_policy_answer(found, entity_id=query.entity_id, policy_type=query.policy_type)


@endpoint(action="organizations:policies:get", caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN)
def show_policy(call: Call, policy_id: str) -> PolicyAnswer:
    """ShowPolicy."""
    found = queries.policies.get_policy(
        actor=call.actor,
        permissions=call.permissions,
        policy_id=policy_id,
        language=call.language,
    )
    return policy_answer(found, call.urn)


@endpoint(
    action="organizations:policies:update",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    body=UpdatePolicyBody,
)
def update_policy(call: Call, policy_id: str, *, body: UpdatePolicyBody) -> PolicyAnswer:
    """UpdatePolicy."""
    policy = operations.policies.update_policy(
        actor=call.actor,
        policy_id=policy_id,
        name=body.name,
        description=body.description,
        content=body.content,
        tests_bind=False,
    )
    return stored(call, policy)


# The two sets of policies, those that bind and those on trial, are answered with in the same way (R-DRY-6).


def created(call: Call, body: CreatePolicyBody, *, is_dry_run: bool = False) -> PolicyAnswer:
    """A new policy of a set."""
    policy = operations.policies.create_policy(
        actor=call.actor,
        name=body.name,
        policy_type=body.type,
        content=body.content,
        description=body.description,
        tags=pairs_of(body.tags),
        is_dry_run=is_dry_run,
    )
    return stored(call, policy)


def policies_of(call: Call, query: PoliciesQuery, *, is_dry_run: bool = False) -> PoliciesAnswer:
    """A page of the policies of a set."""
    markers = call.markers("dry_run_policies" if is_dry_run else "policies", query)
    page = queries.policies.list_policies(
        actor=call.actor,
        permissions=call.permissions,
        attached_entity_id=query.attached_entity_id,
        is_dry_run=is_dry_run,
        language=call.language,
        limit=query.limit,
        place=markers.read(query.marker),
    )
    return policies_answer(page, markers.write(page.end), call.urn)


def entities_of(
    call: Call, policy_id: str, query: PageQuery, *, is_dry_run: bool = False
) -> AttachedEntitiesAnswer:
    """A page of what a policy of a set is attached to."""
    markers = call.markers(f"attached_entities/{policy_id}", query)
    page = queries.policies.list_entities_for_policy(
        actor=call.actor,
        permissions=call.permissions,
        policy_id=policy_id,
        is_dry_run=is_dry_run,
        limit=query.limit,
        place=markers.read(query.marker),
    )
    return attached_entities_answer(page, markers.write(page.end))


def stored(call: Call, policy: Policy) -> PolicyAnswer:
    """A policy as an operation has left it."""
    return policy_answer(PolicyText(row_of(policy), policy.content), call.urn)


def _root(call: Call) -> RootAnswer:
    root = queries.units.get_root(actor=call.actor, permissions=call.permissions)
    return root_answer(root, call.urn)
