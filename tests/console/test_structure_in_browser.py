"""The structure changed by people: dialogs, refusals, two browsers at once."""

import re

import pytest
from playwright.sync_api import Page, expect

from orgs.models import Account, OrganizationalUnit
from orgs.operations.accounts import move_account
from orgs.operations.tags import tag_resource
from tests.console.conftest import LOOKS_THE_SAME_ANYWHERE, Company, make_company
from tests.console.looking import LOOKS, faults_of, look, require_no_faults
from tests.factories import AccountFactory, UnitFactory, actor_for

pytestmark = pytest.mark.django_db(transaction=True)


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
    expect(page.locator("#toasts")).to_contain_text("Payments is created.")
    item = page.get_by_role("treeitem", name="Payments")
    expect(item).to_have_attribute("aria-current", "page")
    made = OrganizationalUnit.objects.get(name="Payments")
    assert page.url.endswith(unit_page(made))


def test_a_form_on_a_page_of_its_own_is_sent_with_javascript_too(company, visit):
    page = visit(f"{unit_page(company.member.unit)}new/")

    page.get_by_label("Name").fill("Payments")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Payments")
    assert OrganizationalUnit.objects.filter(name="Payments").exists()


def test_rename_a_unit_and_what_is_open_stays_open(company, visit):
    page = visit(unit_page(OrganizationalUnit.objects.get(name="Data")))
    page.get_by_role("treeitem", name="Legal").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Legal")

    page.get_by_role("link", name="Rename").click()
    field = page.get_by_role("textbox", name="Name")
    expect(field).to_be_focused()
    field.fill("workloads")
    page.keyboard.press("Enter")
    expect(page.get_by_role("form").get_by_role("alert")).to_contain_text("already holds")
    expect(field).to_have_value("workloads")
    field.fill("Law")
    page.keyboard.press("Enter")

    expect(page.get_by_role("treeitem", name="Law")).to_have_attribute("aria-current", "page")
    expect(page.get_by_role("treeitem", name="Lake")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Law")
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_a_name_is_left_as_it_was_by_escape(company, visit):
    page = visit(unit_page(OrganizationalUnit.objects.get(name="Legal")))

    page.get_by_role("link", name="Rename").click()
    page.get_by_role("textbox", name="Name").fill("Law")
    page.keyboard.press("Escape")

    expect(page.get_by_role("heading", level=1)).to_have_text("Legal")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert OrganizationalUnit.objects.filter(name="Legal").exists()


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
        page.get_by_role("link", name="New unit").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        leave()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.get_by_role("link", name="New unit")).to_be_focused()
    assert page.url.endswith(unit_page(company.member.unit))


def test_move_a_unit_by_dialog(company, visit):
    data = OrganizationalUnit.objects.get(name="Data")
    page = visit(unit_page(data))

    page.get_by_role("link", name="Move to…").click()
    dialog = page.get_by_role("dialog", name="Move Data")
    expect(dialog.get_by_role("radio", name="Workloads")).to_be_disabled()
    expect(dialog).to_contain_text("Data cannot be moved into itself")
    dialog.get_by_role("radio", name="Legal").check()
    dialog.get_by_role("button", name="Units in Workloads").click()
    expect(dialog.locator(f"[type=radio][value={data.pk}]")).to_have_count(0)
    expect(dialog.get_by_role("radio", name="Legal")).to_be_checked()
    expect(dialog.get_by_role("button", name="Units in Workloads")).to_be_focused()
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
    # Until it has settled its title takes the keyboard back.
    expect(page.locator(".htmx-settling")).to_have_count(0)
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
    expect(page.get_by_role("navigation", name="Path")).to_contain_text("Legal")
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
    first.get_by_role("button", name="Save").click()

    expect(first.locator("#toasts")).to_contain_text("There is no organizational unit")


