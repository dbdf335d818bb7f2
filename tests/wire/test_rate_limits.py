"""P7: processes together allow no more than one bucket holds, and say when to come again."""

import pytest

from orgs import errors
from orgs.api import throttle
from orgs.api.throttle import Throttle
from orgs.models import RateLimit
from orgs.operations import bookkeeping
from tests.wire.signing import call, code_of


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
