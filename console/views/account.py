"""What an account sees of itself."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from console.middleware import ActorRequest
from console.rendering import page
from orgs import identifiers, queries


@require_GET
def my_account(request: ActorRequest) -> HttpResponse:
    """The own account, and of the organization what every member may know (R-ORG-7)."""
    if request.actor.organization_id is None:
        return redirect("create_organization")
    organization = queries.organizations.get_organization(actor=request.actor)
    context: dict[str, object] = {
        "account": request.user.account,
        "organization": organization,
        "urn": identifiers.urn(
            "organization",
            organization.pk,
            management_account_id=organization.management_account_id,
            organization_id=organization.pk,
        ),
        "section": "my_account",
    }
    return page(request, "console/my_account.html", context, fragment="content")
