"""What the activity is narrowed by."""

from datetime import UTC, date, datetime, time, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from orgs import events
from orgs.queries.events import EventFilter


class ActivityForm(forms.Form):
    """What stands in the address of the page. Days are days of UTC, as all times shown are."""

    since = forms.DateField(label=_("From"), required=False)
    until = forms.DateField(label=_("To"), required=False)
    person = forms.CharField(label=_("Person"), required=False, max_length=150)
    kind = forms.ChoiceField(
        label=_("Event"), required=False, choices=[("", _("All events")), *events.Kind.choices]
    )
    entity = forms.CharField(required=False, max_length=150)
    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    def wanted(self) -> EventFilter:
        """The filter that was asked for; the day of `until` counts."""
        given = self.cleaned_data
        until = given["until"]
        if until in {None, date.max}:
            end = None
        else:
            end = datetime.combine(until + timedelta(days=1), time.min, UTC)
        return EventFilter(
            entity_id=given["entity"],
            kind=given["kind"],
            username=given["person"],
            since=datetime.combine(given["since"], time.min, UTC) if given["since"] else None,
            until=end,
        )
