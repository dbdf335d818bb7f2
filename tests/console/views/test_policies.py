"""The pages of policies: their lists, who sees them, and what they cost."""

import re

import pytest

from orgs.operations.attachments import attach_policy
from orgs.operations.policies import create_policy, update_policy
from orgs.queries import policy_list
from tests.console.conftest import signed_in
from tests.console.htmx import DIALOG, targeting
from tests.console.reading import read
from tests.console.views.policy_pages import DENY, DENY_MORE, SCP, page_of, switch_on
from tests.factories import AccountFactory


def test_the_navigation_leads_to_the_policies(company, administrator):
    page = read(administrator.get("/policies/"))

    (link,) = page.attributes("a", href="/policies/", aria_current="page")[:1]
    assert link["href"] == "/policies/"
    assert page.text("h1") == ["Policies"]
    assert page.text("title") == ["Service control policies · Banyan"]
    assert read(signed_in(company.member_user).get("/")).attributes("a", href="/policies/") == []


@pytest.mark.parametrize(
    "path",
    ["/policies/", "/policies/new/", "/policies/actions/", "/policies/p-FullAccess/"],
)
def test_a_member_gets_the_designed_refusal(company, path):
    for headers in ({}, DIALOG):
        answer = signed_in(company.member_user).get(path, headers=headers)
        assert answer.status_code == 403
        assert "policies" not in read(answer).text("title")


def test_readers_see_everything_and_are_told_why_they_change_nothing(company, scp, manager, root):
    attach_policy(actor=manager, policy_id=scp.pk, entity_id=root.pk)
    client = signed_in(company.reader)
    told = "You are signed in as a reader; administrators can change policies."

    for path in (
        "/policies/",
        page_of(scp),
        page_of(scp, "?tab=targets"),
        page_of(scp, "?tab=details"),
        page_of(scp, "attach/"),
        page_of(scp, "delete/"),
        page_of(scp, "describe/"),
        page_of(scp, f"detach/{root.pk}/"),
        "/policies/new/",
        "/policies/types/service_control_policy/disable/",
    ):
        assert told in client.get(path).text, path
    page = read(client.get(page_of(scp)))
    assert [field["readonly"] for field in page.attributes("textarea", id="id_document")] == [None]
    assert page.attributes("button", id="save-policy") == []
    answer = client.post(page_of(scp, "save/"), {"document": DENY_MORE, "version": "1"})
    assert answer.status_code == 403
    scp.refresh_from_db()
    assert scp.content == DENY


def test_the_list_is_searched_and_comes_in_parts(administrator, manager, root, monkeypatch):
    monkeypatch.setattr(policy_list, "PART", 2)
    switch_on(manager, root)
    for name in ("a", "b", "c"):
        create_policy(actor=manager, name=name, policy_type=SCP, content=DENY)

    page = read(administrator.get("/policies/"))
    (more,) = page.attributes("a", id="show-more")
    part = administrator.get(more["hx-get"], headers=targeting("more"))
    assert "HX-Replace-Url" not in part
    assert re.findall(r">(c|FullAccess)</a>", part.text) == ["c", "FullAccess"]
    assert "Built in" in part.text

    found = administrator.get("/policies/?name=FULL", headers=targeting("policies"))
    assert found["HX-Replace-Url"] == "/policies/?name=FULL"
    assert found.text.lstrip().startswith('<div id="policies"')
    assert "Policies that match" in found.text
    assert "No policy matches" in administrator.get("/policies/?name=nothing").text
    assert administrator.get("/policies/?type=nonsense").status_code == 422
    assert administrator.get("/policies/?after=nonsense").status_code == 422
    empty = administrator.get("/policies/?type=tag_policy").text
    assert "They can be created once this type is switched on." in empty


@pytest.mark.parametrize("policies", [2, 40])
def test_the_pages_take_the_same_statements_at_any_size(
    administrator, manager, scp, policies, django_assert_num_queries
):
    root = scp.organization.root
    for number in range(policies):
        create_policy(actor=manager, name=f"p{number}", policy_type=SCP, content=DENY)
        update_policy(actor=manager, policy_id=scp.pk, content=DENY + " " * (number + 1))
        AccountFactory(member_of=root)
    attach_policy(actor=manager, policy_id=scp.pk, entity_id=root.pk)
    administrator.get("/policies/")

    # Session, user with its role, and what the navigation counts; then the types and their policies.
    with django_assert_num_queries(7):
        administrator.get("/policies/")
    for tab, statements in {
        "document": 7,
        "versions": 8,
        "targets": 8,
        "tags": 7,
        "details": 7,
        "activity": 11,
    }.items():
        with django_assert_num_queries(statements):
            administrator.get(page_of(scp), {"tab": tab})
