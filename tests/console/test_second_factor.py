"""The second factor by hand, without JavaScript: setting it up, signing in with it, losing it."""

import time

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.test import Client

from orgs import second_factor
from orgs.models import Role, User
from tests.console.conftest import signed_in
from tests.console.reading import Page
from tests.factories import AccountFactory, make_administrator
from tests.totp import STEP_SECONDS, code_of

PASSWORD = "calm-banyan-shade-42"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def user(db):
    make_administrator(AccountFactory(), username="mara")
    User.objects.update(password=make_password(PASSWORD))
    return User.objects.get(username="mara")


def with_second_factor(user: User) -> list[str]:
    """The recovery codes of a user who has an app with SECRET."""
    return second_factor.add(user, SECRET)


def to_the_code(client: Client) -> Client:
    """As far as the password brings one."""
    response = client.post(
        "/sign-in/?next=/security/", {"login": "mara", "password": PASSWORD, "next": "/security/"}
    )
    assert response["Location"] == "/sign-in/code/"
    return client


def confirmed(client: Client) -> Client:
    """The same browser, after the password was asked for once more."""
    assert client.post("/security/confirm/", {"password": PASSWORD}).status_code == 302
    return client


def shown_secret(page: Page) -> str:
    return page.attributes("button", data_copied="Copied")[0]["data-copy"]


def test_setting_up_asks_for_the_password_shows_the_secret_and_the_codes_once(user):
    client = signed_in(user)
    path = "/security/second-factor/new/"

    assert client.get(path)["Location"] == f"/security/confirm/?next={path}"
    response = client.post("/security/confirm/", {"password": PASSWORD, "next": path})
    assert response["Location"] == path
    page = Page(client.get(path).text)
    secret = shown_secret(page)
    assert second_factor.SECRET.fullmatch(secret)
    assert page.text("code")[0].replace(" ", "") == secret
    assert shown_secret(Page(client.get(path).text)) == secret
    wrong = client.post(path, {"code": "000000"})
    assert wrong.status_code == 422
    assert shown_secret(Page(wrong.text)) == secret
    assert not Authenticator.objects.exists()

    done = client.post(path, {"code": code_of(secret)})

    assert done.status_code == 200
    assert "no-store" in done["Cache-Control"]
    codes = [text.replace(" ", "") for text in Page(done.text).text("code")]
    assert len(codes) == 10
    assert client.get(path)["Location"] == "/security/"
    assert client.post(path, {"code": code_of(secret, steps=1)})["Location"] == "/security/"
    overview = client.get("/security/").text
    assert "10 of 10 left" in overview
    assert not any(code in overview for code in codes)
    assert secret not in repr(dict(client.session))


def test_the_secret_that_waits_is_sealed_in_the_session(user):
    client = confirmed(signed_in(user))
    secret = shown_secret(Page(client.get("/security/second-factor/new/").text))

    assert secret not in repr(dict(client.session))
    assert (
        second_factor.unseal_secret(client.session["second_factor_secret"], user_id=user.pk)
        == secret
    )


def test_the_password_that_was_asked_for_holds_for_five_minutes(user, monkeypatch):
    client = confirmed(signed_in(user))
    assert client.get("/security/second-factor/new/").status_code == 200
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 301)

    for path in (
        "/security/second-factor/new/",
        "/security/second-factor/remove/",
        "/security/recovery-codes/new/",
        "/security/access-keys/new/",
    ):
        for ask in (client.get, client.post):
            assert ask(path)["Location"] == f"/security/confirm/?next={path}"


def test_a_wrong_password_confirms_nothing(user):
    client = signed_in(user)

    response = client.post("/security/confirm/", {"password": "wrong"})

    assert response.status_code == 200
    assert Page(response.text).text("p", role="alert") == ["This is not your password."]
    assert client.get("/security/second-factor/new/").status_code == 302


def test_confirming_leads_to_a_page_of_ours_alone(user):
    for elsewhere in ("https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"):
        response = signed_in(user).post(
            "/security/confirm/", {"password": PASSWORD, "next": elsewhere}
        )
        assert response["Location"] == "/"


def test_signing_in_takes_password_and_code(user):
    with_second_factor(user)
    client = to_the_code(Client())
    assert client.get("/security/").status_code == 302
    assert Page(client.get("/sign-in/code/").text).text("h1") == ["Second factor"]

    response = client.post("/sign-in/code/", {"code": code_of(SECRET)})

    assert response["Location"] == "/security/"
    assert client.get("/security/").status_code == 200
    assert Authenticator.objects.get(type="totp").last_used_at is not None


def test_signing_in_with_a_recovery_code_uses_it_up(user):
    codes = with_second_factor(user)

    assert (
        to_the_code(Client()).post("/sign-in/code/", {"code": f"{codes[0][:4]} {codes[0][4:]}"})[
            "Location"
        ]
        == "/security/"
    )
    again = to_the_code(Client()).post("/sign-in/code/", {"code": codes[0]})

    assert again.status_code == 200
    assert len(Page(again.text).text("p", role="alert")) == 1


