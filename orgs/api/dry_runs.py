"""Dry runs: how they are set up, and the policies on trial, a set of their own (R-DRY-6)."""

from http import HTTPStatus

from orgs import operations, queries
from orgs.api.endpoint import Call, Caller, endpoint
from orgs.api.policies import created, entities_of, policies_of, stored
from orgs.api.shapes.dry_runs import (
    DryRunConfigAnswer,
    DryRunConfigQuery,
    UpdateDryRunConfigBody,
    dry_run_config_answer,
)
from orgs.api.shapes.paging import PageQuery
from orgs.api.shapes.policies import (
    AttachedEntitiesAnswer,
    CreatePolicyBody,
    EntityBody,
    PoliciesAnswer,
    PoliciesQuery,
    PolicyAnswer,
    UpdatePolicyBody,
    policy_answer,
)
from orgs.permissions import Permission
from orgs.queries.dry_runs import ConfigurationRow


@endpoint(
    action="organizations:policies:getDryRunConfig",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
    query=DryRunConfigQuery,
)
def show_dry_run_config(call: Call, *, query: DryRunConfigQuery) -> DryRunConfigAnswer:
    """ShowDryRunConfig."""
    found = queries.dry_runs.get_dry_run_configuration(
        actor=call.actor,
        permissions=call.permissions,
        root_id=query.root_id,
        policy_type=query.policy_type,
    )
    return dry_run_config_answer(found, root_id=query.root_id, policy_type=query.policy_type)


@endpoint(
    action="organizations:policies:updateDryRunConfig",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    body=UpdateDryRunConfigBody,
)
def update_dry_run_config(call: Call, *, body: UpdateDryRunConfigBody) -> DryRunConfigAnswer:
    """UpdateDryRunConfig; ShowDryRunConfig tells when it is done."""
    configuration = operations.dry_runs.update_dry_run_configuration(
        actor=call.actor,
        root_id=body.root_id,
        policy_type=body.policy_type,
        status=body.status,
        bucket_name=body.bucket_name,
        region_id=body.region_id,
        bucket_prefix=body.bucket_prefix,
        agency_name=body.agency_name,
    )
    found = ConfigurationRow(*(getattr(configuration, name) for name in ConfigurationRow._fields))
    return dry_run_config_answer(found, root_id=body.root_id, policy_type=body.policy_type)


@endpoint(
    action="organizations:policies:attachDryRunPolicy",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    scoped=Permission.ATTACH_POLICY,
    body=EntityBody,
)
def attach_dry_run_policy(call: Call, policy_id: str, *, body: EntityBody) -> None:
    """AttachDryRunPolicy."""
    operations.attachments.attach_policy(
        actor=call.actor, policy_id=policy_id, entity_id=body.entity_id, is_dry_run=True
    )


@endpoint(
    action="organizations:policies:createDryRunPolicy",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    status=HTTPStatus.CREATED,
    body=CreatePolicyBody,
)
def create_dry_run_policy(call: Call, *, body: CreatePolicyBody) -> PolicyAnswer:
    """CreateDryRunPolicy."""
    return created(call, body, is_dry_run=True)


@endpoint(
    action="organizations:policies:deleteDryRunPolicy",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    status=HTTPStatus.NO_CONTENT,
)
def delete_dry_run_policy(call: Call, policy_id: str) -> None:
    """DeleteDryRunPolicy."""
    operations.policies.delete_policy(actor=call.actor, policy_id=policy_id, is_dry_run=True)


@endpoint(
    action="organizations:policies:detachDryRunPolicy",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    scoped=Permission.ATTACH_POLICY,
    body=EntityBody,
)
def detach_dry_run_policy(call: Call, policy_id: str, *, body: EntityBody) -> None:
    """DetachDryRunPolicy."""
    operations.attachments.detach_policy(
        actor=call.actor, policy_id=policy_id, entity_id=body.entity_id, is_dry_run=True
    )


@endpoint(
    action="organizations:policies:listDryRunPolicies",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
    query=PoliciesQuery,
)
def list_dry_run_policies(call: Call, *, query: PoliciesQuery) -> PoliciesAnswer:
    """ListDryRunPolicies."""
    return policies_of(call, query, is_dry_run=True)


@endpoint(
    action="organizations:policies:listEntitiesForDryRunPolicy",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
    query=PageQuery,
)
def list_entities_for_dry_run_policy(
    call: Call, policy_id: str, *, query: PageQuery
) -> AttachedEntitiesAnswer:
    """ListEntitiesForDryRunPolicy."""
    return entities_of(call, policy_id, query, is_dry_run=True)


@endpoint(
    action="organizations:policies:getDryRunPolicy",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
)
def show_dry_run_policy(call: Call, policy_id: str) -> PolicyAnswer:
    """ShowDryRunPolicy."""
    found = queries.policies.get_policy(
        actor=call.actor,
        permissions=call.permissions,
        policy_id=policy_id,
        is_dry_run=True,
    )
    return policy_answer(found, call.urn)


@endpoint(
    action="organizations:policies:updateDryRunPolicy",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    body=UpdatePolicyBody,
)
def update_dry_run_policy(call: Call, policy_id: str, *, body: UpdatePolicyBody) -> PolicyAnswer:
    """UpdateDryRunPolicy."""
    policy = operations.policies.update_policy(
        actor=call.actor,
        policy_id=policy_id,
        name=body.name,
        description=body.description,
        content=body.content,
        is_dry_run=True,
    )
    return stored(call, policy)
