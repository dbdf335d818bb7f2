"""Every limit, before it bites."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from console.middleware import ActorRequest
from console.rendering import page
from orgs import departures, queries
from orgs.queries.overview import Quota
from orgs.queries.quotas import QuotaView


@dataclass(frozen=True, slots=True)
class Meter:
    """A limit as it is shown: what it is of, how full it is, what it counts and what to do about it."""

    name: str
    quota: Quota
    counts: str
    advice: str
    url: str


@require_GET
def show_quotas(request: ActorRequest) -> HttpResponse:
    """Meters of all limits, and how the account quota was set."""
    view = queries.quotas.get_quotas(actor=request.actor)
    meters = list(_meters(view))
    context: dict[str, object] = {
        "view": view,
        "meters": meters,
        "near": [meter for meter in meters if meter.quota.is_nearly_full],
        "permissions": view.permissions,
        "section": "quotas",
    }
    return page(request, "console/quotas.html", context, fragment="content")


def _meters(view: QuotaView) -> Iterator[Meter]:
    found = {quota.name: Quota(quota.used, quota.quota) for quota in view.quotas}
    yield Meter(
        _("Accounts"),
        found["account"],
        _("Accounts in any status, running creations and open invitations."),
        _("An operator of this installation can raise it. Or remove what is not needed."),
        reverse("accounts"),
    )
    yield Meter(
        _("Organizational units"),
        found["organizational_unit"],
        _("All units below the root."),
        _("It cannot be raised. Delete units that hold nothing."),
        reverse("structure"),
    )
    yield Meter(
        _("Policies"),
        found["policy"],
        _("Policies of all types together, without those built in and those on trial."),
        _("It cannot be raised. Delete policies that hang nowhere."),
        reverse("policies"),
    )
    yield Meter(
        _("Service control policies on one entity"),
        found["service_control_policy_per_entity"],
        _("Of the root, unit or account that has most."),
        _("It cannot be raised. Put statements of several policies into one."),
        reverse("policies"),
    )
    yield Meter(
        _("Accounts closed in 30 days"),
        found["close_account_count_in_30_days"],
        _("Closings begun in the last 30 days; those that failed do not count."),
        _("Wait, or remove accounts in place of closing them."),
        reverse("closings"),
    )
    for name, budget, url in (
        (_("Invitations"), view.invitations, "sent_invitations"),
        (_("Accounts removed"), view.removals, "former_members"),
    ):
        hours = ngettext("In %(n)s hour.", "In %(n)s hours.", budget.hours) % {"n": budget.hours}
        when = budget.next_at and departures.in_words(budget.next_at)
        advice = _("The next one can go %(when)s.") % {"when": when} if when else ""
        yield Meter(name, Quota(budget.used, budget.limit), hours, advice, reverse(url))
