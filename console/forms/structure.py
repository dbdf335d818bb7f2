"""What the tree is narrowed by."""

from django import forms
from django.utils.translation import gettext_lazy as _

from orgs import names
from orgs.models import AccountStatus, JoinMethod
from orgs.queries.tree_search import TreeFilter


class TreeSearchForm(forms.Form):
    """What stands in the address of a page of the structure, by the names of the list of accounts."""

    name = forms.CharField(label=_("Name or id"), required=False, max_length=64)
    tag_key = forms.CharField(
        label=_("Tag key"), required=False, max_length=names.TAG_KEY_LENGTH, strip=False
    )
    tag_value = forms.CharField(
        label=_("Tag value"), required=False, max_length=names.TAG_VALUE_LENGTH, strip=False
    )
    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", _("Any")), *AccountStatus.choices]
    )
    join_method = forms.ChoiceField(
        label=_("Joined by"), required=False, choices=[("", _("Any")), *JoinMethod.choices]
    )

    def wanted(self) -> TreeFilter:
        """The filter that was asked for; a text that does not fit narrows nothing."""
        return TreeFilter(**self.cleaned_data) if self.is_valid() else TreeFilter()

    @property
    def is_open(self) -> bool:
        """Whether more is asked for than a name, so that the rest of the fields has to be in sight."""
        return any(self[field].value() for field in self.fields if field != "name")
