"""Why is this blocked? A question to the service control policies, and what it would be after changes."""

from dataclasses import dataclass
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import replace_url

from console.forms.simulator import (
    CHANGES,
    KeepForm,
    SimulatorForm,
    complete_actions,
    known_keys,
)
from console.middleware import ActorRequest
from console.rendering import page, sizes, wants_fragment
from console.templatetags.console import url_of
from orgs import operations, queries
from orgs.permissions import Permission
from orgs.policy.evaluation import Request
from orgs.queries.decisions.rulings import Answer, Ladder, Place, Ruling, Said, Step, Table
from orgs.queries.structure.nodes import Kind

ANSWER = "answer"
SHOWN = 200  # accounts in the table; the numbers over it count all of them


@dataclass(frozen=True, slots=True)
class RulingLine:
    """A decision with the way to the line that decided it."""

    ruling: Ruling
    url: str


@dataclass(frozen=True, slots=True)
class SaidLine:
    """What one statement says, with the way to its line."""

    said: Said
    url: str


@dataclass(frozen=True, slots=True)
class StepLine:
    """One rung of the ladder."""

    step: Step
    url: str
    lines: tuple[SaidLine, ...]


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """An account in the table, with the way to its own ladder."""

    answer: Answer
    url: str
    place: str
    before: RulingLine
    after: RulingLine | None


@require_GET
def simulator(request: ActorRequest) -> HttpResponse:
    """The question that the address asks, and its answer."""
    organization, permissions = queries.sight.judge(request.actor, None)
    form = SimulatorForm.read(request.GET)
    answer: dict[str, object] = {}
    if form.is_asked:
        form.find(organization)
        if form.is_valid:
            answer = answer_of(request, form, permissions)
    is_wrong = form.is_asked and not form.is_valid
    context = {
        "form": form,
        "is_wrong": is_wrong,
        "changes": CHANGES,
        "known_keys": known_keys(),
        "places": queries.named.suggest_places(organization),
        "policies": queries.named.suggest_policies(organization),
        "permissions": permissions,
        "sizes": sizes(request.actor, permissions),
        "section": "simulator",
        **answer,
    }
    response = page(
        request,
        "console/simulator.html",
        context,
        fragment=ANSWER,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK,
    )
    if wants_fragment(request):
        replace_url(response, address_of(request))
    return response


@require_GET
def simulator_actions(request: ActorRequest) -> HttpResponse:
    """Actions that begin with what is typed, as options of the field."""
    queries.sight.judge(request.actor, None)
    context = {"completions": complete_actions(request.GET.get("action", ""))}
    return render(request, "console/simulator.html#action-options", context)


@require_POST
def keep_question(request: ActorRequest) -> HttpResponse:
    """The question of the address as a test of a policy."""
    form, asked = KeepForm(request.POST), SimulatorForm.read(request.POST)
    organization, _permissions = queries.sight.judge(request.actor, None)
    asked.find(organization)
    back = f"{reverse('simulator')}?{query_of(request)}"
    question = asked.question
    if not form.is_valid() or question is None:
        messages.error(request, _("Give the test a name, and say which policy it is of."))
        return redirect(back)
    found = queries.named.find_policies(organization, [form.cleaned_data["policy_id"]])
    policy = next(iter(found.get(form.cleaned_data["policy_id"], [])), None)
    operations.policy_tests.create_policy_test(
        actor=request.actor,
        policy_id=policy.id if policy else form.cleaned_data["policy_id"],
        name=form.cleaned_data["name"],
        action=question.action,
        is_allowed=form.cleaned_data["is_allowed"],
        account_id=form.cleaned_data["account_id"] or None,
        resource=question.resource,
        context=question.context,
    )
    messages.success(
        request, _("%(name)s is kept as a test, and asked on each save.") % form.cleaned_data
    )
    return redirect(back)


