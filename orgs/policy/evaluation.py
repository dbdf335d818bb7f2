"""Evaluation: levels and a request → a decision, and why.

Service control policies grant nothing. They say what is not stopped: a denial
anywhere wins, and every level from the root down to the account must allow.

`decide` is the quick way and answers with the deciding statement; `explain` is
the slow one and tells of every statement of every level. Both rest on an
`Outline`, what is known once the action is: which denials still depend on the
resource or the context, and what holds if none of them matches. An outline
serves every request for that action, so it is the thing to remember.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from orgs.policy.context import Context, ContextValue
from orgs.policy.sentences import NO_NAMES, say
from orgs.policy.statement_index import StatementIndex
from orgs.policy.statements import (
    Action,
    ServiceControlPolicy,
    Statement,
    split_resource,
)


class Reason(StrEnum):
    """Why a request is allowed or denied."""

    NOT_IN_ORGANIZATION = "not_in_organization"
    MANAGEMENT_ACCOUNT_EXEMPT = "management_account_exempt"
    SCP_DISABLED = "scp_disabled"
    SERVICE_LINKED_AGENCY_EXEMPT = "service_linked_agency_exempt"
    SERVICE_NOT_GOVERNED = "service_not_governed"
    EXPLICIT_DENY = "explicit_deny"
    NO_ALLOW_AT_LEVEL = "no_allow_at_level"
    NO_POLICY_AT_LEVEL = "no_policy_at_level"
    ALLOWED_AT_EVERY_LEVEL = "allowed_at_every_level"


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants to do what, to which resource, under which circumstances."""

    account: str
    action: str
    resource: str | None = None
    context: Mapping[str, ContextValue] = field(default_factory=dict)
    via_service_linked_agency: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """The entity, policy and statement something comes from.

    A missing statement names the whole entity. `line` is where the statement begins in the policy's text,
    from 1.
    """

    entity: str
    policy: str | None = None
    statement: int | None = None
    sid: str | None = None
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a request passes, why, and whose word it was.

    `allowed_by` has the first allowing statement of each level, root first.
    """

    allowed: bool
    reason: Reason
    decided_by: Source | None = None
    allowed_by: tuple[Source, ...] = ()

    def sentence(
        self, translate: Callable[[str], str] = str, names: Mapping[str, str] = NO_NAMES
    ) -> str:
        """Return the reason in a sentence."""
        source = self.decided_by or Source("")
        facts = {
            "entity": source.entity,
            "policy": source.policy or "",
            "number": (source.statement or 0) + 1,
            "sid": source.sid or "",
        }
        wording = "sid" if source.sid else ""
        return say(self.reason.value, facts, wording=wording, translate=translate, names=names)


@dataclass(frozen=True, slots=True)
class AttachedPolicy:
    """A policy at an entity."""

    policy: str
    document: ServiceControlPolicy


@dataclass(frozen=True, slots=True)
class Rule:
    """A statement where it is attached, with the decision it makes when it denies."""

    source: Source
    statement: Statement
    denial: Decision


@dataclass(frozen=True, slots=True)
class Level:
    """One entity of the path and its policies, in attachment order."""

    entity: str
    policies: tuple[AttachedPolicy, ...]
    rules: tuple[Rule, ...]

    @property
    def gap(self) -> Decision:
        """The denial that follows when nothing at this level allows."""
        reason = Reason.NO_ALLOW_AT_LEVEL if self.policies else Reason.NO_POLICY_AT_LEVEL
        return Decision(allowed=False, reason=reason, decided_by=Source(self.entity))


@dataclass(frozen=True, slots=True)
class Position:
    """Where an account stands: the levels above it, root first, and what exempts it.

    `ungoverned_services`, in lower case, are those that do not support service
    control policies. `rules` are those of all levels, `index` finds them, and
    `allowances` holds per level the bits of those that allow.
    """

    levels: tuple[Level, ...]
    is_in_organization: bool
    is_management_account: bool
    is_type_enabled: bool
    ungoverned_services: frozenset[str]
    rules: tuple[Rule, ...]
    index: StatementIndex
    allowances: tuple[int, ...]

    @property
    def exemption(self) -> Decision | None:
        """Why policies do not bind the account at all; nothing when they do."""
        if not self.is_in_organization:
            return NOT_IN_ORGANIZATION
        if self.is_management_account:
            return MANAGEMENT_ACCOUNT_EXEMPT
        if not self.is_type_enabled:
            return SCP_DISABLED
        return None


@dataclass(frozen=True, slots=True)
class Outline:
    """What is known once the action is.

    The first of `open_denials` that covers resource and context decides; if none
    does, it is `otherwise`.
    """

    otherwise: Decision
    open_denials: tuple[Rule, ...] = ()
    for_agency: Decision | None = None

    def asks_for(self, prefix: str) -> bool:
        """Whether a decision may depend on a key that begins with `prefix`, given in lower case."""
        return any(
            key.startswith(prefix) for rule in self.open_denials for key in rule.statement.keys
        )


class Verdict(StrEnum):
    """Whether a statement matches a request, and if not, what stands in the way."""

    MATCHES = "matches"
    OTHER_ACTION = "other_action"
    OTHER_RESOURCE = "other_resource"
    CONDITION_FAILS = "condition_fails"


@dataclass(frozen=True, slots=True)
class StatementReport:
    """What one statement says to a request; `operator` and `key` name a failing condition."""

    rule: Rule
    verdict: Verdict
    operator: str = ""
    key: str = ""

    def sentence(
        self, translate: Callable[[str], str] = str, names: Mapping[str, str] = NO_NAMES
    ) -> str:
        """Return the verdict in a sentence."""
        facts = {
            "effect": self.rule.statement.effect.value,
            "number": self.rule.statement.index + 1,
            "policy": self.rule.source.policy or "",
            "operator": self.operator,
            "key": self.key,
        }
        return say(f"statement_{self.verdict.value}", facts, translate=translate, names=names)


@dataclass(frozen=True, slots=True)
class Rung:
    """One level of the ladder from root to account, with all its statements."""

    entity: str
    statements: tuple[StatementReport, ...]

    @property
    def denied_by(self) -> tuple[Source, ...]:
        """Every matching denial, in order."""
        return self._matching(is_denial=True)

    @property
    def allowed_by(self) -> tuple[Source, ...]:
        """Every matching allowance, in order."""
        return self._matching(is_denial=False)

    @property
    def passes(self) -> bool:
        """Whether the request passes this level."""
        return bool(self.allowed_by) and not self.denied_by

    def _matching(self, *, is_denial: bool) -> tuple[Source, ...]:
        return tuple(
            report.rule.source
            for report in self.statements
            if report.verdict is Verdict.MATCHES and (report.rule.statement.is_denial == is_denial)
        )


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with every level read, even those after the deciding one."""

    decision: Decision
    rungs: tuple[Rung, ...]


