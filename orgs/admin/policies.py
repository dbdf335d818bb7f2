"""Policies, their texts, where they hang, their types, and what dry runs found."""

from django.contrib.admin import display, register
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orgs import names
from orgs.admin.reading import (
    AccountFilter,
    ChoiceFilter,
    DaysFilter,
    IdFilter,
    LongListAdmin,
    OrganizationFilter,
    ReadOnlyAdmin,
    link,
    list_links,
    moment,
    organization_link,
)
from orgs.admin.site import site
from orgs.models import (
    Attachment,
    DryRunConfiguration,
    DryRunRecord,
    Policy,
    PolicyType,
    PolicyVersion,
    RootPolicyType,
    SwitchState,
)


class PolicyTypeFilter(ChoiceFilter):
    """Of one type."""

    title = _("type")
    parameter_name = column = "policy_type"
    known = PolicyType.choices


class ForceFilter(ChoiceFilter):
    """Which of the two sets, or what is built in."""

    title = _("force")
    parameter_name = "force"
    known = (("binding", _("Binding")), ("trial", _("On trial")), ("built_in", _("Built in")))
    conditions = {
        "binding": Q(is_dry_run=False),
        "trial": Q(is_dry_run=True),
        "built_in": Q(organization=None),
    }


class PolicyFilter(IdFilter):
    """Of one policy."""

    title = _("policy id")
    parameter_name = column = "policy"


class UnitFilter(IdFilter):
    """On one root or unit."""

    title = _("unit id")
    parameter_name = column = "unit"


class AccountIdFilter(IdFilter):
    """About one account."""

    title = _("account id")
    parameter_name = column = "account_id"


class SwitchStateFilter(ChoiceFilter):
    """How far what is switched has got."""

    title = _("state")
    parameter_name = column = "state"
    known = SwitchState.choices


@display(description=_("policy"))
def policy_link(row: PolicyVersion | Attachment) -> str:
    """Which policy it is about."""
    return link("policy", row.policy_id, row.policy)


@display(description=_("text"))
def policy_text(row: Policy | PolicyVersion) -> str:
    """What it says, as it was sent."""
    return format_html('<pre class="whitespace-pre-wrap break-all">{}</pre>', row.content)


@register(Policy, site=site)
class PolicyAdmin(ReadOnlyAdmin):
    """Every policy: those that bind, those on trial, and those built in for all."""

    list_display = (
        "name",
        "id",
        "policy_type",
        "force",
        organization_link,
        "version",
        moment("updated_at", _("changed")),
    )
    list_filter = (PolicyTypeFilter, ForceFilter, OrganizationFilter, ("updated_at", DaysFilter))
    list_select_related = ("organization",)
    search_help_text = _("A part of the name, or the id")
    ordering = ("-updated_at", "-pk")
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("name", "id", organization_link, "policy_type", "force", "lists")}),
        (_("What it says"), {"fields": ("description", policy_text)}),
        (_("Times"), {"fields": ("version", "created_at", "updated_at")}),
    )

    def search_for(self, term: str) -> Q:
        """Name or id."""
        return Q(name_key__contains=names.name_key(term)) | Q(pk=term)

    @display(description=_("force"))
    def force(self, policy: Policy) -> str:
        """Whether it binds."""
        if policy.is_builtin:
            return gettext("Built in")
        return gettext("On trial") if policy.is_dry_run else gettext("Binding")

    @display(description=_("lists"))
    def lists(self, policy: Policy) -> str:
        """What belongs to it."""
        return list_links(
            ("policyversion", _("Versions")), ("attachment", _("Attachments")), policy=policy.pk
        )


@register(PolicyVersion, site=site)
class PolicyVersionAdmin(LongListAdmin):
    """Every text that a policy had, newest first."""

    list_display = (
        policy_link,
        "number",
        organization_link,
        "saved_by",
        moment("saved_at", _("saved")),
    )
    list_filter = (PolicyFilter, OrganizationFilter, ("saved_at", DaysFilter))
    list_select_related = ("organization", "policy")
    search_help_text = _("The id of the policy, or who saved it")
    ordering = ("-pk",)
    sortable_by = ()
    fieldsets = (
        (None, {"fields": (policy_link, "number", organization_link, "saved_by", "saved_at")}),
        (_("What it said"), {"fields": (policy_text,)}),
    )

    def search_for(self, term: str) -> Q:
        """Policy or person."""
        return Q(policy=term) | Q(saved_by=term)


