"""Where one arrives."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from console.middleware import ActorRequest
from orgs import access
from orgs.permissions import Permission


@require_GET
def home(request: ActorRequest) -> HttpResponse:
    """On to the page that an actor starts from: its organization's structure, or its own account."""
    account = request.user.account
    organization = account.organization if account else None
    if organization is None:
        return redirect("create_organization")
    if access.can(request.actor, Permission.VIEW_STRUCTURE, organization):
        return redirect("structure")
    return redirect("my_account")
