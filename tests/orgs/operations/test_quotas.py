"""Quotas: R-QUO-2, R-QUO-3."""

import pytest

from orgs import errors, quotas
from orgs.actor import Actor
from orgs.operations.quotas import set_account_quota
from tests.digest import digest_of_database
from tests.factories import AccountFactory, make_organization

pytestmark = pytest.mark.django_db

OPERATOR = Actor.operator("operator")


def test_set_account_quota_may_lie_below_use(settings):
    organization, _ = make_organization()
    AccountFactory(member_of=organization.root)
    assert quotas.account_quota(organization) == settings.ACCOUNT_QUOTA

    set_account_quota(actor=OPERATOR, organization_id=organization.pk, quota=1)

    organization.refresh_from_db()
    assert quotas.account_quota(organization) == 1
    event = organization.events.get(number=2)
    assert (event.kind, event.is_operator) == ("updateQuota", True)


@pytest.mark.parametrize("quota", [-1, 0, 10_001])
def test_set_account_quota_refuses_what_is_out_of_range(quota):
    organization, _ = make_organization()
    before = digest_of_database()

    with pytest.raises(errors.InvalidParameter) as refused:
        set_account_quota(actor=OPERATOR, organization_id=organization.pk, quota=quota)

    assert refused.value.field == "quota"
    assert digest_of_database() == before
