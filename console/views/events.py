"""What happened, and what was refused."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET
from django_htmx.http import replace_url

from console.forms.events import ActivityFilterSet, CallPartForm
from console.lines import event_lines
from console.middleware import ActorRequest
from console.rendering import address, page, sizes, wants_fragment
from orgs import queries
from orgs.queries.events import EXPORTED
from orgs.queries.organization_files import inert

EVENTS = "events"
OLDER = "older"  # the line after the last event, which the next part takes the place of
SECTION = "activity"
MORE_FILTERS = ("account", "request", "below")  # that are folded away until one is used
COLUMNS = (
    "number",
    "at",
    "kind",
    "actor_username",
    "actor_account_name",
    "home_account_name",
    "is_operator",
    "source_address",
    "request_id",
    "hash",
)


@require_GET
def activity(request: ActorRequest) -> HttpResponse:
    """The events of the organization, or of one entity; as much of them as the actor may see."""
    return show_activity(request, ActivityFilterSet(request.GET))


@require_GET
def activity_csv(request: ActorRequest) -> HttpResponseBase:
    """The events that the filter lets through as a file, a line for each thing that one touched."""
    filters = ActivityFilterSet(request.GET)
    if not filters.is_valid():
        return show_activity(request, filters)
    events = queries.events.export_events(actor=request.actor, only=filters.wanted())
    return _file(_csv(events), "text/csv; charset=utf-8", "events.csv")


@require_GET
def activity_json(request: ActorRequest) -> HttpResponseBase:
    """The same as JSON, each event with all that it touched."""
    filters = ActivityFilterSet(request.GET)
    if not filters.is_valid():
        return show_activity(request, filters)
    events = queries.events.export_events(actor=request.actor, only=filters.wanted())
    return _file(_json(events), "application/json", "events.json")


@require_GET
def event(request: ActorRequest, number: int) -> HttpResponse:
    """One event: the address that stays."""
    view = queries.events.get_event(actor=request.actor, number=number)
    (line,) = event_lines(
        [view.row],
        with_places=view.is_everything,
        is_of_one=False,
        permissions=view.permissions,
    )
    context: dict[str, object] = {
        "event": view.row,
        "line": line,
        "targets": [*line.first, *line.others],
        "view": view,
        "permissions": view.permissions,
        "section": SECTION,
    }
    return page(request, "console/event.html", context, fragment="content")


@require_GET
def verify_events(request: ActorRequest) -> HttpResponse:
    """Whether any event was altered, removed or added since it was written."""
    verdict = queries.integrity.verify_chain(actor=request.actor)
    context: dict[str, object] = {"verdict": verdict, "section": SECTION}
    return page(request, "console/verify_events.html", context, fragment="content")


@require_GET
def refused_calls(request: ActorRequest) -> HttpResponse:
    """What somebody was refused."""
    return show_calls(request, are_refused=True)


@require_GET
def reads(request: ActorRequest) -> HttpResponse:
    """What programs have read, where that is recorded."""
    return show_calls(request, are_refused=False)


def show_calls(request: ActorRequest, *, are_refused: bool) -> HttpResponse:
    """Calls that changed nothing, in parts."""
    before = CallPartForm(request.GET).asked()
    part = queries.recorded_calls.list_recorded_calls(
        actor=request.actor, are_refused=are_refused, before=before
    )
    context: dict[str, object] = {
        "part": part,
        "are_refused": are_refused,
        "older": address(request, before=part.before) if part.before else "",
        "newest": request.path if before else "",
        "reads_are_recorded": settings.READS_ARE_RECORDED,
        "kept_days": settings.RECORDED_CALLS_KEPT.days,
        "most": settings.RECORDED_CALLS,
        "permissions": part.permissions,
        "tab": "refused" if are_refused else "reads",
        "section": SECTION,
    }
    return page(request, "console/recorded_calls.html", context, fragment="content")


def show_activity(request: ActorRequest, filters: ActivityFilterSet) -> HttpResponse:
    """The page; or the list for another filter; or its next lines."""
    form, valid = filters.form, filters.is_valid()
    wanted, before = (filters.wanted(), form.cleaned_data["before"]) if valid else (None, None)
    part = queries.events.list_events(actor=request.actor, only=wanted, before=before)
    is_older = wants_fragment(request) and request.htmx.target == OLDER
    context: dict[str, object] = {
        "form": form,
        "part": part if valid else None,
        "lines": event_lines(
            part.rows,
            with_places=part.is_everything,
            is_of_one=bool(request.GET.get("entity")),
            permissions=part.permissions,
        ),
        "permissions": part.permissions,
        "sizes": sizes(request.actor, part.permissions),
        "is_filtered": address(request, before=None) != request.path,
        "more_filters": [form[name] for name in MORE_FILTERS],
        "has_more_filters": any(form[name].value() for name in MORE_FILTERS),
        "newest": address(request, before=None),
        "older": address(request, before=part.before),
        "everything": address(request, before=None, entity=None),
        "files": [
            (name, address(request, reverse(view), before=None))
            for name, view in (("CSV", "activity_csv"), ("JSON", "activity_json"))
        ],
        "exported": EXPORTED,
        "reads_are_recorded": settings.READS_ARE_RECORDED,
        "tab": "events",
        "section": SECTION,
    }
    response = page(
        request,
        "console/activity.html",
        context,
        fragment="rows" if is_older and valid else EVENTS,
        status=HTTPStatus.OK if valid else HTTPStatus.UNPROCESSABLE_ENTITY,
    )
    if wants_fragment(request) and not is_older:
        replace_url(response, address(request))
    return response


def _file(lines: Iterator[str], content_type: str, name: str) -> StreamingHttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines, content_type=content_type, headers=headers)


def _csv(events: Iterator[Mapping[str, Any]]) -> Iterator[str]:
    """A line for each target, so that a sheet can sort and filter them; no sheet runs what it holds."""
    targets = ("entity_type", "entity_id", "entity_name", "path", "before", "after")
    yield _line([*COLUMNS, *targets])
    for told in events:
        of_event = [told[column] for column in COLUMNS]
        for target in told["targets"] or [dict.fromkeys(targets)]:
            yield _line([*of_event, *(target[column] for column in targets)])


def _line(cells: list[Any]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(
        inert(
            json.dumps(cell, cls=DjangoJSONEncoder, ensure_ascii=False)
            if isinstance(cell, (dict, list))
            else ""
            if cell is None
            else str(cell)
        )
        for cell in cells
    )
    return written.getvalue()


def _json(events: Iterator[Mapping[str, Any]]) -> Iterator[str]:
    yield "["
    for number, told in enumerate(events):
        yield ",\n" if number else "\n"
        yield json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False)
    yield "\n]\n"
