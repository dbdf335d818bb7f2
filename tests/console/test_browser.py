"""What only a browser can tell: how it looks to axe, the policy at work, the tree by mouse and keyboard."""

import re
from http import HTTPStatus

import pytest
from playwright.sync_api import Page, expect

from orgs.models import Account
from orgs.operations.tags import tag_resource, update_tags
from orgs.operations.units import create_organizational_unit
from tests.console.conftest import (
    LOOKS_THE_SAME_ANYWHERE,
    REPORTS,
    Company,
    make_company,
    signed_in,
)
from tests.console.growing import add_comings_and_goings
from tests.console.looking import bring_axe, require_good_looks
from tests.console.pages import PAGES, PARTS, address_of, part_of_pages
from tests.console.pages.lists import shorten_lists
from tests.console.pages.visitors import visitor
from tests.factories import AccountFactory, UnitFactory, actor_for

pytestmark = pytest.mark.django_db(transaction=True)

expect.set_options(timeout=15_000)


@pytest.fixture
def company(transactional_db) -> Company:
    made = make_company()
    unit = made.member.unit
    UnitFactory(parent=unit, name="Production")
    for number in range(60):
        AccountFactory(member_of=unit, name=f"workload-{number:03}")
    tag_resource(
        actor=actor_for(made.administrator), resource_id=made.member.pk, tags=[("owner", "team")]
    )
    return made


@pytest.fixture
def visit(live_server, context, page):
    """Opens a page as a user, and remembers what the browser complains of."""
    complaints: list[str] = []
    context.add_init_script(REPORTS)
    page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    answered: dict[str, int] = {}
    page.on("response", lambda answer: answered.__setitem__(answer.url, answer.status))

    def visit(path: str, user=None, wait_until="networkidle") -> Page:
        if user is not None:
            session = signed_in(user).cookies["session"].value
            context.add_cookies([{"name": "session", "value": session, "url": live_server.url}])
        page.goto(live_server.url + path, wait_until=wait_until)
        return page

    visit.complaints = complaints
    visit.answered = answered
    return visit


@pytest.fixture
def small_company(transactional_db, monkeypatch) -> Company:
    """A company with one of everything, and lists so short that each has a next part."""
    shorten_lists(monkeypatch, 2)
    made = make_company()
    actor = actor_for(made.administrator)
    for number in range(3):
        AccountFactory(member_of=made.member.unit)
        create_organizational_unit(
            actor=actor, parent_id=made.member.unit_id, name=f"Unit {number}"
        )
    Account.objects.filter(name=made.member.name).update(description="What it is for")
    update_tags(actor=actor, resource_id=made.member.pk, tags=[("owner", "team")])
    add_comings_and_goings(made.organization, made.member)
    return made


@LOOKS_THE_SAME_ANYWHERE
@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_is_sound(small_company, live_server, context, visit, part):
    company = small_company
    names = part_of_pages(part)
    bring_axe(context)
    looked_at, crossed = set(), set()
    for name, row in ((name, row) for name, page in PAGES.items() for row in page.every()):
        # What is made for one page stands on those after it, in whichever part they are.
        user, path = visitor(row, company), address_of(name, row, company)
        if name not in names or not row.shows:
            continue
        context.clear_cookies()
        page = visit(path, user, wait_until="load")
        if visit.answered[live_server.url + path] != HTTPStatus.OK:
            visit.complaints.clear()  # the browser itself complains of a refusal
            continue
        require_good_looks(page, crossed)
        assert page.evaluate("window.reports") == []
        assert visit.complaints == []
        looked_at.add(name)
    assert looked_at == {name for name in names if PAGES[name].shows}


@LOOKS_THE_SAME_ANYWHERE
def test_a_page_gets_its_files(company, visit):
    visit("/structure/", company.administrator)
    # 304: the browser asked once more for a file that it had from a page before.
    sound = {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}
    files = [url.rsplit("/", 1)[1] for url, status in visit.answered.items() if status in sound]
    for name in ("console.css", "console.js", "tree.js", "htmx-2.min.js", "Inter-Regular.woff2"):
        assert name in files


def test_the_tree_by_mouse(company, live_server, visit):
    page = visit("/structure/", company.administrator)
    workloads = page.get_by_role("treeitem", name="Workloads")

    workloads.get_by_role("link", name="Workloads").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Workloads")
    expect(page).to_have_url(f"{live_server.url}/structure/units/{company.member.unit_id}/")
    expect(page).to_have_title("Workloads · Banyan")
    expect(workloads).to_have_attribute("aria-expanded", "true")
    expect(workloads).to_have_attribute("aria-current", "page")

    expect(page.get_by_role("treeitem", name="Production")).to_be_visible()
    page.get_by_role("tree").get_by_role("link", name="Show 12 more of 12").click()
    page.get_by_role("tree").get_by_role("link", name="workload-059").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("workload-059")

    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Workloads")
    assert page.evaluate("window.reports") == []
    assert visit.complaints == []


