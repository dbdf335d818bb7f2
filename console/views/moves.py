"""Moving a unit or accounts under another parent: a tree to choose from, and the move."""

from http import HTTPStatus

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from console import offers
from console.forms.moves import DestinationForm, MoveForm, read_moves, written
from console.middleware import ActorRequest
from console.rendering import page, wants_fragment, way_back
from console.views.changes import Change, show_change, show_changed, show_done
from orgs import operations, queries
from orgs.models import Account, OrganizationalUnit
from orgs.permissions import Permission
from orgs.queries.targets import Targets

PICKER = "picker"
PLACES_NAMED = 3  # in the sentence that says where accounts are


@require_http_methods(["GET", "POST"])
def move_unit(request: ActorRequest, unit_id: str) -> HttpResponse:
    """A unit, and all that hangs on it."""
    form = MoveForm(request.POST if request.method == "POST" else None)
    if is_choosing(request) or not form.is_valid():
        targets = queries.targets.list_targets_of_unit(
            actor=request.actor, unit_id=unit_id, **opened_at(request)
        )
        change = change_of(
            request,
            targets,
            Permission.MOVE_UNIT,
            action=reverse("move_unit", args=[unit_id]),
            back=reverse("unit", args=[unit_id]),
            hidden=(source_shown_first(request, targets),),
        )
        return show_move(request, targets, form, change, is_unit=True)
    unit = operations.units.move_organizational_unit(
        actor=request.actor,
        unit_id=unit_id,
        source_parent_id=form.cleaned_data["source_parent_id"],
        destination_parent_id=form.cleaned_data["destination_parent_id"],
    )
    said = _("%(name)s is in %(place)s now.") % {"name": unit.name, "place": unit.parent}
    return show_changed(request, unit.pk, said=said, undo=undo_of("undo_move_of_unit", unit))


@require_http_methods(["GET", "POST"])
def move_account(request: ActorRequest, account_id: str) -> HttpResponse:
    """An account."""
    form = MoveForm(request.POST if request.method == "POST" else None)
    if is_choosing(request) or not form.is_valid():
        targets = queries.targets.list_targets_of_accounts(
            actor=request.actor, account_ids=[account_id], **opened_at(request)
        )
        change = change_of(
            request,
            targets,
            Permission.MOVE_ACCOUNT,
            action=reverse("move_account", args=[account_id]),
            back=reverse("account", args=[account_id]),
            hidden=(source_shown_first(request, targets),),
        )
        return show_move(request, targets, form, change)
    account = operations.accounts.move_account(
        actor=request.actor,
        account_id=account_id,
        source_parent_id=form.cleaned_data["source_parent_id"],
        destination_parent_id=form.cleaned_data["destination_parent_id"],
    )
    said = _("%(name)s is in %(place)s now.") % {"name": account.name, "place": account.unit}
    undo = undo_of("undo_move_of_accounts", account)
    return show_changed(request, account_id=account.pk, said=said, undo=undo)


@require_POST
def move_accounts(request: ActorRequest) -> HttpResponse:
    """Several accounts: all of them, or none. What is chosen first comes as `resource`."""
    chosen = request.POST.getlist("resource")
    moves = read_moves(request.POST)
    back = way_back(request)
    if not moves and (why_not := offers.why_not_together(chosen)):
        change = Change(
            title=_("Move accounts"),
            submit="",
            action=reverse("move_accounts"),
            back=back,
            why_not=why_not,
        )
        return show_change(request, change, DestinationForm())
    form = DestinationForm(request.POST)
    if not moves or is_choosing(request) or not form.is_valid():
        targets = queries.targets.list_targets_of_accounts(
            actor=request.actor,
            account_ids=[move.account_id for move in moves] or chosen,
            **opened_at(request),
        )
        # What was shown first stays the source: a move in between has to be noticed.
        shown = moves or [operations.accounts.Move(one.id, one.source_id) for one in targets.moved]
        change = change_of(
            request,
            targets,
            Permission.MOVE_ACCOUNT,
            action=reverse("move_accounts"),
            back=back,
            hidden=(
                ("back", back),
                *(("moved", written(move.account_id, move.source_parent_id)) for move in shown),
            ),
        )
        return show_move(request, targets, form, change, is_sent=bool(moves))
    moved = operations.accounts.move_accounts(
        actor=request.actor,
        moves=moves,
        destination_parent_id=form.cleaned_data["destination_parent_id"],
    )
    said = ngettext(
        "%(n)s account is in %(place)s now.", "%(n)s accounts are in %(place)s now.", len(moved)
    ) % {"n": len(moved), "place": moved[0].unit}
    undo = undo_of("undo_move_of_accounts", moved[0])
    return show_done(request, back=back, said=said, undo=undo)


