"""The tags of a root, a unit or an account; or of several of them at once."""

from http import HTTPStatus

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from console import offers
from console.forms.tags import TagRows
from console.middleware import ActorRequest
from console.rendering import page, way_back
from console.views.changes import Change, show_change, show_changed, show_done
from console.views.structure import place_of, url_of
from orgs import operations, queries
from orgs.permissions import Permission
from orgs.queries.structure import Structure
from orgs.queries.tags_of_many import Tagged


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
    return show_changed(request, unit_id, account_id=account_id, tab="tags", said=said)


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
        back=f"{url_of(place)}?tab=tags",
        why_not=offers.why_not(request, place, Permission.TAG_RESOURCE),
    )
    return show_change(request, change, forms.Form(), rows=rows, status=status)


@require_POST
def resource_tags(request: ActorRequest) -> HttpResponse:
    """Tags of everything that was chosen (`resource`): of all of it, or of none."""
    back = way_back(request)
    chosen = request.POST.getlist("resource")
    if not chosen:
        change = Change(
            title=_("Tags"),
            submit="",
            action=reverse("resource_tags"),
            back=back,
            why_not=_("Choose units or accounts first: tick them in the tree or in a list."),
        )
        return show_change(request, change, forms.Form())
    tagged = queries.tags_of_many.list_tags_of_resources(actor=request.actor, resource_ids=chosen)
    rows = TagRows.read(request.POST) if "key" in request.POST else TagRows()
    removed_keys = request.POST.getlist("removed_key")
    if "key" not in request.POST or "more" in request.POST:
        rows.add_rows()
        return show_resource_tags(request, tagged, rows, removed_keys, back=back)
    if not rows.is_valid() or not (rows.wanted or removed_keys):
        rows.require_something(removed_keys)
        return show_resource_tags(
            request,
            tagged,
            rows,
            removed_keys,
            back=back,
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
        )
    changed = operations.tags.update_tags_of_resources(
        actor=request.actor,
        resource_ids=tagged.resource_ids,
        tags=rows.wanted,
        removed_keys=removed_keys,
    )
    said = ngettext(
        "The tags of %(n)s resource are changed.",
        "The tags of %(n)s resources are changed.",
        changed,
    ) % {"n": changed}
    return show_done(request, back=back, said=said)


def show_resource_tags(
    request: ActorRequest,
    tagged: Tagged,
    rows: TagRows,
    removed_keys: list[str],
    *,
    back: str,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """Rows for what is to be on all of them, and the keys that are on any of them, to be removed."""
    many = len(tagged.names)
    change = Change(
        title=_("Tags of %(name)s") % {"name": tagged.names[0]}
        if many == 1
        else ngettext("Tags of %(n)s resource", "Tags of %(n)s resources", many) % {"n": many},
        lead=_("Every one of them gets these tags; a key that is there gets the new value."),
        submit=_("Save tags"),
        action=reverse("resource_tags"),
        back=back,
        why_not=offers.why_not(request, tagged, Permission.TAG_RESOURCE),
        hidden=(
            ("back", back),
            *(("resource", resource_id) for resource_id in tagged.resource_ids),
        ),
        about=tagged.names if many > 1 else (),
    )
    context: dict[str, object] = {
        "change": change,
        "form": forms.Form(),
        "rows": rows,
        "tagged": tagged,
        "removed_keys": removed_keys,
        "section": "structure",
    }
    return page(request, "console/change.html", context, fragment="dialog", status=status)
