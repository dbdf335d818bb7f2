"""Links in e-mails, as tests follow them."""

import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.core.mail import EmailMessage
from django.utils import timezone

from orgs import receiver_links
from orgs.models import Subscription
from orgs.receiver_links import Page


def signed_part(link: str) -> str:
    return link.rstrip("/").rpartition("/")[2]


def path_in(mail: EmailMessage, page: Page) -> str:
    """Where the link of that kind in an e-mail leads to on this site."""
    (link,) = re.findall(rf"^https://\S+/mail/{page}/\S+$", str(mail.body), re.MULTILINE)
    return urlsplit(link).path


def question(subscription: Subscription, *, expires_at: datetime | None = None) -> str:
    """The signed part of the link that the subscription's receiver was sent first."""
    until = expires_at or timezone.now() + timedelta(days=1)
    return signed_part(receiver_links.write(Page.CONFIRM, subscription, expires_at=until))


def way_out(subscription: Subscription) -> str:
    """The signed part of the link in each of its e-mails."""
    return signed_part(receiver_links.write(Page.UNSUBSCRIBE, subscription))
