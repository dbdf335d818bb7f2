"""The simulator: a question in the address, its answer with the deciding line, what if, and tests kept."""

from urllib.parse import urlencode

import pytest

from orgs import operations
from orgs.models import PolicyTest, PolicyType
from tests.console.conftest import HTMX, make_company, signed_in
from tests.console.guardrails import NO_DELETIONS
from tests.console.htmx import targeting
from tests.console.reading import Page
from tests.factories import AccountFactory, actor_for
from tests.standing import standing
from tests.tag_policies import switch_on

ANSWER = targeting("answer")
OPEN = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":[]}]}'
DELETE = "ecs:servers:delete"


@pytest.fixture(scope="module")
def company_made_once(django_db_setup, django_db_blocker, run_jobs):
    with standing(django_db_blocker):
        yield guard(make_company(), run_jobs)


@pytest.fixture
def guarded(company):
    return company


def guard(company, run_jobs):
    """The company's unit gets a policy that denies deletions from elsewhere."""
    actor = actor_for(company.administrator)
    switch_on(actor, run_jobs, PolicyType.SERVICE_CONTROL_POLICY)
    company.policy = operations.policies.create_policy(
        actor=actor,
        name="Guardrail",
        policy_type=PolicyType.SERVICE_CONTROL_POLICY,
        content=NO_DELETIONS,
    )
    operations.attachments.attach_policy(
        actor=actor, policy_id=company.policy.pk, entity_id=company.member.unit_id
    )
    return company


def ask(client, headers=None, **asked):
    query = urlencode({"action": DELETE} | asked, doseq=True)
    return client.get(f"/simulator/?{query}", headers=headers or {})


def decisions(response) -> list[str]:
    page = Page(response.content.decode())
    return [*page.text("p", class_="decision ok"), *page.text("p", class_="decision bad")]


def test_an_empty_simulator_asks_for_a_question(guarded, administrator):
    page = Page(administrator.get("/simulator/").text)

    assert page.text("h1") == ["Simulator"]
    assert page.text("p", class_="decision ok") == []
    places = [one["value"] for one in page.attributes("option")]
    assert "Workloads" in places
    assert guarded.member.name in places


def test_a_denial_names_policy_statement_and_sid_and_leads_to_its_line(guarded, administrator):
    response = ask(administrator, who=guarded.member.name)

    assert decisions(response) == [
        'Denied by statement 1 ("NoDeletion") of policy Guardrail at Workloads. Open line 4'
    ]
    page = Page(response.text)
    link = f"/policies/{guarded.policy.pk}/?line=4"
    assert page.text("a", href=link)[0] == "Open line 4"
    assert [" ".join(one.split()) for one in page.text("p", class_="said-head")] == [
        "root passes",
        "Workloads stops the first that lets nothing through",
        f"{guarded.member.name} passes",
    ]


def test_circumstances_count(guarded, administrator):
    inside = ask(administrator, who=guarded.member.pk, key="g:SourceIp", value="10.1.2.3")
    agency = ask(administrator, who=guarded.member.pk, agency="1")

    assert decisions(inside) == ["Allowed: every level allows it and none denies it."]
    assert decisions(agency) == ["Allowed: calls through a service-linked agency are not bound."]


def test_many_accounts_are_a_table_and_each_leads_to_its_own_ladder(guarded, administrator):
    response = ask(administrator, who=[guarded.organization.root.pk])

    page = Page(response.text)
    assert "1 of 2 accounts denied" in page.text("h2")
    links = [a["href"] for a in page.attributes("a") if a["href"].startswith("/simulator/?who")]
    assert f"/simulator/?who={guarded.member.pk}&action=ecs%3Aservers%3Adelete" in links
    both = ask(administrator, who=[guarded.member.name, guarded.organization.management_account_id])
    assert "1 of 2 accounts denied" in Page(both.text).text("h2")


@pytest.mark.parametrize(
    "what_if",
    [
        {"change": "draft", "policy": "Guardrail", "draft": OPEN},
        {"change": "move", "to": "root"},
        {"change": "detach", "policy": "Guardrail", "entity": "Workloads"},
    ],
    ids=lambda what_if: what_if["change"],
)
def test_what_if_turns_the_answer_round(guarded, administrator, what_if):
    if what_if["change"] == "move":
        what_if = what_if | {"entity": guarded.member.pk}

    response = ask(administrator, who=guarded.member.name, **what_if)

    assert "The change turns the answer round." in response.text
    assert decisions(response)[0] == "Allowed: every level allows it and none denies it."


def test_a_table_counts_the_answers_that_differ(guarded, administrator):
    response = ask(
        administrator, who="root", change="detach", policy="Guardrail", entity="Workloads"
    )

    assert "0 of 2 accounts denied" in Page(response.text).text("h2")
    assert "1 answer differs" in Page(response.text).text("p")


