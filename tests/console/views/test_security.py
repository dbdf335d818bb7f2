"""The page of the own sign-in, and what one does from there; all by hand, without JavaScript."""

import csv

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import make_password
from django.test import Client

from orgs import key_ring
from orgs.models import AccessKey, Role, User
from orgs.operations.access_keys import create_access_key
from tests.console.conftest import HTMX, signed_in
from tests.console.reading import Page
from tests.console.test_second_factor import PASSWORD, confirmed, with_second_factor
from tests.console.test_security import assert_nothing_inline, assert_told
from tests.digest import digest_of_database
from tests.factories import AccountFactory, actor_for, make_administrator

NEW_PASSWORD = "seven-roots-below-9"
HOSTILE = [
    '"><img src=x onerror=alert(1)>',
    "');alert(1);('",
    "x hx-get=/e",
    "javascript:alert(1)",
    "{{ 7*7 }}",
    "<script>alert(1)</script>",
]


@pytest.fixture
def user(db):
    make_administrator(AccountFactory(), username="mara")
    User.objects.filter(username="mara").update(password=make_password(PASSWORD))
    return User.objects.get(username="mara")


def browser(agent: str = "", address: str = "192.0.2.1") -> Client:
    """A browser that signed in as mara."""
    client = Client(REMOTE_ADDR=address, headers={"user-agent": agent})
    response = client.post("/sign-in/", {"login": "mara", "password": PASSWORD})
    assert response["Location"] == "/"
    return client


def overview(client: Client) -> Page:
    return Page(client.get("/security/").text)


def make_key(user: User) -> AccessKey:
    return create_access_key(actor=actor_for(user), username=user.username)[0]


# --- the page -------------------------------------------------------------------------------------


def test_the_page_is_there_for_who_is_in_no_organization(user):
    page = overview(signed_in(user))

    assert page.text("h2") == [
        "Password",
        "Second factor Off",
        "Recovery codes",
        "Sessions 1",
        "Access keys",
    ]


@pytest.mark.parametrize("who", ["administrator", "reader", "member_user"])
def test_everybody_finds_the_page_in_the_menu(company, who):
    client = signed_in(getattr(company, who))

    links = Page(client.get("/account/").text).attributes("a", href="/security/")

    assert len(links) == 1
    assert client.get("/security/").status_code == 200


def test_the_page_comes_as_a_fragment(user):
    response = signed_in(user).get("/security/", headers=HTMX)

    assert "<html" not in response.text
    assert Page(response.text).text("h1") == ["Sign-in and keys"]


def test_a_visitor_signs_in_first(db):
    assert Client().get("/security/")["Location"] == "/sign-in/?next=/security/"


@pytest.mark.parametrize("many", [0, 30])
def test_the_page_asks_six_statements_however_much_there_is(user, many, django_assert_num_queries):
    with_second_factor(user)
    client = signed_in(user)
    for _ in range(many):
        make_key(user)
        signed_in(user)

    # session, user; second factor, sessions, access keys; open invitations, for the menu
    with django_assert_num_queries(6):
        page = overview(client)

    assert f"Sessions {many + 1}" in page.text("h2")


def test_the_page_of_a_manager_asks_two_more_for_the_menu(company, django_assert_num_queries):
    client = signed_in(company.administrator)

    with django_assert_num_queries(7):
        client.get("/security/")


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_browser_says_of_itself_is_text(user, text):
    client = browser(text)

    html = client.get("/security/").text
    page = Page(html)

    (named,) = [attributes for attributes in page.attributes("b") if attributes.get("title")]
    assert named["title"] == text
    assert text in page.text("b", title=text)
    assert [tag for tag, _attributes in page.elements if tag in {"img", "style"}] == []
    assert all(script.get("src") for script in page.attributes("script"))
    for _tag, attributes in page.elements:
        assert not any(name.startswith("on") or name == "hx-get" for name in attributes)


@pytest.mark.parametrize("name", ["a@b.c", "x.hx-get_+", "Ünï", "東京"])
def test_user_names_are_text_on_every_page(db, name):
    make_administrator(AccountFactory(), username=name)
    User.objects.update(password=make_password(PASSWORD))
    client = confirmed(signed_in(User.objects.get(username=name)))

    assert name in overview(client).text("b")
    assert client.get("/security/second-factor/new/").status_code == 200
    answer = client.post("/security/recovery-codes/file/", {"codes": "12345678"})
    assert name in answer.text


