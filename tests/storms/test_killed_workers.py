"""P11, R-GEN-12: workers die at any moment, and every request ends all the same, each effect once."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from console import environment
from orgs import operations
from orgs.actor import Actor
from orgs.models import (
    Account,
    AccountStatus,
    AgencyKind,
    BatchRowState,
    ClosingRequest,
    ClosingState,
    CreationRequest,
    CreationState,
    Event,
    Job,
    JobState,
    Organization,
)
from orgs.queries.integrity import broken_chains, check_integrity
from tests.factories import AccountFactory, make_organization
from tests.invariants import violations
from tests.storms.provider import REFUSED, calls

pytestmark = [
    pytest.mark.storm,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("storms"),
]

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 90
AT_ONCE = 3  # one that is killed, one that works on, one that starts
SEED = environment.count("ORGS_TEST_SEED", default=0)


class Workers:
    """Processes of `manage.py work` on the tests' database, with a short lease and slow hooks."""

    def __init__(self, folder: Path) -> None:
        self.journal = folder / "journal"
        self.journal.touch()
        self.running: list[subprocess.Popen[bytes]] = []
        name = str(connection.settings_dict["NAME"])
        url = f"sqlite:///{name}"
        if connection.vendor == "postgresql":
            url = f"{os.environ['ORGS_TEST_DATABASE_URL'].rpartition('/')[0]}/{name}"
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "ORGS_TEST_DATABASE_URL": url,
            "ORGS_TEST_JOURNAL": str(self.journal),
            "ORGS_TEST_PROVIDER_SECONDS": "0 0.2",
            "ORGS_ACCOUNT_PROVIDER": "tests.storms.provider.provide",
            "ORGS_ACCOUNT_CLOSER": "tests.storms.provider.close",
            "ORGS_CLOSING_SECONDS": "0",
            "ORGS_JOB_LEASE_SECONDS": "1",
            # A worker that dies has tried; nothing is to be given up because of that here.
            "ORGS_JOB_ATTEMPTS": "1000",
        }

    def start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, str(PROJECT / "manage.py"), "work", "--interval", "0.05"],
            env=self.environment,
            cwd=PROJECT,
            stderr=subprocess.PIPE,
        )
        self.running.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """kill -9, at whatever it does."""
        process.kill()
        self.wait(process)

    def wait(self, process: subprocess.Popen[bytes]) -> tuple[int, str]:
        """Its status, and its last words."""
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
        self.running.remove(process)
        return process.returncode, said.decode()

    def end(self) -> list[tuple[int, str]]:
        """Ask those that are left to end."""
        for process in self.running:
            process.terminate()
        return [self.wait(process) for process in list(self.running)]


@pytest.fixture
def workers(tmp_path):
    workers = Workers(tmp_path)
    yield workers
    for process in list(workers.running):
        workers.kill(process)


@pytest.fixture
def founded(settings) -> tuple[Organization, Actor]:
    settings.CREATIONS_AT_ONCE = settings.CLOSINGS_AT_ONCE = settings.CLOSINGS_LEAST = 10_000
    settings.ACCOUNT_QUOTA = 10_000
    settings.CLOSING_TIME = timedelta()
    return make_organization()


def wait_for(condition, *, seconds: float = PATIENCE_SECONDS) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, what_is_left()
        time.sleep(0.05)


def nothing_is_left_to_do() -> bool:
    return not Job.objects.exclude(state__in=[JobState.DONE, JobState.DEAD]).exists()


def what_is_left() -> str:
    left = Job.objects.exclude(state__in=[JobState.DONE, JobState.DEAD])
    queue = Counter(DBTaskResult.objects.values_list("status", flat=True))
    return f"{timezone.now()}: {list(left.values())}; the queue: {queue}"


def ask(founded: tuple[Organization, Actor], number: int) -> None:
    """Two accounts to be created and one to be closed; every fifth time what the hooks refuse."""
    organization, manager = founded
    word = REFUSED if number % 5 == 4 else "wanted"
    for half in "ab":
        operations.creations.create_account(
            actor=manager, name=f"{word}-{number}-{half}", tags=[("round", str(number))]
        )
    account = AccountFactory(member_of=organization.root, name=f"closing-{word}-{number}")
    operations.closings.close_account(actor=manager, account_id=account.pk)


