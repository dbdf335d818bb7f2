"""What is typed in where policies are attached to an entity, detached from it, or asked about."""

from django import forms
from django.utils.translation import gettext_lazy as _

from console.forms.policies import ConfirmForm
from orgs.models import PolicyType
from orgs.policy.statements import Action

LONGEST_NAME = 130  # of an id, which may be typed in place of a name
LONGEST_ACTION = 256


class ConfirmedForm(ConfirmForm):
    """A change that binds people, or unbinds them: of some a word is typed first (R-POL-16)."""

    use_required_attribute = False  # what is missing is said beside it, as any other mistake


class AttachHereForm(ConfirmedForm):
    """A policy that is chosen for an entity."""

    field_order = ("policy", "confirmation")

    policy = forms.CharField(
        error_messages={"required": _("Choose a policy.")}, widget=forms.HiddenInput
    )


class ChoosingForm(forms.Form):
    """Which policies are offered: of one type, those with a part of their name, or that id."""

    type = forms.ChoiceField(required=False, choices=PolicyType.choices)
    name = forms.CharField(label=_("Name or id"), required=False, max_length=LONGEST_NAME)

    @property
    def policy_type(self) -> PolicyType:
        """The type that was asked for, or the first one."""
        asked = self.cleaned_data.get("type") if self.is_valid() else self.data.get("type")
        return (
            PolicyType(asked) if asked in PolicyType.values else PolicyType.SERVICE_CONTROL_POLICY
        )

    @property
    def wanted(self) -> str:
        """What is looked for."""
        return str(self.cleaned_data.get("name", "")) if self.is_valid() else ""


class AskedActionForm(forms.Form):
    """An action that is followed from the root down."""

    action = forms.CharField(
        label=_("Action"),
        required=False,
        max_length=LONGEST_ACTION,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "spellcheck": "false",
                "placeholder": "ecs:servers:delete",
            }
        ),
    )

    def clean_action(self) -> str:
        """An action of three parts, or nothing."""
        typed = str(self.cleaned_data["action"])
        if typed and not Action.of(typed).is_well_formed:
            raise forms.ValidationError(
                _("An action has three parts: service, type and operation, with colons between.")
            )
        return typed

    @property
    def asked(self) -> str:
        """The action, if one was asked about as it is written."""
        return str(self.cleaned_data.get("action", "")) if self.is_valid() else ""
