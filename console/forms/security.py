"""What is typed in to protect the own sign-in."""

import re
from typing import Any, cast

from allauth.account.adapter import get_adapter
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from orgs import identifiers, names, second_factor
from orgs.errors import Reason
from orgs.models import User

RECOVERY_CODE = re.compile(r"[0-9]{8}")
SECRET_KEY = re.compile(r"[0-9A-Za-z]{40}")


def password_field(label: Any, **attributes: Any) -> forms.CharField:
    """A field for a password, which is taken as it is typed."""
    return forms.CharField(
        label=label,
        strip=False,
        max_length=names.PASSWORD_LENGTH,
        widget=forms.PasswordInput(attrs={"maxlength": names.PASSWORD_LENGTH, **attributes}),
    )


class PasswordForm(forms.Form):
    """Another password; the present one is asked for, and wrong tries are counted as for signing in."""

    old_password = password_field(
        _("Present password"), autocomplete="current-password", autofocus=True
    )
    new_password = password_field(_("New password"), autocomplete="new-password")
    again = password_field(_("New password, again"), autocomplete="new-password")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["new_password"].help_text = _(
            "At least 12 characters, not one that many people use, and nothing like your user name."
            " Several words are easy to keep in mind."
        )

    def clean_old_password(self) -> str:
        """The present password, if it is that."""
        password = str(self.cleaned_data["old_password"])
        if not get_adapter().reauthenticate(self.user, password):
            raise ValidationError(Reason.WRONG_PASSWORD.label)
        return password

    def clean_new_password(self) -> str:
        """A password that our rules let pass."""
        password = str(self.cleaned_data["new_password"])
        validate_password(password, self.user)
        return password

    def clean(self) -> dict[str, Any]:
        """What was typed twice is the same."""
        given = cast(dict[str, Any], super().clean())
        new, again = given.get("new_password"), given.get("again")
        if new and again and new != again:
            self.add_error("again", _("This is not what you typed above."))
        return given


class AppCodeForm(forms.Form):
    """A code that shows that the app has the secret."""

    code = forms.CharField(
        label=_("Code that the app shows"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": 20}
        ),
    )

    def __init__(self, *args: Any, secret: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.secret = secret

    def clean_code(self) -> str:
        """The code, if it comes from the secret. Whether it was used already, the operation says."""
        code = str(self.cleaned_data["code"])
        if not second_factor.matches(self.secret, code):
            raise ValidationError(Reason.WRONG_CODE.label)
        return code


class RecoveryCodesFileForm(forms.Form):
    """Recovery codes on their way into a file; they come from the page that showed them."""

    codes = forms.CharField(max_length=1_000)

    def clean_codes(self) -> list[str]:
        """The codes, and nothing but codes."""
        codes = str(self.cleaned_data["codes"]).split()
        if not all(RECOVERY_CODE.fullmatch(code) for code in codes):
            raise ValidationError(Reason.NOT_AN_ID.label)
        return codes


class AccessKeyFileForm(forms.Form):
    """An access key and its secret on their way into a file; they come from the page that showed them."""

    access_key = forms.CharField(max_length=20)
    secret_key = forms.CharField(max_length=40)

    def clean_access_key(self) -> str:
        """An access key, and nothing but that."""
        key = str(self.cleaned_data["access_key"])
        if not identifiers.ACCESS_KEY.fits(key):
            raise ValidationError(Reason.NOT_AN_ID.label)
        return key

    def clean_secret_key(self) -> str:
        """A secret of ours, and nothing but that."""
        secret = str(self.cleaned_data["secret_key"])
        if not SECRET_KEY.fullmatch(secret):
            raise ValidationError(Reason.NOT_AN_ID.label)
        return secret
