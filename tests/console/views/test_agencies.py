"""In front of the console: into an account that is not one's own, and back."""

import pytest
from django.test import Client

from orgs import operations
from orgs.actor import Actor
from orgs.models import Account, AccountStatus, Agency, AgencyKind, Event, Role, User
from tests.console.conftest import HTMX, Company, keep_in_mind, signed_in
from tests.console.htmx import DIALOG
from tests.console.pages.visitors import let_in
from tests.console.reading import Page
from tests.factories import AccountFactory, UnitFactory, actor_for, make_administrator


@pytest.fixture
def agency(company) -> Agency:
    let_in(company.member, trusted=company.organization.management_account)
    return Agency.objects.get(kind=AgencyKind.ACCOUNT_ACCESS)


@pytest.fixture
def inside(company, administrator, agency) -> Client:
    administrator.post(f"/switch/{company.member.pk}/")
    return administrator


def banner(response) -> list[str]:
    return Page(response.text).text("section", class_="switched-bar")


def test_the_panel_of_a_created_account_offers_to_enter_it(company, administrator, agency):
    page = Page(administrator.get(f"/structure/accounts/{company.member.pk}/").text)
    assert page.text("a", href=f"/switch/{company.member.pk}/") == ["Enter account"]

    page = Page(administrator.get(f"/switch/{company.member.pk}/").text)

    assert page.text("h1") == [f"Enter account {company.member.name}?"]
    assert page.text("button", class_="primary") == ["Enter account"]


def test_the_panel_of_an_invited_account_does_not(company, administrator):
    Account.objects.filter(pk=company.member.pk).update(join_method="invited")

    page = Page(administrator.get(f"/structure/accounts/{company.member.pk}/").text)

    assert page.attributes("a", href=f"/switch/{company.member.pk}/") == []


def test_a_reader_is_told_why_not(company, agency):
    reader = signed_in(company.reader)

    assert (
        "You are signed in as a reader; administrators can enter accounts."
        in reader.get(f"/structure/accounts/{company.member.pk}/").text
    )
    assert reader.post(f"/switch/{company.member.pk}/").status_code == 403
    assert banner(reader.get("/account/")) == []


def test_entering_changes_who_one_is_on_every_page(company, inside):
    response = inside.get("/", follow=True)

    assert response.redirect_chain == [("/account/", 302)]
    page = Page(response.text)
    assert page.text("h1") == [company.member.name]
    own = company.organization.management_account.name
    name = company.administrator.username
    (said,) = banner(response)
    assert said == (
        f"{name} of {own}, you are in account {company.member.name} as its administrator."
        f" Back to {own}"
    )
    for path in ("/activity/", "/invitations/", "/leave/", "/account/agencies/"):
        text = inside.get(path).text
        assert "switched-bar" in text
        assert company.member.name in text
    assert (
        f"You are in account {company.member.name}, entered from {own}."
        in inside.get("/sign-out/").text
    )
    for path in ("/structure/", "/accounts/"):
        refused = inside.get(path)
        assert refused.status_code == 403
        assert "switched-bar" in refused.text


def test_htmx_is_led_to_the_first_page(company, administrator, agency):
    path = f"/switch/{company.member.pk}/"
    dialog = administrator.get(path, headers=DIALOG)
    assert dialog.text.lstrip().startswith("<form")

    response = administrator.post(path, headers=DIALOG)

    assert response["HX-Redirect"] == "/"
    assert len(banner(administrator.get("/account/"))) == 1


def test_what_one_does_inside_names_both_sides_in_the_activity(company, inside):
    inside.post("/leave/", {"account_name": company.member.name})  # refused or not, it was asked
    inside.post("/switch/back/")

    text = Page(signed_in(company.administrator).get("/activity/").text)

    own = company.organization.management_account.name
    lines = text.text("ul")
    assert any(f"{company.member.name} · entered from {own}" in line for line in lines)
    assert "Account entered" in text.text("h2")
    assert "Back from an entered account" in text.text("h2")


def test_going_back_is_one_click(company, inside):
    response = inside.post("/switch/back/", follow=True)

    assert response.redirect_chain == [("/", 302)]
    page = Page(response.text)
    assert page.text("h1") == [company.organization.name]
    assert banner(response) == []
    assert page.text("div", class_="toast")[0].startswith("You are back in")
    assert inside.get("/switch/back/")["Location"] == "/"


@pytest.mark.parametrize(
    "path",
    [
        "/security/",
        "/security/password/",
        "/security/second-factor/new/",
        "/security/access-keys/new/",
        "/security/confirm/",
        "/security/sessions/end-others/",
    ],
)
def test_the_pages_of_the_own_sign_in_are_off_with_the_reason(company, inside, path):
    events = Event.objects.count()
    for ask in (inside.get, inside.post):
        response = ask(path)
        assert response.status_code == 403
        assert "Not while you are in another account" in response.text
    assert Event.objects.count() == events


