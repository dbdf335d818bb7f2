"""Fixtures that every test may use."""

import gc
import importlib
import time

import pytest
from django.apps import apps
from django.core.signals import request_finished, request_started
from django.db import connection
from django.db.models.signals import post_migrate
from django.utils import timezone

from orgs import tasks
from orgs.models import Job, JobState, guards
from tests.clock import Clock

LONGEST = "test_rule_machine.py"


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what asks the database: the rest is the same on each, and `.ci/test` runs it once.

    A test with none of these cannot reach the database, pytest-django stands in its way. And what a
    browser makes of an answer does not depend on it; each view is asked on both by its own tests.
    """
    used = set(getattr(item, "fixturenames", ()))
    asks = used & {"db", "transactional_db", "live_server"} or item.get_closest_marker("django_db")
    if asks and not used & {"browser", "context", "page"}:
        item.add_marker(pytest.mark.database)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the collector of garbage need not look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest test before the others of its kind, or one core works on it alone in the end.

    Those that commit stay behind those that roll back, as pytest-django has put them.
    """
    first = next((place for place, item in enumerate(items) if _commits(item)), len(items))
    items[first:] = sorted(items[first:], key=lambda item: LONGEST not in item.nodeid)


def _commits(item: pytest.Item) -> bool:
    marks = list(item.iter_markers("django_db"))
    fixtures = {"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
    return bool(fixtures) or any(mark.kwargs.get("transaction") for mark in marks)


class Running:
    """How many requests the live server works on."""

    def __init__(self) -> None:
        self.count = 0

    def started(self, **_: object) -> None:
        self.count += 1

    def finished(self, **_: object) -> None:
        self.count -= 1

    def wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self.count > 0 and time.monotonic() < until:
            time.sleep(0.01)


@pytest.fixture(autouse=True)
def no_request_outlives_its_test(request):
    """A page that is closed leaves requests running; PostgreSQL cannot empty tables under them."""
    if "live_server" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("transactional_db")
    running = Running()
    request_started.connect(running.started)
    request_finished.connect(running.finished)
    yield
    running.wait(seconds=10)
    request_started.disconnect(running.started)
    request_finished.disconnect(running.finished)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The database, with its guards; events may be altered, because tables are emptied between tests."""
    # With its sender, or nothing is disconnected and the first flush puts the guards back.
    assert post_migrate.disconnect(dispatch_uid="orgs.guards", sender=apps.get_app_config("orgs"))
    # A test that commits empties every table in the end, also those that a migration has filled.
    post_migrate.connect(fill_catalogues, sender=apps.get_app_config("orgs"))
    with django_db_blocker.unblock():
        guards.lift_event_guards(connection)


@pytest.fixture
def run_jobs():
    """Do the jobs that wait, as a worker would, without waiting for the hour at which they are due."""

    def run(*, times: int = 1) -> None:
        for _ in range(times):
            now = timezone.now()
            waiting = Job.objects.filter(state=JobState.WAITING)
            waiting.update(due_at=now)
            for job_id in list(waiting.order_by("pk").values_list("pk", flat=True)):
                tasks.work.call(job_id=job_id)

    return run


def fill_catalogues(**_signal):
    for migration in ("0004_catalogues_of_services", "0009_builtin_policies"):
        importlib.import_module(f"orgs.migrations.{migration}").fill(apps, None)


@pytest.fixture
def clock(monkeypatch) -> Clock:
    """The time, which only goes on when the test says so."""
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    return clock
