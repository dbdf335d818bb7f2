"""The tags page: keys, values, what carries them, compliance; page and fragment, filters, links."""

import pytest

from orgs import operations
from orgs.models import PolicyType
from orgs.queries import tag_keys
from tests.console.conftest import signed_in
from tests.console.htmx import targeting
from tests.console.reading import read
from tests.factories import AccountFactory, actor_for
from tests.tag_policies import attach_tag_policy, switch_on, tag_policy_text

LIST = targeting("tags-list")
MORE = targeting("more")


@pytest.fixture
def tagged(company):
    actor = actor_for(company.administrator)
    root, unit = company.organization.root, company.member.unit
    for resource, tags in (
        (root, [("stage", "all")]),
        (unit, [("stage", "test")]),
        (company.member, [("stage", "test"), ("empty", "")]),
    ):
        operations.tags.tag_resource(actor=actor, resource_id=resource.pk, tags=tags)
    return company


def links(response) -> list[str]:
    return [
        a["href"]
        for a in read(response).attributes("a")
        if "tag_key" in a["href"] or "key=" in a["href"]
    ]


def test_tags_lists_keys_with_their_values_and_counts(tagged, administrator):
    response = administrator.get("/tags/")

    page = read(response)
    assert page.text("h1") == ["Tags"]
    assert page.text("h2") == ["Keys in use"]
    assert page.text("th") == ["Key", "Values", "Accounts", "Units", "Root", "Policies"]
    assert [" ".join(row.split()) for row in page.text("tr")[1:]] == [
        "empty Values 1 Accounts 1Units –Root –Policies –",
        "stage Values 2 Accounts 1Units 1Root 1Policies –",
    ]
    assert [a["href"] for a in page.attributes("a", aria_current="page")] == ["/tags/", "/tags/"]


def test_a_count_leads_to_the_list_of_accounts_to_the_tree_or_to_a_list_of_its_own(
    tagged, administrator
):
    assert links(administrator.get("/tags/?search=stage")) == [
        "/tags/values/?key=stage",
        "/tags/values/?key=stage",
        "/accounts/?tag_key=stage",
        "/structure/?tag_key=stage",
        "/tags/resources/?key=stage&kind=root",
    ]
    assert links(administrator.get("/tags/values/?key=stage")) == [
        "/tags/resources/?key=stage&value=all&kind=root",
        "/accounts/?tag_key=stage&tag_value=test",
        "/structure/?tag_key=stage&tag_value=test",
    ]
    # Those two lists cannot be narrowed to a tag without a value.
    assert links(administrator.get("/tags/values/?key=empty")) == [
        "/tags/resources/?key=empty&value=&kind=account"
    ]


def test_what_carries_a_tag_is_listed_with_a_link_to_its_tags(tagged, administrator):
    response = administrator.get("/tags/resources/?key=empty&value=&kind=account")

    page = read(response)
    assert page.text("h2") == ["Accounts with empty and no value"]
    link = f"/structure/accounts/{tagged.member.pk}/?tab=tags"
    assert [a["href"] for a in page.attributes("a") if "tab=tags" in a["href"]] == [link]
    root = administrator.get("/tags/resources/?key=stage&kind=root")
    assert "/structure/?tab=tags" in [a["href"] for a in read(root).attributes("a")]


def test_tags_answers_htmx_with_the_list_and_its_address(tagged, administrator):
    response = administrator.get("/tags/?search=sta&kind=unit", headers=LIST)

    assert "<html" not in response.content.decode()
    assert [" ".join(row.split()) for row in read(response).text("tr")[1:]] == [
        "stage Values 1 Accounts –Units 1Root –Policies –"
    ]
    assert response["HX-Replace-Url"] == "/tags/?search=sta&kind=unit"
    assert "HX-Target" in response["Vary"]


