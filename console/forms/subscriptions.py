"""What is typed in for a subscription to events."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from console.forms.fields import RefusableForm
from orgs import errors, events, names, outgoing
from orgs.models import Channel, Subscription


class DeliveryPartForm(forms.Form):
    """Which part of the log is shown; what is no number narrows nothing."""

    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    def asked(self) -> int | None:
        """The delivery that the part follows."""
        self.is_valid()
        return self.cleaned_data.get("before")


class SubscriptionForm(RefusableForm):
    """A new subscription, or a changed one, whose channel stays."""

    first = "name"
    about = {
        errors.OuNotFound: ("unit_id", ""),
        errors.SiteAddressUnknown: ("channel", ""),
        errors.ReceiverAskedTooOften: ("target", ""),
    }

    channel = forms.ChoiceField(label=_("Send by"), choices=Channel.choices)
    name = forms.CharField(
        label=_("Name"),
        help_text=_("What it is for, as your colleagues would say it."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "maxlength": names.DISPLAY_NAME_LENGTH}
        ),
    )
    target = forms.CharField(
        label=_("Address"),
        help_text=_(
            "For a webhook an address that begins with https://, else an e-mail address, whose reader is"
            " asked first."
        ),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "spellcheck": "false",
                "maxlength": outgoing.LONGEST_URL,
            }
        ),
    )
    language = forms.ChoiceField(
        label=_("Language of the e-mails"), required=False, choices=settings.LANGUAGES
    )
    unit_id = forms.CharField(
        label=_("Place"),
        help_text=_(
            "Events of it and of everything below it; of the root, of the whole organization."
        ),
        required=False,
        widget=forms.HiddenInput,
    )
    kinds = forms.MultipleChoiceField(
        label=_("Only these events"),
        help_text=_("Choose none to be told of every event."),
        required=False,
        choices=events.Kind.choices,
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )

    def __init__(
        self, *args: Any, root_id: str, subscription: Subscription | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.root_id = root_id
        if subscription is not None:
            del self.fields["channel"]
            if subscription.channel != Channel.EMAIL:
                del self.fields["language"]
        elif not settings.SITE_ADDRESS:
            self.fields["channel"].help_text = errors.SiteAddressUnknown.message

    def clean_unit_id(self) -> str:
        """The unit; empty for the root, which stands for the whole organization."""
        given = str(self.cleaned_data["unit_id"])
        return "" if given == self.root_id else given

    def typed(self) -> dict[str, Any]:
        """What the operations take."""
        given = self.cleaned_data
        return {name: given[name] for name in self.fields} | (
            {"language": given["language"] or None} if "language" in self.fields else {}
        )