def answer_of(
    request: ActorRequest, form: SimulatorForm, permissions: frozenset[Permission]
) -> dict[str, object]:
    """A ladder for one account; for several, or for a unit's, a table."""
    question = form.question
    assert question is not None  # noqa: S101  (the form is valid)
    if len(form.asked) == 1 and form.asked[0].kind == Kind.ACCOUNT:
        ladder = queries.decisions.explain_request(
            request=Request(
                form.asked[0].id,
                question.action,
                question.resource or None,
                question.context,
                form.via_agency,
            ),
            actor=request.actor,
            permissions=permissions,
            what_if=form.what_if,
        )
        return ladder_context(ladder, form, permissions)
    table = queries.decisions.decide_for_many(
        entity_ids=[one.id for one in form.asked],
        action=question.action,
        resource=question.resource or None,
        context=question.context,
        via_service_linked_agency=form.via_agency,
        actor=request.actor,
        permissions=permissions,
        what_if=form.what_if,
    )
    return table_context(request, table)


def ladder_context(
    ladder: Ladder, form: SimulatorForm, permissions: frozenset[Permission]
) -> dict[str, object]:
    """One account: the decision, and what every statement on the way to it says."""
    answer = ladder.answer
    last = answer.after or answer.before
    decided_by = last.decided_by
    return {
        "answer": answer,
        "before": ruling_line(answer.before),
        "after": ruling_line(answer.after) if answer.after else None,
        "steps": [step_line(step) for step in ladder.steps],
        "steps_after": [step_line(step) for step in ladder.steps_after or ()],
        "refusals": ladder.refusals,
        "may_keep": Permission.UPDATE_POLICY in permissions and not form.via_agency,
        "kept_policy": decided_by.policy.name if decided_by and decided_by.policy else "",
        "expected": "allowed" if last.allowed else "denied",
    }


def table_context(request: ActorRequest, table: Table) -> dict[str, object]:
    """Many accounts: how many are denied, and a line for each."""
    rulings = [answer.after or answer.before for answer in table.answers]
    return {
        "table": table,
        "denied": sum(not ruling.allowed for ruling in rulings),
        "changed": sum(answer.is_changed for answer in table.answers),
        "lines": [answer_line(request, answer) for answer in table.answers[:SHOWN]],
        "shown": min(SHOWN, len(table.answers)),
        "refusals": table.refusals,
    }


def answer_line(request: ActorRequest, answer: Answer) -> AnswerLine:
    """A line of the table."""
    return AnswerLine(
        answer=answer,
        url=f"{reverse('simulator')}?{query_of(request, who=answer.account.id)}",
        place=" / ".join(step.name for step in answer.path[1:-1]),
        before=ruling_line(answer.before),
        after=ruling_line(answer.after) if answer.after else None,
    )


def ruling_line(ruling: Ruling) -> RulingLine:
    """A decision, with the line that decided it."""
    return RulingLine(ruling, url_of_place(ruling.decided_by))


def step_line(step: Step) -> StepLine:
    """A rung, with the ways to its lines."""
    lines = tuple(SaidLine(said, url_of_place(said.place)) for said in step.statements)
    name = "account" if len(step.entity.id) == len("0" * 32) else "unit"
    return StepLine(step, url_of(name, step.entity.id), lines)


def url_of_place(place: Place | None) -> str:
    """The policy in its editor, at the line of the statement; nothing where no policy decided."""
    if place is None or place.policy is None:
        return ""
    path = reverse("policy", args=[place.policy.id])
    return f"{path}?{urlencode({'line': place.line})}" if place.line else path


def address_of(request: ActorRequest) -> str:
    """Where the question is asked: what is empty is left out, so that it can be sent."""
    asked = query_of(request)
    return f"{reverse('simulator')}?{asked}" if asked else reverse("simulator")


def query_of(request: ActorRequest, *, who: str = "") -> str:
    """The question as it stands in an address; about one account, where that is named."""
    given = request.POST if request.method == "POST" else request.GET
    single = ("action", "resource", "agency", "change", "policy", "entity", "to", "draft")
    form = SimulatorForm.read(given)
    said = [("who", one) for one in ([who] if who else form.who)]
    said += [(name, given[name]) for name in single if given.get(name)]
    for row in form.rows:
        if row.key or row.value:
            said += [("key", row.key), ("value", row.value)]
    return urlencode(said)
