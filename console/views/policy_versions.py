"""The texts that a policy had: looked at, compared, restored."""

from http import HTTPStatus

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from console import policy_offers
from console.comparing import compare
from console.forms.policies import GatedForm, with_plain_line_ends
from console.forms.policy_builders import read_number
from console.middleware import ActorRequest
from console.rendering import page
from console.views.changes import Change
from console.views.departures import Consequence
from console.views.policies import SECTION
from console.views.policy import (
    consequences_of_saving,
    policy_context,
    show_policy_changed,
    url_of_policy,
)
from orgs import errors, operations, queries
from orgs.queries.policy_list import PolicyView


class PairForm(forms.Form):
    """Two versions to compare."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    against = forms.IntegerField(min_value=1, max_value=2**31 - 1)


@require_GET
def policy_version(request: ActorRequest, policy_id: str, number: int) -> HttpResponse:
    """A text that a policy had, and what it changed."""
    view = queries.policy_list.get_policy(actor=request.actor, policy_id=policy_id)
    return show_version(request, view, number, number - 1)


@require_GET
def compare_versions(request: ActorRequest, policy_id: str) -> HttpResponse:
    """Any two of them.

    Raises:
        PolicyVersionNotFound: one of them never was.
    """
    view = queries.policy_list.get_policy(actor=request.actor, policy_id=policy_id)
    form = PairForm(request.GET)
    if not form.is_valid():
        number = request.GET.get("version") or request.GET.get("against") or "–"
        raise errors.PolicyVersionNotFound(policy_name=view.policy.name, number=number)
    return show_version(request, view, form.cleaned_data["version"], form.cleaned_data["against"])


def show_version(
    request: ActorRequest, view: PolicyView, number: int, against: int
) -> HttpResponse:
    """A version beside another one; the first has none before it."""
    version, text = queries.policy_list.get_version(view=view, number=number)
    other, other_text = (
        queries.policy_list.get_version(view=view, number=against) if against else (None, "")
    )
    context = policy_context(request, view, "versions") | {
        "version": version,
        "text": text,
        "other": other,
        "difference": compare(with_plain_line_ends(other_text), with_plain_line_ends(text))
        if other
        else None,
        "is_current": number == view.policy.version,
        "why_not": policy_offers.why_not_change(request, view),
    }
    return page(request, "console/policy_version.html", context, fragment="content")


@require_http_methods(["GET", "POST"])
def restore_version(request: ActorRequest, policy_id: str, number: int) -> HttpResponse:
    """The text of a version once again, as the newest one."""
    view = queries.policy_list.get_policy(actor=request.actor, policy_id=policy_id)
    version, text = queries.policy_list.get_version(view=view, number=number)
    form = GatedForm(request.POST if request.method == "POST" else None, needed=view.is_bound)
    if form.is_valid():
        with form.keeps_refusals(only=errors.PolicyTestsFail):
            restored = operations.policies.restore_policy_version(
                actor=request.actor,
                policy_id=policy_id,
                number=number,
                version=seen_version(request),
                is_dry_run=view.is_dry_run,
                reason=form.cleaned_data["reason"],
            )
            said = _("%(name)s has the text of version %(n)s again.") % {
                "name": restored.name,
                "n": number,
            }
            return show_policy_changed(request, policy_id, tab="versions", said=said)
    change = Change(
        title=_("Restore version %(n)s of %(name)s?") % {"n": number, "name": view.policy.name},
        submit=_("Restore version %(n)s") % {"n": version.number},
        action=reverse("restore_version", args=[policy_id, number]),
        back=url_of_policy(view, "versions"),
        section=SECTION,
        why_not=policy_offers.why_not_change(request, view),
        hidden=(("version", request.POST.get("version") or str(view.policy.version)),),
    )
    if view.is_bound:
        form.takes_the_keyboard()
    context: dict[str, object] = {
        "change": change,
        "form": form,
        "consequences": consequences_of_restoring(view, number),
        "difference": compare(
            with_plain_line_ends(view.policy.content), with_plain_line_ends(text)
        ),
        "section": SECTION,
    }
    status = form.status if form.is_bound else HTTPStatus.OK
    return page(request, "console/policy_change.html", context, fragment="dialog", status=status)


def seen_version(request: ActorRequest) -> int | None:
    """The version that was the newest when the question was asked; None where none was said."""
    return read_number(request.POST.get("version", "")) or None


def consequences_of_restoring(view: PolicyView, number: int) -> list[Consequence]:
    """What comes with the text of a version."""
    newest = view.policy.version + 1
    told = _("Its text becomes version %(newest)s; versions %(n)s to %(present)s stay as they are.")
    said = told % {"newest": newest, "n": number, "present": view.policy.version}
    return [*(consequences_of_saving(view)[:1] if view.is_bound else []), Consequence(text=said)]
