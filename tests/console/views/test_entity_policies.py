"""What a place shows of its policies: attached, inherited, the ladder, and the effective tag policy."""

import pytest
from django.urls import reverse

from orgs.models import Attachment
from orgs.operations.policy_types import enable_policy_type
from tests.console.conftest import signed_in
from tests.console.guardrails import (
    COST,
    FULL_ACCESS,
    SCP,
    TAG,
    attach,
    guard,
    make,
    scp,
    statement,
    switch_on,
    tag_rules,
)
from tests.console.htmx import targeting
from tests.console.pages.policy_ids import of_trial
from tests.console.reading import Page
from tests.factories import AccountFactory, UnitFactory, actor_for

PANEL = targeting("detail")
LADDER = targeting("ladder")


@pytest.fixture
def made(company):
    return guard(company)


def account_page(company, action: str = "") -> str:
    path = reverse("account", args=[company.member.pk])
    return f"{path}?tab=policies" + (f"&action={action}" if action else "")


def unit_page(unit_id: str) -> str:
    return reverse("unit", args=[unit_id]) + "?tab=policies"


@pytest.mark.parametrize("headers", [{}, PANEL], ids=["page", "panel"])
def test_policies_are_shown_with_where_they_come_from(company, made, administrator, headers):
    page = Page(administrator.get(account_page(company), headers=headers).text)

    scps, tags = page.text("tbody")
    root = company.organization.root.name
    assert scps == (
        "FullAccess Built in Attached here Allows everything Detach"
        " FullAccess Built in Workloads Allows everything"
        " Two regions only Workloads Denies 3 kinds of actions"
        f" FullAccess Built in {root} Allows everything"
        f" Networks stay {root} Denies 1 kind of action"
    )
    assert tags == (
        "More cost centres Attached here Rules for cost, env Detach"
        " More cost centres Workloads Rules for cost, env"
        f" Cost centres {root} Rules for cost"
    )
    policy_links = {a["href"] for a in page.attributes("a") if "/policies/p-" in (a["href"] or "")}
    assert reverse("policy", args=[made["regions"].pk]) in policy_links


def test_r_dry_6_policies_on_trial_are_shown_apart_with_where_they_come_from(
    company, administrator
):
    (trial_id,) = of_trial(company)
    on_account = make(company, "On the account", scp(statement("Deny", "ecs::*")), is_dry_run=True)
    attach(company, on_account, company.member.pk)

    page = Page(administrator.get(account_page(company)).text)

    assert page.text("tbody")[-1] == (
        "On the account Attached here Denies 1 kind of action"
        " Trial Workloads Denies 1 kind of action"
    )
    links = {a.get("href") for a in page.attributes("a")}
    assert reverse("policy", args=[trial_id]) in links
    assert f"{reverse('dry_run_records')}?who={company.member.pk}" in links
    # They bind nobody: neither the ladder nor the places that are taken know them.
    assert "On the account" not in " ".join(page.text("ol", class_="ladder"))
    used = page.text("section", id=f"box-{SCP}")
    assert all("On the account" not in text and "Trial" not in text for text in used)


def test_the_last_one_cannot_be_detached_and_the_reason_stands_beside(company, made, administrator):
    page = Page(administrator.get(account_page(company)).text)

    off = [a for a in page.attributes("button") if a.get("aria-label") == "Detach FullAccess"]
    assert ["disabled" in a for a in off] == [True]
    assert page.text("div", id=off[0]["aria-describedby"]) == [
        f"{company.member.name} keeps at least one service control policy, so its last one cannot be"
        " detached. Attach another one first, or replace it in one step."
    ]


def test_a_reader_sees_everything_and_is_offered_nothing(company, made):
    page = Page(signed_in(company.reader).get(unit_page(company.member.unit_id)).text)

    hrefs = [a.get("href") or "" for a in page.attributes("a")]
    assert [href for href in hrefs if "/attach/" in href or "/set/" in href] == []
    assert [href for href in hrefs if "/detach/" in href] == []
    assert page.text("tbody")[0].startswith("FullAccess")
    assert "administrators attach and detach policies" in page.text("section")[0]


def test_a_member_sees_no_place(company, made):
    assert signed_in(company.member_user).get(account_page(company)).status_code == 403


def test_types_that_are_off_are_told_with_the_way_to_switch_them_on(company, administrator):
    for client, links in ((administrator, 2), (signed_in(company.reader), 0)):
        page = Page(client.get(unit_page(company.member.unit_id)).text)

        told = page.text("div", class_="empty")
        assert [text.split(":")[0] for text in told[:2]] == ["This type is switched off"] * 2
        assert page.text("a").count("Switch it on") == links
        assert page.text("p", class_="box-text") == [
            "Service control policies are switched off, so nothing is denied."
        ]


