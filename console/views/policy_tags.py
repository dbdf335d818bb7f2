"""The tags of a policy."""

from http import HTTPStatus

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from console import policy_offers
from console.forms.tags import TagRows
from console.middleware import ActorRequest
from console.views.changes import Change, show_change
from console.views.policies import SECTION
from console.views.policy import show_policy_changed, url_of_policy
from orgs import operations, queries
from orgs.queries.policy_list import PolicyView


@require_http_methods(["GET", "POST"])
def policy_tags(request: ActorRequest, policy_id: str) -> HttpResponse:
    """The rows to fill in, and the change: only of what was touched."""
    view = queries.policy_list.get_policy(actor=request.actor, policy_id=policy_id)
    if request.method == "GET":
        return show_tags(request, view, TagRows.of(view.tags))
    rows = TagRows.read(request.POST)
    if "more" in request.POST:
        rows.add_rows()
        return show_tags(request, view, rows)
    if not rows.is_valid():
        return show_tags(request, view, rows, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if rows.wanted or rows.removed_keys:
        operations.tags.update_tags(
            actor=request.actor,
            resource_id=policy_id,
            tags=rows.wanted,
            removed_keys=rows.removed_keys,
        )
    said = _("The tags of %(name)s are saved.") % {"name": view.policy.name}
    return show_policy_changed(request, policy_id, tab="tags", said=said)


def show_tags(
    request: ActorRequest,
    view: PolicyView,
    rows: TagRows,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """The rows as they are, or as they were typed."""
    change = Change(
        title=_("Tags of %(name)s") % {"name": view.policy.name},
        submit=_("Save tags"),
        action=reverse("policy_tags", args=[view.policy.pk]),
        back=url_of_policy(view, "tags"),
        section=SECTION,
        why_not=policy_offers.of_tags(request, view).tags.why_not,
    )
    return show_change(request, change, forms.Form(), rows=rows, status=status)
