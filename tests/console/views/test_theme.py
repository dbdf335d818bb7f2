import pytest
from django.test import Client

from tests.console.reading import Page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_choose_theme_is_kept_and_rendered(db, theme):
    client = Client()

    response = client.post("/theme/", {"theme": theme}, headers={"Referer": "http://testserver/x"})

    assert response["Location"] == "http://testserver/x"
    (html,) = Page(client.get("/sign-in/").text).attributes("html")
    assert html["data-theme"] == theme


@pytest.mark.parametrize("theme", ["system", "", '"><script>'])
def test_choose_theme_follows_the_system_otherwise(db, theme):
    client = Client()
    client.post("/theme/", {"theme": "dark"})

    client.post("/theme/", {"theme": theme})

    (html,) = Page(client.get("/sign-in/").text).attributes("html")
    assert "data-theme" not in html


def test_a_cookie_that_is_no_theme_is_ignored(db):
    client = Client()
    client.cookies["theme"] = '"><script>'

    (html,) = Page(client.get("/sign-in/").text).attributes("html")
    assert "data-theme" not in html
