"""Care of the installation: integrity, event chains, repair and the key ring, and what came of each run."""

from typing import Any

from django import forms
from django.contrib.admin import display, register
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from orgs import operations, queries
from orgs.actor import Actor
from orgs.admin.acting import Act, Done, Text, show_act, tool
from orgs.admin.reading import (
    NOTHING,
    ChoiceFilter,
    DaysFilter,
    OrganizationFilter,
    ReadOnlyAdmin,
    moment,
    organization_link,
)
from orgs.admin.site import site
from orgs.models import CareKind, CareRun, CareState

LIST = "admin:orgs_carerun_changelist"
PAGES = {
    CareKind.INTEGRITY: "admin:integrity",
    CareKind.REPAIR: "admin:integrity",
    CareKind.ROTATION: "admin:key_ring",
    CareKind.EVENTS: LIST,
}


class KindFilter(ChoiceFilter):
    """Of one kind."""

    title = _("kind")
    parameter_name = column = "kind"
    known = CareKind.choices


class StateFilter(ChoiceFilter):
    """Where runs are."""

    title = _("state")
    parameter_name = column = "state"
    known = CareState.choices


@register(CareRun, site=site)
class CareRunAdmin(ReadOnlyAdmin):
    """Every run that is kept, newest first; of each kind the last one stays."""

    list_display = (
        "kind_label",
        organization_link,
        "state",
        "is_well",
        moment("asked_at", _("asked for")),
        "asked_by",
        moment("ended_at", _("ended")),
    )
    list_filter = (KindFilter, StateFilter, OrganizationFilter, ("asked_at", DaysFilter))
    search_help_text = _("The user name of who asked")
    ordering = ("-pk",)
    sortable_by = ()
    actions_list = ("check_integrity", "verify_events", "repair", "rotate_secrets")
    fieldsets = (
        (None, {"fields": ("kind_label", organization_link, "state", "is_well")}),
        (_("Asked for"), {"fields": ("asked_at", "asked_by", "source_address", "ended_at")}),
        (_("What came of it"), {"fields": ("told",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[CareRun]:
        """With the organization."""
        found: QuerySet[CareRun] = super().get_queryset(request)
        return found.select_related("organization")

    def search_for(self, term: str) -> Q:
        """Who asked."""
        return Q(asked_by=term)

    @display(description=_("kind"))
    def kind_label(self, run: CareRun) -> str:
        """What was run."""
        return str(run.get_kind_display())

    @display(description=_("all is well"), boolean=True)
    def is_well(self, run: CareRun) -> bool | None:
        """Whether nothing was found, or left to do; unknown until it has ended."""
        return run.holds

    @display(description=_("result"))
    def told(self, run: CareRun) -> str:
        """In sentences."""
        lines = list(told(run))
        return format_html_join("", "<p>{}</p>", ((line,) for line in lines)) if lines else NOTHING

    @tool(_("Check integrity"), icon="verified")
    def check_integrity(self, request: HttpRequest) -> HttpResponse:
        """Every invariant."""
        return self._show_ask(
            request,
            CareKind.INTEGRITY,
            lead=_(
                "A worker looks whether the promises I1 to I15 hold. It reads whole tables, changes nothing,"
                " and what it finds is kept."
            ),
            button=_("Check"),
        )

    @tool(_("Verify events"), icon="history")
    def verify_events(self, request: HttpRequest) -> HttpResponse:
        """The chain of every stream."""
        return self._show_ask(
            request,
            CareKind.EVENTS,
            lead=_(
                "A worker computes the hash of every event of every organization anew, from the first to the"
                " last. For one organization alone there is a button on its page."
            ),
            button=_("Verify"),
        )

    @tool(_("Repair"), icon="build", is_danger=True)
    def repair(self, request: HttpRequest) -> HttpResponse:
        """What follows from something else, everywhere."""
        return self._show_ask(
            request,
            CareKind.REPAIR,
            lead=_(
                "A worker computes anew what follows from something else, wherever it is wrong: the numbers"
                " of trees from the parents, and effective tag policies from what is attached. Each"
                " organization that is altered gets an event. What is wrong for another reason is left as"
                " it is."
                " Afterwards everything is checked."
            ),
            button=_("Repair"),
            is_danger=True,
        )

    @tool(_("Rotate secrets"), icon="key")
    def rotate_secrets(self, request: HttpRequest) -> HttpResponse:
        """Everything under the newest key."""
        return self._show_ask(
            request,
            CareKind.ROTATION,
            lead=_(
                "A worker seals every secret that is under an older key of the ring under the newest one."
                " Programs go on signing meanwhile. Afterwards the older keys can be taken out of"
                " ORGS_KEY_RING."
            ),
            button=_("Rotate"),
        )

    def get_urls(self) -> list[URLPattern]:
        """Two pages that tell of the whole installation."""
        wrap = self.admin_site.admin_view
        found: list[URLPattern] = super().get_urls()
        return [
            path("integrity/", wrap(self.show_integrity), name="integrity"),
            path("key_ring/", wrap(self.show_key_ring), name="key_ring"),
            *found,
        ]

    def show_integrity(self, request: HttpRequest) -> HttpResponse:
        """Every invariant as it was found last, a row each, and which organizations can be repaired."""
        latest = queries.care.get_latest_care(CareKind.INTEGRITY, CareKind.REPAIR)
        result = latest.ended.result if latest.ended else {}
        invariants = result.get("invariants", [])
        context = self.admin_site.each_context(request) | {
            "title": _("Integrity"),
            "latest": latest,
            "invariants": invariants,
            "broken": [one for one in invariants if one["problems"]],
            "misnumbered": _repairs("repair_tree", result.get("misnumbered", [])),
            "wrongly_merged": _repairs("repair_tag_policies", result.get("wrongly_merged", [])),
            "check": reverse("admin:orgs_carerun_check_integrity"),
            "repair": reverse("admin:orgs_carerun_repair"),
        }
        return TemplateResponse(request, "admin/orgs/integrity.html", context)

    def show_key_ring(self, request: HttpRequest) -> HttpResponse:
        """The keys by their fingerprints, and what is sealed under each. Opens every secret once."""
        context = self.admin_site.each_context(request) | {
            "title": _("Key ring"),
            "census": queries.key_ring.count_secrets(),
            "latest": queries.care.get_latest_care(CareKind.ROTATION),
            "kinds": {sealed.name: sealed.label for sealed in queries.key_ring.SEALED},
            "rotate": reverse("admin:orgs_carerun_rotate_secrets"),
        }
        return TemplateResponse(request, "admin/orgs/key_ring.html", context)

    def _show_ask(self, request: HttpRequest, kind: CareKind, **texts: Any) -> HttpResponse:
        act = asking(kind, back=reverse(PAGES[kind]), title=kind.label, **texts)
        return show_act(self, request, act, forms.Form)


def asking(
    kind: CareKind, *, back: str, title: Text, organization_id: str = "", **more: Any
) -> Act:
    """The act of asking for a run; `more` are texts, and the row it is about."""

    def run(actor: Actor, _given: dict[str, Any]) -> Done:
        operations.care.ask_for_care(actor=actor, kind=kind, organization_id=organization_id)
        return Done(gettext("A worker takes it within seconds; what comes of it is kept."), back)

    return Act(title=title, back=back, run=run, **more)


def told(run: CareRun) -> list[str]:
    """What came of a run, a sentence each."""
    result = run.result
    lines = [
        f"{one['name']}: {problem}"
        for one in result.get("invariants", [])
        for problem in one["problems"]
    ]
    if run.kind == CareKind.REPAIR and result:
        units, policies = result["units"], result["tag_policies"]
        said = ngettext("%(n)s unit was repaired.", "%(n)s units were repaired.", units)
        lines.insert(0, said % {"n": units})
        said = ngettext(
            "%(n)s effective tag policy was stored anew.",
            "%(n)s effective tag policies were stored anew.",
            policies,
        )
        lines.insert(1, said % {"n": policies})
        lines += result["refused"]
    if run.kind == CareKind.EVENTS and result:
        said = ngettext("%(n)s event.", "%(n)s events.", result["events"])
        lines = [said % {"n": result["events"]}, *result["problems"]]
    if run.kind == CareKind.ROTATION and result:
        count = sum(result["resealed"].values())
        said = ngettext("%(n)s secret was sealed anew.", "%(n)s secrets were sealed anew.", count)
        lines = [said % {"n": count}, *result["unreadable_owners"]]
    if run.holds:
        lines.append(gettext("All is well."))
    return lines


def _repairs(act: str, organization_ids: list[str]) -> list[tuple[str, str]]:
    """Organizations, and where each is repaired."""
    name = f"admin:orgs_organization_{act}"
    return [(one, reverse(name, args=[one])) for one in organization_ids]
