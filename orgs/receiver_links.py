"""Links that e-mails of a subscription carry: whoever holds one got it at that address. (ours)

They are signed, so that nothing has to be looked up to refuse one that is not ours, and name the
subscription, the address (by a fingerprint: links end up in logs) and, where they run out, when.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.core import signing
from django.db.models import TextChoices
from django.utils.crypto import salted_hmac

from orgs.models import Subscription

SALT = "orgs.receiver_links"
LONGEST = 200  # of a link's signed part, in characters
FINGERPRINT = 16  # hexadecimal digits


class Page(TextChoices):
    """What a link leads to; one for the one page is none for the other."""

    CONFIRM = "confirm"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Link:
    """What a link that is ours says."""

    page: Page
    subscription_id: str
    fingerprint: str
    expires_at: datetime | None

    def is_of(self, subscription: Subscription) -> bool:
        """Whether the subscription still goes to the address that got the link."""
        keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        return any(self.fingerprint == _fingerprint(subscription, key) for key in keys)


def write(page: Page, subscription: Subscription, *, expires_at: datetime | None = None) -> str:
    """The whole address of a page, for the receiver of that subscription alone.

    `settings.SITE_ADDRESS` has to be set.
    """
    until = "" if expires_at is None else str(int(expires_at.timestamp()))
    signed = _signer(page).sign(
        f"{subscription.pk}.{_fingerprint(subscription, settings.SECRET_KEY)}.{until}"
    )
    return f"{settings.SITE_ADDRESS.rstrip('/')}/mail/{page}/{signed}/"


def read(page: Page, signed: str) -> Link | None:
    """What the signed part of a link says, also where it ran out; None where it is not ours."""
    if len(signed) > LONGEST:
        return None
    try:
        said = _signer(page).unsign(signed)
    except signing.BadSignature:
        return None
    subscription_id, fingerprint, until = said.split(".")
    expires_at = datetime.fromtimestamp(int(until), UTC) if until else None
    return Link(page, subscription_id, fingerprint, expires_at)


def _signer(page: Page) -> signing.Signer:
    return signing.Signer(salt=f"{SALT}.{page}", sep=".")


def _fingerprint(subscription: Subscription, key: str) -> str:
    mac = salted_hmac(SALT, subscription.target, key, algorithm="sha256")
    return mac.hexdigest()[:FINGERPRINT]
