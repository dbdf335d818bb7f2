"""The end of a membership: an account is removed, or closed. First what is in the way, and what it means."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from console import offers
from console.forms.new_accounts import ConfirmNameForm
from console.middleware import ActorRequest
from console.rendering import page, wants_fragment
from console.views.changes import Change, show_changed, show_done
from orgs import departures, errors, operations, queries
from orgs.errors import OrgsError
from orgs.permissions import Permission
from orgs.queries.departures import Closing, Removal, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """Something that is in the way, and what can be done about it; `url` leads there."""

    problem: str
    advice: str
    url: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """Something that happens with it; of some it is to be warned."""

    text: str
    is_warning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How many may still go: `said` in words, and when it is used up, when the next one can."""

    used: int
    limit: int
    said: str
    next_at: str = ""

    @property
    def left(self) -> int:
        """How many more may go now."""
        return max(0, self.limit - self.used)


@require_http_methods(["GET", "POST"])
def remove_account(request: ActorRequest, account_id: str) -> HttpResponse:
    """A member that stands alone afterwards."""
    removal = queries.departures.get_removal(actor=request.actor, account_id=account_id)
    standing = removal.standing
    if request.method == "GET":
        change = Change(
            title=_("Remove %(name)s from the organization?") % {"name": standing.account.name},
            submit=_("Remove account"),
            action=reverse("remove_account", args=[account_id]),
            back=reverse("account", args=[account_id]),
            section="accounts",
            why_not=offers.why_not(request, standing, Permission.REMOVE_ACCOUNT),
            destroys=True,
        )
        return show_departure(
            request,
            change,
            standing,
            consequences=consequences_of_removing(standing),
            allowances=[removals_left(removal)],
            form=forms.Form(),
        )
    unit_id = None if standing.account.unit is None else standing.account.unit.pk
    is_root = standing.account.unit is not None and standing.account.unit.is_root
    account = operations.departures.remove_account(actor=request.actor, account_id=account_id)
    said = _("%(name)s is removed; it stands alone now.") % {"name": account.name}
    if is_over_structure(request):
        return show_changed(request, None if is_root else unit_id, said=said)
    return show_ended(request, "former_members", said)


