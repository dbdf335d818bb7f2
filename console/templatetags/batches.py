"""How a batch of accounts reads: its columns, and why a row was refused."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orgs.errors import InvalidParameter, OrgsError

register = template.Library()

COLUMNS: dict[str, str | Promise] = {
    "name": _("Name"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "unit": _("Unit"),
    "description": _("Description"),
    "tags": _("Tags"),
    "account": _("Account"),
    "notes": _("Notes"),
    "row": _("Row"),
    # What operations call them.
    "target.entity": _("Account"),
    "destination_parent_id": _("Unit"),
}


@register.filter
def column_label(column: str) -> str:
    """What people call a column."""
    return str(COLUMNS.get(column.partition("[")[0], column))


@register.filter
def refusal_said(refusal: OrgsError) -> str:
    """The sentence of a refusal, with its column as people call it."""
    if isinstance(refusal, InvalidParameter):
        return f"{column_label(refusal.field)}: {refusal.problem}"
    return str(refusal)