@pytest.mark.parametrize("code", ["000000", "", "x" * 30, "\u0661\u0662\u0663\u0664\u0665\u0666"])
def test_a_wrong_code_signs_nobody_in(user, code):
    with_second_factor(user)
    client = to_the_code(Client())

    response = client.post("/sign-in/code/", {"code": code})

    assert response.status_code == 200
    assert len(Page(response.text).text("p", role="alert")) == 1
    assert client.get("/security/").status_code == 302


@pytest.mark.parametrize("seconds", [0, STEP_SECONDS + 1])
def test_a_code_signs_in_once(user, seconds, monkeypatch):
    with_second_factor(user)
    code = code_of(SECRET, steps=1)
    assert to_the_code(Client()).post("/sign-in/code/", {"code": code}).status_code == 302
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + seconds)

    again = to_the_code(Client()).post("/sign-in/code/", {"code": code})

    assert again.status_code == 200


def test_the_code_page_is_for_who_gave_the_password_a_short_while_ago(user, monkeypatch):
    with_second_factor(user)
    assert Client().get("/sign-in/code/")["Location"] == "/sign-in/"
    client = to_the_code(Client())
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 16 * 60)

    response = client.post("/sign-in/code/", {"code": code_of(SECRET)})

    assert response["Location"] == "/sign-in/"
    assert client.get("/security/").status_code == 302


def test_one_may_begin_again_as_somebody_else(user):
    with_second_factor(user)
    client = to_the_code(Client())
    assert client.get("/sign-in/")["Location"] == "/sign-in/code/"

    client.post("/sign-out/")

    assert client.get("/sign-in/").status_code == 200


def test_a_user_who_was_disabled_meanwhile_does_not_come_in(user):
    with_second_factor(user)
    client = to_the_code(Client())
    User.objects.update(is_active=False)

    client.post("/sign-in/code/", {"code": code_of(SECRET)})

    assert client.get("/security/").status_code == 302


def test_removing_asks_first_and_then_the_password_is_enough(user):
    with_second_factor(user)
    client = confirmed(signed_in(user))
    path = "/security/second-factor/remove/"
    assert Page(client.get(path).text).text("h1") == ["Remove the second factor?"]
    assert Authenticator.objects.count() == 2

    assert client.post(path)["Location"] == "/security/"

    assert not Authenticator.objects.exists()
    signs_in = Client().post("/sign-in/", {"login": "mara", "password": PASSWORD})
    assert signs_in["Location"] == "/"
    assert client.get(path)["Location"] == "/security/"


def test_new_recovery_codes_are_shown_once_and_the_old_ones_are_void(user):
    old = with_second_factor(user)
    client = confirmed(signed_in(user))
    path = "/security/recovery-codes/new/"
    assert "The 10 codes that are left" in Page(client.get(path).text).text("p")[0]

    response = client.post(path)

    assert "no-store" in response["Cache-Control"]
    new = [text.replace(" ", "") for text in Page(response.text).text("code")]
    assert len(new) == 10
    assert set(old).isdisjoint(new)
    assert to_the_code(Client()).post("/sign-in/code/", {"code": old[0]}).status_code == 200
    assert to_the_code(Client()).post("/sign-in/code/", {"code": new[0]}).status_code == 302


def test_recovery_codes_become_a_file(user):
    client = signed_in(user)
    codes = [f"{number:08}" for number in range(10)]

    response = client.post("/security/recovery-codes/file/", {"codes": " ".join(codes)})

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="banyan-recovery-codes.txt"'
    assert "no-store" in response["Cache-Control"]
    assert response.text.split("\n")[2:-1] == codes
    for other in ("", "<script>", "12345678 x", "1" * 2_000):
        answer = client.post("/security/recovery-codes/file/", {"codes": other})
        assert (answer.status_code, answer.content) == (400, b"")


def test_few_codes_left_are_a_warning(user):
    codes = with_second_factor(user)
    for code in codes[:7]:
        second_factor.verify(user, code)

    page = Page(signed_in(user).get("/security/").text)

    assert page.text("span", class_="badge warn") == ["3 of 10 left"]


def test_who_lost_everything_is_helped_by_the_operator(user, capsys):
    with_second_factor(user)

    call_command("remove_second_factor", "mara", "--json")

    assert capsys.readouterr().out == '{"username": "mara"}\n'
    assert not Authenticator.objects.exists()


def test_a_reader_protects_its_sign_in_as_well(company):
    reader = make_administrator(
        company.organization.management_account, username="rita", role=Role.READER
    )
    User.objects.filter(pk=reader.pk).update(password=make_password(PASSWORD))
    client = confirmed(signed_in(User.objects.get(pk=reader.pk)))
    secret = shown_secret(Page(client.get("/security/second-factor/new/").text))

    client.post("/security/second-factor/new/", {"code": code_of(secret)})

    event = company.organization.events.get(kind="createSecondFactor")
    assert event.actor_username == "rita"
