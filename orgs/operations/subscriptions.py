"""Subscriptions: who outside is told of the organization's events, by webhook or e-mail. (ours)"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from orgs import errors, events, identifiers, key_ring, names, outgoing
from orgs.actor import Actor
from orgs.errors import InvalidParameter, Reason
from orgs.models import (
    AskedReceiver,
    Channel,
    Delivery,
    DeliveryState,
    Organization,
    OrganizationalUnit,
    Purpose,
    Subscription,
    SubscriptionState,
)
from orgs.operations.change import change, system_change
from orgs.permissions import Permission

HIGHEST_ID = 2**63
ASKED_WITHIN = timedelta(hours=24)
ASKED_PER_ADDRESS = 3  # by one organization, within `ASKED_WITHIN`
CHANGED = [
    "name",
    "target",
    "unit",
    "kinds",
    "language",
    "state",
    "confirmed_at",
    "failing_since",
]


def create_subscription(
    *,
    actor: Actor,
    channel: str,
    name: str,
    target: str,
    unit_id: str | None = None,
    kinds: Collection[str] = (),
    language: str | None = None,
) -> tuple[Subscription, str]:
    """Have events told to an address from now on. The second value is a webhook's secret, shown this once.

    Without `unit_id` it is the whole organization's events, else those of the unit and all below it; without
    `kinds` every one. An e-mail address is asked first, in `language` (or the installation's own), and told
    nothing until its reader confirms.

    Raises:
        InvalidParameter: channel, name, target, language, or a kind that is none.
        OuNotFound, SubscriptionQuotaExceeded.
        SiteAddressUnknown, ConfirmationQuotaExceeded, ReceiverAskedTooOften: of an e-mail address.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.
    """
    with change(actor, Permission.MANAGE_SUBSCRIPTIONS) as organization:
        if channel not in Channel.values:
            choices = ", ".join(Channel.values)
            raise InvalidParameter(field="channel", reason=Reason.NOT_A_CHOICE, choices=choices)
        subscription = Subscription(
            id=identifiers.new_subscription_id(),
            organization=organization,
            channel=channel,
            name=names.display_name(name),
            target=_checked_target(channel, target),
            unit=_find_unit(organization, unit_id),
            kinds=_checked_kinds(kinds),
            language=_checked_language(language or settings.LANGUAGE_CODE),
            created_at=timezone.now(),
        )
        limit = int(settings.SUBSCRIPTIONS)
        if organization.subscriptions.count() >= limit:
            raise errors.SubscriptionQuotaExceeded(limit=limit)
        secret = _give_secret(subscription) if channel == Channel.WEBHOOK else ""
        if channel == Channel.EMAIL:
            subscription.state = SubscriptionState.UNCONFIRMED
        subscription.save(force_insert=True)
        asked = _ask_receiver(organization, subscription) if channel == Channel.EMAIL else {}
        if not organization.has_subscriptions:
            organization.has_subscriptions = True
            organization.save(update_fields=["has_subscriptions"])
        made = events.of_subscription(subscription, after=facts_of(subscription))
        events.record(actor, organization, events.Kind.SUBSCRIPTION_CREATED, [made], **asked)
        return subscription, secret


def update_subscription(
    *,
    actor: Actor,
    subscription_id: str,
    name: str | None = None,
    target: str | None = None,
    unit_id: str | None = None,
    kinds: Collection[str] | None = None,
    language: str | None = None,
    is_active: bool | None = None,
) -> Subscription:
    """Change a subscription; what is None stays, and an empty `unit_id` means the whole organization.

    Switched on again, it has as much patience with failures as a new one. What was not sent meanwhile stays
    so. Another e-mail address is asked first, as that of a new subscription is. What changes nothing leaves
    no trace.

    Raises:
        InvalidParameter, SubscriptionNotFound, OuNotFound.
        ReceiverUnsubscribed: it is to be switched, and its receiver has had enough of it.
        SiteAddressUnknown, ConfirmationQuotaExceeded, ReceiverAskedTooOften: an address has to be asked.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.
    """
    with change(actor, Permission.MANAGE_SUBSCRIPTIONS) as organization:
        if is_active is not None and not isinstance(is_active, bool):
            raise InvalidParameter(field="is_active", reason=Reason.NOT_A_FLAG)
        subscription = organization.subscriptions.find(subscription_id)
        before = facts_of(subscription)
        if name is not None:
            subscription.name = names.display_name(name)
        if target is not None:
            _set_target(subscription, _checked_target(subscription.channel, target))
        if unit_id is not None:
            subscription.unit = _find_unit(organization, None if unit_id == "" else unit_id)
        if kinds is not None:
            subscription.kinds = _checked_kinds(kinds)
        if language is not None:
            subscription.language = _checked_language(language)
        if is_active is not None:
            _switch(subscription, is_active=is_active)
        after = facts_of(subscription)
        if after == before:
            return subscription
        subscription.failing_since = None
        subscription.save(update_fields=CHANGED)
        is_new_address = after["target"] != before["target"]
        if is_new_address and subscription.channel == Channel.EMAIL:
            # What waits was meant for somebody else.
            unsent = [DeliveryState.WAITING, DeliveryState.GATHERED]
            waiting = subscription.deliveries.filter(state__in=unsent)
            waiting.update(state=DeliveryState.FAILED, problem="the address was changed")
        is_asked = subscription.state == SubscriptionState.UNCONFIRMED and (
            is_new_address or before["subscription_state"] != subscription.state
        )
        asked = _ask_receiver(organization, subscription) if is_asked else {}
        changed = events.of_subscription(subscription, before=before, after=after)
        events.record(actor, organization, events.Kind.SUBSCRIPTION_UPDATED, [changed], **asked)
        return subscription


def resend_confirmation(*, actor: Actor, subscription_id: str) -> Subscription:
    """Ask the receiver of e-mails once more whether they are wanted.

    Raises:
        InvalidParameter, SubscriptionNotFound.
        ConfirmationNotAwaited: it is confirmed, switched off or unsubscribed, or it is a webhook.
        SiteAddressUnknown, ConfirmationQuotaExceeded, ReceiverAskedTooOften.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.
    """
    with change(actor, Permission.MANAGE_SUBSCRIPTIONS) as organization:
        subscription = organization.subscriptions.find(subscription_id)
        if subscription.state != SubscriptionState.UNCONFIRMED:
            raise errors.ConfirmationNotAwaited(name=subscription.name)
        asked = _ask_receiver(organization, subscription)
        about = events.of_subscription(subscription, before={}, after={})
        kind = events.Kind.CONFIRMATION_SENT_AGAIN
        events.record(actor, organization, kind, [about], **asked)
        return subscription


def delete_subscription(*, actor: Actor, subscription_id: str) -> None:
    """Tell the address nothing any more; what waits is not sent, and the log of what was sent goes too.

    Raises:
        InvalidParameter, SubscriptionNotFound.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.
    """
    with change(actor, Permission.MANAGE_SUBSCRIPTIONS) as organization:
        subscription = organization.subscriptions.find(subscription_id)
        gone = events.of_subscription(subscription, before=facts_of(subscription))
        subscription.delete()
        if not organization.subscriptions.exists():
            organization.has_subscriptions = False
            organization.save(update_fields=["has_subscriptions"])
        events.record(actor, organization, events.Kind.SUBSCRIPTION_DELETED, [gone])


def rotate_subscription_secret(*, actor: Actor, subscription_id: str) -> tuple[Subscription, str]:
    """Give a webhook another secret, shown this once. The old one signs nothing any more at once.

    Raises:
        InvalidParameter, SubscriptionNotFound.
        SubscriptionHasNoSecret: it is one by e-mail.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.
    """
    with change(actor, Permission.MANAGE_SUBSCRIPTIONS) as organization:
        subscription = organization.subscriptions.find(subscription_id)
        if subscription.channel != Channel.WEBHOOK:
            raise errors.SubscriptionHasNoSecret(name=subscription.name)
        secret = _give_secret(subscription)
        subscription.save(update_fields=["sealed_secret"])
        about = events.of_subscription(subscription, before={}, after={})
        events.record(actor, organization, events.Kind.SUBSCRIPTION_SECRET_ROTATED, [about])
        return subscription, secret


def send_test_delivery(*, actor: Actor, subscription_id: str) -> Delivery:
    """Send something to the address, once, so that one sees whether it arrives.

    Raises:
        InvalidParameter, SubscriptionNotFound.
        SubscriptionUnconfirmed: nobody there has said that e-mails are wanted.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.
    """
    with change(actor, Permission.MANAGE_SUBSCRIPTIONS) as organization:
        subscription = organization.subscriptions.find(subscription_id)
        _require_wanted(subscription)
        delivery = _add_delivery(organization, subscription, Purpose.TEST)
        about = events.of_subscription(subscription, before={}, after={})
        kind = events.Kind.SUBSCRIPTION_TESTED
        events.record(actor, organization, kind, [about], delivery=delivery.pk)
        return delivery


def redeliver(*, actor: Actor, subscription_id: str, delivery_id: int) -> Delivery:
    """Send what was sent, or could not be, once more; the receiver knows it by the id of the delivery.

    Raises:
        InvalidParameter, SubscriptionNotFound, DeliveryNotFound.
        DeliveryWaiting: it is on its way already.
        SubscriptionUnconfirmed: nobody there has said that e-mails are wanted.
        ConfirmationNotAwaited: it is the question whether they are, which was answered.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.
    """
    with change(actor, Permission.MANAGE_SUBSCRIPTIONS) as organization:
        subscription = organization.subscriptions.find(subscription_id)
        # What no id can be is not handed to the database.
        is_id = type(delivery_id) is int and 0 < delivery_id < HIGHEST_ID
        found = subscription.deliveries.filter(pk=delivery_id).first() if is_id else None
        if found is None:
            raise errors.DeliveryNotFound(name=subscription.name)
        if found.state in {DeliveryState.WAITING, DeliveryState.GATHERED}:
            raise errors.DeliveryWaiting
        _require_wanted(subscription)
        if found.purpose == Purpose.CONFIRMATION:
            raise errors.ConfirmationNotAwaited(name=subscription.name)
        found.state, found.attempts, found.due_at = DeliveryState.WAITING, 0, timezone.now()
        found.save(update_fields=["state", "attempts", "due_at"])
        about = events.of_subscription(subscription, before={}, after={})
        kind = events.Kind.DELIVERY_REPEATED
        events.record(actor, organization, kind, [about], delivery=found.pk)
        return found


def pause_subscription(*, subscription_id: str, failing_before: datetime) -> None:
    """Send nothing any more to what has failed ever since that time or longer; a person switches it on again.

    Raises:
        OrganizationNotFound, ConcurrentModification.
    """
    failing = Subscription.objects.filter(
        pk=subscription_id, state=SubscriptionState.ACTIVE, failing_since__lte=failing_before
    )
    found = failing.values_list("organization", flat=True).first()
    if found is None:
        return
    with system_change(found) as organization:
        subscription = failing.first()
        if subscription is None:
            return
        before = facts_of(subscription)
        subscription.state = SubscriptionState.PAUSED
        subscription.save(update_fields=["state"])
        about = events.of_subscription(subscription, before=before, after=facts_of(subscription))
        events.record(Actor.system(), organization, events.Kind.SUBSCRIPTION_PAUSED, [about])


def purge_subscriptions(*, deleted_before: datetime) -> int:
    """Forget the subscriptions of organizations that were deleted before that time; returns how many.

    Until then they tell of the deletion.
    """
    ended = Subscription.objects.filter(organization__deleted_at__lt=deleted_before)
    number = ended.count()
    ended.delete()
    return number


def forget_asked_receivers() -> int:
    """Forget whom organizations asked so long ago that it bounds nothing any more; returns how many."""
    deleted, _by_kind = AskedReceiver.objects.filter(
        asked_at__lte=timezone.now() - ASKED_WITHIN
    ).delete()
    return deleted


def facts_of(subscription: Subscription) -> events.Facts:
    """A subscription as events tell of it."""
    facts = {
        "name": subscription.name,
        "channel": subscription.channel,
        "target": subscription.target,
        "unit_id": subscription.unit_id or "",
        "kinds": list(subscription.kinds),
        "subscription_state": subscription.state,
    }
    is_mailed = subscription.channel == Channel.EMAIL
    return facts | ({"language": subscription.language} if is_mailed else {})


def _set_target(subscription: Subscription, target: str) -> None:
    """Another address; whoever reads e-mails there has to confirm, whatever others have said."""
    if target == subscription.target:
        return
    subscription.target = target
    if subscription.channel != Channel.EMAIL:
        return
    subscription.confirmed_at = None
    if subscription.state != SubscriptionState.DISABLED:
        subscription.state = SubscriptionState.UNCONFIRMED


def _switch(subscription: Subscription, *, is_active: bool) -> None:
    """On or off; what nobody has confirmed is not on before somebody does."""
    if subscription.state == SubscriptionState.UNSUBSCRIBED:
        raise errors.ReceiverUnsubscribed(name=subscription.name)
    if not is_active:
        subscription.state = SubscriptionState.DISABLED
    elif _is_wanted(subscription):
        subscription.state = SubscriptionState.ACTIVE
    else:
        subscription.state = SubscriptionState.UNCONFIRMED


def _is_wanted(subscription: Subscription) -> bool:
    return subscription.channel != Channel.EMAIL or subscription.confirmed_at is not None


def _require_wanted(subscription: Subscription) -> None:
    if not _is_wanted(subscription):
        raise errors.SubscriptionUnconfirmed(name=subscription.name)


def _ask_receiver(organization: Organization, subscription: Subscription) -> events.Facts:
    """Have the receiver asked, unless it happens too often; the details for the event, which sends it."""
    if not settings.SITE_ADDRESS:
        raise errors.SiteAddressUnknown
    now, target = timezone.now(), subscription.target.casefold()
    asked = AskedReceiver.objects.filter(organization=organization, asked_at__gt=now - ASKED_WITHIN)
    if asked.count() >= settings.CONFIRMATIONS:
        raise errors.ConfirmationQuotaExceeded(limit=settings.CONFIRMATIONS)
    if asked.filter(target=target).count() >= ASKED_PER_ADDRESS:
        raise errors.ReceiverAskedTooOften(target=subscription.target, limit=ASKED_PER_ADDRESS)
    AskedReceiver.objects.create(organization=organization, target=target, asked_at=now)
    delivery = _add_delivery(organization, subscription, Purpose.CONFIRMATION)
    return {"delivery": delivery.pk}


def _add_delivery(
    organization: Organization, subscription: Subscription, purpose: Purpose
) -> Delivery:
    now = timezone.now()
    return Delivery.objects.create(
        organization=organization,
        subscription=subscription,
        purpose=purpose,
        created_at=now,
        due_at=now,
    )


def _give_secret(subscription: Subscription) -> str:
    secret = identifiers.new_webhook_secret()
    subscription.sealed_secret = key_ring.seal(
        secret, owner=subscription.pk, ring=settings.KEY_RING
    )
    return secret


def _checked_target(channel: str, target: object) -> str:
    if channel == Channel.EMAIL:
        return names.email(target, field="target")
    return outgoing.check_url(
        target,
        allow_http=settings.WEBHOOKS_OVER_HTTP,
        allow_private=settings.WEBHOOKS_TO_PRIVATE_ADDRESSES,
    )


def _checked_language(language: object) -> str:
    known = [code for code, _name in settings.LANGUAGES]
    if not isinstance(language, str) or language not in known:
        choices = ", ".join(known)
        raise InvalidParameter(field="language", reason=Reason.NOT_A_CHOICE, choices=choices)
    return language


def _checked_kinds(kinds: Iterable[object]) -> list[str]:
    """Those kinds, each once, in the order of the list of them."""
    if isinstance(kinds, str) or not isinstance(kinds, Collection):
        raise InvalidParameter(field="kinds", reason=Reason.NOT_TEXT)
    wanted = list(kinds)
    known = events.Kind.values
    if not all(isinstance(kind, str) and kind in known for kind in wanted):
        raise InvalidParameter(field="kinds", reason=Reason.NOT_AN_EVENT)
    return [kind for kind in known if kind in wanted]


def _find_unit(organization: Organization, unit_id: str | None) -> OrganizationalUnit | None:
    if unit_id is None:
        return None
    return organization.find_unit(unit_id, field="unit_id")
