"""Where one arrives."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from console.middleware import ActorRequest
from console.rendering import page
from orgs import access, queries
from orgs.permissions import Permission


@require_GET
def home(request: ActorRequest) -> HttpResponse:
    """The overview of the organization; who may not see it goes on to the page to start from instead."""
    organization = request.account.organization
    if organization is None:
        return redirect("create_organization")
    rights = access.rights_of(request.actor, organization.pk)
    permissions = rights.everywhere
    if Permission.VIEW_STRUCTURE not in permissions:
        return redirect("structure" if rights.on_units else "my_account")
    overview = queries.overview.get_overview(actor=request.actor, permissions=permissions)
    context: dict[str, object] = {
        "overview": overview,
        "permissions": permissions,
        "sizes": overview.sizes,
        "section": "overview",
    }
    return page(request, "console/overview.html", context, fragment="content")