def test_edit_tags(company, visit):
    page = visit(f"/structure/accounts/{company.member.pk}/")

    page.locator("#detail").get_by_role("link", name="Tags", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("output")).to_have_text("1 of 20 tags")
    dialog.get_by_label("Key 2").fill("x")
    expect(dialog.locator("output")).to_have_text("2 of 20 tags")
    dialog.get_by_label("Value 1").fill("2")
    dialog.get_by_label("Key 2").fill("a b")
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Key 2")).to_be_focused()
    expect(dialog).to_contain_text("A tag key consists of")
    dialog.get_by_label("Key 2").fill("team")
    dialog.get_by_role("button", name="More rows").click()
    expect(dialog.get_by_label("Key 7")).to_be_visible()
    dialog.get_by_role("button", name="Save tags").click()

    expect(page.locator("#detail td")).to_have_text(["cost", "2", "team", ""])
    expect(page.locator("#detail").get_by_role("link", name="Tags", exact=True)).to_be_focused()


@pytest.fixture
def team(company) -> list[Account]:
    unit = company.member.unit
    return [AccountFactory(member_of=unit, name=f"team-{number:02}") for number in range(20)]


def places(accounts: list[Account]) -> set[str]:
    found = Account.objects.filter(pk__in=[account.pk for account in accounts])
    return set(found.values_list("unit__name", flat=True))


def item(page: Page, one):
    return page.locator(f"#node-{one.pk}")


def name_of(page: Page, one):
    return page.locator(f"#name-{one.pk}")


def test_twenty_accounts_are_ticked_by_keyboard_and_moved(company, visit, team):
    page = visit(unit_page(company.member.unit))

    item(page, team[0]).focus()
    page.keyboard.press("Space")
    expect(page.locator("#bulk")).to_contain_text("1 ticked")
    for _number in range(19):
        page.keyboard.press("Shift+ArrowDown")
    expect(item(page, team[19])).to_be_focused()
    expect(item(page, team[19])).to_have_attribute("aria-selected", "true")
    expect(page.locator("#bulk")).to_contain_text("20 ticked")
    page.keyboard.press("Alt+m")
    dialog = page.get_by_role("dialog", name="Move 20 accounts")
    dialog.get_by_text("Which ones").click()
    expect(dialog.get_by_role("listitem").filter(has_text="team-19")).to_be_visible()
    dialog.get_by_role("radio", name="Legal").check()
    page.keyboard.press("Enter")

    expect(page.locator("#toasts")).to_contain_text("20 accounts are in Legal now.")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#bulk")).to_be_hidden()
    expect(page.get_by_role("treeitem", name="Legal").locator(".count")).to_have_text("20")
    assert places(team) == {"Legal"}
    assert page.url.endswith(unit_page(company.member.unit))


def test_what_is_ticked_stays_ticked_through_a_search_until_escape(company, visit, team):
    page = visit(unit_page(company.member.unit))
    search = page.get_by_role("searchbox", name="Name or id")

    for name in ("team-03", "team-17"):
        search.fill(name)
        expect(page.get_by_role("tree").get_by_role("link")).to_have_text(
            ["root", "Workloads", name]
        )
        one = page.get_by_role("treeitem", name=name)
        one.locator(".row").hover()
        one.locator(".tick").click()
    search.fill("")
    expect(item(page, team[3])).to_have_attribute("aria-selected", "true")
    expect(item(page, team[17])).to_have_attribute("aria-selected", "true")
    expect(page.locator("#bulk")).to_contain_text("2 ticked")

    item(page, team[0]).focus()
    page.keyboard.press("Escape")
    expect(page.locator("#bulk")).to_be_hidden()
    expect(item(page, team[3])).to_have_attribute("aria-selected", "false")


def test_the_mouse_ticks_one_and_with_shift_all_between(company, visit, team):
    page = visit(unit_page(company.member.unit))

    item(page, team[2]).locator(".row").hover()
    item(page, team[2]).locator(".tick").click()
    name_of(page, team[6]).click(modifiers=["Shift"])

    expect(page.locator("#bulk")).to_contain_text("5 ticked")
    expect(page.get_by_role("heading", level=1)).to_have_text("Workloads")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("[aria-selected=true]")).to_have_count(0)


