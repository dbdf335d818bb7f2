"""Fixtures that every test may use."""

import pytest
from django.apps import apps
from django.db import connection
from django.db.models.signals import post_migrate

from orgs.models import guards


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The database, with its guards; events may be altered, because tables are emptied between tests."""
    # With its sender, or nothing is disconnected and the first flush puts the guards back.
    assert post_migrate.disconnect(dispatch_uid="orgs.guards", sender=apps.get_app_config("orgs"))
    with django_db_blocker.unblock():
        guards.lift_event_guards(connection)
