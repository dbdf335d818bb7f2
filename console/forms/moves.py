"""Where something is taken from, and where it goes."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from orgs.operations.accounts import Move


class DestinationForm(forms.Form):
    """The chosen parent."""

    destination_parent_id = forms.CharField(error_messages={"required": _("Choose a place.")})


class MoveForm(DestinationForm):
    """And the parent that was shown when the form was opened."""

    source_parent_id = forms.CharField(widget=forms.HiddenInput)


def written(account_id: str, source_parent_id: str) -> str:
    """An account and the parent that was shown, as one field of the form carries them."""
    return f"{account_id}:{source_parent_id}"


def read_moves(sent: QueryDict) -> list[Move]:
    """What `written` wrote; what it did not is an id that nothing has."""
    pairs = (text.partition(":") for text in sent.getlist("moved"))
    return [Move(account_id, source_parent_id) for account_id, _colon, source_parent_id in pairs]
