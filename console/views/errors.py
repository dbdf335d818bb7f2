"""Pages for what did not work. They ask the database nothing: it may be the reason."""

import math
from datetime import timedelta
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orgs.errors import OrgsError


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """400: no browser sends this by itself."""
    return _show(request, HTTPStatus.BAD_REQUEST, _("This request cannot be understood."))


def denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: somebody asked for what is not theirs, in a way no page of ours does.

    The sentence is the rule's where one of ours came with the exception.
    """
    rule = next((one for one in exception.args if isinstance(one, OrgsError)), None)
    return _show(request, HTTPStatus.FORBIDDEN, str(rule or _("You may not do this.")))


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """403: a form without its token, most often one that stood open since before the last sign-in."""
    sentence = _(
        "This form was open for too long, or cookies are switched off. Nothing was changed."
        " Open the page again and repeat the last step."
    )
    return _show(request, HTTPStatus.FORBIDDEN, sentence)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """404: no page has this address."""
    return _show(request, HTTPStatus.NOT_FOUND, _("There is no page at this address."))


def too_many(request: HttpRequest, wait: timedelta = timedelta(minutes=1)) -> HttpResponse:
    """429: tried too often; the same sentence whatever was tried, and when to try again."""
    seconds = int(wait.total_seconds())
    minutes = math.ceil(seconds / 60)
    if seconds < 60:  # noqa: PLR2004  (a minute)
        again = ngettext("Try again in %(n)s second.", "Try again in %(n)s seconds.", seconds) % {
            "n": seconds
        }
    else:
        again = ngettext("Try again in %(n)s minute.", "Try again in %(n)s minutes.", minutes) % {
            "n": minutes
        }
    sentence = _("That was tried too often. %(again)s") % {"again": again}
    response = _show(request, HTTPStatus.TOO_MANY_REQUESTS, sentence)
    response.headers["Retry-After"] = str(seconds)
    return response


def failed(request: HttpRequest) -> HttpResponse:
    """500: our own fault."""
    sentence = _("This went wrong on our side; nothing was half done. Please try again.")
    return _show(request, HTTPStatus.INTERNAL_SERVER_ERROR, sentence)


def _show(request: HttpRequest, status: HTTPStatus, sentence: str) -> HttpResponse:
    return render(
        request, "console/error.html", {"sentence": sentence, "status": status}, status=status
    )
