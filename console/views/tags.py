"""The tags of a root, a unit or an account."""

from http import HTTPStatus

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from console import offers
from console.forms.tags import TagRows
from console.middleware import ActorRequest
from console.views.structure import Change, place_of, show_change, show_changed, url_of
from orgs import operations, queries
from orgs.permissions import Permission
from orgs.queries.structure import Structure


@require_http_methods(["GET", "POST"])
def unit_tags(request: ActorRequest, unit_id: str) -> HttpResponse:
    """The tags of the root or of a unit."""
    place = place_of(request, unit_id)
    return edit_tags(request, place, action=reverse("unit_tags", args=[unit_id]))


@require_http_methods(["GET", "POST"])
def account_tags(request: ActorRequest, account_id: str) -> HttpResponse:
    """The tags of an account."""
    place = queries.structure.get_account(
        actor=request.actor, account_id=account_id, with_tree=False
    )
    return edit_tags(request, place, action=reverse("account_tags", args=[account_id]))


def edit_tags(request: ActorRequest, place: Structure, *, action: str) -> HttpResponse:
    """The rows to fill in, and the change: only of what was touched."""
    if request.method == "GET":
        return show_tags(request, place, TagRows.of(place.tags), action=action)
    rows = TagRows.read(request.POST)
    if "more" in request.POST:
        rows.add_rows()
        return show_tags(request, place, rows, action=action)
    if not rows.is_valid():
        return show_tags(
            request, place, rows, action=action, status=HTTPStatus.UNPROCESSABLE_ENTITY
        )
    if rows.wanted or rows.removed_keys:
        operations.tags.update_tags(
            actor=request.actor,
            resource_id=place.node.id,
            tags=rows.wanted,
            removed_keys=rows.removed_keys,
        )
    account_id = place.account.pk if place.account else None
    unit_id = None if place.unit.is_root else place.unit.pk
    said = _("The tags of %(name)s are saved.") % {"name": place.node.name}
    return show_changed(request, unit_id, account_id=account_id, said=said)


def show_tags(
    request: ActorRequest,
    place: Structure,
    rows: TagRows,
    *,
    action: str,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """The rows as they are, or as they were typed."""
    change = Change(
        title=_("Tags of %(name)s") % {"name": place.node.name},
        submit=_("Save tags"),
        action=action,
        back=url_of(place),
        why_not=offers.why_not(request, place, Permission.TAG_RESOURCE),
    )
    return show_change(request, change, forms.Form(), rows=rows, status=status)
