"""Attaching a policy to a root, a unit or an account, and detaching it, from the side of the policy."""

from http import HTTPStatus

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from console import policy_offers
from console.forms.policies import LONGEST_SEARCH, AttachForm, ConfirmForm
from console.middleware import ActorRequest
from console.rendering import page, wants_fragment
from console.views.changes import Change
from console.views.departures import Consequence
from console.views.moves import PICKER, opened_at
from console.views.policies import SECTION
from console.views.policy import show_policy_changed, url_of_policy
from orgs import errors, operations, queries
from orgs.models import FULL_ACCESS
from orgs.queries.policy_list import AttachedLine, PolicyView


@require_http_methods(["GET", "POST"])
def attach_policy(request: ActorRequest, policy_id: str) -> HttpResponse:
    """One more entity, chosen from the tree or found by its name (R-POL-16)."""
    view = queries.policy_list.get_policy(actor=request.actor, policy_id=policy_id)
    is_sent = request.method == "POST" and not is_choosing(request)
    form = AttachForm(request.POST if is_sent else None, needed=view.is_confirmed)
    if is_sent and form.is_valid():
        entity_id = form.cleaned_data["entity_id"]
        operations.attachments.attach_policy(
            actor=request.actor,
            policy_id=policy_id,
            entity_id=entity_id,
            is_dry_run=view.is_dry_run,
        )
        attached, _hanging = queries.policy_list.get_attached(view=view, entity_id=entity_id)
        said = _("%(policy)s is attached to %(name)s.") % {
            "policy": view.policy.name,
            "name": attached.name,
        }
        return show_policy_changed(request, policy_id, tab="targets", said=said)
    change = Change(
        title=_("Attach %(name)s") % {"name": view.policy.name},
        submit=_("Attach"),
        action=reverse("attach_policy", args=[policy_id]),
        back=url_of_policy(view, "targets"),
        section=SECTION,
        why_not=policy_offers.why_not_attach(request, view),
    )
    name = request.POST.get("name", "")[:LONGEST_SEARCH].strip()
    found = queries.attachable.search_places(view=view, name=name) if name else None
    root = None if found else queries.attachable.open_places(view=view, **opened_at(request))
    context: dict[str, object] = {
        "change": change,
        "form": form,
        "consequences": consequences_of_attaching(view),
        "preview_policy": "" if view.is_dry_run else view.policy.pk,
        "found": found,
        "root": root,
        "name": name,
        "chosen": request.POST.get("entity_id", ""),
        "section": SECTION,
    }
    is_picking = wants_fragment(request) and (request.htmx.target or "") == PICKER
    return page(
        request,
        "console/policy_attach.html",
        context,
        fragment=PICKER if is_picking else "dialog",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if is_sent else HTTPStatus.OK,
    )


@require_http_methods(["GET", "POST"])
def detach_policy(request: ActorRequest, policy_id: str, entity_id: str) -> HttpResponse:
    """An entity that it hangs on no longer; what goes with FullAccess is warned of (R-SCP-7, R-POL-16)."""
    view = queries.policy_list.get_policy(actor=request.actor, policy_id=policy_id)
    attached, hanging = queries.policy_list.get_attached(view=view, entity_id=entity_id)
    sent = request.POST if request.method == "POST" else None
    form = ConfirmForm(sent, needed=view.is_confirmed)
    if form.is_valid():
        operations.attachments.detach_policy(
            actor=request.actor,
            policy_id=policy_id,
            entity_id=entity_id,
            is_dry_run=view.is_dry_run,
        )
        said = _("%(policy)s is detached from %(name)s.") % {
            "policy": view.policy.name,
            "name": attached.name,
        }
        return show_policy_changed(request, policy_id, tab="targets", said=said)
    is_last = view.is_confirmed and view.is_on and hanging <= 1
    change = Change(
        title=_("Detach %(policy)s from %(name)s?")
        % {"policy": view.policy.name, "name": attached.name},
        submit=_("Detach"),
        action=reverse("detach_policy", args=[policy_id, entity_id]),
        back=url_of_policy(view, "targets"),
        section=SECTION,
        why_not=policy_offers.why_not_attach(request, view)
        or (str(errors.PolicyLastScp(entity_name=attached.name)) if is_last else ""),
        destroys=True,
    )
    if form.fields:
        form.takes_the_keyboard()
    context: dict[str, object] = {
        "change": change,
        "form": form,
        "consequences": consequences_of_detaching(view, attached),
        "preview_kind": "" if view.is_dry_run else "detach",
        "preview_policy": view.policy.pk,
        "preview_entity": entity_id,
        "section": SECTION,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return page(request, "console/policy_change.html", context, fragment="dialog", status=status)


def is_choosing(request: ActorRequest) -> bool:
    """Whether the tree was opened elsewhere, or something is looked for; nothing is to be attached yet."""
    is_searching = "find" in request.POST or request.htmx.trigger == "attach-search"
    return request.method == "GET" or "at" in request.POST or is_searching


def consequences_of_attaching(view: PolicyView) -> list[Consequence]:
    """What comes with an attachment."""
    if view.is_dry_run:
        return [
            Consequence(
                text=_(
                    "It denies nobody anything. Calls of the accounts at that place and below that it would"
                    " have denied are recorded from then on."
                )
            ),
            Consequence(
                text=_("The management account is never bound, so nothing of it is recorded.")
            ),
        ]
    if not view.is_scp:
        return [
            Consequence(
                text=_(
                    "It is merged into the effective tag policy of every account at that place and below,"
                    " at once."
                )
            )
        ]
    return [
        Consequence(
            text=_("It binds every account at that place and below, at once."), is_warning=True
        ),
        Consequence(text=_("The management account is never bound.")),
    ]


def consequences_of_detaching(view: PolicyView, attached: AttachedLine) -> list[Consequence]:
    """What goes with an attachment."""
    if view.is_dry_run:
        return [
            Consequence(text=_("It records nothing more there and below; what it recorded stays."))
        ]
    if not view.is_scp:
        return [
            Consequence(
                text=_(
                    "It no longer counts for the effective tag policy of the accounts at that place and"
                    " below."
                )
            )
        ]
    told = [
        Consequence(text=_("It no longer binds the accounts at that place and below, at once."))
    ]
    if view.policy.pk == FULL_ACCESS:
        warned = (
            _(
                "Unless another policy attached to %(name)s allows them, every action of this account is"
                " denied from then on."
            )
            if attached.is_account
            else _(
                "Unless another policy attached to %(name)s allows them, every action of every account at"
                " that place and below is denied from then on; a policy further down cannot allow it again."
            )
        )
        told.insert(0, Consequence(text=warned % {"name": attached.name}, is_warning=True))
    return told
