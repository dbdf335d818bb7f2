"""Questions to service control policies, and what they decide."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Raw, Struct, json

from orgs import identifiers
from orgs.errors import InvalidParameter
from orgs.identifiers import Identifier
from orgs.policy.changes import Attach, Change, Detach, MoveAccount, MoveUnit
from orgs.policy.evaluation import Request, Source
from orgs.queries.decisions.rulings import (
    Answer,
    Ladder,
    Named,
    Place,
    Ruling,
    Said,
    Step,
    place_of,
)
from orgs.queries.decisions.what_if import WhatIf
from orgs.queries.policies_of_entity import Level, PoliciesOfEntity
from orgs.queries.questions import read_question

type Scalar = str | bool | int | float

ENTITY_TYPES: Final = {"root": "root", "unit": "organizational_unit", "account": "account"}


class Question(Struct, frozen=True, forbid_unknown_fields=True):
    """What an account wants to do. Without a resource it names none."""

    account_id: str
    action: str
    resource: str | None = None
    context: dict[str, Scalar | list[Scalar]] | None = None
    via_service_linked_agency: bool = False


class QuestionsBody(Struct, frozen=True, forbid_unknown_fields=True):
    """AuthorizeBatch."""

    questions: list[Question]


class AccountMove(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="change", tag="move_account"
):
    """What if an account were under another parent."""

    account_id: str
    destination_parent_id: str


class UnitMove(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    tag_field="change",
    tag="move_organizational_unit",
):
    """What if a unit were under another parent."""

    organizational_unit_id: str
    destination_parent_id: str


class Attaching(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="change", tag="attach_policy"
):
    """What if a policy were attached."""

    policy_id: str
    entity_id: str


class Detaching(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="change", tag="detach_policy"
):
    """What if a policy were detached."""

    policy_id: str
    entity_id: str


class Draft(Struct, frozen=True, forbid_unknown_fields=True):
    """What if a service control policy had another text."""

    policy_id: str
    content: str


class ExplainBody(Question, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Explain."""

    changes: list[AccountMove | UnitMove | Attaching | Detaching] | None = None
    drafts: list[Draft] | None = None


class NamedDto(Struct, frozen=True):
    """An entity or a policy."""

    id: str
    name: str


class PlaceDto(Struct, frozen=True):
    """Whose word it was: an entity, and there a policy and its statement, or what is missing there.

    `statement` and `line` count from 1, the line in the policy's text.
    """

    entity_id: str
    entity_name: str
    policy_id: str | None
    policy_name: str | None
    statement: int | None
    sid: str | None
    line: int | None


class DecisionDto(Struct, frozen=True):
    """Whether the request passes, why, and whose word it was; level by level where it passes."""

    allowed: bool
    reason: str
    sentence: str
    decided_by: PlaceDto | None
    allowed_by: Sequence[PlaceDto]


class DecisionAnswer(Struct, frozen=True):
    """Authorize."""

    decision: DecisionDto


class DecisionsAnswer(Struct, frozen=True):
    """AuthorizeBatch: in the order of the questions."""

    decisions: Sequence[DecisionDto]


class WrittenDecisions(Struct, frozen=True):
    """The same, with decisions that are bytes already."""

    decisions: Sequence[Raw]


class SaidDto(Struct, frozen=True):
    """What one statement says to the request."""

    place: PlaceDto
    effect: str
    verdict: str
    sentence: str


class StepDto(Struct, frozen=True):
    """One level from the root to the account. `stops` is the first that lets nothing through."""

    entity: NamedDto
    passes: bool
    stops: bool
    statements: Sequence[SaidDto]


class ExplainAnswer(Struct, frozen=True):
    """Explain. What follows from changes is null where none were asked about."""

    account: NamedDto
    path: Sequence[NamedDto]
    decision: DecisionDto
    steps: Sequence[StepDto]
    decision_after: DecisionDto | None
    steps_after: Sequence[StepDto] | None
    refusals: Sequence[str]


class AttachedPolicyDto(Struct, frozen=True):
    """A policy where it hangs."""

    id: str
    name: str
    is_builtin: bool
    content: str


class LevelDto(Struct, frozen=True):
    """An entity of the path with its policies, in the order in which they were attached."""

    id: str
    name: str
    type: str
    policies: Sequence[AttachedPolicyDto]


class EffectiveScpAnswer(Struct, frozen=True):
    """ShowEffectiveScp: each level has to allow, and none may deny. The root comes first."""

    entity_id: str
    is_enabled: bool
    is_exempt: bool
    levels: Sequence[LevelDto]


def request_of(question: Question, *, within: str = "") -> Request:
    """The question as the engine takes it; `within` is where it stands in the body.

    Raises:
        InvalidParameter.
    """
    try:
        read = read_question(
            action=question.action,
            resource=question.resource or "",
            context=question.context,
        )
    except InvalidParameter as refusal:
        raise refusal.at(f"{within}{refusal.field}") from refusal
    return Request(
        question.account_id,
        read.action,
        read.resource or None,
        read.context,
        question.via_service_linked_agency,
    )


