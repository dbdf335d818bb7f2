"""Puts the actor on the request, and shows a refused operation as a message."""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django_htmx.http import (
    HttpResponseClientRedirect,
    reswap,
    retarget,
    trigger_client_event,
)
from django_htmx.middleware import HtmxDetails

from console import reads, sessions, switching
from console.rendering import VARIES_BY, way_back
from orgs import errors, operations, queries
from orgs.actor import Actor
from orgs.api.error_codes import row_of
from orgs.models import Account, AccountStatus, Role, User

Answer = Callable[[HttpRequest], HttpResponse]
View = Callable[..., HttpResponse]

# The pages of the own sign-in and keys are all below it; they are off while one is in another account.
OWN_SIGN_IN = "security/"
HEADING = "heading"  # the name in the panel, while it is changed where it stands
# Where a form of the page says what was refused, by the part of the page that it is sent for.
REFUSAL_PLACES = {
    "dialog": "#dialog-refusal",
    HEADING: "#heading-refusal",
    "tree-refusal": "#tree-refusal",
}
SWAPPED = {HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}


class ActorRequest(HttpRequest):
    """A request as our views get it: the middleware lets nobody through who is no actor."""

    actor: Actor
    role: Role | None
    account: Account  # that the actor acts in: the user's own, or one that it entered
    htmx: HtmxDetails
    user: User


def for_anyone(view: View) -> View:
    """Mark a view that works without an actor, so for visitors and for operators too."""
    view.login_required = False  # type: ignore[attr-defined]
    return view


