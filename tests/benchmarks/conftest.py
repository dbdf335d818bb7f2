"""An organization of 10,000 and of 100,000 accounts, and how long a page of it takes."""

import gc
import gzip
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

import pytest
from django.core.handlers.base import BaseHandler
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from orgs import operations, organization_file
from orgs.actor import Actor
from orgs.models import Account, Organization, User
from tests.big_organization import big_organization
from tests.factories import make_administrator

OPERATOR = Actor.operator("bench")
ROUNDS = 30
DEPTHS = 10
FRAMES_APART = 7


@dataclass(frozen=True)
class Measured:
    """An answer: how many statements it took, how large it is, how long it took."""

    text: str
    statements: int
    bytes: int
    bytes_compressed: int
    milliseconds: float
    best_milliseconds: float

    def __str__(self) -> str:
        return (
            f"{self.statements} statements, {self.bytes / 1024:.1f} KiB,"
            f" {self.bytes_compressed / 1024:.1f} KiB compressed,"
            f" {self.milliseconds:.1f} ms (best {self.best_milliseconds:.1f} ms)"
        )


class Waited:
    """How long statements took by the clock, and how much of it this process was busy."""

    def __init__(self) -> None:
        self.seconds = self.busy = 0.0

    def __call__(self, execute, *statement):
        started, busy = time.perf_counter(), time.thread_time()
        try:
            return execute(*statement)
        finally:
            self.seconds += time.perf_counter() - started
            self.busy += time.thread_time() - busy


def deeper(frames: int, ask: Callable[[], object]) -> object:
    """Ask with so many more frames on the stack."""
    return deeper(frames - 1, ask) if frames else ask()


@dataclass(frozen=True)
class Big:
    """A large organization, and a browser of its administrator."""

    organization: Organization
    administrator: User
    client: Client
    units: int
    accounts: int

    def measure(self, address: str, **headers: str) -> Measured:
        """Ask for a page, or for a part of it, many times.

        Asked past the test client, which copies every context; what a statement takes on PostgreSQL is
        the time of another process and added to that of this one. Asked from several depths of the
        stack, because of how CPython fetches it in chunks: where a loop happens to work across the
        edge of one, every turn fetches and returns a chunk, which is twice the time and says nothing.
        """
        requests = RequestFactory()
        requests.cookies = self.client.cookies
        handler = BaseHandler()
        handler.load_middleware()

        def ask():
            return handler.get_response(requests.get(address, headers=headers))

        with CaptureQueriesContext(connection) as captured:
            answer = ask()
        assert answer.status_code == HTTPStatus.OK
        gc.collect()
        gc.freeze()  # what the test itself holds is no part of a server
        spent = []
        for number in range(ROUNDS):
            waited = Waited()
            started = time.thread_time()
            with connection.execute_wrapper(waited):
                deeper(number % DEPTHS * FRAMES_APART, ask)
            busy = time.thread_time() - started
            apart = connection.vendor == "postgresql"
            spent.append((busy + (waited.seconds - waited.busy if apart else 0)) * 1000)
        gc.unfreeze()
        return Measured(
            text=answer.text,
            statements=len(captured),
            bytes=len(answer.content),
            # The middleware adds up to a hundred bytes at random, so that nothing is guessed by size.
            bytes_compressed=len(gzip.compress(answer.content, compresslevel=6)) + 100,
            milliseconds=statistics.median(spent),
            best_milliseconds=min(spent),
        )

    def say(self, what: str, measured: Measured) -> None:
        """A line of the report."""
        print(  # noqa: T201  (its report)
            f"\n{connection.vendor}, {self.accounts} accounts in {self.units} units,"
            f" {what}: {measured}",
            end="",
        )


@pytest.fixture(params=[(300, 10_000), (3_000, 100_000)], ids=["10000", "100000"])
def big(request, db, settings) -> Big:
    units, accounts = request.param
    settings.ORGANIZATIONAL_UNIT_QUOTA = 20_000
    settings.ACCOUNT_QUOTA_MAX = 200_000
    name = f"bench-root-{units}"
    operations.accounts.create_standalone_account(actor=OPERATOR, name=name)
    plan = organization_file.read(big_organization(units=units, accounts=accounts))
    organization = operations.organization_files.import_organization(
        actor=OPERATOR, plan=plan, management_account=name
    )
    administrator = make_administrator(Account.objects.get(name=name), username="bench")
    client = Client()
    client.force_login(administrator)
    return Big(organization, administrator, client, units, accounts)


def settle() -> None:
    """What a database in use has: figures about its tables."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
