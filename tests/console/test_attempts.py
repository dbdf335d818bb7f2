"""Wrong tries: delayed longer and longer, by name and address, by all processes together (P7)."""

import json
import os
import subprocess
import sys
import time
from collections import Counter

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.core.cache import cache
from django.db import connection
from django.test import Client

from orgs.models import User
from tests.console.reading import Page
from tests.console.test_second_factor import to_the_code, with_second_factor
from tests.factories import AccountFactory, make_administrator

PASSWORD = "calm-banyan-shade-42"


@pytest.fixture
def user(db):
    made = make_administrator(AccountFactory(), username="mara")
    User.objects.update(password=make_password(PASSWORD))
    return made


@pytest.fixture
def later(monkeypatch):
    """Lets time pass for what counts by the clock."""
    now, passed = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: now() + passed[0])

    def later(seconds: float) -> None:
        passed[0] += seconds

    return later


def attempt(name="mara", password="wrong", address="192.0.2.1"):
    return Client(REMOTE_ADDR=address).post("/sign-in/", {"login": name, "password": password})


def statuses(count, **given):
    return [attempt(**given).status_code for _ in range(count)]


def test_the_sixth_wrong_try_has_to_wait_and_is_told_how_long(user):
    assert statuses(5) == [200] * 5

    refused = attempt(password=PASSWORD)

    assert refused.status_code == 429
    assert 50 <= int(refused["Retry-After"]) <= 60
    (sentence,) = Page(refused.text).text("h1")
    assert (
        sentence == f"That was tried too often. Try again in {refused['Retry-After']} seconds."
        or (sentence == "That was tried too often. Try again in 1 minute.")
    )


def test_time_unlocks_and_the_waits_grow(user, later):
    waits = []
    for _ in range(20):
        while (response := attempt()).status_code == 429:
            waits.append(int(response["Retry-After"]))
            later(waits[-1])

    assert [round(wait, -1) for wait in waits if wait > 5] == [60, 540, 60]
    assert attempt(password=PASSWORD).status_code == 429
    later(3600)
    assert attempt(password=PASSWORD).status_code == 302


def test_nobody_is_locked_out_by_tries_from_elsewhere(user):
    make_administrator(AccountFactory(), username="bob")
    User.objects.update(password=make_password(PASSWORD))
    assert statuses(20)[5:] == [429] * 15

    assert attempt(password=PASSWORD, address="192.0.2.2").status_code == 302
    assert attempt(name="bob", password=PASSWORD).status_code == 302


def test_an_address_may_not_try_many_names(user):
    tried = [attempt(name=f"name-{number}").status_code for number in range(41)]

    assert tried == [200] * 40 + [429]
    assert attempt(password=PASSWORD, address="192.0.2.2").status_code == 302


def test_a_crowd_is_slowed_down_and_does_not_lock_out_a_browser_that_is_known(user):
    known = Client(REMOTE_ADDR="198.51.100.1")
    right = {"login": "mara", "password": PASSWORD}
    assert known.post("/sign-in/", right).status_code == 302
    known.post("/sign-out/")
    crowd = [attempt(address=f"192.0.2.{number // 5}").status_code for number in range(5, 106)]

    assert crowd == [200] * 100 + [429]
    assert known.post("/sign-in/", right).status_code == 302
    assert attempt(name="another", address="192.0.2.99").status_code == 200
    for cookie in ("", "mara", known.cookies["known"].value[::-1]):
        stranger = Client(REMOTE_ADDR="198.51.100.2")
        stranger.cookies["known"] = cookie
        assert stranger.post("/sign-in/", right).status_code == 429


def test_a_browser_is_known_for_its_own_user_alone_and_after_the_second_factor(user):
    make_administrator(AccountFactory(), username="bob")
    User.objects.update(password=make_password(PASSWORD))
    proofs = {}
    for name in ("mara", "bob"):
        client = Client()
        client.post("/sign-in/", {"login": name, "password": PASSWORD})
        proofs[name] = client.cookies["known"]
    with_second_factor(user)

    assert proofs["mara"].value != proofs["bob"].value
    assert proofs["mara"]["httponly"]
    assert proofs["mara"]["samesite"] == "Lax"
    assert "known" not in to_the_code(Client()).cookies


