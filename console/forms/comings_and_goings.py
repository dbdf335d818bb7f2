"""What the lists of invitations, creations, closings and former members are narrowed by."""

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from orgs.models import ClosingState, CreationState, DepartureKind, InvitationState

ANY = ("", _("Any"))


class StateForm(forms.Form):
    """The state that stands in the address of the page; a text that is none narrows nothing."""

    state: ClassVar[forms.Field]

    def wanted(self) -> str:
        """The state that is asked for."""
        return str(self.cleaned_data["state"]) if self.is_valid() else ""


class InvitationsForm(StateForm):
    """Of invitations."""

    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[ANY, *InvitationState.choices]
    )


class CreationsForm(StateForm):
    """Of requests to create accounts."""

    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[ANY, *CreationState.choices]
    )


class ClosingsForm(StateForm):
    """Of requests to close accounts."""

    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[ANY, *ClosingState.choices]
    )


class DeparturesForm(StateForm):
    """How former members went."""

    state = forms.ChoiceField(
        label=_("How it went"), required=False, choices=[ANY, *DepartureKind.choices]
    )
