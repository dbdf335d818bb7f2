"""The tree narrowed to what is looked for."""

from urllib.parse import parse_qs, urlsplit

import pytest

from orgs.models import AccountStatus, JoinMethod, User
from orgs.operations.tags import tag_resource
from tests.console.conftest import HTMX, signed_in
from tests.console.growing import grow
from tests.console.reading import Page, tree_of
from tests.factories import AccountFactory, UnitFactory, actor_for, make_organization

SEARCH = HTMX | {"HX-Target": "tree", "HX-Trigger": "tree-search"}


@pytest.fixture
def tree(company):
    """Workloads holds Data (lake, log) and a member; Legal holds contracts."""
    workloads = company.member.unit
    data = UnitFactory(parent=workloads, name="Data")
    lake = AccountFactory(member_of=data, name="Data-Lake", status=AccountStatus.SUSPENDED)
    log = AccountFactory(member_of=data, name="log", join_method=JoinMethod.INVITED)
    legal = UnitFactory(parent=company.organization.root, name="Legal")
    contracts = AccountFactory(member_of=legal, name="contracts")
    actor = actor_for(company.administrator)
    tag_resource(actor=actor, resource_id=legal.pk, tags=[("cost", "7")])
    tag_resource(actor=actor, resource_id=log.pk, tags=[("cost", "8")])
    return {"data": data, "lake": lake, "log": log, "legal": legal, "contracts": contracts}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"name": "dAtA"}, ["root", "  Workloads", "    Data", "      Data-Lake"]),
        ({"name": "legal"}, ["root", "  Legal"]),
        ({"tag_key": "cost"}, ["root", "  Legal", "  Workloads", "    Data", "      log"]),
        ({"tag_value": "7"}, ["root", "  Legal"]),
        ({"status": "suspended"}, ["root", "  Workloads", "    Data", "      Data-Lake"]),
        ({"join_method": "invited", "name": "l"}, ["root", "  Workloads", "    Data", "      log"]),
        ({"name": "data", "status": "active"}, []),
        ({"name": "root"}, []),
    ],
    ids=str,
)
def test_search_keeps_the_units_above_what_matches(company, administrator, tree, wanted, found):
    for headers in ({}, SEARCH):
        text = administrator.get("/structure/", wanted, headers=headers).text

        assert tree_of(text) == found
        if not found:
            assert "Nothing here matches." in text
    assert list(Page(text).attributes("li", tabindex="0")) == Page(text).attributes("li")[:1]


def test_search_by_the_whole_id_finds_the_one(company, administrator, tree):
    for one, found in {
        tree["contracts"].pk: ["root", "  Legal", "    contracts"],
        tree["data"].pk: ["root", "  Workloads", "    Data"],
    }.items():
        assert tree_of(administrator.get("/structure/", {"name": one}).text) == found


def test_what_was_found_can_be_opened_and_what_leads_to_it_is_open(company, administrator, tree):
    page = Page(administrator.get("/structure/", {"name": "data"}).text)

    rows = {li["id"].removeprefix("node-"): li for li in page.attributes("li", role="treeitem")}
    assert rows[tree["data"].pk]["aria-expanded"] == "true"
    page = Page(administrator.get("/structure/", {"name": "legal"}).text)
    rows = {li["id"].removeprefix("node-"): li for li in page.attributes("li", role="treeitem")}
    assert rows[tree["legal"].pk]["aria-expanded"] == "false"
    assert len(page.attributes("div", class_="row found")) == 1


def test_search_stays_in_the_address(company, administrator, tree):
    path = f"/structure/units/{tree['legal'].pk}/"

    response = administrator.get(f"{path}?name=x&name=data&tab=tags&open=y", headers=SEARCH)

    url = urlsplit(response["HX-Replace-Url"])
    assert (url.path, parse_qs(url.query)) == (path, {"name": ["data"], "tab": ["tags"]})
    page = Page(administrator.get("/structure/", {"name": "data"}).text)
    names = [a["href"] for a in page.attributes("a", class_="name")]
    assert all(href.endswith("/?name=data") for href in names)
    assert page.attributes("input", id="id_tree_name")[0]["value"] == "data"
    assert f"/structure/accounts/{tree['lake'].pk}/?name=data" in names


def test_search_says_how_much_it_found_and_where_the_rest_is(company, administrator):
    for number in range(120):
        AccountFactory(member_of=company.member.unit, name=f"many-{number:03}")

    page = Page(administrator.get("/structure/", {"name": "many", "status": "active"}).text)

    (said,) = page.text("p", class_="tree-status")
    assert said == "120 matches · the first 100 are shown · As a list"
    assert len(page.attributes("li", data_kind="account")) == 100
    (link,) = [a for a in page.attributes("a") if a["href"].startswith("/accounts/?")]
    assert link["href"] == "/accounts/?name=many&status=active"


def test_a_filter_that_is_none_is_said_and_narrows_nothing(company, administrator):
    for wanted, field in (({"status": "asleep"}, "Status: "), ({"name": "a\0"}, "Name or id: ")):
        page = Page(administrator.get("/structure/", wanted).text)

        (said,) = page.text("p", class_="notice bad")
        assert said.startswith(field)
        assert len(page.attributes("li", role="treeitem")) == 3


def test_search_sees_nothing_of_another_organization(company, administrator):
    other, _actor = make_organization()
    unit = UnitFactory(parent=other.root, name="Elsewhere")
    AccountFactory(member_of=unit, name="elsewhere-account")

    assert tree_of(administrator.get("/structure/", {"name": "elsewhere"}).text) == []
    assert tree_of(administrator.get("/structure/", {"name": unit.pk}).text) == []


def test_who_may_not_see_the_structure_may_not_search_it(company):
    response = signed_in(company.member_user).get("/structure/", {"name": "a"})

    assert response.status_code == 403


@pytest.mark.parametrize(("units", "accounts"), [(5, 20), (400, 3_000)])
def test_search_takes_the_same_statements_at_any_size(
    db, units, accounts, django_assert_num_queries
):
    organization, actor = make_organization()
    grow(organization, units=units, accounts=accounts)
    client = signed_in(User.objects.get(pk=actor.user_id))

    # session, user; organization, grants, units, accounts
    wanted = {"name": "0", "status": "", "tag_key": ""}
    # and with the page: what is in the panel (place, grants, units, accounts, tags), sizes
    for headers, statements in ((SEARCH, 6), ({}, 12)):
        with django_assert_num_queries(statements):
            assert client.get("/structure/", wanted, headers=headers).status_code == 200
