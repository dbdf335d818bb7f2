"""English or Chinese."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from console.middleware import for_anyone
from console.rendering import way_back

KEPT_FOR = timedelta(days=365)


@for_anyone
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the choice in a cookie; anything else follows what the browser asks for."""
    response = redirect(way_back(request))
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=KEPT_FOR,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    else:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
    return response
