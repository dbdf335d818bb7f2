"""Creating, renaming and deleting units: the page, the dialog, the refusals."""

import json

import pytest
from django.urls import reverse

from orgs.models import OrganizationalUnit, User
from tests.console.conftest import HTMX, signed_in
from tests.console.growing import grow
from tests.console.htmx import targeting
from tests.console.reading import Page
from tests.factories import AccountFactory, UnitFactory, make_organization

DIALOG = HTMX | {"HX-Target": "dialog", "HX-Current-URL": "http://testserver/structure/"}

TREE = targeting("tree")


def url(name: str, unit) -> str:
    return reverse(name, args=[unit.pk])


def names_under(unit) -> list[str]:
    return sorted(OrganizationalUnit.objects.filter(parent=unit).values_list("name", flat=True))


@pytest.fixture
def workloads(company):
    return company.member.unit


def test_create_unit_as_a_page(company, administrator, workloads):
    path = url("create_unit", workloads)
    form = Page(administrator.get(path).text)
    assert form.text("h1") == ["New unit in Workloads"]
    assert [a["action"] for a in form.attributes("form", class_="form change")] == [path]

    response = administrator.post(path, {"name": " Data "}, follow=True)

    assert names_under(workloads) == ["Data"]
    made = OrganizationalUnit.objects.get(name="Data")
    assert response.redirect_chain == [(url("unit", made), 302)]
    assert "Data is created." in response.text


def test_create_unit_as_a_dialog_shows_the_new_unit_and_tells_the_tree(
    company, administrator, workloads
):
    path = url("create_unit", workloads)
    dialog = administrator.get(path, headers=DIALOG)
    assert "<html" not in dialog.text
    assert Page(dialog.text).text("h2", id="dialog-title") == ["New unit in Workloads"]

    response = administrator.post(path, {"name": "Data"}, headers=DIALOG)

    made = OrganizationalUnit.objects.get(name="Data")
    assert Page(response.text).text("h1") == ["Data"]
    assert (response["HX-Retarget"], response["HX-Reswap"]) == ("#detail", "outerHTML")
    assert response["HX-Push-Url"] == url("unit", made)
    assert json.loads(response["HX-Trigger"]) == {"toast": {"text": "Data is created."}}
    assert json.loads(response["HX-Trigger-After-Settle"]) == {"structure-changed": {}}


@pytest.mark.parametrize("name", ["create_unit", "rename_unit"])
@pytest.mark.parametrize("headers", [{}, DIALOG], ids=["page", "dialog"])
@pytest.mark.parametrize(
    "wrong",
    [
        ("<b>bold</b>", "The characters < and > are not allowed here."),
        ("x" * 65, "This is too long; at most 64 characters fit."),
        ("  ", "Give at least one character."),
    ],
)
def test_a_wrong_name_is_said_at_its_field_and_kept(administrator, workloads, name, headers, wrong):
    typed, problem = wrong
    response = administrator.post(url(name, workloads), {"name": typed}, headers=headers)

    page = Page(response.text)
    (field,) = page.attributes("input", name="name")
    assert response.status_code == 422
    assert (field["value"], field["aria-invalid"]) == (typed.strip() or typed, "true")
    assert "autofocus" in field
    assert page.text("p", class_="wrong") == [problem]
    assert names_under(workloads) == []


def test_a_refused_dialog_keeps_what_was_typed_and_refreshes_the_page(
    company, administrator, workloads
):
    UnitFactory(parent=workloads, name="Data")

    response = administrator.post(url("create_unit", workloads), {"name": "DATA"}, headers=DIALOG)

    assert response.status_code == 409
    assert response["HX-Retarget"] == "#dialog-refusal"
    assert json.loads(response["HX-Trigger"]) == {"structure-outdated": {}}
    said = "Workloads already holds an organizational unit named DATA."
    assert Page(response.text).text("p", role="alert") == [said]
    assert names_under(workloads) == ["Data"]


def test_a_refused_page_says_so_and_leads_back_to_its_form(company, administrator, workloads):
    UnitFactory(parent=workloads, name="Data")
    path = url("create_unit", workloads)

    response = administrator.post(
        path, {"name": "Data"}, headers={"Referer": f"http://testserver{path}"}
    )

    assert response.status_code == 409
    page = Page(response.text)
    assert page.text("h1") == ["Workloads already holds an organizational unit named Data."]
    assert page.attributes("a", class_="button primary")[0]["href"].endswith(path)


def test_no_room_for_another_unit_is_a_refusal(company, administrator, workloads, settings):
    settings.ORGANIZATIONAL_UNIT_QUOTA = 1

    response = administrator.post(url("create_unit", workloads), {"name": "x"}, headers=DIALOG)

    assert response.status_code == 409
    assert "The organization may hold 1 organizational units" in response.text


def test_the_sixth_level_is_off_with_its_reason(company, administrator, workloads):
    unit = workloads
    for _level in range(4):
        unit = UnitFactory(parent=unit)

    panel = Page(administrator.get(url("unit", unit)).text)
    form = Page(administrator.get(url("create_unit", unit)).text)

    reason = "No unit fits in here: units nest at most 5 levels deep."
    assert "New unit" in panel.text("button", disabled=None, type="button")
    assert panel.text("div", id="why-not") == [reason]
    assert form.text("p", class_="notice") == [reason]
    assert form.attributes("button", class_="primary") == []


