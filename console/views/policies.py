"""The policies of an organization by type, and the tools of the editor that belong to none of them."""

from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import replace_url, trigger_client_event

from console import policy_offers
from console.forms.policies import PolicyFilterForm, SearchForm, with_plain_line_ends
from console.lines import policy_lines
from console.middleware import ActorRequest
from console.policy_editor import Editor, open_editor, read_part, use_tool
from console.rendering import address, page, sizes, wants_fragment
from console.views.structure import Tab
from orgs import queries
from orgs.models import PolicyType
from orgs.queries.policy_catalogue import WordKind
from orgs.queries.policy_list import PolicyTypes, TypeLine

SECTION = "policies"
PLURALS: dict[str, str | Promise] = {
    PolicyType.SERVICE_CONTROL_POLICY: gettext_lazy("Service control policies"),
    PolicyType.TAG_POLICY: gettext_lazy("Tag policies"),
}
KINDS: dict[WordKind, Promise] = {
    WordKind.ELEMENT: gettext_lazy("word of policies"),
    WordKind.OPERATOR: gettext_lazy("operator"),
    WordKind.KEY: gettext_lazy("condition key"),
    WordKind.ACTION: gettext_lazy("action"),
    WordKind.RESOURCE_TYPE: gettext_lazy("resource type"),
}
MORE = "more"  # the line after the last policy, which the next part takes the place of


@dataclass(frozen=True, slots=True)
class TypeOffers:
    """What can be done with a policy type, and why not; an empty sentence is no reason."""

    why_not_create: str
    why_not_switch: str

    @property
    def reasons(self) -> list[str]:
        """Each reason once."""
        return list(dict.fromkeys(filter(None, (self.why_not_create, self.why_not_switch))))


@require_GET
def policies(request: ActorRequest) -> HttpResponse:
    """The policies of a type, by name."""
    form = PolicyFilterForm(request.GET)
    form.is_valid()
    types = queries.policy_list.list_policy_types(actor=request.actor)
    line = types.line(form.policy_type())
    context = type_context(request, types, line)
    return show_list(
        request,
        "console/policies.html",
        context,
        types=types,
        policy_type=line.policy_type,
        form=form,
    )


def show_list(
    request: ActorRequest,
    template: str,
    context: dict[str, object],
    *,
    types: PolicyTypes,
    policy_type: str,
    form: PolicyFilterForm | SearchForm,
    is_dry_run: bool = False,
) -> HttpResponse:
    """The page; or the list for another filter; or its next lines."""
    is_valid = form.is_valid()
    after = request.GET.get("after", "")
    part = None
    if is_valid:
        part = queries.policy_list.list_policies(
            types=types,
            policy_type=policy_type,
            name=form.cleaned_data["name"],
            after=after,
            is_dry_run=is_dry_run,
        )
    context |= {
        "form": form,
        "part": part,
        "lines": policy_lines(part.lines) if part else [],
        "is_filtered": bool(request.GET.get("name")),
        "is_later_part": bool(after),
        "beginning": address(request, after=None),
        "everything": address(request, after=None, name=None),
        "more": address(request, after=part.after) if part else "",
    }
    is_more = is_valid and wants_fragment(request) and request.htmx.target == MORE
    response = page(
        request,
        template,
        context,
        fragment="lines" if is_more else "policies",
        status=HTTPStatus.OK if is_valid else HTTPStatus.UNPROCESSABLE_ENTITY,
    )
    if wants_fragment(request) and not is_more:
        replace_url(response, address(request))
    return response


def type_context(request: ActorRequest, types: PolicyTypes, line: TypeLine) -> dict[str, object]:
    """A policy type as every page of it begins: how it stands, and what can be done."""
    return {
        "types": types,
        "line": line,
        "type_name": PLURALS[line.policy_type],
        "offers": TypeOffers(
            policy_offers.why_not_create(request, types, line),
            policy_offers.why_not_switch(request, types, line),
        ),
        "tabs": tabs_of_types(types, line.policy_type),
        "permissions": types.permissions,
        "sizes": sizes(request.actor, types.permissions),
        "section": SECTION,
    }


def tabs_of_types(types: PolicyTypes, current: str) -> list[Tab]:
    """The types, and behind them the policies on trial."""
    tabs = [
        Tab(
            one.policy_type,
            str(PLURALS[one.policy_type]),
            url_of_type(one.policy_type),
            one.policy_type == current,
            one.policies,
        )
        for one in types.lines
    ]
    return [*tabs, Tab("dry_run", _("Dry run"), url_of_trial(), not current, types.trial.policies)]


def url_of_trial() -> str:
    """The list of policies on trial."""
    return reverse("dry_runs")


def url_of_type(policy_type: str) -> str:
    """The list of policies of a type; the first type is what the address without one shows."""
    first = next(iter(PolicyType))
    if policy_type == first:
        return reverse("policies")
    return f"{reverse('policies')}?{urlencode({'type': policy_type})}"


@require_POST
def check_document(request: ActorRequest) -> HttpResponse:
    """What is wrong with the text as it was typed so far, and the fields as they stand in it then."""
    text = with_plain_line_ends(request.POST.get("document", ""))
    editor = open_editor(sent_type(request), text, part=read_part(request.POST))
    return show_editor(request, editor, "problems")


@require_GET
def complete_document(request: ActorRequest) -> HttpResponse:
    """The words that can stand where somebody types in a text, and what they are."""
    queries.sight.judge(request.actor, None)
    form = PolicyFilterForm({"type": request.GET.get("type", "")})
    form.is_valid()
    found = queries.policy_catalogue.complete_word(form.policy_type(), request.GET.get("word", ""))
    return JsonResponse(
        {"completions": [{"word": one.word, "kind": str(KINDS[one.kind])} for one in found]}
    )


@require_POST
def build_document(request: ActorRequest) -> HttpResponse:
    """The text after a tool was used, with its fields and with what is wrong with it."""
    return show_editor(request, use_tool(sent_type(request), request.POST), "builder")


def show_editor(request: ActorRequest, editor: Editor, fragment: str) -> HttpResponse:
    """A part of the editor; what else of it changed comes along. The marks in the text are drawn anew."""
    queries.sight.judge(request.actor, None)
    context: dict[str, object] = {"editor": editor, "is_answer": True, "section": SECTION}
    response = page(request, "console/policy_editor.html", context, fragment=f"{fragment}-answer")
    return trigger_client_event(response, "diagnostics", {}, after="settle")


def sent_type(request: HttpRequest) -> PolicyType:
    """The policy type that the editor was opened for; what is none is taken for the first."""
    given = request.POST.get("type", "")
    return PolicyType(given) if given in PolicyType.values else next(iter(PolicyType))
