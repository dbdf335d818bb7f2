"""Invitations to the own account: what they mean, and the answer."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from console.middleware import ActorRequest
from console.rendering import page
from orgs import operations, queries
from orgs.models import Role
from orgs.queries.received_invitations import ReceivedInvitation

SECTION = "received_invitations"


@require_GET
def received_invitations(request: ActorRequest) -> HttpResponse:
    """All of them: the open ones first, then what became of the others."""
    received = queries.received_invitations.list_received(
        actor=request.actor, before=request.GET.get("before", "")
    )
    context: dict[str, object] = {"received": received, "section": SECTION}
    return page(request, "console/received_invitations.html", context, fragment="content")


@require_GET
def received_invitation(request: ActorRequest, invitation_id: str) -> HttpResponse:
    """One of them, for somebody who has never heard of any of this."""
    return show_invitation(request, invitation_id, "console/received_invitation.html")


@require_http_methods(["GET", "POST"])
def accept_invitation(request: ActorRequest, invitation_id: str) -> HttpResponse:
    """First once more what it means, then the account is a member."""
    if request.method == "GET":
        return show_invitation(
            request, invitation_id, "console/received_invitation_accept.html", confirms=True
        )
    invitation = _find(request, invitation_id)
    operations.invitations.accept_invitation(actor=request.actor, invitation_id=invitation.id)
    said = _("Your account is a member of %(name)s now.")
    messages.success(request, said % {"name": invitation.organization_name})
    return redirect("my_account")


@require_http_methods(["GET", "POST"])
def decline_invitation(request: ActorRequest, invitation_id: str) -> HttpResponse:
    """First what it means, then the invitation is turned down for good."""
    if request.method == "GET":
        return show_invitation(
            request, invitation_id, "console/received_invitation_decline.html", confirms=True
        )
    invitation = _find(request, invitation_id)
    operations.invitations.decline_invitation(actor=request.actor, invitation_id=invitation.id)
    said = _("The invitation of %(name)s is declined.")
    messages.success(request, said % {"name": invitation.organization_name})
    return redirect("received_invitation", invitation.id)


def show_invitation(
    request: ActorRequest, invitation_id: str, template: str, *, confirms: bool = False
) -> HttpResponse:
    """The invitation in words. What has ended is not confirmed any more, but told of."""
    invitation = _find(request, invitation_id)
    if confirms and not invitation.is_open:
        return redirect("received_invitation", invitation.id)
    context: dict[str, object] = {
        "invitation": invitation,
        "account": request.account,
        "why_no_answer": why_no_answer(request),
        "why_not_accept": why_not_accept(request),
        "section": SECTION,
    }
    return page(request, template, context, fragment="content")


def why_no_answer(request: ActorRequest) -> str:
    """Why one may neither accept nor decline, or nothing if one may (R-INV-17)."""
    if request.role != Role.ADMINISTRATOR:
        return _("You are signed in as a reader; an administrator of your account can answer.")
    return ""


def why_not_accept(request: ActorRequest) -> str:
    """Why one may not accept, or nothing if one may (R-INV-14)."""
    organization = request.account.organization
    if organization is None:
        return ""
    if organization.management_account_id == request.actor.account_id:
        return _(
            "Your account manages %(name)s, and an account is in one organization at a time. To accept,"
            " that organization has to be empty and deleted first."
        ) % {"name": organization.name}
    return _(
        "Your account is a member of %(name)s, and an account is in one organization at a time. To"
        " accept, it has to leave first."
    ) % {"name": organization.name}


def _find(request: ActorRequest, invitation_id: str) -> ReceivedInvitation:
    return queries.received_invitations.get_received(
        actor=request.actor, invitation_id=invitation_id
    )