@pytest.mark.parametrize(
    ("agent", "named"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
            " Chrome/141.0.0.0 Safari/537.36",
            "Chrome on Linux",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
            " Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0",
            "Firefox on macOS",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"
            " (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari on iOS",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15; SM-S931B) AppleWebKit/537.36 (KHTML, like Gecko)"
            " SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
            "Samsung Internet on Android",
        ),
        ("curl/8.17.0", "curl/8.17.0"),
        ("", "Unknown browser"),
        ("   ", "Unknown browser"),
        ("x" * 300, "x" * 80),
    ],
)
def test_browsers_are_named_as_people_call_them(user, agent, named):
    assert named in overview(browser(agent)).text("b")


@pytest.mark.parametrize("has_second_factor", [False, True])
def test_every_page_behind_the_password_carries_the_policy_and_nothing_inline(
    user, has_second_factor
):
    if has_second_factor:
        with_second_factor(user)
    client = confirmed(signed_in(user))
    key = make_key(user)
    answers = [
        client.get(path)
        for path in (
            "/security/",
            "/security/password/",
            "/security/confirm/",
            "/security/second-factor/new/",
            "/security/second-factor/remove/",
            "/security/recovery-codes/new/",
            "/security/access-keys/new/",
            f"/security/access-keys/{key.pk}/delete/",
        )
    ]
    answers += [
        client.post("/security/access-keys/new/"),
        client.post("/security/recovery-codes/new/"),
        client.post("/security/second-factor/new/", {"code": "0"}),
        client.post("/security/recovery-codes/file/", {"codes": "12345678"}),
        client.post(
            "/security/access-keys/file/", {"access_key": "A" * 20, "secret_key": "s" * 40}
        ),
    ]

    for answer in answers:
        assert_told(answer)
        assert_nothing_inline(answer.text)
    assert {answer.status_code for answer in answers} <= {200, 302, 422}


# --- password -------------------------------------------------------------------------------------


def change(client: Client, old: str = PASSWORD, new: str = NEW_PASSWORD, again: str = ""):
    typed = {"old_password": old, "new_password": new, "again": again or new}
    return client.post("/security/password/", typed)


def test_another_password_ends_the_other_sessions_and_keeps_this_one(user):
    here, elsewhere = browser("here"), browser("elsewhere")
    began = UserSession.objects.get(user_agent="here").created_at

    assert change(here)["Location"] == "/security/"

    page = overview(here)
    assert "Sessions 1" in page.text("h2")
    assert "Your password is changed. Your other sessions have ended." in page.text("p")
    assert elsewhere.get("/security/").status_code == 302
    assert UserSession.objects.get(user_agent="here", session_key=here.session.session_key)
    assert abs(UserSession.objects.latest("pk").created_at - began).total_seconds() < 1
    old, new = (
        Client().post("/sign-in/", {"login": "mara", "password": word})
        for word in (PASSWORD, NEW_PASSWORD)
    )
    assert [old.status_code, new.status_code] == [200, 302]


@pytest.mark.parametrize(
    ("old", "new", "again", "field", "told"),
    [
        ("wrong", NEW_PASSWORD, "", "old_password", "This is not your present password."),
        (PASSWORD, "short", "", "new_password", "This password is too short."),
        (PASSWORD, "password1234", "", "new_password", "This password is too common."),
        (PASSWORD, NEW_PASSWORD, "other", "again", "This is not what you typed above."),
        ("", NEW_PASSWORD, "", "old_password", ""),
    ],
)
def test_a_password_that_cannot_be_is_told_at_its_field(  # noqa: PLR0917  (a table)
    user, old, new, again, field, told
):
    client = signed_in(user)
    before = digest_of_database()

    response = change(client, old, new, again)

    assert response.status_code == 422
    page = Page(response.text)
    (wrong,) = page.text("p", class_="wrong")
    assert wrong.startswith(told)
    assert page.attributes("p", class_="wrong")[0]["id"] == f"id_{field}_error"
    assert "value" not in page.attributes("input", name="new_password")[0]
    assert digest_of_database() == before


def test_the_old_password_is_not_tried_without_end(user):
    client = signed_in(user)

    statuses = [change(client, "wrong").status_code for _ in range(6)]

    assert statuses == [422] * 5 + [429]
    assert change(client).status_code == 429


# --- sessions -------------------------------------------------------------------------------------


