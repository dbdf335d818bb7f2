"""What is pasted or uploaded to create or invite many accounts at once."""

from django import forms
from django.utils.translation import gettext_lazy as _

from orgs import batch_file, queries
from orgs.errors import InvalidFile, InvalidParameter, Reason
from orgs.models import BatchKind, BatchRowState


class PartForm(forms.Form):
    """Which rows of a batch are shown; what is none of these narrows nothing."""

    after = forms.IntegerField(required=False, min_value=0, max_value=batch_file.TEXT_LIMIT)
    state = forms.ChoiceField(required=False, choices=[("", ""), *BatchRowState.choices])

    def asked(self) -> tuple[int, str]:
        """The row that the part follows, and the state of the rows."""
        self.is_valid()
        return self.cleaned_data.get("after") or 0, self.cleaned_data.get("state", "")


class BatchForm(forms.Form):
    """Rows as text, or a file in their place."""

    # Not stripped: a row may begin with an empty cell, and the numbers of the rows are those of the text.
    rows = forms.CharField(
        label=_("Rows"),
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 8, "wrap": "off", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    file = forms.FileField(
        label=_("Or a CSV file"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv,text/plain"}),
    )

    def __init__(self, kind: BatchKind, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own list of them
        self.kind = kind

    def clean(self) -> None:
        """The text of the file, or what was pasted; a file wins. What cannot be read is said by its place."""
        file = self.cleaned_data.get("file")
        text: object = self.cleaned_data.get("rows", "")
        if file is not None:
            # One byte more than is taken tells that it is too much.
            text = file.read(batch_file.TEXT_LIMIT + 1)
        field = "rows" if file is None else "file"
        try:
            queries.batches.read_rows(self.kind, text)
        except InvalidParameter as error:
            is_empty = error.reason == Reason.NONE_GIVEN
            said = _("Paste at least one row, or choose a file.") if is_empty else error.problem
            self.add_error(field, said)
        except InvalidFile as error:
            for place, sentence in error.faults:
                self.add_error(field, f"{place}: {sentence}" if place else sentence)
        else:
            self.cleaned_data["text"] = batch_file.decoded(text)
