"""Previews in dialogs: what comes and goes, for how many, what is refused; part and page."""

import json

import pytest
from django.urls import reverse

from orgs import operations
from orgs.models import PolicyType
from tests.console.conftest import make_company, signed_in
from tests.console.htmx import targeting
from tests.console.reading import Page
from tests.digest import digest_of_database
from tests.factories import AccountFactory, UnitFactory, actor_for
from tests.standing import standing
from tests.tag_policies import attach_tag_policy, switch_on, tag_policy_text

PREVIEW = targeting("preview")
DENY = json.dumps(
    {"Version": "5.0", "Statement": [{"Effect": "Deny", "Action": ["ecs:*:*"]}]}, indent=1
)
OPEN = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":[]}]}'


@pytest.fixture(scope="module")
def company_made_once(django_db_setup, django_db_blocker, run_jobs):
    with standing(django_db_blocker):
        yield guard(make_company(), run_jobs)


@pytest.fixture
def guarded(company):
    return company


def guard(company, run_jobs):
    """Sandbox denies a service and has a tag rule; Workloads holds the member, of which a test asks."""
    actor = actor_for(company.administrator)
    switch_on(actor, run_jobs, PolicyType.SERVICE_CONTROL_POLICY)
    switch_on(actor, run_jobs, PolicyType.TAG_POLICY)
    company.sandbox = operations.units.create_organizational_unit(
        actor=actor, parent_id=company.organization.root.pk, name="Sandbox"
    )
    company.policy = operations.policies.create_policy(
        actor=actor,
        name="Guardrail",
        policy_type=PolicyType.SERVICE_CONTROL_POLICY,
        content=DENY,
    )
    operations.attachments.attach_policy(
        actor=actor, policy_id=company.policy.pk, entity_id=company.sandbox.pk
    )
    attach_tag_policy(actor, company.sandbox.pk, tag_policy_text("Stage", values=["test"]))
    operations.policy_tests.create_policy_test(
        actor=actor,
        policy_id=company.policy.pk,
        name="Shop runs",
        account_id=company.member.pk,
        action="ecs:servers:start",
        is_allowed=True,
    )
    return company


def ask(client, headers=PREVIEW, **sent):
    return client.post("/preview/", sent, headers=headers)


def told(response) -> list[str]:
    page = Page(response.text)
    return [" ".join(one.split()) for one in (*page.text("p", role="status"), *page.text("li"))]


def test_a_move_says_what_comes_what_goes_and_which_tests_turn(guarded, administrator):
    before = digest_of_database()

    response = ask(
        administrator,
        preview="move_accounts",
        preview_entity=guarded.member.pk,
        destination_parent_id=guarded.sandbox.pk,
    )

    said = told(response)
    assert said[0] == "Something changes for 1 of 1 account."
    assert "gains Guardrail at Sandbox" in said
    assert "gains Tags at Sandbox" in said
    assert any(one.startswith("Stage") and "test" in one for one in said)
    assert any(one.startswith("fails Shop runs Guardrail") for one in said)
    assert "<html" not in response.text
    assert digest_of_database() == before


def test_a_unit_that_is_moved_counts_all_accounts_below(guarded, administrator):
    for _number in range(3):
        AccountFactory(member_of=guarded.member.unit)

    response = ask(
        administrator,
        preview="move_unit",
        preview_entity=guarded.member.unit_id,
        destination_parent_id=guarded.sandbox.pk,
    )

    assert told(response)[0].startswith("Something changes for 4 of 4 accounts.")
    assert "gains Guardrail at Sandbox · 4 accounts" in told(response)


def test_what_would_be_refused_stands_apart_from_warnings(guarded, administrator):
    UnitFactory(parent=guarded.sandbox, name="workloads")
    move = ask(
        administrator,
        preview="move_unit",
        preview_entity=guarded.member.unit_id,
        destination_parent_id=guarded.sandbox.pk,
    )
    detach = ask(
        administrator,
        preview="detach",
        preview_entity=guarded.sandbox.pk,
        preview_policy="p-FullAccess",
    )

    (refused,) = Page(move.text).text("p", class_="notice bad")
    assert refused.startswith("It would be refused: Sandbox already holds")
    warnings = Page(detach.text).text("p", class_="notice warn")
    assert "FullAccess would be detached from Sandbox." in warnings


