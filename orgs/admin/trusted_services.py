"""What organizations trust, and which of their accounts administer it; to read."""

from django.contrib.admin import display, register
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orgs import names
from orgs.admin.reading import (
    AccountFilter,
    DaysFilter,
    IdFilter,
    OrganizationFilter,
    ReadOnlyAdmin,
    account_link,
    moment,
    organization_link,
)
from orgs.admin.site import site
from orgs.models import DelegatedAdministrator, TrustedService


class PrincipalFilter(IdFilter):
    """Of one service."""

    title = _("principal")
    parameter_name = column = "service"


class DelegatedPrincipalFilter(PrincipalFilter):
    """Of one service."""

    column = "trusted_service__service"


@register(TrustedService, site=site)
class TrustedServiceAdmin(ReadOnlyAdmin):
    """Every service that an organization trusts."""

    list_display = ("principal", organization_link, moment("enabled_at", _("enabled")))
    list_filter = (PrincipalFilter, OrganizationFilter, ("enabled_at", DaysFilter))
    list_select_related = ("organization",)
    search_help_text = _("A principal, or the id of an organization")
    ordering = ("-enabled_at", "-id")
    fieldsets = ((None, {"fields": ("principal", organization_link, "enabled_at")}),)

    def search_for(self, term: str) -> Q:
        """Principal or organization."""
        return Q(service=term) | Q(organization=term)

    @display(description=_("service"))
    def principal(self, trusted: TrustedService) -> str:
        """The service's principal."""
        return trusted.service_id


@register(DelegatedAdministrator, site=site)
class DelegatedAdministratorAdmin(ReadOnlyAdmin):
    """Every account that administers a service for its organization."""

    list_display = (
        account_link,
        "principal",
        organization_link,
        moment("registered_at", _("registered")),
    )
    list_filter = (
        DelegatedPrincipalFilter,
        OrganizationFilter,
        AccountFilter,
        ("registered_at", DaysFilter),
    )
    list_select_related = ("organization", "account", "trusted_service")
    search_help_text = _("A part of an account's name, its id, or a principal")
    ordering = ("-registered_at", "-id")
    fieldsets = (
        (None, {"fields": (account_link, "principal", organization_link, "registered_at")}),
    )

    def search_for(self, term: str) -> Q:
        """Account or principal."""
        return (
            Q(account=term)
            | Q(account__name_key__contains=names.name_key(term))
            | Q(trusted_service__service=term)
        )

    @display(description=_("service"))
    def principal(self, delegation: DelegatedAdministrator) -> str:
        """The service's principal."""
        return delegation.trusted_service.service_id
