"""The tags of the whole organization: keys and values in use, what carries them, and what breaks a policy."""

from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django_htmx.http import replace_url

from console.forms.tags_in_use import KINDS, ComplianceForm, KeysForm, KindForm, ValuesForm
from console.middleware import ActorRequest
from console.rendering import address, page, sizes, wants_fragment
from console.templatetags.console import url_of
from orgs import queries
from orgs.permissions import Permission
from orgs.queries.tag_keys import Carrier, InUse
from orgs.queries.tags import Kind

LIST = "tags-list"
MORE = "more"  # the line after the last row, which the next part takes the place of
LISTS = {Kind.ACCOUNT: "accounts", Kind.UNIT: "structure"}
COLUMNS = (Kind.ACCOUNT, Kind.UNIT, Kind.ROOT, Kind.POLICY)


@dataclass(frozen=True, slots=True)
class Tab:
    """A side of the tags page."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Count:
    """How many resources of a kind have it, and where they are listed; nowhere if there are none."""

    label: str
    number: int
    url: str


@dataclass(frozen=True, slots=True)
class UseLine:
    """A key or a value in a list."""

    text: str
    url: str
    values: int
    counts: tuple[Count, ...]


@require_GET
def tags(request: ActorRequest) -> HttpResponse:
    """The keys in use."""
    form = KeysForm(request.GET)
    valid = form.is_valid()
    kind = form.wanted_kind() if valid else None
    part = queries.tag_keys.list_keys(
        actor=request.actor,
        part_of_key=form.wanted_text(),
        kind=kind,
        after=request.GET.get("after", ""),
    )
    lines = [use_line(row, key=row.text, value=None) for row in part.rows]
    context: dict[str, object] = {
        "lines": lines,
        "after": part.after,
        "key": None,
        "is_filtered": bool(form.wanted_text() or kind),
    }
    return show(request, "console/tag_keys_in_use.html", form, part.permissions, context)


@require_GET
def tag_values(request: ActorRequest) -> HttpResponse:
    """The values of a key (`key`)."""
    key = request.GET.get("key", "")
    form = ValuesForm(request.GET)
    valid = form.is_valid()
    kind = form.wanted_kind() if valid else None
    part = queries.tag_keys.list_values(
        actor=request.actor,
        key=key,
        part_of_value=form.wanted_text(),
        kind=kind,
        after=request.GET.get("after"),
    )
    context: dict[str, object] = {
        "lines": [use_line(row, key=key, value=row.text) for row in part.rows],
        "after": part.after,
        "key": key,
        "is_filtered": bool(form.wanted_text() or kind),
    }
    return show(request, "console/tag_keys_in_use.html", form, part.permissions, context)


@require_GET
def tag_carriers(request: ActorRequest) -> HttpResponse:
    """What has a tag: a key (`key`), and a value (`value`) where one is given, of one kind (`kind`)."""
    key, value = request.GET.get("key", ""), request.GET.get("value")
    form = KindForm(request.GET)
    kind = (form.wanted_kind() if form.is_valid() else None) or Kind.UNIT
    part = queries.tag_keys.list_carriers(
        actor=request.actor, kind=kind, key=key, value=value, after=request.GET.get("after", "")
    )
    context: dict[str, object] = {
        "rows": [(row, url_of_carrier(row)) for row in part.rows],
        "kind": kind,
        "kind_label": dict(KINDS)[kind.value],
        "after": part.after,
        "key": key,
        "value": value,
        "back": f"{reverse('tag_values')}?{urlencode({'key': key})}",
    }
    return show(request, "console/tag_carriers.html", form, part.permissions, context)


@require_GET
def tag_compliance(request: ActorRequest) -> HttpResponse:
    """The resources of a kind against the tag policies that bind them."""
    form = ComplianceForm(request.GET)
    kind, only_faulty = form.wanted_kind(), form.only_faulty()
    part = queries.tag_compliance.list_compliance(
        actor=request.actor,
        kind=kind,
        only_faulty=only_faulty,
        after=request.GET.get("after", ""),
    )
    rows = [(row, url_of_carrier(Carrier(row.kind, row.id, row.name, ""))) for row in part.rows]
    context: dict[str, object] = {
        "part": part,
        "rows": rows,
        "kind": kind,
        "only_faulty": only_faulty,
        "after": part.after,
        "may_tag": Permission.TAG_RESOURCE in part.permissions,
    }
    return show(request, "console/tag_compliance.html", form, part.permissions, context)


def show(
    request: ActorRequest,
    template: str,
    form: KeysForm | KindForm | ComplianceForm,
    permissions: frozenset[Permission],
    context: dict[str, object],
) -> HttpResponse:
    """The page; or its list, or the next lines of it."""
    valid = form.is_valid()
    is_more = wants_fragment(request) and request.htmx.target == MORE
    response = page(
        request,
        template,
        {
            "form": form,
            "permissions": permissions,
            "sizes": sizes(request.actor, permissions),
            "tabs": tabs_of(request),
            "is_later_part": "after" in request.GET,
            "beginning": address_without_after(request),
            "more": address_after(request, context["after"]),
            "section": "tags",
            **context,
        },
        fragment="lines" if is_more else LIST,
        status=HTTPStatus.OK if valid else HTTPStatus.UNPROCESSABLE_ENTITY,
    )
    if wants_fragment(request) and not is_more:
        replace_url(response, address_without_after(request))
    return response


def tabs_of(request: ActorRequest) -> list[Tab]:
    """The sides of the page."""
    compliance = reverse("tag_compliance")
    return [
        Tab(_("Keys and values"), reverse("tags"), request.path != compliance),
        Tab(_("Compliance"), compliance, request.path == compliance),
    ]


def address_without_after(request: ActorRequest) -> str:
    """The first part of the list that is shown. A value may be empty, and stays then."""
    value = {"value": request.GET["value"]} if request.GET.get("value") == "" else {}
    here = address(request, after=None)
    return f"{here}{'&' if '?' in here else '?'}{urlencode(value)}" if value else here


def address_after(request: ActorRequest, after: object) -> str:
    """The next part of it."""
    if after is None:
        return ""
    here = address_without_after(request)
    return f"{here}{'&' if '?' in here else '?'}{urlencode({'after': str(after)})}"


def use_line(row: InUse, *, key: str, value: str | None) -> UseLine:
    """A key, or a value of one, with the lists it leads to."""
    labels = dict(KINDS)
    return UseLine(
        text=row.text,
        url=f"{reverse('tag_values')}?{urlencode({'key': key})}" if value is None else "",
        values=row.values,
        counts=tuple(
            Count(str(labels[kind.value]), row.on[kind], url_of_carriers(kind, key, value))
            for kind in COLUMNS
        ),
    )


def url_of_carriers(kind: Kind, key: str, value: str | None) -> str:
    """Where the resources with a tag are listed: accounts in their own list, units in the tree.

    Those two know no tag without a value, so what has one is listed with the others.
    """
    given = {"key": key} if value is None else {"key": key, "value": value}
    if kind in LISTS and value != "":
        narrowed = {f"tag_{name}": text for name, text in given.items()}
        return f"{reverse(LISTS[kind])}?{urlencode(narrowed)}"
    return f"{reverse('tag_carriers')}?{urlencode(given | {'kind': kind.value})}"


def url_of_carrier(carrier: Carrier) -> str:
    """The tags of a resource; a policy has no such page yet, so it has none."""
    if carrier.kind == Kind.POLICY:
        return ""
    if carrier.kind == Kind.ROOT:
        return f"{reverse('structure')}?tab=tags"
    name = "account" if carrier.kind == Kind.ACCOUNT else "unit"
    return f"{url_of(name, carrier.id)}?tab=tags"
