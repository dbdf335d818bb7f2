"""What the list of accounts is narrowed by, how it is sorted, and which columns it shows.

A plain form: the query takes a plain filter, and no queryset leaves `orgs.queries`, which is what
django-filter would narrow.
"""

from django import forms
from django.utils.translation import gettext_lazy as _

from orgs import names
from orgs.models import AccountStatus, JoinMethod
from orgs.queries.accounts import AccountFilter, Sort

COLUMNS = [
    ("unit", _("Place")),
    ("status", _("Status")),
    ("joined", _("Joined")),
    ("join_method", _("Joined by")),
    ("id", _("Id")),
    ("tags", _("Tags")),
    ("email", _("E-mail")),
    ("description", _("Description")),
    ("created", _("Created")),
]
SHOWN_AT_FIRST = ["unit", "status", "joined"]


class AccountsForm(forms.Form):
    """What stands in the address of the page."""

    name = forms.CharField(label=_("Name or id"), required=False, max_length=64)
    unit = forms.CharField(label=_("Unit"), required=False, max_length=64)
    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", _("Any")), *AccountStatus.choices]
    )
    join_method = forms.ChoiceField(
        label=_("Joined by"), required=False, choices=[("", _("Any")), *JoinMethod.choices]
    )
    tag_key = forms.CharField(
        label=_("Tag key"), required=False, max_length=names.TAG_KEY_LENGTH, strip=False
    )
    tag_value = forms.CharField(
        label=_("Tag value"), required=False, max_length=names.TAG_VALUE_LENGTH, strip=False
    )
    sort = forms.ChoiceField(
        label=_("Order"), required=False, choices=[(sort.value, sort.value) for sort in Sort]
    )
    columns = forms.MultipleChoiceField(label=_("Columns"), required=False, choices=COLUMNS)

    def wanted(self) -> AccountFilter:
        """The filter that was asked for."""
        narrowing = ("name", "unit", "status", "join_method", "tag_key", "tag_value")
        return AccountFilter(**{field: self.cleaned_data[field] for field in narrowing})

    def sorting(self) -> Sort:
        """The order that was asked for, or by name."""
        return Sort(self.cleaned_data["sort"] or Sort.NAME)

    def shown(self) -> list[str]:
        """The columns beside the name, in the order in which they stand."""
        chosen = self.cleaned_data.get("columns") or SHOWN_AT_FIRST
        return [column for column, _label in COLUMNS if column in chosen]
