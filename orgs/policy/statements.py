"""What a service control policy says, compiled: statements, actions, resources."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

from orgs.policy.conditions import Condition
from orgs.policy.context import Context
from orgs.policy.matching import GAP, STAR, Glob, compile_glob
from orgs.policy.templates import Template, split_template

ANYTHING: Final = "*"
SEPARATOR: Final = ":"
ACTION_SEGMENTS: Final = 3
RESOURCE_SEGMENTS: Final = 5


class Effect(StrEnum):
    """What a matching statement does."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True)
class Action:
    """The action of a request, in lower case and cut at its colons.

    `kind` is `service:type`; together with `service` it is what an index is asked for.
    """

    text: str
    segments: tuple[str, ...]
    service: str
    kind: str

    @classmethod
    def of(cls, text: str) -> Self:
        """Take an action apart, as people write it."""
        folded = text.lower()
        return cls(
            folded,
            tuple(folded.split(SEPARATOR)),
            folded.partition(SEPARATOR)[0],
            folded.rpartition(SEPARATOR)[0],
        )

    @property
    def is_well_formed(self) -> bool:
        """Whether it has the three segments that a pattern other than `*` asks for."""
        return len(self.segments) == ACTION_SEGMENTS


@dataclass(frozen=True, slots=True)
class ActionPattern:
    """`service:type:operation` in lower case, or `*`, which has no segments.

    `beginning` is what precedes the first wildcard.
    """

    text: str
    beginning: str
    segments: tuple[str, ...]
    globs: tuple[Glob, ...]

    def matches(self, action: Action) -> bool:
        """Whether it covers an action."""
        if not self.segments:
            return True
        if not action.is_well_formed or not action.text.startswith(self.beginning):
            return False
        return all(
            glob.matches(segment) for glob, segment in zip(self.globs, action.segments, strict=True)
        )


@dataclass(frozen=True, slots=True)
class ResourcePattern:
    """`service:region:account:type:path`, or `*`, which has no segments."""

    text: str
    segments: tuple[Template, ...]

    @property
    def is_anything(self) -> bool:
        """Whether it covers every resource, and requests that name none."""
        return not self.segments

    def matches(self, resource: Sequence[str], context: Context) -> bool:
        """Whether it covers a resource, given by its segments."""
        if self.is_anything:
            return True
        if len(resource) != RESOURCE_SEGMENTS:
            return False
        for template, segment in zip(self.segments, resource, strict=True):
            glob = template.glob(context)
            if glob is None or not glob.matches(segment):
                return False
        return True


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy, at its place in the document.

    `excludes_actions` tells a `NotAction`: it covers every action but those listed.
    `is_unconditional` tells that the action alone decides. `line` is where it begins in the text, from 1.
    """

    index: int
    sid: str | None
    effect: Effect
    actions: tuple[ActionPattern, ...]
    excludes_actions: bool
    resources: tuple[ResourcePattern, ...]
    conditions: tuple[Condition, ...]
    line: int | None = field(default=None, compare=False)
    covers_every_resource: bool = field(init=False)
    is_unconditional: bool = field(init=False)

    def __post_init__(self) -> None:
        is_general = any(resource.is_anything for resource in self.resources)
        object.__setattr__(self, "covers_every_resource", is_general)
        object.__setattr__(self, "is_unconditional", is_general and not self.conditions)

    @property
    def is_denial(self) -> bool:
        """Whether it denies."""
        return self.effect is Effect.DENY

    @property
    def keys(self) -> frozenset[str]:
        """The condition keys that it asks for, in lower case."""
        templates = (segment for one in self.resources for segment in one.segments)
        asking: tuple[Condition | Template, ...] = (*self.conditions, *templates)
        return frozenset().union(*(one.keys for one in asking))

    def covers_action(self, action: Action) -> bool:
        """Whether it is about an action."""
        is_listed = any(pattern.matches(action) for pattern in self.actions)
        return is_listed != self.excludes_actions

    def covers_resource(self, resource: Sequence[str], context: Context) -> bool:
        """Whether it is about a resource, given by its segments."""
        return self.covers_every_resource or any(
            pattern.matches(resource, context) for pattern in self.resources
        )

    def conditions_hold(self, context: Context) -> bool:
        """Whether every condition holds."""
        return self.failing_condition(context) is None

    def failing_condition(self, context: Context) -> Condition | None:
        """Return the first condition that does not hold; nothing when all hold."""
        for condition in self.conditions:
            if not condition.holds(context):
                return condition
        return None


@dataclass(frozen=True, slots=True)
class ServiceControlPolicy:
    """A service control policy, ready to be evaluated."""

    statements: tuple[Statement, ...]


def split_resource(resource: str | None) -> list[str]:
    """Return the segments of a resource; none when the request names no resource."""
    if resource is None:
        return []
    return resource.split(SEPARATOR, RESOURCE_SEGMENTS - 1)


def compile_action(text: str) -> ActionPattern:
    """Compile an action pattern that has been checked."""
    folded = text.lower()
    if folded == ANYTHING:
        return ActionPattern(folded, "", (), ())
    beginning = folded.partition(STAR)[0].partition(GAP)[0]
    segments = tuple(folded.split(SEPARATOR))
    globs = tuple(compile_glob(segment) for segment in segments)
    return ActionPattern(folded, beginning, segments, globs)


def compile_resource(text: str, template: Template) -> ResourcePattern:
    """Compile a resource pattern that has been checked."""
    if text == ANYTHING:
        return ResourcePattern(text, ())
    segments = split_template(template, SEPARATOR, RESOURCE_SEGMENTS - 1)
    return ResourcePattern(text, tuple(segments))


ANY_RESOURCE: Final = ResourcePattern(ANYTHING, ())
FULL_ACCESS: Final = ServiceControlPolicy(
    (
        Statement(
            index=0,
            sid=None,
            effect=Effect.ALLOW,
            actions=(compile_action(ANYTHING),),
            excludes_actions=False,
            resources=(ANY_RESOURCE,),
            conditions=(),
        ),
    )
)
