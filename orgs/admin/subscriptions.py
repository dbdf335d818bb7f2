"""Who is told of what happens: subscriptions of organizations, and what became of what was sent."""

from django.contrib.admin import display, register
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orgs.admin.reading import (
    ChoiceFilter,
    DaysFilter,
    IdFilter,
    LongListAdmin,
    OrganizationFilter,
    ReadOnlyAdmin,
    link,
    list_link,
    moment,
    organization_link,
)
from orgs.admin.site import site
from orgs.models import Channel, Delivery, DeliveryState, Subscription, SubscriptionState


class ChannelFilter(ChoiceFilter):
    """By webhook or by e-mail."""

    title = _("channel")
    parameter_name = column = "channel"
    known = Channel.choices


class SubscriptionStateFilter(ChoiceFilter):
    """Whether they are served."""

    title = _("state")
    parameter_name = column = "state"
    known = SubscriptionState.choices


class DeliveryStateFilter(ChoiceFilter):
    """What became of them."""

    title = _("state")
    parameter_name = column = "state"
    known = DeliveryState.choices


class SubscriptionFilter(IdFilter):
    """To one subscription."""

    title = _("id of the subscription")
    parameter_name = column = "subscription"


@register(Subscription, site=site)
class SubscriptionAdmin(ReadOnlyAdmin):
    """Every subscription: its own organization makes, changes and deletes it."""

    list_display = (
        "name",
        organization_link,
        "channel",
        "target",
        "state",
        moment("failing_since", _("failing since")),
        moment("created_at", _("created")),
    )
    list_select_related = ("organization", "unit")
    list_filter = (
        SubscriptionStateFilter,
        ChannelFilter,
        OrganizationFilter,
        ("created_at", DaysFilter),
    )
    search_help_text = _("The name, the address or the id")
    ordering = ("-created_at", "-pk")
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("name", organization_link, "unit_link", "channel", "target")}),
        (None, {"fields": ("state", "language", "told_of", "deliveries")}),
        (_("Times"), {"fields": ("created_at", "confirmed_at", "failing_since")}),
    )

    def search_for(self, term: str) -> Q:
        """Name, address or id."""
        return Q(name=term) | Q(target=term) | Q(pk=term)

    @display(description=_("unit"))
    def unit_link(self, subscription: Subscription) -> str:
        """Of what is below it; without one, of the whole organization."""
        return link("organizationalunit", subscription.unit_id, subscription.unit or "")

    @display(description=_("events"))
    def told_of(self, subscription: Subscription) -> str:
        """The kinds that it is told of; every one where it names none."""
        return ", ".join(subscription.kinds) or gettext("All events")

    @display(description=_("deliveries"))
    def deliveries(self, subscription: Subscription) -> str:
        """The list of what was sent to it."""
        return list_link("delivery", _("Deliveries"), subscription=subscription.pk)


@register(Delivery, site=site)
class DeliveryAdmin(LongListAdmin):
    """What was sent or waits to be, newest first, until it is forgotten."""

    list_display = (
        "number",
        moment("created_at", _("created")),
        "subscription_link",
        "purpose",
        "state",
        "attempts",
        "status",
        "problem",
        organization_link,
    )
    list_select_related = ("organization", "subscription")
    list_filter = (DeliveryStateFilter, SubscriptionFilter, ("created_at", DaysFilter))
    search_help_text = _("The id of the subscription")
    ordering = ("-pk",)
    sortable_by = ()
    fieldsets = (
        (None, {"fields": (organization_link, "subscription_link", "event_link", "purpose")}),
        (None, {"fields": ("state", "attempts", "status", "duration_ms", "answer", "problem")}),
        (_("Times"), {"fields": ("created_at", "due_at", "attempted_at", "mailed_at")}),
    )

    def search_for(self, term: str) -> Q:
        """The subscription."""
        return Q(subscription=term)

    @display(description=_("number"))
    def number(self, delivery: Delivery) -> int:
        """What the log calls it."""
        return delivery.pk

    @display(description=_("subscription"))
    def subscription_link(self, delivery: Delivery) -> str:
        """To whom."""
        return link("subscription", delivery.subscription_id, delivery.subscription)

    @display(description=_("event"))
    def event_link(self, delivery: Delivery) -> str:
        """What it tells of; a test, a question or a summary tells of none."""
        return link("event", delivery.event_id, delivery.event_id)