def test_tag_what_is_ticked(company, visit, team):
    page = visit(unit_page(company.member.unit))
    for one in (team[0], team[1], company.member.unit):
        item(page, one).focus()
        page.keyboard.press("Space")

    page.locator("#bulk").get_by_role("button", name="Tags").click()
    dialog = page.get_by_role("dialog", name="Tags of 3 resources")
    dialog.get_by_label("Key 1").fill("cost")
    dialog.get_by_label("Value 1").fill("7")
    page.keyboard.press("Enter")

    expect(page.locator("#toasts")).to_contain_text("The tags of 3 resources are changed.")
    for one in (team[0], team[1], company.member.unit):
        assert dict(one.tags.values_list("key", "value")) == {"cost": "7"}
    expect(page.get_by_role("link", name="Tags 1")).to_be_visible()  # of the panel, drawn anew


def test_the_tables_of_a_unit_tick_too(company, visit, team):
    page = visit(unit_page(company.member.unit))

    for one in team[:2]:
        page.get_by_role("checkbox", name=f"Tick {one.name}").check()
    page.locator(".bulk-line").get_by_role("button", name="Move to…").click()
    dialog = page.get_by_role("dialog", name="Move 2 accounts")
    dialog.get_by_role("radio", name="Legal").check()
    dialog.get_by_role("button", name="Move here").click()

    expect(page.locator("#toasts")).to_contain_text("2 accounts are in Legal now.")
    expect(page.get_by_role("checkbox", name="Tick team-00")).to_have_count(0)
    assert places(team[:2]) == {"Legal"}


def test_move_an_account_and_a_unit_by_drag(company, visit, team):
    page = visit(unit_page(company.member.unit))
    legal = OrganizationalUnit.objects.get(name="Legal")
    data = OrganizationalUnit.objects.get(name="Data")

    name_of(page, team[4]).drag_to(name_of(page, legal))
    expect(page.get_by_role("heading", level=1)).to_have_text("team-04")
    expect(page.get_by_role("navigation", name="Path")).to_contain_text("Legal")
    assert places([team[4]]) == {"Legal"}
    expect(item(page, legal).locator(".count").first).to_have_text("1")  # drawn anew

    name_of(page, data).drag_to(name_of(page, legal))
    expect(page.get_by_role("heading", level=1)).to_have_text("Data")
    data.refresh_from_db()
    assert data.parent == legal


def test_a_drag_of_several_asks_with_the_place_chosen(company, visit, team):
    page = visit(unit_page(company.member.unit))
    for one in team[:3]:
        item(page, one).focus()
        page.keyboard.press("Space")
    legal = OrganizationalUnit.objects.get(name="Legal")

    name_of(page, team[1]).drag_to(name_of(page, legal))
    dialog = page.get_by_role("dialog", name="Move 3 accounts")
    expect(dialog.get_by_role("radio", name="Legal")).to_be_checked()
    dialog.get_by_role("button", name="Move here").click()

    expect(page.locator("#toasts")).to_contain_text("3 accounts are in Legal now.")
    assert places(team[:3]) == {"Legal"}


def test_a_drag_is_refused_where_it_happened(company, visit, team):
    """Somebody else was faster: nothing moves, the reason stands over the tree, the tree is as it is."""
    page = visit(unit_page(company.member.unit))
    legal = OrganizationalUnit.objects.get(name="Legal")
    expect(item(page, team[0])).to_have_attribute("aria-level", "3")
    data = OrganizationalUnit.objects.get(name="Data")
    move_account(
        actor=actor_for(company.administrator),
        account_id=team[0].pk,
        source_parent_id=company.member.unit_id,
        destination_parent_id=data.pk,
    )

    name_of(page, team[0]).drag_to(name_of(page, legal))

    said = "team-00 is no longer where you took it from. It is under Data now."
    expect(page.locator("#tree-refusal").get_by_role("alert")).to_have_text(said)
    expect(item(page, team[0])).to_have_count(0)  # Data is closed
    assert places([team[0]]) == {"Data"}


