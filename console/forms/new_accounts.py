"""What is typed in to create an account, or to invite one."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from console.forms.fields import RefusableForm, checked_by
from orgs import errors, identifiers, names
from orgs.errors import Reason
from orgs.models import TargetType

NOT_THE_NAME = _("This is not the name of the account.")


def line(limit: int, **attrs: object) -> forms.TextInput:
    """A field of one line that takes as much as the rule does."""
    return forms.TextInput(attrs={"autocomplete": "off", "maxlength": limit, **attrs})


class CreateAccountForm(RefusableForm):
    """An account that is to be made."""

    first = "name"
    about: ClassVar = {errors.ParentNotFound: ("destination_parent_id", "")}

    name = forms.CharField(
        label=_("Name"),
        help_text=_(
            "6 to 64 letters, digits, _ and -, a letter first. No account of this installation has the same."
        ),
        error_messages={"required": Reason.EMPTY.label},
        widget=line(names.ACCOUNT_NAME_LENGTHS[1], spellcheck="false"),
    )
    email = forms.CharField(
        label=_("E-mail"),
        required=False,
        help_text=_("Of whoever looks after the account; no other account has the same."),
        error_messages={"required": Reason.CONTACT_NEEDED.label},
        widget=forms.EmailInput(attrs={"autocomplete": "off", "maxlength": names.EMAIL_LENGTH}),
    )
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        help_text=_("4 to 20 digits; a plus sign may stand before them."),
        error_messages={"required": Reason.CONTACT_NEEDED.label},
        widget=line(names.PHONE_LENGTH, inputmode="tel"),
    )
    description = forms.CharField(
        label=_("Description"),
        required=False,
        help_text=_("Up to 255 characters. The members of the account see it as well."),
        widget=line(names.DESCRIPTION_LENGTH),
    )
    agency_name = forms.CharField(
        label=_("Account-access agency"),
        required=False,
        widget=line(names.AGENCY_NAME_LENGTH, spellcheck="false"),
    )
    destination_parent_id = forms.CharField(
        label=_("Place"),
        help_text=_("It can be moved at any time."),
        required=False,
        widget=forms.HiddenInput,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for contact in ("email", "phone"):
            self.fields[contact].required = contact in settings.CONTACTS_DEMANDED
        self.fields["agency_name"].help_text = _(
            "Through it this management account enters the new account."
            " Left empty, it is named %(name)s."
        ) % {"name": settings.AGENCY_NAME}

    def clean_name(self) -> str:
        """The name as it will be kept."""
        return checked_by(names.account_name, str(self.cleaned_data["name"]))

    def clean_email(self) -> str | None:
        """The address, or none."""
        email = str(self.cleaned_data["email"])
        return checked_by(names.email, email) if email else None

    def clean_phone(self) -> str | None:
        """The number, or none."""
        phone = str(self.cleaned_data["phone"])
        return checked_by(names.phone, phone) if phone else None

    def clean_description(self) -> str:
        """The description as it will be kept."""
        return checked_by(names.description, str(self.cleaned_data["description"]))

    def clean_agency_name(self) -> str | None:
        """The agency's name, or none for the one that it has by default."""
        name = str(self.cleaned_data["agency_name"])
        return checked_by(names.agency_name, name) if name else None

    @property
    def wants_more(self) -> bool:
        """Whether what is rarely needed has to be in sight."""
        return bool(self["agency_name"].value() or self["agency_name"].errors)


class InviteAccountForm(RefusableForm):
    """An account that is there, and is to be asked to join."""

    first = "target"
    about: ClassVar = {
        errors.TargetNotFound: (
            "target",
            _("No account of this installation has exactly this name or id."),
        ),
        errors.AccountAlreadyInOrganization: ("target", ""),
        errors.AccountNotActive: (
            "target",
            _("This account cannot be invited: it is closed, or has no sign-in of its own."),
        ),
        errors.HandshakeDuplicate: ("target", ""),
        errors.ParentNotFound: ("destination_parent_id", ""),
    }

    target_type = forms.ChoiceField(
        label=_("Find the account"),
        choices=TargetType.choices,
        initial=TargetType.NAME,
        widget=forms.RadioSelect,
    )
    target = forms.CharField(
        label=_("Account"),
        help_text=_("The whole name or the whole id; its owner can tell you either."),
        error_messages={"required": Reason.EMPTY.label},
        widget=line(100, spellcheck="false"),
    )
    notes = forms.CharField(
        label=_("Notes"),
        required=False,
        help_text=_("Up to 1,024 characters. They stand in the e-mail and on the invitation."),
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": names.NOTES_LENGTH}),
    )
    destination_parent_id = forms.CharField(
        label=_("Place"),
        help_text=_("It can be moved at any time."),
        required=False,
        widget=forms.HiddenInput,
    )

    def clean_target(self) -> str:
        """The name or the id, if it looks like one."""
        target = str(self.cleaned_data["target"])
        if self.cleaned_data.get("target_type") == TargetType.ACCOUNT:
            return checked_by(
                lambda text: identifiers.ACCOUNT.require(text, field="target"), target
            )
        return checked_by(names.account_name, target)

    def clean_notes(self) -> str:
        """The notes as they will be kept."""
        return checked_by(names.notes, str(self.cleaned_data["notes"]))


class ConfirmNameForm(forms.Form):
    """The name of an account, typed once more by somebody who means it (R-CON-4)."""

    confirmation = forms.CharField(
        error_messages={"required": NOT_THE_NAME},
        widget=line(names.ACCOUNT_NAME_LENGTHS[1], spellcheck="false"),
    )

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name = name
        self.fields["confirmation"].label = _("Type %(name)s to confirm") % {"name": name}

    def clean_confirmation(self) -> str:
        """The name, if it is exactly that."""
        typed = str(self.cleaned_data["confirmation"])
        if typed != self.name:
            raise forms.ValidationError(NOT_THE_NAME)
        return typed
