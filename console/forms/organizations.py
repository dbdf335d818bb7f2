"""What is typed in to found an organization, and to delete it."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
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


class DeleteOrganizationForm(forms.Form):
    """The organization's name, typed by somebody who means it."""

    name = forms.CharField(
        label=_("Name of the organization"),
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted = name
        self.fields["name"].help_text = gettext("Type %(name)s to confirm.") % {"name": name}

    def clean_name(self) -> str:
        """The name, if it is the organization's."""
        name = str(self.cleaned_data["name"])
        if name != self.wanted:
            raise ValidationError(gettext("This is not the name of the organization."))
        return name
