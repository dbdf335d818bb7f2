"""Memberships that ended."""

from django.contrib.admin import register
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orgs.admin.reading import (
    AccountFilter,
    ChoiceFilter,
    DaysFilter,
    OrganizationFilter,
    ReadOnlyAdmin,
    account_link,
    moment,
    organization_link,
)
from orgs.admin.site import site
from orgs.models import Departure, DepartureKind


class DepartureKindFilter(ChoiceFilter):
    """How accounts went."""

    title = _("how")
    parameter_name = column = "kind"
    known = DepartureKind.choices


@register(Departure, site=site)
class DepartureAdmin(ReadOnlyAdmin):
    """Every membership that ended, the latest first."""

    list_display = (
        "account_name",
        account_link,
        organization_link,
        "kind",
        "join_method",
        moment("joined_at", _("joined")),
        moment("departed_at", _("departed")),
    )
    list_filter = (
        DepartureKindFilter,
        OrganizationFilter,
        AccountFilter,
        ("departed_at", DaysFilter),
    )
    search_help_text = _("A part of the name that the account had, or its id")
    list_select_related = ("organization", "account")
    ordering = ("-departed_at", "-id")
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("account_name", account_link, organization_link, "kind")}),
        (_("Membership"), {"fields": ("join_method", "joined_at", "departed_at")}),
    )

    def search_for(self, term: str) -> Q:
        """Name or account."""
        return Q(account_name__icontains=term) | Q(account=term)
