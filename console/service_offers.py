"""What can be done with services and their delegated administrators; and of what cannot be done, why."""

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from console.middleware import ActorRequest
from console.offers import Offer, Offers
from console.policy_offers import Place
from orgs.permissions import Permission
from orgs.queries.service_catalogue import ServiceView


def why_not_switch(request: ActorRequest, place: Place) -> str:
    """Why the actor may not enable and disable services, or nothing if it may (R-DA-6)."""
    if Permission.SWITCH_TRUSTED_SERVICE in place.permissions:
        return ""
    if request.actor.account_id == place.organization.management_account_id:
        return _("You are signed in as a reader; administrators enable and disable services.")
    return _("Only the management account enables and disables services.")


def why_not_register(request: ActorRequest, place: Place) -> str:
    """Why the actor may not register or deregister anybody, or nothing if it may."""
    if Permission.REGISTER_DELEGATED_ADMINISTRATOR in place.permissions:
        return ""
    if request.actor.account_id == place.organization.management_account_id:
        return _("You are signed in as a reader; administrators choose delegated administrators.")
    return _("Only the management account chooses delegated administrators.")


def why_not_enable(request: ActorRequest, view: ServiceView) -> str:
    """Why the service cannot be enabled (R-TS-2)."""
    denied = why_not_switch(request, view)
    return denied or (_("It is enabled already.") if view.line.is_enabled else "")


def why_not_disable(request: ActorRequest, view: ServiceView) -> str:
    """Why the service cannot be disabled (R-TS-4, R-TS-5)."""
    denied = why_not_switch(request, view)
    if denied:
        return denied
    if not view.line.is_enabled:
        return _("It is not enabled.")
    if view.line.administrators:
        return _("To disable it, deregister its delegated administrators first.")
    return ""


def why_not_another(request: ActorRequest, view: ServiceView) -> str:
    """Why no account can be registered for the service now (R-DA-1, R-DA-3)."""
    denied = why_not_register(request, view)
    if denied:
        return denied
    if not view.line.supports_administrators:
        return _("This service knows no delegated administrators.")
    if not view.line.is_enabled:
        return _("Enable it first: then accounts can be registered for it.")
    if not view.line.has_room:
        return _("It takes no more than %(limit)s delegated administrators.") % {
            "limit": view.line.most_administrators
        }
    return ""


def at(request: ActorRequest, view: ServiceView) -> Offers:
    """What the page of a service offers."""
    principal = view.line.principal
    register = f"{reverse('register_administrator')}?{urlencode({'service': principal})}"
    if view.line.is_enabled:
        switch = Offer(
            "disable",
            _("Disable"),
            "switch",
            reverse("disable_service", args=[principal]),
            why_not_disable(request, view),
            is_explained=not why_not_switch(request, view),
        )
    else:
        switch = Offer(
            "enable",
            _("Enable"),
            "switch",
            reverse("enable_service", args=[principal]),
            why_not_enable(request, view),
        )
    another = Offer(
        "register", _("Register an account"), "user", register, why_not_another(request, view)
    )
    return Offers((switch, another))
