"""The tree, and what stands at one place of it."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from console.middleware import ActorRequest
from console.rendering import page, wants_fragment
from orgs import queries
from orgs.queries.structure import Structure

TREE = "tree"
DETAIL = "detail"  # the panel beside the tree


@require_GET
def root(request: ActorRequest) -> HttpResponse:
    """The root and everything at its top."""
    return show(request, queries.structure.get_unit(actor=request.actor))


@require_GET
def unit(request: ActorRequest, unit_id: str) -> HttpResponse:
    """A unit."""
    return show(request, queries.structure.get_unit(actor=request.actor, unit_id=unit_id))


@require_GET
def account(request: ActorRequest, account_id: str) -> HttpResponse:
    """An account."""
    return show(request, queries.structure.get_account(actor=request.actor, account_id=account_id))


@require_GET
def children(request: ActorRequest, unit_id: str) -> HttpResponse:
    """The next part of a unit's children: rows for the tree, or the page that shows them."""
    after = request.GET.get("after", "")
    if wants_fragment(request) and request.htmx.target != DETAIL:
        branch = queries.structure.list_children(actor=request.actor, unit_id=unit_id, after=after)
        return page(request, "console/tree.html", {"branch": branch}, fragment="branch")
    structure = queries.structure.get_unit(actor=request.actor, unit_id=unit_id, after=after)
    return show(request, structure)


def show(request: ActorRequest, structure: Structure) -> HttpResponse:
    """The page; or the panel; or the tree, for a place that the tree in the browser does not hold yet."""
    context: dict[str, object] = {
        "structure": structure,
        "permissions": structure.permissions,
        "section": "structure",
    }
    if wants_fragment(request) and request.htmx.target == TREE:
        return page(request, "console/tree.html", context, fragment=TREE)
    template = "console/account.html" if structure.account else "console/unit.html"
    return page(request, template, context, fragment=DETAIL)
