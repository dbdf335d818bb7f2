"""Calls that were refused, also those that nobody we know has signed: they belong to no organization."""

from django.contrib.admin import display, register
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from orgs.admin.reading import (
    NOTHING,
    ChoiceFilter,
    DaysFilter,
    LongListAdmin,
    OrganizationFilter,
    link,
    moment,
    organization_link,
)
from orgs.admin.site import site
from orgs.models import RecordedCall


class KnownFilter(ChoiceFilter):
    """Of callers in an organization, or of those that are in none or are not known."""

    title = _("organization")
    parameter_name = "known"
    known = (("yes", _("Yes")), ("no", _("No")))
    conditions = {"yes": Q(organization__isnull=False), "no": Q(organization=None)}


@register(RecordedCall, site=site)
class RecordedCallAdmin(LongListAdmin):
    """What is kept of them, newest first; a row may stand for several calls."""

    list_display = (
        moment("at", _("time")),
        "operation",
        "status",
        "code",
        "number",
        "caller",
        "source_address",
        organization_link,
    )
    list_filter = (OrganizationFilter, KnownFilter, ("at", DaysFilter))
    list_select_related = ("organization",)
    ordering = ("-pk",)
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("at", "operation", "status", "code", "number")}),
        (
            _("Actor"),
            {"fields": ("caller", "account", organization_link, "source_address", "request_id")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[RecordedCall]:
        """Those that were refused; what was read is its organization's own matter."""
        found: QuerySet[RecordedCall] = super().get_queryset(request)
        return found.filter(is_refused=True)

    def search_for(self, term: str) -> Q:
        """Who, from where, and which."""
        by = Q(username=term) | Q(account_id=term)
        return by | Q(source_address=term) | Q(request_id=term)

    @display(description=_("number"))
    def number(self, call: RecordedCall) -> int:
        """How many calls the row stands for."""
        return call.times

    @display(description=_("user name"))
    def caller(self, call: RecordedCall) -> str:
        """Who asked, as it was called then; nobody where the signature was not right."""
        return call.username or NOTHING

    @display(description=_("account"))
    def account(self, call: RecordedCall) -> str:
        """Whose user that was, as it was called then."""
        return link("account", call.account_id, call.account_name)
