"""The sides of the panel: each with its address, and only what it needs."""

import pytest

from orgs.models import User
from orgs.operations.tags import tag_resource
from tests.console.conftest import signed_in
from tests.console.growing import grow
from tests.console.htmx import targeting
from tests.console.reading import Page
from tests.factories import AccountFactory, actor_for, make_organization

PANEL = targeting("detail")


def sides(page: Page) -> dict[str, bool]:
    """The tabs, and whether each is the one that is shown."""
    links = zip(page.attributes("a"), page.text("a"), strict=True)
    return {
        text: link.get("aria-current") == "page"
        for link, text in links
        if str(link.get("id", "")).startswith("tab-")
    }


def test_a_unit_has_its_contents_policies_tags_details_and_activity(company, administrator):
    actor = actor_for(company.administrator)
    tag_resource(actor=actor, resource_id=company.member.unit_id, tags=[("cost", "1")])
    path = f"/structure/units/{company.member.unit_id}/"
    shown = {
        "": ("Contents 1", "Directly in here"),
        "contents": ("Contents 1", "Directly in here"),
        "policies": ("Policies", "Effective tag policy"),
        "tags": ("Tags 1", "Tags"),
        "details": ("Details", "Details"),
        "activity": ("Activity", "Activity"),
        "nonsense": ("Contents 1", "Directly in here"),
    }

    for headers in ({}, PANEL):
        for tab, (name, heading) in shown.items():
            page = Page(administrator.get(path, {"tab": tab}, headers=headers).text)

            everything = sides(page)
            assert list(everything) == ["Contents 1", "Policies", "Tags 1", "Details", "Activity"]
            assert [side for side, is_shown in everything.items() if is_shown] == [name]
            assert heading in page.text("h2")


def test_an_account_has_details_policies_tags_and_activity(company, administrator):
    path = f"/structure/accounts/{company.member.pk}/"

    page = Page(administrator.get(path).text)

    assert sides(page) == {
        "Details": True,
        "Policies": False,
        "Tags 0": False,
        "Activity": False,
    }


def test_the_activity_of_a_place_is_its_own(company, administrator):
    actor = actor_for(company.administrator)
    other = AccountFactory(member_of=company.member.unit)
    tag_resource(actor=actor, resource_id=company.member.pk, tags=[("cost", "1")])
    tag_resource(actor=actor, resource_id=other.pk, tags=[("cost", "2")])
    path = f"/structure/accounts/{company.member.pk}/"

    page = Page(administrator.get(path, {"tab": "activity"}).text)

    assert page.text("ins") == ["1"]
    (link,) = [a for a in page.attributes("a") if a.get("href", "").startswith("/activity/?entity")]
    assert link["href"] == f"/activity/?entity={company.member.pk}"


def test_the_address_of_a_tab_keeps_the_search(company, administrator):
    page = Page(administrator.get("/structure/", {"name": "work", "tab": "tags"}).text)

    links = {a["id"]: a["href"] for a in page.attributes("a") if str(a.get("id")).startswith("tab")}
    assert links["tab-contents"] == "/structure/?name=work"
    assert links["tab-details"] == "/structure/?name=work&tab=details"


@pytest.mark.parametrize(("units", "accounts"), [(5, 20), (400, 3_000)])
def test_a_tab_takes_the_same_statements_at_any_size(
    db, units, accounts, django_assert_num_queries
):
    organization, actor = make_organization()
    grow(organization, units=units, accounts=accounts)
    client = signed_in(User.objects.get(pk=actor.user_id))

    # session, user, grants; place, units, accounts, tags
    for tab, most in {"contents": 7, "tags": 7, "details": 7, "activity": 11}.items():
        with django_assert_num_queries(most):
            assert client.get("/structure/", {"tab": tab}).status_code == 200
