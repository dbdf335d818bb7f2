"""Statements that are put together once: the same rows as the query set, for the values of each run."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import DateTimeField, Q, Value
from django.utils import timezone

from console import environment
from orgs.models import Account
from orgs.statements import Given, InstanceStatement, Statement
from tests.factories import AccountFactory, make_organization

pytestmark = pytest.mark.django_db


def _named_or_after():
    wanted = Q(name=Given("name")) | Q(created_at__gt=Given("time", DateTimeField()))
    return Account.objects.filter(wanted).order_by("name").values_list("name", "created_at")


def test_a_statement_finds_what_its_query_set_finds_for_the_values_of_each_run(
    django_assert_num_queries,
):
    first, second = AccountFactory(name="first"), AccountFactory(name="second")
    named_or_after = Statement(_named_or_after)
    never = timezone.now() + timedelta(days=1)
    before = min(first.created_at, second.created_at) - timedelta(seconds=1)

    with django_assert_num_queries(4):
        found = [
            named_or_after(name="first", time=never),
            named_or_after(name="second", time=never),
            named_or_after(name="", time=before),
            named_or_after(name="it's", time=never),
        ]

    one, other = ("first", first.created_at), ("second", second.created_at)
    assert found == [[one], [other], [one, other], []]


def test_a_statement_is_put_together_once():
    written = []

    def write():
        written.append(1)
        return Account.objects.filter(pk=Given("id")).values_list("pk")

    statement = Statement(write)
    organization, _actor = make_organization()
    given = organization.management_account_id

    assert [statement(id=given), statement(id=given), statement(id="")] == [[(given,)]] * 2 + [[]]
    assert written == [1]


def number_of_plans() -> list[tuple[int]]:
    """How often each statement that PostgreSQL keeps for this connection was planned or taken up again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans + custom_plans FROM pg_prepared_statements"
            " WHERE position('created_at' in statement) > 0"
        )
        return cursor.fetchall()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite plans in no time")
def test_a_prepared_statement_is_planned_once_for_all_its_values():
    AccountFactory(name="it's")
    statement = Statement(_named_or_after, prepared=True)
    time = timezone.now() + timedelta(days=1)

    found = [len(statement(name=name, time=time)) for name in ("it's", "nobody", "it's")]

    assert (found, number_of_plans()) == ([1, 0, 1], [(3,)])


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite plans in no time")
def test_nothing_is_prepared_where_a_pooler_does_not_know_it(monkeypatch):
    url = "postgresql://banyan:secret@127.0.0.1:1/banyan"
    monkeypatch.setenv("ORGS_DATABASE_URL", url)
    thresholds = [
        environment.database("ORGS_DATABASE_URL", default="", prepares=prepares)["OPTIONS"][
            "prepare_threshold"
        ]
        for prepares in (True, False)
    ]
    AccountFactory(name="it's")
    statement = Statement(_named_or_after, prepared=True)
    before = number_of_plans()

    monkeypatch.setattr(connection.connection, "prepare_threshold", thresholds[1])
    found = [len(statement(name=name, time=timezone.now())) for name in ("it's", "nobody")]

    assert thresholds == [0, None]
    assert (found, number_of_plans()) == ([1, 0], before)


def test_a_statement_refuses_to_run_without_one_of_its_values(django_assert_num_queries):
    statement = Statement(_named_or_after)

    with django_assert_num_queries(0), pytest.raises(KeyError):
        statement(name="first")


def test_an_instance_is_what_djangos_own_loop_makes_of_the_row(django_assert_num_queries):
    organization, _actor = make_organization()
    alone = AccountFactory(name="alone")
    accounts = Account.objects.select_related("organization").annotate(said=Value("here"))
    statement = InstanceStatement(lambda: accounts.filter(pk=Given("id")))

    with django_assert_num_queries(3):
        found = statement.first(id=organization.management_account_id)
        found_alone = statement.first(id=alone.pk)
        assert statement.first(id="") is None
    expected = accounts.get(pk=organization.management_account_id)

    with django_assert_num_queries(0):
        assert _fields(found) == _fields(expected)
        assert _fields(found.organization) == _fields(organization)
        assert (found.said, found_alone.said, found_alone.organization) == ("here", "here", None)
        assert (found._state.adding, found._state.db) == (False, "default")


def _fields(instance):
    return {field.attname: getattr(instance, field.attname) for field in instance._meta.fields}
