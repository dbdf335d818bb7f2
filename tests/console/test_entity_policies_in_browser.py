"""Policies attached, detached and replaced in the panel, with and without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from orgs.models import Attachment
from tests.console.conftest import Company, make_company
from tests.console.guardrails import guard
from tests.console.looking import faults_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def company(transactional_db) -> Company:
    made = make_company()
    guard(made)
    return made


def member_page(company: Company) -> str:
    return f"/structure/accounts/{company.member.pk}/"


def names_on(company: Company) -> list[str]:
    rows = Attachment.objects.filter(account=company.member).order_by(
        "policy__policy_type", "place"
    )
    return list(rows.values_list("policy__name", flat=True))


def test_policies_come_and_go_in_the_panel(company, visit):
    page = visit(member_page(company))
    item = page.get_by_role("treeitem", name=company.member.name)
    badge = item.locator(".own-policies")
    expect(badge).to_have_text("1")

    page.locator("#tab-policies").click()
    scps = page.get_by_role("region", name="Service control policies", exact=True)
    expect(scps.get_by_role("button", name="Detach FullAccess")).to_be_disabled()
    expect(scps).to_contain_text("its last one cannot be detached")

    # Attach: searched, refused without the word, then done.
    scps.get_by_role("link", name="Attach policy…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"Attach a policy to {company.member.name}")
    dialog.get_by_label("Find a policy").fill("spa")
    expect(dialog.get_by_role("radio")).to_have_count(1)
    dialog.get_by_label("Spare").check()
    dialog.get_by_role("button", name="Attach policy").click()
    expect(dialog.get_by_text("Type the word Confirm, as it stands here.")).to_be_visible()
    expect(dialog.get_by_label("Spare")).to_be_checked()
    assert faults_of(page) == []
    dialog.get_by_label("Type Confirm to go on").fill("Confirm")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"Spare is attached to {company.member.name}.")).to_be_visible()
    expect(dialog).not_to_be_visible()
    expect(badge).to_have_text("2")
    expect(page.locator("#tab-policies")).to_have_text("Policies 2")
    expect(scps).to_contain_text("2 of 5 attached here")

    # Now FullAccess could go: the warning stands there, and one goes back.
    scps.get_by_role("link", name="Detach FullAccess").click()
    expect(dialog).to_contain_text("FullAccess goes from")
    preview = dialog.get_by_role("region", name="What would change")
    expect(preview).to_contain_text("Something changes for 1 of 1 account")
    dialog.get_by_role("link", name="Cancel").click()
    scps.get_by_role("link", name="Detach Spare").click()
    expect(preview).to_contain_text("Something changes for 1 of 1 account")
    dialog.get_by_label("Type Confirm to go on").fill("Confirm")
    dialog.get_by_role("button", name="Detach policy").click()
    expect(badge).to_have_text("1")
    expect(scps.get_by_role("button", name="Detach FullAccess")).to_be_disabled()
    assert names_on(company) == ["FullAccess", "More cost centres"]


def test_full_access_is_replaced_in_one_step(company, visit):
    page = visit(f"{member_page(company)}?tab=policies")
    scps = page.get_by_role("region", name="Service control policies", exact=True)

    scps.get_by_role("link", name="Replace or reorder…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Take FullAccess out").click()
    expect(dialog.get_by_role("button", name="Save exactly these").last).to_be_disabled()
    expect(dialog).to_contain_text("At least one has to be here while the type is on.")
    dialog.get_by_label("Find a policy").fill("spare")
    expect(dialog.locator(".addable li")).to_have_count(1)
    dialog.get_by_role("button", name="Add Spare").click()
    expect(dialog.locator(".ordered li")).to_have_text(["Spare"])
    expect(dialog).to_contain_text("FullAccess goes from")
    expect(dialog.get_by_label("Find a policy")).to_have_value("spare")
    assert faults_of(page) == []
    dialog.get_by_label("Type Confirm to go on").fill("Confirm")
    page.keyboard.press("Enter")

    expect(page.get_by_text(f"The policies of {company.member.name} are saved.")).to_be_visible()
    expect(scps.get_by_role("row").nth(1)).to_contain_text("Spare")
    assert names_on(company) == ["Spare", "More cost centres"]


def test_an_action_is_followed_to_the_step_that_stops_it(company, visit):
    page = visit(f"{member_page(company)}?tab=policies")

    page.get_by_label("Follow an action").fill("vpc:vpcs:delete")
    page.keyboard.press("Enter")

    expect(page.get_by_text("The first to stop it is")).to_be_visible()
    expect(page.locator(".rung.first-stop")).to_contain_text("Networks stay, KeepNetworks")
    expect(page).to_have_url(re.compile("tab=policies&action=vpc"))
    page.reload(wait_until="networkidle")
    expect(page.locator(".rung.first-stop")).to_have_count(1)


def test_what_was_refused_meanwhile_stands_in_the_dialog(company, visit):
    page = visit(f"{member_page(company)}?tab=policies")
    tags = page.get_by_role("region", name="Tag policies", exact=True)
    tags.get_by_role("link", name="Detach More cost centres").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Detach policy")).to_be_visible()

    Attachment.objects.filter(account=company.member, policy__name="More cost centres").delete()
    dialog.get_by_role("button", name="Detach policy").click()

    expect(dialog.get_by_role("alert")).to_contain_text("is not attached to")
    expect(tags).to_contain_text("0 of 10 attached here")


def test_all_of_it_works_without_javascript(company, visit):
    page = visit(f"{member_page(company)}?tab=policies", javascript=False)
    scps = page.get_by_role("region", name="Service control policies", exact=True)

    scps.get_by_role("link", name="Attach policy…").click()
    page.get_by_label("Find a policy").fill("spare")
    page.get_by_role("button", name="Search").click()
    page.get_by_label("Spare").check()
    page.get_by_label("Type Confirm to go on").fill("Confirm")
    page.get_by_role("button", name="Attach policy").click()
    expect(page.get_by_text(f"Spare is attached to {company.member.name}.")).to_be_visible()

    scps.get_by_role("link", name="Replace or reorder…").click()
    page.get_by_role("button", name="Move Spare up").click()
    page.get_by_role("button", name="Take FullAccess out").click()
    page.get_by_label("Type Confirm to go on").fill("Confirm")
    page.get_by_role("button", name="Save exactly these").last.click()
    assert names_on(company) == ["Spare", "More cost centres"]

    tags = page.get_by_role("region", name="Tag policies", exact=True)
    tags.get_by_role("link", name="Detach More cost centres").click()
    page.get_by_role("button", name="Detach policy").click()
    expect(tags).to_contain_text("0 of 10 attached here")
    assert names_on(company) == ["Spare"]
