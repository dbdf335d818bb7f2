"""What the activity is narrowed by."""

from datetime import UTC, date, datetime, time, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, DateFilter, FilterSet

from orgs import events
from orgs.models import Event
from orgs.queries.events import EventFilter


class ActivityForm(forms.Form):
    """What stands in the address of the page beside its filters."""

    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


class ActivityFilterSet(FilterSet):
    """The filters, which check what is asked for. Days are days of UTC, as all times shown are.

    They narrow no query set, because none leaves `orgs.queries`: the query takes `wanted`.
    """

    since = DateFilter(label=_("From"))
    until = DateFilter(label=_("To"))
    person = CharFilter(label=_("Person"), max_length=150)
    kind = ChoiceFilter(label=_("Event"), choices=events.Kind.choices, empty_label=_("All events"))
    account = CharFilter(label=_("Account of the person"), max_length=64)
    request = CharFilter(label=_("Request id"), max_length=64)
    below = CharFilter(label=_("Unit, and all below it"), max_length=36)
    entity = CharFilter(label=_("Entity"), max_length=150)

    class Meta:
        model = Event
        fields: tuple[str, ...] = ()  # those above, and no more
        form = ActivityForm

    def wanted(self) -> EventFilter:
        """The filter that was asked for; the day of `until` counts."""
        given = self.form.cleaned_data
        until = given["until"]
        if until in {None, date.max}:
            end = None
        else:
            end = datetime.combine(until + timedelta(days=1), time.min, UTC)
        return EventFilter(
            entity_id=given["entity"],
            kind=given["kind"],
            username=given["person"],
            account=given["account"],
            request_id=given["request"],
            unit_id=given["below"],
            since=datetime.combine(given["since"], time.min, UTC) if given["since"] else None,
            until=end,
        )


class CallPartForm(forms.Form):
    """Which part of the refused calls is shown; what is no number narrows nothing."""

    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    def asked(self) -> int | None:
        """The call that the part follows."""
        self.is_valid()
        return self.cleaned_data.get("before")
