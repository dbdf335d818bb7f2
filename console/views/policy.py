"""A policy: its page with all sides, and what is changed there."""

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import (
    HttpResponseClientRedirect,
    replace_url,
    reswap,
    retarget,
    trigger_client_event,
)

from console import policy_offers
from console.comparing import compare
from console.forms.policies import (
    DescribePolicyForm,
    SaveDocumentForm,
    SearchForm,
    with_plain_line_ends,
)
from console.forms.policy_tests import PolicyTestForm
from console.forms.tags import TagRows
from console.lines import attached_lines
from console.middleware import ActorRequest
from console.policy_editor import Editor, open_editor, read_part, use_tool
from console.rendering import address, page, sizes, wants_fragment
from console.templatetags.console import grouped
from console.views.changes import Change, show_change
from console.views.departures import Consequence
from console.views.policies import PLURALS, SECTION, url_of_trial, url_of_type
from console.views.structure import Tab, last_events
from orgs import errors, operations, queries
from orgs.models import PolicyTest
from orgs.queries.policy_list import PolicyView

POLICY = "policy"  # all that the page shows of it
OUTCOME = "outcome"  # the place over the text where a refusal stands
MORE = "more"
TABS = ("document", "versions", "targets", "tests", "tags", "details", "activity")


@require_GET
def policy(request: ActorRequest, policy_id: str) -> HttpResponse:
    """A policy, from the side that the address names."""
    view = queries.policy_list.get_policy(actor=request.actor, policy_id=policy_id)
    return show_policy(request, view, request.GET.get("tab", ""))


@require_POST
def save_policy(request: ActorRequest, policy_id: str) -> HttpResponse:
    """A new text. Of a service control policy that binds somebody, a word is typed first (R-POL-16)."""
    view = queries.policy_list.get_policy(actor=request.actor, policy_id=policy_id)
    if "tool" in request.POST:
        return show_document(request, view, use_tool(view.policy.policy_type, request.POST))
    document = with_plain_line_ends(request.POST.get("document", ""))
    editor = open_editor(view.policy.policy_type, document, part=read_part(request.POST))
    if with_plain_line_ends(view.policy.content) == document:
        return show_saved(request, view, editor, _("Nothing is different; nothing was saved."))
    is_asked = view.is_bound and editor.is_valid and not policy_offers.why_not_change(request, view)
    form = SaveDocumentForm(request.POST, needed=is_asked)
    if not form.is_valid():
        return show_saving(request, view, form)
    with form.keeps_refusals():
        saved = operations.policies.update_policy(
            actor=request.actor,
            policy_id=policy_id,
            content=form.cleaned_data["document"],
            version=form.cleaned_data["version"],
            is_dry_run=view.is_dry_run,
            reason=form.cleaned_data["reason"],
        )
        fresh = queries.policy_list.get_policy(actor=request.actor, policy_id=policy_id)
        said = _("Version %(n)s of %(name)s is saved.") % {"n": saved.version, "name": saved.name}
        return show_saved(request, fresh, editor, said)
    return show_refused(request, view, editor, form)