@require_http_methods(["GET", "POST"])
def close_account(request: ActorRequest, account_id: str) -> HttpResponse:
    """A created account, for good; its name is typed to confirm (R-CLO-10)."""
    closing = queries.departures.get_closing(actor=request.actor, account_id=account_id)
    name = closing.standing.account.name
    if request.method == "GET":
        return show_closing(request, closing, ConfirmNameForm(name=name))
    form = ConfirmNameForm(request.POST, name=name)
    if not form.is_valid():
        return show_closing(request, closing, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    operations.closings.close_account(actor=request.actor, account_id=account_id)
    said = _("%(name)s is being closed.") % {"name": name}
    if is_over_structure(request):
        return show_changed(request, account_id=account_id, said=said)
    return show_ended(request, "closings", said)


def show_closing(
    request: ActorRequest,
    closing: Closing,
    form: ConfirmNameForm,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """What closing means, and the field for the name."""
    standing = closing.standing
    change = Change(
        title=_("Close %(name)s for good?") % {"name": standing.account.name},
        submit=_("Close account"),
        action=reverse("close_account", args=[standing.account.pk]),
        back=reverse("account", args=[standing.account.pk]),
        section="accounts",
        why_not=offers.why_not(request, standing, Permission.CLOSE_ACCOUNT),
        destroys=True,
    )
    return show_departure(
        request,
        change,
        standing,
        consequences=consequences_of_closing(closing),
        allowances=closings_left(closing),
        form=form,
        status=status,
    )


def show_departure(
    request: ActorRequest,
    change: Change,
    standing: Standing,
    *,
    consequences: list[Consequence],
    allowances: list[Allowance],
    form: forms.Form,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """What is in the way, what it means, how many may still go, and the button."""
    context: dict[str, object] = {
        "change": change,
        "blockers": [blocker_of(standing, obstacle) for obstacle in standing.obstacles],
        "consequences": consequences,
        "allowances": allowances,
        "form": form,
        "permissions": standing.permissions,
        "section": change.section,
    }
    return page(request, "console/departure.html", context, fragment="dialog", status=status)


def show_ended(request: ActorRequest, tab: str, said: str) -> HttpResponse:
    """Over the list of accounts it is in its place again; a page of its own leads to where it went on."""
    if wants_fragment(request):
        return show_done(request, back=reverse("accounts"), said=said)
    messages.success(request, said)
    return redirect(tab)


def is_over_structure(request: ActorRequest) -> bool:
    """Whether the dialog stands over the tree."""
    here = request.htmx.current_url_abs_path or ""
    return wants_fragment(request) and here.startswith(reverse("structure"))


def blocker_of(standing: Standing, obstacle: OrgsError) -> Blocker:
    """What is in the way, with what to do about it."""
    account_id = standing.account.pk
    advice, url, link = "", "", ""
    if isinstance(obstacle, errors.DelegatedAdministratorStays | errors.CannotCloseDelegated):
        advice = _("Deregister it first; then come back.")
        url, link = reverse("delegated_administrators"), _("Delegated administrators")
    elif isinstance(
        obstacle, errors.CannotLeaveManagementOrDelegated | errors.CannotCloseManagement
    ):
        advice = _(
            "It goes only with the organization, which has to be empty before it is deleted."
        )
    elif isinstance(obstacle, errors.AccountNotActive | errors.AccountClosing):
        advice = _("Nothing is left to do: how far it is stands among the closing requests.")
        url, link = reverse("closings"), _("Closing requests")
    elif isinstance(obstacle, errors.AccountStandaloneInfoMissing):
        advice = " ".join(missing_to_stand_alone(standing))
        if departures.can_be_closed(standing.account):
            url, link = reverse("close_account", args=[account_id]), _("Close it instead")
    elif isinstance(obstacle, errors.CannotCloseInvited):
        advice = _("It belongs to itself and can only be removed.")
        url, link = reverse("remove_account", args=[account_id]), _("Remove it instead")
    elif isinstance(obstacle, errors.CannotCloseUnpaid):
        advice = _("Have everything paid first, then come back.")
    elif isinstance(obstacle, errors.AccountRemoveRate | errors.CloseQuotaExceeded):
        advice = _("Wait until then. Nothing else has to be done.")
    return Blocker(problem=str(obstacle), advice=advice, url=url, link=link)


def missing_to_stand_alone(standing: Standing) -> Iterator[str]:
    """What an account lacks to live without an organization (R-ORG-13)."""
    if not standing.is_full:
        yield _("Ask an operator of this installation to make it a full account.")
    if standing.old_enough_at is not None:
        yield _("It is old enough %(when)s.") % {
            "when": departures.in_words(standing.old_enough_at)
        }


def consequences_of_removing(standing: Standing) -> list[Consequence]:
    """What removing means (R-ORG-16)."""
    told = [
        Consequence(
            text=ngettext(
                "Its %(n)s tag in this organization is deleted.",
                "All of its %(n)s tags in this organization are deleted.",
                standing.tags,
            )
            % {"n": standing.tags}
            if standing.tags
            else _("It has no tags that would be deleted.")
        ),
        Consequence(
            text=_(
                "Policies of the organization no longer apply to it: it may have more rights than"
                " before. Rejoining brings neither its tags nor its policies back."
            )
        ),
    ]
    if standing.service_agencies:
        named = ", ".join(standing.service_agencies)
        told.append(
            Consequence(
                text=_("What trusted services use in it is cleaned up: %(names)s.")
                % {"names": named}
            )
        )
    if standing.entry:
        told.append(
            Consequence(
                text=_(
                    "Its account-access agency %(name)s stays: this management account can still"
                    " enter it, until somebody in the account deletes the agency."
                )
                % {"name": standing.entry},
                is_warning=True,
            )
        )
    told.append(
        Consequence(text=_("Who pays for it does not change; its users and keys go on working."))
    )
    return told


def consequences_of_closing(closing: Closing) -> list[Consequence]:
    """What closing means (R-CLO-9 to R-CLO-12)."""
    standing = closing.standing
    users = ngettext("%(n)s user", "%(n)s users", standing.users) % {"n": standing.users}
    keys = ngettext("%(n)s access key", "%(n)s access keys", standing.access_keys) % {
        "n": standing.access_keys
    }
    return [
        Consequence(
            text=_("Nothing undoes it: what is in the account is deleted."), is_warning=True
        ),
        Consequence(
            text=_("At once its users and keys are refused: %(users)s, %(keys)s.")
            % {"users": users, "keys": keys}
        ),
        Consequence(
            text=_(
                "Closed, it stays listed at its place for %(days)s days, with its tags and policies,"
                " and counts against the account quota until then. Then it is gone for good."
            )
            % {"days": closing.listed_for.days}
        ),
        Consequence(
            text=_(
                "Its name is never used again; its e-mail and phone stay taken until it is gone."
            )
        ),
    ]


def removals_left(removal: Removal) -> Allowance:
    """How many accounts may still be removed (R-ACC-41)."""
    budget = removal.budget
    return Allowance(
        used=budget.used,
        limit=budget.limit,
        said=_("Removed in the last %(hours)s hours") % {"hours": budget.hours},
        next_at="" if budget.left else departures.in_words(budget.next_at),
    )


def closings_left(closing: Closing) -> list[Allowance]:
    """How many accounts may still be closed: in the span of time, and at once (R-CLO-8)."""
    window = closing.budget.in_window
    is_busy = closing.budget.closing >= closing.budget.at_once
    return [
        Allowance(
            used=window.used,
            limit=window.limit,
            said=_("Closed in the last %(days)s days") % {"days": settings.CLOSING_WINDOW.days},
            next_at="" if window.left else departures.in_words(window.next_at),
        ),
        Allowance(
            used=closing.budget.closing,
            limit=closing.budget.at_once,
            said=_("Being closed now"),
            next_at=departures.in_words(None) if is_busy else "",
        ),
    ]
