"""Policies before people's eyes: mistakes mended, texts saved and restored, fields in step, attached."""

import json
import re
from itertools import product

import pytest
from playwright.sync_api import Page, expect

from orgs import tasks
from orgs.models import Job, JobState, Policy, PolicyType, SwitchState
from orgs.operations.policies import create_policy, update_policy
from orgs.operations.policy_types import enable_policy_type, finish_policy_type_switches
from tests.console.conftest import (
    LOOKS_THE_SAME_ANYWHERE,
    Company,
    make_company,
    with_and_without_javascript,
)
from tests.console.looking import SIZES, faults_of, look
from tests.factories import actor_for

pytestmark = [pytest.mark.django_db(transaction=True), LOOKS_THE_SAME_ANYWHERE]

SCP, TAG = PolicyType.SERVICE_CONTROL_POLICY, PolicyType.TAG_POLICY
DENY = '{\n  "Version": "5.0",\n  "Statement": [{"Effect": "Deny", "Action": ["ecs:*:*"]}]\n}\n'
MISTAKEN = DENY.replace("Deny", "Refuse").replace("ecs:*:*", "ecs:*")


@pytest.fixture
def company(transactional_db) -> Company:
    made = make_company()
    actor, root = actor_for(made.administrator), made.organization.root
    for policy_type in PolicyType:
        enable_policy_type(actor=actor, root_id=root.pk, policy_type=policy_type)
    finish_policy_type_switches(root.pk)
    return made


@pytest.fixture
def policy(company) -> Policy:
    actor = actor_for(company.administrator)
    return create_policy(actor=actor, name="Guardrail", policy_type=SCP, content=DENY)


def write(page: Page, text: str) -> None:
    """Write a text in place of the one that stands in the editor, as somebody who pastes it."""
    editor = page.get_by_role("textbox", name=re.compile("Document"))
    editor.focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def text_of(page: Page) -> str:
    """What the form would send."""
    return page.locator("#id_document").input_value()


def test_mistakes_are_pointed_at_mended_and_the_text_is_saved(policy, visit):
    page = visit(f"/policies/{policy.pk}/")
    count = page.locator("#problem-count")
    expect(count).to_have_text("None. It can be saved.")

    write(page, MISTAKEN)
    expect(count).to_contain_text("2 errors")
    expect(page.locator(".ace_gutter-cell.ace_error, .ace_gutter-cell .ace_error")).to_have_count(1)
    first = page.locator("#problems a").first
    expect(first).to_contain_text("Line 3, column 28")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#outcome")).to_contain_text("Line 3, column 28")
    expect(page.locator("#dialog")).to_be_hidden()
    policy.refresh_from_db()
    assert policy.version == 1

    # A problem leads to its place; Escape leaves the text, and Tab goes on behind it.
    first.click()
    page.keyboard.insert_text("x")
    assert text_of(page).splitlines()[2].index('x"Refuse"') == 27
    page.keyboard.press("Backspace")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("!document.activeElement.closest('.ace_editor textarea')")

    mended = DENY.replace("ecs", "obs")
    write(page, mended)
    expect(count).to_have_text("None. It can be saved.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text("Version 2 of Guardrail is saved.")
    expect(page.locator("#policy-head")).to_contain_text("Version 2")
    expect(page.locator("#outcome")).to_be_empty()
    policy.refresh_from_db()
    assert policy.content == mended

    # And once more, from the version that was saved now.
    write(page, DENY)
    expect(count).to_have_text("None. It can be saved.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#policy-head")).to_contain_text("Version 3")


def test_the_version_before_is_restored(company, policy, visit):
    actor = actor_for(company.administrator)
    update_policy(actor=actor, policy_id=policy.pk, content=DENY.replace("ecs", "obs"))
    page = visit(f"/policies/{policy.pk}/?tab=versions")

    page.get_by_role("link", name="Restore version 1").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("becomes version 3")
    dialog.get_by_role("button", name="Restore version 1").click()

    expect(page.locator("#toasts")).to_contain_text("Guardrail has the text of version 1 again.")
    expect(page.get_by_role("link", name="Version 3", exact=True)).to_be_visible()
    expect(dialog).to_be_hidden()
    policy.refresh_from_db()
    assert policy.content == DENY


