"""What is typed in to found an organization."""

from django import forms
from django.utils.translation import gettext_lazy as _

from console.forms.fields import checked_by
from orgs import names


class CreateOrganizationForm(forms.Form):
    """A name for people; left out, the account's name is taken."""

    name = forms.CharField(
        label=_("Name"),
        required=False,
        help_text=_("Up to 64 characters. Left empty, it is the name of your account."),
        widget=forms.TextInput(attrs={"autocomplete": "organization", "maxlength": 64}),
    )

    def clean_name(self) -> str:
        """The name as it will be kept."""
        name = str(self.cleaned_data["name"])
        return checked_by(names.organization_name, name) if name else ""
