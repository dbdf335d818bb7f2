"""The structure changed by people: dialogs, refusals, two browsers at once."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from orgs.models import OrganizationalUnit
from orgs.operations.accounts import move_account
from orgs.operations.tags import tag_resource
from tests.console.conftest import Company, make_company, signed_in
from tests.factories import UnitFactory, actor_for

pytestmark = pytest.mark.django_db(transaction=True)

REPORTS = """
window.reports = [];
document.addEventListener("securitypolicyviolation", (report) => {
  reports.push(`${report.violatedDirective} ${report.blockedURI}`);
});
"""


@pytest.fixture
def company(transactional_db) -> Company:
    made = make_company()
    data = UnitFactory(parent=made.member.unit, name="Data")
    UnitFactory(parent=data, name="Lake")
    UnitFactory(parent=made.organization.root, name="Legal")
    tag_resource(
        actor=actor_for(made.administrator), resource_id=made.member.pk, tags=[("cost", "1")]
    )
    return made


@pytest.fixture
def visit(browser, live_server, company):
    """Opens a page in a browser of its own; afterwards none has had a script or a style refused."""
    contexts = []

    def visit(path: str) -> Page:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        contexts.append(context)
        context.add_init_script(REPORTS)
        session = signed_in(company.administrator).cookies["session"].value
        context.add_cookies([{"name": "session", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.goto(live_server.url + path, wait_until="networkidle")
        return page

    yield visit
    for context in contexts:
        for page in context.pages:
            assert page.evaluate("window.reports") == []
        context.close()


def unit_page(unit) -> str:
    return f"/structure/units/{unit.pk}/"


def test_create_a_unit(company, visit):
    page = visit(unit_page(company.member.unit))

    page.get_by_role("link", name="New unit").click()
    dialog = page.get_by_role("dialog", name="New unit in Workloads")
    expect(dialog.get_by_label("Name")).to_be_focused()
    dialog.get_by_label("Name").fill("Data")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("already holds")
    expect(dialog.get_by_label("Name")).to_have_value("Data")
    dialog.get_by_label("Name").fill("Payments")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Payments")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("status")).to_contain_text("Payments is created.")
    item = page.get_by_role("treeitem", name="Payments")
    expect(item).to_have_attribute("aria-current", "page")
    made = OrganizationalUnit.objects.get(name="Payments")
    assert page.url.endswith(unit_page(made))


def test_rename_a_unit_and_what_is_open_stays_open(company, visit):
    page = visit(unit_page(OrganizationalUnit.objects.get(name="Data")))
    page.get_by_role("treeitem", name="Legal").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Legal")

    page.get_by_role("link", name="Rename").click()
    page.get_by_role("textbox", name="Name").fill("Law")
    page.get_by_role("button", name="Rename unit").click()

    expect(page.get_by_role("treeitem", name="Law")).to_have_attribute("aria-current", "page")
    expect(page.get_by_role("treeitem", name="Lake")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Law")
    expect(page.get_by_role("link", name="Rename")).to_be_focused()


def test_delete_a_unit(company, visit):
    page = visit(unit_page(OrganizationalUnit.objects.get(name="Legal")))

    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete unit").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("root")
    expect(page.get_by_role("treeitem", name="Legal")).to_have_count(0)
    assert not OrganizationalUnit.objects.filter(name="Legal").exists()


def test_a_dialog_is_left_by_cancel_and_by_escape(company, visit):
    page = visit(unit_page(company.member.unit))

    for leave in (
        lambda: page.get_by_role("link", name="Cancel").click(),
        lambda: page.keyboard.press("Escape"),
    ):
        page.get_by_role("link", name="Rename").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        leave()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.get_by_role("link", name="Rename")).to_be_focused()
    assert page.url.endswith(unit_page(company.member.unit))


def test_move_a_unit_by_dialog(company, visit):
    data = OrganizationalUnit.objects.get(name="Data")
    page = visit(unit_page(data))

    page.get_by_role("link", name="Move to…").click()
    dialog = page.get_by_role("dialog", name="Move Data")
    expect(dialog.get_by_role("radio", name="Workloads")).to_be_disabled()
    expect(dialog).to_contain_text("Data cannot be moved into itself")
    dialog.get_by_role("radio", name="Legal").check()
    dialog.get_by_role("link", name="Units in Workloads").click()
    expect(dialog.locator(f"[value={data.pk}]")).to_have_count(0)
    expect(dialog.get_by_role("radio", name="Legal")).to_be_checked()
    expect(dialog.get_by_role("link", name="Units in Workloads")).to_be_focused()
    dialog.get_by_role("button", name="Move here").click()

    expect(page.get_by_role("navigation", name="Path")).to_contain_text("Legal")
    expect(page.get_by_role("treeitem", name="Data")).to_have_attribute("aria-level", "3")
    expect(page.get_by_role("link", name="Move to…")).to_be_focused()
    data.refresh_from_db()
    assert data.parent.name == "Legal"


def test_move_an_account_by_keyboard_alone(company, visit):
    page = visit(unit_page(company.member.unit))
    item = page.locator(f"#node-{company.member.pk}")

    item.focus()
    page.keyboard.press("Alt+m")
    dialog = page.get_by_role("dialog", name=f"Move {company.member.name}")
    expect(dialog).to_be_visible()
    dialog.get_by_role("radio", name="root").focus()
    page.keyboard.press("ArrowDown")
    expect(dialog.get_by_role("radio", name="Legal")).to_be_checked()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text(company.member.name)
    expect(page.get_by_role("navigation", name="Path")).to_contain_text("Legal")
    expect(item).to_have_attribute("aria-current", "page")
    expect(item).to_be_focused()
    company.member.refresh_from_db()
    assert company.member.unit.name == "Legal"


def test_two_browsers_move_the_same_account(company, visit):
    """The second is refused where it stands, and sees the account where it is."""
    account = company.member
    legal = OrganizationalUnit.objects.get(name="Legal")
    page = visit(f"/structure/accounts/{account.pk}/")
    page.get_by_role("link", name="Move to…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="root").check()

    move_account(
        actor=actor_for(company.administrator),
        account_id=account.pk,
        source_parent_id=account.unit_id,
        destination_parent_id=legal.pk,
    )
    dialog.get_by_role("button", name="Move here").click()

    expect(dialog.get_by_role("alert")).to_contain_text("It is under Legal now.")
    expect(page.locator("#detail nav")).to_contain_text("Legal")
    item = page.locator(f"#node-{account.pk}")
    expect(item).to_have_attribute("aria-current", "page")
    expect(item).to_have_attribute("aria-level", "3")
    account.refresh_from_db()
    assert account.unit == legal


def test_two_browsers_rename_and_delete(company, visit):
    unit = OrganizationalUnit.objects.get(name="Legal")
    first, second = visit(unit_page(unit)), visit(unit_page(unit))
    first.get_by_role("link", name="Rename").click()
    first.get_by_role("textbox", name="Name").fill("Law")

    second.get_by_role("link", name="Delete").click()
    second.get_by_role("button", name="Delete unit").click()
    expect(second.get_by_role("heading", level=1)).to_have_text("root")
    first.get_by_role("button", name="Rename unit").click()

    expect(first.get_by_role("dialog")).to_have_count(0)
    expect(first.get_by_role("status")).to_contain_text("There is no organizational unit")


def test_edit_tags(company, visit):
    page = visit(f"/structure/accounts/{company.member.pk}/")

    page.get_by_role("link", name="Tags").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Value 1").fill("2")
    dialog.get_by_label("Key 2").fill("a b")
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Key 2")).to_be_focused()
    expect(dialog).to_contain_text("A tag key consists of")
    dialog.get_by_label("Key 2").fill("team")
    dialog.get_by_role("button", name="More rows").click()
    expect(dialog.get_by_label("Key 7")).to_be_visible()
    dialog.get_by_role("button", name="Save tags").click()

    expect(page.locator(".tags")).to_have_text("cost2team")
    expect(page.get_by_role("link", name="Tags")).to_be_focused()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["desk", "phone"])
def test_every_dialog_is_sound(company, visit, theme, size):
    page = visit(unit_page(OrganizationalUnit.objects.get(name="Legal")))
    page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")

    for name in ("New unit", "Rename", "Move to…", "Tags", "Delete"):
        page.get_by_role("link", name=name).click()
        dialog = page.get_by_role("dialog")
        expect(dialog.locator("button[type=submit]").first).to_be_visible()
        found = Axe().run(page).response["violations"]
        assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
