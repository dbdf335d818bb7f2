"""The tree in one call against a raw read of its rows; a batch of decisions against single calls."""

import gc
import http.client
import json
import subprocess
import sys
import time
from contextlib import closing

import pytest
from django.db import connection

from orgs import operations, organization_file
from orgs.models import Account, OrganizationalUnit
from tests.benchmarks.conftest import OPERATOR, settle
from tests.big_organization import big_organization
from tests.console.test_serve import PROJECT, answer, port, served
from tests.console.test_serve import environment as installation
from tests.factories import make_administrator
from tests.wire.conftest import counted_by_nobody
from tests.wire.signing import Key, key_for, send, signed_headers

__all__ = ["counted_by_nobody", "installation", "port", "served"]  # fixtures

pytestmark = pytest.mark.bench

UNITS = 10_000
MOST_OF_RAW = 1.5
BATCH = 1_000
LEAST_GAIN = 50
ROUNDS = 60
SINGLES, BATCHES = 400, 10


@pytest.fixture
def environment(installation):
    """An installation that takes a hundred accounts, and counts nobody's requests."""
    return installation | {
        "ORGS_ACCOUNT_QUOTA": "200",
        "ORGS_RATE_PER_KEY": "0",
        "ORGS_RATE_PER_ORGANIZATION": "0",
    }


def best(*acts) -> list[float]:
    """Milliseconds of the quickest of many rounds, of each act: this process's own work, with SQLite in it.

    PostgreSQL works in another process; there it is the clock's. The acts take turns, so that what else
    the machine does falls on all of them.
    """
    now = time.perf_counter if connection.vendor == "postgresql" else time.thread_time
    gc.collect()
    gc.freeze()  # what the test itself holds is no part of a server
    spent = [[] for _act in acts]
    for _ in range(ROUNDS):
        for act, of_it in zip(acts, spent, strict=True):
            started = now()
            act()
            of_it.append((now() - started) * 1000)
    gc.unfreeze()
    return [min(of_it) for of_it in spent]


@pytest.mark.usefixtures("counted_by_nobody")
@pytest.mark.django_db
def test_the_whole_tree_of_10_000_units_takes_little_more_than_reading_its_rows(settings):
    settings.ORGANIZATIONAL_UNIT_QUOTA = UNITS
    operations.accounts.create_standalone_account(actor=OPERATOR, name="bench-root")
    plan = organization_file.read(big_organization(units=UNITS, accounts=1))
    organization = operations.organization_files.import_organization(
        actor=OPERATOR, plan=plan, management_account="bench-root"
    )
    key = key_for(make_administrator(Account.objects.get(name="bench-root"), username="bench"))
    settle()
    url = "/x/v1/tree?accounts=false"
    headers = signed_headers(key, "GET", url)
    assert len(send("GET", url, headers).json()["units"]) == UNITS + 1
    known = headers | {"If-None-Match": send("GET", url, headers)["ETag"]}
    rows = OrganizationalUnit.objects.filter(organization=organization).order_by("lft", "id")
    statement, params = rows.values_list("id", "parent_id", "name").query.sql_with_params()

    def read_rows():
        with connection.cursor() as cursor:
            cursor.execute(statement, params)
            assert len(cursor.fetchall()) == UNITS + 1

    raw, whole, unchanged = best(
        read_rows, lambda: send("GET", url, headers), lambda: send("GET", url, known)
    )
    print(  # noqa: T201  (its report)
        f"\n{connection.vendor}, {UNITS} units: rows {raw:.1f} ms, the call {whole:.1f} ms"
        f" ({whole / raw:.2f} times), 304 {unchanged:.1f} ms",
        end="",
    )
    assert whole <= MOST_OF_RAW * raw


@pytest.mark.usefixtures("served")
def test_a_batch_of_1_000_decides_50_times_as_much_as_single_calls(environment, port):
    """Against the server that people run, as a process of its own, on SQLite."""
    assert answer(port) == 200
    made = subprocess.run(
        [
            sys.executable,
            str(PROJECT / "manage.py"),
            "create_account",
            "bench-root",
            "--access-key",
            "--json",
        ],
        env=environment,
        capture_output=True,
        check=True,
    )
    account = json.loads(made.stdout)
    client = Client(port, Key(account["access_key"], account["secret_key"]))
    with closing(client):
        measure(client)


def measure(client):
    file = big_organization(units=40, accounts=100, policies=20)
    client.ask("POST", "/x/v1/import", json.loads(file))
    members = [one["id"] for one in client.ask("GET", "/x/v1/tree")["accounts"]]
    questions = [
        {
            "account_id": members[number % len(members)],
            "action": f"ecs:cloudServers:act{number % 50}",
            "context": {"g:SourceIp": "10.0.0.1"},
        }
        for number in range(BATCH)
    ]
    batch = {"questions": questions}
    decided = client.ask("POST", "/x/v1/authorize/batch", batch)["decisions"]
    assert {one["allowed"] for one in decided} == {True, False}

    singles = [client.signed("POST", "/x/v1/authorize", one) for one in questions[:SINGLES]]
    started = time.perf_counter()
    answers = [client.send(*request) for request in singles]
    single = SINGLES / (time.perf_counter() - started)
    assert [json.loads(one)["decision"] for one in answers] == decided[:SINGLES]
    batches = [client.signed("POST", "/x/v1/authorize/batch", batch) for _ in range(BATCHES)]
    started = time.perf_counter()
    for request in batches:
        client.send(*request)
    together = BATCH * BATCHES / (time.perf_counter() - started)

    print(  # noqa: T201  (its report)
        f"\n{single:.0f} decisions a second in single calls, {together:.0f} in batches of {BATCH}:"
        f" {together / single:.0f} times",
        end="",
    )
    assert together >= LEAST_GAIN * single


class Client:
    """One connection that is kept open, and what is sent over it."""

    def __init__(self, port: int, key: Key) -> None:
        self._host, self._key = f"127.0.0.1:{port}", key
        self._connection = http.client.HTTPConnection(self._host)

    def close(self):
        self._connection.close()

    def ask(self, method, path, body=None):
        return json.loads(self.send(*self.signed(method, path, body)))

    def signed(self, method, path, body=None):
        content = b"" if body is None else json.dumps(body).encode()
        headers = signed_headers(self._key, method, path, body=content, host=self._host)
        return method, path, content, headers

    def send(self, method, path, content, headers):
        self._connection.request(method, path, content, headers)
        response = self._connection.getresponse()
        body = response.read()
        assert response.status < 300, body
        return body
