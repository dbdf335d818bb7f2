"""Deliveries: which subscriptions an event goes to, and how it gets there. (ours)

What is to be sent is written in the transaction of the change. It is sent by jobs, at least once: who
receives knows a repetition by the id of the delivery.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q
from django.utils import timezone

from orgs import events, key_ring, outgoing
from orgs.models import (
    Account,
    Channel,
    Delivery,
    DeliveryState,
    Event,
    EventTarget,
    OrganizationalUnit,
    Purpose,
    Subscription,
    SubscriptionState,
)
from orgs.operations import digests, subscription_mails
from orgs.operations.subscriptions import pause_subscription

PAUSES = [
    timedelta(seconds=seconds) for seconds in (10, 60, 300, 1_800, 7_200, 21_600, 43_200)
]  # before the second attempt, the third and so on: some 24 hours in all
TARGETS_SENT = 20
BODY_LIMIT = 64 * 1024
SIGNATURE_HEADER = "Banyan-Signature"
# Of a subscription itself: who is told of all events is not told that it is told.
NOT_TOLD = frozenset({events.Kind.SUBSCRIPTION_TESTED, events.Kind.DELIVERY_REPEATED})
# What an event says of places beside the entities it touched.
PLACES_IN_FACTS = ("parent_id", "attached_to")


def add_deliveries(event: Event, targets: Sequence[EventTarget]) -> list[int]:
    """Note for each subscription that the event concerns that it is to be sent; in the change's transaction.

    An event concerns a unit when it touched the unit or something below it, or moved something out of there.
    Returns the ids.
    """
    organization = event.organization
    if organization is None or not organization.has_subscriptions or event.kind in NOT_TOLD:
        return []
    wanting = [
        subscription
        for subscription in Subscription.objects.filter(
            organization=organization, state=SubscriptionState.ACTIVE
        ).only("unit", "kinds")
        if not subscription.kinds or event.kind in subscription.kinds
    ]
    if any(subscription.unit_id for subscription in wanting):
        places = _places(organization.pk, targets)
        wanting = [one for one in wanting if one.unit_id is None or one.unit_id in places]
    now = timezone.now()
    made = Delivery.objects.bulk_create(
        Delivery(
            organization=organization,
            subscription=subscription,
            event=event,
            created_at=now,
            due_at=now,
        )
        for subscription in wanting
    )
    return [delivery.pk for delivery in made]


def deliver(delivery_id: str) -> Delivery | None:
    """Send what waits; a job.

    Returns what is to be sent when it is due: the same again, or the digest that it waits for now; None when
    it has arrived, was given up, or is no more.
    """
    unsent = [DeliveryState.WAITING, DeliveryState.GATHERED]
    found = Delivery.objects.filter(pk=delivery_id, state__in=unsent)
    delivery = found.select_related("subscription", "event").first()
    if delivery is None:
        return None
    subscription = delivery.subscription
    if delivery.state == DeliveryState.GATHERED:
        # The worker died before the digest had a job; a second one does no harm.
        return digests.open_digest(subscription)
    if delivery.due_at > timezone.now():
        return delivery
    if not _is_still_wanted(subscription, delivery):
        _give_up(delivery, problem=str(subscription.get_state_display()))
        return None
    return _send(subscription, delivery)


def fail_delivery(delivery_id: str) -> None:
    """Note that nothing more is tried: the job was given up."""
    found = Delivery.objects.filter(pk=delivery_id, state=DeliveryState.WAITING).first()
    if found is not None:
        _give_up(found, problem="given up")


def purge_deliveries(*, made_before: datetime) -> int:
    """Forget deliveries that were made before that time; returns how many."""
    deleted, _by_kind = Delivery.objects.filter(created_at__lt=made_before).delete()
    return deleted


def sign(body: bytes, *, secret: str, at: int) -> str:
    """The header that proves that a body is from here: HMAC-SHA256 over the time, a dot and the body.

    `at` are the seconds since 1970. Who receives refuses what was signed long ago.
    """
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={mac}"


def body_of(delivery: Delivery) -> bytes:
    """What is sent of an event: bounded, the first targets, and without their facts where those are long."""
    event = delivery.event
    if event is None:
        return _json(_head(delivery) | {"type": "test"})
    targets = list(event.targets.order_by("place")[:TARGETS_SENT])
    told = _head(delivery) | {
        "type": event.kind,
        "number": event.number,
        "at": event.at.astimezone(UTC).isoformat(),
        "request_id": event.request_id,
        "source_address": event.source_address,
        "actor": {
            "account_id": event.actor_account_id,
            "account_name": event.actor_account_name,
            "username": event.actor_username,
            "is_operator": event.is_operator,
        },
        "target_count": event.targets.count(),
        "hash": event.hash,
    }
    body = _json(told | {"targets": [_target(target) for target in targets], "is_cut": False})
    if len(body) <= BODY_LIMIT:
        return body
    short = [_target(target, with_facts=False) for target in targets]
    return _json(told | {"targets": short, "is_cut": True})


def _send(subscription: Subscription, delivery: Delivery) -> Delivery | None:
    if digests.has_to_wait(subscription, delivery):
        return digests.gather(subscription, delivery)
    if delivery.purpose == Purpose.DIGEST and not digests.close(delivery):
        return None
    result = _attempt(subscription, delivery)
    _keep(delivery, result)
    if not result["problem"]:
        delivery.gathered.update(state=DeliveryState.DELIVERED)
        Subscription.objects.filter(pk=subscription.pk).exclude(failing_since=None).update(
            failing_since=None
        )
        return None
    return None if delivery.purpose == Purpose.TEST else _after_failure(subscription, delivery)


def _give_up(delivery: Delivery, *, problem: str) -> None:
    """It fails, and with a digest all that waits for one."""
    lost = Q(pk=delivery.pk)
    if delivery.purpose == Purpose.DIGEST:
        lost |= Q(subscription=delivery.subscription_id, state=DeliveryState.GATHERED)
    Delivery.objects.filter(lost).update(state=DeliveryState.FAILED, problem=problem)


def _is_still_wanted(subscription: Subscription, delivery: Delivery) -> bool:
    """Whether it is sent: before its receiver confirms an address gets that question and nothing else."""
    if delivery.purpose == Purpose.CONFIRMATION:
        return subscription.state == SubscriptionState.UNCONFIRMED
    if subscription.channel == Channel.EMAIL and subscription.confirmed_at is None:
        return False
    return delivery.purpose == Purpose.TEST or subscription.state == SubscriptionState.ACTIVE


def _after_failure(subscription: Subscription, delivery: Delivery) -> Delivery | None:
    now = timezone.now()
    active = Subscription.objects.filter(pk=subscription.pk)
    active.filter(failing_since=None).update(failing_since=now)
    pause_subscription(
        subscription_id=subscription.pk, failing_before=now - settings.SUBSCRIPTION_PATIENCE
    )
    if delivery.attempts >= len(PAUSES):
        Delivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.FAILED)
        delivery.gathered.filter(state=DeliveryState.GATHERED).update(state=DeliveryState.FAILED)
        return None
    delivery.due_at = now + PAUSES[delivery.attempts]
    Delivery.objects.filter(pk=delivery.pk).update(due_at=delivery.due_at)
    return delivery


def _keep(delivery: Delivery, result: Mapping[str, Any]) -> None:
    """The log of an attempt. A test has only one; what failed waits for the next, if there is one."""
    is_over = not result["problem"] or delivery.purpose == Purpose.TEST
    state = DeliveryState.FAILED if result["problem"] else DeliveryState.DELIVERED
    Delivery.objects.filter(pk=delivery.pk).update(
        **result,
        state=state if is_over else DeliveryState.WAITING,
        attempts=delivery.attempts + 1,
        attempted_at=timezone.now(),
    )


def _attempt(subscription: Subscription, delivery: Delivery) -> dict[str, Any]:
    told: dict[str, Any] = {"status": None, "duration_ms": None, "answer": "", "problem": ""}
    began = time.monotonic()
    try:
        if subscription.channel == Channel.EMAIL:
            subscription_mails.send(subscription, delivery)
            return told | {"duration_ms": round((time.monotonic() - began) * 1000)}
        answer = _post(subscription, delivery)
    except (outgoing.Unreachable, OSError, key_ring.SecretUnreadable) as error:
        problem = f"{type(error).__name__}: {error}"
        if isinstance(error, outgoing.Unreachable):
            problem = str(error)
        duration = round((time.monotonic() - began) * 1000)
        return told | {"duration_ms": duration, "problem": _plain(problem)[:200]}
    return {
        "status": answer.status,
        "duration_ms": answer.duration_ms,
        "answer": _plain(answer.beginning),
        # A redirect is no arrival: it is not followed.
        "problem": "" if 200 <= answer.status < 300 else f"answered {answer.status}",  # noqa: PLR2004  (HTTP's)
    }


def _post(subscription: Subscription, delivery: Delivery) -> outgoing.Answer:
    body = body_of(delivery)
    secret = key_ring.unseal(
        bytes(subscription.sealed_secret or b""), owner=subscription.pk, ring=settings.KEY_RING
    )
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Banyan",
        "Banyan-Delivery": str(delivery.pk),
        "Banyan-Event": delivery.event.kind if delivery.event else "test",
        SIGNATURE_HEADER: sign(body, secret=secret, at=int(timezone.now().timestamp())),
    }
    return outgoing.post(
        subscription.target,
        body,
        headers,
        allow_private=settings.WEBHOOKS_TO_PRIVATE_ADDRESSES,
        seconds=settings.WEBHOOK_PATIENCE.total_seconds(),
    )


def _head(delivery: Delivery) -> dict[str, Any]:
    return {
        "delivery_id": delivery.pk,
        "subscription_id": delivery.subscription_id,
        "organization_id": delivery.organization_id,
    }


def _target(target: EventTarget, *, with_facts: bool = True) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": target.entity_type,
        "id": target.entity_id,
        "name": target.entity_name,
        "path": target.path,
    }
    return told | ({"before": target.before, "after": target.after} if with_facts else {})


def _json(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False).encode()


def _plain(text: str) -> str:
    """What somebody else's server says, as a database takes it."""
    return "".join(one if one.isprintable() else " " for one in text)


def _places(organization_id: str, targets: Sequence[EventTarget]) -> set[str]:
    """The ids of all units that what was touched is in, or was in, up to the root."""
    said: set[str] = set()
    for target in targets:
        said.add(target.entity_id)
        for facts in (target.before, target.after):
            said.update(str((facts or {}).get(name, "")) for name in PLACES_IN_FACTS)
    units = OrganizationalUnit.objects.filter(organization=organization_id).order_by()
    parents: dict[str, str | None] = dict(units.values_list("pk", "parent_id"))
    accounts = Account.objects.filter(organization=organization_id, pk__in=said - parents.keys())
    said.update(str(unit) for unit in accounts.values_list("unit_id", flat=True))
    places: set[str] = set()
    for place in said:
        above: str | None = place
        while above is not None and above in parents and above not in places:
            places.add(above)
            above = parents[above]
    return places
