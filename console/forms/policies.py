"""What is typed in for policies."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from console.forms.fields import RefusableForm, checked_by
from orgs import errors, names
from orgs.errors import Reason
from orgs.models import PolicyType

CONFIRMATION = "Confirm"  # what is typed before somebody is bound, in every language (R-CON-4)
NOT_CONFIRMED = _("Type the word Confirm, as it stands here.")
LONGEST_SEARCH = 128


class PolicyFilterForm(forms.Form):
    """What the list of policies is narrowed by; the type is the tab one is at."""

    type = forms.ChoiceField(required=False, choices=PolicyType.choices)
    name = forms.CharField(label=_("Name or id"), required=False, max_length=LONGEST_SEARCH)

    def policy_type(self) -> PolicyType:
        """The type that was asked for, or the first one."""
        return PolicyType(self.cleaned_data.get("type") or PolicyType.SERVICE_CONTROL_POLICY)


class SearchForm(forms.Form):
    """A part of a name, or an id."""

    name = forms.CharField(label=_("Name or id"), required=False, max_length=LONGEST_SEARCH)


class PolicyTextField(forms.CharField):
    r"""A text as policies are kept: not trimmed, and with `\n` where browsers send `\r\n`."""

    widget = forms.Textarea

    def __init__(self, **more: Any) -> None:
        super().__init__(strip=False, required=False, **more)

    def to_python(self, value: Any) -> str:
        """The text; a missing one is empty, and the engine says so."""
        return with_plain_line_ends(str(value or ""))


def with_plain_line_ends(text: str) -> str:
    r"""The text with `\n` in place of `\r\n` and `\r`: browsers send it otherwise than it was typed."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def name_field() -> forms.CharField:
    """The name of a policy."""
    return forms.CharField(
        label=_("Name"),
        strip=False,
        help_text=_(
            "1 to 64 letters, digits, Chinese characters, _, - and spaces inside. No other policy of this"
            " type has the same."
        ),
        error_messages={"required": Reason.EMPTY.label},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "maxlength": names.POLICY_NAME_LENGTH,
                "spellcheck": "false",
            }
        ),
    )


def description_field() -> forms.CharField:
    """The description of a policy."""
    return forms.CharField(
        label=_("Description"),
        required=False,
        help_text=_("Up to 512 characters: what it is for, and whom to ask."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "maxlength": names.POLICY_DESCRIPTION_LENGTH}
        ),
    )


class DescribePolicyForm(RefusableForm):
    """Name and description of a policy."""

    first = "name"
    about: ClassVar = {errors.PolicyNameConflict: ("name", "")}

    name = name_field()
    description = description_field()

    def clean_name(self) -> str:
        """The name as it will be kept."""
        return checked_by(names.policy_name, str(self.cleaned_data["name"]))

    def clean_description(self) -> str:
        """The description as it will be kept."""
        return checked_by(names.policy_description, str(self.cleaned_data["description"]))


class CreatePolicyForm(DescribePolicyForm):
    """A policy that is to be made."""

    about: ClassVar = {
        errors.PolicyNameConflict: ("name", ""),
        errors.PolicyContentTooLong: ("document", ""),
        errors.PolicyContentMalformed: ("document", ""),
    }

    document = PolicyTextField(label=_("Document"))


class ConfirmForm(RefusableForm):
    """The word that is typed before somebody is bound, or is bound no more."""

    first = "confirmation"

    confirmation = forms.CharField(
        label=_("Type Confirm to go on"),
        error_messages={"required": NOT_CONFIRMED},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *given: Any, needed: bool = True, **more: Any) -> None:
        super().__init__(*given, **more)
        if not needed:
            del self.fields["confirmation"]

    def clean_confirmation(self) -> str:
        """The word itself, and nothing like it."""
        typed = str(self.cleaned_data["confirmation"]).strip()
        if typed != CONFIRMATION:
            raise forms.ValidationError(NOT_CONFIRMED)
        return typed


class GatedForm(ConfirmForm):
    """A text that tests of the policy may stop, and the reason why it is meant all the same."""

    reason = forms.CharField(label=_("Why it is meant"), required=False, max_length=512)

    @property
    def is_stopped_by_tests(self) -> bool:
        """Whether a reason would let it pass."""
        return isinstance(self.refusal, errors.PolicyTestsFail)


class SaveDocumentForm(GatedForm):
    """A new text for a policy, and the version that was looked at."""

    document = PolicyTextField(label=_("Document"))
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)


class AttachForm(ConfirmForm):
    """The entity to attach a policy to."""

    entity_id = forms.CharField(
        error_messages={"required": _("Choose where to attach it.")}, widget=forms.HiddenInput
    )
