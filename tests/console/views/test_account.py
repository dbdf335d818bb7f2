from datetime import timedelta

import pytest
from django.utils import timezone

from orgs.models import Account, Event, Role, Tag
from tests.console.conftest import HTMX, signed_in
from tests.console.guardrails import (
    FULL_ACCESS,
    attach,
    guard,
    make,
    scp,
    statement,
    switch_on,
)
from tests.console.reading import Page
from tests.factories import AccountFactory, UnitFactory, make_administrator


def test_r_con_1_a_member_is_told_what_every_member_may_know_and_offered_no_more(company):
    UnitFactory(parent=company.organization.root, name="Hidden")
    AccountFactory(member_of=company.organization.root, name="hidden-account")

    response = signed_in(company.member_user).get("/account/")

    page = Page(response.text)
    assert page.text("h1") == [company.member.name]
    codes = page.text("code")
    management = company.organization.management_account
    assert codes == [
        company.member.pk,
        management.pk,
        company.organization.pk,
        f"organizations::{management.pk}:organization:{company.organization.pk}",
    ]
    assert "Hidden" not in response.text
    assert "hidden-account" not in response.text
    assert page.text("nav") == ["Activity My account Settings Invitations"]


def test_r_org_7_a_member_sees_its_own_path_and_its_tags(company):
    inner = UnitFactory(parent=company.member.unit, name="Inner")
    UnitFactory(parent=inner, name="Below")
    Account.objects.filter(pk=company.member.pk).update(unit=inner)
    Tag.objects.create(
        organization=company.organization, account=company.member, key="team", value="blue"
    )
    Tag.objects.create(organization=company.organization, unit=inner, key="unit-tag", value="x")

    response = signed_in(company.member_user).get("/account/")

    page = Page(response.text)
    assert page.text("ol", class_="crumbs own-path") == ["RootWorkloadsInner"]
    assert page.text("ul", class_="tags bare") == ["teamblue"]
    assert "Below" not in response.text
    assert "unit-tag" not in response.text


def test_my_account_takes_the_same_statements_at_any_depth(company, django_assert_num_queries):
    client = signed_in(company.member_user)
    unit = company.member.unit
    for _depth in range(2):
        # session, user; account with its path, grants, tags; types, attachments; open invitations
        with django_assert_num_queries(8):
            client.get("/account/")
        unit = UnitFactory(parent=unit, name="Inner")
        Account.objects.filter(pk=company.member.pk).update(unit=unit)


def test_my_account_of_a_manager_offers_no_way_out(company):
    page = Page(signed_in(company.administrator).get("/account/").text)

    assert page.attributes("a", href="/leave/") == []
    assert "guardrails never bind the management account" in page.text("section")[0]


def test_my_account_says_what_is_denied_and_names_no_policy_and_no_place(company):
    """R-ORG-7: tree and policies stay hidden from a member; what binds it does not."""
    guard(company)
    attach(company, make(company, "Own", scp(statement("Deny", "obs:*:*"))), company.member.pk)

    response = signed_in(company.member_user).get("/account/")

    page = Page(response.text)
    (bound,) = page.text("section", aria_labelledby="guardrails")
    assert bound == (
        "What binds your account Denied to everybody in your account"
        " Denies vpc:vpcs:delete Set for your account and others"
        " Denies ecs:*:*, evs:*:*, where g:RequestedRegion is not “eu-west-101” or “cn-north-4”"
        " Set for your account and others"
        " Denies ecs:cloudServers:deleteServers on ecs:*:*:instance:prod-*"
        " Set for your account and others"
        " Denies obs:*:* Set for your account alone"
        " How tags have to be written"
        " Cost Values: 100, 200, 900 Enforced for: Nothing"
        " env Values: test, prod Enforced for: Nothing"
        " The managing account sets these limits and can change them at any time. They grant nothing:"
        " users of your account need the rights there as well."
    )
    for hidden in (
        "Networks stay",
        "Two regions only",
        "Cost centres",
        "RegionsOnly",
        "/policies/",
    ):
        assert hidden not in response.text
    assert page.text("a").count("Show policies") == 0


def test_my_account_says_what_alone_is_left_to_it(company):
    guard(company)
    only = make(company, "Only", scp(statement("Allow", "obs:*:*", "organizations:*:*")))
    attach(company, only, company.member.pk)
    company.member.attachments.filter(policy=FULL_ACCESS).delete()

    page = Page(signed_in(company.member_user).get("/account/").text)

    assert (
        "Nothing is possible but this, set for your account alone Allows obs:*:*, organizations:*:*"
        in page.text("section", aria_labelledby="guardrails")[0]
    )


def test_my_account_without_guardrails_says_so(company):
    for act in (lambda: None, lambda: switch_on(company)):
        act()
        page = Page(signed_in(company.member_user).get("/account/").text)
        assert page.text("section", aria_labelledby="guardrails") == [
            "What binds your account No guardrail takes anything away from your account."
        ]


