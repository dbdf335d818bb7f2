"""Fixtures that every test may use."""

import pytest
from django.db import connection
from django.db.models.signals import post_migrate

from orgs.models import guards


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The database, with its guards; events may be altered, because tables are emptied between tests."""
    post_migrate.disconnect(dispatch_uid="orgs.guards")
    with django_db_blocker.unblock():
        guards.lift_event_guards(connection)
