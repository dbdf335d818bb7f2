"""How long one stays signed in, and what is written down of it."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from console import environment, sessions
from orgs.models import User
from tests.console.conftest import signed_in
from tests.factories import AccountFactory, make_administrator

PASSWORD = "calm-banyan-shade-42"
MINUTE, HOUR = 60, 3600


@pytest.fixture
def user(db):
    make_administrator(AccountFactory(), username="mara")
    User.objects.update(password=make_password(PASSWORD))
    return User.objects.get(username="mara")


@pytest.fixture(autouse=True)
def no_session_is_noted_again():
    """Here they are, as the product does it."""


@pytest.fixture
def later(monkeypatch):
    """Lets time pass, for all that asks for it."""
    passed = timedelta(0)
    clock, now = sessions.time.time, timezone.now

    def later(seconds: float) -> None:
        nonlocal passed
        passed += timedelta(seconds=seconds)

    monkeypatch.setattr(sessions.time, "time", lambda: clock() + passed.total_seconds())
    monkeypatch.setattr(timezone, "now", lambda: now() + passed)
    return later


def is_signed_in(client: Client) -> bool:
    return client.get("/security/").status_code == 200


def test_a_session_ends_after_an_idle_hour(user, later):
    client = signed_in(user)
    later(59 * MINUTE)
    assert is_signed_in(client)
    later(59 * MINUTE)
    assert is_signed_in(client)
    later(61 * MINUTE)
    assert not is_signed_in(client)


def test_a_session_ends_twelve_hours_after_the_sign_in_however_busy(user, later):
    client = signed_in(user)
    for _half_hour in range(23):
        later(HOUR / 2)
        assert is_signed_in(client)

    later(HOUR / 2 + 1)

    assert not is_signed_in(client)


def test_the_settings_say_how_long(user, later, settings):
    settings.SESSION_IDLE, settings.SESSION_LENGTH = timedelta(minutes=2), timedelta(hours=1)
    client = signed_in(user)
    later(119)
    assert is_signed_in(client)
    later(121)
    assert not is_signed_in(client)


def test_a_limit_of_nothing_stops_the_start(monkeypatch):
    monkeypatch.setenv("ORGS_SESSION_HOURS", "0")

    with pytest.raises(ImproperlyConfigured, match="ORGS_SESSION_HOURS"):
        environment.count("ORGS_SESSION_HOURS", default=12, least=1)


def test_a_session_is_written_down_at_most_once_a_minute(user, later):
    client = Client(REMOTE_ADDR="192.0.2.7", headers={"user-agent": "one"})
    client.post("/sign-in/", {"login": "mara", "password": PASSWORD})
    began = UserSession.objects.get()
    assert (began.ip, began.user_agent, began.user_id) == ("192.0.2.7", "one", user.pk)

    later(59)
    with CaptureQueriesContext(connection) as quiet:
        client.get("/security/")
    later(2)
    client.get("/security/", headers={"user-agent": "two"}, REMOTE_ADDR="192.0.2.8")

    assert not any(query["sql"].startswith(("INSERT", "UPDATE")) for query in quiet)
    now = UserSession.objects.get()
    assert (now.ip, now.user_agent, now.created_at) == ("192.0.2.8", "two", began.created_at)
    assert now.last_seen_at - began.last_seen_at >= timedelta(seconds=61)


def test_signing_in_forgets_the_sessions_that_have_ended(user):
    for _ in range(3):
        signed_in(user)
    Session.objects.update(expire_date=timezone.now())

    signed_in(user)

    assert UserSession.objects.count() == 1


def test_signing_out_ends_what_is_shown(user):
    client, other = signed_in(user), signed_in(user)
    assert "End all others" in client.get("/security/").text

    other.post("/sign-out/")

    assert "End all others" not in client.get("/security/").text


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        (0, "198.51.100.1", "192.0.2.1"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        (2, "203.0.113.9, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
        (1, "", "192.0.2.1"),
        (2, "198.51.100.1", "192.0.2.1"),
        (1, "nonsense", "192.0.2.1"),
    ],
)
def test_the_address_is_what_the_trusted_proxies_say(user, proxies, forwarded, seen, settings):
    settings.TRUSTED_PROXIES = proxies
    client = signed_in(user)
    UserSession.objects.all().delete()
    session = client.session
    session[sessions.SEEN] = 0
    session.save()

    client.get(
        "/security/",
        headers={"X-Forwarded-For": forwarded} if forwarded else {},
        REMOTE_ADDR="192.0.2.1",
    )

    assert UserSession.objects.get().ip == seen


def test_a_disabled_user_is_out_with_the_next_request(user):
    client = signed_in(user)
    User.objects.update(is_active=False)

    assert not is_signed_in(client)
