"""An organization of 10,000 and of 100,000 accounts, and how long a page of it takes."""

import gzip
import statistics
import time
from dataclasses import dataclass

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orgs import operations, organization_file
from orgs.actor import Actor
from orgs.models import Account, Organization, User
from tests.big_organization import big_organization
from tests.factories import make_administrator

OPERATOR = Actor.operator("bench")
ROUNDS = 20


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


@dataclass(frozen=True)
class Big:
    """A large organization, and a browser of its administrator."""

    organization: Organization
    administrator: User
    client: Client
    units: int
    accounts: int

    def measure(self, address: str, **headers: str) -> Measured:
        """Ask for a page, or for a part of it, many times."""
        with CaptureQueriesContext(connection) as captured:
            answer = self.client.get(address, headers=headers)
            statements = len(captured)  # the log is emptied by the next request
        assert answer.status_code == 200
        spent = []
        for _round in range(ROUNDS):
            started = time.perf_counter()
            self.client.get(address, headers=headers)
            spent.append((time.perf_counter() - started) * 1000)
        return Measured(
            text=answer.text,
            statements=statements,
            bytes=len(answer.content),
            bytes_compressed=len(gzip.compress(answer.content, compresslevel=6)),
            milliseconds=statistics.median(spent),
            best_milliseconds=min(spent),
        )

    def say(self, what: str, measured: Measured) -> None:
        """A line of the report."""
        print(  # noqa: T201
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