NOT_IN_ORGANIZATION: Final = Decision(allowed=True, reason=Reason.NOT_IN_ORGANIZATION)
MANAGEMENT_ACCOUNT_EXEMPT: Final = Decision(allowed=True, reason=Reason.MANAGEMENT_ACCOUNT_EXEMPT)
SCP_DISABLED: Final = Decision(allowed=True, reason=Reason.SCP_DISABLED)
AGENCY_EXEMPT: Final = Decision(allowed=True, reason=Reason.SERVICE_LINKED_AGENCY_EXEMPT)
SERVICE_NOT_GOVERNED: Final = Decision(allowed=True, reason=Reason.SERVICE_NOT_GOVERNED)


def make_level(entity: str, policies: Sequence[AttachedPolicy]) -> Level:
    """Prepare an entity and its policies, in attachment order, for evaluation."""
    rules = tuple(
        _rule(entity, attached.policy, statement)
        for attached in policies
        for statement in attached.document.statements
    )
    return Level(entity, tuple(policies), rules)


def make_position(
    levels: Sequence[Level],
    *,
    is_in_organization: bool = True,
    is_management_account: bool = False,
    is_type_enabled: bool = True,
    ungoverned_services: frozenset[str] = frozenset(),
) -> Position:
    """Prepare the levels above an account, root first, for any number of decisions."""
    rules = tuple(rule for level in levels for rule in level.rules)
    index = StatementIndex.of([rule.statement for rule in rules])
    return Position(
        levels=tuple(levels),
        is_in_organization=is_in_organization,
        is_management_account=is_management_account,
        is_type_enabled=is_type_enabled,
        ungoverned_services=ungoverned_services,
        rules=rules,
        index=index,
        allowances=tuple(_allowances(levels, index.denials)),
    )


