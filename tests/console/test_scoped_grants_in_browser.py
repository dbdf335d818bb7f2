"""Rights on one unit, used inside of it and outside, as somebody goes through it in a browser."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from orgs import operations
from orgs.permissions import SCOPED, Permission
from tests.console.conftest import Company, make_company
from tests.factories import AccountFactory, UnitFactory, actor_for, make_administrator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def company(transactional_db) -> Company:
    return make_company()


def test_a_grant_is_given_used_inside_and_refused_outside_with_the_reason(
    company, visit, live_server
):
    keeper = make_administrator(
        AccountFactory(member_of=company.organization.root), username="keeper"
    )
    beside = UnitFactory(parent=company.organization.root, name="Beside")
    page = visit("/rights/new/")
    page.get_by_label("Name of the user, or id of the account").fill("keeper")
    page.get_by_label("On the unit").fill(company.member.unit_id)
    page.get_by_label("Create organizational units").check()
    page.get_by_role("button", name="Grant").click()
    expect(page.get_by_role("cell", name="keeper").first).to_be_visible()

    page = visit("/", keeper)
    expect(page.get_by_role("heading", level=1)).to_have_text("Workloads")
    expect(page.get_by_role("button", name="Rename")).to_be_disabled()
    page.get_by_role("link", name="New unit").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Mine")
    page.get_by_role("button", name="Create unit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mine")
    assert company.organization.units.get(name="Mine").parent == company.member.unit

    page.goto(f"{live_server.url}/structure/units/{beside.pk}/new/")
    expect(page.get_by_text("It holds in Workloads only.").first).to_be_visible()
    assert "Beside" not in page.content()


def test_everything_is_taken_back_with_one_click_and_a_confirmation(company, visit):
    operations.scoped_grants.create_scoped_grant(
        actor=actor_for(company.administrator),
        unit_id=company.member.unit_id,
        account_id=company.member.pk,
        permissions=SCOPED,
        policy_ids=["p-FullAccess"],
    )
    page = visit("/rights/")

    page.get_by_role("link", name="Take everything").click()
    page.get_by_role("button", name="Take everything back").click()

    expect(page.get_by_text("Nothing is granted on units yet.")).to_be_visible()
    assert not company.organization.scoped_grants.exists()


def test_a_grantee_searches_previews_moves_invites_and_reads_its_rights(
    company, visit, live_server
):
    keeper = make_administrator(
        AccountFactory(member_of=company.organization.root), username="keeper"
    )
    inside = UnitFactory(parent=company.member.unit, name="Inside")
    beside = UnitFactory(parent=company.organization.root, name="Beside")
    AccountFactory(member_of=beside, name="hidden-account")
    AccountFactory(name="north-office")
    operations.scoped_grants.create_scoped_grant(
        actor=actor_for(company.administrator),
        unit_id=company.member.unit_id,
        username="keeper",
        permissions=SCOPED,
        policy_ids=["p-FullAccess"],
        expires_at=timezone.now() + timedelta(days=30),
    )

    page = visit("/", keeper)
    page.get_by_role("searchbox", name="Name or id").fill("account")
    expect(page.get_by_role("status").filter(has_text="1 match")).to_be_visible()
    expect(page.get_by_role("treeitem", name=company.member.name)).to_be_visible()
    expect(page.get_by_role("treeitem", name="hidden-account")).to_have_count(0)

    page.get_by_role("tree").get_by_role("link", name=company.member.name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(company.member.name)
    page.get_by_role("link", name="Move").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="Inside").check()
    expect(dialog.get_by_text("No policy and no tag rule changes for anybody.")).to_be_visible()
    dialog.get_by_role("button", name="Move").last.click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    company.member.refresh_from_db()
    assert company.member.unit == inside

    page.goto(f"{live_server.url}/structure/units/{inside.pk}/invite/")
    page.get_by_label("Account", exact=True).fill("north-office")
    page.get_by_role("main").get_by_role("button", name=re.compile("[Ii]nvit")).last.click()
    page.get_by_role("link", name="Sent invitations").click()
    expect(page.get_by_role("cell", name="north-office", exact=True)).to_be_visible()
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("button", name="Cancel invitation").click()
    expect(page.get_by_role("cell", name=re.compile("^Cancelled"))).to_be_visible()

    page.get_by_role("navigation").get_by_role("link", name="Your rights").click()
    rights = page.get_by_role("region", name="On units")
    expect(rights.get_by_text("Move accounts between units")).to_be_visible()
    expect(rights.get_by_text("Until").first).to_be_visible()
    assert "Beside" not in page.content()


def test_another_granted_unit_is_opened_and_chosen_by_keyboard(company, visit, live_server):
    keeper = make_administrator(
        AccountFactory(member_of=company.organization.root), username="keeper"
    )
    zone = UnitFactory(parent=company.organization.root, name="Zone")
    inside = UnitFactory(parent=zone, name="Inside")
    for unit in (company.member.unit, zone):
        operations.scoped_grants.create_scoped_grant(
            actor=actor_for(company.administrator),
            unit_id=unit.pk,
            username="keeper",
            permissions=[Permission.MOVE_ACCOUNT],
        )
    page = visit(f"/structure/accounts/{company.member.pk}/", keeper)
    page.get_by_role("link", name="Move").click()
    dialog = page.get_by_role("dialog")

    dialog.get_by_role("button", name="Units in Zone").press("Enter")
    expect(dialog.get_by_role("radio", name="Inside")).to_be_visible()
    expect(page.locator(f"#open-{zone.pk}")).to_be_focused()
    page.keyboard.press("Tab")
    expect(dialog.get_by_role("radio", name="Zone")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(dialog.get_by_role("radio", name="Inside")).to_be_checked()
    dialog.get_by_role("button", name="Move here").last.click()

    expect(page.get_by_role("dialog")).to_have_count(0)
    company.member.refresh_from_db()
    assert company.member.unit == inside
