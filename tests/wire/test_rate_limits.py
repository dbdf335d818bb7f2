"""P7: processes together allow no more than one bucket holds, and say when to come again."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orgs import errors
from orgs.api import tally, throttle
from orgs.api.throttle import Throttle
from orgs.models import RateLimit
from orgs.operations import bookkeeping
from tests.digest import digest_of_database
from tests.wire.signing import Key, call, code_of, send, signed_headers


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is set; both of Python's are the same here."""

    class Clock:
        now = 1_000_000.0

        def time(self):
            return self.now

        monotonic = time

    found = Clock()
    monkeypatch.setattr(throttle, "time", found)
    for name in ("throttle", "strangers"):
        monkeypatch.setattr(throttle, name, Throttle())
    monkeypatch.setattr(throttle, "tidying", throttle.Occasion(every_seconds=60))
    return found


@pytest.fixture
def limited(settings):
    settings.RATE_PER_KEY, settings.RATE_PER_ORGANIZATION = 10, 0
    settings.RATE_BURST_SECONDS = 5


def admitted(process, times, per_second=10):
    passed = 0
    for _ in range(times):
        try:
            process.admit("somebody", per_second=per_second)
        except errors.Throttled:
            continue
        passed += 1
    return passed


def test_one_process_may_send_a_whole_burst_and_then_the_rate(db, limited, clock):
    process = Throttle()

    assert admitted(process, 200) == 50
    clock.now += 1
    assert admitted(process, 200) == 10
    clock.now += 60
    assert admitted(process, 200) == 50


def test_two_processes_together_send_no_more_than_one(db, limited, clock):
    processes = [Throttle(), Throttle()]

    assert sum(admitted(process, 1) for _ in range(100) for process in processes) == 50
    clock.now += 1
    assert sum(admitted(process, 1) for _ in range(100) for process in processes) == 10


def test_what_a_process_does_not_send_in_time_is_lost(db, limited, clock):
    process = Throttle()
    assert admitted(process, 1) == 1  # of a block of ten
    clock.now += throttle.KEPT_SECONDS + 0.1

    assert admitted(process, 200) <= 50


def test_a_block_is_written_once_and_a_refusal_not_at_all(
    db, limited, clock, django_assert_max_num_queries
):
    process = Throttle()
    with django_assert_max_num_queries(10):
        assert admitted(process, 10) == 10
    assert admitted(process, 190) == 40
    with django_assert_max_num_queries(0):
        assert admitted(process, 200) == 0


def test_zero_sets_no_limit(db, clock):
    assert admitted(Throttle(), 1_000, per_second=0) == 1_000
    assert RateLimit.objects.count() == 0


def test_a_request_too_many_is_told_when_to_come_again(world, manager, limited, clock):
    seen = [call(manager, "GET", "/v1/organizations/services") for _ in range(70)]
    refused = [response for response in seen if response.status_code != 200]

    assert len(refused) == 20
    assert {code_of(response) for response in refused} == {(429, "APIGW.0308")}
    assert {response["Retry-After"] for response in refused} == {"1"}
    assert call(world.keys["member"], "GET", "/v1/organizations/services").status_code == 200


def test_an_organization_has_an_allowance_that_its_keys_share(world, settings, clock):
    settings.RATE_PER_KEY, settings.RATE_PER_ORGANIZATION = 0, 2
    settings.RATE_BURST_SECONDS = 3
    keys = [world.keys[name] for name in ("manager", "member", "reader")]

    seen = [
        call(key, "GET", "/v1/organizations/services").status_code for _ in range(6) for key in keys
    ]

    assert (seen.count(200), seen.count(429)) == (6, 12)
    alone = call(world.keys["alone"], "GET", "/v1/organizations/services")
    assert alone.status_code == 200


def test_who_is_not_the_signer_spends_nothing(world, manager, limited, clock):
    for _ in range(60):
        call(type(manager)(manager.id, "wrong"), "GET", "/v1/organizations/services")

    assert call(manager, "GET", "/v1/organizations/services").status_code == 200
    assert bookkeeping.spend(principal="x", tokens=51, per_second=10, now=0) > 0


SERVICES = "/v1/organizations/services"
UNKNOWN = (401, "APIGW.0301")
THROTTLED = (429, "APIGW.0308")


@pytest.fixture
def strangers(settings, clock):
    """Two unsigned requests a second from an address, six at once."""
    settings.RATE_PER_ADDRESS, settings.RATE_BURST_SECONDS = 2, 3


def of_a_stranger(kind, manager):
    """Headers of a request that fails, in one of the ways in which it can."""
    key = {"unknown": Key("A" * 20, "x"), "wrong": Key(manager.id, "x")}.get(kind, manager)
    headers = signed_headers(key, "GET", SERVICES)
    if kind == "unsigned":
        del headers["Authorization"]
    if kind == "late":
        headers["X-Sdk-Date"] = "20200101T000000Z"
    return headers


KINDS = ["unknown", "wrong", "unsigned", "late"]


