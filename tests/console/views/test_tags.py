"""The tags editor, and the description of an account."""

import pytest
from django.urls import reverse

from orgs.models import Event
from orgs.operations.tags import tag_resource
from tests.console.conftest import signed_in
from tests.console.htmx import DIALOG
from tests.console.reading import Page
from tests.factories import actor_for


def row(key="", value="", was_key="", was_value="") -> dict[str, str]:
    return {"key": key, "value": value, "was_key": was_key, "was_value": was_value}


def sent(*rows: dict[str, str], **more: object) -> dict[str, object]:
    """The rows as a form sends them: a list for each column."""
    return {column: [one[column] for one in rows] for column in row()} | more


def tags_of(resource) -> dict[str, str]:
    return dict(resource.tags.order_by("key").values_list("key", "value"))


@pytest.fixture
def account(company):
    tag_resource(
        actor=actor_for(company.administrator),
        resource_id=company.member.pk,
        tags=[("cost", "1"), ("env", "test")],
    )
    return company.member


@pytest.fixture
def path(account) -> str:
    return reverse("account_tags", args=[account.pk])


def test_the_editor_shows_the_tags_and_empty_rows(company, administrator, path):
    for headers in ({}, DIALOG):
        page = Page(administrator.get(path, headers=headers).text)

        assert [a["value"] for a in page.attributes("input", name="key")] == [
            "cost", "env", "", "", "",
        ]  # fmt: skip
        assert page.text("legend") == ["2 of 20 tags"]
        assert len(page.attributes("input", name="remove")) == 2


@pytest.mark.parametrize("headers", [{}, DIALOG], ids=["page", "dialog"])
def test_tags_are_added_changed_and_removed_in_one_change(
    company, administrator, account, path, headers
):
    before = Event.objects.count()

    response = administrator.post(
        path,
        sent(row("cost", "2", "cost", "1"), row("env", "test", "env", "test"), row("team", ""))
        | {"remove": ["1"]},
        headers=headers,
        follow=True,
    )

    assert tags_of(account) == {"cost": "2", "team": ""}
    assert Event.objects.count() == before + 1
    page = Page(response.text)
    assert page.text("h1") == [account.name]
    assert page.text("td") == ["cost", "2", "team", ""]


def test_tags_that_others_added_meanwhile_stay(company, administrator, account, path):
    tag_resource(
        actor=actor_for(company.administrator), resource_id=account.pk, tags=[("new", "x")]
    )

    administrator.post(path, sent(row("price", "1", "cost", "1"), row("", "", "env", "test")))

    assert tags_of(account) == {"new": "x", "price": "1"}


def test_nothing_touched_changes_nothing(company, administrator, account, path):
    before = Event.objects.count()

    response = administrator.post(path, sent(row("cost", "1", "cost", "1"), row()))

    assert response.status_code == 302
    assert Event.objects.count() == before


@pytest.mark.parametrize("headers", [{}, DIALOG], ids=["page", "dialog"])
def test_wrong_tags_are_said_at_their_fields_and_kept(
    company, administrator, account, path, headers
):
    before = tags_of(account)

    response = administrator.post(
        path,
        sent(
            row("cost", "1", "cost", "1"),
            row("cost", "2"),
            row("a b", "ok"),
            row("ok", "<b>"),
            row("", "alone"),
        ),
        headers=headers,
    )

    page = Page(response.text)
    assert response.status_code == 422
    assert page.text("p", class_="wrong") == [
        "This stands here more than once: cost.",
        "A tag key consists of letters, digits, _, - and Chinese characters.",
        "A tag value consists of letters, digits, _, ., - and Chinese characters.",
        "Give at least one character.",
    ]
    assert [a["value"] for a in page.attributes("input", name="value")] == [
        "1", "2", "ok", "<b>", "alone",
    ]  # fmt: skip
    assert tags_of(account) == before


def test_more_rows_keep_what_was_typed(company, administrator, account, path):
    response = administrator.post(path, sent(row("half", "done"), more="1"))

    page = Page(response.text)
    assert response.status_code == 200
    assert [a["value"] for a in page.attributes("input", name="key")] == ["half", "", "", ""]


def test_too_many_tags_are_a_refusal(company, administrator, account, path, settings):
    settings.TAG_QUOTA = 2

    response = administrator.post(path, sent(row("third", "")), headers=DIALOG)

    assert response.status_code == 409
    assert f"{account.name} may hold 2 tags; this would make 3." in response.text


def test_units_and_the_root_are_tagged_as_well(company, administrator):
    for unit in (company.organization.root, company.member.unit):
        response = administrator.post(
            reverse("unit_tags", args=[unit.pk]), sent(row("cost", "1")), headers=DIALOG
        )

        assert tags_of(unit) == {"cost": "1"}
        assert Page(response.text).text("h1") == [unit.name]


@pytest.mark.parametrize("headers", [{}, DIALOG], ids=["page", "dialog"])
def test_describe_account(company, administrator, headers):
    path = reverse("describe_account", args=[company.member.pk])

    wrong = administrator.post(path, {"description": "a\u202eb"}, headers=headers)
    response = administrator.post(
        path, {"description": "Takes the <money>"}, headers=headers, follow=True
    )

    assert wrong.status_code == 422
    assert Page(wrong.text).text("p", class_="wrong") == [
        "Remove the invisible or control character U+202E."
    ]
    assert Page(response.text).text("p", class_="lead") == ["Takes the <money>"]
    (field,) = Page(administrator.get(path).text).attributes("input", name="description")
    assert field["value"] == "Takes the <money>"


def test_a_reader_sees_why_not(company, path):
    reader = signed_in(company.reader)

    for one in (path, reverse("describe_account", args=[company.member.pk])):
        page = Page(reader.get(one).text)
        assert page.text("p", class_="notice") == [
            "You are signed in as a reader; administrators can change the structure."
        ]
    assert reader.post(path, sent(row("new", ""))).status_code == 403
