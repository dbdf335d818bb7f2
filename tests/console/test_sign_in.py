import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, reverse

from orgs.actor import Actor
from orgs.operations.accounts import create_standalone_account
from tests.console.reading import Page

PASSWORD = "calm-banyan-shade-42"


@pytest.fixture
def user(db):
    cache.clear()  # the counters of attempts
    return create_standalone_account(
        actor=Actor.operator("tests"), name="signs-in", username="mara", password=PASSWORD
    ).administrator.user


def sign_in(client: Client, password: str = PASSWORD, **more: str):
    return client.post("/sign-in/", {"login": "mara", "password": password, **more})


def test_sign_in_leads_to_the_start_page(user):
    client = Client()

    response = sign_in(client)

    assert [response.status_code, response["Location"]] == [302, "/"]
    assert client.get("/organization/new/").status_code == 200


def test_sign_in_leads_back_to_the_page_asked_for_and_never_elsewhere(user):
    assert sign_in(Client(), next="/structure/?a=b")["Location"] == "/structure/?a=b"
    for elsewhere in ("https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"):
        assert sign_in(Client(), next=elsewhere)["Location"] == "/"


def test_sign_in_keeps_where_to_go(user):
    page = Page(Client().get("/sign-in/?next=/account/").text)

    assert [field["value"] for field in page.attributes("input", name="next")] == ["/account/"]


def test_sign_in_says_the_same_to_a_wrong_password_an_unknown_and_a_disabled_user(user):
    wrong = Page(sign_in(Client(), "wrong").text).text("p", role="alert")
    user.is_active = False
    user.save()
    disabled = Page(sign_in(Client()).text).text("p", role="alert")
    user.delete()
    unknown = Page(sign_in(Client()).text).text("p", role="alert")

    assert wrong == disabled == unknown
    assert len(wrong) == 1


def test_sign_in_is_refused_after_many_attempts(user):
    statuses = {sign_in(Client(), "wrong").status_code for _attempt in range(40)}

    assert statuses <= {200, 429}
    assert "too many" in sign_in(Client()).text.lower() or 429 in statuses
    cache.clear()


def test_who_is_signed_in_needs_no_sign_in_page(user):
    client = Client()
    sign_in(client)

    assert client.get("/sign-in/")["Location"] == "/"


def test_sign_out_asks_first_and_then_ends_the_session(user):
    client = Client()
    sign_in(client)

    assert Page(client.get("/sign-out/").text).text("h1") == ["Sign out?"]
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/")["Location"] == "/sign-in/?next=/"


@pytest.mark.parametrize(
    "name",
    ["account_signup", "account_reset_password", "account_email", "account_change_password"],
)
def test_pages_that_nobody_designed_do_not_exist(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)
