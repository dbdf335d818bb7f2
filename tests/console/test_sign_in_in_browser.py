"""The own sign-in from end to end in a browser, as a person goes through it."""

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from playwright.sync_api import Page, expect

from orgs.models import AccessKey, User
from tests.console.conftest import REPORTS
from tests.console.looking import faults_of, require_good_looks
from tests.factories import make_administrator, make_organization
from tests.totp import code_of

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD, NEW_PASSWORD = "calm-banyan-shade-42", "seven-roots-below-9"
# What the browser itself says of answers that refuse; the page tells the person.
REFUSED = "Failed to load resource: the server responded with a status of"


@pytest.fixture
def user(transactional_db) -> User:
    cache.clear()
    organization, _actor = make_organization()
    made = make_administrator(organization.management_account, username="mara")
    User.objects.filter(pk=made.pk).update(password=make_password(PASSWORD))
    yield made
    cache.clear()


@pytest.fixture
def complaints(page) -> list[str]:
    """What the browser complains of."""
    said: list[str] = []
    page.add_init_script(REPORTS)
    page.on("console", lambda one: one.type == "error" and said.append(one.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def require_sound(page: Page, complaints: list[str], heading: str) -> None:
    """Nothing for axe, the content policy, the console or a narrow screen, once the page is there."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    require_good_looks(page)
    assert page.evaluate("window.reports") == []
    assert [said for said in complaints if not said.startswith(REFUSED)] == []


def sign_in(page: Page, base: str, password: str = PASSWORD) -> None:
    page.goto(f"{base}/sign-in/")
    page.get_by_label("User name").fill("mara")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_person_protects_the_own_sign_in(  # noqa: PLR0915  (one way from end to end)
    user, live_server, page, browser, complaints
):
    base = live_server.url
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, base)
    elsewhere = browser.new_context(user_agent='"><img src=x onerror=alert(1)>').new_page()
    sign_in(elsewhere, base)
    expect(elsewhere.locator(".user summary")).to_be_visible()

    page.locator(".user summary").click()
    page.get_by_role("link", name="Sign-in and keys").click()
    expect(page.get_by_text('"><img src=x onerror=alert(1)>')).to_be_visible()
    require_sound(page, complaints, "Sign-in and keys")

    # A second factor, after the password once more.
    page.get_by_role("link", name="Set up the second factor").click()
    expect(page.get_by_label("Password")).to_be_focused()
    require_sound(page, complaints, "Your password, please")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    page.get_by_role("button", name="Copy secret").click()
    expect(page.get_by_role("status")).to_contain_text("Copied")
    secret = page.evaluate("navigator.clipboard.readText()")
    page.get_by_label("Code that the app shows").fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("This code is not right")
    require_sound(page, complaints, "Set up a second factor")
    page.get_by_label("Code that the app shows").fill(code_of(secret))
    page.get_by_role("button", name="Turn on").click()

    require_sound(page, complaints, "Your sign-in has a second factor")
    page.get_by_role("button", name="Copy all").click()
    expect(page.get_by_role("status")).to_contain_text("Copied")
    codes = page.evaluate("navigator.clipboard.readText()").split()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.path().read_text().split("\n")[2:-1] == codes
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("heading", name="Second factor On")).to_be_visible()

    # An access key: made, kept, disabled, deleted.
    page.get_by_role("link", name="Create access key").click()
    require_sound(page, complaints, "Create access key")
    page.get_by_role("button", name="Create access key").click()
    require_sound(page, complaints, "Your new access key")
    key = AccessKey.objects.get()
    page.get_by_role("button", name="Copy the secret key").click()
    expect(page.get_by_role("status")).to_contain_text("Copied")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    assert download.value.suggested_filename == f"banyan-access-key-{key.pk}.csv"
    assert page.evaluate("navigator.clipboard.readText()") in download.value.path().read_text()
    page.get_by_role("link", name="I have kept it").click()
    page.get_by_role("button", name=f"Disable {key.pk}").click()
    expect(page.get_by_role("status")).to_contain_text("is disabled")
    require_sound(page, complaints, "Sign-in and keys")
    page.get_by_role("link", name=f"Delete {key.pk}").click()
    require_sound(page, complaints, "Delete access key?")
    page.get_by_role("button", name="Delete access key").click()
    expect(page.get_by_role("status")).to_contain_text("is deleted")

    # Another password: the other session is over.
    page.get_by_role("link", name="Change password").click()
    page.get_by_label("Present password").fill("wrong")
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("New password, again").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("This is not your present password.")).to_be_visible()
    require_sound(page, complaints, "Change password")
    page.get_by_label("Present password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("New password, again").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("status")).to_contain_text("Your password is changed")
    elsewhere.reload()
    expect(elsewhere.get_by_role("heading", level=1)).to_have_text("Sign in")

    # Signing in takes a code now; one from the paper does as well.
    page.locator(".user summary").click()
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, base, NEW_PASSWORD)
    expect(page.get_by_label("Code")).to_be_focused()
    page.get_by_label("Code").fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("This code is not right")
    require_sound(page, complaints, "Second factor")
    page.get_by_label("Code").fill(code_of(secret, steps=1))
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{base}/")
    sign_in(elsewhere, base, NEW_PASSWORD)
    elsewhere.get_by_label("Code").fill(codes[0])
    elsewhere.keyboard.press("Enter")
    expect(elsewhere).to_have_url(f"{base}/")

    # Sessions end from here; the second factor goes again.
    page.goto(f"{base}/security/")
    expect(page.get_by_text("9 of 10 left")).to_be_visible()
    page.get_by_role("button", name="End the session of").click()
    expect(page.get_by_role("status")).to_contain_text("The session has ended.")
    elsewhere.reload()
    expect(elsewhere.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.get_by_role("link", name="Remove the second factor").click()
    page.get_by_label("Password").fill(NEW_PASSWORD)
    page.keyboard.press("Enter")
    require_sound(page, complaints, "Remove the second factor?")
    page.get_by_role("button", name="Remove second factor").click()
    expect(page.get_by_role("status")).to_contain_text("The second factor is removed.")
    elsewhere.context.close()


def test_without_javascript_a_person_signs_in_with_a_second_factor(user, live_server, browser):
    page, base = browser.new_context(java_script_enabled=False).new_page(), live_server.url
    heading = page.get_by_role("heading", level=1)
    sign_in(page, base)
    page.goto(f"{base}/security/second-factor/new/")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    secret = page.locator(".secret code").inner_text().replace(" ", "")
    page.get_by_label("Code that the app shows").fill(code_of(secret))
    page.get_by_role("button", name="Turn on").click()
    expect(heading).to_have_text("Your sign-in has a second factor")
    recovery_code = page.locator(".codes code").first.inner_text()

    for code in (code_of(secret, steps=1), recovery_code):
        page.locator(".user summary").click()
        page.get_by_role("button", name="Sign out").click()
        sign_in(page, base)
        page.get_by_label("Code").fill("000000")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("This code is not right")
        page.get_by_label("Code").fill(code)
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{base}/")
    page.context.close()


def test_who_tries_too_often_reads_when_to_try_again(user, live_server, page, complaints):
    for _ in range(6):
        sign_in(page, live_server.url, "wrong")

    expect(page.get_by_role("heading", level=1)).to_contain_text("That was tried too often.")
    assert faults_of(page) == []
    assert page.evaluate("window.reports") == []
