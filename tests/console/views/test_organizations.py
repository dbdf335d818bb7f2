import pytest

from orgs.models import AccountStatus, Organization, Role
from tests.console.conftest import HTMX, signed_in
from tests.console.reading import Page
from tests.factories import AccountFactory, make_administrator

PATH = "/organization/new/"


@pytest.fixture
def account(db):
    return AccountFactory(name="stands-alone")


@pytest.fixture
def founder(account):
    return signed_in(make_administrator(account))


def test_create_organization_explains_what_will_happen(founder):
    page = Page(founder.get(PATH).text)

    assert page.text("h1") == ["Create your organization"]
    assert "stands-alone" in page.text("p", class_="lead")[0]
    assert page.text("button", class_="primary") == ["Create organization"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [("", "stands-alone"), ("  Ministry of “Calm” & Co  ", "Ministry of “Calm” & Co")],
)
def test_create_organization_founds_it_and_shows_what_to_do_first(founder, account, given, kept):
    response = founder.post(PATH, {"name": given}, follow=True)

    assert response.redirect_chain == [("/", 302)]
    organization = Organization.objects.get()
    assert [organization.name, organization.management_account] == [kept, account]
    page = Page(response.text)
    assert page.text("div", class_="toast") == [f"{kept} is founded."]
    assert page.text("span", class_="side-name") == [kept]
    assert "First steps" in page.text("h2")


@pytest.mark.parametrize("name", ["<b>", "a\u200bb", "x" * 65, "a\x00b"])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_create_organization_says_at_the_field_what_is_wrong(founder, name, headers):
    response = founder.post(PATH, {"name": name}, headers=headers)

    assert response.status_code == 422
    page = Page(response.text)
    (field,) = page.attributes("input", id="id_name")
    assert field["aria-invalid"] == "true"
    assert field["value"] == name.replace("\x00", "\ufffd") or "\x00" in name
    assert len(page.text("p", id="error_name")[0]) > 10
    assert list(Organization.objects.all()) == []


def test_create_organization_tells_a_reader_why_the_button_is_off(account):
    reader = signed_in(make_administrator(account, role=Role.READER))

    page = Page(reader.get(PATH).text)

    (button,) = page.attributes("button", class_="primary")
    assert [button["disabled"], button["aria-describedby"]] == [None, "why_not"]
    assert page.text("p", id="why_not")[0].startswith("Only an administrator")


def test_create_organization_refuses_a_reader_who_sends_the_form_anyway(account):
    reader = signed_in(make_administrator(account, role=Role.READER))

    assert reader.post(PATH).status_code == 403
    assert list(Organization.objects.all()) == []


def test_create_organization_refuses_a_second_one(company, administrator):
    assert administrator.get(PATH)["Location"] == "/"
    response = administrator.post(PATH)

    assert response.status_code == 409
    assert "already belongs to an organization" in Page(response.text).text("h1")[0]
    assert Organization.objects.count() == 1


def test_create_organization_refuses_a_user_of_a_closed_account(db):
    account = AccountFactory(status=AccountStatus.SUSPENDED)

    assert signed_in(make_administrator(account)).post(PATH).status_code == 403
