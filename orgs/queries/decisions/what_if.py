"""What might be: changes that nobody has made, texts that nobody has saved, and what they would lead to."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from django.utils.translation import gettext

from orgs import identifiers
from orgs.actor import Actor
from orgs.policy.changes import (
    Attach,
    Change,
    Detach,
    DisableType,
    MoveAccount,
    MoveUnit,
    UpdatePolicy,
    make_changes,
)
from orgs.policy.document import load_service_control_policy
from orgs.policy.snapshot import Snapshot
from orgs.policy.statements import ServiceControlPolicy
from orgs.queries.snapshots import StoredSnapshot, load_below, load_entities


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What might be: changes in the order in which they would be made, and texts that policies would have.

    A draft under an id that no policy has is a service control policy that is not saved yet; it can be
    attached by a change.
    """

    changes: tuple[Change, ...] = ()
    drafts: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether it differs from what is."""
        return bool(self.changes or self.drafts)

    @property
    def entity_ids(self) -> Iterator[str]:
        """The entities that the changes are about."""
        for change in self.changes:
            match change:
                case MoveAccount():
                    yield from (change.account, change.to)
                case MoveUnit():
                    yield from (change.unit, change.to)
                case Attach() | Detach():
                    yield change.entity
                case UpdatePolicy() | DisableType():
                    pass

    @property
    def policy_ids(self) -> Iterator[str]:
        """The policies that they are about."""
        yield from self.drafts
        for change in self.changes:
            if isinstance(change, Attach | Detach | UpdatePolicy):
                yield change.policy


AS_IT_IS: Final = WhatIf()


def load(
    actor: Actor, entity_ids: Collection[str], what_if: WhatIf
) -> tuple[Collection[str], StoredSnapshot]:
    """One unit with all below it, or accounts, and what the changes are about."""
    others, policies = list(what_if.entity_ids), list(what_if.policy_ids)
    (first, *rest) = entity_ids or [""]
    if not rest and identifiers.ROOT_OR_UNIT.fits(first):
        stored = load_below(actor.organization_id, first, entity_ids=others, policy_ids=policies)
    else:
        ids = [*entity_ids, *others]
        stored = load_entities(actor.organization_id, ids, policy_ids=policies)
    return entity_ids, replace(stored, names=_names(stored, what_if))


def make(stored: StoredSnapshot, what_if: WhatIf) -> tuple[Snapshot | None, tuple[str, ...]]:
    """The snapshot after the changes, and why the service would refuse them; nothing where there are none."""
    if not what_if:
        return None, ()
    snapshot, changes = stored.snapshot, list(what_if.changes)
    unsaved: dict[str, ServiceControlPolicy] = {}
    for policy_id, text in what_if.drafts.items():
        document = load_service_control_policy(text)
        if policy_id in stored.texts:
            changes.append(UpdatePolicy(policy_id, document))
        else:
            unsaved[policy_id] = document
    known = {**unsaved, **snapshot.service_control_policies}
    after, refusals = make_changes(replace(snapshot, service_control_policies=known), changes)
    return after, tuple(refusal.sentence(gettext, stored.names) for refusal in refusals)


def _names(stored: StoredSnapshot, what_if: WhatIf) -> Mapping[str, str]:
    unsaved = dict.fromkeys(what_if.drafts, gettext("New policy"))
    return {**unsaved, **stored.names}
