"""Who comes in to the operators' site, and under which policy: admin exposure."""

import importlib
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, clear_url_caches, converters, get_resolver, reverse

import console.urls
from orgs.actor import Actor
from orgs.models import Role, User
from orgs.operations.users import create_operator
from tests.console.conftest import make_company, signed_in
from tests.console.reading import Page
from tests.console.test_security import POLICY, assert_told
from tests.factories import AccountFactory, make_administrator
from tests.orgs.admin.conftest import PASSWORD

ONLY_OPERATORS = "Only the operator of this installation may do this."
WIDER = POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-eval'").replace(
    "style-src 'self'", "style-src 'self' 'unsafe-inline'"
)


def addresses() -> list[str]:
    """Every address of the site, with something that is nowhere in place of each parameter."""
    found = []

    def walk(patterns, prefix):
        for one in patterns:
            path = prefix + str(one.pattern).removeprefix("^").removesuffix("$").removesuffix("\\Z")
            if hasattr(one, "url_patterns"):
                walk(one.url_patterns, path)
            else:
                found.append(path)

    (site,) = (
        one for one in get_resolver().url_patterns if getattr(one, "app_name", "") == "admin"
    )
    walk(site.url_patterns, "/operator/")
    return [
        path.replace("<path:object_id>", "nowhere").replace("(?P<app_label>orgs)", "orgs")
        for path in found
        if "(?P<url>" not in path
    ]


def test_the_site_has_addresses_of_every_noun():
    said = " ".join(addresses())

    for noun in (
        "organization",
        "organizationalunit",
        "account",
        "user",
        "accesskey",
        "event",
        "recordedcall",
        "subscription",
        "delivery",
        "tag",
        "trustedservice",
        "delegatedadministrator",
        "integrableservice",
        "tagpolicyservice",
        "agency",
        "closingrequest",
        "creationrequest",
        "departure",
        "invitation",
        "job",
        "carerun",
    ):
        assert f"/operator/orgs/{noun}/ " in said
    assert "password" not in said


@pytest.fixture
def switched(settings):
    """The addresses as they are with other settings."""

    def switch(**changed):
        for name, value in changed.items():
            setattr(settings, name, value)
        for name in ("entity", "access_key", "policy", "principal"):
            converters.REGISTERED_CONVERTERS.pop(name)
        importlib.reload(console.urls)
        clear_url_caches()

    yield SimpleNamespace(to=switch)
    switch(ADMIN_ENABLED=True, ADMIN_PATH="operator/")


def test_switched_off_the_site_is_nowhere(olga, switched):
    paths = addresses()

    switched.to(ADMIN_ENABLED=False)

    with pytest.raises(NoReverseMatch):
        reverse("admin:index")
    for client in (Client(), signed_in(olga)):
        for path in paths:
            response = client.get(path)
            assert response.status_code == 404, path
            assert_told(response)


def test_switched_off_an_operator_is_told_that_there_is_no_account(olga, switched):
    switched.to(ADMIN_ENABLED=False)

    response = signed_in(olga).get("/")

    assert response.status_code == 403
    assert Page(response.text).attributes("a", class_="button primary") == []


def test_the_site_is_where_the_setting_says(operator, switched):
    switched.to(ADMIN_PATH="back/room/")

    assert operator.get("/back/room/orgs/organization/").status_code == 200
    assert operator.get("/operator/orgs/organization/").status_code == 404


@pytest.mark.parametrize("path", addresses())
def test_a_visitor_is_sent_to_the_one_sign_in_page_and_comes_back(db, path):
    response = Client().get(path, {"x": "1"}, follow=True)

    assert response.redirect_chain[-1][0].startswith("/sign-in/?next=/operator/")
    assert_told(response)
    assert Client().post(path).status_code == 302


