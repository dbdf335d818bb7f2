"""What is typed in about the own account."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orgs import names


class LeaveForm(forms.Form):
    """The account's name, typed by somebody who means it."""

    account_name = forms.CharField(
        label=gettext_lazy("Name of your account"),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "spellcheck": "false",
                "maxlength": names.ACCOUNT_NAME_LENGTHS[1],
            }
        ),
    )

    def __init__(self, *args: Any, account_name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted = account_name
        self.fields["account_name"].help_text = _("Type %(name)s to confirm.") % {
            "name": account_name
        }

    def clean_account_name(self) -> str:
        """The name, if it is the account's."""
        name = str(self.cleaned_data["account_name"])
        if name != self.wanted:
            raise ValidationError(_("This is not the name of your account."))
        return name
