"""Fixtures that every test may use."""

import pytest
from django.apps import apps
from django.db import connection
from django.db.models.signals import post_migrate

from orgs.models import guards

LONGEST = "test_rule_machine.py"


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


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The database, with its guards; events may be altered, because tables are emptied between tests."""
    # With its sender, or nothing is disconnected and the first flush puts the guards back.
    assert post_migrate.disconnect(dispatch_uid="orgs.guards", sender=apps.get_app_config("orgs"))
    with django_db_blocker.unblock():
        guards.lift_event_guards(connection)