def test_a_session_is_ended_elsewhere(user):
    here, elsewhere = browser("here"), browser("elsewhere", "192.0.2.2")
    page = overview(here)
    assert page.text("code")[:2] == ["192.0.2.1", "192.0.2.2"]
    (form,) = [
        form
        for form in page.attributes("form")
        if form["action"].startswith("/security/sessions/")
        and not form["action"].endswith("others/")
    ]

    assert here.post(form["action"])["Location"] == "/security/"

    assert elsewhere.get("/security/").status_code == 302
    assert "Sessions 1" in overview(here).text("h2")
    assert here.post(form["action"]).status_code == 404


def test_all_other_sessions_are_ended_at_once(user):
    here, *others = (browser(str(number)) for number in range(4))

    response = here.post("/security/sessions/end-others/")

    assert response["Location"] == "/security/"
    assert "3 other sessions have ended." in overview(here).text("p")
    assert [other.get("/security/").status_code for other in others] == [302, 302, 302]


def test_the_sessions_of_others_are_neither_shown_nor_ended(user, company):
    browser("theirs")
    client = signed_in(company.administrator)
    theirs = UserSession.objects.get(user_agent="theirs")

    assert "theirs" not in client.get("/security/").text
    assert client.post(f"/security/sessions/{theirs.pk}/end/").status_code == 404
    assert client.post(f"/security/sessions/{10**30}/end/").status_code == 404
    assert UserSession.objects.filter(pk=theirs.pk).exists()


# --- access keys ----------------------------------------------------------------------------------


def test_the_life_of_an_access_key(user, settings):
    client = confirmed(signed_in(user))

    made = client.post("/security/access-keys/new/")
    assert made.status_code == 200
    assert "no-store" in made["Cache-Control"]
    key = AccessKey.objects.get()
    secret = key_ring.unseal(bytes(key.sealed_secret), owner=key.pk, ring=settings.KEY_RING)
    assert Page(made.text).text("code") == [key.pk, secret]
    assert secret not in client.get("/security/").text

    change_it = f"/security/access-keys/{key.pk}/update/"
    assert client.post(change_it, {"is_active": "0"})["Location"] == "/security/"
    assert f"Access key {key.pk} is disabled." in overview(client).text("p")
    assert not AccessKey.objects.get().is_active
    assert client.post(change_it, {"is_active": "1"})["Location"] == "/security/"
    assert AccessKey.objects.get().is_active
    assert client.post(change_it, {"is_active": "yes"}).status_code == 400

    delete_it = f"/security/access-keys/{key.pk}/delete/"
    assert Page(client.get(delete_it).text).text("h1") == ["Delete access key?"]
    assert AccessKey.objects.exists()
    assert client.post(delete_it)["Location"] == "/security/"
    assert not AccessKey.objects.exists()
    for gone in (
        client.get(delete_it),
        client.post(delete_it),
        client.post(change_it, {"is_active": "1"}),
    ):
        assert gone.status_code == 404


def test_an_access_key_becomes_a_file(user):
    client = signed_in(user)
    key, secret = "A" * 20, "s" * 40

    response = client.post("/security/access-keys/file/", {"access_key": key, "secret_key": secret})

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="banyan-access-key-{key}.csv"'
    assert "no-store" in response["Cache-Control"]
    assert list(csv.reader(response.text.splitlines())) == [
        ["User", "Access key", "Secret key"],
        ["mara", key, secret],
    ]


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"access_key": "A" * 20},
        {"access_key": "A" * 19 + "\r", "secret_key": "s" * 40},
        {"access_key": "=cmd|' /C calc'!A0  ", "secret_key": "s" * 40},
        {"access_key": "A" * 20, "secret_key": "=" + "s" * 39},
    ],
)
def test_nothing_else_becomes_a_file(user, typed):
    response = signed_in(user).post("/security/access-keys/file/", typed)

    assert (response.status_code, response.content) == (400, b"")


def test_the_keys_of_others_are_neither_shown_nor_changed(user, company):
    key = make_key(user)
    client = signed_in(company.administrator)

    assert key.pk not in client.get("/security/").text
    for path in ("update", "delete"):
        response = client.post(f"/security/access-keys/{key.pk}/{path}/", {"is_active": "0"})
        assert response.status_code == 404
    assert AccessKey.objects.get().is_active


def test_a_reader_keeps_keys_of_its_own(company):
    reader = make_administrator(
        company.organization.management_account, username="rita", role=Role.READER
    )
    User.objects.filter(pk=reader.pk).update(password=make_password(PASSWORD))
    client = confirmed(signed_in(User.objects.get(pk=reader.pk)))

    assert client.post("/security/access-keys/new/").status_code == 200

    assert AccessKey.objects.get().user == reader