def kill_rounds(workers: Workers, founded: tuple[Organization, Actor], *, rounds: int) -> None:
    """Each time the worker that has begun something: somewhere in it, or a little after it."""
    dice = random.Random(SEED)
    for _ in range(AT_ONCE):
        workers.start()
    for number in range(rounds):
        ask(founded, number)
        told = len(calls(workers.journal))
        wait_for(lambda told=told: len(calls(workers.journal)) > told)
        busy = calls(workers.journal)[-1]["pid"]
        time.sleep(dice.uniform(0, 0.3))
        workers.kill(next(process for process in workers.running if process.pid == busy))
        workers.start()
    wait_for(nothing_is_left_to_do)
    # One that is only starting is ended by the signal itself.
    assert {status for status, _ in workers.end()} <= {0, -signal.SIGTERM}


def require_each_effect_once(rounds: int) -> None:
    """Of two creations and a closing a round; every fifth round the hooks refuse them."""
    requests = list(CreationRequest.objects.all())
    states = Counter(request.state for request in requests)
    refused = rounds // 5
    assert states == Counter(succeeded=2 * (rounds - refused), failed=2 * refused)
    for request in requests:
        kinds = list(
            Event.objects.filter(targets__entity_id=request.pk)
            .order_by("number")
            .values_list("kind", flat=True)
        )
        made = Account.objects.filter(name=request.account_name)
        if request.state == CreationState.SUCCEEDED:
            account = made.get()
            assert account == request.account
            assert sorted(account.agencies.values_list("kind", flat=True)) == [
                AgencyKind.ACCOUNT_ACCESS,
                AgencyKind.SERVICE_LINKED,
            ]
            assert list(account.tags.values_list("key", flat=True)) == ["round"]
            assert kinds == ["createAccount", "finishAccountCreation"]
        else:
            assert (request.failure_reason, made.count()) == ("INTERNAL_FAILURE", 0)
            assert kinds == ["createAccount", "failAccountCreation"]
    closings = list(ClosingRequest.objects.select_related("account"))
    states = Counter(closing.state for closing in closings)
    assert states == Counter(suspended=rounds - refused, failed=refused)
    for closing in closings:
        ended = closing.state == ClosingState.SUSPENDED
        wanted = AccountStatus.SUSPENDED if ended else AccountStatus.ACTIVE
        assert closing.account.status == wanted
        kinds = Event.objects.filter(targets__entity_id=closing.account_id).order_by("number")
        assert list(kinds.values_list("kind", flat=True)) == [
            "closeAccount",
            "suspendAccount" if ended else "failAccountClosing",
        ]
    assert set(Job.objects.values_list("state", flat=True)) == {JobState.DONE}


def require_whole() -> None:
    assert violations() == []
    assert [found for found in check_integrity() if not found.holds] == []
    assert list(broken_chains()) == []


@pytest.mark.parametrize(
    "rounds", [pytest.param(10), pytest.param(50, marks=pytest.mark.prove)], ids=str
)
def test_p11_r_gen_12_killed_workers_leave_every_request_ended_and_each_effect_once(
    workers, founded, rounds
):
    began = time.monotonic()

    kill_rounds(workers, founded, rounds=rounds)

    require_each_effect_once(rounds)
    require_whole()
    seen = calls(workers.journal)
    ended = Counter(one["what"] for one in seen)
    seconds = time.monotonic() - began
    print(  # noqa: T201  (its report)
        f"{rounds} kills in {seconds:.0f} s on {connection.vendor}; of {ended['begin']} calls of hooks "
        f"{ended['begin'] - ended['end']} were cut short"
    )


