"""Tests of a policy on its page: answers, a save that they stop and a reason that lets it pass."""

import json

import pytest

from orgs import operations
from orgs.models import PolicyType
from tests.console.conftest import HTMX, signed_in
from tests.console.reading import Page
from tests.factories import actor_for
from tests.tag_policies import switch_on

DENY = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["ecs:*:*"]}]}'
OPEN = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":[]}]}'


@pytest.fixture
def tested(company, run_jobs):
    """A policy that is attached nowhere, and its test."""
    actor = actor_for(company.administrator)
    switch_on(actor, run_jobs, PolicyType.SERVICE_CONTROL_POLICY)
    policy = operations.policies.create_policy(
        actor=actor,
        name="Guardrail",
        policy_type=PolicyType.SERVICE_CONTROL_POLICY,
        content=DENY,
    )
    operations.policy_tests.create_policy_test(
        actor=actor,
        policy_id=policy.pk,
        name="Stays denied",
        action="ecs:servers:get",
        is_allowed=False,
    )
    return policy


def test_the_page_answers_each_test_and_leads_to_its_question(tested, administrator):
    page = Page(administrator.get(f"/policies/{tested.pk}/?tab=tests").text)

    assert page.text("span", class_="badge ok")[-1] == "passes"
    links = [a["href"] for a in page.attributes("a")]
    assert "/simulator/?action=ecs%3Aservers%3Aget" in links


def test_a_red_test_stops_the_save_until_a_reason_is_given(tested, administrator):
    sent = {"document": OPEN, "version": 1}
    for headers in ({}, HTMX):
        stopped = administrator.post(f"/policies/{tested.pk}/save/", sent, headers=headers)
        assert stopped.status_code == 409
        assert "With this text tests of the policy fail: Stays denied." in stopped.text
        assert len(Page(stopped.text).attributes("input", name="reason")) == 1
    tested.refresh_from_db()
    assert tested.content == DENY

    administrator.post(f"/policies/{tested.pk}/save/", sent | {"reason": "The freeze is over"})

    tested.refresh_from_db()
    assert tested.content == OPEN
    activity = administrator.get("/activity/").text
    assert "Failing tests: Stays denied. Reason given: The freeze is over" in activity


def test_a_restored_version_meets_the_same_tests(tested, administrator, company):
    operations.policies.update_policy(
        actor=actor_for(company.administrator), policy_id=tested.pk, content=OPEN, reason="x"
    )
    operations.policies.update_policy(
        actor=actor_for(company.administrator), policy_id=tested.pk, content=DENY
    )
    restore = f"/policies/{tested.pk}/versions/2/restore/"

    stopped = administrator.post(restore, {"version": 3})
    assert stopped.status_code == 409
    assert "Stays denied" in stopped.text
    administrator.post(restore, {"version": 3, "reason": "As agreed"})

    tested.refresh_from_db()
    assert tested.content == OPEN


def test_a_test_is_deleted_after_a_question(tested, administrator, company):
    delete = f"/policies/{tested.pk}/tests/{tested.tests.get().pk}/delete/"

    assert "Delete this test of Guardrail?" in administrator.get(delete).text
    assert signed_in(company.reader).post(delete).status_code == 403
    response = administrator.post(delete, headers=HTMX | {"HX-Target": "dialog"})

    assert json.loads(response["HX-Trigger"])["toast"] == {"text": "The test is deleted."}
    assert tested.tests.count() == 0
    assert administrator.post(delete).status_code == 404
