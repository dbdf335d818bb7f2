"""Agencies: who can come into the own account, entering another, and going back."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from console import switching
from console.middleware import ActorRequest
from console.rendering import page, wants_fragment
from console.views.changes import Change, show_change
from orgs import operations, queries
from orgs.models import Account, Role
from orgs.queries.agencies import WayIn

SECTION = "my_account"


@require_GET
def agencies(request: ActorRequest) -> HttpResponse:
    """Who can come in from outside, and which accounts that left can still be entered from here."""
    context: dict[str, object] = {
        "agencies": queries.agencies.list_agencies(actor=request.actor),
        "former_accounts": queries.agencies.list_former_accounts(actor=request.actor),
        "is_administrator": request.role == Role.ADMINISTRATOR,
        "section": SECTION,
    }
    return page(request, "console/agencies.html", context, fragment="content")


@require_http_methods(["GET", "POST"])
def delete_agency(request: ActorRequest, agency_id: int) -> HttpResponse:
    """First who cannot come in any more, then the deed."""
    agency = queries.agencies.get_agency(actor=request.actor, agency_id=agency_id)
    if request.method == "GET":
        context: dict[str, object] = {
            "agency": agency,
            "is_administrator": request.role == Role.ADMINISTRATOR,
            "is_own_way_in": agency.id == request.actor.agency_id,
            "section": SECTION,
        }
        return page(request, "console/agency_delete.html", context, fragment="content")
    operations.agencies.delete_agency(actor=request.actor, agency_id=agency.id)
    messages.success(request, _("Agency %(name)s is deleted.") % {"name": agency.name})
    return redirect("agencies")


@require_http_methods(["GET", "POST"])
def enter_account(request: ActorRequest, account_id: str) -> HttpResponse:
    """First what it means, then one is in the other account until one goes back."""
    way_in = queries.agencies.get_way_in(actor=request.actor, account_id=account_id)
    if request.method == "GET":
        return show_change(request, to_enter(request, way_in), forms.Form())
    agency = operations.agencies.switch_account(actor=request.actor, account_id=way_in.account_id)
    switching.remember(
        request.session, agency, Account(pk=way_in.account_id, name=way_in.account_name)
    )
    home = reverse("home")
    return HttpResponseClientRedirect(home) if wants_fragment(request) else redirect(home)


@require_http_methods(["GET", "POST"])
def go_back(request: ActorRequest) -> HttpResponse:
    """Back to the own account."""
    if not request.actor.is_switched:
        return redirect("home")
    if request.method == "GET":
        return page(request, "console/go_back.html", {"section": SECTION}, fragment="content")
    operations.agencies.switch_back(actor=request.actor)
    name = switching.forget(request)
    said = _("You are back in %(own)s, and out of %(other)s.")
    messages.success(request, said % {"own": request.actor.home_account_name, "other": name})
    return redirect("home")


def to_enter(request: ActorRequest, way_in: WayIn) -> Change:
    """What entering means, or why one may not."""
    is_member = way_in.organization_id == request.actor.organization_id
    back = reverse("account", args=[way_in.account_id]) if is_member else reverse("agencies")
    return Change(
        title=_("Enter account %(name)s?") % {"name": way_in.account_name},
        lead=_(
            "You act in it as its administrator, by agency %(agency)s, until you go back or sign out."
            " Every change you make there is recorded with your name and with both accounts. Your own"
            " password, sessions and keys stay as they are; their pages are off meanwhile."
        )
        % {"agency": way_in.agency_name},
        submit=_("Enter account"),
        action=reverse("enter_account", args=[way_in.account_id]),
        back=back,
        why_not=why_not_enter(request, way_in),
    )


def why_not_enter(request: ActorRequest, way_in: WayIn) -> str:
    """Why one may not enter, or nothing if one may."""
    if request.actor.is_switched:
        return _("You are in another account already. Go back first.")
    if request.role != Role.ADMINISTRATOR:
        return _("You are signed in as a reader; administrators can enter accounts.")
    if not way_in.is_open:
        return _("The account is being closed or is closed.")
    return ""
