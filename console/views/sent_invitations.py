"""An invitation that was sent: taking it back, mailing it again."""

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from console.middleware import ActorRequest
from console.views.changes import Change, show_change, show_done
from orgs import access, operations, queries
from orgs.models import InvitationState
from orgs.permissions import Permission
from orgs.queries.invitations import InvitationRow


@require_http_methods(["GET", "POST"])
def cancel_invitation(request: ActorRequest, invitation_id: str) -> HttpResponse:
    """Take an open invitation back."""
    found = queries.invitations.get_invitation(actor=request.actor, invitation_id=invitation_id)
    rights = rights_of(request)
    if request.method == "GET":
        change = Change(
            title=_("Cancel the invitation to %(name)s?") % {"name": found.account_name},
            lead=_(
                "The account can no longer accept it. A cancelled invitation cannot be revived,"
                " but a new one may be sent."
            ),
            submit=_("Cancel invitation"),
            keep=_("Keep it"),
            action=reverse("cancel_invitation", args=[invitation_id]),
            back=back_of(rights),
            section="accounts",
            why_not=why_not(request, found, rights),
            destroys=True,
        )
        return show_change(request, change, forms.Form())
    operations.invitations.cancel_invitation(actor=request.actor, invitation_id=invitation_id)
    said = _("The invitation to %(name)s is cancelled.") % {"name": found.account_name}
    return show_done(request, back=back_of(rights), said=said)


@require_http_methods(["GET", "POST"])
def resend_invitation(request: ActorRequest, invitation_id: str) -> HttpResponse:
    """Mail an open invitation once more."""
    found = queries.invitations.get_invitation(actor=request.actor, invitation_id=invitation_id)
    rights = rights_of(request)
    if request.method == "GET":
        change = Change(
            title=_("Send the invitation to %(name)s again?") % {"name": found.account_name},
            lead=_(
                "The same e-mail goes to the contact of the account once more. The invitation"
                " stays open as long as it was: until %(time)s UTC."
            )
            % {"time": f"{found.expires_at:%Y-%m-%d %H:%M}"},
            submit=_("Send again"),
            action=reverse("resend_invitation", args=[invitation_id]),
            back=back_of(rights),
            section="accounts",
            why_not=why_not(request, found, rights) or why_no_mail(),
        )
        return show_change(request, change, forms.Form())
    operations.invitations.resend_invitation(actor=request.actor, invitation_id=invitation_id)
    said = _("The invitation to %(name)s is sent again.") % {"name": found.account_name}
    return show_done(request, back=back_of(rights), said=said)


def rights_of(request: ActorRequest) -> access.Rights:
    """What the actor may do in its organization, and on units of it."""
    organization_id = request.account.organization_id
    return access.rights_of(request.actor, organization_id) if organization_id else access.Rights()


def back_of(rights: access.Rights) -> str:
    """The list; for who sees none, the start page."""
    sees_some = rights.on_units or Permission.VIEW_STRUCTURE in rights.everywhere
    return reverse("sent_invitations") if sees_some else reverse("home")


def why_not(request: ActorRequest, invitation: InvitationRow, rights: access.Rights) -> str:
    """Why nothing can be done with it, or nothing if something can."""
    organization = queries.organizations.get_organization(actor=request.actor)
    if invitation.organization_id != organization.pk:
        return _("This invitation was sent by another organization.")
    permissions = queries.invitations.permissions_at_destination(
        actor=request.actor, invitation=invitation
    )
    if Permission.INVITE_ACCOUNT not in permissions:
        if rights.on_units and Permission.VIEW_STRUCTURE not in rights.everywhere:
            return _("This is not among the rights that you were granted here: %(right)s.") % {
                "right": Permission.INVITE_ACCOUNT.label
            }
        return _("Only administrators of the management account can do this.")
    state = InvitationState(invitation.state)
    if state != InvitationState.PENDING:
        return _("This invitation has ended: %(state)s.") % {"state": state.label}
    return ""


def why_no_mail() -> str:
    """Why no e-mail goes out at all."""
    if settings.MAILS_ARE_SENT:
        return ""
    return _(
        "This installation sends no e-mails. The account sees the invitation when it signs in."
    )
