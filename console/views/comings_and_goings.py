"""Accounts on their way in and out: the other tabs of the accounts page.

What still runs is asked for again by the page itself, every two seconds, until nothing of it runs; a
browser without JavaScript shows how it stands each time it loads the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django_htmx.http import replace_url

from console import offers
from console.forms.comings_and_goings import (
    ClosingsForm,
    CreationsForm,
    DeparturesForm,
    InvitationsForm,
    StateForm,
)
from console.middleware import ActorRequest
from console.rendering import address, page, wants_fragment
from orgs import queries
from orgs.permissions import Permission
from orgs.queries.comings_and_goings import ClosingLine, CreationLine, Part, Tally

LIST = "requests"
RUNNING = "running"  # the rows that are asked for again
MORE = "more"  # the line after the last row, which the next part takes the place of


@dataclass(frozen=True, slots=True)
class Tab:
    """A side of the accounts page."""

    label: str
    url: str
    count: int
    is_current: bool


@require_GET
def sent_invitations(request: ActorRequest) -> HttpResponse:
    """The invitations that the organization has sent, or those into units of one's own rights."""
    form = InvitationsForm(request.GET)
    part = queries.comings_and_goings.list_invitations(
        actor=request.actor, state=form.wanted(), after=request.GET.get("after", "")
    )
    context: dict[str, object] = {
        "may_end_one": any(row.may_be_ended for row in part.rows),
        "days_kept": settings.INVITATION_RECORDS_KEPT.days,
    }
    return show_list(request, "console/sent_invitations.html", form, part, context)


@require_GET
def creations(request: ActorRequest) -> HttpResponse:
    """The requests to create accounts."""
    if is_watching(request):
        rows = queries.comings_and_goings.watch_creations(
            actor=request.actor, request_ids=request.GET.getlist("watch")
        )
        return show_running(request, "console/creations.html", rows)
    form = CreationsForm(request.GET)
    part = queries.comings_and_goings.list_creations(
        actor=request.actor, state=form.wanted(), after=request.GET.get("after", "")
    )
    context = watching(request, part.running)
    context["days_kept"] = settings.CREATION_RECORDS_KEPT.days
    return show_list(request, "console/creations.html", form, part, context)


@require_GET
def closings(request: ActorRequest) -> HttpResponse:
    """The requests to close accounts."""
    if is_watching(request):
        rows = queries.comings_and_goings.watch_closings(
            actor=request.actor, request_ids=request.GET.getlist("watch")
        )
        return show_running(request, "console/closings.html", rows)
    form = ClosingsForm(request.GET)
    part = queries.comings_and_goings.list_closings(
        actor=request.actor, state=form.wanted(), after=request.GET.get("after", "")
    )
    return show_list(request, "console/closings.html", form, part, watching(request, part.running))


@require_GET
def former_members(request: ActorRequest) -> HttpResponse:
    """The accounts that were members (R-ORG-18)."""
    form = DeparturesForm(request.GET)
    part = queries.comings_and_goings.list_departures(
        actor=request.actor, kind=form.wanted(), after=request.GET.get("after", "")
    )
    return show_list(request, "console/former_members.html", form, part)


def show_list[Row](
    request: ActorRequest,
    template: str,
    form: StateForm,
    part: Part[Row],
    extra: dict[str, object] | None = None,
) -> HttpResponse:
    """The page; or its list for another state; or the next rows of it."""
    valid = form.is_valid()
    context: dict[str, object] = {
        "form": form,
        "part": part if valid else None,
        "permissions": part.permissions,
        "is_filtered": valid and bool(form.wanted()),
        "is_later_part": "after" in request.GET,
        "here": address(request),
        "more": address(request, after=part.after),
        "beginning": address(request, after=None),
        "sees_all": part.sees_all,
        **head(request, part.permissions),
        **(extra or {}),
    }
    is_more = valid and wants_fragment(request) and request.htmx.target == MORE
    response = page(
        request,
        template,
        context,
        fragment="lines" if is_more else LIST,
        status=HTTPStatus.OK if valid else HTTPStatus.UNPROCESSABLE_ENTITY,
    )
    if wants_fragment(request) and not is_more:
        replace_url(response, address(request))
    return response


def head(request: ActorRequest, permissions: frozenset[Permission]) -> dict[str, object]:
    """What every side of the accounts page begins with; counted only where it is shown."""
    tally = cast(
        Tally,
        SimpleLazyObject(partial(queries.comings_and_goings.get_tally, actor=request.actor)),
    )
    return {
        "offers": offers.of_accounts(request, permissions),
        "tabs": SimpleLazyObject(lambda: tabs_of(request, tally)),
        "sizes": SimpleLazyObject(lambda: tally.sizes),
        "section": "accounts",
    }


def tabs_of(request: HttpRequest, tally: Tally) -> list[Tab]:
    """The sides, each with the number of its rows."""
    sides = (
        (_("Accounts"), "accounts", tally.accounts),
        (_("Invitations"), "sent_invitations", tally.invitations),
        (_("Creation requests"), "creations", tally.creations),
        (_("Closing requests"), "closings", tally.closings),
        (_("Former members"), "former_members", tally.departures),
    )
    return [
        Tab(label, reverse(name), count, reverse(name) == request.path)
        for label, name, count in sides
    ]


def is_watching(request: ActorRequest) -> bool:
    """Whether only the rows are asked for that were running a moment ago."""
    return wants_fragment(request) and request.htmx.target == RUNNING


def show_running(
    request: ActorRequest, template: str, rows: Sequence[CreationLine | ClosingLine]
) -> HttpResponse:
    """The rows that are watched, as they stand now."""
    context = watching(request, rows)
    running = context["running"]
    # Said again only when it has changed, for those who hear the page.
    context["has_changed"] = str(running) != request.GET.get("ran")
    return page(request, template, context, fragment=RUNNING)


def watching(request: HttpRequest, rows: Sequence[CreationLine | ClosingLine]) -> dict[str, object]:
    """Rows to be watched, how many of them run, and where they are asked for again."""
    running = sum(row.is_running for row in rows)
    query = urlencode([*(("watch", str(row.id)) for row in rows), ("ran", str(running))])
    return {"watched": rows, "running": running, "watch": f"{request.path}?{query}"}
