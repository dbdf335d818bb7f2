"""What is typed in for organizational units."""

from django import forms
from django.utils.translation import gettext_lazy as _

from console.forms.fields import checked_by
from orgs import names
from orgs.errors import Reason


class UnitNameForm(forms.Form):
    """The name of a unit, new or changed."""

    name = forms.CharField(
        label=_("Name"),
        help_text=_("Up to 64 characters; no other unit beside it has the same name."),
        error_messages={"required": Reason.EMPTY.label},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "maxlength": names.UNIT_NAME_LENGTH, "autofocus": True}
        ),
    )

    def clean_name(self) -> str:
        """The name as it will be kept."""
        return checked_by(names.unit_name, str(self.cleaned_data["name"]))
