"""Where a user is signed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.utils import timezone

from orgs.actor import Actor


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session that lasts. `browser` is what the browser says of itself, so anything."""

    id: int
    browser: str
    address: str
    started_at: datetime
    last_seen_at: datetime
    is_this_one: bool


def list_sessions(*, actor: Actor, session_key: str | None) -> Sequence[SessionRow]:
    """The actor's sessions, this one first, then by when they were last seen. One statement."""
    live = Session.objects.filter(
        session_key=OuterRef("session_key"), expire_date__gt=timezone.now()
    )
    columns = ("id", "user_agent", "ip", "created_at", "last_seen_at", "session_key")
    kept = UserSession.objects.filter(Exists(live), user_id=actor.user_id)
    rows = [
        SessionRow(number, browser, address, started_at, last_seen_at, key == session_key)
        for number, browser, address, started_at, last_seen_at, key in kept.order_by(
            "-last_seen_at", "id"
        ).values_list(*columns)
    ]
    return sorted(rows, key=lambda row: not row.is_this_one)
