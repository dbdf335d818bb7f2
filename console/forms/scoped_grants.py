"""What is typed in to grant rights on a unit, and what narrows the list of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from console.forms.fields import RefusableForm
from orgs import errors, names
from orgs.permissions import SCOPED, Permission
from orgs.queries.scoped_grants import GrantFilter

RIGHTS = [(permission.value, permission.label) for permission in SCOPED]
USER, ACCOUNT = "user", "account"


class GrantFilterForm(forms.Form):
    """What narrows the list; what cannot be asked for narrows it to nothing or is said at its field."""

    name = forms.CharField(label=_("Name"), required=False, max_length=150)
    permission = forms.ChoiceField(
        label=_("Right"), required=False, choices=[("", _("Any")), *RIGHTS]
    )
    unit = forms.CharField(label=_("Id of the unit"), required=False, max_length=35)
    after = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput())

    def wanted(self) -> GrantFilter:
        """The filter as the query takes it."""
        if not self.is_valid():
            return GrantFilter()
        given = self.cleaned_data
        return GrantFilter(
            name=given["name"], permission=given["permission"], unit_id=given["unit"]
        )


class RightsForm(RefusableForm):
    """The rights, the policies they are about, and their time."""

    first = "permissions"
    about = {errors.PolicyNotFound: ("policy_ids", "")}

    permissions = forms.MultipleChoiceField(
        label=_("Rights"), choices=RIGHTS, widget=forms.CheckboxSelectMultiple()
    )
    policy_ids = forms.MultipleChoiceField(
        label=_("Policies that may be attached"),
        help_text=_(
            "Only with the right to attach policies; no others can be attached or detached."
        ),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )
    expires_at = forms.DateTimeField(
        label=_("Until, in UTC"),
        help_text=_("Empty: until somebody takes it back."),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, policies: Sequence[tuple[str, str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["policy_ids"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101  (it stands above)
        field.choices = [(policy_id, name) for policy_id, name, _kind in policies]

    def rights(self) -> dict[str, Any]:
        """What the operations take."""
        until: datetime | None = self.cleaned_data["expires_at"]
        return {
            "permissions": [Permission(one) for one in self.cleaned_data["permissions"]],
            "policy_ids": self.cleaned_data["policy_ids"],
            "expires_at": until,
        }


class GrantForm(RightsForm):
    """A grant that is yet to be made."""

    first = "grantee"
    about = RightsForm.about | {
        errors.ParentNotFound: ("unit_id", ""),
        errors.UserNotFound: ("grantee", ""),
        errors.AccountNotFound: ("grantee", ""),
        errors.GranteeIsManagement: ("grantee", ""),
        errors.GranteeDisabled: ("grantee", ""),
        errors.AccountNotActive: ("grantee", ""),
        errors.ScopedGrantPresent: ("grantee", ""),
    }

    kind = forms.ChoiceField(
        label=_("To"),
        choices=[(USER, _("A user")), (ACCOUNT, _("The administrators of an account"))],
    )
    grantee = forms.CharField(
        label=_("Name of the user, or id of the account"),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "maxlength": 150}
        ),
    )
    unit_id = forms.CharField(
        label=_("On the unit"),
        help_text=_("Its id, or that of the root. The rights hold there and on everything below."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "maxlength": 35}
        ),
    )
    field_order = ("kind", "grantee", "unit_id", "permissions", "policy_ids", "expires_at")

    def clean_grantee(self) -> str:
        """A name or id, as far as one can be told."""
        grantee = str(self.cleaned_data["grantee"])
        return grantee if names.prints(grantee) else ""

    def grant(self) -> dict[str, Any]:
        """What the operation takes."""
        given = self.cleaned_data
        whom = "username" if given["kind"] == USER else "account_id"
        return {whom: given["grantee"], "unit_id": given["unit_id"], **self.rights()}
