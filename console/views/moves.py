"""Moving a unit or an account under another parent: a tree to choose from, and the move."""

from http import HTTPStatus

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from console import offers
from console.forms.moves import MoveForm
from console.middleware import ActorRequest
from console.rendering import page, wants_fragment
from console.views.structure import Change, show_changed
from orgs import operations, queries
from orgs.permissions import Permission
from orgs.queries.targets import Targets

PICKER = "picker"


@require_http_methods(["GET", "POST"])
def move_unit(request: ActorRequest, unit_id: str) -> HttpResponse:
    """A unit, and all that hangs on it."""
    form = MoveForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        targets = queries.targets.list_targets_of_unit(
            actor=request.actor, unit_id=unit_id, **_open_at(request)
        )
        return show_move(
            request,
            targets,
            form,
            action=reverse("move_unit", args=[unit_id]),
            back=reverse("unit", args=[unit_id]),
            why_not=offers.why_not(request, targets, Permission.MOVE_UNIT),
        )
    unit = operations.units.move_organizational_unit(
        actor=request.actor,
        unit_id=unit_id,
        source_parent_id=form.cleaned_data["source_parent_id"],
        destination_parent_id=form.cleaned_data["destination_parent_id"],
    )
    said = _("%(name)s is in %(place)s now.") % {"name": unit.name, "place": unit.parent}
    return show_changed(request, unit.pk, said=said)


@require_http_methods(["GET", "POST"])
def move_account(request: ActorRequest, account_id: str) -> HttpResponse:
    """An account."""
    form = MoveForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        targets = queries.targets.list_targets_of_account(
            actor=request.actor, account_id=account_id, **_open_at(request)
        )
        return show_move(
            request,
            targets,
            form,
            action=reverse("move_account", args=[account_id]),
            back=reverse("account", args=[account_id]),
            why_not=offers.why_not(request, targets, Permission.MOVE_ACCOUNT),
        )
    account = operations.accounts.move_account(
        actor=request.actor,
        account_id=account_id,
        source_parent_id=form.cleaned_data["source_parent_id"],
        destination_parent_id=form.cleaned_data["destination_parent_id"],
    )
    said = _("%(name)s is in %(place)s now.") % {"name": account.name, "place": account.unit}
    return show_changed(request, account_id=account.pk, said=said)


def show_move(
    request: ActorRequest,
    targets: Targets,
    form: MoveForm,
    *,
    action: str,
    back: str,
    why_not: str,
) -> HttpResponse:
    """The form with the tree to choose from; or only the tree, opened at another place."""
    change = Change(
        title=_("Move %(name)s") % {"name": targets.name},
        lead=_("It is in %(place)s.") % {"place": targets.source.name},
        submit=_("Move here"),
        action=action,
        back=back,
        why_not=why_not,
    )
    context: dict[str, object] = {
        "change": change,
        "targets": targets,
        "form": form,
        # What was shown first stays the source: a move in between has to be noticed.
        "source_parent_id": form["source_parent_id"].value() or targets.source.pk,
        "chosen": request.GET.get("destination_parent_id", ""),
        "section": "structure",
    }
    only_picker = wants_fragment(request) and request.htmx.target == PICKER
    return page(
        request,
        "console/move.html",
        context,
        fragment=PICKER if only_picker else "dialog",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK,
    )


def _open_at(request: ActorRequest) -> dict[str, str]:
    return {"at": request.GET.get("at", ""), "after": request.GET.get("after", "")}