def test_a_type_on_its_way_says_so(company, administrator):
    enable_policy_type(
        actor=actor_for(company.administrator),
        root_id=company.organization.root.pk,
        policy_type=TAG,
    )

    page = Page(administrator.get(unit_page(company.member.unit_id)).text)

    assert "This type is being switched on." in page.text("div", class_="empty")[1]


def test_the_ladder_says_what_each_step_allows_and_denies(company, made, administrator):
    page = Page(administrator.get(account_page(company)).text)

    root = company.organization.root.name
    assert page.text("div", class_="rung-head") == [root, "Workloads", company.member.name]
    assert page.text("p", class_="statement") == [
        "Allows every action",
        "Denies vpc:vpcs:delete",
        "Allows every action",
        "Denies ecs:*:*, evs:*:*, where g:RequestedRegion is not “eu-west-101” or “cn-north-4”",
        "Denies ecs:cloudServers:deleteServers on ecs:*:*:instance:prod-*",
        "Allows every action",
    ]
    links = [a["href"] for a in page.attributes("a", class_="by")]
    regions = reverse("policy", args=[made["regions"].pk])
    assert links[3:5] == [f"{regions}?line=4", f"{regions}?line=20"]


def test_the_first_step_that_stops_an_action_is_marked(company, made, administrator):
    spare = make(company, "Again", scp(statement("Deny", "vpc:*:*")))
    attach(company, spare, company.member.pk)

    html = administrator.get(account_page(company, "vpc:vpcs:delete")).text

    page = Page(html)
    root = company.organization.root.name
    assert page.text("div", class_="rung-head") == [
        f"{root} Stops here first",
        "Workloads Passes",
        f"{company.member.name} Would stop too",
    ]
    assert page.text("p", role="status")[-1] == (
        f"vpc:vpcs:delete is denied. The first to stop it is {root}."
    )
    assert page.text("a", class_="by") == [
        "Networks stay, KeepNetworks",
        "FullAccess, statement 1",
        "Again, statement 1",
    ]


def test_a_denial_with_conditions_is_one_that_may_apply(company, made, administrator):
    html = administrator.get(account_page(company, "ecs:cloudServers:deleteServers")).text

    page = Page(html)
    assert page.text("div", class_="rung-head")[1] == "Workloads Depends"
    assert page.text("p", role="status")[-1] == (
        "ecs:cloudServers:deleteServers is allowed, except in the cases below."
    )


def test_a_step_where_nothing_allows_stops_an_action(company, administrator):
    """R-SCP-2, R-SCP-7."""
    switch_on(company)
    only = make(company, "Only storage", scp(statement("Allow", "obs:*:*")))
    attach(company, only, company.member.unit_id)
    Attachment.objects.filter(unit=company.member.unit_id, policy=FULL_ACCESS).delete()

    page = Page(administrator.get(account_page(company, "ecs:servers:list")).text)
    passing = Page(administrator.get(account_page(company, "obs:bucket:list")).text)

    assert page.text("div", class_="rung-head")[1] == "Workloads Stops here first"
    assert "No policy here allows it" in page.text("p", class_="hint")
    assert passing.text("p", role="status")[-1] == "obs:bucket:list is allowed at every step."


def test_an_action_is_followed_as_a_fragment_of_its_own(company, made, administrator):
    part = administrator.get(account_page(company, "ecs:servers:list"), headers=LADDER)

    assert Page(part.text).attributes("section")[0]["id"] == "ladder"
    assert len(Page(part.text).attributes("section")) == 1
    assert "HX-Target" in part["Vary"]


@pytest.mark.parametrize("typed", ["ecs", "ecs:servers", "a:b:c:d", "x" * 300, "\x00:b:c"])
def test_what_is_no_action_is_said_at_the_field(company, made, administrator, typed):
    response = administrator.get(account_page(company), {"tab": "policies", "action": typed})

    page = Page(response.text)
    assert response.status_code == 200
    assert len(page.text("p", class_="wrong")) == 1
    assert page.text("p", role="status")[1:] == [""]


def test_the_management_account_is_bound_by_none(company, made, administrator):
    """R-SCP-3."""
    manager = company.organization.management_account_id
    path = reverse("account", args=[manager]) + "?tab=policies"

    asked = Page(administrator.get(f"{path}&action=vpc:vpcs:delete").text)
    page = Page(administrator.get(path).text)

    assert page.text("p", class_="box-text") == [
        "Service control policies never bind the management account."
    ]
    assert asked.text("p", role="status")[-1] == (
        "vpc:vpcs:delete is allowed. Service control policies never bind the management account."
    )
    assert page.text("div", class_="rung-head") == asked.text("div", class_="rung-head") == []