def test_the_tree_by_keyboard(company, visit):
    page = visit("/structure/", company.administrator)

    page.get_by_role("treeitem", name="root").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    production = page.get_by_role("treeitem", name="Production")
    expect(production).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(production).to_be_focused()
    page.keyboard.type("wo")
    expect(page.get_by_role("treeitem", name="workload-000")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("workload-000")
    # Only then is the tree done: it opens what is above the item that the panel shows.
    expect(page.get_by_role("treeitem", name="workload-000")).to_have_attribute(
        "aria-current", "page"
    )
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(production).to_be_hidden()
    page.keyboard.press("Home")
    expect(page.get_by_role("treeitem", name="root")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("treeitem", name="root")).to_be_focused()


def test_the_tree_follows_the_panel_to_a_place_it_does_not_hold(company, visit):
    page = visit(f"/structure/units/{company.member.unit_id}/", company.administrator)

    page.get_by_role("link", name="Next 12 of 12").click()
    page.get_by_role("table").get_by_role("link", name="workload-059").click()

    current = page.locator("[role=treeitem][aria-current]")
    expect(current).to_have_count(1)
    expect(current).to_have_accessible_name("workload-059")


def test_a_copied_id_and_a_refusal_are_toasts(company, visit):
    page = visit("/structure/", company.administrator)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    page.get_by_role("button", name=f"Copy {company.organization.root.pk}").click()
    expect(page.locator("#toasts")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == company.organization.root.pk

    company.administrator.groups.clear()
    page.get_by_role("treeitem", name="Workloads").get_by_role("link", name="Workloads").click()
    expect(page.locator("#toasts")).to_contain_text("Your role in this account")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda route: route.abort(), "The server cannot be reached."),
        (lambda route: route.fulfill(status=500), "That did not work. Please try again."),
    ],
    ids=["none", "a fault"],
)
def test_what_the_server_does_not_answer_is_said_and_the_page_stays(company, visit, answer, told):
    page = visit("/structure/", company.administrator)
    workloads = page.get_by_role("treeitem", name="Workloads")
    address = page.url
    page.route("**/structure/units/**", answer)

    workloads.get_by_role("link", name="Workloads").click()
    expect(page.locator("#toasts [data-kind=error]")).to_contain_text(told)
    expect(page.get_by_role("heading", level=1)).to_have_text("root")
    expect(page).to_have_url(address)

    page.unroute("**/structure/units/**")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator("#toasts [data-kind=error]")).to_have_count(0)
    workloads.get_by_role("link", name="Workloads").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Workloads")


def test_a_part_that_is_on_its_way_is_told(company, visit):
    page = visit("/structure/", company.administrator)
    workloads = page.get_by_role("treeitem", name="Workloads")
    waiting = []

    def hold(route):
        waiting.append(route)

    page.route("**/children/**", hold)

    workloads.focus()
    page.keyboard.press("ArrowRight")
    expect(workloads).to_have_class(re.compile("htmx-request"))

    # The class is there a moment before the request is heard of here.
    while not waiting:
        page.wait_for_timeout(10)
    waiting.pop().continue_()
    expect(page.get_by_role("treeitem", name="Production")).to_be_visible()
    expect(workloads).not_to_have_class(re.compile("htmx-request"))


def test_the_theme_changes_at_once_and_stays(company, visit):
    page = visit("/structure/", company.administrator)

    page.locator(".user summary").click()
    with page.expect_response("**/theme/"):
        page.get_by_role("button", name="Dark").click()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.fixture
def without_javascript(browser, live_server):
    context = browser.new_context(java_script_enabled=False, base_url=live_server.url)
    yield context.new_page()
    context.close()


def test_everything_works_without_javascript(company, live_server, without_javascript):
    page = without_javascript
    session = signed_in(company.administrator).cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": session, "url": live_server.url}])

    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text(company.organization.name)
    page.get_by_role("link", name="Structure", exact=False).first.click()
    page.get_by_role("tree").get_by_role("link", name="Workloads").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Workloads")
    page.get_by_role("tree").get_by_role("link", name="Show 12 more of 12").click()
    page.get_by_role("tree").get_by_role("link", name="workload-059").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("workload-059")
    page.locator(".user summary").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("heading", level=1)).to_have_text("workload-059")
    page.locator(".user summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
