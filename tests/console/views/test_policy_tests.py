"""Tests of a policy on its page: answers, a save that they stop and a reason that lets it pass."""

import json

import pytest

from orgs import operations
from orgs.models import PolicyType
from tests.console.conftest import HTMX, signed_in
from tests.console.htmx import DIALOG
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
    response = administrator.post(delete, headers=DIALOG)

    assert json.loads(response["HX-Trigger"])["toast"] == {"text": "The test is deleted."}
    assert tested.tests.count() == 0
    assert administrator.post(delete).status_code == 404


def edit(policy) -> str:
    return f"/policies/{policy.pk}/tests/{policy.tests.get().pk}/edit/"


def test_a_test_is_changed_where_it_stands(tested, administrator):
    operations_tab = administrator.get(f"/policies/{tested.pk}/?tab=tests").text
    assert edit(tested) in operations_tab
    form = Page(administrator.get(edit(tested)).text)
    assert [field["value"] for field in form.attributes("input", id="id_name")] == ["Stays denied"]
    sent = {
        "name": "Stays open",
        "is_allowed": "allowed",
        "action": "evs:volumes:list",
        "resource": "evs:*:*:volume:1",
        "context": "g:UserName = alice\n\ng:SourceIp = 10.0.0.1",
    }

    answer = administrator.post(edit(tested), sent, headers=DIALOG)

    assert answer.headers["HX-Retarget"] == "#policy"
    assert "Stays open" in answer.text
    test = tested.tests.get()
    assert (test.name, test.is_allowed, test.action, test.resource, test.context) == (
        "Stays open",
        True,
        "evs:volumes:list",
        "evs:*:*:volume:1",
        {"g:UserName": "alice", "g:SourceIp": "10.0.0.1"},
    )
    again = Page(administrator.get(edit(tested)).text)
    assert again.text("textarea") == ["g:SourceIp = 10.0.0.1 g:UserName = alice"]


def test_what_is_wrong_with_a_test_is_said_at_its_field_and_nothing_changes(tested, administrator):
    before = list(tested.tests.values())
    sent = {
        "name": "",
        "is_allowed": "perhaps",
        "action": "ecs",
        "context": "g:UserName = a\ng:SourceIp = nowhere",
    }

    answer = administrator.post(edit(tested), sent)

    assert answer.status_code == 422
    page = Page(answer.text)
    assert len(page.text("p", class_="wrong")) == 4
    assert "Line 2: This key takes an IP address." in page.text("p", class_="wrong")
    assert list(tested.tests.values()) == before


def test_who_may_not_change_the_policy_may_not_change_its_tests(company, tested):
    reader = signed_in(company.reader)
    before = list(tested.tests.values())
    sent = {"name": "x", "is_allowed": "allowed", "action": "ecs:a:b"}

    assert edit(tested) not in reader.get(f"/policies/{tested.pk}/?tab=tests").text
    assert "signed in as a reader" in reader.get(edit(tested)).text
    assert reader.post(edit(tested), sent).status_code == 403
    assert list(tested.tests.values()) == before


def test_a_test_that_is_gone_is_not_found(tested, administrator):
    path = edit(tested)
    tested.tests.all().delete()

    assert administrator.get(path).status_code == 404
    assert administrator.post(path, {"name": "x"}).status_code == 404
