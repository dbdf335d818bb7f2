"""R7: a lock that does not come in time is 409 with the request to try again, and nothing is changed."""

from contextlib import contextmanager

import pytest
from django.db import connection

from tests.digest import digest_of_database
from tests.wire.conftest import make_world
from tests.wire.signing import call, code_of

pytestmark = pytest.mark.django_db(transaction=True)
UNITS = "/v1/organizations/organizational-units"


@contextmanager
def somebody_else_changes(organization):
    """Another connection holds what a change has to lock first."""
    other = connection.copy()
    other.ensure_connection()
    with other.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")
        else:
            cursor.execute("BEGIN")
            table = "SELECT id FROM orgs_organization WHERE id = %s FOR NO KEY UPDATE"
            cursor.execute(table, [organization.pk])
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
            other.close()


def wait_briefly():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA busy_timeout = 100")
        else:
            cursor.execute("SET lock_timeout = '100ms'")


def test_r_gen_4_a_write_that_waits_too_long_is_a_conflict_and_may_be_tried_again():
    world = make_world()
    key = world.keys["manager"]
    body = {"name": "New", "parent_id": world.root.pk}
    call(key, "GET", "/v1/organizations")  # its use is noted, its allowance taken
    before = digest_of_database()

    with somebody_else_changes(world.organization):
        wait_briefly()
        refused = call(key, "POST", UNITS, body, headers={"X-Idempotency-Key": "order-1"})

    assert code_of(refused) == (409, "Organizations.1003")
    assert refused["Retry-After"] == "1"
    assert digest_of_database() == before
    again = call(key, "POST", UNITS, body, headers={"X-Idempotency-Key": "order-1"})
    assert again.status_code == 201
    connection.close()


def test_who_reads_is_answered_meanwhile():
    world = make_world()
    call(world.keys["manager"], "GET", "/v1/organizations")

    with somebody_else_changes(world.organization):
        for path in ("/v1/organizations", "/v1/organizations/accounts", UNITS):
            assert call(world.keys["manager"], "GET", path).status_code == 200
