"""A change on trial: what is, what would be, and for which accounts."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from orgs.policy.changes import Change, make_changes
from orgs.policy.evaluation import Position
from orgs.policy.snapshot import PolicyType as KnownType
from orgs.policy.snapshot import Snapshot, path_to, position_of
from orgs.queries.effective_tag_policies import Level, Merge, merge_path
from orgs.queries.snapshots import StoredSnapshot

FULL_ACCESS: Final = "p-FullAccess"


class Hanging(NamedTuple):
    """What hangs on one entity of a path."""

    entity: str
    scps: tuple[str, ...]
    tag_policies: tuple[str, ...]


@dataclass(slots=True)
class Side:
    """The organization before or after the change. What is found about a unit is found once."""

    snapshot: Snapshot
    texts: Mapping[str, str]
    _units: dict[str, tuple[Hanging, ...]] = field(default_factory=dict)
    _positions: dict[str, Position] = field(default_factory=dict)

    def path(self, account: str) -> tuple[Hanging, ...]:
        """What hangs on each entity from the root down to an account."""
        parent = self.snapshot.account_parents[account]
        if parent not in self._units:
            above = path_to(self.snapshot, parent)
            self._units[parent] = tuple(self._hanging(one) for one in above)
        return (*self._units[parent], self._hanging(account))

    def position(self, account: str) -> Position:
        """Where an account stands."""
        if account not in self._positions:
            self._positions[account] = position_of(self.snapshot, account)
        return self._positions[account]

    def meaning(self, path: Iterable[Hanging]) -> frozenset[frozenset[str]]:
        """What a path lets through: each level once, and none that holds FullAccess and nothing else."""
        if KnownType.SERVICE_CONTROL_POLICY not in self.snapshot.enabled_types:
            return frozenset()
        return frozenset({frozenset(one.scps) for one in path} - {frozenset({FULL_ACCESS})})

    def tags(self, path: Sequence[Hanging]) -> Merge:
        """What the tag policies on a path come to."""
        return merge_path(
            [
                Level(
                    one.entity, tuple((policy, self.texts[policy]) for policy in one.tag_policies)
                )
                for one in path
            ]
        )

    def _hanging(self, entity: str) -> Hanging:
        snapshot, on = self.snapshot, self.snapshot.enabled_types
        scp, tag = KnownType.SERVICE_CONTROL_POLICY, KnownType.TAG_POLICY
        return Hanging(
            entity,
            snapshot.attached(entity, scp) if scp in on else (),
            snapshot.attached(entity, tag) if tag in on else (),
        )


@dataclass(frozen=True, slots=True)
class Case:
    """What is, what would be, and for which accounts; `saved` is a policy that would get another text."""

    stored: StoredSnapshot
    after: Snapshot
    texts_after: Mapping[str, str]
    concerned: Collection[str]
    saved: str | None = None

    @classmethod
    def of(
        cls,
        stored: StoredSnapshot,
        changes: Sequence[Change],
        *,
        concerned: Collection[str] | None = None,
        texts: Mapping[str, str] | None = None,
        saved: str | None = None,
    ) -> "Case":
        """These changes made on a copy; without `concerned` all accounts that were loaded are."""
        after, _refusals = make_changes(stored.snapshot, changes)
        accounts = list(stored.accounts) if concerned is None else concerned
        return cls(stored, after, texts or stored.texts, accounts, saved)
