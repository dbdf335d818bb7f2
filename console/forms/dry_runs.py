"""What is typed in for dry runs: where they are written, and what their records are narrowed by."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, DateFilter, FilterSet

from console.forms.fields import RefusableForm, checked_by
from orgs import names
from orgs.models import DryRunRecord
from orgs.queries.dry_runs import RecordFilter

LONGEST_SEARCH = 130  # of an id, which may be typed in place of a name


class DryRunForm(RefusableForm):
    """Where dry runs are written. Three of them are needed to switch them on (R-DRY-4)."""

    first = "bucket_name"

    bucket_name = forms.CharField(
        label=_("Bucket"),
        required=False,
        strip=False,
        help_text=_("Letters, digits, dots, - and _."),
    )
    region_id = forms.CharField(
        label=_("Region"), required=False, strip=False, help_text=_("Where the bucket is.")
    )
    bucket_prefix = forms.CharField(
        label=_("Prefix"),
        required=False,
        strip=False,
        help_text=_("What the names of the files begin with; slashes make folders."),
    )
    agency_name = forms.CharField(
        label=_("Agency"),
        required=False,
        strip=False,
        help_text=_("An agency of the management account that may write the bucket."),
    )

    def __init__(self, *given: Any, needed: bool, **more: Any) -> None:
        super().__init__(*given, **more)
        for name, field in self.fields.items():
            field.required = needed and name != "bucket_prefix"
            field.widget.attrs |= {
                "autocomplete": "off",
                "spellcheck": "false",
                "maxlength": names.DRY_RUN_LENGTH,
            }

    def clean_bucket_name(self) -> str:
        """The bucket as it will be kept."""
        return checked_by(names.bucket, str(self.cleaned_data["bucket_name"]))

    def clean_region_id(self) -> str:
        """The region as it will be kept."""
        return checked_by(names.bucket, str(self.cleaned_data["region_id"]))

    def clean_bucket_prefix(self) -> str:
        """The prefix as it will be kept."""
        return checked_by(names.bucket_prefix, str(self.cleaned_data["bucket_prefix"]))

    def clean_agency_name(self) -> str:
        """The agency as it will be kept."""
        return checked_by(names.dry_run_agency, str(self.cleaned_data["agency_name"]))


class RecordFilterSet(FilterSet):
    """The filters of the records. Days are days of UTC, as all times shown are.

    They narrow no query set, because none leaves `orgs.queries`: the query takes `wanted`.
    """

    who = CharFilter(label=_("Account or person"), max_length=LONGEST_SEARCH)
    action = CharFilter(label=_("Action"), max_length=names.DRY_RUN_LENGTH)
    policy = CharFilter(label=_("Policy"), max_length=LONGEST_SEARCH)
    since = DateFilter(label=_("From"))
    until = DateFilter(label=_("To"))

    class Meta:
        model = DryRunRecord
        fields: tuple[str, ...] = ()  # those above, and no more

    def wanted(self) -> RecordFilter:
        """The filter that was asked for; the day of `until` counts."""
        given = self.form.cleaned_data
        since, until = given["since"], given["until"]
        end = None if until in {None, date.max} else until + timedelta(days=1)
        return RecordFilter(
            who=given["who"],
            action=given["action"],
            policy=given["policy"],
            since=datetime.combine(since, time.min, UTC) if since else None,
            until=datetime.combine(end, time.min, UTC) if end else None,
        )