@with_and_without_javascript
def test_a_policy_is_attached_once_the_word_is_typed(company, policy, visit, javascript):
    page = visit(f"/policies/{policy.pk}/?tab=targets", javascript=javascript)

    page.get_by_role("link", name="Attach to…").click()
    page.get_by_role("searchbox", name="Name or id of a unit or account").fill(company.member.name)
    if not javascript:
        page.get_by_role("button", name="Search").click()
    page.get_by_role("radio", name=company.member.name).check()
    page.get_by_label("Type Confirm to go on").fill("yes")
    page.get_by_role("button", name="Attach", exact=True).click()
    expect(page.get_by_text("Type the word Confirm, as it stands here.")).to_be_visible()
    assert not policy.attachments.exists()

    # What was chosen is still chosen.
    page.get_by_label("Type Confirm to go on").fill("Confirm")
    page.get_by_role("button", name="Attach", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("Guardrail is attached to")
    expect(page.get_by_role("row").filter(has_text=company.member.name)).to_be_visible()
    assert policy.attachments.get().account == company.member

    page.get_by_role("link", name=f"Detach {company.member.name}").click()
    page.get_by_label("Type Confirm to go on").fill("Confirm")
    page.get_by_role("button", name="Detach", exact=True).click()
    expect(page.get_by_text("It is attached nowhere, and binds nobody.")).to_be_visible()


def test_saving_what_binds_shows_what_it_means_first(company, policy, visit):
    policy.attachments.create(
        organization=company.organization,
        unit=company.member.unit,
        place=2,
        attached_at=policy.created_at,
    )
    page = visit(f"/policies/{policy.pk}/")

    write(page, DENY.replace("ecs", "obs"))
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("It is attached to 1 entity")
    expect(dialog.locator("tr.come")).to_contain_text("obs:*:*")
    dialog.get_by_label("Type Confirm to go on").fill("Confirm")
    dialog.get_by_role("button", name="Save version 2").click()

    expect(page.locator("#toasts")).to_contain_text("Version 2 of Guardrail is saved.")
    expect(dialog).to_be_hidden()
    assert "obs:*:*" in text_of(page)


@with_and_without_javascript
def test_what_somebody_saved_meanwhile_stands_beside(company, policy, visit, javascript):
    page = visit(f"/policies/{policy.pk}/", javascript=javascript)
    actor = actor_for(company.administrator)
    update_policy(actor=actor, policy_id=policy.pk, content=DENY.replace("ecs", "evs"))
    mine = DENY.replace("ecs", "obs")

    if javascript:
        write(page, mine)
    else:
        page.locator("#id_document").fill(mine)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#outcome tr.gone")).to_contain_text("evs:*:*")
    expect(page.locator("#outcome tr.come")).to_contain_text("obs:*:*")
    assert text_of(page) == mine

    page.get_by_role("button", name="Save mine over it").click()
    expect(page.locator("#toasts")).to_contain_text("Version 3 of Guardrail is saved.")
    policy.refresh_from_db()
    assert policy.content == mine


def test_fields_and_text_stay_in_step(policy, visit):
    page = visit(f"/policies/{policy.pk}/")
    page.get_by_text("Fill in statements").click()
    actions = page.get_by_label("Actions", exact=True)
    expect(actions).to_have_value("ecs:*:*")

    # From the text to the fields …
    write(page, DENY.replace("ecs:*:*", "obs:bucket:*"))
    expect(actions).to_have_value("obs:bucket:*")

    # … and back.
    actions.fill("obs:bucket:*\nobs:object:*")
    actions.blur()
    expect(page.locator(".ace_content")).to_contain_text("obs:object:*")
    expect(page.locator("#problem-count")).to_have_text("None. It can be saved.")
    statement = json.loads(text_of(page))["Statement"]
    assert statement == [{"Effect": "Deny", "Action": ["obs:bucket:*", "obs:object:*"]}]

    add = page.get_by_label("Add an action")
    add.press_sequentially("createServers")
    option = page.locator("#action-options option").first
    expect(option).to_have_attribute("value", "ecs:cloudServers:createServers")

    page.get_by_role("button", name="Add a statement").click()
    expect(page.get_by_role("group", name="Statements").get_by_role("button")).to_have_count(3)
    expect(page.locator(".ace_content")).to_contain_text(
        re.compile('"Effect".*"Effect"', re.DOTALL)
    )
    assert len(json.loads(text_of(page))["Statement"]) == 2
    page.get_by_role("button", name="Strip white space").click()
    expect(page.locator("#problems")).to_contain_text(re.compile("[0-9]+ of 5,120 characters"))
    expect(page.locator(".ace_gutter-cell")).to_have_count(1)
    assert "\n" not in text_of(page)


def test_resource_types_are_ticked_and_stand_in_the_text(company, visit):
    page = visit("/policies/new/?type=tag_policy&template=allowed-values")
    page.get_by_text("Fill in rules of tags").click()

    page.get_by_role("checkbox", name="ecs:instance").check()
    expect(page.locator(".ace_content")).to_contain_text("enforced_for")
    rule = json.loads(text_of(page))["tags"]["environment"]
    assert rule["enforced_for"] == {"@@assign": ["ecs:instance"]}
    page.get_by_label("Name", exact=True).fill("Environments")
    page.get_by_role("button", name="Create policy").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Environments")
    assert json.loads(Policy.objects.get(policy_type=TAG).content)["tags"]["environment"] == rule


def test_a_policy_is_written_without_a_script(company, visit):
    page = visit("/policies/", javascript=False)

    page.get_by_role("link", name="Create policy").click()
    page.get_by_role("link", name="From nothing").click()
    page.get_by_label("Name", exact=True).fill("Plain")
    page.get_by_label("Document").fill(MISTAKEN)
    page.get_by_role("button", name="Create policy").last.click()
    expect(page.locator("#problem-count")).to_contain_text("2 errors")
    page.get_by_label("Document").fill(DENY)
    page.get_by_role("button", name="Create policy").last.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Plain")
    assert Policy.objects.get(name="Plain").content == DENY


def test_switching_a_type_is_watched_until_it_ends(company, visit):
    page = visit("/policies/?type=tag_policy")

    page.get_by_role("link", name="Switch off").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Type Confirm to go on").fill("Confirm")
    dialog.get_by_role("button", name="Switch off").click()
    box = page.locator("#policy-type")
    expect(box).to_contain_text("Being switched off")
    expect(dialog).to_be_hidden()

    for job_id in Job.objects.filter(state=JobState.WAITING).values_list("pk", flat=True):
        tasks.work.call(job_id=job_id)
    expect(box.get_by_role("status")).to_contain_text("Off")
    expect(box.get_by_role("link", name="Switch on")).to_be_visible()
    # The list is drawn anew with it.
    expect(page.get_by_text("They can be created once this type is switched on.")).to_be_visible()
    assert page.locator("[hx-trigger^=every]").count() == 0
    state = company.organization.policy_types.get(policy_type=TAG).state
    assert state == SwitchState.DISABLED


def test_the_editor_at_work_is_sound_in_both_themes_and_widths(company, policy, visit):
    page = visit(f"/policies/{policy.pk}/")
    page.get_by_text("Fill in statements").click()
    write(page, MISTAKEN)
    expect(page.locator("#problem-count")).to_contain_text("2 errors")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#outcome")).to_contain_text("Line 3")

    for size, theme in product(SIZES, ("light", "dark")):
        look(page, size=size, theme=theme)
        holder = expect(page.locator(".ace-holder"))
        is_dressed = holder.to_have_class if theme == "dark" else holder.not_to_have_class
        is_dressed(re.compile("ace_dark"))
        assert (size, theme, faults_of(page)) == (size, theme, [])
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), size


