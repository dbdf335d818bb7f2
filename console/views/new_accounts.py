"""More accounts: one that is made, or one that is asked to join."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from console import offers
from console.forms.fields import RefusableForm
from console.forms.new_accounts import CreateAccountForm, InviteAccountForm
from console.forms.tags import TagRows
from console.middleware import ActorRequest
from console.rendering import page, wants_fragment
from console.views.moves import PICKER, opened_at
from orgs import departures, operations, queries
from orgs.models import Invitation
from orgs.permissions import Permission
from orgs.queries.comings_and_goings import Room


@require_http_methods(["GET", "POST"])
def create_account(request: ActorRequest) -> HttpResponse:
    """An account that is made a little later."""
    if request.method == "GET":
        return show_form(request, "create_account", CreateAccountForm(), TagRows.of(()))
    form, rows = CreateAccountForm(request.POST), TagRows.read(request.POST)
    if is_filling_in(request):
        fill_in(request, form, rows)
        return show_form(request, "create_account", form, rows)
    is_sound = rows.is_valid()
    if form.is_valid() and is_sound:
        given = form.cleaned_data
        with form.keeps_refusals():
            operations.creations.create_account(
                actor=request.actor,
                name=given["name"],
                email=given["email"],
                phone=given["phone"],
                description=given["description"],
                agency_name=given["agency_name"],
                tags=rows.wanted,
                destination_parent_id=given["destination_parent_id"] or None,
            )
            said = _("%(name)s is being created.") % {"name": given["name"]}
            messages.success(request, said)
            return redirect("creations")
    return show_form(request, "create_account", form, rows)


@require_http_methods(["GET", "POST"])
def invite_account(request: ActorRequest) -> HttpResponse:
    """An account that is there already, and belongs to nobody."""
    form, rows = read_invitation(request)
    if is_sent(request) and (invitation := send(request, form, rows)):
        said = _("%(name)s is invited.") % {"name": invitation.account.name}
        messages.success(request, said)
        return redirect("sent_invitations")
    return show_form(request, "invite_account", form, rows)


@require_http_methods(["GET", "POST"])
def invite_into_unit(request: ActorRequest, unit_id: str) -> HttpResponse:
    """The same, begun at a unit: where those invite as well who may do it on some units only."""
    form, rows = read_invitation(request)
    if is_sent(request) and (invitation := send(request, form, rows, unit_id=unit_id)):
        said = _("%(name)s is invited to %(place)s.") % {
            "name": invitation.account.name,
            "place": invitation.destination,
        }
        messages.success(request, said)
        return redirect("unit", invitation.destination_id)
    return show_invite_into(request, unit_id, form, rows)


def read_invitation(request: ActorRequest) -> tuple[InviteAccountForm, TagRows]:
    """What is typed so far."""
    if request.method == "GET":
        return InviteAccountForm(), TagRows.of(())
    form, rows = InviteAccountForm(request.POST), TagRows.read(request.POST)
    if is_filling_in(request):
        fill_in(request, form, rows)
    return form, rows


def send(
    request: ActorRequest, form: InviteAccountForm, rows: TagRows, *, unit_id: str | None = None
) -> Invitation | None:
    """The invitation, to `unit_id` where no place was chosen; none if something is wrong with the form."""
    is_sound = rows.is_valid()
    if not form.is_valid() or not is_sound:
        return None
    given = form.cleaned_data
    with form.keeps_refusals():
        return operations.invitations.invite_account(
            actor=request.actor,
            target_type=given["target_type"],
            target=given["target"],
            notes=given["notes"],
            tags=rows.wanted,
            destination_parent_id=given["destination_parent_id"] or unit_id,
        )
    return None


def show_invite_into(
    request: ActorRequest, unit_id: str, form: InviteAccountForm, rows: TagRows
) -> HttpResponse:
    """The form for an invitation to a unit; who sees only some units is told no numbers of all of them."""
    targets, name = queries.targets.list_places_to_invite(
        actor=request.actor, unit_id=unit_id, **opened_at(request)
    )
    context: dict[str, object] = {
        "form": form,
        "rows": rows,
        "place": name,
        "targets": targets,
        "chosen": request.POST.get("destination_parent_id") or unit_id,
        "action": reverse("invite_into_unit", args=[unit_id]),
        "back": reverse("unit", args=[unit_id]),
        "denied": offers.why_not(request, targets, Permission.INVITE_ACCOUNT),
        "section": "structure",
    }
    if targets.sees_all:
        room = queries.comings_and_goings.get_room(actor=request.actor)
        context |= {"room": room, "why_not": why_not("invite_account", room)}
        context["permissions"] = targets.permissions
    return show(request, "console/invite_account.html", context, form)


def show_form(request: ActorRequest, name: str, form: RefusableForm, rows: TagRows) -> HttpResponse:
    """The page of either form; or only the tree to choose a place from, opened at another one."""
    targets = queries.targets.list_places(actor=request.actor, **opened_at(request))
    room = queries.comings_and_goings.get_room(actor=request.actor)
    chosen = request.POST.get("destination_parent_id") or targets.root.id
    context: dict[str, object] = {
        "form": form,
        "rows": rows,
        "room": room,
        "targets": targets,
        "permissions": targets.permissions,
        "chosen": chosen,
        "action": reverse(name),
        "denied": denied(request, name, targets.permissions),
        "why_not": why_not(name, room),
        "section": "accounts",
    }
    return show(request, f"console/{name}.html", context, form)


def show(
    request: ActorRequest, template: str, context: dict[str, object], form: RefusableForm
) -> HttpResponse:
    """A page with a form; or only its tree."""
    form.takes_the_keyboard()
    status = form.status if is_sent(request) else HTTPStatus.OK
    is_picking = wants_fragment(request) and request.htmx.target == PICKER
    fragment = PICKER if is_picking else "content"
    return page(request, template, context, fragment=fragment, status=status)


def denied(request: ActorRequest, name: str, permissions: frozenset[Permission]) -> str:
    """Why the actor may not send it at all, or nothing if it may."""
    (offer,) = (one for one in offers.of_accounts(request, permissions).all if one.name == name)
    return offer.why_not


def why_not(name: str, room: Room) -> str:
    """Why it cannot be sent now, or nothing if it can."""
    if room.accounts.is_full:
        return _(
            "The account quota is used up; running creations and open invitations count too."
            " An operator of the installation can raise it."
        )
    if name == "invite_account" and not room.invitations.left:
        return _("Enough invitations were sent lately. The next one can go %(when)s.") % {
            "when": departures.in_words(room.invitations.next_at)
        }
    return ""


def is_sent(request: ActorRequest) -> bool:
    """Whether it is to be done now."""
    return request.method == "POST" and not is_filling_in(request)


def is_filling_in(request: ActorRequest) -> bool:
    """Whether the tree was opened elsewhere, or more rows are wanted, and nothing is sent yet."""
    return "at" in request.POST or "more" in request.POST


def fill_in(request: ActorRequest, form: RefusableForm, rows: TagRows) -> None:
    """What was filled in so far stays, and nothing is said yet of what is wrong with it."""
    form.errors.clear()
    if "more" in request.POST:
        rows.add_rows()
