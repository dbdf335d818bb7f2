"""The page of settings, the end of an organization, and the language."""

import pytest

from orgs import operations
from orgs.models import Organization
from tests.console.conftest import make_company, signed_in
from tests.console.reading import read
from tests.digest import digest_of_database
from tests.factories import AccountFactory, actor_for, make_administrator

URL = "/settings/"
DELETE = "/settings/delete/"


@pytest.fixture
def founder(db):
    user = make_administrator(AccountFactory(name="founder"))
    operations.organizations.create_organization(actor=actor_for(user), name="Small & one")
    user.refresh_from_db()
    return user


def test_settings_shows_facts_to_everybody_and_each_its_way_out(company):
    for user, way_out in (
        (company.administrator, DELETE),
        (company.reader, DELETE),
        (company.member_user, "/leave/"),
    ):
        page = read(signed_in(user).get(URL))
        assert page.text("h1") == ["Settings"]
        assert company.organization.name in page.text("dd")
        assert way_out in [a["href"] for a in page.attributes("a")]


def test_settings_of_an_account_in_no_organization_leads_to_founding_one(db):
    alone = signed_in(make_administrator(AccountFactory()))

    assert alone.get(URL)["Location"] == "/organization/new/"
    assert alone.get(DELETE)["Location"] == "/"


def test_r_org_8_delete_says_what_still_stands_with_links(company):
    client = signed_in(company.administrator)
    before = digest_of_database()

    page = read(client.get(DELETE))

    assert page.text("b")[-2:] == ["1 member account is in it.", "1 unit is in it."]
    hrefs = [a["href"] for a in page.attributes("a")]
    assert {"/accounts/", "/structure/"} <= set(hrefs)
    assert page.attributes("input", name="name") == []
    posted = client.post(DELETE, {"name": company.organization.name})
    assert posted.status_code == 409
    assert digest_of_database() == before


def test_r_org_9_a_running_creation_and_a_policy_count(founder):
    actor = actor_for(founder)
    operations.creations.create_account(actor=actor, name="brand-new")
    operations.policies.create_policy(
        actor=actor,
        name="Stay",
        policy_type="service_control_policy",
        content='{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["signin::*"]}]}',
    )

    page = read(signed_in(founder).get(DELETE))

    assert page.text("b")[-2:] == [
        "1 account is being created.",
        "1 policy of its own is in it.",
    ]


def test_r_org_10_delete_wants_the_name_typed(founder):
    client = signed_in(founder)
    assert read(client.get(DELETE)).attributes("input", name="name") != []

    wrong = client.post(DELETE, {"name": "small & one"})
    assert wrong.status_code == 422
    assert read(wrong).text("p", class_="wrong") == ["This is not the name of the organization."]
    organization = Organization.objects.get(management_account=founder.account_id)
    assert organization.deleted_at is None

    done = client.post(DELETE, {"name": "Small & one"}, follow=True)
    organization.refresh_from_db()
    assert organization.deleted_at is not None
    assert done.redirect_chain[-1][0] == "/organization/new/"


def test_delete_is_off_with_the_reason_for_a_reader_and_hidden_from_a_member(company):
    page = read(signed_in(company.reader).get(DELETE))

    assert "You may not delete it." in page.text("b")
    assert page.attributes("input", name="name") == []
    assert signed_in(company.member_user).get(DELETE).status_code == 403
    name = company.organization.name
    assert signed_in(company.reader).post(DELETE, {"name": name}).status_code == 403
    assert signed_in(make_company().administrator).get(DELETE).status_code == 200


def test_choose_language_keeps_the_choice_in_the_browser(company):
    client = signed_in(company.administrator)

    chosen = client.post("/language/", {"language": "zh-hans", "back": URL})

    assert chosen["Location"] == URL
    cookie = client.cookies["django_language"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("zh-hans", True, "Lax")
    page = read(client.get(URL))
    assert page.attributes("html")[0]["lang"] == "zh-hans"
    client.post("/language/", {"language": "xx", "back": "https://elsewhere.example/"})
    assert read(client.get(URL)).attributes("html")[0]["lang"] == "en"
