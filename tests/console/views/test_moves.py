"""Moving by choosing from the tree: the page, the dialog, the reasons, the refusals."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from orgs.models import User
from tests.console.conftest import signed_in
from tests.console.growing import grow
from tests.console.htmx import DIALOG, targeting
from tests.console.reading import Page
from tests.factories import AccountFactory, UnitFactory, make_organization

PICKER = targeting("picker")


def url(name: str, moved) -> str:
    return reverse(name, args=[moved.pk])


def targets(html: str) -> dict[str, str]:
    """What can be chosen, by name, with the reason where it cannot."""
    page = Page(html)
    labels = [text for text in page.text("label") if text]
    names = page.text("span", class_="pick-name")
    radios = page.attributes("input", type="radio")
    assert len(labels) == len(names) == len(radios)
    for radio, label, name in zip(radios, labels, names, strict=True):
        assert ("disabled" in radio) == (label != name)
    return {name: label.removeprefix(name) for name, label in zip(names, labels, strict=True)}


@pytest.fixture
def tree(company):
    """Workloads holds Data (with Deep below it) and an account; Legal holds another Data."""
    workloads = company.member.unit
    data = UnitFactory(parent=workloads, name="Data")
    UnitFactory(parent=data, name="Deep")
    legal = UnitFactory(parent=company.organization.root, name="Legal")
    UnitFactory(parent=legal, name="DATA")
    return {"root": company.organization.root, "Workloads": workloads, "Data": data, "Legal": legal}


def test_move_unit_says_why_a_place_is_impossible(company, administrator, tree):
    for headers in ({}, DIALOG):
        found = targets(administrator.get(url("move_unit", tree["Data"]), headers=headers).text)

        assert found == {
            "root": "",
            "Legal": "Legal already holds an organizational unit named Data.",
            "Workloads": "Data is already there.",
            "Data": "Data cannot be moved into itself or into a unit below it.",
        }


def test_move_unit_says_where_it_would_get_too_deep(company, administrator, tree):
    unit = UnitFactory(parent=tree["root"], name="Chain")
    chain = [unit]
    for number in range(3):
        chain.append(UnitFactory(parent=chain[-1], name=f"Chain {number}"))

    found = targets(administrator.post(url("move_unit", tree["Data"]), {"at": chain[3].pk}).text)

    assert found["Chain 1"] == ""
    reason = "Organizational units nest at most 5 levels deep; this would make 6."
    assert found["Chain 2"] == reason


@pytest.mark.parametrize("headers", [{}, DIALOG], ids=["page", "dialog"])
def test_move_unit(company, administrator, tree, headers):
    response = administrator.post(
        url("move_unit", tree["Data"]),
        {"source_parent_id": tree["Workloads"].pk, "destination_parent_id": tree["root"].pk},
        headers=headers,
        follow=True,
    )

    tree["Data"].refresh_from_db()
    assert tree["Data"].parent == tree["root"]
    assert Page(response.text).text("h1") == ["Data"]
    assert Page(response.text).text("nav", aria_label="Path") == ["root Data"]


@pytest.mark.parametrize("headers", [{}, DIALOG], ids=["page", "dialog"])
def test_move_account(company, administrator, tree, headers):
    path = url("move_account", company.member)
    found = targets(administrator.get(path, headers=headers).text)
    assert found["Workloads"] == f"{company.member.name} is already there."
    assert (found["Data"], found["Legal"]) == ("", "")

    response = administrator.post(
        path,
        {"source_parent_id": tree["Workloads"].pk, "destination_parent_id": tree["Legal"].pk},
        headers=headers,
        follow=True,
    )

    company.member.refresh_from_db()
    assert company.member.unit == tree["Legal"]
    assert Page(response.text).text("h1") == [company.member.name]


def test_somebody_elses_move_in_between_is_a_conflict(company, administrator, tree):
    company.member.unit = tree["Legal"]
    company.member.save(update_fields=["unit"])

    response = administrator.post(
        url("move_account", company.member),
        {"source_parent_id": tree["Workloads"].pk, "destination_parent_id": tree["root"].pk},
        headers=DIALOG,
    )

    assert response.status_code == 409
    assert (response["HX-Retarget"], response["HX-Trigger"]) == (
        "#dialog-refusal",
        '{"structure-outdated": {}}',
    )
    said = f"{company.member.name} is no longer where you took it from. It is under Legal now."
    assert Page(response.text).text("p", role="alert") == [said]
    company.member.refresh_from_db()
    assert company.member.unit == tree["Legal"]


def test_no_place_chosen_is_said_and_the_source_stays_what_was_shown(company, administrator, tree):
    for headers in ({}, DIALOG):
        response = administrator.post(
            url("move_unit", tree["Data"]), {"source_parent_id": "ou-x"}, headers=headers
        )

        page = Page(response.text)
        assert response.status_code == 422
        assert page.text("p", class_="wrong") == ["Choose a place."]
        assert page.attributes("input", name="source_parent_id")[0]["value"] == "ou-x"


def test_the_tree_opens_at_a_place_and_keeps_the_choice(company, administrator, tree):
    path = url("move_account", company.member)

    response = administrator.post(
        path, {"at": tree["Legal"].pk, "destination_parent_id": tree["Legal"].pk}, headers=PICKER
    )

    assert response.status_code == 200
    assert "<form" not in response.text
    assert list(targets(response.text)) == ["root", "Legal", "DATA", "Workloads"]
    (checked,) = [radio for radio in Page(response.text).attributes("input") if "checked" in radio]
    assert checked["value"] == tree["Legal"].pk


def test_units_come_in_parts_by_buttons_that_work_without_javascript(company, administrator, tree):
    names = [f"Team {number:03}" for number in range(120)]
    for name in names:
        UnitFactory(parent=tree["Legal"], name=name)
    found, at = [], tree["Legal"].pk

    while at:
        text = administrator.post(url("move_account", company.member), {"at": at}).text
        found += [name for name in targets(text) if name.startswith("Team")]
        page = Page(text)
        more = [
            button["value"]
            for button, said in zip(page.attributes("button"), page.text("button"), strict=True)
            if said == "Show more units"
        ]
        at = more[0] if more else None

    assert found == names
    company.member.refresh_from_db()
    assert company.member.unit == tree["Workloads"]


@pytest.mark.parametrize("at", ["nonsense", "ou-00000000", "\0"])
def test_a_place_that_is_none_is_refused(company, administrator, tree, at):
    response = administrator.post(url("move_account", company.member), {"at": at})

    assert response.status_code in {404, 422}


def test_a_reader_sees_why_not(company, tree):
    reader = signed_in(company.reader)

    page = Page(reader.get(url("move_account", company.member)).text)

    assert page.text("p", class_="notice") == [
        "You are signed in as a reader; administrators can change the structure."
    ]
    assert page.attributes("input", type="radio") == []


@pytest.mark.parametrize(("units", "accounts"), [(5, 20), (400, 3_000)])
def test_the_dialog_takes_the_same_statements_at_any_size(
    db, units, accounts, django_assert_num_queries
):
    organization, actor = make_organization()
    grow(organization, units=units, accounts=accounts)
    client = signed_in(User.objects.get(pk=actor.user_id))
    unit = organization.units.order_by("-level", "-name_key").first()
    account = AccountFactory(member_of=unit)
    root_id = organization.root.pk

    # session, user, grants; what is moved, the way to it
    with django_assert_num_queries(5):
        client.get(url("move_account", account), headers=DIALOG)
    with django_assert_num_queries(6):  # and how high the unit is
        client.get(url("move_unit", unit), headers=DIALOG)
    with django_assert_num_queries(6):  # and another place
        client.post(url("move_account", account), {"at": root_id}, headers=PICKER)


def undo_in(response) -> str:
    return json.loads(response["HX-Trigger"])["toast"]["undo"]


def test_a_move_offers_to_be_taken_back_in_its_toast(company, administrator, tree):
    sent = {"source_parent_id": tree["Workloads"].pk, "destination_parent_id": tree["Legal"].pk}

    answer = administrator.post(url("move_account", company.member), sent, headers=DIALOG)
    number = company.organization.events.order_by("-number")[0].number

    assert undo_in(answer) == f"/activity/{number}/undo-accounts/"
    back = administrator.post(undo_in(answer), headers={"Referer": "http://testserver/structure/"})
    assert (back.status_code, back["Location"]) == (302, "http://testserver/structure/")
    company.member.refresh_from_db()
    assert company.member.unit == tree["Workloads"]
    assert "1 account is back where it was." in administrator.get("/structure/").text


def test_without_scripts_the_message_offers_it_too(company, administrator, tree):
    sent = {"source_parent_id": tree["root"].pk, "destination_parent_id": tree["Legal"].pk}
    unit = UnitFactory(parent=tree["root"], name="Roving")

    page = administrator.post(url("move_unit", unit), sent, follow=True)
    number = company.organization.events.order_by("-number")[0].number

    undo = f"/activity/{number}/undo-unit/"
    assert [form["action"] for form in Page(page.text).attributes("form", action=undo)] == [undo]
    administrator.post(undo)
    unit.refresh_from_db()
    assert unit.parent == tree["root"]


def test_the_activity_offers_it_to_who_may_until_its_time_is_over(
    company, administrator, tree, settings
):
    sent = {"source_parent_id": tree["Workloads"].pk, "destination_parent_id": tree["Legal"].pk}
    administrator.post(url("move_account", company.member), sent)
    number = company.organization.events.order_by("-number")[0].number
    undo = f"/activity/{number}/undo-accounts/"

    def offered(client) -> list[str]:
        forms = Page(client.get("/activity/").text).attributes("form", class_="undo")
        return [form["action"] for form in forms]

    assert offered(administrator) == [undo]
    assert offered(signed_in(company.reader)) == []
    administrator.post(undo)
    assert f"Takes back number {number}." in administrator.get("/activity/").text
    settings.MOVE_UNDO = timedelta(0)
    assert offered(administrator) == []


def test_undo_is_refused_with_its_reason(company, administrator, tree):
    sent = {"source_parent_id": tree["Workloads"].pk, "destination_parent_id": tree["Legal"].pk}
    administrator.post(url("move_account", company.member), sent)
    number = company.organization.events.order_by("-number")[0].number
    undo = f"/activity/{number}/undo-accounts/"
    assert signed_in(company.reader).post(undo).status_code == 403
    administrator.post(undo)

    again = administrator.post(undo)
    unknown = administrator.post("/activity/99999999999999999999999/undo-unit/")

    assert again.status_code == 409
    assert "is in Workloads by now, so the move cannot be undone." in again.text
    assert unknown.status_code == 404
    assert administrator.get(undo).status_code == 405
