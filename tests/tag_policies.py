"""Tag policies of a test: their text, and an organization in which they bind."""

import json
from collections.abc import Callable, Sequence

from orgs import operations
from orgs.actor import Actor
from orgs.models import OrganizationalUnit, Policy, PolicyType, TagPolicyService
from orgs.policy.inheritance import AttachedTagPolicy, EffectiveTagPolicy, TagLevel, merge
from orgs.policy.snapshot import PolicyType as KnownType
from orgs.policy.snapshot import Snapshot, path_to


def tag_policy_text(
    key: str, *, values: Sequence[str] = (), enforced_for: Sequence[str] = ()
) -> str:
    """A policy that spells a key, and allows it some values where any are given."""
    rule: dict[str, object] = {"tag_key": {"@@assign": key}}
    if values:
        rule["tag_value"] = {"@@assign": list(values)}
    if enforced_for:
        rule["enforced_for"] = {"@@assign": list(enforced_for)}
    return json.dumps({"tags": {key: rule}})


def switch_on(actor: Actor, run_jobs: Callable[[], None], policy_type: PolicyType) -> None:
    root = OrganizationalUnit.objects.get(organization=actor.organization_id, parent=None)
    operations.policy_types.enable_policy_type(
        actor=actor, root_id=root.pk, policy_type=policy_type
    )
    run_jobs()


def attach_tag_policy(actor: Actor, entity_id: str, text: str, name: str = "Tags") -> Policy:
    policy = operations.policies.create_policy(
        actor=actor, name=name, policy_type=PolicyType.TAG_POLICY, content=text
    )
    operations.attachments.attach_policy(actor=actor, policy_id=policy.pk, entity_id=entity_id)
    return policy


def list_own_types(types: Sequence[str]) -> None:
    """The catalogue lists just these of our own resources."""
    TagPolicyService.objects.filter(pk="organizations").update(resource_types=list(types))


def merged_at(snapshot: Snapshot, entity: str) -> EffectiveTagPolicy:
    """What the tag policies on the path to an entity come to, with nothing remembered (R-TP-2)."""
    if KnownType.TAG_POLICY not in snapshot.enabled_types:
        return EffectiveTagPolicy()
    return merge(
        [
            TagLevel(
                one,
                tuple(
                    AttachedTagPolicy(policy, snapshot.tag_policies[policy])
                    for policy in snapshot.attached(one, KnownType.TAG_POLICY)
                ),
            )
            for one in path_to(snapshot, entity)
        ]
    )
