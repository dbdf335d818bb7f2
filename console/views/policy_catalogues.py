"""What policies can name: services with their actions, and resource types of tag policies."""

from http import HTTPStatus

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET
from django_htmx.http import replace_url

from console.forms.policies import SearchForm
from console.middleware import ActorRequest
from console.rendering import address, page, sizes, wants_fragment
from console.views.policies import SECTION
from orgs import queries
from orgs.permissions import Permission

ACTION_OPTIONS = "action-options"  # of the field for an action: what completes it
CATALOGUE = "catalogue"


@require_GET
def policy_actions(request: ActorRequest) -> HttpResponse:
    """The services of the catalogue, and the actions of one of them; or what completes an action."""
    permissions = queries.policy_catalogue.list_enforceable_types(actor=request.actor)[1]
    if wants_fragment(request) and request.htmx.target == ACTION_OPTIONS:
        completions = queries.policy_catalogue.complete_action(request.GET.get("new_action", ""))
        return page(
            request,
            "console/policy_actions.html",
            {"completions": completions},
            fragment=ACTION_OPTIONS,
        )
    form = SearchForm(request.GET)
    is_valid = form.is_valid()
    services = queries.policy_catalogue.find_services(form.cleaned_data["name"]) if is_valid else []
    wanted = request.GET.get("service", "")
    shown = next((service for service in services if service.code == wanted), None)
    if shown is None and len(services) == 1:
        shown = services[0]
    return show_catalogue(
        request,
        "console/policy_actions.html",
        permissions,
        {
            "form": form,
            "services": [
                (service, address(request, service=service.code), service is shown)
                for service in services
            ],
            "shown": shown,
            "condition_keys": queries.policy_catalogue.list_condition_keys(),
        },
        is_valid=is_valid,
    )


@require_GET
def policy_resource_types(request: ActorRequest) -> HttpResponse:
    """The resource types on which tag policies can be enforced (R-TP-7)."""
    found, permissions = queries.policy_catalogue.list_enforceable_types(actor=request.actor)
    form = SearchForm(request.GET)
    is_valid = form.is_valid()
    text = form.cleaned_data["name"].lower() if is_valid else ""
    services = [
        service
        for service in found
        if text in service.name.lower()
        or any(text in one.lower() for one in service.resource_types)
    ]
    return show_catalogue(
        request,
        "console/policy_resource_types.html",
        permissions,
        {"form": form, "services": services if is_valid else []},
        is_valid=is_valid,
    )


def show_catalogue(
    request: ActorRequest,
    template: str,
    permissions: frozenset[Permission],
    context: dict[str, object],
    *,
    is_valid: bool,
) -> HttpResponse:
    """A catalogue, or only what is found in it."""
    tag_policies = f"{reverse('policies')}?{urlencode({'type': 'tag_policy'})}"
    context |= {
        "permissions": permissions,
        "sizes": sizes(request.actor, permissions),
        "tag_policies": tag_policies,
        "section": SECTION,
    }
    status = HTTPStatus.OK if is_valid else HTTPStatus.UNPROCESSABLE_ENTITY
    response = page(request, template, context, fragment=CATALOGUE, status=status)
    if wants_fragment(request):
        replace_url(response, address(request))
    return response
