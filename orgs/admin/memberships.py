"""How accounts come and go: requests to create and to close, invitations, departures, agencies."""

from django.contrib.admin import display, register
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orgs import names
from orgs.admin.reading import (
    ChoiceFilter,
    DaysFilter,
    IdFilter,
    OrganizationFilter,
    ReadOnlyAdmin,
    link,
    moment,
)
from orgs.admin.site import site
from orgs.models import (
    Agency,
    AgencyKind,
    ClosingRequest,
    ClosingState,
    CreationRequest,
    CreationState,
    Departure,
    DepartureKind,
    Invitation,
    InvitationState,
)

Membership = CreationRequest | ClosingRequest | Invitation | Departure


class AccountFilter(IdFilter):
    """About one account."""

    title = _("account id")
    parameter_name = column = "account"


class TrustedFilter(IdFilter):
    """Through which one account may enter others."""

    title = _("id of the trusted account")
    parameter_name = "trusted"
    column = "trusted_account"


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


class InvitationStateFilter(ChoiceFilter):
    """How invitations stand in the database; whether a pending one has run out, its expiry says."""

    title = _("state")
    parameter_name = column = "state"
    known = InvitationState.choices


class DepartureKindFilter(ChoiceFilter):
    """How accounts went."""

    title = _("how")
    parameter_name = column = "kind"
    known = DepartureKind.choices


class AgencyKindFilter(ChoiceFilter):
    """What agencies are for."""

    title = _("kind")
    parameter_name = column = "kind"
    known = AgencyKind.choices


class MembershipAdmin(ReadOnlyAdmin):
    """What an organization and an account have to do with each other."""

    list_select_related = ("organization", "account")
    sortable_by = ()

    @display(description=_("organization"))
    def organization_link(self, row: Membership) -> str:
        """Whose it is."""
        return link("organization", row.organization_id, row.organization)

    @display(description=_("account"))
    def account_link(self, row: Membership) -> str:
        """Which it is about; none where it was not made."""
        return link("account", row.account_id, row.account)


@register(CreationRequest, site=site)
class CreationRequestAdmin(MembershipAdmin):
    """Every request to create an account that is not forgotten yet, newest first."""

    list_display = (
        "account_name",
        "id",
        "organization_link",
        "state",
        "failure_reason",
        moment("created_at", _("requested")),
        moment("completed_at", _("completed")),
    )
    list_filter = (CreationStateFilter, OrganizationFilter, ("created_at", DaysFilter))
    search_help_text = _("A part of the name, or the id")
    ordering = ("-created_at", "-id")
    fieldsets = (
        (None, {"fields": ("account_name", "id", "organization_link", "account_link")}),
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
class ClosingRequestAdmin(MembershipAdmin):
    """Every account that is being closed, was closed, or could not be, newest first."""

    list_display = (
        "account_name",
        "account_link",
        "organization_link",
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
    ordering = ("-created_at", "-id")
    fieldsets = (
        (None, {"fields": ("account_link", "organization_link", "state")}),
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


@register(Invitation, site=site)
class InvitationAdmin(MembershipAdmin):
    """Every invitation that is not forgotten yet, newest first. Its notes are between the two of them."""

    list_display = (
        "id",
        "organization_link",
        "account_link",
        "state",
        moment("created_at", _("sent")),
        moment("expires_at", _("expires")),
        moment("mailed_at", _("mailed")),
    )
    list_filter = (
        InvitationStateFilter,
        OrganizationFilter,
        AccountFilter,
        ("created_at", DaysFilter),
    )
    search_help_text = _("The id, or a part of the account's name")
    ordering = ("-created_at", "-id")
    fieldsets = (
        (None, {"fields": ("id", "organization_link", "account_link", "state", "tags")}),
        (
            _("Times"),
            {"fields": ("created_at", "expires_at", "updated_at", "mailed_at", "resent_at")},
        ),
    )

    def search_for(self, term: str) -> Q:
        """Id or account."""
        return Q(pk=term) | Q(account__name_key__contains=names.name_key(term))


@register(Departure, site=site)
class DepartureAdmin(MembershipAdmin):
    """Every membership that ended, the latest first."""

    list_display = (
        "account_name",
        "account_link",
        "organization_link",
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
    ordering = ("-departed_at", "-id")
    fieldsets = (
        (None, {"fields": ("account_name", "account_link", "organization_link", "kind")}),
        (_("Membership"), {"fields": ("join_method", "joined_at", "departed_at")}),
    )

    def search_for(self, term: str) -> Q:
        """Name or account."""
        return Q(account_name__icontains=term) | Q(account=term)


@register(Agency, site=site)
class AgencyAdmin(ReadOnlyAdmin):
    """Every agency: which service, or which account, may act in an account."""

    list_display = (
        "name",
        "account_link",
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
        (None, {"fields": ("name", "account_link", "kind", "created_at")}),
        (_("Who may act"), {"fields": ("service", "trusted_link")}),
    )

    def search_for(self, term: str) -> Q:
        """Name or account."""
        return Q(name=term) | Q(account=term) | Q(trusted_account=term)

    @display(description=_("account"))
    def account_link(self, agency: Agency) -> str:
        """In which it is."""
        return link("account", agency.account_id, agency.account)

    @display(description=_("trusted account"))
    def trusted_link(self, agency: Agency) -> str:
        """Whose users may enter by it."""
        return link("account", agency.trusted_account_id, agency.trusted_account)
