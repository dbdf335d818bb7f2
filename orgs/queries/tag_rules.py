"""What the tag policies of an organization ask of its own root, units, accounts and policies."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Q

from orgs.models import (
    Account,
    Attachment,
    Organization,
    OrganizationalUnit,
    Policy,
    PolicyType,
    RootPolicyType,
    SwitchState,
    TagPolicyService,
)
from orgs.policy.compliance import Requirements, requirements_of
from orgs.policy.inheritance import AttachedTagPolicy, TagLevel, merge
from orgs.policy.tag_document import load_tag_policy
from orgs.queries.tags import Kind

OWN_SERVICE = "organizations"
# What a tag policy calls our own resources, as the catalogue has it. The query by tags says them in the
# plural (R-TQ-1), but a policy that did would be refused as one of an unknown type.
RESOURCE_TYPES = {
    Kind.ROOT: "organizations:root",
    Kind.UNIT: "organizations:ou",
    Kind.ACCOUNT: "organizations:account",
    Kind.POLICY: "organizations:policy",
}

Taggable = OrganizationalUnit | Account | Policy


def kind_of(resource: Taggable) -> Kind:
    """What kind of resource it is."""
    if isinstance(resource, Account):
        return Kind.ACCOUNT
    if isinstance(resource, Policy):
        return Kind.POLICY
    return Kind.ROOT if resource.is_root else Kind.UNIT


def enforceable_types() -> frozenset[str]:
    """Those of our own resource types that the catalogue lists. A statement.

    Only for these a tag call is refused; the others are judged and nothing more.
    """
    types = TagPolicyService.objects.filter(pk=OWN_SERVICE).values_list("resource_types", flat=True)
    return frozenset(f"{OWN_SERVICE}:{name}" for names in types for name in names)


def requirements_on(
    organization: Organization, paths: Mapping[str, Sequence[str]]
) -> dict[str, Requirements]:
    """What binds each resource, by its id. `paths` leads from the root to it, in ids of entities.

    One statement, however many resources there are; whether tag policies are on, the caller has asked
    (`is_on`, R-TP-3). What is attached in the same places is merged once.

    Rules: R-TP-2.
    """
    levels = _levels(organization, {entity for path in paths.values() for entity in path})
    merged: dict[tuple[str, ...], Requirements] = {}
    bound = {}
    for resource_id, path in paths.items():
        binding = tuple(entity for entity in path if entity in levels)
        if binding not in merged:
            merged[binding] = requirements_of(merge([levels[entity] for entity in binding]))
        bound[resource_id] = merged[binding]
    return bound


def is_on(organization: Organization) -> bool:
    """Whether tag policies are on. A statement."""
    return RootPolicyType.objects.filter(
        organization=organization, policy_type=PolicyType.TAG_POLICY, state=SwitchState.ENABLED
    ).exists()


def paths_of(
    organization: Organization, resources: Iterable[Taggable]
) -> dict[str, tuple[str, ...]]:
    """The entities above each resource and it itself; they come with their units and what is above.

    A policy hangs nowhere in the tree: it belongs to the management account, and is judged as that is.
    """
    paths = {}
    for resource in resources:
        if isinstance(resource, Policy):
            continue
        unit = resource.unit if isinstance(resource, Account) else resource
        above = tuple(step.pk for step in unit.path) if unit else ()
        paths[resource.pk] = (*above, resource.pk) if isinstance(resource, Account) else above
    policies = [resource.pk for resource in resources if isinstance(resource, Policy)]
    if policies:
        manager = organization.accounts.with_path().get(pk=organization.management_account_id)
        (path,) = paths_of(organization, [manager]).values()
        paths |= dict.fromkeys(policies, path)
    return paths


def _levels(organization: Organization, entities: set[str]) -> dict[str, TagLevel]:
    """The tag policies on each of the entities, in the order of attachment; those without are left out."""
    rows = (
        Attachment.objects.enforced()
        .filter(
            Q(unit__in=entities) | Q(account__in=entities),
            organization=organization,
            policy__policy_type=PolicyType.TAG_POLICY,
        )
        .order_by("place", "pk")
        .values_list("unit_id", "account_id", "policy_id", "policy__content")
    )
    attached: dict[str, list[AttachedTagPolicy]] = defaultdict(list)
    for unit_id, account_id, policy_id, content in rows:
        document = load_tag_policy(content)
        attached[unit_id or account_id].append(AttachedTagPolicy(policy_id, document))
    return {entity: TagLevel(entity, tuple(policies)) for entity, policies in attached.items()}
