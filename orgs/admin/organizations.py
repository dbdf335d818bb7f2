"""Organizations: how large they are, their quotas, and the repair of a tree."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin import display, register
from django.db.models import OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from orgs import operations, quotas
from orgs.actor import Actor
from orgs.admin.acting import Act, Done, show_act, tool
from orgs.admin.care import asking
from orgs.admin.reading import (
    ChoiceFilter,
    DaysFilter,
    ReadOnlyAdmin,
    link,
    list_address,
    list_link,
    list_links,
    moment,
)
from orgs.admin.site import site
from orgs.models import Account, CareKind, Organization, OrganizationalUnit
from orgs.queries.organizations import number_of


class AccountQuotaForm(forms.Form):
    """How many accounts an organization may hold."""

    quota = forms.IntegerField(label=_("Accounts"), widget=UnfoldAdminIntegerFieldWidget)


class DeletedFilter(ChoiceFilter):
    """Those that are there, or those of which the tombstone is."""

    title = _("state")
    parameter_name = "state"
    known = (("live", _("Live")), ("deleted", _("Deleted")))
    conditions = {"live": Q(deleted_at=None), "deleted": Q(deleted_at__isnull=False)}


@register(Organization, site=site)
class OrganizationAdmin(ReadOnlyAdmin):
    """Every organization of the installation; a deleted one is kept as a tombstone."""

    list_display = (
        "name",
        "id",
        "manager",
        "unit_count",
        "account_count",
        "version",
        moment("created_at", _("created")),
        moment("deleted_at", _("deleted")),
    )
    list_select_related = ("management_account",)
    list_filter = (DeletedFilter, ("created_at", DaysFilter))
    search_help_text = _("A part of the name, the id, or the id of the management account")
    ordering = ("name", "id")
    actions_detail = (
        "set_account_quota",
        "verify_events",
        "repair_tree",
        "repair_tag_policies",
    )
    fieldsets = (
        (None, {"fields": ("name", "id", "manager", "created_at", "deleted_at", "lists")}),
        (_("Quotas"), {"fields": ("accounts_of_quota", "units_of_quota", "tag_quota")}),
        (_("Counters"), {"fields": ("version", "policy_version")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organization]:
        """With how much each holds."""
        here = {"organization": OuterRef("pk")}
        found: QuerySet[Organization] = super().get_queryset(request)
        return found.annotate(
            units_held=number_of(OrganizationalUnit.objects.filter(parent__isnull=False, **here)),
            accounts_held=number_of(Account.objects.filter(**here)),
        )

    def search_for(self, term: str) -> Q:
        """Name or id."""
        return Q(name__icontains=term) | Q(pk=term) | Q(management_account=term)

    @display(description=_("management account"), ordering="management_account__name_key")
    def manager(self, organization: Organization) -> str:
        """The account that manages it."""
        account = organization.management_account
        return link("account", account.pk, account.name)

    @display(description=_("units"), ordering="units_held")
    def unit_count(self, organization: Any) -> str:
        """Below the root."""
        return list_link(
            "organizationalunit", organization.units_held, organization=organization.pk
        )

    @display(description=_("accounts"), ordering="accounts_held")
    def account_count(self, organization: Any) -> str:
        """All of them, and how many there may be."""
        limit = quotas.account_quota(organization)
        text = gettext("%(held)s of %(limit)s") % {
            "held": organization.accounts_held,
            "limit": limit,
        }
        return list_link("account", text, organization=organization.pk)

    @display(description=_("accounts"))
    def accounts_of_quota(self, organization: Any) -> str:
        """How many of how many, and who said so."""
        facts = {
            "held": organization.accounts_held,
            "limit": quotas.account_quota(organization),
        }
        if organization.account_quota is None:
            return gettext("%(held)s of %(limit)s, the installation's default") % facts
        return gettext("%(held)s of %(limit)s, set by an operator or an import") % facts

    @display(description=_("units"))
    def units_of_quota(self, organization: Any) -> str:
        """How many of how many."""
        return gettext("%(held)s of %(limit)s, fixed") % {
            "held": organization.units_held,
            "limit": settings.ORGANIZATIONAL_UNIT_QUOTA,
        }

    @display(description=_("tags"))
    def tag_quota(self, _organization: Organization) -> str:
        """On one resource."""
        return gettext("%(limit)s on each resource, fixed") % {"limit": settings.TAG_QUOTA}

    @display(description=_("lists"))
    def lists(self, organization: Organization) -> str:
        """What belongs to it."""
        return list_links(
            ("organizationalunit", _("Units")),
            ("account", _("Accounts")),
            ("tag", _("Tags")),
            ("policy", _("Policies")),
            ("event", _("Events")),
            ("carerun", _("Verifications")),
            organization=organization.pk,
        )

    @tool(_("Set account quota"), icon="speed")
    def set_account_quota(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """How many accounts it may hold (R-QUO-2, R-QUO-3)."""
        organization: Organization = self.row(request, object_id)
        back = reverse("admin:orgs_organization_change", args=[organization.pk])

        def run(actor: Actor, given: dict[str, Any]) -> Done:
            operations.quotas.set_account_quota(
                actor=actor, organization_id=organization.pk, quota=given["quota"]
            )
            facts = {"name": organization.name, "quota": given["quota"]}
            return Done(gettext("%(name)s may hold %(quota)s accounts now.") % facts, back)

        act = Act(
            title=_("Set account quota"),
            lead=_(
                "How many accounts the organization may hold, its management account included."
                " A number below what it holds only stops it from growing."
            ),
            button=_("Set quota"),
            back=back,
            run=run,
            row=organization,
        )
        return show_act(self, request, act, AccountQuotaForm)

    @tool(_("Repair tree"), icon="build")
    def repair_tree(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Compute the numbers of its tree anew from the parents (R6)."""
        organization: Organization = self.row(request, object_id)
        back = reverse("admin:orgs_organization_change", args=[organization.pk])

        def run(actor: Actor, _given: dict[str, Any]) -> Done:
            count = operations.integrity.repair_tree(actor=actor, organization_id=organization.pk)
            if not count:
                return Done(gettext("The tree was sound; nothing was changed."), back)
            told = ngettext("%(n)s unit was repaired.", "%(n)s units were repaired.", count)
            return Done(told % {"n": count}, back)

        act = Act(
            title=_("Repair tree"),
            lead=_(
                "The tree's numbers (lft, rght, level, tree_id) are computed anew from the parents, which"
                " are right. Nothing else changes; where the numbers are right, nothing at all."
            ),
            button=_("Repair"),
            back=back,
            run=run,
            row=organization,
        )
        return show_act(self, request, act, forms.Form)

    @tool(_("Repair tag policies"), icon="build")
    def repair_tag_policies(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Merge its tag policies anew, and store what was stored wrongly."""
        organization: Organization = self.row(request, object_id)
        back = reverse("admin:orgs_organization_change", args=[organization.pk])

        def run(actor: Actor, _given: dict[str, Any]) -> Done:
            count = operations.effective_tag_policies.repair_tag_policies(
                actor=actor, organization_id=organization.pk
            )
            if not count:
                return Done(gettext("They were right; nothing was changed."), back)
            told = ngettext(
                "%(n)s effective tag policy was stored anew.",
                "%(n)s effective tag policies were stored anew.",
                count,
            )
            return Done(told % {"n": count}, back)

        act = Act(
            title=_("Repair tag policies"),
            lead=_(
                "What tag policies come to at each root, unit and account is computed anew from the policies"
                " that are attached, which decide. Nothing that binds changes."
            ),
            button=_("Repair"),
            back=back,
            run=run,
            row=organization,
        )
        return show_act(self, request, act, forms.Form)

    @tool(_("Verify events"), icon="history")
    def verify_events(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The chain of its events, by a worker (P6)."""
        organization: Organization = self.row(request, object_id)
        act = asking(
            CareKind.EVENTS,
            back=list_address("carerun", organization=organization.pk),
            title=_("Verify events"),
            lead=_(
                "A worker computes the hash of every event of this organization anew, from the first to the"
                " last, and looks whether one was altered, added or taken away. What it finds is kept."
            ),
            button=_("Verify"),
            organization_id=organization.pk,
            row=organization,
        )
        return show_act(self, request, act, forms.Form)
