"""Where a user is signed in: noted in one statement, ended by nobody but the user."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.utils import timezone

from console.sessions import SessionStore
from orgs import errors
from orgs.models import Event, User
from orgs.operations.sessions import (
    UNKNOWN_ADDRESS,
    end_other_sessions,
    end_session,
    forget_ended_sessions,
    note_session,
)
from orgs.operations.users import change_password
from orgs.queries.sessions import list_sessions
from tests.factories import AccountFactory, actor_for, make_administrator

pytestmark = pytest.mark.django_db

OLD, NEW = "calm-banyan-shade-42", "seven-roots-below-9"
STARTED = timezone.now() - timedelta(hours=1)


@pytest.fixture
def actor():
    return actor_for(make_administrator(AccountFactory()))


def begin(actor, *, address="192.0.2.1", browser="browser") -> str:
    store = SessionStore()
    store.create()
    note(actor, store.session_key, address=address, browser=browser)
    return store.session_key


def note(actor, key, *, address="192.0.2.1", browser="browser"):
    note_session(
        user_id=actor.user_id,
        session_key=key,
        started_at=STARTED,
        address=address,
        browser=browser,
    )


def test_note_session_is_one_statement_and_keeps_when_it_began(actor, django_assert_num_queries):
    key = begin(actor)
    UserSession.objects.update(last_seen_at=STARTED)

    with django_assert_num_queries(1):
        note(actor, key, address="2001:db8::1", browser="another")

    (row,) = list_sessions(actor=actor, session_key=key)
    assert (row.address, row.browser, row.started_at) == ("2001:db8::1", "another", STARTED)
    assert row.last_seen_at > STARTED
    assert row.is_this_one


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("a\x00b\r\nc", "abc"),
        ("\u202eevil\u200b", "evil"),
        ("x" * 300, "x" * 200),
        ("", ""),
        ("<b>", "<b>"),
        ("é", "é"),
    ],
)
def test_note_session_keeps_of_a_browser_what_prints(actor, said, kept):
    begin(actor, browser=said)

    assert UserSession.objects.get().user_agent == kept


@pytest.mark.parametrize("said", ["", "unix:", "1.2.3", "\x00"])
def test_note_session_keeps_no_address_that_is_none(actor, said):
    begin(actor, address=said)

    assert UserSession.objects.get().ip == UNKNOWN_ADDRESS


def test_list_sessions_holds_the_own_ones_that_last_this_one_first(
    actor, django_assert_num_queries
):
    other = actor_for(make_administrator(AccountFactory()))
    begin(other)
    this, newer, expired, gone = (begin(actor, browser=str(number)) for number in range(4))
    Session.objects.filter(session_key=expired).update(expire_date=timezone.now())
    Session.objects.filter(session_key=gone).delete()

    with django_assert_num_queries(1):
        rows = list_sessions(actor=actor, session_key=this)

    assert [(row.browser, row.is_this_one) for row in rows] == [("0", True), ("1", False)]
    forget_ended_sessions(user_id=actor.user_id)
    kept = UserSession.objects.filter(user_id=actor.user_id).values_list("session_key", flat=True)
    assert set(kept) == {this, newer}


def test_end_session_ends_that_one_and_writes_no_event(actor):
    this, other = begin(actor), begin(actor)

    end_session(actor=actor, session_id=UserSession.objects.get(session_key=other).pk)

    assert set(Session.objects.values_list("session_key", flat=True)) == {this}
    assert set(UserSession.objects.values_list("session_key", flat=True)) == {this}
    assert list(Event.objects.all()) == []


def test_end_session_of_somebody_else_is_refused_like_one_that_never_was(actor):
    other = actor_for(make_administrator(AccountFactory()))
    begin(other)

    said = []
    for session_id in (UserSession.objects.get().pk, 10**30, 0):
        with pytest.raises(errors.SessionNotFound) as refused:
            end_session(actor=actor, session_id=session_id)
        said.append(str(refused.value))

    assert len(set(said)) == 1
    assert Session.objects.count() == 1


def test_end_other_sessions_keeps_this_one_and_those_of_others(actor):
    other = actor_for(make_administrator(AccountFactory()))
    theirs, this = begin(other), begin(actor)
    for _ in range(3):
        begin(actor)

    assert end_other_sessions(actor=actor, session_key=this) == 3

    assert set(Session.objects.values_list("session_key", flat=True)) == {theirs, this}


def test_change_password_ends_the_other_sessions(actor):
    User.objects.update(password=make_password(OLD))
    this = begin(actor)
    begin(actor)

    change_password(
        actor=actor,
        old_password=OLD,
        new_password=NEW,
        session_key=this,
    )

    assert set(Session.objects.values_list("session_key", flat=True)) == {this}
