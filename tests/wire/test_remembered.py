"""P4: an equal write of the same second gets the same answer and runs once; a refusal is judged again."""

import http.client
import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from orgs.models import (
    AccessKey,
    Account,
    AccountStatus,
    Event,
    Organization,
    OrganizationalUnit,
    RememberedAnswer,
)
from orgs.operations import bookkeeping
from tests.wire.conftest import World, make_world
from tests.wire.signing import call, code_of, minutes, send, signed_headers

UNITS = "/v1/organizations/organizational-units"


@pytest.fixture
def world(db) -> World:
    return make_world()


def twice(key, method, url, body=b"", headers=None):
    """The same signed bytes, sent two times."""
    signed = signed_headers(key, method, url, body=body, headers=headers)
    return [send(method, url, signed, body) for _ in range(2)]


def create(world, name="New"):
    return f'{{"name":"{name}","parent_id":"{world.root.pk}"}}'.encode()


def test_an_equal_write_is_answered_alike_and_runs_once(world, manager):
    events = Event.objects.count()

    first, second = twice(manager, "POST", UNITS, create(world))

    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert first.status_code == 201
    assert first["X-Request-Id"] != second["X-Request-Id"]
    assert OrganizationalUnit.objects.filter(name="New").count() == 1
    assert Event.objects.count() == events + 1


def test_what_cannot_be_done_twice_is_answered_twice(world):
    key = world.keys["alone"]
    made = twice(key, "POST", "/v1/organizations")
    assert [response.status_code for response in made] == [201, 201]
    assert made[0].content == made[1].content

    deleted = twice(key, "DELETE", "/v1/organizations")
    assert [response.status_code for response in deleted] == [204, 204]
    assert Organization.objects.live().count() == 1

    later = call(key, "DELETE", "/v1/organizations", headers={"X-Nothing": "1"})
    assert code_of(later) == (401, "Organizations.1015")


def test_a_refused_write_is_judged_again(world, manager):
    body = create(world, world.unit.name)
    signed = signed_headers(manager, "POST", UNITS, body=body)
    assert code_of(send("POST", UNITS, signed, body)) == (409, "Organizations.1205")
    assert RememberedAnswer.objects.count() == 0

    world.unit.name = "Elsewhere"
    world.unit.save()

    assert send("POST", UNITS, signed, body).status_code == 201


def test_a_key_of_the_client_is_good_for_one_request(world, manager):
    token = {"X-Idempotency-Key": "order-1"}
    first = call(manager, "POST", UNITS, create(world), headers=token)
    again = call(manager, "POST", UNITS, create(world), headers=token | {"User-Agent": "another/2"})
    other = call(manager, "POST", UNITS, create(world, "Other"), headers=token)
    elsewhere = call(manager, "DELETE", f"{UNITS}/{world.unit.pk}", headers=token)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert code_of(other) == code_of(elsewhere) == (409, "Organizations.1052")
    assert OrganizationalUnit.objects.filter(name="Other").count() == 0


def test_a_key_of_the_client_belongs_to_its_access_key(world, manager):
    token = {"X-Idempotency-Key": "order-1"}
    assert call(manager, "POST", UNITS, create(world), headers=token).status_code == 201

    other = call(world.keys["alone"], "POST", "/v1/organizations", headers=token)

    assert other.status_code == 201


@pytest.mark.parametrize("token", ["", " ", "a b", "ä", "x" * 129])
def test_a_key_that_is_none_is_refused(world, manager, token):
    response = call(manager, "POST", UNITS, create(world), headers={"X-Idempotency-Key": token})

    assert code_of(response) == (400, "Organizations.1050")
    assert response.json()["error_msg"].startswith("X-Idempotency-Key: ")
    assert OrganizationalUnit.objects.filter(name="New").count() == 0


def test_reads_are_not_remembered(world, manager):
    twice(manager, "GET", "/v1/organizations")
    call(manager, "POST", "/v1/organizations/organizations:ous/resource-instances/filter", {})

    assert RememberedAnswer.objects.count() == 0


def test_an_answer_is_remembered_for_a_day(world, manager, settings):
    token = {"X-Idempotency-Key": "order-1"}
    call(manager, "POST", UNITS, create(world), headers=token)
    almost = timezone.now() - settings.ANSWERS_REMEMBERED_FOR + timedelta(minutes=1)
    RememberedAnswer.objects.update(created_at=almost)
    assert bookkeeping.forget_answers(now=timezone.now()) == 0
    assert call(manager, "POST", UNITS, create(world), headers=token).status_code == 201

    RememberedAnswer.objects.update(created_at=almost - timedelta(minutes=2))
    again = call(manager, "POST", UNITS, create(world), headers=token)
    assert code_of(again) == (409, "Organizations.1205")  # run again, and the name is taken

    assert bookkeeping.forget_answers(now=timezone.now()) == 1
    assert RememberedAnswer.objects.count() == 0


def test_a_disabled_key_gets_no_remembered_answer(world, manager):
    body = create(world)
    signed = signed_headers(manager, "POST", UNITS, body=body)
    assert send("POST", UNITS, signed, body).status_code == 201

    AccessKey.objects.filter(pk=manager.id).update(is_active=False)

    assert code_of(send("POST", UNITS, signed, body)) == (401, "APIGW.0301")


@pytest.mark.django_db(transaction=True)
def test_equal_writes_at_the_same_moment_run_once_and_are_answered_alike(live_server):
    world = make_world()
    body, host = create(world), live_server.url.removeprefix("http://")
    signed = signed_headers(world.keys["manager"], "POST", UNITS, body=body, headers={"Host": host})
    start, answers = threading.Barrier(6), []

    def ask():
        start.wait()
        connection = http.client.HTTPConnection(host, timeout=30)
        connection.request("POST", UNITS, body, signed)
        response = connection.getresponse()
        answers.append((response.status, response.read()))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 6
    assert len(set(answers)) == 1
    assert answers[0][0] == 201
    assert OrganizationalUnit.objects.filter(name="New").count() == 1


def test_a_closed_account_gets_no_remembered_answer(world):
    key = world.keys["alone"]
    signed = signed_headers(key, "POST", "/v1/organizations")
    assert send("POST", "/v1/organizations", signed).status_code == 201

    Account.objects.filter(users__access_keys=key.id).update(status=AccountStatus.SUSPENDED)

    refused = send("POST", "/v1/organizations", signed)
    assert code_of(refused) == (403, "Organizations.1007")


@pytest.mark.parametrize(("ago", "status"), [(0, 201), (14, 201), (16, 401)])
def test_a_replay_is_answered_while_its_signature_holds(world, manager, ago, status):
    body = create(world)
    signed = signed_headers(manager, "POST", UNITS, body=body, at=minutes(-ago))

    answers = [send("POST", UNITS, signed, body) for _ in range(3)]

    assert {response.status_code for response in answers} == {status}
    assert OrganizationalUnit.objects.filter(name="New").count() == (status == 201)
