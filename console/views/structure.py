"""The tree, what stands at one place of it, and how a change of it is asked for and shown."""

from dataclasses import dataclass
from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET
from django_htmx.http import push_url, replace_url, reswap, retarget, trigger_client_event

from console import offers
from console.forms.tags import TagRows
from console.middleware import ActorRequest
from console.rendering import page, wants_fragment
from orgs import errors, queries
from orgs.queries.structure import Structure

TREE = "tree"
DETAIL = "detail"  # the panel beside the tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a form of the structure says: a page of its own, or a dialog over the panel."""

    title: str
    submit: str
    action: str
    back: str
    lead: str = ""
    why_not: str = ""
    destroys: bool = False


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
    return show_account(request, account_id)


def show_account(request: ActorRequest, account_id: str) -> HttpResponse:
    """An account, and the tree around it."""
    structure = queries.structure.get_account(
        actor=request.actor,
        account_id=account_id,
        with_tree=wants_tree(request),
        also_open=also_open(request),
    )
    return show(request, "console/account.html", structure)


def show_unit(request: ActorRequest, unit_id: str | None = None, after: str = "") -> HttpResponse:
    """The root or a unit, with the children that follow `after`."""
    structure = queries.structure.get_unit(
        actor=request.actor,
        unit_id=unit_id,
        after=after,
        with_tree=wants_tree(request),
        also_open=also_open(request),
    )
    return show(request, "console/unit.html", structure)


def show(request: ActorRequest, template: str, structure: Structure) -> HttpResponse:
    """The page; or the panel; or the tree, for a place that the tree in the browser does not hold yet."""
    context: dict[str, object] = {
        "structure": structure,
        "permissions": structure.permissions,
        "offers": offers.at(request, structure),
        "section": "structure",
    }
    if wants_fragment(request) and request.htmx.target == TREE:
        return page(request, "console/tree.html", context, fragment=TREE)
    return page(request, template, context, fragment=DETAIL)


def wants_tree(request: ActorRequest) -> bool:
    """Whether more is asked for than the panel."""
    return not wants_fragment(request) or request.htmx.target == TREE


def also_open(request: ActorRequest) -> list[str]:
    """The units that are open in the tree which is drawn anew: they stay open."""
    return request.GET.getlist("open") if wants_tree(request) else []


def place_of(request: ActorRequest, unit_id: str, *, besides_root: bool = False) -> Structure:
    """The root or unit that a change is about.

    Raises:
        What `queries.structure.get_unit` raises.
        OuNotFound: it is the root, which cannot be changed like a unit.
    """
    place = queries.structure.get_unit(actor=request.actor, unit_id=unit_id, with_tree=False)
    if besides_root and place.unit.is_root:
        raise errors.OuNotFound(unit_id=unit_id)
    return place


def url_of(place: Structure) -> str:
    """The page of a place."""
    if place.account is not None:
        return reverse("account", args=[place.account.pk])
    return reverse("structure") if place.unit.is_root else reverse("unit", args=[place.unit.pk])


def show_change(
    request: ActorRequest,
    change: Change,
    form: forms.Form,
    *,
    rows: TagRows | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """The form of a change, or why there is none to send."""
    context: dict[str, object] = {
        "change": change,
        "form": form,
        "rows": rows,
        "section": "structure",
    }
    return page(request, "console/change.html", context, fragment="dialog", status=status)


def show_changed(
    request: ActorRequest,
    unit_id: str | None = None,
    *,
    account_id: str | None = None,
    said: str,
) -> HttpResponse:
    """Where a change led. For htmx the fresh panel, and everything else on the page hears of it."""
    if account_id is not None:
        url = reverse("account", args=[account_id])
    else:
        url = reverse("unit", args=[unit_id]) if unit_id else reverse("structure")
    if not wants_fragment(request):
        messages.success(request, said)
        return redirect(url)
    response = (
        show_account(request, account_id) if account_id is not None else show_unit(request, unit_id)
    )
    retarget(response, f"#{DETAIL}")
    reswap(response, "outerHTML")
    same_place = request.htmx.current_url_abs_path == url
    (replace_url if same_place else push_url)(response, url)
    trigger_client_event(response, "toast", {"text": said})
    return trigger_client_event(response, "structure-changed", {}, after="settle")