def test_a_reader_drags_nothing(company, visit, team):
    page = visit(unit_page(company.member.unit), company.reader)

    name_of(page, team[0]).drag_to(name_of(page, OrganizationalUnit.objects.get(name="Legal")))

    expect(page.get_by_role("dialog")).to_have_count(0)
    assert places([team[0]]) == {"Workloads"}


def test_search_by_typing_and_back_again(company, visit, team):
    page = visit(unit_page(OrganizationalUnit.objects.get(name="Legal")))
    tree = page.get_by_role("tree")
    search = page.get_by_role("searchbox", name="Name or id")

    search.press_sequentially("team-0", delay=5)
    expect(page.locator(".tree-status")).to_contain_text("10 matches")
    expect(search).to_be_focused()
    expect(page).to_have_url(re.compile(r"\?name=team-0$"))
    name_of(page, team[5]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("team-05")
    expect(page).to_have_url(re.compile(rf"/structure/accounts/{team[5].pk}/\?name=team-0$"))
    page.reload()
    expect(page.locator(".tree-status")).to_contain_text("10 matches")
    expect(search).to_have_value("team-0")
    expect(page.locator("[aria-current=page][role=treeitem]")).to_have_count(1)
    search.fill("")
    expect(tree.get_by_role("treeitem", name="Legal")).to_be_visible()
    expect(page).to_have_url(re.compile(f"/structure/accounts/{team[5].pk}/$"))
    search.fill("no such thing")
    expect(page.locator(".tree")).to_contain_text("Nothing here matches.")


def test_the_keyboard_creates_renames_and_deletes_where_it_stands(company, visit):
    page = visit("/structure/")
    legal = item(page, OrganizationalUnit.objects.get(name="Legal"))

    for key, title in (
        ("Alt+n", "New unit in Legal"),
        ("F2", "Rename Legal"),
        ("Delete", "Delete Legal?"),
        ("Alt+m", "Move Legal"),
    ):
        legal.focus()
        page.keyboard.press(key)
        expect(page.get_by_role("dialog", name=title)).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(legal).to_be_focused()


@LOOKS_THE_SAME_ANYWHERE
def test_every_dialog_is_sound(company, visit):
    page = visit(unit_page(OrganizationalUnit.objects.get(name="Legal")))

    for size, theme in LOOKS:
        look(page, size=size, theme=theme)
        for name in ("New unit", "Move to…", "Tags", "Delete"):
            page.locator("#detail").get_by_role("link", name=name, exact=True).click()
            dialog = page.get_by_role("dialog")
            expect(dialog.locator("button[type=submit]").first).to_be_visible()
            require_no_faults(page, size=size, theme=theme)
            page.keyboard.press("Escape")
            expect(page.get_by_role("dialog")).to_have_count(0)


# The same without JavaScript: forms, pages, redirects.


@pytest.fixture
def plain(visit):
    """A browser without JavaScript."""
    return lambda path: visit(path, javascript=False)


def test_without_javascript_units_are_created_renamed_and_deleted(company, plain):
    page = plain(unit_page(OrganizationalUnit.objects.get(name="Legal")))

    page.get_by_role("link", name="New unit").click()
    page.get_by_label("Name", exact=True).fill("<b>Contracts</b>")
    page.get_by_role("button", name="Create unit").click()
    name = page.get_by_label("Name", exact=True)
    expect(name).to_have_value("<b>Contracts</b>")
    expect(name).to_have_attribute("aria-invalid", "true")
    name.fill("Contracts")
    page.get_by_role("button", name="Create unit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Contracts")
    page.get_by_role("link", name="Rename").click()
    page.get_by_label("Name", exact=True).fill("Deals")
    page.get_by_role("button", name="Rename unit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Deals")
    expect(page.locator("#toasts")).to_contain_text("The unit is named Deals.")
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete unit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Legal")
    assert not OrganizationalUnit.objects.filter(name="Deals").exists()


def test_without_javascript_an_account_is_moved_and_tagged(company, plain):
    page = plain(f"/structure/accounts/{company.member.pk}/")

    page.get_by_role("link", name="Move to…").click()
    page.get_by_role("button", name="Units in Workloads").click()
    page.get_by_role("radio", name="Legal").check()
    page.get_by_role("button", name="Move here").click()
    expect(page.get_by_role("navigation", name="Path")).to_contain_text("Legal")
    page.locator("#detail").get_by_role("link", name="Tags", exact=True).click()
    page.get_by_label("Key 2").fill("team")
    page.get_by_role("button", name="Save tags").click()
    expect(page.locator("#detail td")).to_have_text(["cost", "1", "team", ""])
    assert places([company.member]) == {"Legal"}


def test_without_javascript_twenty_accounts_are_moved_and_a_conflict_is_said(company, plain, team):
    page = plain(unit_page(company.member.unit))
    legal = OrganizationalUnit.objects.get(name="Legal")
    for one in team:
        page.get_by_role("checkbox", name=f"Tick {one.name}").check()
    page.locator(".bulk-line").get_by_role("button", name="Move to…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Move 20 accounts")
    page.get_by_role("radio", name="Legal").check()
    Account.objects.filter(pk=team[0].pk).update(unit=legal)

    page.get_by_role("button", name="Move here").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("team-00 is no longer where")
    assert places(team) == {"Legal", "Workloads"}

    page.goto(page.url.partition("/structure")[0] + unit_page(company.member.unit))
    for one in team[1:]:
        page.get_by_role("checkbox", name=f"Tick {one.name}").check()
    page.locator(".bulk-line").get_by_role("button", name="Move to…").click()
    page.get_by_role("radio", name="Legal").check()
    page.get_by_role("button", name="Move here").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Workloads")
    expect(page.locator("#toasts")).to_contain_text("19 accounts are in Legal now.")
    assert places(team) == {"Legal"}


def test_without_javascript_the_structure_is_searched(company, plain, team):
    page = plain("/structure/")

    page.get_by_role("searchbox", name="Name or id").fill("team-07")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("tree").get_by_role("link")).to_have_text(
        ["root", "Workloads", "team-07"]
    )
    page.get_by_role("tree").get_by_role("link", name="team-07").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("team-07")
    expect(page.get_by_role("searchbox", name="Name or id")).to_have_value("team-07")


