"""Dry runs: policies on trial, how they are switched and set up, and what they would have denied (R-DRY)."""

from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import replace_url, reswap, retarget, trigger_client_event

from console import policy_offers
from console.forms.dry_runs import DryRunForm, RecordFilterSet
from console.forms.policies import ConfirmForm, SearchForm
from console.lines import record_lines
from console.middleware import ActorRequest
from console.rendering import address, page, sizes, wants_fragment
from console.views.changes import Change
from console.views.departures import Consequence
from console.views.policies import SECTION, TypeOffers, show_list, tabs_of_types, url_of_trial
from orgs import operations, queries
from orgs.models import PolicyType
from orgs.queries import paging
from orgs.queries.dry_runs import ConfigurationRow
from orgs.queries.policy_list import PolicyTypes

SCP = PolicyType.SERVICE_CONTROL_POLICY
STATE = "dry-run-state"  # the box that says how dry runs stand
RECORDS = "records"
MORE = "more"


@require_GET
def dry_runs(request: ActorRequest) -> HttpResponse:
    """The policies on trial, by name, and how dry runs stand (R-DRY-6)."""
    types = queries.policy_list.list_policy_types(actor=request.actor)
    context = trial_context(request, types) | {"side": "policies"}
    form = SearchForm(request.GET)
    return show_list(
        request,
        "console/dry_runs.html",
        context,
        types=types,
        policy_type=SCP,
        form=form,
        is_dry_run=True,
    )


@require_GET
def dry_run_records(request: ActorRequest) -> HttpResponse:
    """What policies on trial would have denied, the newest first (R-DRY-9)."""
    return show_records(request, RecordFilterSet(request.GET))


@require_GET
def dry_run_records_csv(request: ActorRequest) -> HttpResponseBase:
    """The same as a file, all of it."""
    filters = RecordFilterSet(request.GET)
    types = queries.policy_list.list_policy_types(actor=request.actor)
    if not filters.is_valid():
        return show_records(request, filters)
    lines = queries.dry_runs.export_dry_run_records(
        actor=request.actor, permissions=types.permissions, only=filters.wanted()
    )
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="dry-run-records.csv"'},
    )


def show_records(request: ActorRequest, filters: RecordFilterSet) -> HttpResponse:
    """The page; or the records for another filter; or the next lines."""
    is_valid = filters.is_valid()
    after = request.GET.get("after", "")
    types = queries.policy_list.list_policy_types(actor=request.actor)
    records = None
    if is_valid:
        records = queries.dry_runs.list_dry_run_records(
            actor=request.actor,
            permissions=types.permissions,
            only=filters.wanted(),
            limit=queries.dry_runs.PART,
            place=paging.read(after, is_record_id),
        )
    rows = records.rows if records else []
    there = queries.dry_runs.find_still_there(actor=request.actor, records=rows)
    context = trial_context(request, types) | {
        "side": "records",
        "form": filters.form,
        "is_valid": is_valid,
        "part": {"after": paging.written(records.end) if records else ""},
        "lines": record_lines(rows, there),
        "days_kept": settings.DRY_RUN_RECORDS_KEPT.days,
        "is_filtered": any(request.GET.get(name) for name in filters.filters),
        "is_later_part": bool(after),
        "beginning": address(request, reverse("dry_run_records"), after=None),
        "more": address(request, after=paging.written(records.end) if records else None),
        "csv": address(request, reverse("dry_run_records_csv"), after=None),
    }
    is_more = is_valid and wants_fragment(request) and request.htmx.target == MORE
    response = page(
        request,
        "console/dry_run_records.html",
        context,
        fragment="lines" if is_more else RECORDS,
        status=HTTPStatus.OK if is_valid else HTTPStatus.UNPROCESSABLE_ENTITY,
    )
    if wants_fragment(request) and not is_more:
        replace_url(response, address(request))
    return response


def is_record_id(text: str) -> bool:
    """Whether it is a number that a database can hold."""
    return text.isascii() and text.isdigit() and len(text) <= queries.policy_list.LONGEST_NUMBER


@require_GET
def dry_run_state(request: ActorRequest) -> HttpResponse:
    """How dry runs stand; asked again and again until what was begun has ended."""
    types = queries.policy_list.list_policy_types(actor=request.actor)
    if not wants_fragment(request):
        return redirect(url_of_trial())
    return page(
        request, "console/dry_runs.html", trial_context(request, types), fragment="dry-run-state"
    )


@require_http_methods(["GET", "POST"])
def set_up_dry_run(request: ActorRequest) -> HttpResponse:
    """Where dry runs are written; on or off they stay as they are (R-DRY-2, R-DRY-5)."""
    types = queries.policy_list.list_policy_types(actor=request.actor)
    form = form_of(request, types, needed=types.trial.is_on)
    if form.is_valid():
        with form.keeps_refusals():
            operations.dry_runs.update_dry_run_configuration(
                actor=request.actor, root_id=types.root_id, policy_type=SCP, **form.cleaned_data
            )
            return show_done(request, _("Dry runs are set up."))
    change = Change(
        title=_("Set up dry runs"),
        submit=_("Save"),
        action=reverse("set_up_dry_run"),
        back=url_of_trial(),
        section=SECTION,
        why_not=policy_offers.why_not_set_up_dry_run(request, types),
    )
    return show_change(request, change, form, where_it_is_written())