@register(Attachment, site=site)
class AttachmentAdmin(LongListAdmin):
    """Every attachment of a policy to a root, unit or account, newest first."""

    list_display = (
        policy_link,
        "entity_link",
        "place",
        organization_link,
        moment("attached_at", _("attached")),
    )
    list_filter = (
        PolicyFilter,
        UnitFilter,
        AccountFilter,
        OrganizationFilter,
        ("attached_at", DaysFilter),
    )
    search_help_text = _("The id of the policy, or of what it is attached to")
    ordering = ("-pk",)
    sortable_by = ()
    fieldsets = (
        (None, {"fields": (policy_link, "entity_link", "place", organization_link)}),
        (_("Times"), {"fields": ("attached_at",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attachment]:
        """With what is linked to."""
        found: QuerySet[Attachment] = super().get_queryset(request)
        return found.select_related("organization", "policy", "unit", "account")

    def search_for(self, term: str) -> Q:
        """Policy or entity."""
        return Q(policy=term) | Q(unit=term) | Q(account=term)

    @display(description=_("attached to"))
    def entity_link(self, attachment: Attachment) -> str:
        """The root, unit or account."""
        if attachment.account_id is not None:
            return link("account", attachment.account_id, attachment.account)
        return link("organizationalunit", attachment.unit_id, attachment.unit)


@register(RootPolicyType, site=site)
class RootPolicyTypeAdmin(ReadOnlyAdmin):
    """The policy types that were ever switched on, with how far each has got."""

    list_display = (
        "policy_type",
        organization_link,
        "state",
        moment("changed_at", _("changed")),
    )
    list_filter = (
        PolicyTypeFilter,
        SwitchStateFilter,
        OrganizationFilter,
        ("changed_at", DaysFilter),
    )
    list_select_related = ("organization",)
    search_help_text = _("The id of the organization")
    ordering = ("-changed_at", "-pk")
    sortable_by = ()
    fieldsets = ((None, {"fields": ("policy_type", organization_link, "state", "changed_at")}),)

    def search_for(self, term: str) -> Q:
        """Organization."""
        return Q(organization=term)


@register(DryRunConfiguration, site=site)
class DryRunConfigurationAdmin(ReadOnlyAdmin):
    """How dry runs are set up in each organization."""

    list_display = (
        "policy_type",
        organization_link,
        "state",
        "bucket_name",
        "agency_name",
        moment("updated_at", _("changed")),
    )
    list_filter = (SwitchStateFilter, OrganizationFilter, ("updated_at", DaysFilter))
    list_select_related = ("organization",)
    search_help_text = _("The id of the organization, or the bucket")
    ordering = ("-updated_at", "-pk")
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("policy_type", organization_link, "state")}),
        (
            _("Where findings go"),
            {"fields": ("bucket_name", "region_id", "bucket_prefix", "agency_name")},
        ),
        (_("Times"), {"fields": ("created_at", "updated_at")}),
    )

    def search_for(self, term: str) -> Q:
        """Organization or bucket."""
        return Q(organization=term) | Q(bucket_name=term)


@register(DryRunRecord, site=site)
class DryRunRecordAdmin(LongListAdmin):
    """What policies on trial would have denied, newest first."""

    list_display = (
        moment("at", _("time")),
        "account_name",
        "principal",
        "action",
        organization_link,
    )
    list_filter = (OrganizationFilter, AccountIdFilter, ("at", DaysFilter))
    list_select_related = ("organization",)
    search_help_text = _("An action, a principal, or the id of the account")
    ordering = ("-pk",)
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("at", organization_link, "account_name", "account_id", "principal")}),
        (_("What was asked"), {"fields": ("action", "resource", "decision")}),
    )

    def search_for(self, term: str) -> Q:
        """Action, principal or account."""
        return Q(action=term) | Q(principal=term) | Q(account_id=term)
