"""What happened."""

from http import HTTPStatus

from django.http import HttpResponse
from django.views.decorators.http import require_GET
from django_htmx.http import replace_url

from console.forms.events import ActivityFilterSet
from console.lines import event_lines
from console.middleware import ActorRequest
from console.rendering import address, page, sizes, wants_fragment
from orgs import queries

EVENTS = "events"
OLDER = "older"  # the line after the last event, which the next part takes the place of


@require_GET
def activity(request: ActorRequest) -> HttpResponse:
    """The events of the organization, or of one entity; as much of them as the actor may see."""
    filters = ActivityFilterSet(request.GET)
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
        "newest": address(request, before=None),
        "older": address(request, before=part.before),
        "everything": address(request, before=None, entity=None),
        "section": "activity",
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
