"""E-mails of a subscription: what they say, in its language, and the links by which one gets rid of them.

Each has a link to unsubscribe, and the headers that mail programs make a button of (RFC 8058). (ours)
"""

import email.policy
from collections.abc import Iterator
from datetime import UTC
from email.message import EmailMessage as Written
from email.message import Message
from email.policy import Policy

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from orgs import events, outgoing, receiver_links
from orgs.models import Delivery, Event, EventTarget, Purpose, Subscription
from orgs.receiver_links import Page

LINES = 10  # of what an event touched
SUMMED_UP = 50  # events in a digest that have a line of their own
HEADER_LENGTH = 900  # of a line, in characters; RFC 5322 allows 998


class LinkedMessage(EmailMessage):
    """An e-mail with links in its headers, which are neither folded nor encoded: nobody reads them then."""

    def message(self, *, policy: "Policy[Message] | None" = None) -> Written:
        """The message with long lines."""
        given = policy or email.policy.default
        return super().message(policy=given.clone(max_line_length=HEADER_LENGTH))


def send(subscription: Subscription, delivery: Delivery) -> None:
    """Hand an e-mail to the mail server.

    Raises:
        Unreachable: the installation sends none, or does not know its own address.
        OSError: the mail server did not take it.
    """
    if not settings.MAILS_ARE_SENT:
        raise outgoing.Unreachable("this installation sends no e-mail")
    if not settings.SITE_ADDRESS:
        raise outgoing.Unreachable(
            "ORGS_SITE_ADDRESS is not set: there would be no way to unsubscribe"
        )
    unsubscribe = receiver_links.write(Page.UNSUBSCRIBE, subscription)
    host = (settings.DEFAULT_FROM_EMAIL.rpartition("@")[2] or "localhost").rstrip(">")
    with translation.override(subscription.language):
        LinkedMessage(
            subject=f"[{delivery.organization.name}] {_subject(delivery)}",
            body="\n".join([*_body(subscription, delivery), "", *_end(unsubscribe)]),
            to=[subscription.target],
            headers={
                "Message-ID": f"<delivery.{delivery.pk}@{host}>",
                "List-Unsubscribe": f"<{unsubscribe}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        ).send()


def _subject(delivery: Delivery) -> str:
    if delivery.event is not None:
        return _label(delivery.event)
    if delivery.purpose == Purpose.DIGEST:
        return _("Summary of several events")
    is_question = delivery.purpose == Purpose.CONFIRMATION
    return _("Do you want these e-mails?") if is_question else _("Test")


def _body(subscription: Subscription, delivery: Delivery) -> Iterator[str]:
    if delivery.event is not None:
        return _lines(delivery.event)
    if delivery.purpose == Purpose.CONFIRMATION:
        return _question(subscription, delivery)
    if delivery.purpose == Purpose.DIGEST:
        return _summary(delivery)
    return iter([_("This is how events will reach this address.")])


def _question(subscription: Subscription, delivery: Delivery) -> Iterator[str]:
    expires_at = timezone.now() + settings.CONFIRMATION_LIFETIME
    yield _(
        "An administrator of the organization {name} wants e-mails to be sent to this address when something"
        " is changed there."
    ).format(name=delivery.organization.name)
    yield ""
    yield _("If you want them, open this page until {time} UTC and say so:").format(
        time=expires_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    )
    yield receiver_links.write(Page.CONFIRM, subscription, expires_at=expires_at)
    yield ""
    yield _("If you do not, do nothing: without your yes you get no such e-mail.")


def _summary(digest: Delivery) -> Iterator[str]:
    """One line for each event, up to `SUMMED_UP` of them."""
    count = digest.gathered.count()
    yield _("More happened than is sent one by one. Events in this e-mail: {count}").format(
        count=count
    )
    yield ""
    told = list(digest.gathered.select_related("event").order_by("pk")[:SUMMED_UP])
    happened = [one.event for one in told if one.event is not None]
    found = EventTarget.objects.filter(event__in=happened, place=0)
    names = dict(found.values_list("event", "entity_name"))
    for event in happened:
        at = event.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        yield f"- {at} {_label(event)}: {names.get(event.pk, '')}"
        yield f"  {_address_of(event)}"
    if count > SUMMED_UP:
        yield _("- and {count} more").format(count=count - SUMMED_UP)


def _address_of(event: Event) -> str:
    return f"{settings.SITE_ADDRESS.rstrip('/')}/activity/{event.number}/"


def _lines(event: Event) -> Iterator[str]:
    yield _label(event)
    yield ""
    for target in event.targets.order_by("place")[:LINES]:
        yield f"- {' / '.join([*target.path[:-1], target.entity_name])} ({target.entity_id})"
    more = event.targets.count() - LINES
    if more > 0:
        yield _("- and {count} more").format(count=more)
    yield ""
    yield _("By: {who}").format(
        who=f"{event.actor_username} ({event.actor_account_name})"
        if event.actor_username
        else _("the system")
    )
    yield _("At: {at} UTC").format(at=event.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"))
    yield _("Request: {request_id}").format(request_id=event.request_id)
    yield _address_of(event)


def _end(unsubscribe: str) -> Iterator[str]:
    yield "-- "
    yield _("No more of these e-mails:")
    yield unsubscribe


def _label(event: Event) -> str:
    return str(dict(events.Kind.choices).get(event.kind, event.kind))
