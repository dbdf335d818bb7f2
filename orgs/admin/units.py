"""Organizational units, as the tree has them."""

from django.contrib.admin import display, register
from django.db.models import OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from orgs import names
from orgs.admin.reading import (
    OrganizationFilter,
    ReadOnlyAdmin,
    link,
    list_link,
    list_links,
    moment,
    organization_link,
)
from orgs.admin.site import site
from orgs.models import MAX_LEVELS, Account, OrganizationalUnit
from orgs.queries.organizations import number_of

INDENTATION = "\u2003"  # a space as wide as a letter, which a browser keeps


@register(OrganizationalUnit, site=site)
class UnitAdmin(ReadOnlyAdmin):
    """Every root and unit, tree by tree, in the order of the tree; no other order would read as one."""

    list_display = (
        "indented",
        "id",
        organization_link,
        "account_count",
        moment("created_at", _("created")),
    )
    list_select_related = ("organization",)
    list_filter = (OrganizationFilter,)
    search_help_text = _("A part of the name, or the id")
    ordering = ("tree_id", "lft")
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("name", "id", "place", organization_link, "parent_link")}),
        (_("What hangs on it"), {"fields": ("tag_list", "lists", "created_at")}),
        (_("Numbers of the tree"), {"fields": ("tree_id", "level", "lft", "rght")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrganizationalUnit]:
        """With how many accounts hang on each."""
        found: QuerySet[OrganizationalUnit] = super().get_queryset(request)
        accounts = Account.objects.filter(unit=OuterRef("pk"))
        return found.annotate(accounts_held=number_of(accounts))

    def search_for(self, term: str) -> Q:
        """Name or id."""
        return Q(name_key__contains=names.name_key(term)) | Q(pk=term)

    @display(description=_("name"))
    def indented(self, unit: OrganizationalUnit) -> str:
        """The name, set in by its level."""
        return INDENTATION * 2 * min(unit.level, MAX_LEVELS) + unit.name

    @display(description=_("accounts"))
    def account_count(self, unit: "OrganizationalUnit") -> str:
        """Directly in it."""
        held: int = unit.accounts_held  # type: ignore[attr-defined]  # annotated above
        return list_link("account", held, unit=unit.pk)

    @display(description=_("place"))
    def place(self, unit: OrganizationalUnit) -> str:
        """The names on the way down to it."""
        return " / ".join(step.name for step in unit.path)

    @display(description=_("parent"))
    def parent_link(self, unit: OrganizationalUnit) -> str:
        """What it hangs on; a root hangs on nothing."""
        return link("organizationalunit", unit.parent_id, unit.parent and unit.parent.name)

    @display(description=_("tags"))
    def tag_list(self, unit: OrganizationalUnit) -> str:
        """Each with its value."""
        return ", ".join(str(tag) for tag in unit.tags.order_by("key"))

    @display(description=_("lists"))
    def lists(self, unit: OrganizationalUnit) -> str:
        """What belongs to it."""
        return list_links(("account", _("Accounts directly in it")), unit=unit.pk)