def test_attaching_saving_replacing_and_switching_off(guarded, administrator):
    attach = ask(
        administrator,
        preview="attach",
        preview_policy=guarded.policy.pk,
        entity_id=guarded.member.unit_id,
    )
    setting = ask(
        administrator,
        preview="set",
        preview_entity=guarded.member.unit_id,
        preview_type="service_control_policy",
        policy=["p-FullAccess", guarded.policy.pk],
    )
    save = ask(administrator, preview="save", preview_policy=guarded.policy.pk, document=OPEN)
    disable = ask(administrator, preview="disable", preview_type="tag_policy")

    for response in (attach, setting):
        assert "gains Guardrail at Workloads" in told(response)
    assert told(save)[0] == "No policy and no tag rule changes for anybody."
    assert disable.status_code == 200


@pytest.mark.parametrize("number", [1, 60])
def test_a_preview_takes_the_same_statements_for_any_number(
    guarded, administrator, number, django_assert_num_queries
):
    for _number in range(number):
        AccountFactory(member_of=guarded.member.unit)

    # session, user; organization, grants; facts, units, accounts, attachments, policies, namesakes, tests
    with django_assert_num_queries(11):
        ask(
            administrator,
            preview="move_unit",
            preview_entity=guarded.member.unit_id,
            destination_parent_id=guarded.sandbox.pk,
        )


def test_what_is_not_chosen_yet_is_asked_for(guarded, administrator):
    response = ask(administrator, preview="move_accounts", preview_entity=guarded.member.pk)

    assert Page(response.text).text("p", class_="hint") == [
        "Choose a place, and it stands here what would change."
    ]


def test_without_scripts_it_is_a_page_with_a_way_back(guarded, administrator):
    response = ask(
        administrator,
        headers={"Referer": f"http://testserver/structure/accounts/{guarded.member.pk}/move/"},
        preview="move_accounts",
        preview_entity=guarded.member.pk,
        destination_parent_id=guarded.sandbox.pk,
    )

    page = Page(response.text)
    assert page.text("h1") == ["What would change"]
    back = f"http://testserver/structure/accounts/{guarded.member.pk}/move/"
    assert page.text("a", href=back) == ["Back"]


@pytest.mark.parametrize(
    "sent",
    [
        {"preview": "nonsense"},
        {},
        {"preview": "move_accounts", "destination_parent_id": "x", "preview_entity": "x"},
        {"preview": "move_unit", "destination_parent_id": "r-0000", "preview_entity": "\x00"},
        {"preview": "attach", "preview_policy": "x", "entity_id": "\x00"},
        {"preview": "detach"},
        {"preview": "set", "preview_type": "nonsense"},
        {"preview": "save", "preview_policy": "p-00000000", "document": "{"},
        {"preview": "disable"},
    ],
)
def test_what_is_no_change_is_refused_and_nothing_breaks(guarded, administrator, sent):
    assert administrator.post("/preview/", sent, headers=PREVIEW).status_code in {200, 404, 422}


def test_previews_are_for_those_who_see_the_structure(guarded):
    sent = {"preview": "disable", "preview_type": "tag_policy"}

    assert signed_in(guarded.member_user).post("/preview/", sent).status_code == 403
    assert signed_in(guarded.reader).post("/preview/", sent).status_code == 200


def test_every_dialog_has_a_place_for_its_preview(guarded, administrator):
    for address, kind in (
        (f"/structure/accounts/{guarded.member.pk}/move/", "move_accounts"),
        (f"/structure/units/{guarded.member.unit_id}/move/", "move_unit"),
        (f"/policies/{guarded.policy.pk}/attach/", "attach"),
        (f"/policies/{guarded.policy.pk}/detach/{guarded.sandbox.pk}/", "detach"),
        ("/policies/types/tag_policy/disable/", "disable"),
        (reverse("attach_here", args=[guarded.member.unit_id]), "attach"),
        (reverse("detach_here", args=[guarded.sandbox.pk, guarded.policy.pk]), "detach"),
        (reverse("set_attachments", args=[guarded.sandbox.pk]), "set"),
    ):
        page = Page(administrator.get(address).text)
        assert [one["value"] for one in page.attributes("input", name="preview")] == [kind], address
    save = administrator.post(
        f"/policies/{guarded.policy.pk}/save/", {"document": OPEN, "version": 1}
    )
    assert [one["value"] for one in Page(save.text).attributes("input", name="preview")] == ["save"]
