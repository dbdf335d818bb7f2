"""Conditions: does a request's context satisfy one key of one operator?"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from orgs.policy.context import NOTHING_KNOWN, Context
from orgs.policy.operators import Family, Operator, Qualifier
from orgs.policy.templates import Template


@dataclass(frozen=True, slots=True)
class Condition:
    """One key under one operator.

    `values` are templates for the string family, else what the family's reader
    made of the text: numbers, instants, truth values, address ranges. `expected`
    is what a request is compared with, where no variable makes that depend on it.
    """

    operator: Operator
    key: str
    values: tuple[object, ...]
    expected: tuple[object, ...] | None

    @classmethod
    def of(cls, operator: Operator, key: str, values: tuple[object, ...]) -> Self:
        """Prepare a condition that has been checked."""
        is_constant = all(not isinstance(one, Template) or one.is_constant for one in values)
        expected = _resolved(operator, values, NOTHING_KNOWN) if is_constant else None
        return cls(operator, key, values, expected)

    @property
    def keys(self) -> frozenset[str]:
        """The keys that it asks for, those of variables as well, in lower case."""
        templates = (one for one in self.values if isinstance(one, Template))
        return frozenset({self.key.lower()}.union(*(one.keys for one in templates)))

    def holds(self, context: Context) -> bool:
        """Whether the context satisfies it."""
        known = context.find(self.key)
        if self.operator.family is Family.NULL:
            return (known is None) in self.values
        if known is None:
            return self._holds_without_key(context)
        if isinstance(known, str):
            return self._holds_with((known,), context)
        return self.operator.qualifier is not None and self._holds_with(known, context)

    def _holds_without_key(self, context: Context) -> bool:
        if self.operator.if_exists or self.operator.qualifier is Qualifier.FOR_ALL:
            return True
        if self.operator.qualifier is Qualifier.FOR_ANY:
            return False
        return self.operator.comparison.is_negated and None not in self._expected(context)

    def _holds_with(self, texts: tuple[str, ...], context: Context) -> bool:
        expected = self._expected(context)
        is_negated = self.operator.comparison.is_negated
        if is_negated and None in expected:
            return False
        results = (self._is_any(text, expected) != is_negated for text in texts)
        return all(results) if self.operator.qualifier is Qualifier.FOR_ALL else any(results)

    def _is_any(self, text: str, expected: Iterable[object | None]) -> bool:
        """Whether a request value stands in the operator's relation to one policy value."""
        value = self.operator.reader.request_value(text)
        if value is None:
            return False
        relation = self.operator.comparison.relation
        return any(one is not None and relation(value, one) for one in expected)

    def _expected(self, context: Context) -> tuple[object | None, ...]:
        """Return the policy values for this context; `None` where a variable failed."""
        if self.expected is not None:
            return self.expected
        return _resolved(self.operator, self.values, context)


def _resolved(
    operator: Operator, values: tuple[object, ...], context: Context
) -> tuple[object | None, ...]:
    """Replace variables, and compile what is a pattern."""
    if operator.family is not Family.STRING:
        return values
    templates = [one for one in values if isinstance(one, Template)]
    if operator.comparison.is_pattern:
        return tuple(template.glob(context) for template in templates)
    return tuple(template.text(context) for template in templates)