def what_if_of(body: ExplainBody) -> WhatIf:
    """What might be, by the body.

    Raises:
        InvalidParameter.
    """
    drafts = {}
    for number, draft in enumerate(body.drafts or ()):
        field = f"drafts[{number}].policy_id"
        drafts[identifiers.POLICY.require(draft.policy_id, field=field)] = draft.content
    changes = (
        _change_of(change, within=f"changes[{number}].")
        for number, change in enumerate(body.changes or ())
    )
    return WhatIf(changes=tuple(changes), drafts=drafts)


def decision_answer(ruling: Ruling) -> DecisionAnswer:
    """The answer to one question."""
    return DecisionAnswer(Written().decision(ruling))


def written_decisions(rulings: Sequence[Ruling]) -> WrittenDecisions:
    """The answers to many."""
    written = Written()
    return WrittenDecisions([written.bytes(ruling) for ruling in rulings])


def explain_answer(ladder: Ladder) -> ExplainAnswer:
    """The answer with every statement of every level."""
    answer: Answer = ladder.answer
    written = Written()
    after, steps_after = answer.after, ladder.steps_after
    return ExplainAnswer(
        account=_named(answer.account),
        path=[_named(one) for one in answer.path],
        decision=written.decision(answer.before),
        steps=[_step(step) for step in ladder.steps],
        decision_after=None if after is None else written.decision(after),
        steps_after=None if steps_after is None else [_step(step) for step in steps_after],
        refusals=ladder.refusals,
    )


def effective_scp_answer(policies: PoliciesOfEntity) -> EffectiveScpAnswer:
    """The ladder of an entity."""
    return EffectiveScpAnswer(
        entity_id=policies.entity.id,
        is_enabled=policies.position.is_type_enabled,
        is_exempt=policies.is_management_account,
        levels=[_level(policies, level) for level in policies.levels],
    )


class Written:
    """Answers of one call, all of them there at once: what decided often is told of once.

    What a position has found out is the same object for all its decisions, and known by that.
    """

    def __init__(self) -> None:
        self._places: dict[tuple[int, int], PlaceDto] = {}
        self._bytes: dict[tuple[Any, ...], Raw] = {}

    def decision(self, ruling: Ruling) -> DecisionDto:
        """A decision."""
        decision, names = ruling.decision, ruling.names
        decided_by = decision.decided_by
        return DecisionDto(
            allowed=decision.allowed,
            reason=decision.reason,
            sentence=ruling.sentence,
            decided_by=None if decided_by is None else self._place(decided_by, names),
            allowed_by=[self._place(source, names) for source in decision.allowed_by],
        )

    def bytes(self, ruling: Ruling) -> Raw:
        """A decision as JSON."""
        decision = ruling.decision
        sources = map(id, (decision.decided_by, *decision.allowed_by))
        key = (decision.reason, id(ruling.names), *sources)
        found = self._bytes.get(key)
        if found is None:
            found = self._bytes[key] = Raw(json.encode(self.decision(ruling)))
        return found

    def _place(self, source: Source, names: Mapping[str, str]) -> PlaceDto:
        key = id(source), id(names)
        found = self._places.get(key)
        if found is None:
            found = self._places[key] = _place(place_of(source, names))
        return found


def _place(place: Place) -> PlaceDto:
    return PlaceDto(
        entity_id=place.entity.id,
        entity_name=place.entity.name,
        policy_id=None if place.policy is None else place.policy.id,
        policy_name=None if place.policy is None else place.policy.name,
        statement=place.number,
        sid=place.sid or None,
        line=place.line,
    )


def _named(named: Named) -> NamedDto:
    return NamedDto(named.id, named.name)


def _step(step: Step) -> StepDto:
    return StepDto(
        entity=_named(step.entity),
        passes=step.passes,
        stops=step.stops,
        statements=[_said(said) for said in step.statements],
    )


def _said(said: Said) -> SaidDto:
    return SaidDto(
        place=_place(said.place),
        effect="Deny" if said.is_denial else "Allow",
        verdict=said.verdict,
        sentence=said.sentence,
    )


def _level(policies: PoliciesOfEntity, level: Level) -> LevelDto:
    return LevelDto(
        id=level.id,
        name=level.name,
        type=ENTITY_TYPES[level.kind],
        policies=[
            AttachedPolicyDto(one.policy_id, one.name, one.is_builtin, one.content)
            for one in policies.scps_at(level)
        ],
    )


def _change_of(change: AccountMove | UnitMove | Attaching | Detaching, *, within: str) -> Change:
    def checked(ids: Identifier, field: str) -> str:
        return ids.require(getattr(change, field), field=f"{within}{field}")

    match change:
        case AccountMove():
            account = checked(identifiers.ACCOUNT, "account_id")
            return MoveAccount(account, checked(identifiers.ROOT_OR_UNIT, "destination_parent_id"))
        case UnitMove():
            unit = checked(identifiers.UNIT, "organizational_unit_id")
            return MoveUnit(unit, checked(identifiers.ROOT_OR_UNIT, "destination_parent_id"))
        case Attaching() | Detaching():
            entity = checked(identifiers.ENTITY, "entity_id")
            policy = checked(identifiers.POLICY, "policy_id")
            kind = Attach if isinstance(change, Attaching) else Detach
            return kind(entity, policy)
