"""Which statements are about an action: found by look-up instead of one by one.

A set of statements is an integer whose bit n stands for statement n, so the
lowest bit is the first statement, and joining sets is one operation. Nearly every
pattern names an action, a type or a service as a whole; those are looked up. Only
the others, such as `ecs:servers:list*`, are tried in turn.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from orgs.policy.matching import GAP, STAR
from orgs.policy.statements import SEPARATOR, Action, ActionPattern, Statement

WHOLE: Final = SEPARATOR + STAR


@dataclass(frozen=True, slots=True)
class StatementIndex:
    """Statements, by the actions their patterns name.

    `everything` are those that list `*`. `named` is keyed by an action
    (`ecs:servers:list`), a type (`ecs:servers`) or a service (`ecs`). `unusual`
    are the other patterns by service, those for any service under `*`.
    """

    everything: int
    named: Mapping[str, int]
    unusual: Mapping[str, tuple[tuple[ActionPattern, int], ...]]
    excluding: int
    denials: int

    @classmethod
    def of(cls, statements: Sequence[Statement]) -> Self:
        """Index statements; their order is the order of the bits."""
        everything = 0
        named: dict[str, int] = {}
        unusual: dict[str, tuple[tuple[ActionPattern, int], ...]] = {}
        for number, statement in enumerate(statements):
            bit = 1 << number
            for pattern in statement.actions:
                name = pattern.text.removesuffix(WHOLE).removesuffix(WHOLE)
                if not pattern.segments:
                    everything |= bit
                elif STAR not in name and GAP not in name:
                    named[name] = named.get(name, 0) | bit
                else:
                    service = pattern.segments[0]
                    unusual[service] = (*unusual.get(service, ()), (pattern, bit))
        return cls(
            everything=everything,
            named=named,
            unusual=unusual,
            excluding=_bits(statement.excludes_actions for statement in statements),
            denials=_bits(statement.is_denial for statement in statements),
        )

    def covering(self, action: Action) -> int:
        """Return the statements about an action."""
        if not action.is_well_formed:
            return self.everything ^ self.excluding
        find = self.named.get
        listed = (
            self.everything | find(action.service, 0) | find(action.kind, 0) | find(action.text, 0)
        )
        for service in (action.service, STAR):
            for pattern, bit in self.unusual.get(service, ()):
                if pattern.matches(action):
                    listed |= bit
        return listed ^ self.excluding


def _bits(flags: Iterable[bool]) -> int:
    return sum(1 << number for number, flag in enumerate(flags) if flag)
