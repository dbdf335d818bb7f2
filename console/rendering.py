"""Page or fragment, decided once. And what every page needs."""

from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from console import reads
from orgs import access, queries
from orgs.actor import Actor
from orgs.permissions import Permission
from orgs.queries.organizations import Sizes

if TYPE_CHECKING:
    from console.middleware import ActorRequest

COUNTED = ("structure", "accounts")  # the pages whose numbers the menu tells
THEMES = ("light", "dark")
THEME_COOKIE = "theme"
VARIES_BY = "HX-Request, HX-Boosted, HX-History-Restore-Request, HX-Target"


def wants_fragment(request: "ActorRequest") -> bool:
    """Whether htmx asks for a part of the page, and not for all of it."""
    return bool(request.htmx) and not (request.htmx.boosted or request.htmx.history_restore_request)


def page(
    request: "ActorRequest",
    template: str,
    context: dict[str, object],
    *,
    fragment: str,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """The whole page, or only `fragment` of it when htmx asks for a part."""
    is_fragment = wants_fragment(request)
    name = f"{template}#{fragment}" if is_fragment else template
    response = render(request, name, context | {"is_fragment": is_fragment}, status=status)
    patch_vary_headers(response, VARIES_BY.split(", "))
    return response


def console(request: HttpRequest) -> dict[str, object]:
    """What every page needs: who asks, what that actor may do in its organization, the theme."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    actor = getattr(request, "actor", None)
    rights = cast(access.Rights, SimpleLazyObject(lambda: _rights(request)))
    permissions = cast(frozenset[Permission], SimpleLazyObject(lambda: rights.everywhere))
    return {
        "actor": actor,
        "acting_in": getattr(request, "account", None),
        "role": getattr(request, "role", None),
        "theme": theme if theme in THEMES else "",
        "permissions": permissions,
        "rights": rights,
        "sizes": sizes(actor, permissions) if actor else None,
        "counted": SimpleLazyObject(lambda: _counted(request)),
        "open_invitations": open_invitations(actor) if actor else None,
    }


def open_invitations(actor: Actor) -> Callable[[], int]:
    """How many invitations wait for an answer; asked once, and only by a page that shows it."""
    return cache(lambda: queries.received_invitations.count_open(actor=actor))


def sizes(actor: Actor, permissions: frozenset[Permission]) -> "SimpleLazyObject[Sizes]":
    """What the navigation counts; asked only by a page that shows it."""
    return SimpleLazyObject(
        lambda: queries.organizations.get_sizes(actor=actor, permissions=permissions)
    )


def _counted(request: HttpRequest) -> frozenset[str]:
    """Of these pages those that may be read: a number tells something of them too. Asked once."""
    asked = cast("ActorRequest", request)
    return reads.readable(COUNTED, actor=asked.actor, account=asked.account)


def way_back(request: HttpRequest) -> str:
    """The page of ours that a request came from, or the start page; a form may carry it as `back`."""
    came_from = request.POST.get("back") or request.headers.get("Referer", "")
    # A form that was refused is a page to go back to; a page that was refused leads nowhere.
    here = {request.build_absolute_uri(), ""} if request.method in {"GET", "HEAD"} else {""}
    is_safe = url_has_allowed_host_and_scheme(
        came_from, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    is_whole = came_from.startswith(("/", request.build_absolute_uri("/")))
    return came_from if is_safe and is_whole and came_from not in here else reverse("home")


def _rights(request: HttpRequest) -> access.Rights:
    """Asked once, and only by a page that shows something because of it."""
    actor = getattr(request, "actor", None)
    if actor is None:
        return access.Rights()
    organization_id = cast("ActorRequest", request).account.organization_id
    return access.rights_of(actor, organization_id) if organization_id else access.Rights()


def address(request: HttpRequest, path: str = "", /, **changed: object) -> str:
    """Where this page is, or another at `path`, with what narrows it.

    `changed` is put in its place; None is taken out.
    """
    given = {name: values for name, values in request.GET.lists() if name not in changed}
    for name, value in changed.items():
        given[name] = [str(one) for one in value] if isinstance(value, list) else [str(value or "")]
    said = [(name, value) for name, values in given.items() for value in values if value]
    return f"{path or request.path}?{urlencode(said)}" if said else path or request.path
