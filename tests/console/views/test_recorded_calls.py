"""R-AUD-1, R-AUD-2: what is refused, and what is read, beside the trail of changes."""

import pytest
from django.db import DatabaseError

from orgs import tasks
from orgs.models import RecordedCall
from orgs.operations import bookkeeping
from tests.console.conftest import HTMX, make_company, signed_in
from tests.console.reading import read
from tests.factories import actor_for

URL = "/activity/refused/"


def refuse(company, user=None):
    """A reader may not create units."""
    unit = company.organization.root.pk
    client = signed_in(user or company.reader)
    return client.post(f"/structure/units/{unit}/new/", {"name": "New"}, headers=HTMX)


def note(company, number=1, **given):
    for _call in range(number):
        wanted = {
            "caller": actor_for(company.reader),
            "organization_id": company.organization.pk,
            "operation": "create_unit",
            "status": 403,
        }
        bookkeeping.note_call(**wanted | given)


def test_r_aud_1_a_refused_call_is_recorded_with_who_what_and_the_code(company):
    version = company.organization.version

    assert refuse(company).status_code == 403

    call = RecordedCall.objects.get()
    assert (call.operation, call.status, call.code) == ("create_unit", 403, "Organizations.1007")
    assert (call.username, call.is_refused) == (company.reader.username, True)
    assert call.account_id == company.organization.management_account_id
    assert call.source_address == "127.0.0.1"
    assert call.request_id != ""
    company.organization.refresh_from_db()
    assert company.organization.version == version
    (row,) = read(signed_in(company.administrator).get(URL)).text("tr")[1:]
    assert company.reader.username in row
    assert call.request_id in row


def test_r_aud_1_what_is_wrong_or_not_there_is_no_refusal(company):
    client = signed_in(company.administrator)

    client.get("/structure/units/ou-00000000/")
    client.post(f"/structure/units/{company.organization.root.pk}/new/", {"name": ""})

    assert not RecordedCall.objects.exists()


def test_r_aud_1_a_conflict_is_recorded(company):
    client = signed_in(company.administrator)

    client.post(f"/structure/units/{company.member.unit_id}/delete/")

    call = RecordedCall.objects.get()
    assert (call.operation, call.status, call.code) == ("delete_unit", 409, "Organizations.1250")


def test_r_aud_1_who_is_refused_again_and_again_is_not_written_down_each_time(company, settings):
    settings.REFUSED_CALLS_PER_MINUTE = 6
    settings.RATE_BURST_SECONDS = 60

    note(company, 50)

    assert 5 <= RecordedCall.objects.count() <= 7
    # Another account has its own allowance.
    note(company, 1, caller=actor_for(company.member_user))
    assert RecordedCall.objects.filter(account_id=company.member.pk).count() == 1


def test_r_aud_1_an_organization_keeps_the_last_ones_alone(company, settings):
    settings.RECORDED_CALLS = 3
    other = make_company()
    note(other, 1)

    for number in range(5):
        note(company, 1, operation=f"call_{number}")

    kept = RecordedCall.objects.filter(organization=company.organization).order_by("pk")
    assert list(kept.values_list("operation", flat=True)) == ["call_2", "call_3", "call_4"]
    assert RecordedCall.objects.filter(organization=other.organization).count() == 1


def test_r_aud_1_old_ones_are_forgotten(company, clock, settings):
    note(company)
    clock.at += settings.RECORDED_CALLS_KEPT
    clock.forward(hours=1)

    tasks.do_daily_chores()

    assert not RecordedCall.objects.exists()


def test_r_aud_1_a_call_that_cannot_be_written_down_is_answered_all_the_same(company, monkeypatch):
    def fail(*_args, **_kwargs):
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(RecordedCall.objects, "create", fail)

    assert refuse(company).status_code == 403
    assert not RecordedCall.objects.exists()


def test_r_aud_5_a_member_sees_what_its_account_was_refused(company):
    note(company)
    note(company, caller=actor_for(company.member_user), operation="leave")

    rows = read(signed_in(company.member_user).get(URL)).text("tr")[1:]

    assert len(rows) == 1
    assert "leave" in rows[0]
    foreign = read(signed_in(make_company().administrator).get(URL))
    assert foreign.text("tr") == []
    assert "Nothing was refused." in foreign.text("div", class_="empty")[0]


def test_refused_calls_come_in_parts(company, django_assert_num_queries):
    client = signed_in(company.administrator)
    note(company)
    with django_assert_num_queries(7):
        client.get(URL)
    call = RecordedCall.objects.get()
    RecordedCall.objects.bulk_create(
        RecordedCall(
            organization=call.organization,
            at=call.at,
            account_id=call.account_id,
            operation="x",
            status=403,
            request_id="r",
        )
        for _number in range(60)
    )

    with django_assert_num_queries(7):
        first = read(client.get(URL))
    (older,) = (a["href"] for a in first.attributes("a") if "before=" in a["href"])
    second = read(client.get(older))

    assert (len(first.text("tr")), len(second.text("tr"))) == (51, 12)


@pytest.mark.parametrize("before", ["x", "0", "-1", "9" * 30, "\0"])
def test_refused_calls_take_no_part_that_is_none(company, before):
    note(company)

    response = signed_in(company.administrator).get(URL, {"before": before})

    assert (response.status_code, len(read(response).text("tr"))) == (200, 2)


def test_r_aud_2_reads_have_a_tab_where_they_are_recorded(company, settings):
    client = signed_in(company.administrator)
    assert "/activity/reads/" not in client.get("/activity/").text
    settings.READS_ARE_RECORDED = True
    note(company, operation="list_accounts", status=200, is_refused=False)

    assert "/activity/reads/" in client.get("/activity/").text
    (row,) = read(client.get("/activity/reads/")).text("tr")[1:]
    assert "listAccounts" in row
    assert read(client.get(URL)).text("tr") == []
