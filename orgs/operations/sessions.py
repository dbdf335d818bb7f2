"""Where a user is signed in. None of this belongs to an account, so it takes no lock and writes no event."""

import ipaddress
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.utils import timezone

from orgs import errors
from orgs.actor import Actor
from orgs.operations.change import require_at_home

BROWSER_LENGTH = 200
UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104  (nothing listens; the column wants an address)


def note_session(
    *, user_id: int, session_key: str, started_at: datetime, address: str, browser: str
) -> None:
    """Write down that the session was seen now, from there and with that browser. One statement.

    `browser` is what it says of itself, so anything; characters that do not print are left out.
    """
    seen = UserSession(
        user_id=user_id,
        session_key=session_key,
        created_at=started_at,
        last_seen_at=timezone.now(),
        ip=_address(address),
        user_agent="".join(filter(str.isprintable, browser))[:BROWSER_LENGTH],
    )
    UserSession.objects.bulk_create(
        [seen],
        update_conflicts=True,
        unique_fields=["session_key"],
        update_fields=["user", "last_seen_at", "ip", "user_agent"],
    )


def forget_ended_sessions(*, user_id: int) -> None:
    """Delete what was written down of a user's sessions that have ended by themselves."""
    live = Session.objects.filter(
        session_key=OuterRef("session_key"), expire_date__gt=timezone.now()
    )
    UserSession.objects.filter(~Exists(live), user_id=user_id).delete()


def end_session(*, actor: Actor, session_id: int) -> None:
    """Sign the actor out where that session is.

    Raises:
        SessionNotFound: it is not the actor's, or has ended.
        SwitchedAway.
    """
    require_at_home(actor)
    kept = UserSession.objects.filter(user_id=actor.user_id, pk=session_id)
    keys = list(kept.values_list("session_key", flat=True))
    if not keys:
        raise errors.SessionNotFound
    _end(keys)


def end_other_sessions(*, actor: Actor, session_key: str) -> int:
    """Sign the actor out everywhere but in the session of that key. Returns how many ended.

    Raises:
        SessionNotFound: that session is not the actor's.
        SwitchedAway.
    """
    require_at_home(actor)
    mine = UserSession.objects.filter(user_id=actor.user_id)
    if not mine.filter(session_key=session_key).exists():
        raise errors.SessionNotFound
    return end_sessions(actor.user_id, but=session_key)


def end_sessions(user_id: int | None, *, but: str | None = None) -> int:
    """End the sessions of a user, for operations that change how one signs in."""
    mine = UserSession.objects.filter(user_id=user_id)
    return _end(list(mine.exclude(session_key=but or "").values_list("session_key", flat=True)))


def _end(keys: list[str]) -> int:
    # The session goes first: what is written down of one that has ended is shown to nobody.
    Session.objects.filter(session_key__in=keys).delete()
    ended, _kinds = UserSession.objects.filter(session_key__in=keys).delete()
    return int(ended)


def _address(said: str) -> str:
    try:
        return str(ipaddress.ip_address(said))
    except ValueError:
        return UNKNOWN_ADDRESS
