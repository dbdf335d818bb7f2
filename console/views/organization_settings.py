"""The organization itself: what it is, who is told of its events, and its end."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from console.forms.organizations import DeleteOrganizationForm
from console.middleware import ActorRequest
from console.rendering import page
from orgs import access, identifiers, operations, queries
from orgs.permissions import Permission

SECTION = "settings"


@require_GET
def show_settings(request: ActorRequest) -> HttpResponse:
    """Facts, subscriptions, language and theme, and the ways out."""
    if request.actor.organization_id is None:
        return redirect("create_organization")
    organization = queries.organizations.get_organization(actor=request.actor)
    permissions = access.permissions_of(request.actor, organization)
    context: dict[str, object] = {
        "organization": organization,
        "is_management": organization.management_account_id == request.actor.account_id,
        "urn": identifiers.urn(
            "organization",
            organization.pk,
            management_account_id=organization.management_account_id,
            organization_id=organization.pk,
        ),
        "subscriptions": queries.subscriptions.list_subscriptions(
            actor=request.actor, permissions=permissions
        ),
        "permissions": permissions,
        "section": SECTION,
    }
    return page(request, "console/settings.html", context, fragment="content")


@require_http_methods(["GET", "POST"])
def delete_organization(request: ActorRequest) -> HttpResponse:
    """What still stands in the way, what it means, and, with the name typed in, the deed (R-ORG-8)."""
    if request.actor.organization_id is None:
        return redirect("home")
    organization = queries.organizations.get_organization(actor=request.actor)
    if request.method == "GET":
        return show_delete(request, DeleteOrganizationForm(name=organization.name))
    form = DeleteOrganizationForm(request.POST, name=organization.name)
    if not form.is_valid():
        return show_delete(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    operations.organizations.delete_organization(actor=request.actor)
    said = _("%(name)s is deleted. Your account stands alone now.") % {"name": organization.name}
    messages.success(request, said)
    return redirect("home")


def show_delete(
    request: ActorRequest, form: DeleteOrganizationForm, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    """The checklist, and the form where nothing stands in the way."""
    checklist = queries.organizations.get_deletion(actor=request.actor)
    may = Permission.DELETE_ORGANIZATION in checklist.permissions
    context: dict[str, object] = {
        "checklist": checklist,
        "organization": checklist.organization,
        "may_delete": may and checklist.is_clear,
        "is_denied": not may,
        "form": form,
        "permissions": checklist.permissions,
        "section": SECTION,
    }
    return page(
        request, "console/delete_organization.html", context, fragment="content", status=status
    )
