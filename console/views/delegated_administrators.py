"""Who administers which service: the list, registering, deregistering."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from console import service_offers
from console.forms.services import EnableForm, RegisterForm
from console.middleware import ActorRequest
from console.rendering import address, page
from console.views.changes import Change
from console.views.departures import Consequence
from console.views.services import SECTION
from orgs import identifiers, operations, queries
from orgs.queries.service_catalogue import AdministratorLine, Catalogue, ServiceView


@require_GET
def delegated_administrators(request: ActorRequest) -> HttpResponse:
    """The accounts that administer services, each with its services and since when (R-DA-9)."""
    part = queries.service_catalogue.list_administrators(
        actor=request.actor, after=request.GET.get("after", "")
    )
    context: dict[str, object] = {
        "part": part,
        "permissions": part.permissions,
        "why_not": service_offers.why_not_register(request, part),
        "more": address(request, after=part.after) if part.after else "",
        "is_later_part": "after" in request.GET,
        "section": SECTION,
    }
    return page(request, "console/delegated_administrators.html", context, fragment="content")


@require_http_methods(["GET", "POST"])
def register_administrator(request: ActorRequest) -> HttpResponse:
    """Choose an account and a service; what it means stands there (R-DA-4, R-DA-8)."""
    catalogue = queries.service_catalogue.get_catalogue(actor=request.actor)
    choices = [(line.principal, line.name) for line in catalogue.lines if line.takes_administrators]
    if request.method == "GET":
        given = {name: request.GET.get(name, "") for name in ("account", "service")}
        return show_register(request, catalogue, RegisterForm(services=choices, initial=given))
    form = RegisterForm(request.POST, services=choices)
    if form.is_valid():
        with form.keeps_refusals():
            delegation = operations.delegated_administrators.register_delegated_administrator(
                actor=request.actor,
                account_id=account_called(catalogue, form.cleaned_data["account"]),
                service_principal=form.cleaned_data["service"],
            )
            said = _("%(account)s administers %(service)s from now on.") % {
                "account": delegation.account.name,
                "service": delegation.trusted_service.service.name,
            }
            messages.success(request, said)
            return redirect("service", form.cleaned_data["service"])
    return show_register(request, catalogue, form, status=form.status)


@require_http_methods(["GET", "POST"])
def deregister_administrator(
    request: ActorRequest, principal: str, account_id: str
) -> HttpResponse:
    """Take a service from an account: what ends with it (R-DA-7)."""
    view = queries.service_catalogue.get_service(actor=request.actor, principal=principal)
    line = queries.service_catalogue.get_administrator(
        actor=request.actor, account_id=account_id, principal=principal
    )
    form = EnableForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        with form.keeps_refusals():
            operations.delegated_administrators.deregister_delegated_administrator(
                actor=request.actor, account_id=account_id, service_principal=principal
            )
            said = _("%(account)s does not administer %(service)s any more.") % {
                "account": line.name,
                "service": view.line.name,
            }
            messages.success(request, said)
            return redirect("service", principal)
    change = Change(
        title=_("Take %(service)s from %(account)s?")
        % {"service": view.line.name, "account": line.name},
        submit=_("Deregister"),
        action=reverse("deregister_administrator", args=[principal, account_id]),
        back=reverse("service", args=[principal]),
        section=SECTION,
        why_not=service_offers.why_not_register(request, view),
        destroys=True,
    )
    context: dict[str, object] = {
        "change": change,
        "form": form,
        "view": view,
        "consequences": consequences_of_deregistering(view, line),
        "permissions": view.permissions,
        "section": SECTION,
    }
    status = form.status if form.is_bound else HTTPStatus.OK
    return page(request, "console/service_change.html", context, fragment="content", status=status)


def show_register(
    request: ActorRequest,
    catalogue: Catalogue,
    form: RegisterForm,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """The form, or why there is none to send."""
    why_not = service_offers.why_not_register(request, catalogue)
    if not why_not and not form.services:
        why_not = _("No enabled service takes another delegated administrator.")
    if not why_not:
        form.takes_the_keyboard()
    context: dict[str, object] = {
        "form": form,
        "why_not": why_not,
        "suggested": [] if why_not else accounts_to_register(catalogue),
        "consequences": consequences_of_registering(),
        "permissions": catalogue.permissions,
        "section": SECTION,
    }
    template = "console/register_administrator.html"
    return page(request, template, context, fragment="content", status=status)


def accounts_to_register(catalogue: Catalogue) -> list[str]:
    """The names that are suggested."""
    return queries.service_catalogue.suggest_accounts(catalogue.organization)


def account_called(catalogue: Catalogue, text: str) -> str:
    """The id of the account with that name; what is an id already stays."""
    if identifiers.ACCOUNT.fits(text):
        return text
    return queries.service_catalogue.find_account_called(catalogue.organization, text)


def consequences_of_registering() -> list[Consequence]:
    """What comes with a delegation (R-DA-4 to R-DA-8)."""
    return [
        Consequence(
            text=_(
                "Every user of the account sees the organization: structure, accounts, policies, tags,"
                " services and quotas. None of them can change anything in it."
            )
        ),
        Consequence(text=_("It uses what the service does for the whole organization.")),
        Consequence(
            text=_("As long as it administers a service it cannot leave, be removed or be closed.")
        ),
    ]


def consequences_of_deregistering(view: ServiceView, line: AdministratorLine) -> list[Consequence]:
    """What goes with a delegation (R-DA-7)."""
    others = len(line.delegations) - 1
    if others:
        return [
            Consequence(
                text=ngettext(
                    "It goes on seeing the organization: it administers %(n)s other service.",
                    "It goes on seeing the organization: it administers %(n)s other services.",
                    others,
                )
                % {"n": others}
            )
        ]
    return [
        Consequence(
            text=_("Its users see nothing of the organization but their own account, at once."),
            is_warning=True,
        ),
        Consequence(text=_("From then on it can leave, be removed, or be closed.")),
        Consequence(
            text=_("What it set up in %(service)s stays there.") % {"service": view.line.name}
        ),
    ]
