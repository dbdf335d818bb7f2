"""How long an import takes, and whether the time grows with the file and no faster."""

import time

import pytest

from orgs import operations, organization_file
from orgs.actor import Actor
from orgs.models import Account, Attachment, EventTarget, OrganizationalUnit
from orgs.queries.integrity import check_integrity
from tests.big_organization import big_organization

pytestmark = [pytest.mark.bench, pytest.mark.django_db]

OPERATOR = Actor.operator("bench")


@pytest.fixture(autouse=True)
def raised_limits(settings):
    settings.ORGANIZATIONAL_UNIT_QUOTA = 20_000
    settings.ACCOUNT_QUOTA_MAX = 200_000


@pytest.mark.parametrize(
    ("units", "accounts", "seconds"), [(1_000, 10_000, 6), (10_000, 100_000, 60)]
)
def test_import_takes_time_that_grows_with_the_file(units, accounts, seconds):
    text = big_organization(units=units, accounts=accounts, policies=200)
    name = operations.accounts.create_standalone_account(
        actor=OPERATOR, name=f"bench-root-{units}"
    ).account.name

    started = time.perf_counter()
    plan = organization_file.read(text)
    read = time.perf_counter()
    operations.organization_files.import_organization(
        actor=OPERATOR, plan=plan, management_account=name
    )
    ended = time.perf_counter()

    print(  # noqa: T201  (its report)
        f"\nimport of {units} units, {accounts} accounts and 200 policies ({len(text) / 2**20:.1f} MiB):"
        f" read {read - started:.1f} s, written {ended - read:.1f} s, {ended - started:.1f} s in all"
    )
    assert OrganizationalUnit.objects.count() == units + 1
    assert Account.objects.count() == accounts + 1
    assert Attachment.objects.count() == units + 1 + accounts + 1 + units + accounts // 4
    assert EventTarget.objects.count() >= units + accounts
    assert [invariant.name for invariant in check_integrity() if not invariant.holds] == []
    assert ended - started < seconds
