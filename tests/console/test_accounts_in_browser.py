"""Accounts come and go before people's eyes: created and watched, invited, cancelled, closed, removed."""

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from orgs import tasks
from orgs.models import Account, ClosingRequest, CreationRequest, Invitation, Job, JobState
from orgs.operations.invitations import invite_account
from tests.console.conftest import (
    LOOKS_THE_SAME_ANYWHERE,
    Company,
    make_company,
    with_and_without_javascript,
)
from tests.factories import AccountFactory, actor_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def company(transactional_db, settings) -> Company:
    settings.CLOSING_TIME = timedelta()
    return make_company()


@pytest.fixture
def made(company) -> Account:
    """A created account that was made a full one and is old enough: it can be removed."""
    return AccountFactory(
        member_of=company.member.unit,
        name="full-account",
        is_converted=True,
        created_at=timezone.now() - timedelta(days=30),
    )


def do_jobs() -> None:
    """What a worker would do, in between."""
    for job_id in Job.objects.filter(state=JobState.WAITING).values_list("pk", flat=True):
        tasks.work.call(job_id=job_id)


def row(page: Page, name: str):
    return page.get_by_role("row").filter(has_text=name)


@with_and_without_javascript
def test_an_account_is_created_and_watched(company, visit, javascript):
    page = visit("/accounts/", javascript=javascript)

    page.get_by_role("link", name="Create account").click()
    expect(page.get_by_text("2 of 10")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("brand-new")
    page.get_by_label("E-mail").fill("new@example.com")
    page.get_by_role("radio", name="Workloads").check()
    page.get_by_label("Key 1").fill("team")
    page.get_by_label("Value 1").fill("payments")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/accounts/creations/$"))
    expect(page.locator("#toasts")).to_contain_text("brand-new is being created.")
    expect(row(page, "brand-new")).to_contain_text("In progress")
    expect(page.get_by_role("progressbar", name="Creating brand-new")).to_be_visible()
    if javascript:
        with page.expect_response(lambda answer: "watch=" in answer.url):
            pass
        expect(row(page, "brand-new")).to_contain_text("In progress")
    do_jobs()
    if not javascript:
        page.get_by_role("link", name="See how it stands now").click()
    expect(row(page, "brand-new")).to_contain_text("Succeeded")
    expect(page.get_by_role("progressbar")).to_have_count(0)
    expect(page.locator("#running-status")).to_have_text("No account is being created now.")
    account = Account.objects.get(name="brand-new")
    assert (account.email, account.unit) == ("new@example.com", company.member.unit)
    if javascript:
        # Nothing is asked for any more.
        assert page.locator("[hx-trigger^=every]").count() == 0

    page.get_by_role("link", name="brand-new").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("brand-new")


def test_a_creation_that_fails_says_so_while_it_is_watched(company, visit, settings):
    settings.ACCOUNT_PROVIDER = "tests.orgs.operations.test_creations.refuse_the_phone"
    page = visit("/accounts/create/")
    page.get_by_label("Name", exact=True).fill("never-made")
    page.get_by_role("button", name="Create account").click()
    expect(row(page, "never-made")).to_contain_text("In progress")

    do_jobs()

    expect(row(page, "never-made")).to_contain_text("The phone number was not accepted.")
    expect(row(page, "never-made")).to_contain_text("no such prefix")
    assert not Account.objects.filter(name="never-made").exists()


@with_and_without_javascript
def test_what_was_typed_stays_when_it_is_refused(company, visit, javascript):
    page = visit("/accounts/create/", javascript=javascript)

    page.get_by_label("Name", exact=True).fill(company.member.name)
    page.get_by_label("Description").fill("Kept")
    page.get_by_role("button", name="Create account").click()

    name = page.get_by_label("Name", exact=True)
    expect(name).to_have_value(company.member.name)
    expect(name).to_have_accessible_description(re.compile("Another account already has this name"))
    expect(page.get_by_label("Description")).to_have_value("Kept")
    assert not CreationRequest.objects.exists()


@with_and_without_javascript
def test_the_tree_of_places_opens_where_it_is_clicked(company, visit, javascript):
    AccountFactory(name="stands-alone")
    inner = company.organization.units.create(
        parent=company.member.unit, name="Inner", organization=company.organization
    )
    page = visit("/accounts/invite/", javascript=javascript)

    page.get_by_label("Account", exact=True).fill("stands-alone")
    page.get_by_role("button", name="Units in Workloads").click()
    page.get_by_role("radio", name="Inner").check()
    expect(page.get_by_label("Account", exact=True)).to_have_value("stands-alone")
    page.get_by_role("button", name="Send invitation").click()

    expect(row(page, "stands-alone")).to_contain_text("Inner")
    assert Invitation.objects.get().destination == inner


@with_and_without_javascript
def test_an_account_is_invited_and_the_invitation_cancelled(company, visit, javascript):
    AccountFactory(name="north-office")
    page = visit("/accounts/", javascript=javascript)

    page.get_by_role("link", name="Invite account").click()
    page.get_by_label("Account", exact=True).fill("north-offices")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_label("Account", exact=True)).to_have_accessible_description(
        re.compile("No account of this installation")
    )
    page.get_by_label("Account", exact=True).fill("north-office")
    page.get_by_label("Notes").fill("Welcome")
    page.get_by_role("button", name="Send invitation").click()

    expect(page).to_have_url(re.compile("/accounts/invitations/$"))
    expect(row(page, "north-office")).to_contain_text("Pending")
    page.get_by_role("link", name="Cancel the invitation to north-office").click()
    if javascript:
        expect(page.get_by_role("dialog")).to_be_visible()
        page.get_by_role("link", name="Keep it").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.get_by_role("link", name="Cancel the invitation to north-office").click()
    page.get_by_role("button", name="Cancel invitation").click()

    expect(row(page, "north-office")).to_contain_text("Cancelled")
    expect(page.locator("#toasts")).to_contain_text("is cancelled")
    expect(page.get_by_role("dialog")).to_have_count(0)
    if javascript:
        # What one stood at is gone with the invitation; the keyboard goes on at the heading.
        expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert Invitation.objects.get().state == "cancelled"


