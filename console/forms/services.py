"""What is typed in about trusted services and their delegated administrators."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from console.forms.fields import RefusableForm
from orgs import errors
from orgs.errors import OrgsError


class EnableForm(RefusableForm):
    """Nothing is typed in; what is refused stands above the button."""


class RegisterForm(RefusableForm):
    """An account, by its name or its id, and a service."""

    about: ClassVar[dict[type[OrgsError], tuple[str, str | Promise]]] = {
        errors.AccountNotFound: ("account", _("No account of the organization is called this.")),
        errors.AccountNotActive: ("account", ""),
        errors.DelegatedAdminIsManagement: ("account", ""),
        errors.DelegatedAdminExists: ("account", ""),
        errors.TrustedServiceNotEnabled: ("service", ""),
        errors.DelegatedAdminUnsupported: ("service", ""),
        errors.DelegatedAdminQuotaExceeded: ("service", ""),
    }
    first = "account"

    account = forms.CharField(
        label=_("Account"),
        max_length=64,
        help_text=_("Its name or its id."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "list": "accounts-to-register"}
        ),
    )

    def __init__(self, *given: Any, services: Sequence[tuple[str, str]], **more: Any) -> None:
        super().__init__(*given, **more)
        self.services = list(services)
        self.fields["service"] = forms.ChoiceField(label=_("Service"), choices=self.services)