@require_POST
def undo_move_of_accounts(request: ActorRequest, number: int) -> HttpResponse:
    """Take back the move of that number; one stays where one is."""
    moved = operations.accounts.undo_move(actor=request.actor, number=number)
    said = ngettext(
        "%(n)s account is back where it was.",
        "%(n)s accounts are back where they were.",
        len(moved),
    ) % {"n": len(moved)}
    return show_done(request, back=way_back(request), said=said)


@require_POST
def undo_move_of_unit(request: ActorRequest, number: int) -> HttpResponse:
    """Take back the move of that number; one stays where one is."""
    unit = operations.units.undo_move(actor=request.actor, number=number)
    said = _("%(name)s is back in %(place)s.") % {"name": unit.name, "place": unit.parent}
    return show_done(request, back=way_back(request), said=said)


def undo_of(name: str, moved: Account | OrganizationalUnit) -> str:
    """Where a move that was just made is taken back: its event is the last of the organization."""
    assert moved.organization is not None  # noqa: S101  (what was moved is in one)
    return reverse(name, args=[moved.organization.version])


def change_of(
    request: ActorRequest,
    targets: Targets,
    permission: Permission,
    *,
    action: str,
    back: str,
    hidden: tuple[tuple[str, str], ...],
) -> Change:
    """What the form says: what is moved, and where it is now."""
    many = len(targets.moved)
    places = targets.source_names
    named = ", ".join(places[:PLACES_NAMED])
    if len(places) > PLACES_NAMED:
        lead = _("They are in %(count)s places.") % {"count": len(places)}
    elif many > 1:
        lead = _("They are in %(places)s.") % {"places": named}
    else:
        lead = _("It is in %(place)s.") % {"place": named}
    return Change(
        title=_("Move %(name)s") % {"name": targets.moved[0].name}
        if many == 1
        else _("Move %(n)s accounts") % {"n": many},
        lead=lead,
        submit=_("Move here"),
        action=action,
        back=back,
        why_not=offers.why_not(request, targets, permission),
        hidden=hidden,
        about=tuple(one.name for one in targets.moved) if many > 1 else (),
    )


def show_move(
    request: ActorRequest,
    targets: Targets,
    form: DestinationForm,
    change: Change,
    *,
    is_sent: bool = True,
    is_unit: bool = False,
) -> HttpResponse:
    """The form with the tree to choose from; or only the tree, opened at another place."""
    is_wrong = is_sent and form.is_bound and not is_choosing(request)
    context: dict[str, object] = {
        "change": change,
        "targets": targets,
        "form": form,
        "is_wrong": is_wrong,
        "chosen": request.POST.get("destination_parent_id", ""),
        "preview_kind": "move_unit" if is_unit else "move_accounts",
        "preview_entity": targets.moved[0].id if len(targets.moved) == 1 else "",
        "section": "structure",
    }
    only_picker = wants_fragment(request) and request.htmx.target == PICKER
    return page(
        request,
        "console/move.html",
        context,
        fragment=PICKER if only_picker else "dialog",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK,
    )


def is_choosing(request: ActorRequest) -> bool:
    """Whether the tree was opened at another place, and nothing is to be moved yet."""
    return request.method == "GET" or "at" in request.POST


def opened_at(request: ActorRequest) -> dict[str, str]:
    """The place that the tree is open down to, and after which of its units the part begins."""
    at, _space, after = request.POST.get("at", "").partition(" ")
    return {"at": at, "after": after}


def source_shown_first(request: ActorRequest, targets: Targets) -> tuple[str, str]:
    """What was shown first stays the source: a move in between has to be noticed."""
    field = "source_parent_id"
    return field, request.POST.get(field) or targets.moved[0].source_id
