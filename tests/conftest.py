"""Fixtures that every test may use."""

import gc
import importlib
import os
import time
from collections.abc import Callable
from functools import partial

import pytest
from django.apps import apps
from django.core.signals import request_finished, request_started
from django.db import connection
from django.db.models.signals import post_migrate
from django.template.base import PartialTemplate, Template
from django.utils import timezone
from pytest_django.plugin import blocking_manager_key

from console import sessions
from orgs import tasks
from orgs.api import tally
from orgs.models import Job, JobState, guards
from tests import databases
from tests.clock import Clock
from tests.standing import refuse_to_commit

# What takes longest of all, the longest first.
LONGEST = (
    "test_rule_machine.py::test_rule_machine_and_product",
    "test_operators_site_in_browser.py::test_every_page",
    "test_hostile_texts.py::test_every_page",
    "test_hostile_texts.py::test_no_browser",
    "test_browser.py::test_every_page",
    "test_sdk.py::test_the_sdk_pages",
    "tests/storms/",
    "test_lists.py::test_a_list_asks_the_same",
    "test_sign_in_in_browser.py::test_a_person_protects",
    "test_hostile_texts.py::test_every_form",
)


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
    item.runtest = partial(_with_room, item.runtest)


def _with_room(run: Callable[[], None]) -> None:
    """Run a test where the frames of its calls find room in one piece.

    Python asks the system for 16 KiB of them at a time and gives them back at once. A page is so many calls
    deep that this happened some hundred times for each.
    """
    run()


_with_room.__code__ = _with_room.__code__.replace(co_stacksize=70_000)  # 1 MiB, half of it free


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """No test commits while the world of its module stands: not made by another test before,"""
    refuse_to_commit(item)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """nor for itself."""
    refuse_to_commit(item)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the collector of garbage need not look through it again and again."""
    gc.collect()
    gc.freeze()
    # A request leaves little in circles; looked for as often as Python would, that was a sixth of all time.
    gc.set_threshold(100_000, 20, 100)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where several processes share the tests, each begins with some of the longest.

    Or one of them works on alone in the end. A process gets as many tests as each other in the beginning,
    those that stand together; from there, who has done its own takes over from the end of another's.
    """
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if processes == 1:
        return
    of_name = {name: [item for item in items if name in item.nodeid] for name in LONGEST}
    long = [item for found in of_name.values() for item in found]
    others = [item for item in items if not any(name in item.nodeid for name in LONGEST)]
    ordered: list[pytest.Item] = []
    for number in range(processes):
        size = (len(items) - len(ordered)) // (processes - number)
        share = long[number::processes]
        room = max(0, size - len(share)) if number < processes - 1 else len(others)
        ordered += share + others[:room]
        others = others[room:]
    items[:] = ordered


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Who shared out the tests clears up after all who did them."""
    if worker_of(session.config) is None:
        with session.config.stash[blocking_manager_key].unblock():
            databases.drop_migrated()


def worker_of(config: pytest.Config) -> str | None:
    """The name of this process, if it is one of several that share the tests."""
    return getattr(config, "workerinput", {}).get("workerid")


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
def django_db_setup(request, django_test_environment, django_db_blocker):
    """The database, with its guards; events may be altered, because tables are emptied between tests."""
    worker = worker_of(request.config)
    with django_db_blocker.unblock():
        if worker is None:
            request.getfixturevalue("django_db_setup")  # pytest-django's own
        else:
            databases.take_copy(worker)
        guards.lift_event_guards(connection)
    # With its sender, or nothing is disconnected and the first flush puts the guards back.
    assert post_migrate.disconnect(dispatch_uid="orgs.guards", sender=apps.get_app_config("orgs"))
    # A test that commits empties every table in the end, also those that a migration has filled.
    post_migrate.connect(fill_catalogues, sender=apps.get_app_config("orgs"))
    yield
    if worker is not None:
        with django_db_blocker.unblock():
            databases.drop_copy()


@pytest.fixture(scope="session", autouse=True)
def no_template_is_recorded(django_test_environment):
    """Django's test client would keep the context of every part of a page; that was a third of a page's time.

    What a page was given stands in its response's `context_data`.
    """
    with pytest.MonkeyPatch.context() as patched:
        for kind in (Template, PartialTemplate):
            patched.setattr(
                kind, "_render", lambda template, context: template.nodelist.render(context)
            )
        yield


@pytest.fixture(scope="session")
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


@pytest.fixture(autouse=True)
def no_session_is_noted_again(monkeypatch):
    """A session is written down once a minute; a test that counts statements or rows may take longer.

    The tests of sessions take this back.
    """
    monkeypatch.setattr(sessions, "NOTED_EVERY_SECONDS", 3600)


@pytest.fixture(autouse=True)
def calls_are_counted_anew(monkeypatch):
    """What was written in one test is not there in the next, and nothing is counted to it."""
    for name in ("strangers", "callers"):
        monkeypatch.setattr(tally, name, tally.Tally())


@pytest.fixture
def clock(monkeypatch) -> Clock:
    """The time, which only goes on when the test says so."""
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    return clock
