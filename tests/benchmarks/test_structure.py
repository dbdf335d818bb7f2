"""The Structure page at 10,000 and 100,000 accounts: the same statements, and how long they take."""

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orgs import operations, organization_file
from orgs.actor import Actor
from orgs.models import Account, OrganizationalUnit
from tests.big_organization import big_organization
from tests.factories import make_administrator

pytestmark = [pytest.mark.bench, pytest.mark.django_db]

OPERATOR = Actor.operator("bench")
STATEMENTS = 7  # session, user, grants, and four of the page's own
ROUNDS = 10


@pytest.mark.parametrize(("units", "accounts"), [(300, 10_000), (3_000, 100_000)])
def test_structure_page_asks_the_same_at_any_size(client, settings, units, accounts):
    settings.ORGANIZATIONAL_UNIT_QUOTA = 20_000
    settings.ACCOUNT_QUOTA_MAX = 200_000
    name = f"bench-root-{units}"
    operations.accounts.create_standalone_account(actor=OPERATOR, name=name)
    plan = organization_file.read(big_organization(units=units, accounts=accounts))
    operations.organization_files.import_organization(
        actor=OPERATOR, plan=plan, management_account=name
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    client.force_login(make_administrator(Account.objects.get(name=name), username="bench"))
    deepest = OrganizationalUnit.objects.order_by("-level", "lft").first()
    account = Account.objects.filter(unit=deepest).first()
    pages = {
        "root": "/structure/",
        "deep unit": f"/structure/units/{deepest.pk}/",
        "account": f"/structure/accounts/{account.pk}/",
    }

    for what, address in pages.items():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            answer = client.get(address)
            statements = len(captured)  # the log is emptied by the next request
        started = time.perf_counter()
        for _ in range(ROUNDS):
            client.get(address)
        spent = (time.perf_counter() - started) / ROUNDS * 1000
        print(  # noqa: T201
            f"\n{accounts} accounts in {units} units, {what}: {statements} statements,"
            f" {len(answer.content) / 1024:.0f} KiB, {spent:.0f} ms"
        )
        assert answer.status_code == 200
        assert statements <= STATEMENTS