def test_what_if_a_policy_were_attached(guarded, administrator):
    manager = guarded.organization.management_account
    response = ask(
        administrator, who=manager.name, change="attach", policy="Guardrail", entity="root"
    )

    assert "The change makes no difference to this answer." in response.text


def test_a_change_that_would_be_refused_says_so(guarded, administrator):
    response = ask(
        administrator,
        who=guarded.member.name,
        change="detach",
        policy="FullAccess",
        entity="root",
    )

    assert "The service would refuse this change:" in response.text


def test_htmx_gets_the_answer_and_an_address_that_can_be_sent(guarded, administrator):
    response = ask(
        administrator,
        ANSWER,
        who=[guarded.member.name, ""],
        resource="",
        key=["", "g:MFAAge"],
        value=["", "5"],
    )

    assert "<html" not in response.text
    assert response["HX-Replace-Url"] == (
        f"/simulator/?who={guarded.member.name}&action=ecs%3Aservers%3Adelete"
        "&key=g%3AMFAAge&value=5"
    )
    assert len(decisions(administrator.get(response["HX-Replace-Url"]))) == 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"who": "nobody"}, "Nothing here is called “nobody”."),
        ({"who": ""}, "Name an account, or a unit for all accounts in it."),
        ({"action": "ecs"}, "An action reads service:type:operation, without * and ?."),
        ({"action": ""}, "Say which action, such as ecs:servers:delete."),
        ({"resource": "x"}, "A resource reads service:region:account:type:path."),
        ({"key": "g:MFAAge", "value": "old"}, "This key takes a number."),
        ({"key": "g:SourceIp", "value": "here"}, "This key takes an IP address."),
        ({"key": "nokey", "value": "1"}, "“nokey” is no condition key"),
        ({"change": "move", "entity": "root", "to": "Workloads"}, "The root cannot be moved."),
        (
            {"change": "attach", "policy": "None", "entity": "root"},
            "Nothing here is called “None”.",
        ),
        ({"change": "draft", "policy": "Guardrail", "draft": "{"}, "Line 1: "),
        ({"change": "detach"}, "This is required."),
    ],
)
def test_what_is_no_question_is_refused_at_its_field(guarded, administrator, asked, said):
    response = ask(administrator, ANSWER, **({"who": guarded.member.name} | asked))

    assert response.status_code == 422
    assert said in response.text


def test_names_of_several_units_ask_for_an_id(guarded, administrator):
    actor = actor_for(guarded.administrator)
    operations.units.create_organizational_unit(
        actor=actor, parent_id=guarded.member.unit_id, name="Workloads"
    )

    response = ask(administrator, who="Workloads")

    assert "2 are called “Workloads”. Give the id of the one you mean." in response.text


def test_actions_are_completed_without_patterns(guarded, administrator):
    response = administrator.get("/simulator/actions/?action=ecs:", headers=HTMX)

    options = [one["value"] for one in Page(response.text).attributes("option")]
    assert options
    assert all(one.startswith("ecs:") and "*" not in one for one in options)


def test_a_question_is_kept_as_a_test(guarded, administrator):
    sent = {
        "who": guarded.member.name,
        "action": DELETE,
        "name": "Stays denied",
        "policy_id": "Guardrail",
        "account_id": guarded.member.pk,
        "is_allowed": "denied",
    }

    response = administrator.post("/simulator/keep/", sent)

    assert response["Location"] == (
        f"/simulator/?who={guarded.member.name}&action=ecs%3Aservers%3Adelete"
    )
    test = PolicyTest.objects.get()
    assert (test.policy, test.account, test.action) == (guarded.policy, guarded.member, DELETE)
    assert (test.name, test.is_allowed) == ("Stays denied", False)
    assert signed_in(guarded.reader).post("/simulator/keep/", sent).status_code == 403
    wrong = administrator.post("/simulator/keep/", sent | {"name": ""}, follow=True)
    assert "Give the test a name" in wrong.text
    assert administrator.post("/simulator/keep/", sent | {"policy_id": "x"}).status_code == 422
    assert PolicyTest.objects.count() == 1


@pytest.mark.parametrize("path", ["/simulator/", "/simulator/actions/"])
def test_the_simulator_is_for_those_who_see_the_structure(guarded, path):
    assert signed_in(guarded.member_user).get(path).status_code == 403
    assert signed_in(guarded.reader).get(path).status_code == 200


@pytest.mark.parametrize("number", [1, 40])
def test_a_table_takes_the_same_statements_for_any_number(
    guarded, administrator, number, django_assert_num_queries
):
    for _number in range(number):
        AccountFactory(member_of=guarded.member.unit)

    # session, user; organization, grants; places named; unit: facts, units, accounts, attachments,
    # policies; what is suggested; what the navigation counts
    with django_assert_num_queries(15):
        ask(administrator, who=guarded.member.unit_id)