def test_a_list_is_narrowed_by_its_state_at_once(company, visit):
    AccountFactory(name="north-office")
    manager = actor_for(company.administrator)
    invite_account(actor=manager, target_type="name", target="north-office")
    page = visit("/accounts/invitations/")

    page.get_by_label("State").select_option("accepted")
    expect(page.get_by_text("No invitation is in this state.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?state=accepted$"))
    page.get_by_label("State").select_option("pending")
    expect(row(page, "north-office")).to_be_visible()
    page.reload()
    expect(row(page, "north-office")).to_be_visible()


@with_and_without_javascript
def test_an_account_is_closed_by_typing_its_name(company, visit, javascript):
    page = visit(f"/structure/accounts/{company.member.pk}/", javascript=javascript)

    page.get_by_role("link", name="Close", exact=True).click()
    asked = page.get_by_role("dialog") if javascript else page
    expect(asked.get_by_text("Nothing undoes it")).to_be_visible()
    confirmation = asked.get_by_label(f"Type {company.member.name} to confirm")
    confirmation.fill("something-else")
    page.keyboard.press("Enter")
    expect(confirmation).to_have_accessible_description("This is not the name of the account.")
    assert not ClosingRequest.objects.exists()
    confirmation.fill(company.member.name)
    asked.get_by_role("button", name="Close account").click()

    if javascript:
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.locator("#detail")).to_contain_text("Being closed")
        expect(page.get_by_role("button", name="Close", exact=True)).to_be_disabled()
        page.goto(page.url.split("/structure/")[0] + "/accounts/closings/")
    expect(row(page, company.member.name)).to_contain_text("Being closed")
    do_jobs()
    if not javascript:
        page.get_by_role("link", name="See how it stands now").click()
    expect(page.locator("#running-status")).to_have_text("No account is being closed now.")
    expect(row(page, company.member.name)).to_contain_text("Closed")


@with_and_without_javascript
def test_an_account_is_removed(company, visit, made, javascript):
    page = visit(f"/structure/accounts/{made.pk}/", javascript=javascript)

    page.get_by_role("link", name="Remove", exact=True).click()
    page.get_by_role("button", name="Remove account").click()

    if javascript:
        expect(page.get_by_role("heading", level=1)).to_have_text("Workloads")
        expect(page.get_by_role("treeitem", name="full-account")).to_have_count(0)
    else:
        expect(page).to_have_url(re.compile("/accounts/former/$"))
        expect(row(page, "full-account")).to_contain_text("Removed")
    made.refresh_from_db()
    assert made.stands_alone


@with_and_without_javascript
def test_what_is_in_the_way_of_removing_is_shown(company, visit, made, settings, javascript):
    Account.objects.filter(pk=company.member.pk).update(is_resource_account=True)
    page = visit(f"/structure/accounts/{company.member.pk}/", javascript=javascript)

    expect(page.get_by_role("button", name="Remove", exact=True)).to_be_disabled()
    page.get_by_role("link", name="What is in the way").click()

    told = page.get_by_role("dialog") if javascript else page
    expect(told.get_by_text("cannot stand alone yet")).to_be_visible()
    expect(told.get_by_text("Ask an operator of this installation")).to_be_visible()
    button = told.get_by_role("button", name="Remove account")
    expect(button).to_be_disabled()
    expect(button).to_have_accessible_description(re.compile("cannot stand alone yet"))
    told.get_by_role("link", name="Close it instead").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("for good?")


def test_an_account_is_removed_from_the_list(company, visit, made):
    page = visit("/accounts/")

    row(page, "full-account").get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove account").click()

    expect(row(page, "full-account")).to_contain_text("Removed")
    expect(page.locator("#toasts")).to_contain_text("it stands alone now")


@LOOKS_THE_SAME_ANYWHERE
@pytest.mark.parametrize("act", ["Close", "What is in the way"])
def test_a_dialog_that_tells_much_is_sound(company, visit, act):
    Account.objects.filter(pk=company.member.pk).update(is_resource_account=True)
    page = visit(f"/structure/accounts/{company.member.pk}/")
    page.get_by_role("link", name=act, exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()

    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found] == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
