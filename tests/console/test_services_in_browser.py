"""R-TS, R-DA in a browser: enable, register, sign in as the delegated administrator, be refused."""

import re

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from playwright.sync_api import expect

from orgs.models import User
from tests.console.conftest import Company, make_company, signed_in
from tests.console.looking import require_good_looks
from tests.console.test_sign_in_in_browser import complaints  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "calm-banyan-shade-42"


@pytest.fixture
def company(transactional_db) -> Company:
    cache.clear()
    made = make_company()
    User.objects.filter(pk=made.member_user.pk).update(password=make_password(PASSWORD))
    yield made
    cache.clear()


def test_from_enabling_a_service_to_a_delegated_administrator_who_is_refused(
    company,
    live_server,
    context,
    page,
    complaints,  # noqa: F811  (the fixture)
):
    session = signed_in(company.administrator).cookies["session"].value
    context.add_cookies([{"name": "session", "value": session, "url": live_server.url}])
    page.goto(live_server.url + "/")
    page.get_by_role("link", name="Services", exact=True).click()
    require_good_looks(page)
    page.get_by_role("link", name="Application Operations Management").click()
    page.get_by_role("link", name="Enable").click()
    expect(page.get_by_text("It may act in all 2 accounts")).to_be_visible()
    require_good_looks(page)
    page.get_by_role("button", name="Enable").click()
    expect(page.get_by_text("Application Operations Management is enabled.")).to_be_visible()

    page.get_by_role("link", name="Register an account").click()
    page.get_by_label("Account", exact=True).fill("nobody-of-that-name")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_text("No account of the organization is called this.")).to_be_visible()
    require_good_looks(page)
    page.get_by_label("Account", exact=True).fill(company.member.name)
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("link", name=company.member.name, exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Disable")).to_be_disabled()
    require_good_looks(page)

    context.clear_cookies()
    page.goto(live_server.url + "/")
    page.get_by_label("User name").fill(company.member_user.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Services", exact=True).click()
    page.get_by_role("link", name="Application Operations Management").click()
    expect(page.get_by_role("button", name="Disable")).to_be_disabled()
    expect(page.get_by_text("Only the management account enables and disables")).to_be_visible()
    require_good_looks(page)
    page.goto(live_server.url + "/structure/")
    expect(page.get_by_role("button", name="New unit")).to_be_disabled()
    expect(
        page.get_by_text("Only the management account can change the structure.")
    ).to_be_visible()

    page.goto(live_server.url + "/leave/")
    kept = "Your account is a delegated administrator of Application Operations Management."
    expect(page.get_by_text(kept)).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Leave"))).to_have_count(0)
    # What was refused in its place is an answer that the browser mentions.
    assert [one for one in complaints if "422" not in one] == []
