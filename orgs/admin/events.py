"""The audit trail of the installation, newest first."""

from typing import Any

from django.contrib.admin import display, register
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from orgs import events
from orgs.admin.reading import (
    NOTHING,
    AccountFilter,
    ChoiceFilter,
    DaysFilter,
    IdFilter,
    LongListAdmin,
    OrganizationFilter,
    link,
    moment,
)
from orgs.admin.site import site
from orgs.models import Event, EventTarget
from orgs.queries.events import changed_facts
from orgs.queries.organizations import number_of

TARGETS_SHOWN = 100  # of one event; an import names thousands
PAGES = {
    "organization": "organization",
    "root": "organizationalunit",
    "organizational_unit": "organizationalunit",
    "account": "account",
    "user": "user",
    "handshake": "invitation",
    "account_status": "creationrequest",
}


class KindFilter(ChoiceFilter):
    """Of one kind."""

    title = _("event")
    parameter_name = column = "kind"
    known = events.Kind.choices


class ActorFilter(IdFilter):
    """By one user."""

    title = _("user name of the actor")
    parameter_name = "actor"
    column = "actor_username"


class OperatorFilter(ChoiceFilter):
    """By operators, or by users of accounts."""

    title = _("by an operator")
    parameter_name = "by_operator"
    known = (("yes", _("Yes")), ("no", _("No")))
    conditions = {"yes": Q(is_operator=True), "no": Q(is_operator=False)}


@register(Event, site=site)
class EventAdmin(LongListAdmin):
    """Every event. They are never altered; a run of care proves their chains."""

    list_display = (
        "kind_label",
        moment("at", _("time")),
        "what",
        "stream_link",
        "number",
        "actor",
        "source_address",
    )
    list_filter = (
        OrganizationFilter,
        AccountFilter,
        KindFilter,
        ActorFilter,
        OperatorFilter,
        ("at", DaysFilter),
    )
    search_help_text = _("The id of what was touched, a request id, or the user name of an actor")
    ordering = ("-pk",)  # as they were written; by time there is no index
    sortable_by = ()
    fieldsets = (
        (
            None,
            {"fields": ("kind_label", "at", "stream_link", "number", "details", "hash_in_words")},
        ),
        (
            _("Actor"),
            {
                "fields": (
                    "actor",
                    "actor_account",
                    "home_account",
                    "is_operator",
                    "source_address",
                    "request_id",
                )
            },
        ),
        (_("What it touched"), {"fields": ("targets_told",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        """With its stream, its first target and how many there are."""
        found: QuerySet[Event] = super().get_queryset(request)
        targets = EventTarget.objects.filter(event=OuterRef("pk"))
        return found.select_related("organization", "account").annotate(
            first_name=Subquery(targets.order_by("place").values("entity_name")[:1]),
            target_count=number_of(targets),
        )

    def search_for(self, term: str) -> Q:
        """Entity, request or actor."""
        touched = EventTarget.objects.filter(entity_id=term).values("event")
        return Q(request_id=term) | Q(actor_username=term) | Q(pk__in=touched)

    @display(description=_("event"))
    def kind_label(self, event: Event) -> str:
        """What it is called; one that is no longer known keeps its stored name."""
        return str(dict(events.Kind.choices).get(event.kind, event.kind))

    @display(description=_("hash"))
    def hash_in_words(self, event: Event) -> str:
        """Over the event and the hash before it; in parts, so that it fits a narrow page."""
        parts = [event.hash[start : start + 8] for start in range(0, len(event.hash), 8)]
        return " ".join(parts)

    @display(description=_("what"))
    def what(self, event: Any) -> str:
        """The first thing that it touched, and how many more."""
        if event.target_count <= 1:
            return event.first_name or NOTHING
        more = event.target_count - 1
        told = ngettext("%(first)s and %(n)s more", "%(first)s and %(n)s more", more)
        return told % {"first": event.first_name, "n": more}

    @display(description=_("in"))
    def stream_link(self, event: Event) -> str:
        """The organization, or the account that stood alone."""
        if event.organization_id is not None:
            return link("organization", event.organization_id, event.organization)
        return link("account", event.account_id, event.account)

    @display(description=_("actor"))
    def actor(self, event: Event) -> str:
        """Who, as it was called then."""
        if event.is_operator:
            return gettext("%(name)s, operator") % {"name": event.actor_username}
        return event.actor_username or NOTHING

    @display(description=_("account of the actor"))
    def actor_account(self, event: Event) -> str:
        """As it was called then."""
        if not event.actor_account_id:
            return NOTHING
        return link("account", event.actor_account_id, event.actor_account_name)

    @display(description=_("entered from account"))
    def home_account(self, event: Event) -> str:
        """Whose user it was, where the account was entered from another one."""
        if not event.home_account_id:
            return NOTHING
        return link("account", event.home_account_id, event.home_account_name)

    @display(description=_("targets"))
    def targets_told(self, event: Any) -> str:
        """The first hundred: which, where, and what changed."""
        rows = event.targets.order_by("place")[:TARGETS_SHOWN]
        left = event.target_count - TARGETS_SHOWN
        more = gettext("and %(n)s more") % {"n": left} if left > 0 else ""
        items = format_html_join("", "<li>{}</li>", ((_target(row),) for row in rows))
        return format_html('<ul class="flex flex-col gap-2">{}</ul>{}', items, more)


def _target(target: EventTarget) -> str:
    """One thing with its place and the facts that changed."""
    page = PAGES.get(target.entity_type)
    name = link(page, target.entity_id, target.entity_name) if page else target.entity_name
    facts = [
        (fact.name, _as_text(fact.before), _as_text(fact.after))
        for fact in changed_facts(target.before, target.after)
    ]
    place = " / ".join(target.path)
    return format_html(
        "{} <span>{} {}</span>{}",
        name,
        target.entity_type,
        f"· {place}" if place else "",
        format_html_join("", "<br>{}: {} → {}", facts),
    )


def _as_text(value: object) -> str:
    if value is None or value == "":
        return NOTHING
    return " / ".join(str(step) for step in value) if isinstance(value, list) else str(value)
