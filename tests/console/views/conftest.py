"""Who changes the company of the pages, and what is changed."""

import pytest

from orgs.models import Policy
from orgs.operations.policies import create_policy
from tests.console.views.policy_pages import DENY, SCP, switch_on
from tests.factories import actor_for


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
