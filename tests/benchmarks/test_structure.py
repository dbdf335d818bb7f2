"""The Structure page at 10,000 and 100,000 accounts: the same statements, and how long they take."""

import pytest

from orgs.models import Account, OrganizationalUnit
from tests.benchmarks.conftest import settle

pytestmark = [pytest.mark.bench, pytest.mark.django_db]

STATEMENTS = 7  # session, user, grants, and four of the page's own


def test_structure_page_asks_the_same_at_any_size(big):
    deepest = OrganizationalUnit.objects.order_by("-level", "lft").first()
    account = Account.objects.filter(unit=deepest).first()
    settle()

    for what, address in {
        "root": "/structure/",
        "deep unit": f"/structure/units/{deepest.pk}/",
        "account": f"/structure/accounts/{account.pk}/",
    }.items():
        measured = big.measure(address)
        big.say(what, measured)
        assert measured.statements == STATEMENTS
