"""In a browser: an event is found by what somebody remembers of it, and what was sent is seen."""

import re

import pytest
from playwright.sync_api import expect

from orgs import operations
from orgs.models import Event
from tests.console.conftest import LOOKS_THE_SAME_ANYWHERE, make_company
from tests.console.test_browser import visit  # noqa: F401  (a fixture)
from tests.factories import actor_for
from tests.receiver import receiving

pytestmark = LOOKS_THE_SAME_ANYWHERE


@pytest.fixture
def company(transactional_db):
    made = make_company()
    actor = actor_for(made.administrator)
    for number in range(60):
        operations.units.update_organizational_unit(
            actor=actor, unit_id=made.member.unit_id, name=f"Name {number}"
        )
    operations.tags.tag_resource(
        actor=actor_for(made.administrator), resource_id=made.member.pk, tags=[("cost", "7")]
    )
    return made


def test_an_event_is_found_by_its_kind_its_place_and_its_request(company, visit):  # noqa: F811  (the fixture)
    event = Event.objects.get(kind="tagResource")
    page = visit("/activity/", company.administrator)
    events = page.locator("#events ol > li > div > h2")
    expect(events).to_have_count(50)

    page.get_by_label("Event", exact=True).select_option("tagResource")
    expect(events).to_have_text(["Tags added"])
    page.get_by_role("link", name=str(event.number), exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tags added")
    expect(page.locator(".targets ins")).to_have_text("7")
    page.get_by_role("link", name="All of this request").click()

    expect(page).to_have_url(re.compile(rf"request={event.request_id}$"))
    expect(page.locator("#events ol > li > div > h2")).to_have_text(["Tags added"])
    expect(page.get_by_label("Request id")).to_have_value(event.request_id)
    page.goto(page.url.partition("?")[0])
    page.get_by_text("More filters").click()
    page.get_by_label("Unit, and all below it").fill(company.member.unit_id)
    page.get_by_label("Person", exact=True).fill(company.administrator.username)
    page.get_by_label("Event", exact=True).select_option("tagResource")
    expect(events).to_have_text(["Tags added"])
    with page.expect_download() as download:
        page.get_by_role("link", name="JSON").click()
    assert event.hash in download.value.path().read_text()
    page.goto(page.url.partition("?")[0])
    page.get_by_role("link", name="Verify").click()
    expect(page.get_by_text("The chain is whole: 62 events")).to_be_visible()
    assert visit.complaints == []


def test_a_webhook_is_added_tested_and_its_delivery_seen(
    company,
    visit,  # noqa: F811  (the fixture)
    settings,
    run_jobs,
):
    settings.WEBHOOKS_OVER_HTTP = settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True
    with receiving() as receiver:
        page = visit("/settings/", company.administrator)
        page.get_by_role("link", name="Add subscription").click()
        page.get_by_role("textbox", name="Name").fill("Ledger")
        page.get_by_label("Address").fill(receiver.url)
        page.get_by_role("button", name="Add subscription").click()
        expect(page.locator("code.secret")).to_contain_text("whsec_")
        page.get_by_role("link", name="I have kept it").click()
        page.get_by_role("button", name="Send a test").click()
        expect(page.get_by_text("The test is on its way")).to_be_visible()
        run_jobs()
        page.reload()

        log = page.locator(".deliveries > li").first
        expect(log).to_contain_text("Delivered")
        expect(log).to_contain_text("200")
        kinds = [received.headers["Banyan-Event"] for received in receiver.received]
        assert kinds == ["createSubscription", "test"]
    assert visit.complaints == []
