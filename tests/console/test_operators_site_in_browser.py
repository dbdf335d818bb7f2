"""The operators' site in a browser: every list, page and act, in both themes."""

import re

import pytest
from playwright.sync_api import Page, expect

from orgs.actor import Actor
from orgs.models import (
    Account,
    CareRun,
    IntegrableService,
    Job,
    Organization,
    TagPolicyService,
    User,
)
from orgs.operations.access_keys import create_access_key
from orgs.operations.care import ask_for_care, run_care
from orgs.operations.jobs import note_worker
from orgs.operations.tags import tag_resource
from orgs.operations.users import create_operator
from tests.console.conftest import LOOKS_THE_SAME_ANYWHERE, REPORTS, make_company, signed_in
from tests.console.looking import bring_axe, faults_of
from tests.factories import actor_for
from tests.orgs.admin.test_lists import let_come_and_go

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "calm-banyan-shade-42"
IDS = re.compile(
    r"/(?:o|r|ou|h|car)-[0-9a-z]+|/[0-9a-f]{32}|/[0-9]+(?=/)|/[0-9A-Z]{20}|/service\.[0-9A-Za-z-]+"
    r"|(?<=/tagpolicyservice)/(?!create_service/)[^/]+(?=/)"
)
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
    ask_for_care(actor=Actor.operator("tests"), kind="integrity")
    for run in CareRun.objects.all():
        run_care(str(run.pk))
    ask_for_care(actor=Actor.operator("tests"), kind="integrity")
    note_worker(worker_id="w" * 32, host="web-1", process_id=7)
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
    assert [fault for fault in faults_of(page) if fault[0] not in UNFOLDS_OWN] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("window.reports") == []
    assert page.complaints == []


@LOOKS_THE_SAME_ANYWHERE
@pytest.mark.parametrize(("theme", "size"), [("light", (1440, 900)), ("dark", (390, 844))])
def test_every_page_of_the_site_is_sound(page, live_server, theme, size):
    bring_axe(page.context)
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

    nouns = (
        "organization",
        "organizationalunit",
        "account",
        "user",
        "accesskey",
        "event",
        "tag",
        "integrableservice",
        "tagpolicyservice",
    )
    nouns += (
        "agency",
        "closingrequest",
        "creationrequest",
        "departure",
        "invitation",
        "job",
        "carerun",
    )
    assert {f"/operator/orgs/{noun}/" for noun in nouns} <= seen.keys()
    assert {f"/operator/orgs/{noun}/ID/change/" for noun in nouns} <= seen.keys()
    for act in (
        "carerun/integrity",
        "carerun/key_ring",
        "carerun/check_integrity",
        "carerun/verify_events",
        "carerun/repair",
        "carerun/rotate_secrets",
        "job/health",
        "job/retry_jobs",
        "organization/ID/verify_events",
        "organization/ID/repair_tag_policies",
        "account/ID/refuse_account",
        "organization/ID/set_account_quota",
        "organization/ID/repair_tree",
        "account/create_standalone_account",
        "account/ID/create_user",
        "account/ID/convert_account",
        "job/ID/retry_job",
        "user/create_operator",
        "user/ID/create_access_key",
        "user/ID/disable_user",
        "integrableservice/create_service",
        "integrableservice/ID/update_service",
        "integrableservice/ID/delete_service",
        "tagpolicyservice/create_service",
        "tagpolicyservice/ID/update_service",
        "tagpolicyservice/ID/delete_service",
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


def test_a_service_is_added_changed_and_removed(page, live_server):
    page.goto(f"{live_server.url}/operator/orgs/integrableservice/", wait_until="load")
    page.get_by_role("link", name="Add service").click()
    page.get_by_label("Principal").fill("Backup")
    page.get_by_label("Name").fill("Backup")
    page.get_by_role("button", name="Add service").click()
    expect(page.get_by_text("A principal is service. and a name")).to_be_visible()
    assert_sound_but_for_the_refusal(page)
    page.get_by_label("Principal").fill("service.Backup")
    page.get_by_role("button", name="Add service").click()

    expect(page.get_by_text("service.Backup was added.")).to_be_visible()
    page.get_by_role("link", name=re.compile("Change$")).click()
    expect(page.get_by_label("Knows delegated administrators")).to_be_checked()
    page.get_by_label("Most delegated administrators").fill("2")
    page.get_by_label("Note before disabling").fill("Delete the copies first.")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("service.Backup was changed.")).to_be_visible()
    expect(page.get_by_text("At most 2")).to_be_visible()
    page.get_by_role("link", name=re.compile("Remove$")).click()
    expect(page.get_by_text("No organization can trust it any more")).to_be_visible()
    assert IntegrableService.objects.get(pk="service.Backup").version == 2
    page.get_by_role("button", name="Remove").click()

    expect(page.get_by_text("service.Backup was removed.")).to_be_visible()
    assert not IntegrableService.objects.filter(pk="service.Backup").exists()


def assert_sound_but_for_the_refusal(page: Page):
    """The browser itself complains of a status of 422."""
    assert [said for said in page.complaints if "422" not in said] == []
    page.complaints.clear()
    assert_sound(page)


def test_a_line_for_each_resource_type_without_a_mouse(page, live_server):
    page.goto(
        f"{live_server.url}/operator/orgs/tagpolicyservice/create_service/", wait_until="load"
    )

    page.get_by_label("Service", exact=False).first.focus()
    for typed in ("boxes", "Boxes", "box\nb x"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_text("“b x” is no resource type")).to_be_visible()
    expect(page.get_by_label("Accepts all types at once")).to_be_checked()
    page.get_by_label("Resource types").fill("box\nlid")
    page.get_by_role("button", name="Add service").press("Enter")

    expect(page.get_by_text("boxes was added.")).to_be_visible()
    service = TagPolicyService.objects.get(pk="boxes")
    assert (service.resource_types, service.supports_all) == (["box", "lid"], True)
