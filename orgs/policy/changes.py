"""Changes tried on a copy of the organization.

A change that the service would refuse carries its refusals, and is made all the
same where it can be: a preview may show why the refusal is wise.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from orgs.policy.sentences import NO_NAMES, say
from orgs.policy.snapshot import PolicyType, Snapshot, path_to
from orgs.policy.statements import ServiceControlPolicy
from orgs.policy.tag_document import TagPolicy

ATTACHMENT_LIMITS: Final[Mapping[PolicyType, int]] = {
    PolicyType.SERVICE_CONTROL_POLICY: 5,
    PolicyType.TAG_POLICY: 10,
}


@dataclass(frozen=True, slots=True)
class MoveAccount:
    """Hang an account under another unit or the root."""

    account: str
    to: str


@dataclass(frozen=True, slots=True)
class MoveUnit:
    """Hang a unit, with all that is below it, under another unit or the root."""

    unit: str
    to: str


@dataclass(frozen=True, slots=True)
class Attach:
    """Attach a policy, after those already attached."""

    entity: str
    policy: str


@dataclass(frozen=True, slots=True)
class Detach:
    """Detach a policy."""

    entity: str
    policy: str


@dataclass(frozen=True, slots=True)
class UpdatePolicy:
    """Give a policy another document."""

    policy: str
    document: ServiceControlPolicy | TagPolicy


@dataclass(frozen=True, slots=True)
class DisableType:
    """Disable a policy type, which detaches its policies everywhere."""

    policy_type: PolicyType = PolicyType.SERVICE_CONTROL_POLICY


type Change = MoveAccount | MoveUnit | Attach | Detach | UpdatePolicy | DisableType


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the service would not make a change; `code` is the contract's condition."""

    change: Change
    code: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def sentence(
        self, translate: Callable[[str], str] = str, names: Mapping[str, str] = NO_NAMES
    ) -> str:
        """Return the reason in a sentence."""
        return say(self.code, self.facts, translate=translate, names=names)


def make_changes(
    snapshot: Snapshot,
    changes: Iterable[Change],
    *,
    attachment_limits: Mapping[PolicyType, int] = ATTACHMENT_LIMITS,
) -> tuple[Snapshot, tuple[Refusal, ...]]:
    """Make changes in the given order; return the new state and what would be refused.

    Rules: R-PT-5, R-PT-6, R-PT-7, R-POL-8, R-POL-10 to R-POL-12.
    """
    refusals: list[Refusal] = []
    for change in changes:
        match change:
            case MoveAccount() | MoveUnit():
                found = _move_refusals(snapshot, change)
            case Attach():
                found = _attach_refusals(snapshot, change, attachment_limits)
            case Detach():
                found = _detach_refusals(snapshot, change)
            case UpdatePolicy():
                found = _update_refusals(snapshot, change)
            case DisableType():
                found = _disable_refusals(snapshot, change)
        refusals.extend(found)
        snapshot = make_change(snapshot, change)
    return snapshot, tuple(refusals)


def make_change(snapshot: Snapshot, change: Change) -> Snapshot:
    """Make one change as far as it makes sense, refused or not."""
    match change:
        case MoveAccount():
            return _move_account(snapshot, change)
        case MoveUnit():
            return _move_unit(snapshot, change)
        case Attach():
            return _attach(snapshot, change)
        case Detach():
            return _detach(snapshot, change)
        case UpdatePolicy():
            return _update(snapshot, change)
        case DisableType():
            return _disable(snapshot, change)


def _is_parent(snapshot: Snapshot, entity: str) -> bool:
    return entity == snapshot.root or entity in snapshot.unit_parents


def _move_account(snapshot: Snapshot, change: MoveAccount) -> Snapshot:
    if change.account not in snapshot.account_parents or not _is_parent(snapshot, change.to):
        return snapshot
    parents = {**snapshot.account_parents, change.account: change.to}
    return replace(snapshot, account_parents=parents)


def _move_unit(snapshot: Snapshot, change: MoveUnit) -> Snapshot:
    if change.unit not in snapshot.unit_parents or not _is_parent(snapshot, change.to):
        return snapshot
    if change.unit in path_to(snapshot, change.to):
        return snapshot
    return replace(snapshot, unit_parents={**snapshot.unit_parents, change.unit: change.to})


def _attach(snapshot: Snapshot, change: Attach) -> Snapshot:
    attached = snapshot.attachments.get(change.entity, ())
    if change.policy in attached or snapshot.type_of(change.policy) is None:
        return snapshot
    if not snapshot.has_entity(change.entity):
        return snapshot
    return _with_attachments(snapshot, change.entity, (*attached, change.policy))


