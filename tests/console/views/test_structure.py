import pytest
from django.urls import reverse

from orgs.models import AccountStatus, Organization, User
from orgs.operations.tags import tag_resource
from tests.console.conftest import HTMX, signed_in
from tests.console.growing import grow
from tests.console.htmx import targeting
from tests.console.reading import Page, tree_of
from tests.factories import AccountFactory, UnitFactory, actor_for, make_organization

PANEL = targeting("detail")
TREE = targeting("tree")


def unit_page(unit) -> str:
    return reverse("unit", args=[unit.pk])


def test_structure_shows_the_root_and_what_is_at_its_top(company, administrator):
    response = administrator.get("/structure/")

    management = company.organization.management_account.name
    assert tree_of(response.text) == ["root", "  Workloads", f"  {management}"]
    page = Page(response.text)
    assert page.text("h1") == ["root"]
    (current,) = page.attributes("li", aria_current="page", role="treeitem")
    assert [current["data-kind"], current["tabindex"]] == ["root", "0"]
    assert page.text("dd")[2:4] == ["2 1 direct", "1 1 direct"]
    counts = [said for said in page.text("a", aria_current="page") if said.startswith("Contents")]
    assert counts == ["Contents 2"]


def test_unit_shows_the_units_above_open_and_its_own_children(company, administrator):
    production = UnitFactory(parent=company.member.unit, name="Production")
    UnitFactory(parent=production, name="Payments")
    UnitFactory(parent=company.organization.root, name="Sandbox")

    response = administrator.get(unit_page(production))

    assert tree_of(response.text) == [
        "root",
        "  Sandbox",
        "  Workloads",
        "    Production",
        "      Payments",
        f"    {company.member.name}",
        f"  {company.organization.management_account.name}",
    ]
    page = Page(response.text)
    (path,) = page.text("nav", aria_label="Path")
    assert path == "rootWorkloads Production"
    states = {
        i["id"].removeprefix("node-"): i.get("aria-expanded")
        for i in page.attributes("li", role="treeitem")
    }
    assert states[production.pk] == "true"
    assert states[company.member.pk] is None
    details = Page(administrator.get(unit_page(production), {"tab": "details"}).text)
    assert f":ou:{company.organization.pk}/{production.pk}" in details.text("code")[-1]


def test_unit_answers_a_page_a_panel_or_a_tree(company, administrator):
    path = unit_page(company.member.unit)

    page = administrator.get(path)
    panel = administrator.get(path, headers=PANEL)
    tree = administrator.get(path, headers=TREE)

    assert "<html" in page.text
    assert "<html" not in panel.text + tree.text
    assert [a["id"] for a in Page(panel.text).attributes("div", id="detail")] == ["detail"]
    assert Page(panel.text).text("title") == ["Workloads · Banyan"]
    assert Page(panel.text).text("h1") == ["Workloads"]
    assert tree_of(panel.text) == []
    assert tree_of(tree.text) == tree_of(page.text)
    assert "HX-Request" in page["Vary"]
    assert "HX-Target" in panel["Vary"]


@pytest.mark.parametrize(
    "headers", [HTMX | {"HX-Boosted": "true"}, HTMX | {"HX-History-Restore-Request": "true"}]
)
def test_unit_answers_the_whole_page_when_that_is_what_htmx_wants(company, administrator, headers):
    assert "<html" in administrator.get(unit_page(company.member.unit), headers=headers).text


def test_r_con_3_an_account_shows_its_facts(company, administrator):
    account = AccountFactory(
        member_of=company.member.unit,
        name="payments-live",
        description="Takes the money",
        email="pay@example.com",
        status=AccountStatus.PENDING_CLOSURE,
    )
    tag_resource(
        actor=actor_for(company.administrator),
        resource_id=account.pk,
        tags=[("owner", "team-7"), ("secret", "")],
    )

    for headers in ({}, PANEL):
        response = administrator.get(f"/structure/accounts/{account.pk}/", headers=headers)

        page = Page(response.text)
        assert page.text("h1") == ["payments-live"]
        assert page.text("ul", class_="tags") == ["ownerteam-7secret"]
        assert "Being closed" in page.text("span", class_="badge warn")
        assert "Takes the money" in page.text("p", class_="lead")
        assert "pay@example.com" in page.text("dd")
        assert page.text("nav", aria_label="Path") == ["rootWorkloads payments-live"]


def test_an_organization_without_units_says_what_they_are_for(db):
    _organization, actor = make_organization()

    text = signed_in(User.objects.get(pk=actor.user_id)).get("/structure/").text

    assert "There are no organizational units yet." in text


def test_a_unit_without_children_says_so(company, administrator):
    unit = UnitFactory(parent=company.organization.root)

    page = Page(administrator.get(unit_page(unit)).text)

    assert page.text("div", class_="empty") == ["Neither units nor accounts are in here yet."]
    page = Page(administrator.get(unit_page(unit), {"tab": "tags"}).text)
    assert page.text("div", class_="empty") == [
        "No tags yet. A tag is a key with a value, for finding things and for tag policies."
    ]


