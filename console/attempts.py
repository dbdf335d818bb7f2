"""Tries to sign in: how many there may be, and when the next one may come.

Counted in the shared cache, by allauth, so that all processes count together. The more tries were
wrong, the longer one waits. A name is counted for each address by itself, so nobody can lock out
somebody who signs in from elsewhere. A crowd of addresses is slowed down by a count of the name
alone, which does not hold for browsers in which the user of that name has signed in before.
"""

import math
import time
from datetime import timedelta
from typing import cast

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from console.sessions import address_of
from console.views.errors import too_many

APP = "console"
REMEMBERED_FOR = timedelta(days=180)
RATES = {
    # a user name from one address, and an address with whatever names
    "password": "5/1m/key,10/10m/key,20/1h/key,40/10m/ip",
    # a user name from wherever
    "name": "100/1h/key",
    # a code, once the password was right: at most 60 of a million in a day
    "code": "5/1m/key,20/1h/key,60/1d/key",
}


class Attempt:
    """A try that was counted before it was known to be wrong, so that many at once are counted too."""

    def __init__(self, *usages: ratelimit.RateLimitUsage) -> None:
        self._usages = usages

    def succeeded(self) -> None:
        """It was right, so it does not count. Those before it do."""
        for usage in self._usages:
            usage.rollback()


def of_password(request: HttpRequest, username: str) -> Attempt:
    """Count a try of a password.

    Raises:
        ImmediateHttpResponse: there were too many; the answer says when to try again.
    """
    name = _one_spelling(username)
    usages = [_count(request, "password", f"{address_of(request)} {name}")]
    if not _is_known(request, name):
        usages.append(_count(request, "name", name))
    return Attempt(*usages)


def remember_browser(response: HttpResponse, username: str) -> None:
    """Leave in the browser that this user has signed in there, in a way that nobody else can write."""
    response.set_cookie(
        settings.KNOWN_COOKIE_NAME,
        _proof(_one_spelling(username)),
        max_age=REMEMBERED_FOR,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def of_code(request: HttpRequest, user_id: int) -> Attempt:
    """Count a try of a second factor, or of a recovery code in its place.

    Raises:
        ImmediateHttpResponse: there were too many; the answer says when to try again.
    """
    return Attempt(_count(request, "code", str(user_id)))


def _one_spelling(username: str) -> str:
    """What is counted as one name: the database finds it in any case, PostgreSQL a dotless i as an i."""
    return username.strip().upper().casefold()


def _is_known(request: HttpRequest, name: str) -> bool:
    kept = request.COOKIES.get(settings.KNOWN_COOKIE_NAME, "")
    return constant_time_compare(kept, _proof(name))


def _proof(name: str) -> str:
    return salted_hmac("console.attempts", name, algorithm="sha256").hexdigest()


def _count(request: HttpRequest, action: str, key: str) -> ratelimit.RateLimitUsage:
    usage = ratelimit.consume(request, app=APP, action=action, config=RATES, key=key)
    if usage is None:
        raise ImmediateHttpResponse(too_many(request, _wait(request, action, key)))
    return usage


def _wait(request: HttpRequest, action: str, key: str) -> timedelta:
    """How long until the oldest try that is in the way is forgotten; a second at least."""
    seconds = 1.0
    for rate in ratelimit.get_rates(app=APP, action=action, config=RATES):
        at = ratelimit.get_cache_key(request, app=APP, action=action, rate=rate, key=key)
        tries = cast(list[float], cache.get(at, []))
        if len(tries) >= rate.amount:
            seconds = max(seconds, tries[rate.amount - 1] + rate.duration - time.time())
    return timedelta(seconds=math.ceil(seconds))