def test_the_next_part_is_lines_alone(tagged, administrator, monkeypatch):
    monkeypatch.setattr(tag_keys, "PART", 1)

    first = administrator.get("/tags/")
    (more,) = [a for a in read(first).attributes("a") if a.get("id") == "show-more"]
    rest = administrator.get(more["href"], headers=MORE)

    assert more["href"] == "/tags/?after=empty"
    assert read(rest).attributes("table") == []
    assert read(rest).text("tr")[0].split()[0] == "stage"
    assert "HX-Replace-Url" not in rest


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/tags/?kind=nonsense", 422),
        ("/tags/?search=" + "x" * 300, 422),
        ("/tags/values/?key=", 200),
        ("/tags/values/?key=%00", 200),
        ("/tags/resources/?key=stage&kind=nonsense", 422),
        ("/tags/compliance/?kind=nonsense", 422),
        ("/tags/compliance/?after=nonsense", 422),
    ],
)
def test_what_no_filter_can_be_is_refused_and_a_tag_that_is_none_is_on_nothing(
    tagged, administrator, address, status
):
    assert administrator.get(address).status_code == status


@pytest.mark.parametrize("name", ["", "values/?key=stage", "resources/?key=stage", "compliance/"])
def test_the_pages_of_tags_are_for_those_who_see_the_structure(tagged, name):
    assert signed_in(tagged.member_user).get(f"/tags/{name}").status_code == 403
    assert signed_in(tagged.reader).get(f"/tags/{name}").status_code == 200


def test_compliance_says_what_is_wrong_and_leads_to_the_tags(tagged, administrator, run_jobs):
    actor = actor_for(tagged.administrator)
    switch_on(actor, run_jobs, PolicyType.TAG_POLICY)
    text = tag_policy_text("Stage", values=["live"], enforced_for=["organizations:ou"])
    attach_tag_policy(actor, tagged.organization.root.pk, text)

    page = read(administrator.get("/tags/compliance/"))
    unit = read(administrator.get("/tags/compliance/?kind=unit"))

    assert page.text("p", role="status") == ["1 of 1 judged resource breaks a policy"]
    assert [" ".join(one.split()) for one in page.text("li") if "The tag" in one] == [
        'The tag key "stage" must be written "Stage". Not enforced',
        'The tag stage cannot have the value "test". Allowed: live. Not enforced',
    ]
    assert page.text("a", href=f"/structure/accounts/{tagged.member.pk}/?tab=tags") == [
        tagged.member.name,
        f"Mend the tags of {tagged.member.name}",
    ]
    assert [one.split()[-1] for one in unit.text("li") if "The tag" in one] == ["Enforced"] * 2


def test_compliance_says_why_nothing_is_judged(tagged, administrator, run_jobs):
    def said() -> list[str]:
        page = read(administrator.get("/tags/compliance/"))
        return [text for text in page.text("div", role="status") if text]  # beside the toasts

    assert said() == [
        "Tag policies are not switched on, so nothing is judged. Switch them on under Policies."
    ]
    actor = actor_for(tagged.administrator)
    switch_on(actor, run_jobs, PolicyType.TAG_POLICY)
    assert said() == ["No tag policy is attached anywhere, so nothing is judged."]
    attach_tag_policy(actor, tagged.organization.root.pk, tag_policy_text("other"))
    assert said() == ["Nothing of this kind has a tag that a policy names."]


@pytest.mark.parametrize("number", [1, 40])
def test_the_pages_take_the_same_statements_at_any_size(
    company, administrator, number, django_assert_num_queries, run_jobs
):
    actor = actor_for(company.administrator)
    switch_on(actor, run_jobs, PolicyType.TAG_POLICY)
    attach_tag_policy(actor, company.organization.root.pk, tag_policy_text("Stage"))
    for place in range(number):
        account = AccountFactory(member_of=company.member.unit)
        tags = [("stage", f"value-{place}"), (f"key-{place}", "")]
        operations.tags.tag_resource(actor=actor, resource_id=account.pk, tags=tags)

    # session, user; organization, grants; the part; what the navigation counts
    for address, statements in (
        ("/tags/", 6),
        ("/tags/values/?key=stage", 6),
        ("/tags/resources/?key=stage&kind=account", 6),
        ("/tags/compliance/", 11),
    ):
        with django_assert_num_queries(statements):
            administrator.get(address)
