"""What the tests of a module begin with, made once for all of them.

A module's own fixture makes it inside `standing`; each test takes a copy from `as_made`. The database gives
back what a test changed, as ever: the test's transaction lies within the one that is open here. So none of
the module's tests may commit: a test that would is refused before it begins (`refuse_to_commit`), a COMMIT is
refused as it comes, and one that came past both is found out in the end.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from orgs.policy.memo import BoundedMemo, DecisionMemo
from orgs.queries import own_decisions
from orgs.queries.decisions import standings

ENDS = re.compile(r"\s*(COMMIT|END|ROLLBACK(?!\s+(TRANSACTION\s+)?TO))\b", re.IGNORECASE)
COMMITS = {"transactional_db", "live_server"}
WHY = "a test of a module with a shared world must not commit"

_open: list[object] = []


@contextmanager
def standing(blocker: DjangoDbBlocker) -> Iterator[None]:
    """What is written inside stays until the end; the database fixture `django_db_setup` comes before."""
    with blocker.unblock(), transaction.atomic():
        _open.append(blocker)
        try:
            with connection.execute_wrapper(_refuse_an_end):
                yield
        finally:
            _open.pop()
        require_uncommitted(connection)
        transaction.set_rollback(True)


def refuse_to_commit(item: pytest.Item) -> None:
    """Fail a test that commits, by its fixtures or its mark, while a world stands."""
    mark = item.get_closest_marker("django_db")
    commits = COMMITS & set(getattr(item, "fixturenames", ()))
    if _open and (commits or (mark is not None and mark.kwargs.get("transaction"))):
        pytest.fail(WHY, pytrace=False)


def require_uncommitted(connection: Any) -> None:
    """Fail where the driver is in no transaction any more, whatever Django has been told."""
    driver = connection.connection
    if connection.vendor == "sqlite":
        is_open = driver.in_transaction
    else:
        is_open = driver.info.transaction_status.name != "IDLE"
    assert is_open, f"{WHY}: somebody did, and the world stays in the database"


def _refuse_an_end(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    if ENDS.match(sql):
        pytest.fail(WHY)
    return execute(sql, params, many, context)


def as_made[Made](made: Made) -> Made:
    """A copy for one test, whatever another test did to its own."""
    # A change that was taken back leaves its number of a version to the next one.
    standings._DECISIONS = DecisionMemo()
    standings._STANDINGS = BoundedMemo(standings.REMEMBERED_STANDINGS)
    own_decisions._SWITCHED_OFF = BoundedMemo(standings.REMEMBERED_STANDINGS)
    return deepcopy(made)
