"""What is asked of an operator who makes a user, and what is shown afterwards."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from orgs import identifiers


def password_field() -> forms.CharField:
    """A new password, or nothing."""
    return forms.CharField(
        label=_("Password"),
        help_text=_("At least 12 characters. Left empty, a random one is made and shown once."),
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )


class PersonForm(forms.Form):
    """A user name and a password."""

    username = forms.CharField(
        label=_("User name"), widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"})
    )
    password = password_field()


def password_of(given: str) -> tuple[str, dict[str, str]]:
    """The password that was typed; or a random one, with what is shown of it this once."""
    if given:
        return given, {}
    password = identifiers.new_password()
    return password, {gettext("Password"): password}
