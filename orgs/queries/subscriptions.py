"""Subscriptions to events, and what was sent to them; for those who set them up alone. (ours)"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from orgs import access
from orgs.actor import Actor
from orgs.models import Delivery, DeliveryState, Subscription
from orgs.permissions import Permission
from orgs.queries.organizations import live_organization

PART = 50


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """A subscription, and how its last delivery ended."""

    subscription: Subscription
    last: DeliveryState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionView:
    """A subscription and up to 50 of its deliveries, newest first; `before` asks for the next part."""

    subscription: Subscription
    deliveries: Sequence[Delivery]
    before: int | None
    permissions: frozenset[Permission]


def list_subscriptions(
    *, actor: Actor, permissions: frozenset[Permission]
) -> Sequence[SubscriptionRow]:
    """The subscriptions of the actor's organization, oldest first; none for who may not set them up.

    Addresses may carry secrets of their own, so readers do not see them. One statement.
    """
    if Permission.MANAGE_SUBSCRIPTIONS not in permissions:
        return []
    last = Delivery.objects.filter(subscription=OuterRef("pk")).order_by("-pk")
    rows = Subscription.objects.filter(organization=actor.organization_id).select_related("unit")
    found = rows.annotate(last=Subquery(last.values("state")[:1])).order_by("created_at", "pk")
    return [SubscriptionRow(row, _state(row.__dict__["last"])) for row in found]


def _state(stored: str | None) -> DeliveryState | None:
    return DeliveryState(stored) if stored else None


def get_subscription(
    *, actor: Actor, subscription_id: str, before: int | None = None
) -> SubscriptionView:
    """A subscription with a part of its log; `before` is the delivery that a part ended with.

    Four statements.

    Raises:
        CallerNotInOrganization, NotManagementAccount, PermissionDenied.
        InvalidParameter, SubscriptionNotFound.
    """
    organization = live_organization(actor)
    permissions = access.permissions_of(actor, organization)
    if Permission.MANAGE_SUBSCRIPTIONS not in permissions:
        access.require(actor, Permission.MANAGE_SUBSCRIPTIONS, organization, organization)
    subscription = organization.subscriptions.select_related("unit").find(subscription_id)
    rows = Delivery.objects.filter(subscription=subscription).select_related("event")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PART + 1])
    shown = found[:PART]
    return SubscriptionView(
        subscription=subscription,
        deliveries=shown,
        before=shown[-1].pk if len(found) > PART else None,
        permissions=permissions,
    )
