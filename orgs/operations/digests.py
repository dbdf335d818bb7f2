"""Digests: e-mails beyond so many an hour, gathered in one. (ours)

Nothing is locked. What is to wait is marked first and looks for an open digest then; a digest is closed first
and takes what is marked then. So each is taken by one of them, whoever comes when; a digest that finds
nothing left is none.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from orgs.models import Channel, Delivery, DeliveryState, Purpose, Subscription

WITHIN = timedelta(hours=1)


def has_to_wait(subscription: Subscription, delivery: Delivery) -> bool:
    """Whether so much was mailed to the subscription within an hour that this event has to wait.

    It is counted before it is sent, so that workers at the same time count each other; where others wait
    already, it does not pass them by.
    """
    if subscription.channel != Channel.EMAIL or delivery.purpose != Purpose.EVENT:
        return False
    if open_digest(subscription) is not None:
        return True
    now = timezone.now()
    Delivery.objects.filter(pk=delivery.pk).update(mailed_at=now)
    mailed = Delivery.objects.filter(subscription=subscription, mailed_at__gt=now - WITHIN)
    return mailed.count() > settings.SUBSCRIPTION_MAILS


def gather(subscription: Subscription, delivery: Delivery) -> Delivery | None:
    """Let the event wait; the digest that it will be in, where it is a new one that nobody waits for yet."""
    Delivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.GATHERED, mailed_at=None)
    if open_digest(subscription) is not None:
        return None
    now = timezone.now()
    return Delivery.objects.create(
        organization_id=delivery.organization_id,
        subscription=subscription,
        purpose=Purpose.DIGEST,
        created_at=now,
        due_at=_next_room(subscription),
    )


def open_digest(subscription: Subscription) -> Delivery | None:
    """The digest that still takes events in, if there is one."""
    return Delivery.objects.filter(
        subscription=subscription,
        purpose=Purpose.DIGEST,
        state=DeliveryState.WAITING,
        attempts=0,
    ).first()


def close(digest: Delivery) -> bool:
    """Take in all that waits, for good; False where another worker did, or where nothing is left."""
    closed = Delivery.objects.filter(
        pk=digest.pk, state=DeliveryState.WAITING, attempts=digest.attempts
    ).update(attempts=digest.attempts + 1, mailed_at=timezone.now())
    if not closed:
        return False
    Delivery.objects.filter(
        subscription=digest.subscription_id, state=DeliveryState.GATHERED
    ).update(digest=digest)
    if digest.gathered.exists():
        return True
    digest.delete()
    return False


def _next_room(subscription: Subscription) -> datetime:
    """When one more e-mail fits into the hour."""
    now, limit = timezone.now(), settings.SUBSCRIPTION_MAILS
    mailed = Delivery.objects.filter(subscription=subscription, mailed_at__gt=now - WITHIN)
    newest = list(mailed.order_by("-mailed_at").values_list("mailed_at", flat=True)[:limit])
    return newest[-1] + WITHIN if len(newest) == limit and newest[-1] else now
