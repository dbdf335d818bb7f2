"""Where something is taken from, and where it goes."""

from django import forms
from django.utils.translation import gettext_lazy as _


class MoveForm(forms.Form):
    """The parent that was shown when the form was opened, and the chosen one."""

    source_parent_id = forms.CharField(widget=forms.HiddenInput)
    destination_parent_id = forms.CharField(
        error_messages={"required": _("Choose a place.")},
    )