def show_saving(request: ActorRequest, view: PolicyView, form: SaveDocumentForm) -> HttpResponse:
    """What saving means, and the word to type. What would change for whom has its place here."""
    change = Change(
        title=_("Save %(name)s?") % {"name": view.policy.name},
        submit=_("Save version %(n)s") % {"n": view.policy.version + 1},
        action=reverse("save_policy", args=[view.policy.pk]),
        back=url_of_policy(view),
        section=SECTION,
        hidden=(
            ("document", request.POST.get("document", "")),
            ("version", request.POST.get("version", "")),
            ("reason", request.POST.get("reason", "")),
        ),
    )
    is_typed = "confirmation" in request.POST
    if not is_typed:
        form.errors.pop("confirmation", None)
    form.takes_the_keyboard()
    context: dict[str, object] = {
        "change": change,
        "form": form,
        "consequences": consequences_of_saving(view),
        "preview_kind": "save",
        "preview_policy": view.policy.pk,
        "difference": compare(
            with_plain_line_ends(view.policy.content),
            with_plain_line_ends(request.POST.get("document", "")),
        ),
        "section": SECTION,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return page(request, "console/policy_change.html", context, fragment="dialog", status=status)


def consequences_of_saving(view: PolicyView) -> list[Consequence]:
    """What comes with a new text of a policy that is attached."""
    entities = ngettext(
        "It is attached to %(n)s entity, and binds there and below at once.",
        "It is attached to %(n)s entities, and binds there and below at once.",
        view.attachments,
    ) % {"n": grouped(view.attachments)}
    return [
        Consequence(text=entities, is_warning=True),
        Consequence(text=_("The text before stays among the versions, and can be restored.")),
    ]


def show_saved(request: ActorRequest, view: PolicyView, editor: Editor, said: str) -> HttpResponse:
    """The page again; over it the keyboard stays in the text, and only what is said of it is new."""
    if not wants_fragment(request):
        messages.success(request, said)
        return redirect(url_of_policy(view))
    context = document_context(request, view, editor) | {"is_answer": True}
    response = page(request, "console/policy.html", context, fragment="saved")
    reswap(response, "none")
    trigger_client_event(response, "toast", {"text": said})
    trigger_client_event(response, "document-saved", {"text": editor.text})
    trigger_client_event(response, "dialog-over", {})
    return trigger_client_event(response, "diagnostics", {}, after="settle")


def show_refused(
    request: ActorRequest, view: PolicyView, editor: Editor, form: SaveDocumentForm
) -> HttpResponse:
    """Why it was not saved, at the text. Where somebody else saved meanwhile, that text stands beside it."""
    context = document_context(request, view, editor) | {
        "form": form,
        "difference": compare(with_plain_line_ends(view.policy.content), editor.text)
        if isinstance(form.refusal, errors.PolicyChangedMeanwhile)
        else None,
        "looked_at": request.POST.get("version", ""),
        "is_answer": True,
    }
    response = page(request, "console/policy.html", context, fragment="refused", status=form.status)
    if wants_fragment(request):
        retarget(response, f"#{OUTCOME}")
        reswap(response, "innerHTML")
        trigger_client_event(response, "dialog-over", {})
        trigger_client_event(response, "diagnostics", {}, after="settle")
    return response


def show_document(
    request: ActorRequest,
    view: PolicyView,
    editor: Editor,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """The page at its text, which may be another than the one that is kept."""
    context = document_context(request, view, editor)
    return page(request, "console/policy.html", context, fragment=POLICY, status=status)


def show_policy(request: ActorRequest, view: PolicyView, tab: str = "") -> HttpResponse:
    """The page from one side."""
    tab = tab if tab in {one.name for one in tabs_of(view, tab)} else TABS[0]
    if tab == "document":
        return show_document(
            request, view, open_editor(view.policy.policy_type, view.policy.content)
        )
    context = policy_context(request, view, tab)
    after = request.GET.get("after", "") if request.method == "GET" else ""
    is_more = bool(after) and wants_fragment(request) and request.htmx.target == MORE
    fragment = POLICY
    if tab == "versions":
        part = queries.policy_list.list_versions(view=view, after=after)
        context |= {
            "part": part,
            "next": part.after,
            "may_restore": not policy_offers.why_not_change(request, view),
        }
        fragment = "version-lines" if is_more else POLICY
    elif tab == "targets":
        context |= targets_context(request, view, after)
        fragment = "target-lines" if is_more else POLICY
        if wants_fragment(request) and request.htmx.target == "targets":
            fragment = "targets"
    elif tab == "tests":
        context |= {
            "outcomes": [
                (outcome, url_of_question(outcome.test))
                for outcome in queries.policy_tests.run_policy_tests(
                    view.policy, view.policy.content
                )
            ],
            "may_change": not policy_offers.why_not_change(request, view),
        }
    elif tab == "tags":
        context |= {
            "structure": view,
            "tag_limit": TagRows.limit(),
            "offers": policy_offers.of_tags(request, view),
        }
    elif tab == "details":
        context["offers"] = policy_offers.of_details(request, view)
        if view.has_other_set:
            context["from_this"] = policy_offers.of_text(request, view)
    else:
        context |= last_events(request, view.policy.pk)
    context |= {
        "after": after,
        "beginning": address(request, after=None),
        "more": address(request, after=context.get("next")),
    }
    response = page(request, "console/policy.html", context, fragment=fragment)
    if fragment == "targets":
        replace_url(response, address(request))
    return response


def targets_context(request: ActorRequest, view: PolicyView, after: str) -> dict[str, object]:
    """The entities that it is attached to, and where it can be attached."""
    form = SearchForm(request.GET if request.method == "GET" else {})
    name = form.cleaned_data["name"] if form.is_valid() else ""
    part = queries.policy_list.list_attached(view=view, name=name, after=after)
    return {
        "search": form,
        "part": part,
        "next": part.after,
        "lines": attached_lines(view, part.lines),
        "is_filtered": bool(name),
        "everything": f"{url_of_policy(view)}?tab=targets",
        "offers": policy_offers.of_targets(request, view),
        "may_detach": not policy_offers.why_not_attach(request, view),
    }


def policy_context(request: ActorRequest, view: PolicyView, tab: str) -> dict[str, object]:
    """What every side shows."""
    return {
        "view": view,
        "tab": tab,
        "tabs": tabs_of(view, tab),
        "list_url": url_of_list(view),
        "type_name": _("Dry run") if view.is_dry_run else PLURALS[view.policy.policy_type],
        "permissions": view.permissions,
        "sizes": sizes(request.actor, view.permissions),
        "section": SECTION,
    }


def document_context(request: ActorRequest, view: PolicyView, editor: Editor) -> dict[str, object]:
    """What the side of the text shows."""
    return policy_context(request, view, "document") | {
        "editor": editor,
        "why_not": policy_offers.why_not_change(request, view),
        "action": reverse("save_policy", args=[view.policy.pk]),
        "looked_at": view.policy.version,
    }


def tabs_of(view: PolicyView, current: str) -> list[Tab]:
    """The sides of a policy."""
    labels = {
        "document": _("Document"),
        "versions": _("Versions"),
        "targets": _("Attached to"),
        "tests": _("Tests"),
        "tags": _("Tags"),
        "details": _("Details"),
        "activity": _("Activity"),
    }
    counts = {"versions": view.versions, "targets": view.attachments, "tags": len(view.tags)}
    # A built-in policy has one text, its own, and carries no tags of anybody.
    hidden = {"versions", "tags", "tests"} if view.policy.is_builtin else set()
    # Only what binds is tested on each save.
    if not view.is_scp or view.is_dry_run:
        hidden.add("tests")
    names = [name for name in TABS if name not in hidden]
    return [
        Tab(name, labels[name], url_of_policy(view, name), name == current, counts.get(name))
        for name in names
    ]


def url_of_policy(view: PolicyView, tab: str = TABS[0]) -> str:
    """The page of a policy, from one side."""
    path = reverse("policy", args=[view.policy.pk])
    return path if tab == TABS[0] else f"{path}?{urlencode({'tab': tab})}"


def url_of_list(view: PolicyView) -> str:
    """The list that a policy stands in."""
    return url_of_trial() if view.is_dry_run else url_of_type(view.policy.policy_type)


def url_of_question(test: PolicyTest) -> str:
    """Where the question of a test is asked; of no account, where one is chosen first."""
    said = [("who", test.account_id or ""), ("action", test.action), ("resource", test.resource)]
    for key, value in test.context.items():
        said += [("key", key), ("value", ",".join(value) if isinstance(value, list) else value)]
    return f"{reverse('simulator')}?{urlencode([one for one in said if one[1] != ''])}"


def show_policy_changed(
    request: ActorRequest, policy_id: str, *, tab: str, said: str
) -> HttpResponse:
    """Where a change led: the fresh page from that side, with what was done."""
    view = queries.policy_list.get_policy(actor=request.actor, policy_id=policy_id)
    if not wants_fragment(request):
        messages.success(request, said)
        return redirect(url_of_policy(view, tab))
    response = show_policy(request, view, tab)
    retarget(response, f"#{POLICY}")
    reswap(response, "outerHTML")
    replace_url(response, url_of_policy(view, tab))
    trigger_client_event(response, "toast", {"text": said})
    return trigger_client_event(response, "dialog-over", {}, after="settle")


@require_http_methods(["GET", "POST"])
def describe_policy(request: ActorRequest, policy_id: str) -> HttpResponse:
    """Another name or description."""
    view = queries.policy_list.get_policy(actor=request.actor, policy_id=policy_id)
    initial = {"name": view.policy.name, "description": view.policy.description}
    form = DescribePolicyForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        with form.keeps_refusals():
            changed = operations.policies.update_policy(
                actor=request.actor,
                policy_id=policy_id,
                name=form.cleaned_data["name"],
                description=form.cleaned_data["description"],
                is_dry_run=view.is_dry_run,
            )
            said = _("%(name)s is saved.") % {"name": changed.name}
            return show_policy_changed(request, policy_id, tab="details", said=said)
    change = Change(
        title=_("Rename or describe %(name)s") % {"name": view.policy.name},
        submit=_("Save"),
        action=reverse("describe_policy", args=[policy_id]),
        back=url_of_policy(view, "details"),
        section=SECTION,
        why_not=policy_offers.why_not_change(request, view),
    )
    form.takes_the_keyboard()
    status = form.status if form.is_bound else HTTPStatus.OK
    return show_change(request, change, form, status=status)


@require_http_methods(["GET", "POST"])
def delete_policy(request: ActorRequest, policy_id: str) -> HttpResponse:
    """A policy that is attached nowhere, with its versions, tags and tests (R-POL-9)."""
    view = queries.policy_list.get_policy(actor=request.actor, policy_id=policy_id)
    if request.method == "GET":
        change = Change(
            title=_("Delete %(name)s?") % {"name": view.policy.name},
            lead=_(
                "Its versions and tags go with it. What it recorded stays. This cannot be undone."
            )
            if view.is_dry_run
            else _("Its versions, tags and tests go with it. This cannot be undone."),
            submit=_("Delete"),
            action=reverse("delete_policy", args=[policy_id]),
            back=url_of_policy(view, "details"),
            section=SECTION,
            why_not=policy_offers.why_not_delete(request, view),
            destroys=True,
        )
        return show_change(request, change, forms.Form())
    operations.policies.delete_policy(
        actor=request.actor, policy_id=policy_id, is_dry_run=view.is_dry_run
    )
    messages.success(request, _("%(name)s is deleted.") % {"name": view.policy.name})
    there = url_of_list(view)
    return HttpResponseClientRedirect(there) if wants_fragment(request) else redirect(there)


@require_http_methods(["GET", "POST"])
def edit_policy_test(request: ActorRequest, policy_id: str, test_id: int) -> HttpResponse:
    """Another question, or another answer that is expected."""
    view = queries.policy_list.get_policy(actor=request.actor, policy_id=policy_id)
    test = queries.policy_tests.find_policy_test(view.policy, test_id)
    form = PolicyTestForm.of(test, request.POST if request.method == "POST" else None)
    if form.is_valid():
        operations.policy_tests.update_policy_test(
            actor=request.actor, policy_id=policy_id, test_id=test_id, **form.cleaned_data
        )
        return show_policy_changed(request, policy_id, tab="tests", said=_("The test is saved."))
    who = test.account.name if test.account else _("the policy alone")
    change = Change(
        title=_("Change this test of %(name)s") % {"name": view.policy.name},
        lead=_("It is about: %(who)s.") % {"who": who},
        submit=_("Save the test"),
        action=reverse("edit_policy_test", args=[policy_id, test_id]),
        back=url_of_policy(view, "tests"),
        section=SECTION,
        why_not=policy_offers.why_not_change(request, view),
    )
    form.takes_the_keyboard()
    status = form.status if form.is_bound else HTTPStatus.OK
    return show_change(request, change, form, status=status)


@require_http_methods(["GET", "POST"])
def delete_policy_test(request: ActorRequest, policy_id: str, test_id: int) -> HttpResponse:
    """A question that is asked no longer."""
    view = queries.policy_list.get_policy(actor=request.actor, policy_id=policy_id)
    if request.method == "POST":
        operations.policy_tests.delete_policy_test(
            actor=request.actor, policy_id=policy_id, test_id=test_id
        )
        return show_policy_changed(request, policy_id, tab="tests", said=_("The test is deleted."))
    change = Change(
        title=_("Delete this test of %(name)s?") % {"name": view.policy.name},
        submit=_("Delete the test"),
        action=reverse("delete_policy_test", args=[policy_id, test_id]),
        back=url_of_policy(view, "tests"),
        section=SECTION,
        lead=_("It is asked no longer when the policy is saved."),
        why_not=policy_offers.why_not_change(request, view),
        destroys=True,
    )
    return show_change(request, change, forms.Form())
