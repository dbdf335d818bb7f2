"""A whole organization as the engine sees it: tree, policies, attachments, at one version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from orgs.policy.evaluation import AttachedPolicy, Position, make_level, make_position
from orgs.policy.statements import ServiceControlPolicy
from orgs.policy.tag_document import TagPolicy


class PolicyType(StrEnum):
    """What kinds of policies can be attached."""

    SERVICE_CONTROL_POLICY = "service_control_policy"
    TAG_POLICY = "tag_policy"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An organization at one version.

    `unit_parents` and `account_parents` lead from a unit or account to what it
    hangs under. `attachments` lists policies of both types in attachment order.
    `ungoverned_services` are named in lower case.
    """

    management_account: str
    root: str
    unit_parents: Mapping[str, str] = field(default_factory=dict)
    account_parents: Mapping[str, str] = field(default_factory=dict)
    service_control_policies: Mapping[str, ServiceControlPolicy] = field(default_factory=dict)
    tag_policies: Mapping[str, TagPolicy] = field(default_factory=dict)
    builtin_policies: frozenset[str] = frozenset()
    attachments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    enabled_types: frozenset[PolicyType] = frozenset(PolicyType)
    ungoverned_services: frozenset[str] = frozenset()

    def has_entity(self, entity: str) -> bool:
        """Whether it is the root, a unit or an account of this organization."""
        return entity == self.root or entity in self.unit_parents or entity in self.account_parents

    def type_of(self, policy: str) -> PolicyType | None:
        """Return the type of a policy; nothing when there is no such policy."""
        if policy in self.service_control_policies:
            return PolicyType.SERVICE_CONTROL_POLICY
        return PolicyType.TAG_POLICY if policy in self.tag_policies else None

    def attached(self, entity: str, policy_type: PolicyType) -> tuple[str, ...]:
        """Return the policies of a type attached to an entity itself, in attachment order."""
        return tuple(
            policy
            for policy in self.attachments.get(entity, ())
            if self.type_of(policy) is policy_type
        )


def path_to(snapshot: Snapshot, entity: str) -> tuple[str, ...]:
    """Return the entities from the root down to this one; none for a stranger."""
    path = [entity]
    while path[-1] != snapshot.root:
        parent = snapshot.account_parents.get(path[-1]) or snapshot.unit_parents.get(path[-1])
        # A circle cannot be stored, but a question about one must end as well.
        if parent is None or parent in path:
            return ()
        path.append(parent)
    return tuple(reversed(path))


def position_of(snapshot: Snapshot, account: str) -> Position:
    """Return where an account stands, for `evaluate`."""
    levels = tuple(
        make_level(
            entity,
            [
                AttachedPolicy(policy, snapshot.service_control_policies[policy])
                for policy in snapshot.attached(entity, PolicyType.SERVICE_CONTROL_POLICY)
            ],
        )
        for entity in path_to(snapshot, account)
    )
    return make_position(
        levels,
        is_in_organization=bool(levels),
        is_management_account=account == snapshot.management_account,
        is_type_enabled=PolicyType.SERVICE_CONTROL_POLICY in snapshot.enabled_types,
        ungoverned_services=snapshot.ungoverned_services,
    )