def test_children_come_in_parts_by_links_that_work_without_javascript(company, administrator):
    names = [f"part-{number:03}" for number in range(120)]
    for name in names:
        AccountFactory(member_of=company.member.unit, name=name)
    unit = company.member.unit
    expected = sorted([*names, company.member.name])
    found, path = [], unit_page(unit)

    while path:
        page = Page(administrator.get(path).text)
        rows = page.text("table", class_="list")
        assert len(rows) == 1
        found += [
            text
            for text, link in zip(page.text("a"), page.attributes("a"), strict=True)
            if link.get("hx-target") == "#detail"
            and str(link["href"]).startswith("/structure/accounts/")
            and "id" not in link
        ]
        more = [a for a in page.attributes("a") if str(a.get("id")).startswith("more-" + unit.pk)]
        path = more[0]["href"] if more else None

    assert found == expected


def test_children_say_how_many_are_left_and_where_they_stand(company, administrator):
    for number in range(129):
        AccountFactory(member_of=company.member.unit, name=f"part-{number:03}")
    path = reverse("unit_children", args=[company.member.unit_id])

    first = administrator.get(path, headers=HTMX)
    page = Page(first.text)
    (more,) = [a for a in page.attributes("a") if str(a.get("id")).startswith("more-")]
    second = Page(administrator.get(more["href"], headers=HTMX).text)

    assert "<html" not in first.text
    items = page.attributes("li", role="treeitem")
    assert len(items) == 51
    assert {(item["aria-setsize"], item["aria-level"]) for item in items[:50]} == {("130", "3")}
    assert tree_of(first.text)[-1] == "    Show 50 more of 80"
    assert [i["aria-posinset"] for i in second.attributes("li", data_kind="account")] == [
        str(number) for number in range(51, 101)
    ]
    assert second.text("li", class_="more") == ["Show 30 more of 30"]
    # A group of its own, and nothing beside it.
    assert second.elements[0] == ("ul", {"role": "group"})


def test_children_show_as_a_page_where_the_part_stands(company, administrator):
    for number in range(70):
        AccountFactory(member_of=company.member.unit, name=f"part-{number:03}")
    path = reverse("unit_children", args=[company.member.unit_id])
    more = [a for a in Page(administrator.get(path).text).attributes("a") if "after=" in a["href"]]

    for headers in ({}, PANEL):
        page = Page(administrator.get(more[0]["href"], headers=headers).text)

        assert "51 to 71 of 71" in page.text("p")
        assert page.text("h1") == ["Workloads"]


def test_a_part_whose_rest_went_away_leads_back_to_the_beginning(company, administrator):
    path = reverse("unit_children", args=[company.member.unit_id])

    page = Page(administrator.get(path, {"after": f"account:{'z' * 32}:zzz"}).text)

    assert page.text("p", class_="empty")[0] == (
        "Nothing follows here any more. Show from the beginning"
    )


HOSTILE = """it's "quoted" & <script>alert(1)</script> {{ 7|add:7 }} ' onload='x"""


def test_hostile_texts_stay_texts(company, administrator):
    organization = company.organization
    Organization.objects.filter(pk=organization.pk).update(name=HOSTILE[:64])
    unit = UnitFactory(parent=organization.root, name=HOSTILE[:64])
    account = AccountFactory(member_of=unit, description=HOSTILE)
    account.tags.create(organization=organization, key=HOSTILE, value=HOSTILE)

    for path in (unit_page(unit), f"/structure/accounts/{account.pk}/", "/account/"):
        for headers in ({}, PANEL):
            response = administrator.get(path, headers=headers)

            page = Page(response.text)
            assert response.status_code == 200
            scripts = page.attributes("script")
            assert all(script.get("src") and not script.get("onload") for script in scripts)
            assert page.text("script") == [""] * len(scripts)
            for _tag, attributes in page.elements:
                assert not any(name.startswith("on") or name == "style" for name in attributes)
    page = Page(administrator.get(f"/structure/accounts/{account.pk}/").text)
    assert page.text("p", class_="lead") == [HOSTILE]
    assert page.text("ul", class_="tags") == [HOSTILE + HOSTILE]
    assert page.text("span", class_="side-name") == [HOSTILE[:64].strip()]


@pytest.mark.parametrize(("units", "accounts"), [(5, 20), (400, 3_000)])
def test_the_page_takes_the_same_statements_at_any_size(
    db, units, accounts, django_assert_num_queries
):
    organization, actor = make_organization()
    grow(organization, units=units, accounts=accounts)
    client = signed_in(User.objects.get(pk=actor.user_id))
    unit = organization.units.order_by("-level", "-name_key").first()
    account = organization.accounts.filter(unit=unit).order_by("-name_key").first()
    root = organization.root
    # session, user, grants; place, units, accounts, tags
    pages = {
        "/structure/": 7,
        unit_page(unit): 7,
        reverse("unit_children", args=[root.pk]): 7,
        f"/structure/accounts/{account.pk}/": 7,
    }

    for headers in ({}, PANEL, TREE):
        for path, most in pages.items():
            alone = headers is PANEL and "accounts" in path  # an account's panel needs no rows
            with django_assert_num_queries(most - 2 * alone):
                assert client.get(path, headers=headers).status_code == 200
    with django_assert_num_queries(6):
        client.get(reverse("unit_children", args=[root.pk]), headers=HTMX)
