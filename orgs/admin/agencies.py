"""Agencies: who may act in an account."""

from django.contrib.admin import display, register
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orgs.admin.reading import (
    AccountFilter,
    ChoiceFilter,
    DaysFilter,
    IdFilter,
    ReadOnlyAdmin,
    account_link,
    link,
    moment,
)
from orgs.admin.site import site
from orgs.models import Agency, AgencyKind


class AgencyKindFilter(ChoiceFilter):
    """What agencies are for."""

    title = _("kind")
    parameter_name = column = "kind"
    known = AgencyKind.choices


class TrustedFilter(IdFilter):
    """Through which one account may enter others."""

    title = _("id of the trusted account")
    parameter_name = "trusted"
    column = "trusted_account"


@register(Agency, site=site)
class AgencyAdmin(ReadOnlyAdmin):
    """Every agency: which service, or which account, may act in an account."""

    list_display = (
        "name",
        account_link,
        "kind",
        "service",
        "trusted_link",
        moment("created_at", _("created")),
    )
    list_select_related = ("account", "trusted_account")
    list_filter = (AgencyKindFilter, AccountFilter, TrustedFilter, ("created_at", DaysFilter))
    search_help_text = _("The name, or the id of an account")
    ordering = ("-pk",)
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("name", account_link, "kind", "created_at")}),
        (_("Who may act"), {"fields": ("service", "trusted_link")}),
    )

    def search_for(self, term: str) -> Q:
        """Name or account."""
        return Q(name=term) | Q(account=term) | Q(trusted_account=term)

    @display(description=_("trusted account"))
    def trusted_link(self, agency: Agency) -> str:
        """Whose users may enter by it."""
        return link("account", agency.trusted_account_id, agency.trusted_account)
