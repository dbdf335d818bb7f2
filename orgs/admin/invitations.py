"""Invitations, without what they say."""

from django.contrib.admin import register
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
from orgs.models import Invitation, InvitationState


class InvitationStateFilter(ChoiceFilter):
    """How invitations stand in the database; whether a pending one has run out, its expiry says."""

    title = _("state")
    parameter_name = column = "state"
    known = InvitationState.choices


@register(Invitation, site=site)
class InvitationAdmin(ReadOnlyAdmin):
    """Every invitation that is not forgotten yet, newest first. Its notes are between the two of them."""

    list_display = (
        "id",
        organization_link,
        account_link,
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
    list_select_related = ("organization", "account")
    ordering = ("-created_at", "-id")
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("id", organization_link, account_link, "state", "tags")}),
        (
            _("Times"),
            {"fields": ("created_at", "expires_at", "updated_at", "mailed_at", "resent_at")},
        ),
    )

    def search_for(self, term: str) -> Q:
        """Id or account."""
        return Q(pk=term) | Q(account__name_key__contains=names.name_key(term))
