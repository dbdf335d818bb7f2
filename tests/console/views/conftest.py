"""Who changes the company of the pages, and what is changed."""

import pytest

from orgs.models import Policy
from orgs.operations.policies import create_policy
from tests.console.conftest import Company, make_company
from tests.console.views.policy_pages import DENY, SCP, switch_on
from tests.factories import actor_for
from tests.standing import as_made, standing


@pytest.fixture(scope="module")
def company_made_once(django_db_setup, django_db_blocker):
    with standing(django_db_blocker):
        yield make_company()


@pytest.fixture
def company(company_made_once, db) -> Company:
    """In a module whose tests commit, a `company` of its own has to stand in place of this one."""
    return as_made(company_made_once)


@pytest.fixture
def manager(company):
    return actor_for(company.administrator)


@pytest.fixture
def root(company):
    return company.organization.root


@pytest.fixture
def scp(manager, root) -> Policy:
    """A service control policy; its type is on."""
    switch_on(manager, root)
    return create_policy(
        actor=manager, name="Guardrail", policy_type=SCP, content=DENY, description="What for"
    )
