"""In a browser: a denial is simulated and followed to its line; a move is taken back."""

import re

import pytest
from playwright.sync_api import expect

from orgs import operations
from orgs.models import Account, PolicyType
from tests.console.conftest import make_company
from tests.console.guardrails import NO_DELETIONS
from tests.factories import UnitFactory, actor_for
from tests.tag_policies import switch_on

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def company(transactional_db, run_jobs):
    made = make_company()
    actor = actor_for(made.administrator)
    switch_on(actor, run_jobs, PolicyType.SERVICE_CONTROL_POLICY)
    UnitFactory(parent=made.organization.root, name="Sandbox")
    policy = operations.policies.create_policy(
        actor=actor,
        name="Guardrail",
        policy_type=PolicyType.SERVICE_CONTROL_POLICY,
        content=NO_DELETIONS,
    )
    operations.attachments.attach_policy(
        actor=actor, policy_id=policy.pk, entity_id=made.member.unit_id
    )
    return made


def test_a_denial_is_simulated_and_followed_to_its_statement(company, visit):
    page = visit("/simulator/")
    page.get_by_label("Account or unit 1").fill(company.member.name)
    page.get_by_label("Action", exact=True).fill("ecs:servers:delete")
    page.get_by_role("button", name="Ask").click()

    expect(page.get_by_text('Denied by statement 1 ("NoDeletion")').first).to_be_visible()
    expect(page).to_have_url(re.compile(r"/simulator/\?who=.*action=ecs"))
    page.reload()
    page.get_by_role("link", name="Open line 4").click()

    expect(page).to_have_url(re.compile(r"/policies/.*\?line=4"))
    expect(page.locator(".ace_gutter-active-line")).to_have_text(re.compile("4"))
    expect(page.locator(".ace_focus")).to_be_visible()


def test_a_question_is_kept_as_a_test_from_its_answer(company, visit):
    page = visit(f"/simulator/?who={company.member.name}&action=ecs:servers:delete")
    page.get_by_text("Keep this question as a test of a policy").click()
    page.get_by_role("button", name="Keep as a test").click()

    expect(page.get_by_text("is kept as a test, and asked on each save.")).to_be_visible()
    assert company.organization.policies.get(name="Guardrail").tests.count() == 1


def test_a_move_is_taken_back_from_its_toast(company, visit):
    page = visit(f"/structure/accounts/{company.member.pk}/")
    page.get_by_role("link", name="Move").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Sandbox").check()
    expect(dialog.get_by_role("heading", name="What would change")).to_be_visible()
    dialog.get_by_role("button", name="Move here").click()
    toast = page.get_by_role("status").filter(has_text="is in Sandbox now.")
    expect(toast).to_be_visible()

    toast.get_by_role("button", name="Undo").click()

    expect(page.get_by_text("1 account is back where it was.")).to_be_visible()
    assert Account.objects.get(pk=company.member.pk).unit.name == "Workloads"


def test_the_move_dialog_shows_what_would_change_and_the_move_is_made(company, visit):
    actor = actor_for(company.administrator)
    sandbox = company.organization.units.get(name="Sandbox")
    policy = company.organization.policies.get(name="Guardrail")
    operations.attachments.attach_policy(actor=actor, policy_id=policy.pk, entity_id=sandbox.pk)
    operations.attachments.detach_policy(
        actor=actor, policy_id=policy.pk, entity_id=company.member.unit_id
    )
    page = visit(f"/structure/accounts/{company.member.pk}/")
    page.get_by_role("link", name="Move").first.click()
    dialog = page.get_by_role("dialog")
    preview = dialog.get_by_role("region", name="What would change")
    expect(preview).to_contain_text("Choose a place, and it stands here what would change.")

    dialog.get_by_label("Sandbox").check()

    expect(preview).to_contain_text("gains Guardrail at Sandbox")
    dialog.get_by_role("button", name="Move here").click()
    expect(page.get_by_text("is in Sandbox now.")).to_be_visible()
