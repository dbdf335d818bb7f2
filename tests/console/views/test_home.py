import pytest

from tests.console.conftest import signed_in
from tests.factories import AccountFactory, make_administrator


def test_home_leads_the_management_account_to_the_structure(company):
    for user in (company.administrator, company.reader):
        assert signed_in(user).get("/")["Location"] == "/structure/"


def test_home_leads_a_member_to_its_own_account(company):
    assert signed_in(company.member_user).get("/")["Location"] == "/account/"


def test_home_leads_an_account_that_stands_alone_to_create_an_organization(db):
    user = make_administrator(AccountFactory())

    assert signed_in(user).get("/")["Location"] == "/organization/new/"


@pytest.mark.parametrize("path", ["/", "/account/", "/structure/", "/theme/"])
def test_pages_answer_no_other_method(administrator, path):
    assert administrator.delete(path).status_code == 405
