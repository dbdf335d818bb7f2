"""The operators' site in a browser: every list, page and act, in both themes."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from orgs.actor import Actor
from orgs.models import Account, Job, Organization, User
from orgs.operations.access_keys import create_access_key
from orgs.operations.tags import tag_resource
from orgs.operations.users import create_operator
from tests.console.conftest import LOOKS_THE_SAME_ANYWHERE, make_company, signed_in
from tests.factories import actor_for
from tests.orgs.admin.test_lists import let_come_and_go

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "calm-banyan-shade-42"  # noqa: S105
REPORTS = """
window.reports = [];
document.addEventListener("securitypolicyviolation", (report) => {
  reports.push(`${report.violatedDirective} ${report.blockedURI}`);
});
"""
IDS = re.compile(r"/(?:o|r|ou|h|car)-[0-9a-z]+|/[0-9a-f]{32}|/[0-9]+(?=/)|/[0-9A-Z]{20}")
# Unfold's frame has no <main>; a landmark would have to be made in its own templates.
UNFOLDS_OWN = {"landmark-one-main", "region"}


@pytest.fixture
def olga(transactional_db) -> User:
    company = make_company()
    tag_resource(
        actor=actor_for(company.administrator),
        resource_id=company.member.pk,
        tags=[("owner", "team")],
    )
    create_access_key(actor=Actor.operator("tests"), username=company.member_user.username)
    let_come_and_go(1)
    # What can be tried again, and what can become a full account, is what the first page met is.
    Job.objects.update(state="dead", problem="RuntimeError: no connection")
    Account.objects.update(is_resource_account=True)
    return create_operator(actor=Actor.operator("tests"), username="olga", password=PASSWORD)


@pytest.fixture
def page(olga, context, page, live_server) -> Page:
    context.add_init_script(REPORTS)
    session = signed_in(olga).cookies["session"].value
    context.add_cookies([{"name": "session", "value": session, "url": live_server.url}])
    page.complaints = []
    page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


def assert_sound(page: Page):
    faults = Axe().run(page).response["violations"]
    assert [
        (fault["id"], fault["nodes"][0]["html"])
        for fault in faults
        if fault["id"] not in UNFOLDS_OWN
    ] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("window.reports") == []
    assert page.complaints == []


@LOOKS_THE_SAME_ANYWHERE
@pytest.mark.parametrize(("theme", "size"), [("light", (1440, 900)), ("dark", (390, 844))])
def test_every_page_of_the_site_is_sound(page, live_server, theme, size):
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    of_an_account = User.objects.exclude(account=None).order_by("pk").last()
    left, seen = ["/operator/", f"/operator/orgs/user/{of_an_account.pk}/change/"], {}
    while left:
        path = left.pop()
        kind = IDS.sub("/ID", path)
        if kind in seen:
            continue
        seen[kind] = path
        answer = page.goto(live_server.url + path, wait_until="load")
        assert answer.status == 200, path
        assert_sound(page)
        links = page.eval_on_selector_all(
            "a[href^='/operator/']", "all => all.map(one => one.getAttribute('href'))"
        )
        left += [link for link in links if "?" not in link]

    nouns = ("organization", "organizationalunit", "account", "user", "accesskey", "event", "tag")
    nouns += ("agency", "closingrequest", "creationrequest", "departure", "invitation", "job")
    assert {f"/operator/orgs/{noun}/" for noun in nouns} <= seen.keys()
    assert {f"/operator/orgs/{noun}/ID/change/" for noun in nouns} <= seen.keys()
    for act in (
        "organization/integrity",
        "organization/ID/set_account_quota",
        "organization/ID/repair_tree",
        "account/create_standalone_account",
        "account/ID/create_user",
        "account/ID/convert_account",
        "job/ID/retry_job",
        "user/create_operator",
        "user/ID/create_access_key",
        "user/ID/disable_user",
    ):
        assert f"/operator/orgs/{act}/" in seen


def test_the_site_is_styled_and_its_scripts_run(page, live_server):
    page.goto(f"{live_server.url}/operator/orgs/account/", wait_until="load")

    assert page.evaluate("typeof Alpine.version") == "string"
    colour = page.get_by_role("link", name="New stand-alone account").evaluate(
        "link => getComputedStyle(link).display"
    )
    assert colour == "flex"
    page.locator(".filter-open-button").click()
    expect(page.get_by_label("By organization id")).to_be_visible()


def test_an_account_is_made_and_its_secret_is_gone_afterwards(page, live_server):
    page.goto(f"{live_server.url}/operator/orgs/account/", wait_until="load")
    page.get_by_role("link", name="New stand-alone account").click()
    page.get_by_label("Name", exact=False).first.fill("acme-root")
    page.get_by_label("Make an access key as well").check()
    page.get_by_role("button", name="Make account").click()

    expect(page.get_by_text("Account acme-root was made.")).to_be_visible()
    secret = page.locator("dd").last.inner_text()
    assert re.fullmatch(r"[0-9A-Za-z]{40}", secret)
    assert_sound(page)
    page.get_by_role("link", name="Done").click()
    page.wait_for_url("**/change/")
    assert secret not in page.content()


def test_a_refusal_is_told_above_the_form(page, live_server, olga):
    page.goto(f"{live_server.url}/operator/orgs/user/{olga.pk}/disable_user/", wait_until="load")

    page.get_by_role("button", name="Disable").click()

    expect(page.get_by_text("somebody else has to disable this user")).to_be_visible()
    assert page.evaluate("window.reports") == []
    assert User.objects.get(pk=olga.pk).is_active


def test_the_quota_by_keyboard(page, live_server):
    organization = Organization.objects.order_by("created_at").first()
    page.goto(
        f"{live_server.url}/operator/orgs/organization/{organization.pk}/set_account_quota/",
        wait_until="load",
    )

    page.get_by_label("Accounts").focus()
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Give a number from 1 to 10000.")).to_be_visible()
    page.get_by_label("Accounts").fill("44")
    page.keyboard.press("Enter")

    expect(page.get_by_text("may hold 44 accounts now")).to_be_visible()
