"""Services: what an organization trusts, and what comes with it."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from console import service_offers
from console.forms.policies import ConfirmForm
from console.forms.services import EnableForm
from console.middleware import ActorRequest
from console.rendering import page
from console.templatetags.console import grouped
from console.views.changes import Change
from console.views.departures import Consequence
from orgs import operations, queries
from orgs.queries.service_catalogue import ServiceView

SECTION = "services"


@require_GET
def services(request: ActorRequest) -> HttpResponse:
    """The catalogue: how each service stands here, since when, and who administers it."""
    catalogue = queries.service_catalogue.get_catalogue(actor=request.actor)
    context: dict[str, object] = {
        "catalogue": catalogue,
        "permissions": catalogue.permissions,
        "why_not": service_offers.why_not_switch(request, catalogue),
        "section": SECTION,
    }
    return page(request, "console/services.html", context, fragment="content")


@require_GET
def service(request: ActorRequest, principal: str) -> HttpResponse:
    """A service: what it does, how it stands here, and its delegated administrators."""
    view = queries.service_catalogue.get_service(actor=request.actor, principal=principal)
    context: dict[str, object] = {
        "view": view,
        "line": view.line,
        "permissions": view.permissions,
        "offers": service_offers.at(request, view),
        "why_not_deregister": service_offers.why_not_register(request, view),
        "section": SECTION,
    }
    return page(request, "console/service.html", context, fragment="content")


@require_http_methods(["GET", "POST"])
def enable_service(request: ActorRequest, principal: str) -> HttpResponse:
    """Trust a service: first what comes with it (R-TS-3)."""
    view = queries.service_catalogue.get_service(actor=request.actor, principal=principal)
    form = EnableForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        with form.keeps_refusals():
            operations.trusted_services.enable_trusted_service(
                actor=request.actor, service_principal=principal
            )
            messages.success(request, _("%(name)s is enabled.") % {"name": view.line.name})
            return redirect("service", principal)
    change = Change(
        title=_("Enable %(name)s?") % {"name": view.line.name},
        submit=_("Enable"),
        action=reverse("enable_service", args=[principal]),
        back=reverse("service", args=[principal]),
        section=SECTION,
        why_not=service_offers.why_not_enable(request, view),
    )
    return show_switch(request, view, change, form, consequences_of_enabling(view))


@require_http_methods(["GET", "POST"])
def disable_service(request: ActorRequest, principal: str) -> HttpResponse:
    """Trust a service no longer: what is to be done before, and a word to confirm (R-TS-7, R-CON-4)."""
    view = queries.service_catalogue.get_service(actor=request.actor, principal=principal)
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        with form.keeps_refusals():
            operations.trusted_services.disable_trusted_service(
                actor=request.actor, service_principal=principal
            )
            messages.success(request, _("%(name)s is disabled.") % {"name": view.line.name})
            return redirect("service", principal)
    change = Change(
        title=_("Disable %(name)s?") % {"name": view.line.name},
        submit=_("Disable"),
        action=reverse("disable_service", args=[principal]),
        back=reverse("service", args=[principal]),
        section=SECTION,
        why_not=service_offers.why_not_disable(request, view),
        destroys=True,
    )
    return show_switch(request, view, change, form, consequences_of_disabling(view))


def show_switch(
    request: ActorRequest,
    view: ServiceView,
    change: Change,
    form: EnableForm | ConfirmForm,
    consequences: list[Consequence],
) -> HttpResponse:
    """What it means, what stands in the way, and the button."""
    if form.fields and not change.why_not:
        form.takes_the_keyboard()
    context: dict[str, object] = {
        "change": change,
        "form": form,
        "view": view,
        "consequences": consequences,
        "permissions": view.permissions,
        "section": SECTION,
    }
    status = form.status if form.is_bound else HTTPStatus.OK
    return page(request, "console/service_change.html", context, fragment="content", status=status)


def consequences_of_enabling(view: ServiceView) -> list[Consequence]:
    """What comes with a service (R-TS-3)."""
    accounts = ngettext(
        "It may act in the %(n)s account of the organization, and in every account that joins later:"
        " each gets a service-linked agency for it.",
        "It may act in all %(n)s accounts of the organization, and in every account that joins later:"
        " each gets a service-linked agency for it.",
        view.accounts,
    ) % {"n": grouped(view.accounts)}
    told = [Consequence(text=accounts)]
    if view.line.supports_administrators:
        told.append(
            Consequence(
                text=_("Then member accounts can be registered as its delegated administrators.")
            )
        )
    told.append(Consequence(text=_("Guardrails do not bind what a service does by its agency.")))
    return told


def consequences_of_disabling(view: ServiceView) -> list[Consequence]:
    """What goes with a service (R-TS-6, R-TS-7)."""
    told = []
    if view.line.note_before_disabling:
        told.append(Consequence(text=view.line.note_before_disabling, is_warning=True))
    return [
        *told,
        Consequence(
            text=_(
                "In accounts that have its agency it goes on working until it has cleaned up on its side."
            )
        ),
        Consequence(text=_("In accounts that join later it gets none.")),
        Consequence(
            text=_("What it does for the whole organization can stop at any moment from then on.")
        ),
    ]
