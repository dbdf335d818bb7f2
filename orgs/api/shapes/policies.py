"""Policies on the wire, and where they are attached."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from orgs.api.shapes.entities import EntityDto
from orgs.api.shapes.paging import PageInfo, whole_seconds
from orgs.api.shapes.tags import TagDto
from orgs.identifiers import builtin_policy_urn
from orgs.queries.effective_tag_policies import Stored
from orgs.queries.entities import Entity
from orgs.queries.paging import Page
from orgs.queries.policies import PolicyRow, PolicyText

Urn = Callable[[str, str], str]


class PolicySummaryDto(Struct, frozen=True):
    """A policy without its text."""

    is_builtin: bool
    description: str
    id: str
    urn: str
    name: str
    type: str


class PolicyDto(Struct, frozen=True):
    """A policy."""

    content: str
    policy_summary: PolicySummaryDto


class PolicyAnswer(Struct, frozen=True):
    """CreatePolicy, ShowPolicy, UpdatePolicy, and the same of those on trial."""

    policy: PolicyDto


class PoliciesAnswer(Struct, frozen=True):
    """ListPolicies, ListDryRunPolicies."""

    policies: list[PolicySummaryDto]
    page_info: PageInfo


class AttachedEntitiesAnswer(Struct, frozen=True):
    """ListEntitiesForPolicy, ListEntitiesForDryRunPolicy."""

    attached_entities: list[EntityDto]
    page_info: PageInfo


class CreatePolicyBody(Struct, frozen=True):
    """CreatePolicy, CreateDryRunPolicy."""

    content: str
    description: str
    name: str
    type: str
    tags: list[TagDto] | None = None


class UpdatePolicyBody(Struct, frozen=True):
    """UpdatePolicy, UpdateDryRunPolicy."""

    content: str | None = None
    description: str | None = None
    name: str | None = None


class EntityBody(Struct, frozen=True):
    """AttachPolicy, DetachPolicy, and the same of those on trial."""

    entity_id: str


class PolicyTypeBody(Struct, frozen=True):
    """EnablePolicyType, DisablePolicyType."""

    policy_type: str
    root_id: str


class EffectivePolicyAnswer(Struct, frozen=True):
    """ShowEffectivePolicies."""

    last_updated_at: datetime
    policy_content: str
    policy_type: str
    entity_id: str


class EffectivePolicyQuery(Struct, frozen=True):
    """ShowEffectivePolicies."""

    entity_id: str
    policy_type: str


class PoliciesQuery(Struct, frozen=True):
    """ListPolicies, ListDryRunPolicies."""

    attached_entity_id: str | None = None
    limit: int | None = None
    marker: str | None = None


def policy_answer(found: PolicyText, urn: Urn) -> PolicyAnswer:
    """The answer about one policy."""
    return PolicyAnswer(PolicyDto(found.content, _summary(found.policy, urn)))


def policies_answer(page: Page[PolicyRow], next_marker: str | None, urn: Urn) -> PoliciesAnswer:
    """A page of policies."""
    rows = [_summary(policy, urn) for policy in page.rows]
    return PoliciesAnswer(rows, PageInfo(next_marker, len(rows)))


def attached_entities_answer(page: Page[Entity], next_marker: str | None) -> AttachedEntitiesAnswer:
    """A page of what a policy is attached to."""
    rows = [EntityDto(entity.id, entity.name, entity.kind) for entity in page.rows]
    return AttachedEntitiesAnswer(rows, PageInfo(next_marker, len(rows)))


def effective_policy_answer(
    found: Stored, *, entity_id: str, policy_type: str
) -> EffectivePolicyAnswer:
    """The answer about what the policies of a type come to for an account."""
    return EffectivePolicyAnswer(
        last_updated_at=whole_seconds(found.updated_at),
        policy_content=found.content,
        policy_type=policy_type,
        entity_id=entity_id,
    )


def _summary(policy: PolicyRow, urn: Urn) -> PolicySummaryDto:
    return PolicySummaryDto(
        is_builtin=policy.is_builtin,
        description=policy.description,
        id=policy.id,
        urn=builtin_policy_urn(policy.policy_type, policy.id)
        if policy.is_builtin
        else urn("policy", f"{policy.policy_type}/{policy.id}"),
        name=policy.name,
        type=policy.policy_type,
    )
