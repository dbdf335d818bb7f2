"""Compliance: do the tags of a resource obey the effective tag policy?

Only tags the policy names are judged; a resource without them is never at fault.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from orgs.policy.inheritance import EffectiveTagPolicy
from orgs.policy.matching import STAR, Glob, compile_glob
from orgs.policy.sentences import say


class Scope(StrEnum):
    """Which resource types are judged: those enforced, or all, for an audit."""

    ENFORCED = "enforced"
    ALL = "all"


class Status(StrEnum):
    """The outcome for one resource."""

    COMPLIANT = "compliant"
    NONCOMPLIANT = "noncompliant"
    NOT_EVALUATED = "not_evaluated"


class ViolationReason(StrEnum):
    """What is wrong with a tag."""

    KEY_CASE = "key_case"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of a resource."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource to judge; `type` is `service:type`. Keys that differ by case can coexist."""

    id: str
    type: str
    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class TagRequirement:
    """What one key of the effective policy asks, compiled."""

    tag_key: str
    values: tuple[str, ...]
    patterns: tuple[Glob, ...]
    enforced_for: frozenset[str]

    @classmethod
    def of(cls, tag_key: str, values: Sequence[str], enforced_for: Sequence[str]) -> Self:
        """Compile the values of an effective policy; without values, any is accepted."""
        patterns = tuple(compile_glob(value, wildcards=STAR) for value in values)
        return cls(tag_key, tuple(values), patterns, frozenset(enforced_for))

    def is_enforced_for(self, resource_type: str) -> bool:
        """Whether the platform refuses bad tags on this type."""
        service, colon, _type = resource_type.partition(":")
        whole_service = f"{service}:{STAR}"
        return resource_type in self.enforced_for or (
            bool(colon) and whole_service in self.enforced_for
        )

    def accepts(self, value: str) -> bool:
        """Whether a tag may have this value."""
        return not self.patterns or any(pattern.matches(value) for pattern in self.patterns)


type Requirements = Mapping[str, TagRequirement]


@dataclass(frozen=True, slots=True)
class Violation:
    """A tag that breaks the policy; `enforced` when the platform would refuse to set it."""

    tag: Tag
    reason: ViolationReason
    enforced: bool
    requirement: TagRequirement

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        """Return what is wrong with the tag and what would be right."""
        facts = {
            "key": self.tag.key,
            "value": self.tag.value,
            "tag_key": self.requirement.tag_key,
            "values": self.requirement.values,
        }
        return say(f"tag_{self.reason.value}", facts, translate=translate)


@dataclass(frozen=True, slots=True)
class Compliance:
    """What was found about one resource, in the order of its tags."""

    status: Status
    violations: tuple[Violation, ...]


NOT_EVALUATED: Final = Compliance(Status.NOT_EVALUATED, ())


def requirements_of(policy: EffectiveTagPolicy) -> Requirements:
    """Compile an effective tag policy, to judge any number of resources by it."""
    return {
        tag.key: TagRequirement.of(tag.tag_key.value, tag.tag_value.values, tag.enforced_for.values)
        for tag in policy.tags
    }


def judge(
    requirements: Requirements, resource: Resource, scope: Scope = Scope.ENFORCED
) -> Compliance:
    """Judge the tags of a resource.

    Rules: R-TP-5, R-TP-6.
    """
    judged = [
        (tag, requirement, requirement.is_enforced_for(resource.type))
        for tag in resource.tags
        if (requirement := requirements.get(tag.key.lower())) is not None
    ]
    in_scope = [one for one in judged if scope is Scope.ALL or one[2]]
    if not in_scope:
        return NOT_EVALUATED
    violations = tuple(violation for one in in_scope for violation in _violations(*one))
    return Compliance(Status.NONCOMPLIANT if violations else Status.COMPLIANT, violations)


def _violations(tag: Tag, requirement: TagRequirement, is_enforced: bool) -> Iterator[Violation]:
    if tag.key != requirement.tag_key:
        yield Violation(tag, ViolationReason.KEY_CASE, is_enforced, requirement)
    if not requirement.accepts(tag.value):
        yield Violation(tag, ViolationReason.VALUE, is_enforced, requirement)