def test_tag_rules_count_for_the_management_account_too(company):
    """R-SCP-3 is about service control policies alone."""
    guard(company)

    page = Page(signed_in(company.administrator).get("/account/").text)

    (bound,) = page.text("section", aria_labelledby="guardrails")
    assert "never bind the management account; tag rules count" in bound
    assert "Denied to everybody" not in bound
    assert "Cost Values: 100, 200, 300" in bound
    assert page.text("a").count("Show policies") == 1


def test_my_account_comes_as_a_fragment(company):
    response = signed_in(company.member_user).get("/account/", headers=HTMX)

    assert response.status_code == 200
    assert "<html" not in response.text
    assert Page(response.text).text("h1") == [company.member.name]


def test_my_account_offers_the_structure_to_who_may_see_it(company):
    page = Page(signed_in(company.reader).get("/account/").text)

    sides = "Overview Structure 3 Accounts 2 Policies Simulator Services Tags Rights"
    sides += " Activity Quotas My account Settings"
    assert page.text("nav") == [sides]


def test_my_account_of_an_account_that_stands_alone_is_the_first_page(db):
    user = make_administrator(AccountFactory())

    assert signed_in(user).get("/account/")["Location"] == "/organization/new/"


def leaves(company, **facts):
    """A member that could leave, but for the facts; somebody of it at the console."""
    grown_up = {"created_at": timezone.now() - timedelta(days=30)}
    Account.objects.filter(pk=company.member.pk).update(**grown_up | facts)
    return signed_in(company.member_user)


def test_leave_shows_what_it_means_and_asks_for_the_name(company):
    page = Page(leaves(company).get("/leave/").text)

    assert page.text("h1") == [f"Leave {company.organization.name}"]
    (ready, meaning) = page.text("ul", class_="lines")
    assert ready.startswith("Nothing stands in the way")
    management = company.organization.management_account.name
    assert f"{management} can still enter the account." in meaning
    assert "All tags that the account has in this organization are deleted." in meaning
    assert page.text("button", class_="danger") == ["Leave the organization"]


def test_leave_with_the_name_typed_in_ends_the_membership(company):
    client = leaves(company)

    response = client.post("/leave/", {"account_name": company.member.name}, follow=True)

    assert response.redirect_chain == [("/", 302), ("/organization/new/", 302)]
    assert Page(response.text).text("div", class_="toast") == ["Your account stands alone now."]
    company.member.refresh_from_db()
    assert company.member.stands_alone


@pytest.mark.parametrize("typed", ["", "another", "ACCOUNT", " "])
def test_leave_with_another_name_changes_nothing(company, typed):
    client = leaves(company)
    before = Event.objects.count()

    response = client.post("/leave/", {"account_name": typed})

    assert response.status_code == 422
    assert (
        Page(response.text).attributes("input", id="id_account_name")[0]["aria-invalid"] == "true"
    )
    company.member.refresh_from_db()
    assert not company.member.stands_alone
    assert Event.objects.count() == before


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (
            {"is_resource_account": True},
            ["Your account was created by the organization and is not a full account yet."],
        ),
        ({"created_at": timezone.now()}, ["Your account is too young."]),
        (
            {"is_resource_account": True, "created_at": timezone.now()},
            [
                "Your account was created by the organization and is not a full account yet.",
                "Your account is too young.",
            ],
        ),
    ],
)
def test_leave_tells_every_blocker_and_what_to_do(company, facts, told):
    page = Page(leaves(company, **facts).get("/leave/").text)

    (blockers, _meaning) = page.text("ul", class_="lines")
    assert [sentence in blockers for sentence in told] == [True] * len(told)
    assert len(page.attributes("svg", class_="icon bad")) == len(told)
    assert page.attributes("form", action="/leave/") == []


def test_leave_tells_the_manager_and_a_reader_why_not(company):
    page = Page(signed_in(company.administrator).get("/leave/").text)
    assert "Your account manages the organization." in page.text("ul", class_="lines")[0]
    leaves(company)
    reader = make_administrator(company.member, role=Role.READER)
    page = Page(signed_in(reader).get("/leave/").text)
    assert "You are signed in as a reader." in page.text("ul", class_="lines")[0]
    assert page.attributes("form", action="/leave/") == []


def test_leave_refuses_a_reader_who_sends_the_form_anyway(company):
    leaves(company)
    reader = make_administrator(company.member, role=Role.READER)

    response = signed_in(reader).post("/leave/", {"account_name": company.member.name})

    assert response.status_code == 403
    company.member.refresh_from_db()
    assert not company.member.stands_alone


def test_leave_is_nothing_for_an_account_that_stands_alone(db):
    assert signed_in(make_administrator(AccountFactory())).get("/leave/")["Location"] == "/"
