"""Sessions: how long they last, and what is known of each.

Named in the settings as the engine of sessions. A session ends when nobody used it for
`SESSION_IDLE`, and in any case `SESSION_LENGTH` after the sign-in. Both are the date that stands
in the row of the session, which is asked for whenever it is loaded.
"""

import time
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.db.models import DateTimeField
from django.http import HttpRequest
from django.utils import timezone

from orgs import client_address, operations
from orgs.models import User
from orgs.statements import Given, InstanceStatement

STARTED = "started_at"
SEEN = "seen_at"
NOTED_EVERY_SECONDS = 60


class SessionStore(DatabaseStore):
    """Django's, whose sessions do not outlive what the settings say; read by a prepared statement."""

    def get_session_cookie_age(self) -> int:
        """The seconds from now until the session ends, if it is not used again."""
        idle = settings.SESSION_IDLE.total_seconds()
        started = self.get(STARTED)
        if started is None:
            return int(idle)
        left = started + settings.SESSION_LENGTH.total_seconds() - time.time()
        return int(min(idle, left))

    def _get_session_from_db(self) -> Session | None:
        found = _STORED.first(session_key=self.session_key, now=timezone.now())
        if found is None:
            self._session_key = None
        return found


def start(*, request: HttpRequest, user: User, **_signal: Any) -> None:
    """Begin to count, for every way to sign in: called by the signal of Django's `login`."""
    request.session[STARTED] = time.time()
    operations.sessions.forget_ended_sessions(user_id=user.pk)
    note(request, now=True)


def note(request: HttpRequest, *, now: bool = False) -> None:
    """Write down that the session was seen: once a minute, or `now`.

    Saving the session moves its end as well.
    """
    session = getattr(request, "session", None)  # which not every address has
    if session is None or not session.accessed or SESSION_KEY not in session:
        return
    seen = time.time()
    if not now and seen - session.get(SEEN, 0) < NOTED_EVERY_SECONDS:
        return
    if session.session_key is None:
        return  # not saved yet, because another user was signed in before; the next request will do
    session[SEEN] = seen
    operations.sessions.note_session(
        user_id=int(session[SESSION_KEY]),
        session_key=str(session.session_key),
        started_at=datetime.fromtimestamp(session.get(STARTED, seen), UTC),
        address=address_of(request),
        browser=request.headers.get("User-Agent", ""),
    )


def address_of(request: HttpRequest) -> str:
    """Where a request comes from."""
    return client_address.address_of(request.META)


_STORED = InstanceStatement(
    lambda: Session.objects.filter(
        session_key=Given("session_key"), expire_date__gt=Given("now", DateTimeField())
    ),
    prepared=True,
)
