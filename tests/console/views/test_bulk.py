"""Several things at once: ticked, moved, tagged; all of them or none."""

import pytest

from orgs.models import Account, Event
from orgs.operations.tags import tag_resource
from tests.console.conftest import signed_in
from tests.console.htmx import DIALOG
from tests.console.reading import Page
from tests.digest import digest_of_database
from tests.factories import AccountFactory, UnitFactory, actor_for, make_organization


@pytest.fixture
def accounts(company):
    return [AccountFactory(member_of=company.member.unit, name=f"team-{n:02}") for n in range(20)]


@pytest.fixture
def legal(company):
    return UnitFactory(parent=company.organization.root, name="Legal")


def ids(accounts) -> list[str]:
    return [account.pk for account in accounts]


def hidden(text: str, name: str) -> list[str | None]:
    return [field["value"] for field in Page(text).attributes("input", type="hidden", name=name)]


def test_contents_can_be_ticked_by_who_may_change_them(company, administrator, accounts):
    path = f"/structure/units/{company.member.unit_id}/"

    boxes = Page(administrator.get(path).text).attributes("input", name="resource")

    assert {box["value"] for box in boxes} == {company.member.pk, *ids(accounts)}
    reader = Page(signed_in(company.reader).get(path).text)
    assert reader.attributes("input", name="resource") == []


@pytest.mark.parametrize("headers", [{}, DIALOG], ids=["page", "dialog"])
def test_twenty_accounts_move_in_one_change(company, administrator, accounts, legal, headers):
    before = Event.objects.count()

    asked = administrator.post("/structure/move/", {"resource": ids(accounts)}, headers=headers)

    assert asked.status_code == 200
    heading = Page(asked.text).text("h2" if headers else "h1")
    assert heading == ["Move 20 accounts"]
    moved = hidden(asked.text, "moved")
    assert moved == [f"{account.pk}:{company.member.unit_id}" for account in accounts]
    response = administrator.post(
        "/structure/move/",
        {
            "moved": moved,
            "destination_parent_id": legal.pk,
            "back": f"/structure/units/{company.member.unit_id}/",
        },
        headers=headers,
    )

    assert set(Account.objects.filter(pk__in=ids(accounts)).values_list("unit", flat=True)) == {
        legal.pk
    }
    assert Event.objects.count() == before + 1
    if headers:
        assert '"structure-changed"' in response["HX-Trigger"]
        assert "20 accounts are in Legal now." in response["HX-Trigger"]
        assert response["HX-Reswap"] == "none"
    else:
        assert response.status_code == 302
        assert response["Location"] == f"/structure/units/{company.member.unit_id}/"


def test_the_tree_of_places_opens_and_keeps_what_is_moved(company, administrator, accounts, legal):
    moved = [f"{account.pk}:{company.member.unit_id}" for account in accounts[:2]]
    below = UnitFactory(parent=legal, name="Contracts")

    response = administrator.post(
        "/structure/move/",
        {"moved": moved, "at": legal.pk, "destination_parent_id": legal.pk},
    )

    assert response.status_code == 200
    assert hidden(response.text, "moved") == moved
    values = [box["value"] for box in Page(response.text).attributes("input", type="radio")]
    assert below.pk in values
    (checked,) = [
        box["value"] for box in Page(response.text).attributes("input") if "checked" in box
    ]
    assert checked == legal.pk


def test_somebody_elses_move_in_between_moves_none(company, administrator, accounts, legal):
    moved = [f"{account.pk}:{company.member.unit_id}" for account in accounts]
    Account.objects.filter(pk=accounts[7].pk).update(unit=legal)
    before = digest_of_database()

    response = administrator.post(
        "/structure/move/",
        {"moved": moved, "destination_parent_id": company.organization.root.pk},
        headers=DIALOG,
    )

    assert response.status_code == 409
    assert response["HX-Retarget"] == "#dialog-refusal"
    assert "team-07 is no longer where you took it from. It is under Legal now." in response.text
    assert digest_of_database() == before


def test_no_place_chosen_is_said(company, administrator, accounts):
    moved = [f"{account.pk}:{company.member.unit_id}" for account in accounts[:2]]

    response = administrator.post("/structure/move/", {"moved": moved}, headers=DIALOG)

    assert response.status_code == 422
    assert Page(response.text).text("p", class_="wrong") == ["Choose a place."]


