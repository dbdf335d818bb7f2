"""The lines of the list of accounts, drawn here and not by a template.

A template looks up, compares and escapes up to 800 things in 50 such lines, which takes longer than all
the rest of the answer. `format_html` escapes each text as well, and needs a fraction of that time.
"""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from console.templatetags.console import briefly, url_of, utc
from orgs.models import AccountStatus
from orgs.queries.accounts import AccountRow

NOTHING = ""
STATUS_LOOKS = {
    AccountStatus.ACTIVE: "ok",
    AccountStatus.PENDING_CLOSURE: "warn",
    AccountStatus.SUSPENDED: "bad",
}


class Cell(NamedTuple):
    """A cell of a line: its markup, and the texts that are escaped and put into it."""

    markup: str
    texts: Callable[[AccountRow], tuple[object, ...]]


def account_lines(
    accounts: Sequence[AccountRow], shown: Collection[str], *, may_end: bool
) -> list[str]:
    """The lines of a part of the list, with the columns that are `shown` beside the name.

    Who `may_end` a membership is led to where it is removed or closed, where it can be (R-CON-2).
    """
    cells = [NAME, *(cell for column, cell in CELLS.items() if column in shown)]
    if may_end:
        cells.append(ENDING)
    markup = "<tr>" + "".join(cell.markup for cell in cells) + "</tr>\n"
    return [
        format_html(markup, *(text for cell in cells for text in cell.texts(account)))
        for account in accounts
    ]


def _name(account: AccountRow) -> tuple[object, ...]:
    href = url_of("account", account.id)
    if not account.is_management_account:
        return "account", href, account.name, NOTHING
    badge = format_html('<span class="badge">{}</span>', _("Management account"))
    return "management", href, account.name, badge


def _unit(account: AccountRow) -> tuple[object, ...]:
    *above, (_unit_id, unit) = account.path
    return "".join(f"{name} / " for _id, name in above[1:]), unit


def _tags(account: AccountRow) -> tuple[object, ...]:
    if not account.tags:
        return (NOTHING,)
    tags = format_html_join("", "<li><span>{}</span><b>{}</b></li>", account.tags)
    return (format_html('<ul class="tags">{}</ul>', tags),)


def _ending(account: AccountRow) -> tuple[object, ...]:
    link = '<a href="{}">{}</a>'
    return (
        format_html(link, url_of("remove_account", account.id), _("Remove"))
        if account.may_be_removed
        else NOTHING,
        format_html(link, url_of("close_account", account.id), _("Close"))
        if account.may_be_closed
        else NOTHING,
    )


NAME = Cell(
    '<td><svg class="icon" aria-hidden="true"><use href="#i-{}"/></svg><a href="{}">{}</a>{}</td>',
    _name,
)
TIME = '<td><time datetime="{}">{}</time></td>'
# In the order in which they stand.
CELLS = {
    "unit": Cell('<td class="column-unit">{}<b>{}</b></td>', _unit),
    "status": Cell(
        '<td><span class="badge {}">{}</span></td>',
        lambda account: (STATUS_LOOKS[account.status], account.status.label),
    ),
    "joined": Cell(TIME, lambda account: (utc(account.joined_at), briefly(account.joined_at))),
    "join_method": Cell("<td>{}</td>", lambda account: (account.join_method.label,)),
    "id": Cell("<td><code>{}</code></td>", lambda account: (account.id,)),
    "tags": Cell("<td>{}</td>", _tags),
    "email": Cell("<td>{}</td>", lambda account: (account.email,)),
    "description": Cell('<td class="long">{}</td>', lambda account: (account.description,)),
    "created": Cell(TIME, lambda account: (utc(account.created_at), briefly(account.created_at))),
}
ENDING = Cell("<td>{}{}</td>", _ending)
