"""The access keys of the one who asks."""

import csv
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from console.authentication import password_again
from console.forms.security import AccessKeyFileForm
from console.middleware import ActorRequest
from console.rendering import page
from orgs import errors, operations, queries


@never_cache
@require_http_methods(["GET", "POST"])
@password_again
def create_access_key(request: ActorRequest) -> HttpResponse:
    """Another key; its secret is on the page that answers, and nowhere afterwards."""
    if request.method == "GET":
        context: dict[str, object] = {"section": "security"}
        return page(request, "console/access_key_create.html", context, fragment="content")
    key, secret = operations.access_keys.create_access_key(
        actor=request.actor, username=request.actor.username
    )
    context = {"access_key": key.pk, "secret_key": secret, "section": "security"}
    return page(request, "console/access_key_created.html", context, fragment="content")


@sensitive_post_parameters()
@never_cache
@require_POST
def access_key_file(request: ActorRequest) -> HttpResponse:
    """The key and the secret that the page shows, as a file. Nothing here knows them but that page."""
    form = AccessKeyFileForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    key = form.cleaned_data["access_key"]
    headers = {"Content-Disposition": f'attachment; filename="banyan-access-key-{key}.csv"'}
    response = HttpResponse(content_type="text/csv; charset=utf-8", headers=headers)
    lines = csv.writer(response)
    lines.writerow([_("User"), _("Access key"), _("Secret key")])
    lines.writerow([request.actor.username, key, form.cleaned_data["secret_key"]])
    return response


@require_POST
def update_access_key(request: ActorRequest, access_key_id: str) -> HttpResponse:
    """Disable a key, or enable it again."""
    wanted = request.POST.get("is_active")
    if wanted not in {"0", "1"}:
        return HttpResponseBadRequest()
    key = operations.access_keys.update_access_key(
        actor=request.actor, access_key_id=access_key_id, is_active=wanted == "1"
    )
    said = (
        _("Access key %(id)s is enabled.") if key.is_active else _("Access key %(id)s is disabled.")
    )
    messages.success(request, said % {"id": key.pk})
    return redirect("security")


@require_http_methods(["GET", "POST"])
def delete_access_key(request: ActorRequest, access_key_id: str) -> HttpResponse:
    """First what it means, then the deed."""
    if request.method == "GET":
        own = queries.access_keys.list_access_keys(actor=request.actor)
        key = next((row for row in own if row.id == access_key_id), None)
        if key is None:
            raise errors.AccessKeyNotFound(access_key_id=access_key_id)
        context: dict[str, object] = {"access_key": key, "section": "security"}
        return page(
            request,
            "console/access_key_delete.html",
            context,
            fragment="content",
            status=HTTPStatus.OK,
        )
    operations.access_keys.delete_access_key(actor=request.actor, access_key_id=access_key_id)
    messages.success(request, _("Access key %(id)s is deleted.") % {"id": access_key_id})
    return redirect("security")
