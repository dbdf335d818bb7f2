"""The pages that links in e-mails lead to: to want them, and to want no more of them.

Whoever holds such a link got it, so nobody signs in; and nobody else learns anything. Looking changes
nothing, because programs that examine mails open their links.
"""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from console.middleware import for_anyone
from orgs import operations, queries
from orgs.queries.receivers import Received, Standing
from orgs.receiver_links import Page

STATUSES = {
    Standing.INVALID: HTTPStatus.NOT_FOUND,
    Standing.EXPIRED: HTTPStatus.GONE,
    Standing.GONE: HTTPStatus.GONE,
}


@for_anyone
@never_cache
@require_http_methods(["GET", "POST"])
def confirm_subscription(request: HttpRequest, signed: str) -> HttpResponse:
    """Say that the e-mails are wanted."""
    if request.method == "POST":
        return show(request, Page.CONFIRM, operations.receivers.confirm_subscription(signed=signed))
    return show(
        request, Page.CONFIRM, queries.receivers.get_received(page=Page.CONFIRM, signed=signed)
    )


@for_anyone
@never_cache
@csrf_exempt  # mail programs post here of themselves (RFC 8058); the signature is the proof
@require_http_methods(["GET", "POST"])
def unsubscribe(request: HttpRequest, signed: str) -> HttpResponse:
    """Get no more of them; the answer to a mail program's own POST is no redirect, as it has to be."""
    if request.method == "POST":
        return show(request, Page.UNSUBSCRIBE, operations.receivers.unsubscribe(signed=signed))
    return show(
        request,
        Page.UNSUBSCRIBE,
        queries.receivers.get_received(page=Page.UNSUBSCRIBE, signed=signed),
    )


def show(request: HttpRequest, page: Page, received: Received) -> HttpResponse:
    """How a link stands, and the button while there is something to do."""
    context = {"standing": received.standing, "subscription": received.subscription}
    status = STATUSES.get(received.standing, HTTPStatus.OK)
    return render(request, f"console/receiver_{page}.html", context, status=status)
