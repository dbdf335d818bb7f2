"""Dry runs before people's eyes: the switch, a policy on trial, its records, and the one that binds."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from orgs.models import DryRunRecord, Policy, PolicyType
from orgs.operations.dry_runs import finish_dry_run_switch
from orgs.operations.policies import create_policy
from orgs.operations.policy_tests import create_policy_test
from orgs.operations.policy_types import enable_policy_type, finish_policy_type_switches
from tests.console.conftest import (
    LOOKS_THE_SAME_ANYWHERE,
    Company,
    make_company,
    with_and_without_javascript,
)
from tests.factories import actor_for

pytestmark = [pytest.mark.django_db(transaction=True), LOOKS_THE_SAME_ANYWHERE]

SCP = PolicyType.SERVICE_CONTROL_POLICY
DENY = '{"Version": "5.0", "Statement": [{"Effect": "Deny", "Action": ["ecs:*:*"]}]}'


@pytest.fixture
def company(transactional_db) -> Company:
    made = make_company()
    actor, root = actor_for(made.administrator), made.organization.root
    enable_policy_type(actor=actor, root_id=root.pk, policy_type=SCP)
    finish_policy_type_switches(root.pk)
    return made


def record(company: Company, policy: Policy) -> None:
    """What a call leaves behind that the policy would have denied."""
    DryRunRecord.objects.create(
        organization=company.organization,
        at=timezone.now(),
        account_id=company.member.pk,
        account_name=company.member.name,
        principal="somebody",
        action="ecs:cloudServers:delete",
        decision={
            "reason": "explicit_deny",
            "entity_id": company.organization.root.pk,
            "policy_id": policy.pk,
            "policy_name": policy.name,
            "statement": 1,
            "sid": "",
        },
    )


@with_and_without_javascript
def test_r_dry_10_from_the_switch_to_the_policy_that_binds(company, visit, javascript):
    page = visit("/policies/", javascript=javascript)
    page.get_by_role("link", name="Try it as a dry run").click()
    page.locator("#switch-dry-run").click()
    for label, text in (("Bucket", "logs"), ("Region", "eu-1"), ("Agency", "Writer")):
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Switch on").click()
    box = page.locator("#dry-run-state")
    expect(box).to_contain_text("Being switched on")
    finish_dry_run_switch(company.organization.root.pk)
    if not javascript:
        page.get_by_role("link", name="See how it stands now").click()
    expect(box.get_by_role("link", name="Create policy on trial")).to_be_visible()

    box.get_by_role("link", name="Create policy on trial").click()
    page.get_by_label("Name", exact=True).fill("Careful")
    if not javascript:
        page.locator("#id_document").fill(DENY)
    page.get_by_role("button", name="Create policy on trial").last.click()
    expect(page.locator("h1")).to_have_text("Careful")
    expect(page.locator("#policy-head")).to_contain_text("It denies nothing")
    policy = Policy.objects.get(name="Careful")
    page.get_by_role("link", name="Attached to").click()
    page.get_by_role("link", name="Attach to…").click()
    page.locator(f"input[value='{company.organization.root.pk}']").check()
    page.get_by_role("button", name="Attach", exact=True).click()
    expect(page.locator("#targets")).to_contain_text("Root")
    record(company, policy)

    page.get_by_role("link", name="Its records").click()
    row = page.locator("#records tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("ecs:cloudServers:delete")
    page.get_by_label("Action").fill("nothing-like-it")
    if not javascript:
        page.get_by_role("button", name="Filter").click()
    expect(page.locator("#records")).to_contain_text("No record matches")
    page.get_by_role("link", name="Clear the filter").click()
    row.get_by_role("link", name="Careful").click()

    page.get_by_role("link", name="Details").click()
    page.get_by_role("link", name="Create service control policy from this").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Careful")
    page.get_by_role("button", name="Create policy").last.click()
    expect(page.locator("#policy-head")).to_contain_text("Service control policy")
    real = Policy.objects.enforced().get(name="Careful")
    assert real.content == policy.content.replace("\r\n", "\n")
    assert real.attachments.count() == 0


@with_and_without_javascript
def test_a_test_of_a_policy_is_changed(company, visit, javascript):
    actor = actor_for(company.administrator)
    policy = create_policy(actor=actor, name="Guardrail", policy_type=SCP, content=DENY)
    create_policy_test(
        actor=actor, policy_id=policy.pk, name="Stays", action="ecs:a:b", is_allowed=True
    )
    page = visit(f"/policies/{policy.pk}/?tab=tests", javascript=javascript)
    expect(page.locator(".answers")).to_contain_text("fails")

    page.get_by_role("link", name="Change Stays").click()
    page.get_by_label("Has to be").select_option("denied")
    page.get_by_role("button", name="Save the test").click()

    expect(page.locator(".answers")).to_contain_text("passes")
    assert policy.tests.get().is_allowed is False
