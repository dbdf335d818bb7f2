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
    return show_unit(request)


@require_GET
def unit(request: ActorRequest, unit_id: str) -> HttpResponse:
    """A unit."""
    return show_unit(request, unit_id)


@require_GET
def children(request: ActorRequest, unit_id: str) -> HttpResponse:
    """The next part of a unit's children: rows for the tree, or the page that shows them."""
    after = request.GET.get("after", "")
    if wants_fragment(request) and request.htmx.target not in {TREE, DETAIL}:
        branch = queries.structure.list_children(actor=request.actor, unit_id=unit_id, after=after)
        return page(request, "console/tree.html", {"branch": branch}, fragment="branch")
    return show_unit(request, unit_id, after)


@require_GET
def account(request: ActorRequest, account_id: str) -> HttpResponse:
    """An account."""
    structure = queries.structure.get_account(
        actor=request.actor, account_id=account_id, with_tree=wants_tree(request)
    )
    return show(request, "console/account.html", structure)


def show_unit(request: ActorRequest, unit_id: str | None = None, after: str = "") -> HttpResponse:
    """The root or a unit, with the children that follow `after`."""
    structure = queries.structure.get_unit(
        actor=request.actor, unit_id=unit_id, after=after, with_tree=wants_tree(request)
    )
    return show(request, "console/unit.html", structure)


def show(request: ActorRequest, template: str, structure: Structure) -> HttpResponse:
    """The page; or the panel; or the tree, for a place that the tree in the browser does not hold yet."""
    context: dict[str, object] = {
        "structure": structure,
        "permissions": structure.permissions,
        "section": "structure",
    }
    if wants_fragment(request) and request.htmx.target == TREE:
        return page(request, "console/tree.html", context, fragment=TREE)
    return page(request, template, context, fragment=DETAIL)


def wants_tree(request: ActorRequest) -> bool:
    """Whether more is asked for than the panel."""
    return not wants_fragment(request) or request.htmx.target == TREE
