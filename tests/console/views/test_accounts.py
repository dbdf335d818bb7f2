"""The list of accounts: page and part, filters, columns, orders, the file, hostile texts."""

import csv
import io

import pytest

from orgs.models import Account, AccountStatus, OrganizationalUnit
from orgs.operations.tags import tag_resource
from tests.console.conftest import make_company, signed_in
from tests.console.growing import grow
from tests.console.htmx import targeting
from tests.console.reading import read
from tests.factories import AccountFactory, actor_for, make_administrator, make_organization

URL = "/accounts/"
FILE = "/accounts/accounts.csv"
PART = targeting("accounts")
HOSTILE = """it's "quoted" & <script>alert(1)</script> {{ 7|add:7 }} ' onload='x"""


def rows(response) -> list[str]:
    """The text of each line, without the head."""
    return [text for text in read(response).text("tr")[1:] if "Show 50 more" not in text]


def test_accounts_shows_every_account_with_its_place(company, administrator):
    response = administrator.get(URL)

    page = read(response)
    assert page.text("h1") == ["Accounts"]
    assert page.text("p", role="status") == ["2 accounts"]
    assert sorted(page.text("tr")[1:]) == sorted(rows(response))
    (row,) = [text for text in rows(response) if text.startswith(company.member.name)]
    assert row.startswith(f"{company.member.name}WorkloadsActive")
    hrefs = [a["href"] for a in page.attributes("a")]
    assert f"/structure/accounts/{company.member.pk}/" in hrefs
    # in the navigation, and among the tabs
    assert [a["href"] for a in page.attributes("a", aria_current="page")] == [URL, URL]
    assert page.text("span", class_="menu-count") == ["3", "2"]
    (manager,) = [text for text in rows(response) if text != row]
    assert manager.startswith(f"{company.organization.management_account}Management accountroot")
    assert page.text("title") == ["Accounts · Banyan"]


def test_accounts_gives_htmx_the_list_and_the_clean_address(company, administrator):
    response = administrator.get(
        f"{URL}?name={company.member.name}&unit=&status=&sort="
        "&columns=unit&columns=status&columns=joined",
        headers=PART,
    )

    assert response.content.decode().lstrip().startswith('<div id="accounts"')
    assert read(response).text("p", role="status") == ["1 of 2 accounts"]
    assert len(rows(response)) == 1
    assert response["HX-Replace-Url"] == f"{URL}?name={company.member.name}"


def test_accounts_narrows_by_what_stands_in_the_address(company, administrator):
    tag_resource(
        actor=actor_for(company.administrator),
        resource_id=company.member.pk,
        tags=[("stage", "test")],
    )
    for only in (
        {"name": company.member.name.upper()},
        {"unit": "workl"},
        {"unit": company.member.unit_id},
        {"tag_key": "stage", "tag_value": "test"},
        {"status": "active", "name": company.member.pk},
    ):
        response = administrator.get(URL, only)
        assert [row.split("Workloads")[0] for row in rows(response)] == [company.member.name]
    assert rows(administrator.get(URL, {"status": "suspended"})) == []
    assert (
        "No account matches this filter."
        in administrator.get(URL, {"status": "suspended"}).content.decode()
    )


def test_accounts_shows_the_columns_that_are_chosen(company, administrator):
    response = administrator.get(URL, {"columns": ["id", "tags", "email", "created"]})

    page = read(response)
    assert page.text("th") == ["Name", "Id", "Tags", "E-mail", "Created", "Actions"]
    assert [
        box["value"] for box in page.attributes("input", type="checkbox") if "checked" in box
    ] == [
        "id",
        "tags",
        "email",
        "created",
    ]
    assert company.member.pk in page.text("code")
    sort_by_name = page.attributes("a", id="sort-name")[0]["href"]
    assert sort_by_name == f"{URL}?columns=id&columns=tags&columns=email&columns=created&sort=-name"


def test_accounts_sorts_by_its_heads_and_turns_round(company, administrator):
    page = read(administrator.get(URL))
    assert [th.get("aria-sort") for th in page.attributes("th")] == [
        "ascending",
        None,
        "none",
        "none",
        None,
    ]
    (status,) = page.attributes("a", id="sort-status")
    assert status["href"] == status["hx-get"] == f"{URL}?sort=status"
    Account.objects.filter(pk=company.member.pk).update(status=AccountStatus.SUSPENDED)

    once = administrator.get(status["href"])
    again = administrator.get(read(once).attributes("a", id="sort-status")[0]["href"])

    assert company.member.name in rows(once)[-1]
    assert company.member.name in rows(again)[0]
    assert read(again).attributes("input", type="hidden", form="filters")[0]["value"] == "-status"
    assert read(again).attributes("a", id="sort-status")[0]["href"] == f"{URL}?sort=status"


