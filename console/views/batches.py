"""Creating and inviting many accounts at once: the rows, a verdict on each, and what became of them."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from console import offers
from console.forms.batches import BatchForm, PartForm
from console.middleware import ActorRequest
from console.rendering import address, page
from orgs import operations, queries
from orgs.models import BatchKind, BatchRowState
from orgs.queries.batches import COLUMNS, PERMISSIONS, Judged

SECTION = "accounts"


@require_http_methods(["GET", "POST"])
def create_many(request: ActorRequest) -> HttpResponse:
    """Many accounts to create."""
    return take_rows(request, BatchKind.CREATE)


@require_http_methods(["GET", "POST"])
def invite_many(request: ActorRequest) -> HttpResponse:
    """Many accounts to invite."""
    return take_rows(request, BatchKind.INVITE)


@require_GET
def batches(request: ActorRequest) -> HttpResponse:
    """The last batches of the organization."""
    context: dict[str, object] = {
        "batches": queries.batches.list_batches(actor=request.actor),
        "section": SECTION,
    }
    return page(request, "console/batches.html", context, fragment="content")


@require_GET
def batch(request: ActorRequest, batch_id: str) -> HttpResponse:
    """How far a batch is, row by row; htmx asks again for as long as it moves."""
    form = PartForm(request.GET)
    after, state = form.asked()
    progress = queries.batches.get_progress(
        actor=request.actor, batch_id=batch_id, after=after, state=state
    )
    summary = progress.summary
    context: dict[str, object] = {
        "progress": progress,
        "summary": summary,
        "sides": [
            (
                side,
                side.label,
                getattr(summary, side.value),
                address(request, state=side, after=None),
            )
            for side in BatchRowState
        ],
        "every": address(request, state=None, after=None),
        "state": state,
        "beginning": address(request, after=None) if after else "",
        "here": address(request),
        "more": address(request, after=progress.after) if progress.after else "",
        "why_not": offers.why_not_many(request, progress, PERMISSIONS[summary.kind]),
        "section": SECTION,
    }
    return page(request, "console/batch.html", context, fragment="progress")


@require_GET
def batch_csv(request: ActorRequest, batch_id: str) -> HttpResponseBase:
    """What was typed and what became of it, as a file."""
    lines = queries.batches.export_batch(actor=request.actor, batch_id=batch_id)
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{batch_id}.csv"'},
    )


@require_http_methods(["GET", "POST"])
def cancel_batch(request: ActorRequest, batch_id: str) -> HttpResponse:
    """First what it means, then the deed."""
    if request.method == "POST":
        operations.batches.cancel_batch(actor=request.actor, batch_id=batch_id)
        messages.success(request, _("What waited is cancelled."))
        return redirect("batch", batch_id)
    progress = queries.batches.get_progress(actor=request.actor, batch_id=batch_id, part=1)
    context: dict[str, object] = {
        "summary": progress.summary,
        "why_not": offers.why_not_many(request, progress, PERMISSIONS[progress.summary.kind]),
        "section": SECTION,
    }
    return page(request, "console/batch_cancel.html", context, fragment="content")


def take_rows(request: ActorRequest, kind: BatchKind) -> HttpResponse:
    """The form; or the verdicts on what was sent with it; or the batch that was made of it."""
    if request.method == "GET":
        return show_rows(request, kind, BatchForm(kind))
    form = BatchForm(kind, request.POST, request.FILES)
    if not form.is_valid():
        return show_rows(request, kind, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    text = form.cleaned_data["text"]
    if "send" not in request.POST:
        judged = queries.batches.judge_batch(actor=request.actor, kind=kind, text=text)
        return show_rows(request, kind, form, judged=judged)
    made = operations.batches.create_batch(actor=request.actor, kind=kind, rows=text)
    messages.success(request, _("The rows are on their way."))
    return redirect("batch", made.pk)


def show_rows(
    request: ActorRequest,
    kind: BatchKind,
    form: BatchForm,
    *,
    judged: Judged | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """The form, and above it the verdicts if there are any."""
    room = queries.batches.get_room(actor=request.actor, kind=kind)
    text = form.cleaned_data.get("text") if judged else form["rows"].value()
    context: dict[str, object] = {
        "kind": kind,
        "is_create": kind == BatchKind.CREATE,
        "room": room,
        "form": form,
        "judged": judged,
        "text": text or "",
        "columns": COLUMNS[kind],
        "faults": [*form["rows"].errors, *form["file"].errors],
        "why_not": offers.why_not_many(request, room, PERMISSIONS[kind]),
        "section": SECTION,
    }
    return page(request, "console/batch_rows.html", context, fragment="content", status=status)
