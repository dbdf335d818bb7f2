"""Creating and inviting many accounts: check, send, progress, the rest cancelled, the outcome as a file."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from orgs import batch_file, operations
from orgs.models import Account, Batch, CreationRequest, Invitation
from tests.console.conftest import signed_in
from tests.console.htmx import targeting
from tests.console.reading import read
from tests.digest import digest_of_database
from tests.factories import AccountFactory, UnitFactory, actor_for, make_organization

CREATE, INVITE = "/accounts/create/many/", "/accounts/invite/many/"
PROGRESS = targeting("progress")


def lines(response) -> list[list[str]]:
    """The cells of every line of the tables, without the heads."""
    page = read(response)
    cells = page.text("td")
    return [cells[place : place + 4] for place in range(0, len(cells), 4)]


@pytest.fixture
def started(company):
    """A batch of which one account is being created, one row was refused and one waits."""
    rows = "one-new,,,Workloads\nbad\n" + "\n".join(f"new-{number:02}" for number in range(6))
    made = operations.batches.create_batch(
        actor=actor_for(company.administrator), kind="create", rows=rows
    )
    operations.batches.feed_batch(made.pk)
    return made


@pytest.mark.parametrize(("url", "heading"), [(CREATE, "Create many"), (INVITE, "Invite many")])
def test_the_form_says_what_there_is_room_for(company, administrator, url, heading):
    page = read(administrator.get(url))

    assert page.text("h1") == [f"{heading} accounts"]
    (lead,) = page.text("p", class_="lead")
    assert "the account quota leaves room for 8 more." in lead
    assert page.text("button", class_="primary") == ["Check"]
    assert page.attributes("a", href="/accounts/batches/") != []


def test_check_shows_a_verdict_for_every_row_and_writes_nothing(company, administrator):
    AccountFactory(name="taken-name")
    text = "one-new,,,Workloads\nbad\ntaken-name\ntwo-new,,,Nowhere\nthree-new"
    before = digest_of_database()

    response = administrator.post(CREATE, {"rows": text})

    assert response.status_code == 200
    assert digest_of_database() == before
    page = read(response)
    assert page.text("h2") == ["2 of 5 rows can be sent", "Cannot be sent 3", "Can be sent 2"]
    assert page.text("p", class_="wrong") == [
        "Name: This is too short; give at least 6 characters.",
        "Another account already has this name.",
        "There is no root or organizational unit Nowhere in your organization.",
    ]
    assert page.text("td")[-8:] == [
        *["1", "one-new", "Workloads", "Now"],
        *["5", "three-new", "–", "Now"],
    ]
    assert page.text("textarea") == [" ".join(text.split())]
    (kept,) = page.attributes("input", type="hidden", name="rows")
    assert kept["value"] == text
    assert page.text("button", name="send") == ["Create 2 accounts"]


def test_check_says_when_a_row_goes_that_has_to_wait(company, administrator, settings):
    settings.INVITATIONS = 1
    text = "\n".join(AccountFactory().name for _ in range(2))

    page = read(administrator.post(INVITE, {"rows": text}))

    assert page.text("p", role="status") == [
        "1 of them has to wait, and goes by itself. Nothing has been sent yet."
    ]
    tomorrow = timezone.now() + timedelta(hours=24)
    (at,) = page.attributes("time")
    assert at["datetime"].startswith(f"{tomorrow:%Y-%m-%d %H}")
    assert page.text("button", name="send") == ["Invite 2 accounts"]


def test_check_takes_a_file(company, administrator):
    file = SimpleUploadedFile("accounts.csv", "name;unit\none-new;Workloads\n".encode("utf-8-sig"))

    page = read(administrator.post(CREATE, {"rows": "ignored", "file": file}))

    assert page.text("h2")[0] == "1 of 1 rows can be sent"
    (kept,) = page.attributes("input", type="hidden", name="rows")
    assert kept["value"] == "name;unit\none-new;Workloads\n"


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ({}, "Paste at least one row, or choose a file."),
        ({"rows": "name,colour\nbrand-new"}, "Row 1, column 2: There is no column colour"),
        ({"rows": 'brand-new,"'}, "Row 1: From here on it cannot be read"),
        ({"rows": "x" * (batch_file.TEXT_LIMIT + 1)}, "At most 1048576 bytes are taken."),
        ({"file": SimpleUploadedFile("a.csv", b"\xff")}, "The file is not UTF-8"),
        ({"file": SimpleUploadedFile("a.csv", b"")}, "Paste at least one row"),
        (
            {"file": SimpleUploadedFile("a.csv", b"x" * (batch_file.TEXT_LIMIT + 1))},
            "At most 1048576 bytes are taken.",
        ),
    ],
)
@pytest.mark.parametrize("act", [{}, {"send": "1"}])
def test_what_cannot_be_read_is_said_at_the_form(company, administrator, sent, fault, act):
    for file in (value for value in sent.values() if not isinstance(value, str)):
        file.seek(0)
    before = digest_of_database()

    response = administrator.post(CREATE, sent | act)

    assert response.status_code == 422
    (said,) = read(response).text("div", role="alert")
    assert said.startswith(fault)
    assert digest_of_database() == before


def test_send_makes_a_batch_and_leads_to_it(company, administrator):
    response = administrator.post(CREATE, {"rows": "one-new\nbad", "send": "1"}, follow=True)

    batch = Batch.objects.get()
    assert response.redirect_chain == [(f"/accounts/batches/{batch.pk}/", 302)]
    assert batch.user == company.administrator
    assert read(response).text("div", class_="toast") == ["The rows are on their way."]
    assert lines(response) == [
        ["1", "one-new", "Waiting", "At any moment"],
        ["2", "bad", "Refused", "Name: This is too short; give at least 6 characters."],
    ]


def test_send_is_refused_when_no_row_can_be_sent(company, administrator):
    before = digest_of_database()

    response = administrator.post(INVITE, {"rows": "unknown-one", "send": "1"})

    assert response.status_code == 422
    assert "None of the rows can be sent." in response.content.decode()
    assert digest_of_database() == before


@pytest.mark.parametrize("headers", [{}, PROGRESS], ids=["page", "fragment"])
def test_the_progress_is_asked_for_until_nothing_moves(administrator, started, run_jobs, headers):
    url = f"/accounts/batches/{started.pk}/"

    page = read(administrator.get(url, headers=headers))

    assert page.text("h1") == ([] if headers else ["Create accounts"])
    (box,) = page.attributes("div", id="progress")
    assert (box["hx-get"], box["hx-trigger"]) == (url, "every 2s")
    (bar,) = page.attributes("progress")
    assert bar["value"] == "12"
    assert page.text("h2") == ["1 of 8 rows done"]
    assert page.text("td")[-4:] == ["8", "new-05", "Waiting", "As soon as another one has ended"]
    run_jobs(times=4)

    page = read(administrator.get(url, headers=headers))

    (box,) = page.attributes("div", id="progress")
    assert [name for name in box if name.startswith("hx-")] == []
    assert page.text("h2") == ["Done"]
    account = Account.objects.get(name="one-new")
    assert page.attributes("a", href=f"/structure/accounts/{account.pk}/") != []
    assert account.unit.name == "Workloads"


def test_a_batch_that_waits_for_the_day_to_pass_is_looked_at_rarely(
    company, administrator, settings
):
    settings.INVITATIONS = 1
    rows = f"{AccountFactory().name}\n{AccountFactory().name}"
    made = operations.batches.create_batch(
        actor=actor_for(company.administrator), kind="invite", rows=rows
    )
    operations.batches.feed_batch(made.pk)

    page = read(administrator.get(f"/accounts/batches/{made.pk}/"))

    (box,) = page.attributes("div", id="progress")
    assert box["hx-trigger"] == "every 60s"
    assert page.text("td")[3] == "Invitation: Pending"
    assert page.text("td")[7].endswith("UTC at the latest")


def test_rows_are_narrowed_by_state_and_come_in_parts(administrator, started, monkeypatch):
    monkeypatch.setattr("orgs.queries.batches.PART", 2)
    url = f"/accounts/batches/{started.pk}/"

    assert read(administrator.get(f"{url}?state=refused")).text("td")[1] == "bad"
    page = read(administrator.get(f"{url}?state=sent"))
    assert page.text("td", class_="typed") == ["one-new", "new-00"]
    (more,) = page.attributes("a", id="next-rows")
    assert more["href"] == f"{url}?state=sent&after=3"
    page = read(administrator.get(more["href"]))
    assert page.text("td", class_="typed") == ["new-01", "new-02"]
    (first,) = page.attributes("a", id="first-rows")
    assert first["href"] == f"{url}?state=sent"
    (box,) = page.attributes("div", id="progress")
    assert box["hx-get"] == more["href"]


@pytest.mark.parametrize(
    "asked", ["after=x", "after=-1", "after=99999999999", "after=²", "state=no"]
)
def test_what_no_list_has_is_not_asked_for(administrator, started, asked):
    response = administrator.get(f"/accounts/batches/{started.pk}/?{asked}")

    assert response.status_code == 200
    assert len(lines(response)) == 8


def test_the_rest_is_cancelled_after_a_page_that_says_what_it_means(administrator, started):
    url = f"/accounts/batches/{started.pk}/cancel/"
    asked = read(administrator.get(url))
    (lead,) = asked.text("p", class_="lead")
    assert lead.startswith("2 rows wait and are not sent any more.")

    response = administrator.post(url)

    assert (response.status_code, response["Location"]) == (302, f"/accounts/batches/{started.pk}/")
    assert started.rows.filter(state="cancelled").count() == 2
    assert administrator.post(url).status_code == 409
    assert read(administrator.get(url)).attributes("button", class_="danger") == []


def test_the_outcome_as_a_file(administrator, started, run_jobs):
    run_jobs(times=4)
    Batch.objects.get(pk=started.pk).rows.filter(number=2).update(
        typed=dict.fromkeys(batch_file.CREATE, "") | {"name": "=1+1"}
    )

    response = administrator.get(f"/accounts/batches/{started.pk}/rows.csv")

    assert response["Content-Disposition"] == f'attachment; filename="{started.pk}.csv"'
    head, first, second, *_others = csv.reader(io.StringIO(response.getvalue().decode()))
    account = Account.objects.get(name="one-new")
    assert head == ["row", *batch_file.CREATE, "state", "outcome", "account_id", "goes_at"]
    assert first == [
        "1",
        "one-new",
        "",
        "",
        "Workloads",
        "",
        "",
        "sent",
        "succeeded",
        account.pk,
        "",
    ]
    assert second[1] == "'=1+1"
    assert second[7:9] == ["refused", "name: This is too short; give at least 6 characters."]


@pytest.mark.parametrize("url", [CREATE, INVITE])
def test_a_reader_sees_why_it_is_off(company, url):
    client = signed_in(company.reader)
    before = digest_of_database()

    page = read(client.get(url))
    assert page.text("p", class_="notice") == [
        "You are signed in as a reader; administrators create and invite accounts."
    ]
    assert page.attributes("textarea") == []
    for act in ({}, {"send": "1"}):
        assert client.post(url, {"rows": "brand-new"} | act).status_code == 403
    assert digest_of_database() == before


def test_a_reader_sees_batches_and_cancels_none(company, started):
    client = signed_in(company.reader)
    url = f"/accounts/batches/{started.pk}/"

    page = read(client.get(url))
    assert page.attributes("a", id="cancel-rest") == []
    assert "You are signed in as a reader" in client.get(url).content.decode()
    assert client.get(f"{url}rows.csv").status_code == 200
    assert read(client.get(f"{url}cancel/")).attributes("button", class_="danger") == []
    assert client.post(f"{url}cancel/").status_code == 403
    assert started.rows.filter(state="waiting").count() == 2


@pytest.mark.parametrize("path", [CREATE, INVITE, "/accounts/batches/"])
def test_batches_are_nothing_for_members(company, path):
    assert signed_in(company.member_user).get(path).status_code == 403


def test_a_foreign_batch_is_as_absent_as_one_that_never_was(company, administrator):
    stranger = make_organization()[1]
    foreign = operations.batches.create_batch(actor=stranger, kind="create", rows="brand-new").pk
    for end in ("", "rows.csv", "cancel/"):
        said = []
        for batch_id in (foreign, "b-" + "0" * 32):
            response = administrator.get(f"/accounts/batches/{batch_id}/{end}")
            assert response.status_code == 404
            said.append(response.content.decode().replace(batch_id, "ID"))
        assert said[0] == said[1]
    assert administrator.get("/accounts/batches/r-0000/").status_code == 422
    assert administrator.post(f"/accounts/batches/{foreign}/cancel/").status_code == 404


def test_the_list_of_batches(company, administrator, started):
    page = read(administrator.get("/accounts/batches/"))

    assert page.attributes("a", href=f"/accounts/batches/{started.pk}/") != []
    assert page.text("td")[2] == "5 of 8 sent, 2 waiting, 1 refused"
    assert page.text("td")[0].endswith("12 %")


def test_a_batch_of_a_thousand_rows_fits_into_a_form(company, administrator, settings):
    settings.ACCOUNT_QUOTA = 2_000
    UnitFactory(parent=company.organization.root, name="Süd" * 20)
    rows = "\n".join(
        f"account-new-{number},a{number}@example.com,,{'Süd' * 20},{'é' * 250},{'k=' + 'v' * 250}"
        for number in range(1_000)
    )

    response = administrator.post(CREATE, {"rows": rows})
    (kept,) = read(response).attributes("input", type="hidden", name="rows")
    sent = administrator.post(CREATE, {"rows": kept["value"], "send": "1"})

    assert sent.status_code == 302
    assert Batch.objects.get().rows.filter(state="waiting").count() == 1_000
    assert not CreationRequest.objects.exists()
    assert not Invitation.objects.exists()