@require_http_methods(["GET", "POST"])
def enable_dry_run(request: ActorRequest) -> HttpResponse:
    """Switch dry runs on: what that means, and where they are written (R-DRY-3, R-DRY-4)."""
    types = queries.policy_list.list_policy_types(actor=request.actor)
    form = form_of(request, types, needed=True)
    if form.is_valid():
        with form.keeps_refusals():
            operations.dry_runs.update_dry_run_configuration(
                actor=request.actor,
                root_id=types.root_id,
                policy_type=SCP,
                status="enabled",
                **form.cleaned_data,
            )
            return show_done(request, _("Dry runs are being switched on."))
    change = Change(
        title=_("Switch dry runs on?"),
        submit=_("Switch on"),
        action=reverse("enable_dry_run"),
        back=url_of_trial(),
        section=SECTION,
        why_not=policy_offers.why_not_switch_dry_run(request, types),
    )
    told = [
        Consequence(
            text=_(
                "From then on policies on trial can be attached. Every call that passes is asked of them"
                " as well, and what they would have denied is recorded. Nothing is denied by them."
            )
        ),
        *where_it_is_written(),
    ]
    return show_change(request, change, form, told)


@require_http_methods(["GET", "POST"])
def disable_dry_run(request: ActorRequest) -> HttpResponse:
    """Switch dry runs off; policies on trial and their attachments stay (R-DRY-8)."""
    types = queries.policy_list.list_policy_types(actor=request.actor)
    if request.method == "POST":
        operations.dry_runs.update_dry_run_configuration(
            actor=request.actor, root_id=types.root_id, policy_type=SCP, status="disabled"
        )
        return show_done(request, _("Dry runs are being switched off."))
    change = Change(
        title=_("Switch dry runs off?"),
        submit=_("Switch off"),
        action=reverse("disable_dry_run"),
        back=url_of_trial(),
        section=SECTION,
        why_not=policy_offers.why_not_switch_dry_run(request, types),
    )
    told = [
        Consequence(text=_("Nothing is recorded from then on.")),
        Consequence(
            text=_("Policies on trial stay, and stay attached; so do the records until their time.")
        ),
    ]
    return show_change(request, change, ConfirmForm(needed=False), told)


def form_of(request: ActorRequest, types: PolicyTypes, *, needed: bool) -> DryRunForm:
    """What is sent, or what is set up."""
    present = configuration_of(request, types)
    initial = {name: getattr(present, name) for name in DryRunForm.base_fields}
    sent = request.POST if request.method == "POST" else None
    return DryRunForm(sent, needed=needed, initial=initial)


def configuration_of(request: ActorRequest, types: PolicyTypes) -> ConfigurationRow:
    """How dry runs are set up."""
    return queries.dry_runs.get_dry_run_configuration(
        actor=request.actor, permissions=types.permissions, root_id=types.root_id, policy_type=SCP
    )


def where_it_is_written() -> list[Consequence]:
    """What becomes of the bucket: the folder of a file, or a note."""
    days = {"days": settings.DRY_RUN_RECORDS_KEPT.days}
    kept = _("Records are kept here for %(days)s days.") % days
    if settings.DRY_RUN_SINK:
        text = _(
            "They are written to files as well, which stay: bucket and prefix are their folders."
        )
    else:
        text = _(
            "This installation writes no files besides: bucket, region and agency are noted, as programs"
            " set them, and nothing is sent there."
        )
    return [Consequence(text=f"{kept} {text}")]


def show_change(
    request: ActorRequest,
    change: Change,
    form: DryRunForm | ConfirmForm,
    consequences: list[Consequence],
) -> HttpResponse:
    """What it means, and what there is to fill in."""
    context: dict[str, object] = {
        "change": change,
        "form": form,
        "consequences": consequences,
        "section": SECTION,
    }
    if form.fields and not change.why_not:
        form.takes_the_keyboard()
    status = form.status if form.is_bound else HTTPStatus.OK
    return page(request, "console/dry_run_change.html", context, fragment="dialog", status=status)


def show_done(request: ActorRequest, said: str) -> HttpResponse:
    """The list again; over it the box alone is new, and the dialog goes."""
    if not wants_fragment(request):
        messages.success(request, said)
        return redirect(url_of_trial())
    types = queries.policy_list.list_policy_types(actor=request.actor)
    response = page(
        request, "console/dry_runs.html", trial_context(request, types), fragment="dry-run-state"
    )
    retarget(response, f"#{STATE}")
    reswap(response, "outerHTML")
    trigger_client_event(response, "toast", {"text": said})
    return trigger_client_event(response, "dialog-over", {}, after="settle")


def trial_context(request: ActorRequest, types: PolicyTypes) -> dict[str, object]:
    """What every side of dry runs begins with: how they stand, and what can be done."""
    return {
        "types": types,
        "line": types.trial,
        "is_dry_run": True,
        "configuration": configuration_of(request, types),
        "offers": TypeOffers(
            policy_offers.why_not_create_on_trial(request, types),
            policy_offers.why_not_switch_dry_run(request, types),
        ),
        "why_not_set_up": policy_offers.why_not_set_up_dry_run(request, types),
        "tabs": tabs_of_types(types, ""),
        "permissions": types.permissions,
        "sizes": sizes(request.actor, types.permissions),
        "section": SECTION,
    }
