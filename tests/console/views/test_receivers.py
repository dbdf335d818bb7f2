"""The pages that links in e-mails lead to: without a sign-in, changed by POST alone."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import resolve

from orgs import operations
from orgs.models import Subscription
from orgs.receiver_links import LONGEST, Page
from tests.console.conftest import LOOKS_THE_SAME_ANYWHERE, REPORTS, Company, make_company
from tests.console.looking import require_good_looks
from tests.console.pages.ids import of_mailed
from tests.digest import digest_of_database
from tests.factories import actor_for
from tests.links import path_in, question, way_out

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def confirm_at(signed: str) -> str:
    return f"/mail/confirm/{signed}/"


def unsubscribe_at(signed: str) -> str:
    return f"/mail/unsubscribe/{signed}/"


def state_of(subscription) -> str:
    return Subscription.objects.get(pk=subscription.pk).state


@pytest.fixture
def company(db) -> Company:
    return make_company()


@pytest.fixture
def anybody() -> Client:
    """A browser that knows nobody, and that is asked for proof of where a form came from."""
    return Client(enforce_csrf_checks=True)


def test_the_links_in_e_mails_lead_to_the_pages(company, settings, run_jobs):
    settings.MAILS_ARE_SENT = True
    of_mailed(company, "unconfirmed")
    run_jobs()

    (sent,) = mail.outbox

    assert resolve(path_in(sent, Page.CONFIRM)).view_name == "confirm_subscription"
    assert resolve(path_in(sent, Page.UNSUBSCRIBE)).view_name == "unsubscribe"


def test_confirm_subscription_shows_first_and_confirms_by_post(company, anybody):
    subscription = of_mailed(company, "unconfirmed")
    address = confirm_at(question(subscription))
    before = digest_of_database()

    shown = anybody.get(address)

    assert shown.status_code == 200
    assert subscription.target in shown.text
    assert company.organization.name in shown.text
    assert "no-store" in shown["Cache-Control"]
    assert digest_of_database() == before
    assert anybody.post(address).status_code == 403  # not from its form
    assert digest_of_database() == before
    sent = {"csrfmiddlewaretoken": anybody.cookies["csrf"].value}
    assert "<h1>Confirmed</h1>" in anybody.post(address, sent).text
    assert state_of(subscription) == "active"
    assert "<h1>Confirmed</h1>" in anybody.get(address).text


def test_unsubscribe_takes_the_post_of_a_mail_program(company, anybody):
    """RFC 8058: no cookie, no form, no redirect."""
    subscription = of_mailed(company, "active")
    address = unsubscribe_at(way_out(subscription))
    before = digest_of_database()

    assert "No more of these e-mails?" in anybody.get(address).text
    assert digest_of_database() == before
    answer = anybody.post(address, ONE_CLICK)

    assert (answer.status_code, "<h1>Unsubscribed</h1>" in answer.text) == (200, True)
    assert state_of(subscription) == "unsubscribed"
    assert "<h1>Unsubscribed</h1>" in anybody.post(address, ONE_CLICK).text


@pytest.mark.parametrize("at", [confirm_at, unsubscribe_at])
def test_what_is_no_link_of_ours_is_answered_without_the_database(anybody, at):
    """Pytest lets no test without its mark reach the database."""
    texts = ("x", "...", "%00", "%E4%BD%A0", "é", "<b>", "a" * (LONGEST + 1), "a" * 60_000)

    answers = [anybody.get(at(text)) for text in texts]

    assert {answer.status_code for answer in answers} == {404}
    assert {"<h1>This link does not work</h1>" in answer.text for answer in answers} == {True}


def test_a_dead_link_names_nobody(company, anybody):
    subscription = of_mailed(company, "unconfirmed")
    question_at, out_at = confirm_at(question(subscription)), unsubscribe_at(way_out(subscription))
    expired_at = confirm_at(question(subscription, expires_at=subscription.created_at))
    known = (company.organization.name, subscription.target, subscription.name)

    expired = anybody.get(expired_at)
    operations.subscriptions.delete_subscription(
        actor=actor_for(company.administrator), subscription_id=subscription.pk
    )
    gone, out = anybody.get(question_at), anybody.get(out_at)

    assert [one.status_code for one in (expired, gone, out)] == [410, 410, 200]
    assert not [name for one in (expired, gone, out) for name in known if name in one.text]


def test_subscription_tells_of_the_question_and_asks_again(company, administrator):
    subscription = of_mailed(company, "unconfirmed")
    address = f"/settings/subscriptions/{subscription.pk}/"

    shown = administrator.get(address).text

    assert "Not confirmed yet" in shown
    assert "<dt>Language</dt><dd>English</dd>" in shown
    assert "Send a test" not in shown
    assert administrator.post(f"{address}ask/")["Location"] == address
    assert company.organization.events.latest("number").kind == "resendConfirmation"
    administrator.post(f"{address}ask/")
    refused = administrator.post(f"{address}ask/")
    assert (refused.status_code, "was asked 3 times within 24 hours" in refused.text) == (409, True)


def test_the_form_says_where_e_mails_cannot_be_sent(administrator, settings):
    settings.SITE_ADDRESS = ""
    address = "/settings/subscriptions/new/"
    typed = {"channel": "email", "name": "Readers", "target": "a@example.com"}
    said = "E-mails need the address of this site"
    before = digest_of_database()

    assert said in administrator.get(address).text
    refused = administrator.post(address, typed)

    assert (refused.status_code, said in refused.text) == (409, True)
    assert digest_of_database() == before


def test_a_subscription_speaks_the_language_of_who_makes_it(company, administrator):
    address = "/settings/subscriptions/new/"
    administrator.cookies["django_language"] = "zh-hans"

    assert '<option value="zh-hans" selected>' in administrator.get(address).text
    typed = {"channel": "email", "name": "Readers", "target": "a@example.com"}
    administrator.post(address, typed | {"language": "zh-hans"})

    assert Subscription.objects.get().language == "zh-hans"


@LOOKS_THE_SAME_ANYWHERE
@pytest.mark.django_db(transaction=True)
def test_every_answer_to_a_link_looks_good_and_works_without_javascript(
    company, browser, live_server
):
    subscription = of_mailed(company, "unconfirmed")
    old = question(subscription, expires_at=subscription.created_at)
    context = browser.new_context(base_url=live_server.url)
    context.add_init_script(REPORTS)
    page, crossed = context.new_page(), set()
    for address in (confirm_at(old), confirm_at("x"), unsubscribe_at("x")):
        page.goto(address)
        require_good_looks(page, crossed)
        assert page.evaluate("window.reports") == []
    context.close()
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(confirm_at(question(subscription)))
    page.get_by_role("button", name="Yes, send them").click()
    page.get_by_role("heading", name="Confirmed").wait_for()
    page.goto(unsubscribe_at(way_out(subscription)))
    page.get_by_role("button", name="Unsubscribe").click()
    page.get_by_role("heading", name="Unsubscribed").wait_for()
    context.close()
    assert state_of(subscription) == "unsubscribed"
