"""The tree, and what stands at one place of it."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django_htmx.http import replace_url

from console import offers
from console.entity_policies import effective_tags, ladder, trial_lines, type_boxes
from console.forms.attachments import AskedActionForm
from console.forms.events import ActivityFilterSet
from console.forms.structure import TreeSearchForm
from console.forms.tags import TagRows
from console.lines import event_lines
from console.middleware import ActorRequest
from console.rendering import address, page, sizes, wants_fragment
from orgs import errors, queries
from orgs.permissions import Permission
from orgs.queries.events import EventFilter
from orgs.queries.structure import Structure

TREE = "tree"
DETAIL = "detail"  # the panel beside the tree
LADDER = "ladder"  # the part of the panel that follows an action down to the place
TREE_SEARCH = "tree-search"  # the form over the tree
UNIT_TABS = ("contents", "policies", "tags", "details", "activity")
ACCOUNT_TABS = ("details", "policies", "tags", "activity")


@dataclass(frozen=True, slots=True)
class Tab:
    """A side of the panel; the first one is what the address without a tab shows."""

    name: str
    label: str
    url: str
    is_current: bool
    count: int | None = None


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
        fragment = "next_part" if after else "branch"
        return page(request, "console/tree.html", {"branch": branch}, fragment=fragment)
    return show_unit(request, unit_id, after)


@require_GET
def account(request: ActorRequest, account_id: str) -> HttpResponse:
    """An account."""
    return show_account(request, account_id)


def show_account(request: ActorRequest, account_id: str, *, tab: str = "") -> HttpResponse:
    """An account, and the tree around it."""
    if is_only_searching(request):
        return show_tree(request, findings_in(request, account_id))
    structure = queries.structure.get_account(
        actor=request.actor,
        account_id=account_id,
        with_tree=wants_whole_tree(request),
        also_open=also_open(request),
    )
    return show(request, "console/account.html", structure, tab)


def show_unit(
    request: ActorRequest, unit_id: str | None = None, after: str = "", *, tab: str = ""
) -> HttpResponse:
    """The root or a unit, with the children that follow `after`."""
    if is_only_searching(request):
        return show_tree(request, findings_in(request, unit_id))
    structure = queries.structure.get_unit(
        actor=request.actor,
        unit_id=unit_id,
        after=after,
        with_tree=wants_whole_tree(request),
        also_open=also_open(request),
    )
    return show(request, "console/unit.html", structure, tab)


def show(request: ActorRequest, template: str, structure: Structure, tab: str = "") -> HttpResponse:
    """The page; or the panel; or the tree, for a place that the tree in the browser does not hold yet."""
    tabs = tabs_of(request, structure, tab or request.GET.get("tab", ""))
    (shown,) = (side.name for side in tabs if side.is_current)
    context: dict[str, object] = {
        "structure": structure,
        "offers": offers.at(request, structure),
        "tabs": tabs,
        "tab": shown,
        "tag_limit": TagRows.limit(),
        "may_choose": bool(
            structure.permissions & {Permission.MOVE_ACCOUNT, Permission.TAG_RESOURCE}
        ),
        "tree_tops": [structure.root] if structure.root else [],
        "search": TreeSearchForm(request.GET),
        "section": "structure",
    }
    if structure.sees_all:
        context["permissions"] = structure.permissions
        context["sizes"] = sizes(request.actor, structure.permissions)
    elif wants_tree(request):
        context["own_places"] = queries.scoped_grants.list_own_places(actor=request.actor)
    if wants_fragment(request) and request.htmx.target == TREE:
        return show_tree(request, context)
    if is_searching(request):
        context |= findings_in(request, structure.node.id)
    if shown == "activity":
        context |= activity_of(request, structure)
    if shown == "policies":
        context |= policies_of(request, structure)
        if request.htmx.target == LADDER:
            return page(request, "console/entity_policies.html", context, fragment=LADDER)
    return page(request, template, context, fragment=DETAIL)


def show_tree(request: ActorRequest, context: dict[str, object]) -> HttpResponse:
    """Only the tree; what was typed over it stays in the address."""
    response = page(request, "console/tree.html", context, fragment=TREE)
    if request.htmx.trigger == TREE_SEARCH:
        narrowing = {name: request.GET.get(name) for name in TreeSearchForm.base_fields}
        replace_url(response, address(request, open=None, **narrowing))
    return response


def findings_in(request: ActorRequest, current: str | None) -> dict[str, object]:
    """The tree narrowed to what is looked for; links in it keep the search."""
    search = TreeSearchForm(request.GET)
    findings = queries.tree_search.search_tree(
        actor=request.actor, only=search.wanted(), current=current
    )
    narrowing = {name: request.GET.get(name) for name in search.fields}
    query = urlencode({name: text for name, text in narrowing.items() if text})
    return {
        "search": search,
        "findings": findings,
        "tree_tops": findings.tops,
        "tree_query": f"?{query}",
        "all_findings": f"{reverse('accounts')}?{query}" if findings.sees_all else "",
    }


def activity_of(request: ActorRequest, structure: Structure) -> dict[str, object]:
    """The last events of a place, as the page of all events shows them."""
    return last_events(request, structure.node.id)


def last_events(request: ActorRequest, entity_id: str) -> dict[str, object]:
    """The last events of an entity, whatever it is."""
    part = queries.events.list_events(actor=request.actor, only=EventFilter(entity_id=entity_id))
    everything = reverse("activity")
    return {
        "form": ActivityFilterSet({"entity": entity_id}).form,
        "part": part,
        "lines": event_lines(part.rows, with_places=part.is_everything, is_of_one=True),
        "is_filtered": True,
        "in_activity": f"{everything}?{urlencode({'entity': entity_id})}",
        "older": f"{everything}?{urlencode({'entity': entity_id, 'before': part.before or ''})}",
    }


def policies_of(request: ActorRequest, structure: Structure) -> dict[str, object]:
    """What is attached to a place and above it, and what that comes to."""
    policies = queries.policies_of_entity.of_place(structure)
    asked = AskedActionForm(request.GET)
    return {
        "policies": policies,
        "boxes": type_boxes(request, policies),
        "trials": trial_lines(policies),
        "asked": asked,
        "ladder": ladder(policies, asked.asked),
        "effective": effective_tags(policies),
    }


def tabs_of(request: ActorRequest, structure: Structure, wanted: str) -> list[Tab]:
    """The sides of the panel; of those that hold a number of things, the number."""
    labels = {
        "contents": _("Contents"),
        "policies": _("Policies"),
        "tags": _("Tags"),
        "details": _("Details"),
        "activity": _("Activity"),
    }
    node = structure.node
    counts = {
        "contents": node.direct_units + node.direct_accounts,
        "policies": node.policies or None,
        "tags": len(structure.tags),
    }
    names = ACCOUNT_TABS if structure.account else UNIT_TABS
    current = wanted if wanted in names else names[0]
    return [
        Tab(
            name,
            labels[name],
            address(
                request,
                url_of(structure),
                tab=None if name == names[0] else name,
                after=None,
                open=None,
                action=None,
            ),
            name == current,
            counts.get(name),
        )
        for name in names
    ]


def wants_tree(request: ActorRequest) -> bool:
    """Whether more is asked for than the panel."""
    return not wants_fragment(request) or request.htmx.target == TREE


def is_searching(request: ActorRequest) -> bool:
    """Whether a tree is asked for that is narrowed to what is looked for."""
    return wants_tree(request) and bool(TreeSearchForm(request.GET).wanted())


def is_only_searching(request: ActorRequest) -> bool:
    """Whether that tree is all that is asked for."""
    return wants_fragment(request) and request.htmx.target == TREE and is_searching(request)


def wants_whole_tree(request: ActorRequest) -> bool:
    """Whether the tree that is asked for is not narrowed."""
    return wants_tree(request) and not is_searching(request)


def also_open(request: ActorRequest) -> list[str]:
    """The units that are open in the tree which is drawn anew: they stay open."""
    return request.GET.getlist("open") if wants_whole_tree(request) else []


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
