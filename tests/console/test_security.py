"""What a browser is told with every answer, and what no answer holds."""

import logging
import re

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import get_resolver

from console.views import home
from tests.console.conftest import HTMX, signed_in
from tests.console.reading import Page
from tests.console.views.conftest import company, company_made_once

__all__ = ["company", "company_made_once"]  # fixtures

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

# An id that is nowhere, of each kind that stands in an address.
NOWHERE = {
    "entity": "0" * 32,
    "access_key": "0" * 20,
    "int": "0",
    "policy": "p-" + "0" * 32,
    "principal": "service.Nowhere",
    "slug": "nothing",
    "str": "nothing",
}


def routes() -> list[str]:
    """Every address, with an id that is nowhere in place of each id."""
    found = []
    for pattern in get_resolver().url_patterns:
        path = "/" + str(pattern.pattern)
        found.append(re.sub(r"<(\w+):\w+>", lambda kind: NOWHERE[kind[1]], path))
    return found


def assert_told(response):
    assert response["Content-Security-Policy"] == POLICY
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"


def assert_nothing_inline(html: str):
    page = Page(html)
    assert page.attributes("style") == []
    assert all(script.get("src") for script in page.attributes("script"))
    for _tag, attributes in page.elements:
        assert not any(name.startswith("on") or name == "style" for name in attributes)
    for tag, name in (("script", "src"), ("link", "href"), ("a", "href"), ("form", "action")):
        for attributes in page.attributes(tag):
            assert str(attributes[name]).startswith(("/", "#"))


def test_the_policy_has_nothing_unsafe():
    assert "unsafe" not in POLICY
    assert "unsafe" not in str(settings.SECURE_CSP)


@pytest.mark.parametrize("path", [*routes(), "/nowhere/", "/structure/units/UPPER/"])
def test_every_answer_carries_the_policy_and_nothing_inline(company, path):
    for client in (Client(), signed_in(company.administrator), signed_in(company.member_user)):
        for headers in ({}, HTMX):
            response = client.get(path, headers=headers)

            assert_told(response)
            assert_nothing_inline(response.getvalue().decode())


def test_an_unknown_address_has_a_page_of_ours(db):
    response = Client().get("/nowhere/")

    assert response.status_code == 404
    assert Page(response.text).text("h1") == ["There is no page at this address."]


def test_a_form_without_token_has_a_page_of_ours(company):
    client = Client(enforce_csrf_checks=True)
    client.force_login(company.administrator)

    response = client.post("/organization/new/")

    assert response.status_code == 403
    assert_told(response)
    assert "Nothing was changed." in Page(response.text).text("h1")[0]


def test_a_wrong_host_has_a_page_of_ours(db):
    response = Client().get("/sign-in/", headers={"Host": "elsewhere.example"})

    assert response.status_code == 400
    assert response["Content-Security-Policy"] == POLICY
    assert_nothing_inline(response.getvalue().decode())


def test_our_own_fault_has_a_page_that_asks_the_database_nothing(
    company, monkeypatch, caplog, django_assert_num_queries
):
    def fail(*_args, **_kwargs):
        raise RuntimeError("inside")

    client = signed_in(company.administrator)
    client.raise_request_exception = False
    monkeypatch.setattr(home.access, "rights_of", fail)
    caplog.set_level(logging.CRITICAL, "django.request")

    with django_assert_num_queries(2, connection=connection):  # session and user, before it failed
        response = client.get("/")

    assert response.status_code == 500
    assert_told(response)
    assert_nothing_inline(response.getvalue().decode())
    assert "inside" not in response.text
    assert len(Page(response.text).text("h1")) == 1


def test_what_somebody_saw_is_not_kept_by_caches(administrator):
    for path in ("/structure/", "/account/"):
        assert "private" in administrator.get(path)["Cache-Control"]


@pytest.mark.parametrize(
    ("trusted", "said", "status"),
    [
        (None, "https", 301),  # anybody can say so
        (("HTTP_X_FORWARDED_PROTO", "https"), "https", 200),
        (("HTTP_X_FORWARDED_PROTO", "https"), "http", 301),
    ],
)
def test_behind_a_proxy_that_ends_tls_pages_are_answered_and_not_sent_around(
    db, monkeypatch, trusted, said, status
):
    monkeypatch.setattr(settings, "SECURE_SSL_REDIRECT", True)
    monkeypatch.setattr(settings, "SECURE_PROXY_SSL_HEADER", trusted)

    response = Client().get("/sign-in/", headers={"X-Forwarded-Proto": said})

    assert response.status_code == status
