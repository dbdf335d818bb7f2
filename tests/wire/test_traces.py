"""What a request leaves behind: the event that carries its id, and nowhere a secret."""

import logging
import sqlite3
import time

import pytest
from django.db import connection

from orgs.models import AccessKey, Event
from tests.wire.conftest import World
from tests.wire.conftest import make_world as make_small_world
from tests.wire.signing import call
from tests.wire.test_authorization import ENDPOINTS, make_world, requests_of


@pytest.fixture
def world(db) -> World:
    return make_small_world()


def test_the_event_of_a_change_carries_the_id_of_the_answer_and_who_asked(world, manager):
    path = f"/v1/organizations/organizational-units/{world.unit.pk}"

    response = call(manager, "PATCH", path, {"name": "Renamed"})

    event = Event.objects.order_by("-pk").first()
    assert (event.kind, event.request_id) == (
        "updateOrganizationalUnit",
        response["X-Request-Id"],
    )
    assert event.actor_account_id == world.organization.management_account_id
    assert event.source_address == "127.0.0.1"


def test_no_answer_and_no_log_holds_a_secret_or_a_session(db, caplog):
    world = make_world()
    caplog.set_level(logging.DEBUG)
    seen = []
    for name, ask in requests_of(world).items():
        for caller in ("manager", "reader", "alone", "wrong_secret"):
            response = ask.sent(world.keys[caller], name)
            seen.append(response.content.decode() + str(response.headers))
            assert name in ENDPOINTS
            assert not response.cookies

    written = "".join(seen) + caplog.text
    for key in world.keys.values():
        assert key.secret not in written
    for sealed in AccessKey.objects.values_list("sealed_secret", flat=True):
        assert bytes(sealed).hex() not in written


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has many writers")
def test_who_reads_does_not_wait_for_who_writes():
    """Neither the use of the key nor its allowance is written while SQLite's one writer is somebody else."""
    world = make_world()
    key = world.keys["manager"]
    writer = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    try:
        start = time.monotonic()
        response = call(key, "GET", "/v1/organizations")
        taken = time.monotonic() - start
    finally:
        writer.execute("ROLLBACK")
        writer.close()

    assert response.status_code == 200
    assert taken < 2
    assert AccessKey.objects.get(pk=key.id).last_used_at is None
    call(key, "GET", "/v1/organizations")
    assert AccessKey.objects.get(pk=key.id).last_used_at is not None
