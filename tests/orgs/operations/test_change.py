"""The one door: R2, R3, R7, R9, and what waits for whom."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from orgs import errors
from orgs.actor import Actor
from orgs.apps import require_read_committed
from orgs.models import Account, Event, Organization, OrganizationalUnit, User
from orgs.operations.accounts import create_standalone_account, move_account
from orgs.operations.units import create_organizational_unit
from tests.digest import digest_of_database
from tests.factories import AccountFactory, UnitFactory, make_organization

on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer and no row locks"
)
with_real_transactions = pytest.mark.django_db(transaction=True)


@contextmanager
def elsewhere(work, *, seconds: float = 30) -> Iterator[None]:
    """`work` in another session, in a transaction that ends with the block, or after some `seconds`."""
    ready, done = threading.Event(), threading.Event()
    failed: list[BaseException] = []

    def session() -> None:
        try:
            with transaction.atomic():
                work()
                ready.set()
                done.wait(timeout=seconds)
        except BaseException as error:
            failed.append(error)
        finally:
            ready.set()
            connections.close_all()

    thread = threading.Thread(target=session)
    thread.start()
    ready.wait(timeout=30)
    try:
        yield
    finally:
        done.set()
        thread.join(timeout=30)
    assert failed == []


def lock(organization):
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)


@on_postgresql
@with_real_transactions
def test_r_gen_4_a_lock_that_does_not_come_in_time_is_a_concurrent_modification():
    organization, actor = make_organization()
    root_id = organization.root.pk
    before = digest_of_database()
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    try:
        with elsewhere(lambda: lock(organization)):
            started = time.perf_counter()
            with pytest.raises(errors.ConcurrentModification):
                create_organizational_unit(actor=actor, parent_id=root_id, name="Sales")
            waited = time.perf_counter() - started
    finally:
        connection.close()

    assert 0.2 <= waited < 2
    assert digest_of_database() == before


@on_postgresql
@with_real_transactions
def test_the_lock_lets_rows_that_refer_to_the_organization_be_written():
    """`no_key`: an event or a row of another table is inserted while the organization is held."""
    organization, _ = make_organization()
    event = Event.objects.get(organization=organization)
    event.pk, event.number = None, 1_000

    with elsewhere(lambda: lock(organization)):
        started = time.perf_counter()
        event.save(force_insert=True)
        waited = time.perf_counter() - started

    assert waited < 0.1


@on_postgresql
@with_real_transactions
def test_two_organizations_do_not_wait_for_each_other():
    first, _ = make_organization()
    second, actor = make_organization()

    with elsewhere(lambda: lock(first)):
        started = time.perf_counter()
        create_organizational_unit(actor=actor, parent_id=second.root.pk, name="Sales")
        waited = time.perf_counter() - started

    assert waited < 2


@pytest.mark.django_db
def test_the_first_statement_of_a_change_locks_the_organization():
    organization, actor = make_organization()
    root_id = organization.root.pk

    with CaptureQueriesContext(connection) as asked:
        create_organizational_unit(actor=actor, parent_id=root_id, name="Sales")

    statements = [query["sql"] for query in asked.captured_queries]
    first = next(sql for sql in statements if not sql.startswith(("SAVEPOINT", "BEGIN")))
    assert '"orgs_organization"' in first
    assert ("FOR NO KEY UPDATE" in first) == (connection.vendor == "postgresql")


@on_postgresql
@with_real_transactions
def test_a_unique_value_taken_meanwhile_is_a_concurrent_modification():
    """The name is free when it is asked for, and taken before it is written (R5)."""
    with (
        elsewhere(lambda: AccountFactory(name="brand-new"), seconds=0.5),
        pytest.raises(errors.ConcurrentModification),
    ):
        create_standalone_account(actor=Actor.operator("operator"), name="Brand-New")

    assert list(Account.objects.values_list("name", flat=True)) == ["brand-new"]
    assert User.objects.count() == 0


@pytest.mark.django_db
def test_an_actor_disabled_since_the_request_came_in_is_refused():
    organization, actor = make_organization()
    User.objects.filter(pk=actor.user_id).update(is_active=False)
    before = digest_of_database()

    with pytest.raises(errors.UserDisabled):
        create_organizational_unit(actor=actor, parent_id=organization.root.pk, name="Sales")

    assert digest_of_database() == before


@on_postgresql
@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
@with_real_transactions
def test_a_connection_of_another_isolation_level_is_refused(level):
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET default_transaction_isolation = '{level}'")

        with pytest.raises(ImproperlyConfigured):
            require_read_committed(connection=connection)
    finally:
        connection.close()


@pytest.mark.django_db
def test_r_gen_5_a_change_that_fails_half_way_leaves_nothing():
    """The unit is written and then its event cannot be: a request without an id."""
    organization, actor = make_organization()
    before = digest_of_database()

    with pytest.raises(IntegrityError):
        create_organizational_unit(
            actor=replace(actor, request_id=None), parent_id=organization.root.pk, name="Sales"
        )

    assert digest_of_database() == before
    assert OrganizationalUnit.objects.count() == 1


def queries_of(operation, **arguments):
    with connection.execute_wrapper(counter := Counter()):
        operation(**arguments)
    return counter.statements


class Counter:
    """Counts statements, those of savepoints aside."""

    def __init__(self) -> None:
        self.statements = 0

    def __call__(self, execute, sql, params, many, context):
        self.statements += "SAVEPOINT" not in sql
        return execute(sql, params, many, context)


@pytest.mark.django_db
def test_operations_cost_the_same_in_a_small_and_in_a_large_organization():
    counts = []
    for size in (1, 60):
        organization, actor = make_organization()
        root = organization.root
        units = [UnitFactory(parent=root) for _ in range(size)]
        account, *_ = [AccountFactory(member_of=root) for _ in range(size)]
        made = queries_of(create_organizational_unit, actor=actor, parent_id=root.pk, name="New")
        moved = queries_of(
            move_account,
            actor=actor,
            account_id=account.pk,
            source_parent_id=root.pk,
            destination_parent_id=units[0].pk,
        )
        counts.append((made, moved))

    assert counts[0] == counts[1]
    assert counts[0] == (13, 11)


@pytest.mark.django_db
def test_moving_an_account_rewrites_one_account():
    organization, actor = make_organization()
    root = organization.root
    unit = UnitFactory(parent=root)
    accounts = [AccountFactory(member_of=root) for _ in range(5)]
    before = dict(Account.objects.values_list("pk", "unit"))

    move_account(
        actor=actor,
        account_id=accounts[0].pk,
        source_parent_id=root.pk,
        destination_parent_id=unit.pk,
    )

    after = dict(Account.objects.values_list("pk", "unit"))
    assert {pk for pk in after if after[pk] != before[pk]} == {accounts[0].pk}
