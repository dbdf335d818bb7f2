"""The overview at 10,000 and 100,000 accounts: the same statements, and how long they take."""

import pytest

from tests.benchmarks.conftest import settle

pytestmark = [pytest.mark.bench, pytest.mark.django_db]

STATEMENTS = 7  # session, user, grants, and four of the page's own


def test_overview_asks_the_same_at_any_size(big):
    settle()

    measured = big.measure("/")

    big.say("overview", measured)
    assert measured.statements == STATEMENTS
