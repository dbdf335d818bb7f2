"""Many accounts at once, as people do it: rows with faults, a verdict on each, and what becomes of them."""

import pytest
from playwright.sync_api import Page, expect

from orgs import operations
from orgs.models import Batch, Invitation
from tests.console.conftest import (
    LOOKS_THE_SAME_ANYWHERE,
    REPORTS,
    Company,
    make_company,
    signed_in,
)
from tests.console.looking import faults_of
from tests.factories import AccountFactory, actor_for

pytestmark = [pytest.mark.django_db(transaction=True), LOOKS_THE_SAME_ANYWHERE]

expect.set_options(timeout=15_000)


@pytest.fixture
def company(transactional_db, settings) -> Company:
    settings.ACCOUNT_QUOTA = 50
    return make_company()


@pytest.fixture
def open_page(company, live_server, browser):
    """A page as the administrator, with JavaScript or without; what it complains of fails the test."""
    contexts, complaints = [], []

    def open_page(path: str, *, javascript: bool) -> Page:
        context = browser.new_context(java_script_enabled=javascript, base_url=live_server.url)
        contexts.append(context)
        if javascript:
            context.add_init_script(REPORTS)
        session = signed_in(company.administrator).cookies["session"].value
        context.add_cookies([{"name": "session", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    # The browser notes a form that came back with what is wrong with it.
    assert [text for text in complaints if "status of 422" not in text] == []


def sound(page: Page) -> None:
    """Nothing that axe finds fault with, nothing wider than the window, nothing that the policy stopped."""
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert faults_of(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("window.reports") == []


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_many_invitations_with_three_kinds_of_bad_rows(company, open_page, run_jobs, javascript):
    fine, other, invited = AccountFactory(), AccountFactory(), AccountFactory()
    operations.invitations.invite_account(
        actor=actor_for(company.administrator), target_type="account", target=invited.pk
    )
    page = open_page("/accounts/invite/many/", javascript=javascript)
    rows = [
        "account;notes;unit",
        f"{fine.name};Welcome;Workloads",
        "bad name",  # no name of an account
        "unknown-account",  # there is none of that name
        f"{company.member.name};;",  # it is here already
        f"{invited.pk};;",  # it is invited already
        f"{other.pk};;Nowhere",  # no such unit
        f"{other.pk};;",
    ]

    page.get_by_label("Rows").fill("\n".join(rows))
    page.get_by_role("button", name="Check").click()

    expect(page.get_by_role("heading", name="2 of 7 rows can be sent")).to_be_visible()
    refused = page.get_by_role("region", name="Cannot be sent")
    expect(refused.locator("tbody tr td:first-child")).to_have_text(["3", "4", "5", "6", "7"])
    expect(refused.locator("p")).to_have_text(
        [
            "Account: Begin with a letter; then letters, digits, _ and - may follow.",
            "There is no account unknown-account in this installation.",
            f"Account {company.member.name} already belongs to an organization.",
            f"{invited.name} has an open invitation of this organization already.",
            "There is no root or organizational unit Nowhere in your organization.",
        ]
    )
    fine_rows = page.get_by_role("region", name="Can be sent", exact=False).locator("tbody tr")
    expect(fine_rows).to_contain_text([f"2{fine.name}WorkloadsNow", f"8{other.pk}–Now"])
    if javascript:
        sound(page)
    assert Invitation.objects.count() == 1

    page.get_by_role("button", name="Invite 2 accounts").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Invite accounts")
    expect(page.locator(".badge", has_text="Refused")).to_have_count(5)
    run_jobs()
    if not javascript:
        page.get_by_role("link", name="Look again").click()

    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    expect(page.get_by_text("Invitation: Pending")).to_have_count(2)
    sent = Invitation.objects.exclude(account=invited).order_by("created_at")
    assert list(sent.values_list("account", "destination__name", "notes")) == [
        (fine.pk, "Workloads", "Welcome"),
        (other.pk, None, ""),
    ]
    if javascript:
        sound(page)


def test_many_creations_are_followed_until_the_last_has_ended(company, open_page, run_jobs):
    page = open_page("/accounts/create/many/", javascript=True)
    names = [f"account-new-{number}" for number in range(8)]
    page.locator("#id_file").set_input_files(
        {"name": "new.csv", "mimeType": "text/csv", "buffer": "\n".join(names).encode()}
    )
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("3 of them have to wait, and go by themselves.")).to_be_visible()
    page.get_by_role("button", name="Create 8 accounts").click()
    expect(page.get_by_role("heading", name="0 of 8 rows done")).to_be_visible()

    for _ in range(4):
        run_jobs()

    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    expect(page.get_by_role("link", name="Account created")).to_have_count(8)
    assert page.locator("#progress").get_attribute("hx-get") is None
    page.get_by_role("link", name="Account created").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("account-new-0")


def test_a_file_replaces_what_was_pasted_and_a_fault_in_it_is_said(company, open_page):
    page = open_page("/accounts/create/many/", javascript=True)
    page.get_by_label("Rows").fill("brand-new")
    page.locator("#id_file").set_input_files(
        {"name": "new.csv", "mimeType": "text/csv", "buffer": b"name,colour\nred-one,red\n"}
    )

    page.get_by_role("button", name="Check").click()

    expect(page.get_by_role("alert")).to_contain_text(
        "Row 1, column 2: There is no column colour; there are: name, email, phone, unit"
    )
    expect(page.get_by_label("Rows")).to_have_value("brand-new")
    sound(page)


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_the_rest_is_cancelled(company, open_page, settings, javascript):
    settings.CREATIONS_AT_ONCE = 1
    made = operations.batches.create_batch(
        actor=actor_for(company.administrator), kind="create", rows="one-new\ntwo-new\nthree-new"
    )
    operations.batches.feed_batch(made.pk)
    page = open_page("/accounts/batches/", javascript=javascript)

    page.get_by_role("link", name="Create accounts").click()
    page.get_by_role("link", name="Cancel the rest").click()
    expect(page.get_by_text("2 rows wait and are not sent any more.")).to_be_visible()
    page.get_by_role("button", name="Cancel the rest").click()

    expect(page.locator("#toasts")).to_contain_text("What waited is cancelled.")
    expect(page.locator(".badge", has_text="Cancelled")).to_have_count(2)
    assert Batch.objects.get().ended_at is not None
