"""Creating, renaming and deleting organizational units."""

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from console import offers
from console.forms.units import UnitNameForm
from console.middleware import HEADING, ActorRequest
from console.rendering import page, wants_fragment
from console.views.changes import Change, show_change, show_changed
from console.views.structure import place_of, url_of
from orgs import operations
from orgs.permissions import Permission


@require_http_methods(["GET", "POST"])
def create_unit(request: ActorRequest, unit_id: str) -> HttpResponse:
    """A new unit in the root or in a unit."""
    if request.method == "GET":
        return show_create(request, unit_id, UnitNameForm())
    form = UnitNameForm(request.POST)
    if not form.is_valid():
        return show_create(request, unit_id, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    unit = operations.units.create_organizational_unit(
        actor=request.actor, parent_id=unit_id, name=form.cleaned_data["name"]
    )
    return show_changed(request, unit.pk, said=_("%(name)s is created.") % {"name": unit.name})


@require_http_methods(["GET", "POST"])
def rename_unit(request: ActorRequest, unit_id: str) -> HttpResponse:
    """Another name for a unit."""
    if request.method == "GET":
        return show_rename(request, unit_id)
    form = UnitNameForm(request.POST)
    if not form.is_valid():
        return show_rename(request, unit_id, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    unit = operations.units.update_organizational_unit(
        actor=request.actor, unit_id=unit_id, name=form.cleaned_data["name"]
    )
    said = _("The unit is named %(name)s.") % {"name": unit.name}
    return show_changed(request, unit.pk, said=said)


@require_http_methods(["GET", "POST"])
def delete_unit(request: ActorRequest, unit_id: str) -> HttpResponse:
    """The end of a unit that holds nothing."""
    place = place_of(request, unit_id, besides_root=True)
    if request.method == "GET":
        change = Change(
            title=_("Delete %(name)s?") % {"name": place.node.name},
            lead=_(
                "The unit and its tags go for good; its id is never used again."
                " What was done with it stays in the activity."
            ),
            submit=_("Delete unit"),
            action=reverse("delete_unit", args=[unit_id]),
            back=url_of(place),
            why_not=offers.why_not_delete(request, place),
            destroys=True,
        )
        return show_change(request, change, forms.Form())
    operations.units.delete_organizational_unit(actor=request.actor, unit_id=unit_id)
    said = _("%(name)s is deleted.") % {"name": place.node.name}
    if place.unit.parent_id in place.seen_ids:
        return show_changed(request, place.unit.parent_id, said=said)
    # With the unit went the rights on it; what is left of them stands on their page.
    messages.success(request, said)
    left = reverse("own_rights")
    return HttpResponseClientRedirect(left) if wants_fragment(request) else redirect(left)


def show_create(
    request: ActorRequest,
    unit_id: str,
    form: UnitNameForm,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """The form for a new unit."""
    place = place_of(request, unit_id)
    change = Change(
        title=_("New unit in %(name)s") % {"name": place.node.name},
        submit=_("Create unit"),
        action=reverse("create_unit", args=[unit_id]),
        back=url_of(place),
        why_not=offers.why_not_create(request, place),
    )
    return show_change(request, change, form, status=status)


def show_rename(
    request: ActorRequest,
    unit_id: str,
    form: UnitNameForm | None = None,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """The form with the name a unit has, or with the one that was typed."""
    place = place_of(request, unit_id, besides_root=True)
    change = Change(
        title=_("Rename %(name)s") % {"name": place.node.name},
        lead=_("Its id, and what is attached to it, stay the same."),
        submit=_("Rename unit"),
        action=reverse("rename_unit", args=[unit_id]),
        back=url_of(place),
        why_not=offers.why_not(request, place, Permission.UPDATE_UNIT),
    )
    form = form or UnitNameForm(initial={"name": place.node.name})
    if wants_fragment(request) and request.htmx.target == HEADING:
        context: dict[str, object] = {"change": change, "form": form, "structure": place}
        return page(request, "console/heading.html", context, fragment="rename", status=status)
    return show_change(request, change, form, status=status)
