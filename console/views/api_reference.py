"""The API, operation by operation, with samples for who looks at it."""

from http import HTTPStatus
from itertools import groupby

from django.http import HttpResponse
from django.views.decorators.http import require_GET
from django_htmx.http import replace_url

from console.api_reference import GROUPS, Operation, curl_sample, list_operations, python_sample
from console.forms.policies import SearchForm
from console.middleware import ActorRequest
from console.rendering import address, page, wants_fragment
from orgs import queries

REFERENCE = "reference"


@require_GET
def api_reference(request: ActorRequest) -> HttpResponse:
    """The operations, narrowed by a text, and one of them in full. Samples hold no secret."""
    form = SearchForm(request.GET)
    is_valid = form.is_valid()
    text = form.cleaned_data["name"] if is_valid else ""
    found = [one for one in list_operations() if one.matches(text)] if is_valid else []
    found.sort(key=lambda one: one.group)
    wanted = request.GET.get("operation", "")
    shown = next((one for one in found if one.name == wanted), found[0] if found else None)
    context: dict[str, object] = {
        "form": form,
        "is_valid": is_valid,
        "groups": [
            (
                GROUPS[group],
                [
                    (one, f"{address(request, operation=one.name)}#operation", one is shown)
                    for one in ones
                ],
            )
            for group, ones in groupby(found, key=lambda one: one.group)
        ],
        "found": len(found),
        "shown": shown,
        "section": "api_reference",
        **(_samples(request, shown) if shown else {}),
    }
    status = HTTPStatus.OK if is_valid else HTTPStatus.UNPROCESSABLE_ENTITY
    response = page(
        request, "console/api_reference.html", context, fragment=REFERENCE, status=status
    )
    if wants_fragment(request):
        replace_url(response, address(request))
    return response


def _samples(request: ActorRequest, operation: Operation) -> dict[str, object]:
    """The samples, with the key that the person uses: the newest that is active."""
    keys = queries.access_keys.list_access_keys(actor=request.actor)
    access_key = next((key.id for key in reversed(keys) if key.is_active), "")
    site = request.build_absolute_uri("/")
    known = {"site": site, "access_key": access_key or "<access_key>"}
    return {
        "access_key": access_key,
        "samples": [
            ("curl", "curl", curl_sample(operation, **known)),
            ("python", "Python", python_sample(operation, **known)),
        ],
    }