class ActorMiddleware:
    """`request.actor`: who asks. A visitor signs in first; an operator has no account, and is told so.

    So are the users of an account that is being closed or is closed: nothing is done for them (R-CLO-11).

    Views that are there for everyone say it with `for_anyone`, or Django's `login_not_required`.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing that was answered to somebody stays in a cache that others share."""
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_cache=True)
        return response

    def process_view(
        self, request: HttpRequest, view: View, _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """Let the view run, or answer in its place."""
        match = request.resolver_match
        if match is not None and "admin" in match.app_names:
            return None  # the operators' site has a doorkeeper of its own
        if not getattr(view, "login_required", True):
            return None
        if not request.user.is_authenticated:
            return _to_sign_in(cast(ActorRequest, request))
        actor = actor_of(request)
        if actor is None:
            return _without_account(request)
        asked = cast(ActorRequest, request)
        asked.actor, asked.role = actor, role_of(asked.user)
        asked.account = cast(Account, asked.user.account)
        return _in_account(asked) or _withheld(asked)


class LastSeenMiddleware:
    """Keeps in mind when a session was last seen, a minute more or less."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer first: a session that nobody asked for is not loaded for this."""
        response = self.get_response(request)
        sessions.note(request)
        return response


class RefusalMiddleware:
    """A rule that said no becomes an answer with its sentence, and a way back."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Hand the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer what a view refused."""
        return refuse(request, error) if isinstance(error, errors.OrgsError) else None


def refuse(request: HttpRequest, error: errors.OrgsError) -> HttpResponse:
    """A page; or for htmx a fragment for its place (409, 422), or a toast (403, 404)."""
    _write_down(request, error)
    context = {
        "error": error,
        "status": error.status,
        "way_back": way_back(request),
        "is_by_policy": isinstance(error, errors.DeniedByPolicy),
    }
    htmx = cast(ActorRequest, request).htmx
    part = htmx and not htmx.boosted
    # A refused form stays as it is, and the refusal stands beside what was typed.
    place = REFUSAL_PLACES.get(htmx.target or "") if part and request.method == "POST" else None
    fragment = "notice" if place else "refusal"
    name = f"console/refusal.html#{fragment}" if part else "console/refusal.html"
    response = render(request, name, context, status=error.status)
    response.headers["Vary"] = VARIES_BY
    if part and error.status not in SWAPPED:
        trigger_client_event(response, "toast", {"text": str(error), "kind": "error"})
    elif place:
        retarget(response, place)
        reswap(response, "innerHTML")
    is_outdated = isinstance(error, (errors.Conflict, errors.NotFound))
    # What the page shows is no longer so; a name that is being typed in the panel stays there.
    if place and is_outdated and not (htmx.target == HEADING and error.status in SWAPPED):
        trigger_client_event(response, "structure-outdated", {})
    return response


def _write_down(request: HttpRequest, refusal: errors.OrgsError) -> None:
    """Keep what somebody may not do, or what the present state does not allow (R-AUD-1)."""
    actor: Actor | None = getattr(request, "actor", None)
    if not isinstance(refusal, (errors.Denied, errors.Conflict)):
        return
    if actor is None or actor.organization_id is None:
        return
    match = request.resolver_match
    operations.bookkeeping.note_call(
        caller=actor,
        organization_id=actor.organization_id,
        operation=(match.url_name if match else None) or "",
        status=refusal.status,
        code=row_of(refusal).code,
    )


def _in_account(request: ActorRequest) -> HttpResponse | None:
    """Let the view run, unless the user's own account is closed, or the one that was entered is."""
    if request.account.status != AccountStatus.ACTIVE:
        return _account_closed(request)
    return _in_entered_account(request) if switching.is_switched(request) else None


def _withheld(request: ActorRequest) -> HttpResponse | None:
    """What the policies of the organization keep a member's users from reading, here as on the wire."""
    match = request.resolver_match
    try:
        if match is not None:
            reads.require(request, match, actor=request.actor, account=request.account)
    except errors.DeniedByPolicy as refusal:
        return refuse(request, refusal)
    return None


def _in_entered_account(request: ActorRequest) -> HttpResponse | None:
    """Let the view run as an administrator of the entered account, or say why it does not.

    Once the way in is closed nothing is done, least of all in the own account: one is led home.
    """
    switched = switching.switched(request.actor, request)
    account = queries.agencies.get_entered_account(actor=switched)
    if account is None:
        name = switching.forget(request)
        said = _("You are back in %(own)s: the way into %(other)s is closed.")
        messages.warning(request, said % {"own": request.actor.account_name, "other": name})
        home = reverse("home")
        return HttpResponseClientRedirect(home) if request.htmx else redirect(home)
    request.actor = replace(
        switched, account_name=account.name, organization_id=account.organization_id
    )
    request.account, request.role = account, Role.ADMINISTRATOR
    match = request.resolver_match
    if match is not None and match.route.startswith(OWN_SIGN_IN):
        context = {"status": HTTPStatus.FORBIDDEN}
        return render(request, "console/own_sign_in_off.html", context, status=HTTPStatus.FORBIDDEN)
    return None


def actor_of(request: HttpRequest) -> Actor | None:
    """The signed-in user as an actor; None for a visitor and for an operator, who has no account."""
    user = request.user
    if not isinstance(user, User) or user.account is None:
        return None
    return Actor(
        account_id=user.account.pk,
        account_name=user.account.name,
        user_id=user.pk,
        username=user.username,
        organization_id=user.account.organization_id,
        address=sessions.address_of(request),
    )


def role_of(user: User) -> Role | None:
    """The role that came with the user (`ActorBackend`), without asking again."""
    group = getattr(user, "role_group", None)
    return next((role for role in Role if role.group_name(str(user.account_id)) == group), None)


def _without_account(request: HttpRequest) -> HttpResponse:
    """Operators arrive at their own site, where there is one; on other pages they are told what they are."""
    address = operators_address(request)
    if address and request.path == reverse("home"):
        return redirect(address)
    context = {"operators_address": address}
    return render(request, "console/no_account.html", context, status=HTTPStatus.FORBIDDEN)


def _account_closed(request: ActorRequest) -> HttpResponse:
    """One page in place of all (R-CLO-11), which htmx is led to as well."""
    refusal = errors.CallerAccountClosed()
    _write_down(request, refusal)
    if request.htmx:
        return HttpResponseClientRedirect(reverse("home"))
    context = {"error": refusal}
    return render(request, "console/account_closed.html", context, status=refusal.status)


def operators_address(request: HttpRequest) -> str:
    """Where the operators' site is, for an operator and where it is switched on."""
    is_operator = isinstance(request.user, User) and request.user.is_operator
    return reverse("admin:index") if is_operator and settings.ADMIN_ENABLED else ""


def _to_sign_in(request: ActorRequest) -> HttpResponse:
    """To the sign-in page, and from there back to what was asked for."""
    if request.htmx:
        # The page that asked is the one to come back to; a fragment is no page.
        here = request.htmx.current_url_abs_path or reverse("home")
        return HttpResponseClientRedirect(redirect_to_login(here)["Location"])
    wanted = request.get_full_path() if request.method in {"GET", "HEAD"} else reverse("home")
    return redirect_to_login(wanted)
