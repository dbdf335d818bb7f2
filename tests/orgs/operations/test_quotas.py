"""R-QUO-2, R-QUO-3: how many accounts an organization may hold is the operator's to say."""

import pytest

from orgs import errors, quotas
from orgs.actor import Actor
from orgs.operations.creations import create_account
from orgs.operations.quotas import set_account_quota
from tests.digest import digest_of_database
from tests.factories import AccountFactory, make_organization

pytestmark = pytest.mark.django_db

OPERATOR = Actor.operator("operator")


def test_r_quo_3_the_account_quota_may_lie_below_use_and_stops_growth(settings):
    organization, manager = make_organization()
    AccountFactory(member_of=organization.root)
    assert quotas.account_quota(organization) == settings.ACCOUNT_QUOTA

    set_account_quota(actor=OPERATOR, organization_id=organization.pk, quota=1)

    organization.refresh_from_db()
    assert quotas.account_quota(organization) == 1
    event = organization.events.get(number=2)
    assert (event.kind, event.is_operator) == ("updateQuota", True)
    with pytest.raises(errors.AccountQuotaExceeded) as refusal:
        create_account(actor=manager, name="brand-new")
    assert refusal.value.facts == {"limit": 1, "wanted": 3}
    assert organization.accounts.count() == 2


@pytest.mark.parametrize("quota", [-1, 0, 10_001])
def test_r_quo_2_an_account_quota_out_of_range_is_refused(quota):
    organization, _ = make_organization()
    before = digest_of_database()

    with pytest.raises(errors.InvalidParameter) as refused:
        set_account_quota(actor=OPERATOR, organization_id=organization.pk, quota=quota)

    assert refused.value.field == "quota"
    assert digest_of_database() == before
