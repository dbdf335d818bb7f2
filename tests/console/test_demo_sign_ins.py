"""The demo's sign-ins: on the sign-in page of the demo, and of nothing else."""

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from console import environment
from orgs.management.demo import SIGN_INS
from tests.console.reading import Page

PASSWORD = "correct-horse-battery"


@pytest.fixture
def demo(db, settings):
    cache.clear()  # the counters of attempts
    call_command("load_demo", "--password", PASSWORD, "--json")
    settings.DEMO, settings.DEMO_PASSWORD = True, PASSWORD


def forms_of(client: Client, path: str = "/sign-in/") -> list[dict[str, str]]:
    """What each button of the demo sends."""
    page = Page(client.get(path).text)
    logins = [one["value"] for one in page.attributes("input", name="login", type="hidden")]
    passwords = [one["value"] for one in page.attributes("input", name="password", type="hidden")]
    return [
        {"login": login, "password": password}
        for login, password in zip(logins, passwords, strict=True)
    ]


ARRIVES = {
    "admin": "/",
    "reader": "/",
    "member": "/account/",
    "keeper": "/structure/",
    "security": "/",
    "founder": "/organization/new/",
    "operator": "/operator/orgs/organization/",
}


def test_every_sign_in_of_the_demo_is_one_click_and_arrives_somewhere_sensible(demo):
    assert [one["login"] for one in forms_of(Client())] == list(ARRIVES)
    for given in forms_of(Client()):
        response = Client().post("/sign-in/", given, follow=True)

        assert response.status_code == 200
        assert response.redirect_chain[0] == ("/", 302)
        assert response.redirect_chain[-1][0] == ARRIVES[given["login"]]


def test_the_demo_says_whom_one_can_sign_in_as_and_with_which_password(demo):
    page = Page(Client().get("/sign-in/").text)

    (section,) = page.text("section", class_="demo")
    for one in SIGN_INS:
        assert f"{one.username} {one.what}" in section
    assert page.text("code") == [PASSWORD]


def test_a_sign_in_of_the_demo_leads_back_to_the_page_asked_for(demo):
    page = Page(Client().get("/sign-in/?next=/activity/").text)

    fields = page.attributes("input", name="next")
    assert [field["value"] for field in fields] == ["/activity/"] * (len(SIGN_INS) + 1)


@pytest.mark.parametrize("password", ["", PASSWORD])
def test_in_any_other_mode_the_page_knows_nothing_of_it(db, settings, password):
    """Whoever's environment still holds a password, and whatever users there are."""
    call_command("load_demo", "--password", PASSWORD, "--json")
    settings.DEMO, settings.DEMO_PASSWORD = False, password

    text = Client().get("/sign-in/").text

    assert "demo" not in text.lower()
    assert PASSWORD not in text
    assert Page(text).attributes("input", type="hidden", name="login") == []


def test_a_demo_without_a_password_shows_nobody(db, settings):
    settings.DEMO, settings.DEMO_PASSWORD = True, ""

    assert "demo" not in Client().get("/sign-in/").text.lower()


def test_the_demo_is_off_unless_the_environment_says_so(settings, monkeypatch):
    monkeypatch.delenv("ORGS_DEMO", raising=False)

    assert environment.flag("ORGS_DEMO") is False
    assert settings.DEMO is False
