"""Advice about service control policies that are valid but may not do what was meant."""

from collections.abc import Iterator, Sequence
from typing import Final

from orgs.policy import global_keys
from orgs.policy.conditions import Condition
from orgs.policy.faults import Findings
from orgs.policy.operators import Family, Operator, Qualifier
from orgs.policy.statements import (
    Action,
    Effect,
    ServiceControlPolicy,
    Statement,
)
from orgs.policy.text import Node, ObjectNode

# Any operation of these stands for all of them: a pattern with a star covers it,
# a pattern for one named operation does not.
SIGN_IN_ACTIONS: Final = {"iamToken::*": "iamToken::any", "signin::*": "signin::any"}


def review(
    policy: ServiceControlPolicy, nodes: Sequence[ObjectNode], whole: Node, findings: Findings
) -> None:
    """Note advice about a policy without faults; `nodes` are those of its statements."""
    missing = uncovered_sign_in(policy.statements)
    if missing:
        findings.lint(whole, "sign_in_not_allowed", actions=missing)
    for earlier, later in duplicates(policy.statements):
        findings.lint(nodes[later.index], "duplicate_statement", number=earlier.index + 1)
    for statement in policy.statements:
        reason = why_never(statement)
        if reason is not None:
            wording, key = reason
            findings.lint(nodes[statement.index], "never_matches", wording, key=key)


def uncovered_sign_in(statements: Sequence[Statement]) -> tuple[str, ...]:
    """Return the sign-in actions that an allow list leaves out; none when it is no allow list.

    Rules: R-SCP-6.
    """
    allowing = [one for one in statements if one.effect is Effect.ALLOW and one.actions]
    if not allowing:
        return ()
    return tuple(
        pattern
        for pattern, action in SIGN_IN_ACTIONS.items()
        if not any(one.covers_action(Action.of(action)) for one in allowing)
    )


def duplicates(statements: Sequence[Statement]) -> Iterator[tuple[Statement, Statement]]:
    """Yield each statement that repeats an earlier one, after that one."""
    seen: dict[object, Statement] = {}
    for statement in statements:
        earlier = seen.setdefault(_meaning(statement), statement)
        if earlier is not statement:
            yield earlier, statement


def why_never(statement: Statement) -> tuple[str, str] | None:
    """Return why a statement can never match, as wording and key, when that is certain."""
    for condition in statement.conditions:
        if _needs_qualifier(condition.operator, condition.key):
            return "qualifier", condition.key
        if _is_of_other_family(condition.operator, condition.key):
            return "family", condition.key
    absent = {_folded(one) for one in statement.conditions if _demands_absence(one)}
    for condition in statement.conditions:
        if _folded(condition) in absent and _demands_presence(condition):
            return "absent", condition.key
    return None


def _meaning(statement: Statement) -> object:
    return (
        statement.effect,
        statement.excludes_actions,
        frozenset(pattern.text for pattern in statement.actions),
        frozenset(pattern.text for pattern in statement.resources),
        frozenset(
            (one.operator.name, _folded(one), frozenset(one.values)) for one in statement.conditions
        ),
    )


def _folded(condition: Condition) -> str:
    return condition.key.lower()


def _needs_qualifier(operator: Operator, key: str) -> bool:
    """A list never satisfies an operator without a set qualifier."""
    known = global_keys.find(key)
    if known is None or not known.is_multivalued:
        return False
    return not operator.qualifier and not operator.if_exists and not _takes_missing(operator)


def _is_of_other_family(operator: Operator, key: str) -> bool:
    """Numbers, dates, truth values and addresses are never read as one another."""
    known = global_keys.find(key)
    if known is None or _takes_missing(operator) or operator.if_exists:
        return False
    if Family.STRING in (known.family, operator.family) or operator.family is Family.NULL:
        return False
    # A date may be compared by its epoch seconds, which are a number.
    is_epoch = {known.family, operator.family} == {Family.NUMBER, Family.DATE}
    return known.family is not operator.family and not is_epoch


def _takes_missing(operator: Operator) -> bool:
    """Whether the operator holds when the key is missing, or asks just that."""
    return (
        operator.comparison.is_negated
        or operator.family is Family.NULL
        or operator.qualifier is Qualifier.FOR_ALL
    )


def _demands_absence(condition: Condition) -> bool:
    return condition.operator.family is Family.NULL and set(condition.values) == {True}


def _demands_presence(condition: Condition) -> bool:
    operator = condition.operator
    if operator.family is Family.NULL:
        return set(condition.values) == {False}
    if operator.qualifier is Qualifier.FOR_ANY:
        return not operator.if_exists
    return not operator.if_exists and not _takes_missing(operator)