def test_a_service_without_service_control_policies_is_not_bound(
    company, made, administrator, settings
):
    """R-SCP-4."""
    settings.SERVICES_WITHOUT_SCP = ["ECS"]

    page = Page(administrator.get(account_page(company, "ecs:servers:list")).text)

    assert (
        "This service does not support service control policies."
        in (page.text("p", role="status")[-1])
    )


def test_the_effective_tag_policy_names_the_source_of_each_leaf(company, made, administrator):
    """R-TP-2."""
    page = Page(administrator.get(account_page(company)).text)

    root = company.organization.root.name
    cost, env = page.text("ul", class_="effective")[0].split(" env Written ")
    assert cost == (
        f"Cost Written Cost Cost centres · {root} · @@assign"
        f" Values 100 Cost centres · {root} · @@assign"
        f" 200 Cost centres · {root} · @@assign"
        " 900 More cost centres · Workloads · @@append"
        " 300 taken away More cost centres · Workloads · @@remove"
        " Enforced for Nothing"
    )
    assert env.startswith("env in small letters, as no policy says otherwise Values test")
    assert page.text("ul", class_="ignored") == [
        "@@assign of policy More cost centres on tag_key of cost has no effect: policy Cost centres at"
        f" {root} does not allow it below. More cost centres · Workloads · @@assign"
        " @@assign of policy More cost centres on tag_key of cost has no effect: policy Cost centres at"
        f" {root} does not allow it below. More cost centres · {company.member.name} · @@assign"
    ]


def test_without_a_tag_policy_the_effective_one_is_an_empty_state(company, administrator):
    """R-TP-3."""
    switch_on(company, TAG)

    page = Page(administrator.get(account_page(company)).text)

    assert page.text("section", id="effective-tags") == [
        "Effective tag policy No tag policy reaches this place: tags may be written in any way here."
    ]


def test_a_last_value_taken_away_is_warned_of(company, administrator):
    switch_on(company, TAG)
    some = make(company, "Some", tag_rules(cost={"tag_value": {"@@assign": ["1"]}}), TAG)
    none = make(company, "None", tag_rules(cost={"tag_value": {"@@remove": ["1"]}}), TAG)
    attach(company, some, company.member.unit_id)
    attach(company, none, company.member.pk)

    page = Page(administrator.get(account_page(company)).text)

    assert page.text("p", class_="notice warn") == [
        f"Policy None at {company.member.name} removes the last value of cost. Any value is accepted"
        " now."
    ]


def test_the_tree_counts_policies_that_are_not_built_in(company, made, administrator):
    for path in ("/structure/", account_page(company)):
        page = Page(administrator.get(path).text)
        counts = page.text("span", class_="own-policies")
        assert counts == (["2", "2", "1"] if "accounts" in path else ["2", "2"])
    found = Page(administrator.get("/structure/?name=Workloads").text)
    assert found.text("span", class_="own-policies") == ["2"]
    assert page.text("a", id="tab-policies") == ["Policies 1"]


def test_policies_on_trial_bind_nobody_and_are_not_counted(company, made, administrator):
    """R-DRY-6."""
    attached = Attachment.objects.get(policy=made["regions"])
    made["regions"].is_dry_run = True
    made["regions"].save()

    page = Page(administrator.get(unit_page(company.member.unit_id)).text)

    assert attached.policy.name not in page.text("tbody")[0]
    assert page.text("span", class_="own-policies") == ["2", "1", "1"]


@pytest.mark.parametrize("policies", [0, 1, 5])
@pytest.mark.parametrize("levels", [1, 5])
def test_policies_take_two_statements_more_at_any_depth(
    company, administrator, levels, policies, django_assert_num_queries
):
    unit = company.organization.root
    for number in range(levels):
        unit = UnitFactory(parent=unit, name=f"Level {number}")
    account = AccountFactory(member_of=unit)
    switch_on(company)
    unit.refresh_from_db()
    for number in range(policies):
        kinds = {SCP: scp(statement("Deny", f"ecs:servers{number}:*")), TAG: COST}
        for policy_type, content in kinds.items():
            policy = make(company, f"Policy {number}", content, policy_type)
            if policy_type == TAG or number:
                places = [account.pk, *(step.pk for step in unit.path)]
                attach(company, policy, *places)

    for path, without in {
        reverse("unit", args=[unit.pk]): 7,
        reverse("account", args=[account.pk]): 7,
    }.items():
        with django_assert_num_queries(without):
            administrator.get(path)
        for asked in ("", "&action=ecs:servers1:delete"):
            with django_assert_num_queries(without + 2):
                answer = administrator.get(f"{path}?tab=policies{asked}")
            assert answer.text.count("Detach Policy") == max(0, 2 * policies - 1)
