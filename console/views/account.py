"""What an account sees of itself, and how it leaves."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from console import leaving
from console.entity_policies import binding
from console.forms.account import LeaveForm
from console.middleware import ActorRequest
from console.rendering import page
from orgs import identifiers, operations, queries
from orgs.models import Role

SECTION = "my_account"


@require_GET
def my_account(request: ActorRequest) -> HttpResponse:
    """The own account, and of the organization what every member may know (R-ORG-7)."""
    if request.actor.organization_id is None:
        return redirect("create_organization")
    membership = queries.own_account.get_membership(actor=request.actor)
    organization = membership.organization
    context: dict[str, object] = {
        "membership": membership,
        "permissions": membership.permissions,
        "rights": membership.rights,
        "account": membership.account,
        "organization": organization,
        "binding": binding(queries.own_account.get_guardrails(membership)),
        "urn": identifiers.urn(
            "organization",
            organization.pk,
            management_account_id=organization.management_account_id,
            organization_id=organization.pk,
        ),
        "section": SECTION,
    }
    return page(request, "console/my_account.html", context, fragment="content")


@require_http_methods(["GET", "POST"])
def leave_organization(request: ActorRequest) -> HttpResponse:
    """What stands in the way, what it costs, and, with the account's name typed in, the deed (R-ORG-12)."""
    if request.actor.organization_id is None:
        return redirect("home")
    if request.method == "GET":
        return show_leave(request, LeaveForm(account_name=request.actor.account_name))
    form = LeaveForm(request.POST, account_name=request.actor.account_name)
    if not form.is_valid():
        return show_leave(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    operations.departures.leave_organization(actor=request.actor)
    messages.success(request, _("Your account stands alone now."))
    return redirect("home")


def show_leave(
    request: ActorRequest, form: LeaveForm, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    """The checklist, and the form where nothing stands in the way."""
    account, organization, obstacles = queries.own_account.get_obstacles(actor=request.actor)
    blockers = leaving.blockers(account, organization, obstacles)
    context: dict[str, object] = {
        "account": account,
        "organization": organization,
        "blockers": blockers,
        "is_reader": request.role != Role.ADMINISTRATOR,
        "may_leave": not blockers and request.role == Role.ADMINISTRATOR,
        "form": form,
        "section": SECTION,
    }
    return page(request, "console/leave.html", context, fragment="content", status=status)