@pytest.mark.parametrize(
    "wrong", [{"status": "x"}, {"sort": "x"}, {"columns": "x"}, {"name": "\0"}, {"name": "x" * 65}]
)
def test_accounts_refuses_a_filter_it_does_not_understand(company, administrator, wrong):
    answers = [
        administrator.get(URL, wrong),
        administrator.get(URL, wrong, headers=PART),
        administrator.get(FILE, wrong),
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert len(read(answers[1]).text("p", class_="notice bad")) == 1


def test_accounts_refuses_a_marker_of_another_order(company, administrator):
    answer = administrator.get(URL, {"after": f"name:{'0' * 32}::x", "sort": "status"})

    assert answer.status_code == 422


@pytest.mark.parametrize(("units", "accounts"), [(5, 120), (300, 2_000)])
def test_accounts_takes_the_same_statements_at_any_size_and_comes_in_parts(
    db, units, accounts, django_assert_num_queries
):
    organization, actor = make_organization()
    grow(organization, units=units, accounts=accounts)
    client = signed_in(organization.management_account.users.get(pk=actor.user_id))

    # session, user, grants; organization with its sizes, rows; the numbers in the tabs
    with django_assert_num_queries(6):
        first = client.get(f"{URL}?columns=unit")
    (link,) = read(first).attributes("a", id="show-more")
    with django_assert_num_queries(5):
        second = client.get(link["hx-get"], headers=targeting("more"))
    with django_assert_num_queries(7):  # and how many the filter lets through, and tags
        client.get(f"{URL}?columns=tags&name=grown&unit=unit", headers=PART)

    assert len(rows(first)) == 50
    assert second.content.decode().lstrip().startswith("<tr")
    assert len(read(second).attributes("td", class_="column-unit")) == 50
    assert "HX-Replace-Url" not in second
    assert len(second.content) < 32 * 1024
    page = client.get(link["href"])
    assert len(rows(page)) == 50
    assert "From the beginning" in read(page).text("a", class_="button")
    assert ("long list" in page.content.decode()) == (accounts > 500)


def test_accounts_says_when_nothing_follows_any_more(company, administrator):
    answer = administrator.get(URL, {"after": f"name:{'f' * 32}::zzzz"})

    assert "No account follows here any more." in answer.content.decode()


def test_accounts_csv_holds_the_filtered_list(company, administrator):
    page = read(administrator.get(URL, {"unit": "workl", "sort": "-name"}))
    href = next(a["href"] for a in page.attributes("a") if a["href"].startswith(FILE))

    answer = administrator.get(href)

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="accounts.csv"'
    lines = list(csv.reader(io.StringIO(answer.getvalue().decode())))
    assert [line[1:3] for line in lines[1:]] == [[company.member.name, "Workloads"]]


def test_accounts_is_shown_to_readers_and_refused_to_members(company):
    reader, member = signed_in(company.reader), signed_in(company.member_user)

    assert reader.get(URL).status_code == 200
    for url in (URL, FILE):
        assert member.get(url).status_code == 403
        assert member.get(url, headers=PART).status_code == 403
    assert f'href="{URL}"' not in member.get("/account/").content.decode()
    assert f'href="{URL}"' in reader.get("/account/").content.decode()


def test_accounts_refuses_who_is_in_no_organization_and_sends_a_visitor_to_sign_in(db, client):
    alone = signed_in(make_administrator(AccountFactory()))

    assert (alone.get(URL).status_code, alone.get(FILE).status_code) == (403, 403)
    assert client.get(URL)["Location"] == f"/sign-in/?next={URL}"


def test_accounts_treats_a_foreign_unit_like_an_absent_one(company, administrator):
    foreign = make_company().member.unit_id

    answers = [administrator.get(URL, {"unit": i}) for i in (foreign, "ou-" + "0" * 32)]

    assert [(answer.status_code, rows(answer)) for answer in answers] == [(200, []), (200, [])]


def test_accounts_shows_hostile_texts_as_text(company, administrator):
    member = company.member
    Account.objects.filter(pk=member.pk).update(
        name=HOSTILE[:64], name_key=HOSTILE[:64], description=HOSTILE
    )
    OrganizationalUnit.objects.filter(pk=member.unit_id).update(name=HOSTILE[:64])
    member.tags.create(organization=company.organization, key=HOSTILE, value=HOSTILE)

    response = administrator.get(
        URL, {"columns": ["unit", "tags", "description"], "tag_key": HOSTILE, "name": "quoted"}
    )

    page = read(response)
    short = HOSTILE[:64].strip()
    assert rows(response) == [f"{short}{short}{HOSTILE}{HOSTILE}{HOSTILE}Close"]
    assert [script for script in page.attributes("script") if not script.get("src")] == []
    assert page.attributes("input", name="tag_key")[0]["value"] == HOSTILE
