"""What the list of accounts is narrowed by, how it is sorted, and which columns it shows."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, FilterSet

from orgs import names
from orgs.models import Account, AccountStatus, JoinMethod
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
    """What stands in the address of the page beside its filters."""

    sort = forms.ChoiceField(
        label=_("Order"), required=False, choices=[(sort.value, sort.value) for sort in Sort]
    )
    columns = forms.MultipleChoiceField(label=_("Columns"), required=False, choices=COLUMNS)

    def sorting(self) -> Sort:
        """The order that was asked for, or by name."""
        return Sort(self.cleaned_data["sort"] or Sort.NAME)

    def shown(self) -> list[str]:
        """The columns beside the name, in the order in which they stand."""
        chosen = self.cleaned_data.get("columns") or SHOWN_AT_FIRST
        return [column for column, _label in COLUMNS if column in chosen]


class AccountsFilterSet(FilterSet):
    """The filters, which check what is asked for.

    They narrow no query set, because none leaves `orgs.queries`: the query takes `wanted`.
    """

    name = CharFilter(label=_("Name or id"), max_length=64)
    unit = CharFilter(label=_("Unit"), max_length=64)
    status = ChoiceFilter(label=_("Status"), choices=AccountStatus.choices, empty_label=_("Any"))
    join_method = ChoiceFilter(
        label=_("Joined by"), choices=JoinMethod.choices, empty_label=_("Any")
    )
    tag_key = CharFilter(label=_("Tag key"), max_length=names.TAG_KEY_LENGTH, strip=False)
    tag_value = CharFilter(label=_("Tag value"), max_length=names.TAG_VALUE_LENGTH, strip=False)

    class Meta:
        model = Account
        fields: tuple[str, ...] = ()  # those above, and no more
        form = AccountsForm

    def wanted(self) -> AccountFilter:
        """The filter that was asked for."""
        return AccountFilter(**{name: self.form.cleaned_data[name] for name in self.filters})
