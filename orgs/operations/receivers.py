"""Receivers of e-mails: they say yes, and no, by a link that only their address was sent. (ours)

They have no sign-in here; the link is the proof. Nobody else is written down for it than the subscription.
"""

from django.utils import timezone

from orgs import events
from orgs.actor import Actor
from orgs.models import Subscription, SubscriptionState
from orgs.operations.change import system_change
from orgs.operations.subscriptions import facts_of
from orgs.queries.receivers import Received, Standing, get_received, judge
from orgs.receiver_links import Page


def confirm_subscription(*, signed: str) -> Received:
    """Begin to send e-mails to whoever holds the link, who wants them; how the link stands afterwards.

    A link that is not open changes nothing, so confirming twice is confirming once.

    Raises:
        OrganizationNotFound: it was deleted a moment ago.
        ConcurrentModification.
    """
    received = get_received(page=Page.CONFIRM, signed=signed)
    link, found = received.link, received.subscription
    if received.standing != Standing.OPEN or link is None or found is None:
        return received
    with system_change(found.organization_id) as organization:
        found = organization.subscriptions.filter(pk=found.pk).first()
        received = judge(link, found)
        if received.standing != Standing.OPEN or found is None:
            return received
        before = facts_of(found)
        found.confirmed_at, found.failing_since = timezone.now(), None
        if found.state == SubscriptionState.UNCONFIRMED:
            found.state = SubscriptionState.ACTIVE
        found.save(update_fields=["confirmed_at", "failing_since", "state"])
        about = events.of_subscription(found, before=before, after=facts_of(found))
        events.record(Actor.system(), organization, events.Kind.SUBSCRIPTION_CONFIRMED, [about])
        return judge(link, found)


def unsubscribe(*, signed: str) -> Received:
    """Send nothing any more to whoever holds the link; how the link stands afterwards.

    Nobody switches the subscription on again, and a link of before does not confirm it any more.

    Raises:
        OrganizationNotFound: it was deleted a moment ago.
        ConcurrentModification.
    """
    received = get_received(page=Page.UNSUBSCRIBE, signed=signed)
    link, found = received.link, received.subscription
    if received.standing != Standing.OPEN or link is None or found is None:
        return received
    if found.organization.deleted_at is not None:
        return _unsubscribe_last_mails(found)
    with system_change(found.organization_id) as organization:
        found = organization.subscriptions.filter(pk=found.pk).first()
        received = judge(link, found)
        if received.standing != Standing.OPEN or found is None:
            return received
        before = facts_of(found)
        found.confirmed_at, found.state = None, SubscriptionState.UNSUBSCRIBED
        found.save(update_fields=["confirmed_at", "state"])
        about = events.of_subscription(found, before=before, after=facts_of(found))
        events.record(Actor.system(), organization, events.Kind.SUBSCRIPTION_UNSUBSCRIBED, [about])
        return judge(link, found)


def _unsubscribe_last_mails(subscription: Subscription) -> Received:
    """Of an organization that is deleted nothing is recorded any more; what it still tells is held back."""
    Subscription.objects.filter(pk=subscription.pk).update(
        confirmed_at=None, state=SubscriptionState.UNSUBSCRIBED
    )
    return Received(standing=Standing.DONE)