@pytest.mark.parametrize("kind", KINDS)
def test_too_many_unsigned_requests_of_an_address_are_told_to_wait(manager, strangers, clock, kind):
    headers = of_a_stranger(kind, manager)

    seen = [send("GET", SERVICES, headers) for _ in range(9)]

    assert [code_of(response) for response in seen] == [UNKNOWN] * 6 + [THROTTLED] * 3
    assert {response["Retry-After"] for response in seen[6:]} == {"1"}
    clock.now += 1
    again = [code_of(send("GET", SERVICES, headers)) for _ in range(4)]
    assert again == [UNKNOWN] * 2 + [THROTTLED] * 2


def test_a_path_without_operation_counts_for_strangers_too(manager, strangers):
    headers = of_a_stranger("unsigned", manager)

    seen = [code_of(send("GET", "/v1/nowhere", headers)) for _ in range(8)]

    assert seen == [UNKNOWN] * 6 + [THROTTLED] * 2


def test_who_signs_well_is_not_refused_for_strangers_at_the_same_address(manager, strangers):
    for _ in range(20):
        send("GET", SERVICES, of_a_stranger("wrong", manager))

    assert call(manager, "GET", SERVICES).status_code == 200
    assert code_of(send("GET", SERVICES, of_a_stranger("wrong", manager))) == THROTTLED


def test_a_well_signed_request_counts_nothing_for_its_address(manager, strangers):
    for _ in range(20):
        assert call(manager, "GET", SERVICES).status_code == 200

    assert not RateLimit.objects.filter(pk__startswith="address/").exists()
    with CaptureQueriesContext(connection) as asked:
        call(manager, "GET", SERVICES)
    assert len(asked) == 2


VERB = re.compile("[A-Z]{5,}(?! =)")  # Django quotes a prepared statement: QUERY = 'SELECT …


def test_an_unknown_key_and_a_wrong_secret_ask_the_same_before_and_after_the_limit(
    manager, strangers
):
    asked = {}
    for kind in ("unknown", "wrong"):
        headers = of_a_stranger(kind, manager)
        RateLimit.objects.all().delete()
        throttle.strangers, tally.strangers = Throttle(), tally.Tally()
        asked[kind] = []
        for _ in range(9):
            with CaptureQueriesContext(connection) as captured:
                send("GET", SERVICES, headers)
            asked[kind].append([VERB.search(query["sql"])[0] for query in captured])

    assert asked["unknown"] == asked["wrong"]
    assert asked["unknown"][1] == ["SELECT"]  # of a block that was taken before
    assert asked["unknown"][7:] == [["SELECT"]] * 2  # and of a refusal that holds


@pytest.mark.parametrize(
    ("proxies", "statuses"),
    [(0, [401] * 6 + [429] * 3), (1, [401] * 9), (2, [401] * 6 + [429] * 3)],
)
def test_strangers_are_told_apart_by_what_trusted_proxies_say(
    manager, strangers, settings, proxies, statuses
):
    settings.TRUSTED_PROXIES = proxies
    headers = of_a_stranger("unsigned", manager)

    seen = [
        send("GET", SERVICES, headers | {"X-Forwarded-For": f"198.51.100.{number}"}).status_code
        for number in range(9)
    ]

    assert seen == statuses


def test_a_network_of_ipv6_is_one_stranger(manager, strangers, settings):
    settings.TRUSTED_PROXIES = 1
    headers = of_a_stranger("unsigned", manager)

    seen = [
        send("GET", SERVICES, headers | {"X-Forwarded-For": f"2001:db8::{number}"}).status_code
        for number in range(9)
    ]

    assert seen == [401] * 6 + [429] * 3
    assert list(RateLimit.objects.values_list("pk", flat=True)) == ["address/2001:db8::/64"]


def test_without_a_limit_for_strangers_nothing_is_counted(manager, strangers, settings):
    settings.RATE_PER_ADDRESS = 0
    before = digest_of_database()

    for _ in range(20):
        assert code_of(send("GET", SERVICES, of_a_stranger("wrong", manager))) == UNKNOWN

    assert digest_of_database() == before


def test_a_bucket_that_is_full_for_an_hour_is_forgotten(db, settings, clock):
    settings.RATE_BURST_SECONDS = 3
    for number, principal in enumerate(["old", "new"]):
        bookkeeping.spend(principal=principal, tokens=2, per_second=2, now=clock.now + number * 10)
    hour = bookkeeping.FULL_BUCKETS_KEPT.total_seconds()

    assert bookkeeping.forget_full_buckets(now=clock.now + hour + 1) == 0
    assert bookkeeping.forget_full_buckets(now=clock.now + hour + 2) == 1

    assert list(RateLimit.objects.values_list("pk", flat=True)) == ["new"]


def test_buckets_of_strangers_are_forgotten_while_strangers_come(manager, strangers, clock):
    headers = of_a_stranger("unsigned", manager)
    RateLimit.objects.create(pk="address/192.0.2.9", full_at=clock.now - 4_000)

    send("GET", SERVICES, headers)
    assert RateLimit.objects.filter(pk="address/192.0.2.9").exists()
    clock.now += 61
    send("GET", SERVICES, headers)

    assert not RateLimit.objects.filter(pk="address/192.0.2.9").exists()
