from tests.console.conftest import HTMX, signed_in
from tests.console.reading import Page
from tests.factories import AccountFactory, UnitFactory, make_administrator


def test_my_account_tells_a_member_what_every_member_may_know(company):
    UnitFactory(parent=company.organization.root, name="Hidden")
    AccountFactory(member_of=company.organization.root, name="hidden-account")

    response = signed_in(company.member_user).get("/account/")

    page = Page(response.text)
    assert page.text("h1") == [company.member.name]
    codes = page.text("code")
    management = company.organization.management_account
    assert codes == [
        company.member.pk,
        company.organization.pk,
        f"organizations::{management.pk}:organization:{company.organization.pk}",
        management.pk,
    ]
    assert "Hidden" not in response.text
    assert "hidden-account" not in response.text
    assert company.member.unit.name not in response.text
    assert page.text("nav") == ["Activity My account"]


def test_my_account_comes_as_a_fragment(company):
    response = signed_in(company.member_user).get("/account/", headers=HTMX)

    assert response.status_code == 200
    assert "<html" not in response.text
    assert Page(response.text).text("h1") == [company.member.name]


def test_my_account_offers_the_structure_to_who_may_see_it(company):
    page = Page(signed_in(company.reader).get("/account/").text)

    assert page.text("nav") == ["Overview Structure 3 Accounts 2 Activity My account"]


def test_my_account_of_an_account_that_stands_alone_is_the_first_page(db):
    user = make_administrator(AccountFactory())

    assert signed_in(user).get("/account/")["Location"] == "/organization/new/"
