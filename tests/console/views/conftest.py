"""Who changes the company of the pages, and what is changed."""

import pytest
from django.test import Client

from orgs.models import Policy
from orgs.operations.policies import create_policy
from tests.console.conftest import Company, make_company, signed_in
from tests.console.views.grants import give
from tests.console.views.policy_pages import DENY, SCP, switch_on
from tests.factories import AccountFactory, UnitFactory, actor_for, make_administrator
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


@pytest.fixture
def granted(company) -> Client:
    """A user of another member account, with every right on the member's unit."""
    company.beside = UnitFactory(parent=company.organization.root, name="Beside")
    company.below = UnitFactory(parent=company.member.unit, name="Below")
    company.hidden = AccountFactory(member_of=company.beside, name="hidden-account")
    user = make_administrator(
        AccountFactory(member_of=company.organization.root), username="keeper"
    )
    give(company, username="keeper")
    return signed_in(user)
