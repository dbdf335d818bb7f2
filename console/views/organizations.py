"""Founding an organization."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from console.forms.organizations import CreateOrganizationForm
from console.middleware import ActorRequest
from console.rendering import page
from orgs import operations, queries
from orgs.models import Role


@require_http_methods(["GET", "POST"])
def create_organization(request: ActorRequest) -> HttpResponse:
    """The first page of an account that stands alone."""
    if request.actor.organization_id is not None and request.method == "GET":
        return redirect("home")
    if request.method == "GET":
        return show_form(request, CreateOrganizationForm())
    form = CreateOrganizationForm(request.POST)
    if not form.is_valid():
        return show_form(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    organization = operations.organizations.create_organization(
        actor=request.actor, name=form.cleaned_data["name"]
    )
    messages.success(request, _("%(name)s is founded.") % {"name": organization.name})
    return redirect("home")


def show_form(
    request: ActorRequest, form: CreateOrganizationForm, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    """The page with its form, or why there is none to send; who is invited reads of that first."""
    context: dict[str, object] = {
        "form": form,
        "account": request.account,
        "invitations": queries.received_invitations.list_open(actor=request.actor),
        "ways_in": queries.agencies.list_agencies(actor=request.actor),
        "former_accounts": queries.agencies.list_former_accounts(actor=request.actor),
        "may_create": request.role == Role.ADMINISTRATOR,
        "section": "create_organization",
    }
    return page(
        request, "console/create_organization.html", context, fragment="content", status=status
    )
