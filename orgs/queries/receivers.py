"""What a link in an e-mail leads to, for whoever holds it: no sign-in, and nothing beyond its own e-mails."""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils import timezone

from orgs import receiver_links
from orgs.models import Subscription, SubscriptionState
from orgs.receiver_links import Link, Page


class Standing(TextChoices):
    """What can be done with a link."""

    OPEN = "open"  # what it is for can be done
    DONE = "done"  # it was done
    EXPIRED = "expired"
    GONE = "gone"  # there is no such subscription of that address any more, or it was unsubscribed
    INVALID = "invalid"  # no link of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A link, how it stands, and the subscription of the address that it was sent to, if there is one."""

    standing: Standing
    link: Link | None = None
    subscription: Subscription | None = None


def get_received(*, page: Page, signed: str) -> Received:
    """How the link with that signed part stands. One statement, and none for what is no link of ours."""
    link = receiver_links.read(page, signed)
    if link is None:
        return Received(standing=Standing.INVALID)
    found = Subscription.objects.select_related("organization").filter(pk=link.subscription_id)
    return judge(link, found.first())


def judge(link: Link, subscription: Subscription | None) -> Received:
    """How a link stands beside the subscription that it names; one to another address by now is none."""
    found = subscription if subscription is not None and link.is_of(subscription) else None
    is_question = link.page == Page.CONFIRM
    standing = _of_question(link, found) if is_question else _of_unsubscribing(found)
    return Received(standing=standing, link=link, subscription=found)


def _of_question(link: Link, found: Subscription | None) -> Standing:
    if found is None or found.state == SubscriptionState.UNSUBSCRIBED:
        return Standing.GONE
    if found.confirmed_at is not None:
        return Standing.DONE
    if found.organization.deleted_at is not None:
        return Standing.GONE
    is_over = link.expires_at is None or link.expires_at <= timezone.now()
    return Standing.EXPIRED if is_over else Standing.OPEN


def _of_unsubscribing(found: Subscription | None) -> Standing:
    """What is gone is not sent either: nobody is told which of the two it is."""
    is_over = found is None or found.state == SubscriptionState.UNSUBSCRIBED
    return Standing.DONE if is_over else Standing.OPEN