@pytest.mark.parametrize(
    "rows", [pytest.param(20), pytest.param(200, marks=pytest.mark.prove)], ids=str
)
def test_p11_a_batch_whose_workers_are_killed_sends_each_row_once(workers, founded, rows):
    """Restarted until the last row is sent; five creations run at once, as workers have it by default."""
    organization, manager = founded
    Organization.objects.update(account_quota=10_000)
    workers.environment["ORGS_TEST_PROVIDER_SECONDS"] = "0 0.02"
    names = [f"account-new-{number:03}" for number in range(rows)]
    batch = operations.batches.create_batch(actor=manager, kind="create", rows="\n".join(names))
    dice, kills = random.Random(SEED), 0

    while batch.rows.waiting().exists():
        waiting = batch.rows.waiting().count()
        process = workers.start()
        wait_for(lambda waiting=waiting: batch.rows.waiting().count() < waiting)
        time.sleep(dice.uniform(0, 0.5))
        workers.kill(process)
        kills += 1
    workers.start()
    wait_for(nothing_is_left_to_do)

    batch.refresh_from_db()
    assert batch.ended_at is not None
    assert set(batch.rows.values_list("state", flat=True)) == {BatchRowState.SENT}
    requests = {row.creation_id: row.typed["name"] for row in batch.rows.all()}
    made = CreationRequest.objects.filter(state=CreationState.SUCCEEDED)
    assert dict(made.values_list("pk", "account_name")) == requests
    assert sorted(requests.values()) == names
    assert CreationRequest.objects.count() == rows
    assert organization.accounts.count() == 1 + rows
    kinds = Counter(Event.objects.values_list("kind", flat=True))
    assert (kinds["createAccount"], kinds["finishAccountCreation"]) == (rows, rows)
    require_whole()
    print(f"{rows} rows, {kills} kills on {connection.vendor}")  # noqa: T201  (its report)


def test_p11_a_long_call_is_not_made_twice_at_once(workers, founded):
    workers.environment["ORGS_TEST_PROVIDER_SECONDS"] = "3 3"
    operations.creations.create_account(actor=founded[1], name="takes-its-time")
    workers.start()
    workers.start()

    wait_for(nothing_is_left_to_do)

    assert [one["what"] for one in calls(workers.journal)] == ["begin", "end"]
    job = Job.objects.get()
    assert (job.state, job.attempts) == (JobState.DONE, 1)
    assert CreationRequest.objects.get().state == CreationState.SUCCEEDED


def test_p11_a_worker_that_is_told_to_end_ends_what_it_has_begun(workers, founded):
    workers.environment["ORGS_TEST_PROVIDER_SECONDS"] = "1 1"
    for number in range(2):
        operations.creations.create_account(actor=founded[1], name=f"brand-new-{number}")
    process = workers.start()
    wait_for(lambda: calls(workers.journal))

    process.send_signal(signal.SIGTERM)

    assert workers.wait(process)[0] == 0
    assert sorted(CreationRequest.objects.values_list("state", flat=True)) == [
        CreationState.IN_PROGRESS,
        CreationState.SUCCEEDED,
    ]
    assert [one["what"] for one in calls(workers.journal)] == ["begin", "end"]
    assert sorted(Job.objects.values_list("state", flat=True)) == [JobState.DONE, JobState.WAITING]


def test_p11_what_kills_its_workers_is_given_up(workers, founded):
    workers.environment |= {"ORGS_TEST_PROVIDER_SECONDS": "30 30", "ORGS_JOB_ATTEMPTS": "2"}
    operations.creations.create_account(actor=founded[1], name="kills-its-worker")
    for number in range(1, 3):
        process = workers.start()
        wait_for(lambda number=number: len(calls(workers.journal)) == number)
        workers.kill(process)
    workers.start()

    wait_for(nothing_is_left_to_do)

    request = CreationRequest.objects.get()
    assert (request.state, request.failure_reason) == ("failed", "INTERNAL_FAILURE")
    job = Job.objects.get()
    assert (job.state, job.attempts) == (JobState.DEAD, 3)
    assert job.problem == "given up: its workers died"


def test_work_once_does_what_is_due_and_ends(workers, founded):
    workers.environment["ORGS_TEST_PROVIDER_SECONDS"] = "0 0"
    for number in range(25):  # more than a round holds
        operations.creations.create_account(actor=founded[1], name=f"brand-new-{number}")

    ended = subprocess.run(
        [sys.executable, str(PROJECT / "manage.py"), "work", "--once"],
        env=workers.environment,
        cwd=PROJECT,
        capture_output=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )

    assert (ended.returncode, ended.stderr) == (0, b"")
    assert not CreationRequest.objects.exclude(state=CreationState.SUCCEEDED).exists()
    assert Job.objects.filter(due_at__lte=timezone.now(), state=JobState.DONE).count() == 25
