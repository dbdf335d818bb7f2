"""What service control policies decide, and why: for programs that ask before they act. (ours)"""

from functools import partial

from django.conf import settings

from orgs import operations, queries
from orgs.api.endpoint import Call, Caller, endpoint
from orgs.api.shapes.decisions import (
    DecisionAnswer,
    DecisionsAnswer,
    EffectiveScpAnswer,
    ExplainAnswer,
    ExplainBody,
    Question,
    QuestionsBody,
    WrittenDecisions,
    decision_answer,
    effective_scp_answer,
    explain_answer,
    request_of,
    what_if_of,
    written_decisions,
)
from orgs.models import PolicyType

_reading = partial(endpoint, caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN, is_ours=True)
_deciding = partial(_reading, action="organizations:policies:simulate")


@_deciding(body=Question)
def authorize(call: Call, *, body: Question) -> DecisionAnswer:
    """Whether a request of an account would pass, and whose word that is."""
    answer = queries.decisions.decide(
        actor=call.actor, permissions=call.permissions, request=request_of(body)
    )
    return decision_answer(answer.before)


@_deciding(body=QuestionsBody, limit=settings.API_BATCH_LIMIT, answer=DecisionsAnswer)
def authorize_batch(call: Call, *, body: QuestionsBody) -> WrittenDecisions:
    """The same for up to a thousand questions, all decided at one version of the organization."""
    rulings = queries.decisions.decide_batch(
        actor=call.actor,
        permissions=call.permissions,
        requests=[
            request_of(question, within=f"questions[{number}].")
            for number, question in enumerate(body.questions)
        ],
    )
    return written_decisions(rulings)


@_deciding(body=ExplainBody)
def explain(call: Call, *, body: ExplainBody) -> ExplainAnswer:
    """The decision with what every statement of every level says; also after changes nobody has made."""
    for number, draft in enumerate(body.drafts or ()):
        operations.policies.require_content(
            PolicyType.SERVICE_CONTROL_POLICY, draft.content, field=f"drafts[{number}].content"
        )
    ladder = queries.decisions.explain_request(
        actor=call.actor,
        permissions=call.permissions,
        request=request_of(body),
        what_if=what_if_of(body),
    )
    return explain_answer(ladder)


@_reading(action="organizations:effectivePolicies:get")
def show_effective_scp(call: Call, entity_id: str) -> EffectiveScpAnswer:
    """The service control policies of a root, unit or account, level by level from the root down."""
    policies = queries.policies_of_entity.of_entity(
        actor=call.actor, permissions=call.permissions, entity_id=entity_id
    )
    return effective_scp_answer(policies)
