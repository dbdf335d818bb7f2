"""All accounts of the organization as a list."""

from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django_htmx.http import replace_url

from console.account_lines import account_lines
from console.forms.accounts import COLUMNS, SHOWN_AT_FIRST, AccountsFilterSet
from console.middleware import ActorRequest
from console.rendering import address, page, wants_fragment
from console.views.comings_and_goings import head
from orgs import queries
from orgs.permissions import Permission
from orgs.queries.accounts import Sort

LIST = "accounts"
MORE = "more"  # the line after the last account, which the next part takes the place of


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column; `href` leads to the list in its order, turned round if it is in it now."""

    name: str
    label: str | Promise
    is_shown: bool
    href: str = ""
    sorted: str = "none"


@require_GET
def accounts(request: ActorRequest) -> HttpResponse:
    """The accounts that the filter lets through."""
    return show_accounts(request, AccountsFilterSet(request.GET))


@require_GET
def accounts_csv(request: ActorRequest) -> HttpResponseBase:
    """The same list as a file, all of it, with the path of the units."""
    filters = AccountsFilterSet(request.GET)
    if not filters.is_valid():
        return show_accounts(request, filters)
    lines = queries.accounts.export_accounts(
        actor=request.actor, only=filters.wanted(), sort=filters.form.sorting()
    )
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="accounts.csv"'},
    )


def show_accounts(request: ActorRequest, filters: AccountsFilterSet) -> HttpResponse:
    """The page; or the list for another filter or order; or its next lines."""
    form, valid = filters.form, filters.is_valid()
    shown = form.shown()
    sort = form.sorting() if valid else Sort.NAME
    after = request.GET.get("after", "")
    wanted = filters.wanted() if valid else None
    is_more = valid and wants_fragment(request) and request.htmx.target == MORE
    part = queries.accounts.list_accounts(
        actor=request.actor,
        only=wanted,
        sort=sort,
        after=after if valid else "",
        with_tags="tags" in shown,
        with_sizes=not is_more,
    )
    may_end = Permission.CLOSE_ACCOUNT in part.permissions
    kept: dict[str, object] = {"columns": None if shown == SHOWN_AT_FIRST else shown, "after": None}
    context: dict[str, object] = {
        "form": form,
        "part": part if valid else None,
        "lines": account_lines(part.rows, shown, may_end=may_end),
        "permissions": part.permissions,
        "is_filtered": bool(wanted),
        "is_later_part": bool(after),
        "sort": sort,
        "name_column": column(request, "name", _("Name"), sort=sort, shown=shown, kept=kept),
        "columns": [
            column(request, name, label, sort=sort, shown=shown, kept=kept)
            for name, label in COLUMNS
        ],
        "width": len(shown) + 2,
        "may_end": may_end,
        "beginning": address(request, **kept),
        "more": address(request, **kept | {"after": part.after}),
        "csv": address(request, reverse("accounts_csv"), columns=None, after=None),
        **head(request, part.permissions),
        "sizes": part.sizes,
    }
    response = page(
        request,
        "console/accounts.html",
        context,
        fragment="lines" if is_more else LIST,
        status=HTTPStatus.OK if valid else HTTPStatus.UNPROCESSABLE_ENTITY,
    )
    if wants_fragment(request) and not is_more:
        replace_url(response, address(request, **kept | {"after": after}))
    return response


def column(
    request: ActorRequest,
    name: str,
    label: str | Promise,
    *,
    sort: Sort,
    shown: list[str],
    kept: dict[str, object],
) -> Column:
    """A column, with the way to the list in its order where there is one."""
    is_shown = name in shown
    if name not in Sort:
        return Column(name, label, is_shown)
    is_sorted = sort.fact == name
    turned = f"-{name}" if is_sorted and not sort.goes_down else name
    href = address(request, **kept | {"sort": None if turned == Sort.NAME else turned})
    direction = "descending" if sort.goes_down else "ascending"
    return Column(name, label, is_shown, href, direction if is_sorted else "none")