def _detach(snapshot: Snapshot, change: Detach) -> Snapshot:
    attached = snapshot.attachments.get(change.entity, ())
    remaining = tuple(policy for policy in attached if policy != change.policy)
    return _with_attachments(snapshot, change.entity, remaining)


def _with_attachments(snapshot: Snapshot, entity: str, policies: tuple[str, ...]) -> Snapshot:
    return replace(snapshot, attachments={**snapshot.attachments, entity: policies})


def _update(snapshot: Snapshot, change: UpdatePolicy) -> Snapshot:
    policy, document = change.policy, change.document
    if _has_other_type(snapshot, change):
        return snapshot
    if isinstance(document, TagPolicy):
        return replace(snapshot, tag_policies={**snapshot.tag_policies, policy: document})
    policies = {**snapshot.service_control_policies, policy: document}
    return replace(snapshot, service_control_policies=policies)


def _has_other_type(snapshot: Snapshot, change: UpdatePolicy) -> bool:
    """Whether the policy is unknown, or of the other type than the new document."""
    expected = (
        PolicyType.TAG_POLICY
        if isinstance(change.document, TagPolicy)
        else PolicyType.SERVICE_CONTROL_POLICY
    )
    return snapshot.type_of(change.policy) is not expected


def _disable(snapshot: Snapshot, change: DisableType) -> Snapshot:
    attachments = {
        entity: tuple(
            policy for policy in policies if snapshot.type_of(policy) is not change.policy_type
        )
        for entity, policies in snapshot.attachments.items()
    }
    enabled_types = snapshot.enabled_types - {change.policy_type}
    return replace(snapshot, attachments=attachments, enabled_types=enabled_types)


def _move_refusals(snapshot: Snapshot, change: MoveAccount | MoveUnit) -> Iterator[Refusal]:
    if isinstance(change, MoveAccount) and change.account not in snapshot.account_parents:
        yield Refusal(change, "account_not_found", {"account": change.account})
    is_unit = isinstance(change, MoveUnit) and change.unit in snapshot.unit_parents
    if isinstance(change, MoveUnit) and not is_unit:
        yield Refusal(change, "ou_not_found", {"unit": change.unit})
    if not _is_parent(snapshot, change.to):
        yield Refusal(change, "ou_not_found", {"unit": change.to})
    elif isinstance(change, MoveUnit) and is_unit and change.unit in path_to(snapshot, change.to):
        yield Refusal(change, "unit_under_itself", {"unit": change.unit, "to": change.to})


def _attach_refusals(
    snapshot: Snapshot, change: Attach, limits: Mapping[PolicyType, int]
) -> Iterator[Refusal]:
    facts = {"entity": change.entity, "policy": change.policy}
    if not snapshot.has_entity(change.entity):
        yield Refusal(change, "entity_not_found", facts)
    policy_type = snapshot.type_of(change.policy)
    if policy_type is None:
        yield Refusal(change, "policy_not_found", facts)
        return
    if policy_type not in snapshot.enabled_types:
        yield Refusal(change, "policy_type_not_enabled", {"policy_type": policy_type.value})
    if change.policy in snapshot.attachments.get(change.entity, ()):
        yield Refusal(change, "policy_already_attached", facts)
    elif len(snapshot.attached(change.entity, policy_type)) >= limits[policy_type]:
        limit = limits[policy_type]
        yield Refusal(change, "policy_attach_quota_exceeded", {**facts, "limit": limit})


def _detach_refusals(snapshot: Snapshot, change: Detach) -> Iterator[Refusal]:
    facts = {"entity": change.entity, "policy": change.policy}
    scp = PolicyType.SERVICE_CONTROL_POLICY
    if change.policy not in snapshot.attachments.get(change.entity, ()):
        yield Refusal(change, "policy_not_attached", facts)
    elif scp in snapshot.enabled_types and snapshot.attached(change.entity, scp) == (
        change.policy,
    ):
        yield Refusal(change, "policy_last_scp", facts)


def _update_refusals(snapshot: Snapshot, change: UpdatePolicy) -> Iterator[Refusal]:
    if change.policy in snapshot.builtin_policies:
        yield Refusal(change, "policy_builtin", {"policy": change.policy})
    if _has_other_type(snapshot, change):
        yield Refusal(change, "policy_not_found", {"policy": change.policy})


def _disable_refusals(snapshot: Snapshot, change: DisableType) -> Iterator[Refusal]:
    if change.policy_type not in snapshot.enabled_types:
        facts = {"policy_type": change.policy_type.value}
        yield Refusal(change, "policy_type_already_disabled", facts)
