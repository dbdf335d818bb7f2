"""What says that nothing was written notices everything that was."""

import pytest
from django.db import transaction

from orgs.models import Account, Tag
from tests.digest import digest_of_database
from tests.factories import AccountFactory, make_organization

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "write",
    [
        lambda account: Account.objects.filter(pk=account.pk).update(description="changed"),
        lambda account: Account.objects.filter(pk=account.pk).update(version=account.version + 1),
        lambda account: Account.objects.filter(pk=account.pk).update(phone=None),
        lambda _account: AccountFactory(),
        lambda account: Tag.objects.create(
            organization=account.organization, account=account, key="owner", value=""
        ),
        lambda _account: Account.objects.get(organization=None).delete(),
    ],
    ids=["a text", "a number", "nothing in place of a text", "a row", "a row of another", "gone"],
)
def test_a_digest_notices_what_was_written_and_that_it_was_taken_back(write):
    organization, _actor = make_organization()
    account = organization.management_account
    account.phone = "+44 20 7946 0000"
    account.save()
    AccountFactory()
    before = digest_of_database()

    with transaction.atomic():
        write(account)
        written = digest_of_database()
        transaction.set_rollback(True)

    assert written != before
    assert digest_of_database() == before
