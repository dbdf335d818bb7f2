"""Policy types: how far each is switched on, and the switch."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import reswap, retarget, trigger_client_event

from console import policy_offers
from console.forms.policies import ConfirmForm
from console.middleware import ActorRequest
from console.rendering import page, wants_fragment
from console.templatetags.console import grouped
from console.views.changes import Change
from console.views.departures import Consequence
from console.views.policies import PLURALS, SECTION, type_context, url_of_type
from orgs import operations, queries
from orgs.queries.policy_list import PolicyTypes, TypeLine

POLICY_TYPE = "policy-type"  # the box that says how a type stands


@require_GET
def policy_type(request: ActorRequest, policy_type: str) -> HttpResponse:
    """How a type stands; asked again and again until what was begun has ended."""
    types = queries.policy_list.list_policy_types(actor=request.actor)
    line = types.line(policy_type)
    if not wants_fragment(request):
        return redirect(url_of_type(line.policy_type))
    response = show_type(request, types, line)
    if not line.state.is_pending:
        # The list below says on how much each policy hangs, which is another number now.
        trigger_client_event(response, "policies-outdated", {}, after="settle")
    return response


@require_http_methods(["GET", "POST"])
def enable_policy_type(request: ActorRequest, policy_type: str) -> HttpResponse:
    """Switch a type on: first what comes with it (R-PT-3, R-PT-9)."""
    types = queries.policy_list.list_policy_types(actor=request.actor)
    line = types.line(policy_type)
    if request.method == "GET":
        change = Change(
            title=_("Switch on: %(type)s?") % {"type": PLURALS[line.policy_type]},
            submit=_("Switch on"),
            action=reverse("enable_policy_type", args=[line.policy_type]),
            back=url_of_type(line.policy_type),
            section=SECTION,
            why_not=policy_offers.why_not_switch(request, types, line),
        )
        consequences = consequences_of_enabling(line)
        return show_switch(request, change, ConfirmForm(needed=False), consequences)
    operations.policy_types.enable_policy_type(
        actor=request.actor, root_id=types.root_id, policy_type=line.policy_type
    )
    return show_begun(
        request, line, _("%(type)s: being switched on.") % {"type": PLURALS[line.policy_type]}
    )


@require_http_methods(["GET", "POST"])
def disable_policy_type(request: ActorRequest, policy_type: str) -> HttpResponse:
    """Switch a type off: first what goes with it; a word is typed to confirm (R-PT-5, R-PT-6)."""
    types = queries.policy_list.list_policy_types(actor=request.actor)
    line = types.line(policy_type)
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        change = Change(
            title=_("Switch off: %(type)s?") % {"type": PLURALS[line.policy_type]},
            submit=_("Switch off"),
            action=reverse("disable_policy_type", args=[line.policy_type]),
            back=url_of_type(line.policy_type),
            section=SECTION,
            why_not=policy_offers.why_not_switch(request, types, line),
            destroys=True,
        )
        return show_switch(
            request, change, form, consequences_of_disabling(line), disables=line.policy_type
        )
    operations.policy_types.disable_policy_type(
        actor=request.actor, root_id=types.root_id, policy_type=line.policy_type
    )
    return show_begun(
        request, line, _("%(type)s: being switched off.") % {"type": PLURALS[line.policy_type]}
    )


def show_switch(
    request: ActorRequest,
    change: Change,
    form: ConfirmForm,
    consequences: list[Consequence],
    *,
    disables: str = "",
) -> HttpResponse:
    """What the switch means, and the button; what goes with a type that is switched off (`disables`)."""
    context: dict[str, object] = {
        "change": change,
        "form": form,
        "consequences": consequences,
        "preview_kind": "disable" if disables else "",
        "preview_type": disables,
        "section": SECTION,
    }
    is_wrong = form.is_bound and not form.is_valid()
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK
    form.takes_the_keyboard() if form.fields else None
    return page(request, "console/policy_change.html", context, fragment="dialog", status=status)


def show_begun(request: ActorRequest, line: TypeLine, said: str) -> HttpResponse:
    """The list of the type again; over it the box alone is new, and the dialog goes."""
    if not wants_fragment(request):
        messages.success(request, said)
        return redirect(url_of_type(line.policy_type))
    types = queries.policy_list.list_policy_types(actor=request.actor)
    response = show_type(request, types, types.line(line.policy_type))
    retarget(response, f"#{POLICY_TYPE}")
    reswap(response, "outerHTML")
    trigger_client_event(response, "toast", {"text": said})
    return trigger_client_event(response, "dialog-over", {}, after="settle")


def show_type(request: ActorRequest, types: PolicyTypes, line: TypeLine) -> HttpResponse:
    """The box that says how a type stands."""
    context = type_context(request, types, line)
    return page(request, "console/policies.html", context, fragment="policy-type")


def consequences_of_enabling(line: TypeLine) -> list[Consequence]:
    """What comes with the switch."""
    if not line.is_scp:
        return [
            Consequence(
                text=_(
                    "Nothing is attached: tag policies begin with none (there is no built-in one)."
                )
            ),
            Consequence(text=_("From then on tag policies can be created and attached here.")),
        ]
    return [
        Consequence(
            text=_(
                "The built-in policy FullAccess is attached to the root, to every unit and to every"
                " account. It allows everything, so nobody is bound yet."
            )
        ),
        Consequence(text=_("Every new unit and every account that joins gets FullAccess as well.")),
        Consequence(
            text=_(
                "From then on every root, unit and account keeps at least one service control policy."
                " Policies that were attached before it was last switched off are not attached again."
            )
        ),
        Consequence(text=_("The management account is never bound, whatever is attached to it.")),
    ]


def consequences_of_disabling(line: TypeLine) -> list[Consequence]:
    """What goes with the switch."""
    detached = ngettext(
        "%(n)s attachment is taken off; its policy binds nobody from that moment on.",
        "All %(n)s attachments are taken off; their policies bind nobody from that moment on.",
        line.attachments,
    ) % {"n": grouped(line.attachments)}
    stays = Consequence(text=_("The policies stay, with all their versions, tags and tests."))
    if not line.is_scp:
        return [
            Consequence(text=detached, is_warning=True),
            Consequence(text=_("The effective tag policy of every account is empty then.")),
            stays,
        ]
    return [
        Consequence(text=detached, is_warning=True),
        Consequence(
            text=_(
                "Where they were attached is lost: when it is switched on again, only FullAccess is."
            ),
            is_warning=True,
        ),
        stays,
        Consequence(text=_("A dry run of service control policies is switched off with it.")),
    ]