def test_sign_in_leads_back_to_the_site_and_never_elsewhere(olga):
    cache.clear()  # the counters of attempts
    client = Client()
    wanted = client.get("/operator/orgs/event/", follow=True).redirect_chain[-1][0]
    (field,) = Page(client.get(wanted).text).attributes("input", name="next")
    given = {"login": "olga", "password": PASSWORD, "next": field["value"]}

    assert client.post("/sign-in/", given)["Location"] == "/operator/orgs/event/"
    for elsewhere in ("https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"):
        there = client.get("/operator/login/", {"next": elsewhere})
        assert there["Location"] == "/operator/"
        asked = Client().get("/operator/login/", {"next": elsewhere})
        assert asked["Location"] == "/sign-in/?next=/operator/"


def strangers() -> dict[str, User]:
    """Everybody who is signed in and no operator."""
    company = make_company()
    disabled = create_operator(actor=Actor.operator("t"), username="disabled", password=PASSWORD)
    User.objects.filter(pk=disabled.pk).update(is_active=False)
    marked = make_administrator(AccountFactory(), username="marked")
    User.objects.filter(pk=marked.pk).update(is_staff=True, is_superuser=True)
    return {
        "administrator": company.administrator,
        "reader": company.reader,
        "member": company.member_user,
        "alone": make_administrator(AccountFactory(), role=Role.READER),
        "without account": User.objects.create_user("lost"),
        "superuser of an account": User.objects.get(pk=marked.pk),
    }


@pytest.mark.parametrize(
    "who",
    ["administrator", "reader", "member", "alone", "without account", "superuser of an account"],
)
def test_who_is_no_operator_is_refused_and_reads_why(db, who):
    client = signed_in(strangers()[who])
    for path in addresses():
        for method in ("get", "post"):
            response = getattr(client, method)(path, follow=True)

            assert response.status_code == 403, path
            assert Page(response.text).text("h1") == [ONLY_OPERATORS], path
            assert_told(response)


def test_a_disabled_operator_is_a_visitor(operator, olga):
    User.objects.filter(pk=olga.pk).update(is_active=False)

    response = operator.get("/operator/orgs/organization/")

    assert response["Location"] == "/operator/login/?next=/operator/orgs/organization/"


def test_only_what_an_operator_gets_has_the_wider_policy(operator):
    for path in ("/operator/orgs/organization/", "/operator/orgs/user/create_operator/"):
        assert operator.get(path)["Content-Security-Policy"] == WIDER
    for path in ("/", "/structure/", "/sign-in/", "/operator/nowhere/"):
        assert operator.get(path)["Content-Security-Policy"] == POLICY


def test_an_operator_arrives_at_the_site_and_finds_it_from_the_console(operator):
    assert operator.get("/")["Location"] == "/operator/"
    assert operator.get("/operator/")["Location"] == "/operator/orgs/organization/"

    response = operator.get("/structure/")

    assert response.status_code == 403
    (link,) = Page(response.text).attributes("a", class_="button primary")
    assert link["href"] == "/operator/"


def test_who_has_no_account_and_is_no_operator_is_given_no_way_to_the_site(db):
    response = signed_in(User.objects.create_user("lost")).get("/")

    assert response.status_code == 403
    assert "/operator/" not in response.text


def test_sign_out_leads_to_the_sign_in_page(operator):
    assert operator.get("/operator/logout/").status_code == 405

    response = operator.post("/operator/logout/")

    assert response["Location"] == "/sign-in/"
    assert operator.get("/operator/").status_code == 302


def test_a_form_without_token_is_refused(olga):
    client = Client(enforce_csrf_checks=True)
    client.force_login(olga)

    response = client.post("/operator/orgs/user/create_operator/", {"username": "otto"})

    assert response.status_code == 403
    assert User.objects.count() == 1


def test_nothing_of_the_site_is_kept_by_caches(operator):
    assert "no-store" in operator.get("/operator/orgs/organization/")["Cache-Control"]


def test_the_lists_are_found_by_name(operator):
    response = operator.get("/operator/search/", {"s": "accoun"})

    assert [a["href"] for a in Page(response.text).attributes("a")] == ["/operator/orgs/account/"]
    assert operator.get("/operator/search/").status_code == 200
    for page in ("x", "0", "99", "-1"):
        assert operator.get("/operator/search/", {"s": "accoun", "page": page}).status_code == 404