@pytest.mark.parametrize("headers", [{}, DIALOG], ids=["page", "dialog"])
def test_units_do_not_move_together(company, administrator, accounts, legal, headers):
    chosen = {"resource": [accounts[0].pk, legal.pk]}

    page = Page(administrator.post("/structure/move/", chosen, headers=headers).text)

    (said,) = page.text("p", class_="notice")
    assert said.startswith("Units are moved one at a time")
    assert page.attributes("input", type="radio") == []


@pytest.mark.parametrize("path", ["/structure/move/", "/structure/tags/"])
def test_nothing_ticked_is_said(company, administrator, path):
    for headers in ({}, DIALOG):
        response = administrator.post(path, headers=headers)

        assert response.status_code == 200
        assert "first: tick them" in response.text
        assert Page(response.text).attributes("button", class_="primary") == []


@pytest.mark.parametrize("path", ["/structure/move/", "/structure/tags/"])
def test_what_is_not_there_is_refused(company, administrator, path):
    other, _actor = make_organization()
    foreign = AccountFactory(member_of=other.root)

    answers = [
        administrator.post(path, {"resource": [company.member.pk, one]}).text.replace(one, "")
        for one in (foreign.pk, "0" * 32)
    ]

    assert answers[0] == answers[1]
    assert administrator.post(path, {"resource": ["0" * 32]}).status_code == 404
    assert administrator.post(
        path, {"resource": [f"{n:032}" for n in range(1_001)]}
    ).status_code in {
        400,
        422,
    }


@pytest.mark.parametrize("headers", [{}, DIALOG], ids=["page", "dialog"])
def test_tags_of_several_are_added_and_removed_in_one_change(
    company, administrator, accounts, legal, headers
):
    actor = actor_for(company.administrator)
    tag_resource(actor=actor, resource_id=accounts[0].pk, tags=[("env", "test"), ("cost", "1")])
    tag_resource(actor=actor, resource_id=legal.pk, tags=[("env", "live")])
    chosen = [legal.pk, *ids(accounts[:3])]
    before = Event.objects.count()

    asked = Page(administrator.post("/structure/tags/", {"resource": chosen}, headers=headers).text)

    removable = [box["value"] for box in asked.attributes("input", name="removed_key")]
    assert removable == ["cost", "env"]
    assert "env on 2 of 4 · live, test" in asked.text("label")
    administrator.post(
        "/structure/tags/",
        {
            "resource": chosen,
            "key": ["cost", ""],
            "value": ["9", ""],
            "was_key": ["", ""],
            "was_value": ["", ""],
            "removed_key": ["env"],
        },
        headers=headers,
    )

    for resource in (legal, *accounts[:3]):
        assert dict(resource.tags.values_list("key", "value")) == {"cost": "9"}
    assert Event.objects.count() == before + 1


def test_tags_of_several_are_checked_by_row(company, administrator, accounts):
    sent = {"resource": ids(accounts[:2]), "was_key": [""], "was_value": [""]}
    before = digest_of_database()

    for given, said in (
        ({"key": ["a b"], "value": ["x"]}, "A tag key consists of"),
        ({"key": [""], "value": [""]}, "Give at least one."),
    ):
        response = administrator.post("/structure/tags/", sent | given, headers=DIALOG)

        assert response.status_code == 422
        assert said in " ".join(Page(response.text).text("p", class_="wrong"))
        assert hidden(response.text, "resource") == ids(accounts[:2])
    assert digest_of_database() == before


def test_a_reader_sees_why_not(company, accounts):
    reader = signed_in(company.reader)

    for path in ("/structure/move/", "/structure/tags/"):
        page = Page(reader.post(path, {"resource": ids(accounts)}).text)

        assert page.text("p", class_="notice") == [
            "You are signed in as a reader; administrators can change the structure."
        ]


def test_the_dialogs_take_the_same_statements_for_any_number(
    company, administrator, accounts, django_assert_num_queries
):
    for some in (accounts[:2], accounts):
        with django_assert_num_queries(5):  # session, user, grants; accounts, the way to them
            administrator.post("/structure/move/", {"resource": ids(some)}, headers=DIALOG)
        with django_assert_num_queries(6):  # units, accounts, tags
            administrator.post("/structure/tags/", {"resource": ids(some)}, headers=DIALOG)


def test_a_way_back_that_leads_elsewhere_is_not_taken(company, administrator, accounts, legal):
    for back in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        response = administrator.post(
            "/structure/move/", {"resource": ids(accounts[:1]), "back": back}
        )

        assert hidden(response.text, "back") == ["/"]