def test_a_right_password_does_not_wipe_out_the_wrong_ones(user):
    statuses(4)
    assert attempt(password=PASSWORD).status_code == 302
    assert statuses(2) == [200, 429]


def test_many_right_ones_never_wait(user):
    assert statuses(50, password=PASSWORD) == [302] * 50


@pytest.mark.parametrize("name", ["MARA", " mara ", "mara"])
def test_one_name_in_whatever_case_is_one_count(user, name):
    statuses(5)

    assert attempt(name=name).status_code == 429


def test_known_unknown_and_disabled_users_are_told_and_counted_alike(user):
    make_administrator(AccountFactory(), username="gone")
    User.objects.update(password=make_password(PASSWORD))
    User.objects.filter(username="gone").update(is_active=False)

    told = []
    for name, password in (("mara", "wrong"), ("nobody", "wrong"), ("gone", PASSWORD)):
        answers = [attempt(name=name, password=password) for _ in range(6)]
        told.append(
            [(answer.status_code, Page(answer.text).text("p", role="alert")) for answer in answers]
        )

    assert told[0] == told[1] == told[2]
    assert [status for status, _said in told[0]] == [200] * 5 + [429]


hashed: Counter[str] = Counter()


class CountingHasher(MD5PasswordHasher):
    """Hashing is what takes time; how often it is done does not tell who there is."""

    algorithm = "counting"

    def encode(self, password, salt):
        hashed[password] += 1
        return super().encode(password, salt)


@pytest.mark.parametrize("name", ["mara", "without-password", "disabled", "nobody"])
def test_a_password_is_hashed_once_whoever_is_named(user, name, settings):
    settings.PASSWORD_HASHERS = ["tests.console.test_attempts.CountingHasher"]
    for other in ("without-password", "disabled"):
        make_administrator(AccountFactory(), username=other)
    User.objects.exclude(username="without-password").update(password=make_password(PASSWORD))
    User.objects.filter(username="disabled").update(is_active=False)
    hashed.clear()

    attempt(name=name, password="tried-once")

    # Who has no password to compare with: Django hashes a random one in its place.
    assert sum(hashed.values()) == 1


def test_a_code_is_tried_five_times_in_a_minute_and_twenty_in_an_hour(user, later):
    with_second_factor(user)
    client = to_the_code(Client())
    waits = []
    for _ in range(20):
        while (answer := client.post("/sign-in/code/", {"code": "000000"})).status_code == 429:
            waits.append(int(answer["Retry-After"]))
            later(waits[-1])
            client = to_the_code(Client())
        assert answer.status_code == 200
    refused = client.post("/sign-in/code/", {"code": "000000"})

    assert [round(wait, -1) for wait in waits if wait > 5] == [60, 60, 60]
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 60 * 50


@pytest.mark.django_db(transaction=True)
def test_two_processes_allow_together_what_one_would(transactional_db):
    cache.clear()
    make_administrator(AccountFactory(), username="mara")
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "ORGS_TEST_DATABASE_NAME": str(connection.settings_dict["NAME"]),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "tests.console.other_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as other:

        def elsewhere() -> int:
            other.stdin.write(json.dumps({"login": "mara", "password": "wrong"}) + "\n")
            other.stdin.flush()
            return int(other.stdout.readline())

        assert other.stdout.readline() == "ready\n"
        here = [attempt(address="127.0.0.1").status_code for _ in range(3)]
        there = [elsewhere() for _ in range(3)]
        other.stdin.close()

    assert here == [200, 200, 200]
    assert there == [200, 200, 429]
    assert attempt(address="127.0.0.1").status_code == 429
    cache.clear()
