"""The catalogues of services: what organizations may trust, and what tag policies can be enforced on."""

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.admin import display, register
from django.contrib.admin.utils import quote
from django.db.models import Model, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from orgs import operations
from orgs.actor import Actor
from orgs.admin.acting import Act, Done, show_act, tool
from orgs.admin.reading import NOTHING, ChoiceFilter, ReadOnlyAdmin
from orgs.admin.site import site
from orgs.models import IntegrableService, TagPolicyService

INTEGRABLE_LIST = "admin:orgs_integrableservice_changelist"
ENFORCEABLE_LIST = "admin:orgs_tagpolicyservice_changelist"


class ParagraphField(forms.CharField):
    """A sentence or two; where a line was broken stands a space."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})

    def to_python(self, value: Any) -> str:
        """In one line."""
        return re.sub(r" *\r?\n *", " ", super().to_python(value) or "")


class LinesField(forms.CharField):
    """Several texts, one on each line."""

    widget = UnfoldAdminTextareaWidget

    def to_python(self, value: Any) -> Any:
        """The lines that are not empty."""
        lines = (line.strip(" \r") for line in (super().to_python(value) or "").split("\n"))
        return [line for line in lines if line]

    def prepare_value(self, value: Any) -> Any:
        """One on each line again."""
        return "\n".join(value) if isinstance(value, list) else value


class NameForm(forms.Form):
    """What a service is called."""

    name = forms.CharField(label=_("Name"), widget=UnfoldAdminTextInputWidget)


class IntegrableServiceForm(NameForm):
    """What the catalogue tells of a service that organizations may trust."""

    description = ParagraphField(label=_("Description"), required=False)
    supports_delegated_administrators = forms.BooleanField(
        label=_("Knows delegated administrators"), required=False, widget=UnfoldBooleanWidget
    )
    most_delegated_administrators = forms.IntegerField(
        label=_("Most delegated administrators"),
        help_text=_("Left empty, an organization may register any number."),
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    note_before_disabling = ParagraphField(
        label=_("Note before disabling"),
        help_text=_("Shown before an organization stops trusting the service."),
        required=False,
    )


class NewIntegrableServiceForm(IntegrableServiceForm):
    """With its principal, which stays."""

    principal = forms.CharField(
        label=_("Principal"),
        help_text=_("service. and a name, such as service.Backup. It is never changed."),
        widget=UnfoldAdminTextInputWidget,
    )
    field_order = ("principal",)


class ChangedIntegrableServiceForm(IntegrableServiceForm):
    """With the version that was looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class TagPolicyServiceForm(NameForm):
    """What the catalogue tells of a service that tag policies can be enforced on."""

    resource_types = LinesField(
        label=_("Resource types"),
        help_text=_("One on each line, as policies write it behind the service: instance, volume."),
    )
    supports_all = forms.BooleanField(
        label=_("Accepts all types at once"),
        help_text=_("Policies may write the service with * for every type."),
        required=False,
        widget=UnfoldBooleanWidget,
    )


class NewTagPolicyServiceForm(TagPolicyServiceForm):
    """With the service's name in policies, which stays."""

    service_name = forms.CharField(
        label=_("Service"),
        help_text=_("As policies write it, such as ecs. It is never changed."),
        widget=UnfoldAdminTextInputWidget,
    )
    field_order = ("service_name",)