def test_the_keyboard_walks_through_parts_as_if_they_were_one(company, visit):
    unit = company.member.unit
    accounts = [AccountFactory(member_of=unit, name=f"row-{number:03}") for number in range(119)]
    page = visit(unit_page(unit))
    focused = page.locator("[role=treeitem]:focus")
    here = page.locator("[data-tree] [role=treeitem][tabindex='0']")

    def at(account: Account) -> None:
        expect(focused).to_have_id(f"node-{account.pk}")
        expect(here).to_have_count(1)

    # Among the children are a unit and a member whose names come first.
    page.locator("[data-tree] .more").focus()
    page.keyboard.press("Enter")
    at(accounts[48])
    page.keyboard.press("ArrowUp")
    at(accounts[47])
    page.keyboard.press("Shift+ArrowDown")
    at(accounts[48])
    expect(page.locator("#bulk [data-ticked]")).to_have_text("2 ticked")
    page.locator("[data-tree] .more").focus()
    page.keyboard.press("Enter")
    at(accounts[98])
    page.keyboard.press("ArrowUp")
    at(accounts[97])
    expect(page.locator(f"#node-{unit.pk} > [role=group]")).to_have_count(3)
    expect(page.locator("[data-tree] .more")).to_have_count(0)
    page.locator(f"#node-{accounts[-1].pk}").focus()
    page.keyboard.press("ArrowDown")  # out of the last part to what follows its unit
    expect(focused).to_have_attribute("aria-level", "2")
    page.keyboard.press("ArrowUp")
    at(accounts[-1])
    page.keyboard.press("ArrowLeft")
    expect(focused).to_have_id(f"node-{unit.pk}")
    assert faults_of(page) == []