def evaluate(position: Position, request: Request) -> Decision:
    """Decide a request.

    Rules: R-SCP-1 to R-SCP-5, R-SCP-7, R-SCP-8.
    """
    return decide(outline(position, request.action), request)


def decide(outlined: Outline, request: Request) -> Decision:
    """Decide a request whose action has been outlined."""
    if request.via_service_linked_agency and outlined.for_agency:
        return outlined.for_agency
    if not outlined.open_denials:
        return outlined.otherwise
    resource, context = split_resource(request.resource), Context(request.context)
    for rule in outlined.open_denials:
        statement = rule.statement
        if statement.covers_resource(resource, context) and statement.conditions_hold(context):
            return rule.denial
    return outlined.otherwise


def outline(position: Position, action: str) -> Outline:
    """Find what every request for an action has in common."""
    exemption = position.exemption
    if exemption is not None:
        return Outline(exemption)
    asked = Action.of(action)
    if asked.service in position.ungoverned_services:
        return Outline(SERVICE_NOT_GOVERNED, for_agency=AGENCY_EXEMPT)
    covering = position.index.covering(asked)
    open_denials: list[Rule] = []
    for rule in _denials(position, covering):
        if rule.statement.is_unconditional:
            return Outline(rule.denial, tuple(open_denials), AGENCY_EXEMPT)
        open_denials.append(rule)
    return Outline(_allowance(position, covering), tuple(open_denials), AGENCY_EXEMPT)


def explain(position: Position, request: Request) -> Explanation:
    """Decide a request, and tell of every statement of every level."""
    action = Action.of(request.action)
    resource, context = split_resource(request.resource), Context(request.context)
    rungs = tuple(
        Rung(
            level.entity,
            tuple(_report(rule, action, resource, context) for rule in level.rules),
        )
        for level in position.levels
    )
    return Explanation(evaluate(position, request), rungs)


def _rule(entity: str, policy: str, statement: Statement) -> Rule:
    source = Source(entity, policy, statement.index, statement.sid, statement.line)
    return Rule(source, statement, Decision(False, Reason.EXPLICIT_DENY, source))


def _allowances(levels: Sequence[Level], denials: int) -> Iterator[int]:
    """Yield for each level the bits of its allowing rules among those of all levels."""
    start = 0
    for level in levels:
        end = start + len(level.rules)
        yield ((1 << end) - (1 << start)) & ~denials
        start = end


def _denials(position: Position, covering: int) -> Iterator[Rule]:
    """Yield the denials about the action, in the order in which they decide."""
    denials = covering & position.index.denials
    while denials:
        lowest = denials & -denials
        yield position.rules[lowest.bit_length() - 1]
        denials ^= lowest


def _allowance(position: Position, covering: int) -> Decision:
    """Return the decision when nothing denies: does every level allow?"""
    allowed_by: list[Source] = []
    for level, allowances in zip(position.levels, position.allowances, strict=True):
        matching = covering & allowances
        if not matching:
            return level.gap
        first = (matching & -matching).bit_length() - 1
        allowed_by.append(position.rules[first].source)
    return Decision(True, Reason.ALLOWED_AT_EVERY_LEVEL, None, tuple(allowed_by))


def _report(
    rule: Rule, action: Action, resource: Sequence[str], context: Context
) -> StatementReport:
    statement = rule.statement
    if not statement.covers_action(action):
        return StatementReport(rule, Verdict.OTHER_ACTION)
    if not statement.covers_resource(resource, context):
        return StatementReport(rule, Verdict.OTHER_RESOURCE)
    failing = statement.failing_condition(context)
    if failing is None:
        return StatementReport(rule, Verdict.MATCHES)
    return StatementReport(rule, Verdict.CONDITION_FAILS, failing.operator.name, failing.key)