def test_rename_unit(company, administrator, workloads):
    path = url("rename_unit", workloads)
    (field,) = Page(administrator.get(path).text).attributes("input", name="name")
    assert field["value"] == "Workloads"

    page = administrator.post(path, {"name": "Work"}, follow=True)
    dialog = administrator.post(
        path, {"name": "Works"}, headers=DIALOG | {"HX-Current-URL": page.request["PATH_INFO"]}
    )

    assert Page(page.text).text("h1") == ["Work"]
    assert Page(dialog.text).text("h1") == ["Works"]
    assert dialog["HX-Replace-Url" if "HX-Replace-Url" in dialog else "HX-Push-Url"] == url(
        "unit", workloads
    )
    workloads.refresh_from_db()
    assert workloads.name == "Works"


def test_delete_unit_leads_to_its_parent(company, administrator, workloads):
    for headers in ({}, DIALOG):
        unit = UnitFactory(parent=workloads, name="Old")
        path = url("delete_unit", unit)
        form = Page(administrator.get(path, headers=headers).text)
        assert form.text("h2" if headers else "h1")[-1] == "Delete Old?"

        response = administrator.post(path, headers=headers, follow=True)

        assert Page(response.text).text("h1") == ["Workloads"]
        assert names_under(workloads) == []


def test_a_unit_that_holds_something_cannot_be_deleted(company, administrator, workloads):
    UnitFactory(parent=workloads)
    reason = "To delete it, empty it first: it holds 1 unit and 1 account."

    panel = Page(administrator.get(url("unit", workloads)).text)
    form = Page(administrator.get(url("delete_unit", workloads)).text)
    refused = administrator.post(url("delete_unit", workloads), headers=DIALOG)

    assert panel.text("div", id="why-not") == [reason]
    assert form.text("p", class_="notice") == [reason]
    assert form.attributes("button", class_="danger") == []
    assert refused.status_code == 409


def test_the_root_is_neither_renamed_nor_deleted(company, administrator):
    root = company.organization.root

    for name in ("rename_unit", "delete_unit", "move_unit"):
        assert administrator.get(url(name, root)).status_code == 404
        assert administrator.post(url(name, root), {"name": "x"}).status_code in {404, 422}
    page = Page(administrator.get("/structure/").text)
    assert [a["id"].split("-")[0] for a in page.attributes("a", class_="button")] == [
        "create",
        "invite",
        "tags",
    ]


def test_a_unit_that_went_away_meanwhile_closes_the_dialog(company, administrator, workloads):
    unit = UnitFactory(parent=workloads)
    path = url("rename_unit", unit)
    unit.delete()

    response = administrator.post(path, {"name": "x"}, headers=DIALOG)

    assert response.status_code == 404
    assert set(json.loads(response["HX-Trigger"])) == {"toast", "structure-outdated"}


@pytest.mark.parametrize("name", ["create_unit", "rename_unit", "delete_unit", "move_unit"])
def test_a_reader_sees_why_not(company, workloads, name):
    reader = signed_in(company.reader)
    reason = "You are signed in as a reader; administrators can change the structure."

    panel = Page(reader.get(url("unit", workloads)).text)
    form = Page(reader.get(url(name, workloads)).text)

    assert panel.text("div", id="why-not") == [reason]
    assert panel.attributes("a", class_="button") == []
    assert form.text("p", class_="notice") == [reason]
    assert reader.post(url("create_unit", workloads), {"name": "x"}).status_code == 403
    assert reader.post(url("rename_unit", workloads), {"name": "x"}).status_code == 403
    assert names_under(workloads) == []


def test_hostile_names_stay_texts_in_a_dialog(company, administrator):
    name = "it's \"q\" & {{ 7|add:7 }} ' onload='x"
    unit = UnitFactory(parent=company.organization.root, name=name)

    for form in ("create_unit", "rename_unit", "delete_unit", "move_unit", "unit_tags"):
        text = administrator.get(url(form, unit), headers=DIALOG).text
        for _tag, attributes in Page(text).elements:
            assert not any(key.startswith("on") or key == "style" for key in attributes)
    (field,) = Page(administrator.get(url("rename_unit", unit)).text).attributes(
        "input", name="name"
    )
    assert field["value"] == name


@pytest.mark.parametrize(("units", "accounts"), [(5, 20), (400, 3_000)])
def test_dialogs_take_the_same_statements_at_any_size(
    db, units, accounts, django_assert_num_queries
):
    organization, actor = make_organization()
    grow(organization, units=units, accounts=accounts)
    client = signed_in(User.objects.get(pk=actor.user_id))
    unit = organization.units.order_by("-level", "-name_key").first()
    # session, user, grants; place, units, accounts, tags
    for name in ("create_unit", "rename_unit", "delete_unit", "unit_tags"):
        with django_assert_num_queries(7):
            assert client.get(url(name, unit), headers=DIALOG).status_code == 200
    account = organization.accounts.filter(unit=unit).first() or AccountFactory(member_of=unit)
    for name in ("describe_account", "account_tags"):  # no rows are needed
        with django_assert_num_queries(5):
            assert client.get(url(name, account), headers=DIALOG).status_code == 200
    opened = {"open": list(organization.units.values_list("pk", flat=True)[:30])}
    with django_assert_num_queries(8):  # and which of them are there
        assert client.get(url("unit", unit), opened, headers=TREE).status_code == 200


def test_a_tree_drawn_anew_keeps_open_what_was_open(company, administrator, workloads):
    UnitFactory(parent=workloads, name="Data")
    path = "/structure/?open=" + workloads.pk + "&open=nonsense%00"

    page = Page(administrator.get(path, headers=targeting("tree")).text)

    states = {
        i["id"].removeprefix("node-"): i.get("aria-expanded")
        for i in page.attributes("li", role="treeitem")
    }
    assert states[workloads.pk] == "true"
    assert "Data" in page.text("a", class_="name")
