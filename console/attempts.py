"""Tries to sign in: how many there may be, and when the next one may come.

Counted in the shared cache, by allauth, so that all processes count together. The more tries were
wrong, the longer one waits. A name is counted for each address by itself, so nobody can lock out
somebody who signs in from elsewhere.
"""

import math
import time
from datetime import timedelta
from typing import cast

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest

from console.sessions import address_of
from console.views.errors import too_many

APP = "console"
RATES = {
    # a user name from one address, and an address with whatever names
    "password": "5/1m/key,10/10m/key,20/1h/key,40/10m/ip",
    # a code, once the password was right: at most 60 of a million in a day
    "code": "5/1m/key,20/1h/key,60/1d/key",
}


class Attempt:
    """A try that was counted before it was known to be wrong, so that many at once are counted too."""

    def __init__(self, usage: ratelimit.RateLimitUsage) -> None:
        self._usage = usage

    def succeeded(self) -> None:
        """It was right, so it does not count. Those before it do."""
        self._usage.rollback()


def of_password(request: HttpRequest, username: str) -> Attempt:
    """Count a try of a password.

    Raises:
        ImmediateHttpResponse: there were too many; the answer says when to try again.
    """
    # The database finds a name in whatever case, and PostgreSQL a dotless i for an i: one name, one count.
    name = username.strip().upper().casefold()
    return _count(request, "password", f"{address_of(request)} {name}")


def of_code(request: HttpRequest, user_id: int) -> Attempt:
    """Count a try of a second factor, or of a recovery code in its place.

    Raises:
        ImmediateHttpResponse: there were too many; the answer says when to try again.
    """
    return _count(request, "code", str(user_id))


def _count(request: HttpRequest, action: str, key: str) -> Attempt:
    usage = ratelimit.consume(request, app=APP, action=action, config=RATES, key=key)
    if usage is None:
        raise ImmediateHttpResponse(too_many(request, _wait(request, action, key)))
    return Attempt(usage)


def _wait(request: HttpRequest, action: str, key: str) -> timedelta:
    """How long until the oldest try that is in the way is forgotten; a second at least."""
    seconds = 1.0
    for rate in ratelimit.get_rates(app=APP, action=action, config=RATES):
        at = ratelimit.get_cache_key(request, app=APP, action=action, rate=rate, key=key)
        tries = cast(list[float], cache.get(at, []))
        if len(tries) >= rate.amount:
            seconds = max(seconds, tries[rate.amount - 1] + rate.duration - time.time())
    return timedelta(seconds=math.ceil(seconds))
