"""What a preview tells: policies that come and go, tag rules, tests that turn, refusals, warnings."""

from dataclasses import dataclass

from orgs.errors import OrgsError
from orgs.models import PolicyType
from orgs.queries.decisions.rulings import Named


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDifference:
    """A policy that some accounts gain or lose.

    `entity` is where it hangs, or hung, above them; None where it is on the accounts themselves.
    """

    policy: Named
    policy_type: PolicyType
    entity: Named | None
    accounts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRule:
    """What binds a tag key. Without values any is accepted."""

    tag_key: str
    values: tuple[str, ...]
    enforced_for: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRuleDifference:
    """A tag key about which another rule would hold, or for the first time, or none any more."""

    key: str
    before: TagRule | None
    after: TagRule | None
    accounts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A test of a policy that would be answered otherwise; `sentence` says why, after the change."""

    test_id: int
    test: str
    policy: Named
    account: Named | None
    passes_before: bool
    passes_after: bool
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedAccount:
    """An account for which something changes: policies it gains and loses, tag keys with other rules."""

    account: Named
    gained: tuple[Named, ...]
    lost: tuple[Named, ...]
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a change would alter.

    `total` accounts are at or below what changes; for `affected` of them something becomes different, of
    whom `sample` are the first ten by name. `blockers` are the refusals that the operation would raise,
    the first one first; `warnings` are no obstacles.
    """

    total: int
    affected: int
    sample: tuple[AffectedAccount, ...]
    gained: tuple[PolicyDifference, ...]
    lost: tuple[PolicyDifference, ...]
    tag_rules: tuple[TagRuleDifference, ...]
    flips: tuple[Flip, ...]
    blockers: tuple[OrgsError, ...]
    warnings: tuple[str, ...]

    @property
    def alters_nothing(self) -> bool:
        """Whether everything would be decided as it is."""
        return not (self.affected or self.flips)