def test_who_leaves_with_a_text_that_is_not_saved_is_asked_and_who_saved_is_not(policy, visit):
    page = visit(f"/policies/{policy.pk}/")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))

    page.get_by_role("link", name="Versions").click()  # nothing was typed yet
    expect(page).to_have_url(re.compile("tab=versions"))
    page.go_back()
    write(page, DENY.replace("ecs", "evs"))
    page.get_by_role("link", name="Versions").click(no_wait_after=True)
    expect(page.locator("#problem-count")).to_have_text("None. It can be saved.")
    assert asked == ["beforeunload"]
    assert "tab=versions" not in page.url
    assert "evs" in text_of(page)

    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text("Version 2 of Guardrail is saved.")
    page.get_by_role("link", name="Versions").click()
    expect(page).to_have_url(re.compile("tab=versions"))
    assert asked == ["beforeunload"]


def test_who_discards_what_was_typed_is_not_asked(policy, visit):
    page = visit(f"/policies/{policy.pk}/")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    write(page, DENY.replace("ecs", "evs"))

    page.get_by_role("link", name="Discard changes").click()

    expect(page.locator("#id_document")).to_have_value(DENY)
    assert asked == []


def test_a_part_of_the_page_that_holds_the_text_is_not_replaced_unasked(policy, visit):
    page = visit(f"/policies/{policy.pk}/")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    write(page, DENY.replace("ecs", "evs"))

    page.evaluate("htmx.ajax('GET', location.pathname, {target: '#policy', swap: 'outerHTML'})")

    expect(page.locator("#problem-count")).to_have_text("None. It can be saved.")
    assert asked == ["What you changed in the text is not saved, and goes if you leave."]
    assert "evs" in text_of(page)