class ChangedTagPolicyServiceForm(TagPolicyServiceForm):
    """With the version that was looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class DelegationFilter(ChoiceFilter):
    """By how many delegated administrators a service knows."""

    title = _("delegated administrators")
    parameter_name = "delegation"
    known = (("any", _("Any number")), ("limited", _("Up to a limit")), ("none", _("None")))
    conditions = {
        "any": Q(supports_delegated_administrators=True, most_delegated_administrators=None),
        "limited": Q(most_delegated_administrators__isnull=False),
        "none": Q(supports_delegated_administrators=False),
    }


class NoteFilter(ChoiceFilter):
    """With a note before disabling, or without."""

    title = _("note before disabling")
    parameter_name = "note"
    known = (("yes", _("Yes")), ("no", _("No")))
    conditions = {"yes": ~Q(note_before_disabling=""), "no": Q(note_before_disabling="")}


class AllTypesFilter(ChoiceFilter):
    """Of which all types can be named at once, or not."""

    title = _("accepts all types at once")
    parameter_name = "all_types"
    known = (("yes", _("Yes")), ("no", _("No")))
    conditions = {"yes": Q(supports_all=True), "no": Q(supports_all=False)}


@register(IntegrableService, site=site)
class IntegrableServiceAdmin(ReadOnlyAdmin):
    """Services that organizations may trust: those that the product ships, and the installation's own."""

    list_display = ("principal", "name", "administrators", "has_note")
    list_filter = (DelegationFilter, NoteFilter)
    search_help_text = _("A part of the principal, the name or the description")
    ordering = ("principal",)
    actions_list = ("create_service",)
    actions_detail = ("update_service", "delete_service")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "principal",
                    "name",
                    "description",
                    "administrators",
                    "note_before_disabling",
                )
            },
        ),
    )

    def search_for(self, term: str) -> Q:
        """Principal, name or description."""
        return (
            Q(principal__icontains=term) | Q(name__icontains=term) | Q(description__icontains=term)
        )

    @display(description=_("delegated administrators"))
    def administrators(self, service: IntegrableService) -> str:
        """How many an organization may register."""
        if not service.supports_delegated_administrators:
            return gettext("None")
        most = service.most_delegated_administrators
        return gettext("Any number") if most is None else gettext("At most %(n)s") % {"n": most}

    @display(description=_("note before disabling"))
    def has_note(self, service: IntegrableService) -> str:
        """Whether there is one; most services need none."""
        return gettext("Yes") if service.note_before_disabling else NOTHING

    @tool(_("Add service"), icon="add")
    def create_service(self, request: HttpRequest) -> HttpResponse:
        """Another service, that organizations may trust from now on."""

        def run(actor: Actor, given: dict[str, Any]) -> Done:
            made = operations.services.create_integrable_service(actor=actor, **given)
            return Done(_added(made), _page(made))

        act = Act(
            title=_("Add service"),
            lead=_(
                "Every organization of this installation can trust it from now on, and programs find it"
                " in the list of services."
            ),
            button=_("Add service"),
            back=reverse(INTEGRABLE_LIST),
            run=run,
            initial={"supports_delegated_administrators": True},
        )
        return show_act(self, request, act, NewIntegrableServiceForm)

    @tool(_("Change"), icon="edit")
    def update_service(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What is told of it."""
        service: IntegrableService = self.row(request, object_id)

        def run(actor: Actor, given: dict[str, Any]) -> Done:
            operations.services.update_integrable_service(
                actor=actor, principal=service.pk, **given
            )
            return Done(_changed(service), _page(service))

        return show_act(self, request, _change_of(service, run), ChangedIntegrableServiceForm)

    @tool(_("Remove"), icon="delete", is_danger=True)
    def delete_service(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Out of the catalogue."""
        service: IntegrableService = self.row(request, object_id)

        def run(actor: Actor, _given: dict[str, Any]) -> Done:
            operations.services.delete_integrable_service(actor=actor, principal=service.pk)
            return Done(_removed(service), reverse(INTEGRABLE_LIST))

        lead = _(
            "No organization can trust it any more, and programs do not find it in the list of services."
            " It can be added again."
        )
        return show_act(self, request, _removal_of(service, lead, run), forms.Form)


@register(TagPolicyService, site=site)
class TagPolicyServiceAdmin(ReadOnlyAdmin):
    """Services that tag policies can be enforced on, with their resource types."""

    list_display = ("service_name", "name", "types", "supports_all")
    list_filter = (AllTypesFilter,)
    search_help_text = _("A part of the service, its name or a resource type")
    ordering = ("service_name",)
    actions_list = ("create_service",)
    actions_detail = ("update_service", "delete_service")
    fieldsets = ((None, {"fields": ("service_name", "name", "types", "supports_all")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[TagPolicyService]:
        """With the types as a text, to search in."""
        found: QuerySet[TagPolicyService] = super().get_queryset(request)
        return found.annotate(types_text=Cast("resource_types", TextField()))

    def search_for(self, term: str) -> Q:
        """Service, name or type."""
        return (
            Q(service_name__icontains=term)
            | Q(name__icontains=term)
            | Q(types_text__icontains=term)
        )

    @display(description=_("resource types"))
    def types(self, service: TagPolicyService) -> str:
        """All of them."""
        return ", ".join(service.resource_types) or NOTHING

    @tool(_("Add service"), icon="add")
    def create_service(self, request: HttpRequest) -> HttpResponse:
        """Another service, that tag policies can name from now on."""

        def run(actor: Actor, given: dict[str, Any]) -> Done:
            made = operations.services.create_tag_policy_service(actor=actor, **given)
            return Done(_added(made), _page(made))

        act = Act(
            title=_("Add service"),
            lead=_("Tag policies can be enforced on its resource types from now on."),
            button=_("Add service"),
            back=reverse(ENFORCEABLE_LIST),
            run=run,
        )
        return show_act(self, request, act, NewTagPolicyServiceForm)

    @tool(_("Change"), icon="edit")
    def update_service(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Its types, and what it is called."""
        service: TagPolicyService = self.row(request, object_id)

        def run(actor: Actor, given: dict[str, Any]) -> Done:
            operations.services.update_tag_policy_service(
                actor=actor, service_name=service.pk, **given
            )
            return Done(_changed(service), _page(service))

        return show_act(self, request, _change_of(service, run), ChangedTagPolicyServiceForm)

    @tool(_("Remove"), icon="delete", is_danger=True)
    def delete_service(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Out of the catalogue."""
        service: TagPolicyService = self.row(request, object_id)

        def run(actor: Actor, _given: dict[str, Any]) -> Done:
            operations.services.delete_tag_policy_service(actor=actor, service_name=service.pk)
            return Done(_removed(service), reverse(ENFORCEABLE_LIST))

        lead = _(
            "No tag policy can be enforced on its resource types any more. It can be added again."
        )
        return show_act(self, request, _removal_of(service, lead, run), forms.Form)


Run = Callable[[Actor, dict[str, Any]], Done]


def _change_of(service: Model, run: Run) -> Act:
    """The page that says a service anew, beginning with how it is."""
    return Act(
        title=_("Change service"),
        lead=_(
            "What you write here is kept, also when a later release ships the service with other words."
        ),
        button=_("Save"),
        back=_page(service),
        run=run,
        row=service,
        initial=forms.model_to_dict(service),
    )


def _removal_of(service: Model, lead: Any, run: Run) -> Act:
    return Act(
        title=_("Remove service"),
        lead=lead,
        button=_("Remove"),
        back=_page(service),
        run=run,
        row=service,
        is_danger=True,
    )


def _page(service: Model) -> str:
    return reverse(f"admin:orgs_{service._meta.model_name}_change", args=[quote(service.pk)])


def _added(service: Model) -> str:
    return gettext("%(service)s was added.") % {"service": service.pk}


def _changed(service: Model) -> str:
    return gettext("%(service)s was changed.") % {"service": service.pk}


def _removed(service: Model) -> str:
    return gettext("%(service)s was removed.") % {"service": service.pk}
