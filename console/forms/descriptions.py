"""What is typed in to describe an account."""

from django import forms
from django.utils.translation import gettext_lazy as _

from console.forms.fields import checked_by
from orgs import names


class DescriptionForm(forms.Form):
    """A text for people; left empty, there is none."""

    description = forms.CharField(
        label=_("Description"),
        required=False,
        help_text=_("Up to 255 characters. The members of the account see it as well."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "maxlength": names.DESCRIPTION_LENGTH, "autofocus": True}
        ),
    )

    def clean_description(self) -> str:
        """The description as it will be kept."""
        return checked_by(names.description, str(self.cleaned_data["description"]))