def test_it_ends_at_the_next_request_once_the_agency_is_deleted(company, inside, agency):
    owner = signed_in(company.member_user)
    assert owner.post(f"/account/agencies/{agency.pk}/delete/")["Location"] == "/account/agencies/"

    response = inside.get("/account/", follow=True)

    assert response.redirect_chain == [("/", 302)]
    page = Page(response.text)
    assert page.text("h1") == [company.organization.name]
    assert page.text("div", class_="toast") == [
        f"You are back in {company.organization.management_account.name}:"
        f" the way into {company.member.name} is closed."
    ]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_was_sent_for_the_other_account_is_not_done_in_the_own(
    company, inside, agency, headers
):
    agency.delete()
    before = Event.objects.count()

    name = company.organization.management_account.name
    response = inside.post("/leave/", {"account_name": name}, headers=headers)

    assert response.headers.get("Location") == "/" or response.headers["HX-Redirect"] == "/"
    assert Event.objects.count() == before


@pytest.mark.parametrize(
    "happens",
    [
        lambda company: company.administrator.groups.clear(),
        lambda company: Account.objects.filter(pk=company.member.pk).update(
            status=AccountStatus.PENDING_CLOSURE
        ),
    ],
)
def test_it_ends_when_one_may_not_any_more(company, inside, happens):
    happens(company)

    assert inside.get("/account/")["Location"] == "/"
    assert "switched-bar" not in inside.get("/account/", follow=True).text


def test_signing_out_ends_it(company, inside):
    inside.post("/sign-out/")
    inside.force_login(company.administrator)

    assert banner(inside.get("/account/")) == []


def test_a_session_cannot_name_an_account_that_no_agency_leads_into(company, agency):
    stranger = make_administrator(AccountFactory())
    client = signed_in(stranger)
    keep_in_mind(client, agency)

    assert client.get("/account/")["Location"] == "/"
    assert company.member.name not in client.get("/organization/new/").text.replace(
        f"the way into {company.member.name} is closed", ""
    )


def test_nobody_goes_on_from_an_entered_account(company, inside):
    page = Page(inside.get(f"/switch/{company.member.pk}/").text)
    assert "There is no account-access agency" in page.text("h1")[0]

    assert inside.post(f"/switch/{company.member.pk}/").status_code == 404


def test_who_has_no_way_in_is_told_the_same_as_of_no_account(company, agency):
    client = signed_in(company.member_user)

    said = {
        client.get(f"/switch/{account_id}/").text.replace(account_id, "ID")
        for account_id in (company.member.pk, company.organization.management_account_id, "0" * 32)
    }

    assert len(said) == 1


def test_r_org_16_agencies_are_listed_and_an_administrator_deletes_one(company, agency):
    client = signed_in(company.member_user)
    page = Page(client.get("/account/agencies/").text)
    name = company.organization.management_account.name
    assert [name in entry for entry in page.text("li", class_="entry")].count(True) == 1

    page = Page(client.get(f"/account/agencies/{agency.pk}/delete/").text)
    assert page.text("button", class_="danger") == ["Delete agency"]
    response = client.post(f"/account/agencies/{agency.pk}/delete/", follow=True)

    assert Page(response.text).text("div", class_="toast") == ["Agency WayIn is deleted."]
    assert not Agency.objects.filter(kind=AgencyKind.ACCOUNT_ACCESS).exists()


def test_a_reader_does_not_delete_an_agency(company, agency):
    reader = signed_in(make_administrator(company.member, role=Role.READER))

    page = Page(reader.get(f"/account/agencies/{agency.pk}/delete/").text)

    assert page.text("p", class_="notice")[0].startswith("You are signed in as a reader")
    assert reader.post(f"/account/agencies/{agency.pk}/delete/").status_code == 403
    assert Agency.objects.filter(pk=agency.pk).exists()


def test_r_org_16_accounts_that_left_are_listed_for_who_can_still_enter_them(
    company: Company, administrator, agency
):
    operations.accounts.convert_account(
        actor=Actor.operator("operator"), account_id=company.member.pk
    )
    Account.objects.filter(pk=company.member.pk).update(created_at="2020-01-01T00:00:00Z")
    operations.departures.leave_organization(actor=actor_for(company.member_user))
    UnitFactory(parent=company.organization.root)

    page = Page(administrator.get("/account/agencies/").text)
    assert page.attributes("a", href=f"/switch/{company.member.pk}/") != []
    administrator.post(f"/switch/{company.member.pk}/")

    response = administrator.get("/", follow=True)
    assert response.redirect_chain == [("/organization/new/", 302)]
    assert len(banner(response)) == 1
    owner = signed_in(User.objects.get(pk=company.member_user.pk))
    assert "can still enter your account" in owner.get("/organization/new/").text
