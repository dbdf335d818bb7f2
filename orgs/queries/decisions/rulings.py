"""What an answer tells: whose word it was, level by level, in sentences that name entities and policies."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext

from orgs.policy.evaluation import Decision, Reason, Source, Verdict


@dataclass(frozen=True, slots=True)
class Named:
    """An entity or a policy."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Whose word it was: an entity, and at it a policy and its statement, or what is missing there.

    `number` and `line` count from 1, the line in the policy's text.
    """

    entity: Named
    policy: Named | None
    number: int | None
    sid: str
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """Whether a request passes, and whose word it was. `allowed_by` has one place for each level."""

    decision: Decision
    names: Mapping[str, str] = field(repr=False)

    @property
    def allowed(self) -> bool:
        """Whether it passes."""
        return self.decision.allowed

    @property
    def reason(self) -> Reason:
        """Why, in a word."""
        return self.decision.reason

    @property
    def sentence(self) -> str:
        """Why, in a sentence, in the language of who reads it."""
        return self.decision.sentence(gettext, self.names)

    @property
    def decided_by(self) -> Place | None:
        """What denied it; nothing where it passes."""
        source = self.decision.decided_by
        return None if source is None else place_of(source, self.names)

    @property
    def allowed_by(self) -> tuple[Place, ...]:
        """What allowed it, level by level, the root first."""
        return tuple(place_of(source, self.names) for source in self.decision.allowed_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is decided for an account; `after` is the same after the changes, where some were asked about.

    `path` leads from the root to the account, as it is now.
    """

    account: Named
    path: tuple[Named, ...]
    before: Ruling
    after: Ruling | None = None

    @property
    def is_changed(self) -> bool:
        """Whether the changes turn a denial into an allowance, or the other way round."""
        return self.after is not None and self.after.allowed != self.before.allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What is decided for many accounts; `total` is how many there are, were they all answered for."""

    answers: tuple[Answer, ...]
    total: int
    refusals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one statement says to the request."""

    place: Place
    verdict: Verdict
    is_denial: bool
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One rung of the ladder from the root to the account. `stops` is the first that lets nothing through."""

    entity: Named
    passes: bool
    stops: bool
    statements: tuple[Said, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """An answer with every statement of every level: as it is, and as it would be after the changes."""

    answer: Answer
    steps: tuple[Step, ...]
    steps_after: tuple[Step, ...] | None = None
    refusals: tuple[str, ...] = ()


def place_of(source: Source, names: Mapping[str, str]) -> Place:
    """What the engine points at, with names."""
    return Place(
        entity=Named(source.entity, names.get(source.entity, source.entity)),
        policy=None
        if source.policy is None
        else Named(source.policy, names.get(source.policy, source.policy)),
        number=None if source.statement is None else source.statement + 1,
        sid=source.sid or "",
        line=source.line,
    )
