"""What is typed in for the users of an account."""

from django import forms
from django.utils.translation import gettext_lazy as _

from console.forms.fields import RefusableForm
from orgs import errors
from orgs.models import Role


class NewUserForm(RefusableForm):
    """A user who is yet to come; the password is made, and shown once."""

    first = "username"
    about = {errors.UsernameTaken: ("username", "")}

    username = forms.CharField(
        label=_("User name"),
        help_text=_("To sign in with; nobody else in this installation has the same one."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "maxlength": 150}
        ),
    )
    role = forms.ChoiceField(
        label=_("Role"),
        help_text=_("Administrators change things and manage the users; readers look."),
        choices=Role.choices,
        initial=Role.READER,
    )


class RoleForm(forms.Form):
    """Another role."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
