"""A world that a module's tests share: a test that would commit it away is told so."""

import pytest
from django.db import connection, transaction

from orgs.models import Organization
from tests.factories import make_organization
from tests.standing import WHY, refuse_to_commit, require_uncommitted, standing

Failed = pytest.fail.Exception


@pytest.fixture(scope="module")
def made_once(django_db_setup, django_db_blocker):
    with standing(django_db_blocker):
        yield make_organization()[0]


@pytest.mark.parametrize("statement", ["COMMIT", " commit;", "END", "ROLLBACK"])
def test_an_end_of_the_transaction_is_refused_and_the_world_stands(made_once, db, statement):
    with pytest.raises(Failed, match=WHY), connection.cursor() as cursor:
        cursor.execute(statement)

    assert Organization.objects.get() == made_once


def test_savepoints_are_the_test_s_own(made_once, db):
    with transaction.atomic():
        Organization.objects.update(name="Another")
        transaction.set_rollback(True)
    with transaction.atomic():
        Organization.objects.update(name="Mine")

    assert Organization.objects.get().name == "Mine"


@pytest.mark.parametrize("fixture", ["transactional_db", "live_server"])
def test_a_test_whose_fixture_commits_is_refused(made_once, request, fixture):
    refuse_to_commit(request.node)

    request.node.fixturenames.append(fixture)
    try:
        with pytest.raises(Failed, match=WHY):
            refuse_to_commit(request.node)
    finally:
        request.node.fixturenames.remove(fixture)


def test_a_test_whose_mark_says_that_it_commits_is_refused(made_once, request):
    request.node.add_marker(pytest.mark.django_db(transaction=True))

    with pytest.raises(Failed, match=WHY):
        refuse_to_commit(request.node)


def test_a_commit_that_came_past_all_is_found_out(made_once, db):
    """Seen on a connection of its own: what is committed there is nothing."""
    require_uncommitted(connection)
    other = connection.copy()
    try:
        other.connect()
        other.connection.execute("BEGIN")
        require_uncommitted(other)

        other.connection.execute("COMMIT")

        with pytest.raises(AssertionError, match="somebody did"):
            require_uncommitted(other)
    finally:
        other.close()
