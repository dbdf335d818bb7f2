"""Requests to create accounts, and to close them."""

from django.contrib.admin import display, register
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orgs import names
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
from orgs.models import ClosingRequest, ClosingState, CreationRequest, CreationState


class CreationStateFilter(ChoiceFilter):
    """Where creations are."""

    title = _("state")
    parameter_name = column = "state"
    known = CreationState.choices


class ClosingStateFilter(ChoiceFilter):
    """Where closings are."""

    title = _("state")
    parameter_name = column = "state"
    known = ClosingState.choices


@register(CreationRequest, site=site)
class CreationRequestAdmin(ReadOnlyAdmin):
    """Every request to create an account that is not forgotten yet, newest first."""

    list_display = (
        "account_name",
        "id",
        organization_link,
        "state",
        "failure_reason",
        moment("created_at", _("requested")),
        moment("completed_at", _("completed")),
    )
    list_filter = (CreationStateFilter, OrganizationFilter, ("created_at", DaysFilter))
    search_help_text = _("A part of the name, or the id")
    list_select_related = ("organization", "account")
    ordering = ("-created_at", "-id")
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("account_name", "id", organization_link, account_link)}),
        (_("State"), {"fields": ("state", "created_at", "completed_at")}),
        (_("Failure"), {"fields": ("failure_reason", "failure_detail")}),
        (
            _("What was asked for"),
            {"fields": ("email", "phone", "description", "agency_name", "tags")},
        ),
    )

    def search_for(self, term: str) -> Q:
        """Name or id."""
        return Q(name_key__contains=names.name_key(term)) | Q(pk=term)


@register(ClosingRequest, site=site)
class ClosingRequestAdmin(ReadOnlyAdmin):
    """Every account that is being closed, was closed, or could not be, newest first."""

    list_display = (
        "account_name",
        account_link,
        organization_link,
        "state",
        "failure_reason",
        moment("created_at", _("requested")),
        moment("updated_at", _("updated")),
    )
    list_filter = (
        ClosingStateFilter,
        OrganizationFilter,
        AccountFilter,
        ("created_at", DaysFilter),
    )
    search_help_text = _("A part of the account's name, or its id")
    list_select_related = ("organization", "account")
    ordering = ("-created_at", "-id")
    sortable_by = ()
    fieldsets = (
        (None, {"fields": (account_link, organization_link, "state")}),
        (_("Times"), {"fields": ("created_at", "updated_at")}),
        (_("Failure"), {"fields": ("failure_reason", "failure_detail")}),
    )

    @display(description=_("name"))
    def account_name(self, row: ClosingRequest) -> str:
        """What the account is called."""
        return row.account.name

    def search_for(self, term: str) -> Q:
        """The account."""
        return Q(account__name_key__contains=names.name_key(term)) | Q(account=term)
