"""R-AUD-1, R-AUD-2: what the API refuses is written down; what it tells only where that is wished."""

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orgs.api import tally, throttle
from orgs.models import RecordedCall, User
from orgs.operations import bookkeeping
from tests.wire.signing import Key, ask, call, code_of, send

UNKNOWN, TOO_MANY = (401, "APIGW.0301"), (429, "APIGW.0308")

ACCOUNTS = "/v1/organizations/accounts"


def test_r_aud_1_a_refused_call_is_written_down_with_its_code_and_request(world):
    response = call(world.keys["reader"], "DELETE", "/v1/organizations")

    row = RecordedCall.objects.get()
    assert code_of(response) == (row.status, row.code) == (403, "Organizations.1007")
    assert (row.operation, row.is_refused) == ("delete_organization", True)
    assert row.request_id == response.headers["X-Request-Id"]
    assert row.organization_id == world.organization.pk


def test_r_aud_1_what_is_wrong_or_not_there_is_not(world, manager):
    call(manager, "GET", f"{ACCOUNTS}/{'0' * 32}")
    call(manager, "GET", f"{ACCOUNTS}?limit=x")

    assert not RecordedCall.objects.exists()


def test_r_aud_2_reads_are_written_down_where_the_setting_says_so(world, manager, settings):
    call(manager, "GET", ACCOUNTS)
    assert not RecordedCall.objects.exists()
    settings.READS_ARE_RECORDED = True

    response = call(manager, "GET", ACCOUNTS)

    row = RecordedCall.objects.get()
    assert (row.operation, row.status, row.is_refused) == ("list_accounts", 200, False)
    assert row.request_id == response.headers["X-Request-Id"]


# --- what is not let in ---------------------------------------------------------------------------


class Time:
    """The clock of the tally."""

    now = 1_000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def minutes(monkeypatch, settings):
    """No limit of its own stands in the way of an address, which a proxy tells."""
    settings.RATE_PER_ADDRESS, settings.TRUSTED_PROXIES = 0, 1
    found = Time()
    monkeypatch.setattr(tally, "time", found)
    return found


def unsigned(address, url=ACCOUNTS):
    return send("GET", url, {"X-Forwarded-For": address})


def rows():
    columns = ("source_address", "status", "times", "organization_id")
    return list(RecordedCall.objects.order_by("pk").values_list(*columns))


def test_r_aud_1_who_signs_badly_or_not_is_written_down_for_operators_alone(world, minutes):
    response = unsigned("192.0.2.1")
    forged = call(Key(world.keys["manager"].id, "A" * 40), "GET", ACCOUNTS)

    first, second = RecordedCall.objects.order_by("pk")
    assert code_of(response) == code_of(forged) == UNKNOWN
    assert (first.operation, first.status, first.code) == ("list_accounts", *UNKNOWN)
    assert (first.source_address, first.request_id) == ("192.0.2.1", response["X-Request-Id"])
    # Nothing of the key that was named: it may be anybody's.
    for one in (first, second):
        assert (one.organization_id, one.account_id, one.username) == (None, "", "")
    browser = Client()
    browser.force_login(User.objects.get(access_keys=world.keys["manager"].id))
    assert "Nothing was refused." in browser.get("/activity/refused/").text


def test_r_aud_1_of_a_flood_one_call_a_minute_is_written_and_the_others_are_counted(db, minutes):
    unsigned("192.0.2.1")
    with CaptureQueriesContext(connection) as asked:
        for _ in range(50):
            unsigned("192.0.2.1")
    assert [one["sql"] for one in asked if "recordedcall" in one["sql"]] == []
    assert rows() == [("192.0.2.1", 401, 1, None)]

    minutes.now += 61
    with CaptureQueriesContext(connection) as asked:
        unsigned("192.0.2.1")

    writes = [one["sql"][:6] for one in asked if "recordedcall" in one["sql"]]
    assert writes == ["UPDATE", "INSERT", "SELECT"]
    assert rows() == [("192.0.2.1", 401, 51, None), ("192.0.2.1", 401, 1, None)]


def test_r_aud_1_a_flood_from_everywhere_fills_no_more_rows(db, minutes, settings):
    settings.REFUSED_CALLS_PER_MINUTE = 6

    for number in range(40):
        unsigned(f"192.0.2.{number}")
        unsigned(f"2001:db8::{number}")  # of one network
    minutes.now += 61
    tally.strangers.settle()

    assert len(rows()) == 7
    assert sum(times for _address, _status, times, _organization in rows()) == 80
    assert [one for one in rows() if one[2] > 1] == [
        ("2001:db8::", 401, 40, None),
        ("", 401, 35, None),
    ]


def test_r_aud_1_of_strangers_the_last_ones_alone_are_kept(db, minutes, settings):
    settings.RECORDED_CALLS = 3

    for _ in range(5):
        unsigned("192.0.2.1")
        minutes.now += 61

    assert len(rows()) == 3


def test_r_aud_1_a_caller_that_asks_too_often_is_told_to_its_organization(
    world, minutes, settings, monkeypatch
):
    settings.RATE_PER_KEY, settings.RATE_BURST_SECONDS = 1, 1
    monkeypatch.setattr(throttle, "throttle", throttle.Throttle())
    reader = world.keys["reader"]

    answers = [code_of(ask(reader, "GET", ACCOUNTS)) for _ in range(5)]

    number = answers.count(TOO_MANY)
    assert number >= 3
    row = RecordedCall.objects.get()
    assert (row.organization_id, row.operation) == (world.organization.pk, "list_accounts")
    assert (row.status, row.code) == TOO_MANY
    assert row.username == User.objects.get(access_keys=reader.id).username
    minutes.now += 61
    tally.callers.settle()
    browser = Client()
    browser.force_login(User.objects.get(access_keys=world.keys["manager"].id))
    assert f"×&nbsp;{number}<" in browser.get("/activity/refused/").text


def test_r_aud_1_what_was_counted_is_written_when_others_write(db, minutes, monkeypatch):
    for _ in range(3):
        unsigned("192.0.2.1")
    minutes.now += 61
    monkeypatch.setattr(throttle, "tidying", throttle.Occasion(every_seconds=-1))

    throttle.tidy()

    assert rows() == [("192.0.2.1", 401, 3, None)]


def test_r_aud_1_who_is_not_let_in_is_told_so_when_nothing_can_be_written(db, minutes, monkeypatch):
    def fail(*_args, **_kwargs):
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(RecordedCall.objects, "create", fail)
    assert code_of(unsigned("192.0.2.1")) == UNKNOWN
    monkeypatch.setattr(RecordedCall.objects, "filter", fail)
    bookkeeping.count_more_calls({1: 2})
    assert code_of(unsigned("192.0.2.1")) == UNKNOWN