@pytest.mark.parametrize("word", ["ecs:cloudServers:delete", "organizations:accounts:close"])
def test_an_action_is_completed_in_the_text_by_keyboard_alone(policy, visit, word):
    page = visit(f"/policies/{policy.pk}/")
    write(page, DENY.replace("ecs:*:*", ""))
    for _ in range(2):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("End")
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    page.keyboard.insert_text(word[:-3])

    page.keyboard.press("Control+Space")
    expect(page.locator(".ace_autocomplete")).to_be_visible()
    page.keyboard.press("Enter")

    assert f'"Action": ["{word}"]' in text_of(page)
    # Escape closes the list first, and leaves the text then.
    page.keyboard.press("Control+Space")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("!document.activeElement.closest('.ace_editor textarea')")


def test_the_open_list_of_completions_is_sound(policy, visit):
    page = visit(f"/policies/{policy.pk}/")
    write(page, DENY.replace("ecs:*:*", "ecs:"))
    for _ in range(2):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("End")
    for _ in range(3):
        page.keyboard.press("ArrowLeft")

    page.keyboard.press("Control+Space")
    expect(page.locator(".ace_autocomplete")).to_be_visible()

    words = page.get_by_role("listbox", name="Completions")
    expect(words.get_by_role("option").first).to_be_visible()
    for theme in ("light", "dark"):
        look(page, size="desk", theme=theme)
        assert faults_of(page) == [], theme
    chosen = words.get_by_role("option", selected=True)
    for place in ("2", "3"):
        page.keyboard.press("ArrowDown")
        expect(chosen).to_have_attribute("aria-posinset", place)
        expect(page.locator(":focus")).to_have_attribute(
            "aria-activedescendant", chosen.get_attribute("id")
        )
        assert page.evaluate("document.activeElement.getAttribute('aria-controls')") == (
            words.get_attribute("id")
        )
    page.keyboard.press("Escape")
    expect(page.locator(".ace_autocomplete")).to_be_hidden()
    assert page.evaluate("document.activeElement.hasAttribute('aria-controls')") is False
