"""A new policy: from nothing, from a text to begin with, or from another policy."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from console import policy_offers
from console.forms.policies import CreatePolicyForm, PolicyFilterForm, with_plain_line_ends
from console.forms.policy_builders import blank
from console.forms.tags import TagRows
from console.middleware import ActorRequest
from console.policy_editor import Editor, open_editor, read_part, use_tool
from console.rendering import page
from console.views.policies import sent_type, type_context, url_of_trial, url_of_type
from orgs import errors, operations, queries
from orgs.models import PolicyType
from orgs.queries.policy_list import PolicyView


@require_http_methods(["GET", "POST"])
def create_policy(request: ActorRequest) -> HttpResponse:
    """Name, description, text and first tags; while its type is off it is not offered (R-PT-8).

    With `dry_run` it is one on trial. With `from` it begins as a copy of another policy, of whichever set:
    so a policy on trial becomes one that binds (R-DRY-10), and one that binds is tried with a change.
    """
    if request.method == "GET":
        return show_beginning(request)
    is_dry_run = is_on_trial(request)
    policy_type = PolicyType.SERVICE_CONTROL_POLICY if is_dry_run else sent_type(request)
    form, rows = CreatePolicyForm(request.POST), TagRows.read(request.POST)
    if "tool" in request.POST or "more" in request.POST:
        return fill_in(request, policy_type, form, rows)
    is_sound = rows.is_valid()
    if form.is_valid() and is_sound:
        given = form.cleaned_data
        with form.keeps_refusals():
            policy = operations.policies.create_policy(
                actor=request.actor,
                name=given["name"],
                description=given["description"],
                policy_type=policy_type,
                content=given["document"],
                tags=rows.wanted,
                is_dry_run=is_dry_run,
            )
            said = (
                _("%(name)s is on trial. It records nothing until it is attached.")
                if is_dry_run
                else _("%(name)s is created. It binds nobody until it is attached.")
            )
            messages.success(request, said % {"name": policy.name})
            return redirect("policy", policy.pk)
    editor = open_editor(policy_type, sent_text(request), part=read_part(request.POST))
    return show_create(request, form, rows, editor, status=form.status)


def show_beginning(request: ActorRequest) -> HttpResponse:
    """The form with what it begins with: a copy, a template, or the least there can be.

    Raises:
        PolicyNotFound: there is no policy to copy.
    """
    copied = request.GET.get("from", "")
    if not copied:
        policy_type = asked_type(request)
        editor = open_editor(policy_type, beginning(policy_type, request.GET.get("template", "")))
        return show_create(request, CreatePolicyForm(), TagRows.of(()), editor)
    source = queries.policy_list.get_policy(actor=request.actor, policy_id=copied)
    if is_on_trial(request) and not source.is_scp:  # only they have dry runs (R-DRY-2)
        raise errors.PolicyNotFound(policy_id=copied)
    policy = source.policy
    form = CreatePolicyForm(initial={"name": policy.name, "description": policy.description})
    text = with_plain_line_ends(policy.content)
    editor = open_editor(policy.policy_type, text)
    return show_create(request, form, TagRows.of(()), editor, source=source)


def fill_in(
    request: ActorRequest, policy_type: PolicyType, form: CreatePolicyForm, rows: TagRows
) -> HttpResponse:
    """What was filled in so far stays, and nothing is said yet of what is wrong with it."""
    form.errors.clear()
    if "more" in request.POST:
        rows.add_rows()
    editor = (
        use_tool(policy_type, request.POST)
        if "tool" in request.POST
        else open_editor(policy_type, sent_text(request), part=read_part(request.POST))
    )
    return show_create(request, form, rows, editor)


def show_create(
    request: ActorRequest,
    form: CreatePolicyForm,
    rows: TagRows,
    editor: Editor,
    *,
    source: PolicyView | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """The form, and the texts to begin with."""
    types = queries.policy_list.list_policy_types(actor=request.actor)
    line = types.line(editor.policy_type)
    is_dry_run = is_on_trial(request)
    action = reverse("create_policy")
    asked = {"dry_run": "1"} if is_dry_run else {"type": line.policy_type}
    beginnings = [("", _("From nothing"))]
    beginnings += [
        (template.key, template.title)
        for template in queries.policy_catalogue.list_templates(
            line.policy_type, language=get_language() or "en"
        )
    ]
    is_fresh = request.method == "GET" and source is None
    context = type_context(request, types, line) | {
        "form": form,
        "rows": rows,
        "editor": editor,
        "action": action,
        "is_dry_run": is_dry_run,
        "source": source,
        "why_not": policy_offers.why_not_create_on_trial(request, types)
        if is_dry_run
        else policy_offers.why_not_create(request, types, line),
        "list_url": url_of_trial() if is_dry_run else url_of_type(line.policy_type),
        "beginnings": [
            (
                f"{action}?{urlencode(asked | {'template': key})}",
                title,
                is_fresh and key == request.GET.get("template", ""),
            )
            for key, title in beginnings
        ],
    }
    if is_dry_run:
        context["type_name"] = _("Dry run")
    form.takes_the_keyboard()
    return page(request, "console/create_policy.html", context, fragment="content", status=status)


def is_on_trial(request: ActorRequest) -> bool:
    """Whether the policy is to be one on trial (R-DRY-6)."""
    return bool((request.POST if request.method == "POST" else request.GET).get("dry_run"))


def asked_type(request: ActorRequest) -> PolicyType:
    """The type that the address names; what is none is taken for the first, and so it is on trial."""
    form = PolicyFilterForm(request.GET)
    form.is_valid()
    return PolicyType.SERVICE_CONTROL_POLICY if is_on_trial(request) else form.policy_type()


def beginning(policy_type: PolicyType, key: str) -> str:
    """The text of a template, or the least that a policy of that type needs."""
    templates = queries.policy_catalogue.list_templates(policy_type)
    return next((one.content for one in templates if one.key == key), blank(policy_type))


def sent_text(request: ActorRequest) -> str:
    """The text as it was typed so far."""
    return with_plain_line_ends(request.POST.get("document", ""))
