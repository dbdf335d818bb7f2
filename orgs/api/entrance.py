"""Where requests of the API leave the way of the pages."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, get_resolver

from orgs.api.endpoint import no_operation

URLCONF = "orgs.api.urls"
_OF_THE_API = re.compile(r"/(?:x/)?v[0-9]+(?:/|\Z)|/openapi\.json\Z")


class Entrance:
    """The first middleware: answers what is addressed to the API, and hands on the rest.

    So requests of programs carry no session, no CSRF token and no messages, which would halve their
    number a second, and no middleware of the console takes them for pages.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or hand on."""
        if not _OF_THE_API.match(request.path_info):
            return self.get_response(request)
        try:
            view, _args, kwargs = get_resolver(URLCONF).resolve(request.path_info)
        except Resolver404:
            return no_operation(request)
        response: HttpResponse = view(request, **kwargs)
        return response
