"""Tags of roots, units, accounts and policies."""

from django.contrib.admin import display, register
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from orgs.admin.reading import IdFilter, LongListAdmin, OrganizationFilter, link, organization_link
from orgs.admin.site import site
from orgs.models import Tag


class KeyFilter(IdFilter):
    """With one key."""

    title = _("key")
    parameter_name = column = "key"


class ValueFilter(IdFilter):
    """With one value."""

    title = _("value")
    parameter_name = column = "value"


@register(Tag, site=site)
class TagAdmin(LongListAdmin):
    """Every tag, with what carries it."""

    list_display = ("key", "value", "resource_link", organization_link)
    list_filter = (OrganizationFilter, KeyFilter, ValueFilter)
    search_help_text = _("A key, a value, or the id of what carries the tag")
    ordering = ("-pk",)
    sortable_by = ()
    fieldsets = ((None, {"fields": ("key", "value", "resource_link", organization_link)}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        """With what is linked to."""
        found: QuerySet[Tag] = super().get_queryset(request)
        return found.select_related("organization", "unit", "account", "policy")

    def search_for(self, term: str) -> Q:
        """Key, value or resource."""
        on = Q(unit=term) | Q(account=term) | Q(policy=term)
        return Q(key=term) | Q(value=term) | on

    @display(description=_("on"))
    def resource_link(self, tag: Tag) -> str:
        """The root, unit, account or policy that carries it."""
        if tag.policy_id is not None:
            return link("policy", tag.policy_id, tag.policy)
        if tag.account_id is not None:
            return link("account", tag.account_id, tag.account)
        return link("organizationalunit", tag.unit_id, tag.unit)
