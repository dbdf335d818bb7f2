"""The pages of dry runs: policies on trial, the switch, what is set up, what was recorded (R-DRY)."""

import csv
import io

import pytest

from console.templatetags.console import briefly
from orgs import queries
from orgs.models import (
    DryRunConfiguration,
    DryRunRecord,
    Event,
    Policy,
    PolicyType,
    SwitchState,
)
from orgs.operations.attachments import attach_policy
from orgs.operations.dry_runs import finish_dry_run_switch, update_dry_run_configuration
from orgs.operations.policies import create_policy, update_policy
from tests.console.conftest import signed_in
from tests.console.htmx import DIALOG, targeting, triggered
from tests.console.pages.policy_ids import of_trial
from tests.console.reading import read
from tests.console.views.policy_pages import DENY, DENY_MORE, SCP, page_of, switch_on

PLACE = {"bucket_name": "logs", "region_id": "eu-1", "agency_name": "Writer"}
TRIAL = "/policies/dry-run/"
RECORDS = "/policies/dry-run/records/"


@pytest.fixture
def scp_on(manager, root):
    """Service control policies are on, dry runs off."""
    switch_on(manager, root)


@pytest.fixture
def trial_on(manager, root, scp_on):
    """Dry runs are on."""
    update_dry_run_configuration(
        actor=manager, root_id=root.pk, policy_type=SCP, status="enabled", **PLACE
    )
    finish_dry_run_switch(root.pk)


@pytest.fixture
def trial(manager, trial_on) -> Policy:
    """A policy on trial."""
    return create_policy(
        actor=manager,
        name="Trial",
        description="What for",
        policy_type=SCP,
        content=DENY,
        is_dry_run=True,
    )


@pytest.fixture
def recorded(company) -> Policy:
    """A policy on trial that has recorded three calls."""
    (policy_id,) = of_trial(company)
    return Policy.objects.get(pk=policy_id)


def states(company):
    return list(company.organization.dry_run_configurations.values_list("state", flat=True))


# --- how they stand


def test_a_newcomer_reads_what_a_dry_run_is_and_is_led_there(administrator, scp_on):
    assert 'href="/policies/dry-run/"' in administrator.get("/policies/").text

    page = read(administrator.get(TRIAL))

    assert page.text("title") == ["Dry run · Banyan"]
    assert "before it denies anything" in page.text("p", class_="lead")[0]
    assert page.attributes("a", href=TRIAL, aria_current="page") != []
    assert page.text("span", class_="badge ") == ["Off"]
    assert page.text("div", id="why-not") == [
        "Switch dry runs on first: policies on trial are created and attached while they are on."
    ]
    assert [link["href"] for link in page.attributes("a", id="switch-dry-run")] == [
        f"{TRIAL}enable/"
    ]
    assert "Nothing is recorded while dry runs are off." in administrator.get(RECORDS).text


def test_r_dry_3_without_service_control_policies_the_switch_is_off_with_the_reason(
    company, administrator
):
    page = read(administrator.get(TRIAL))

    assert page.attributes("a", id="switch-dry-run") == []
    assert "Switch service control policies on first" in page.text("div", id="why-not")[0]

    answer = administrator.post(f"{TRIAL}enable/", PLACE, headers=DIALOG)

    assert answer.status_code == 409
    assert "Switch service control policies on first" in answer.text
    assert states(company) == []


def test_r_dry_4_switching_on_asks_for_what_it_needs_and_ends_by_itself(
    company, administrator, root, scp_on, run_jobs
):
    asked = administrator.get(f"{TRIAL}enable/", headers=DIALOG)
    assert "Nothing is denied by them." in asked.text

    refused = administrator.post(f"{TRIAL}enable/", {"bucket_name": "a/b"}, headers=DIALOG)
    assert refused.status_code == 422
    wrong = read(refused)
    assert len(wrong.text("p", class_="wrong")) == 3
    assert [field["name"] for field in wrong.attributes("input", aria_invalid="true")] == [
        "bucket_name",
        "region_id",
        "agency_name",
    ]
    assert states(company) == []

    answer = administrator.post(f"{TRIAL}enable/", PLACE, headers=DIALOG)

    assert answer.headers["HX-Retarget"] == "#dry-run-state"
    assert "Being switched on" in answer.text
    assert "dialog-over" in triggered(answer)
    assert states(company) == [SwitchState.PENDING_ENABLE]
    run_jobs()
    box = administrator.get(f"{TRIAL}state/", headers=targeting("dry-run-state"))
    assert "hx-trigger" not in box.text
    assert "logs" in box.text
    assert administrator.get(f"{TRIAL}state/").headers["Location"] == TRIAL


def test_r_dry_5_what_is_set_up_can_be_changed_and_what_is_needed_cannot_be_taken_away(
    company, administrator, trial_on
):
    form = read(administrator.get(f"{TRIAL}set-up/"))
    assert [field["value"] for field in form.attributes("input", name="bucket_name")] == ["logs"]

    refused = administrator.post(f"{TRIAL}set-up/", {**PLACE, "agency_name": ""})
    assert refused.status_code == 422
    saved = administrator.post(f"{TRIAL}set-up/", {**PLACE, "bucket_prefix": "dry/runs"})

    assert saved.headers["Location"] == TRIAL
    configuration = DryRunConfiguration.objects.get()
    assert (configuration.bucket_prefix, configuration.agency_name) == ("dry/runs", "Writer")
    assert configuration.state == SwitchState.ENABLED


def test_r_dry_8_switched_off_the_policies_stay(company, administrator, trial, manager, root):
    attach_policy(actor=manager, policy_id=trial.pk, entity_id=root.pk, is_dry_run=True)
    assert "stay attached" in administrator.get(f"{TRIAL}disable/", headers=DIALOG).text

    answer = administrator.post(f"{TRIAL}disable/", headers=DIALOG)
    finish_dry_run_switch(root.pk)

    assert answer.status_code == 200
    assert states(company) == [SwitchState.DISABLED]
    page = read(administrator.get(page_of(trial)))
    assert page.text("span", class_="badge warn") == ["Dry runs are not switched on"]
    assert trial.attachments.count() == 1
    attach = administrator.get(page_of(trial, "attach/"), headers=DIALOG)
    assert "Dry runs are not switched on" in attach.text


def test_a_reader_sees_everything_off_with_the_reason(company, recorded):
    reader = signed_in(company.reader)

    page = read(reader.get(TRIAL))

    off = page.attributes("button", aria_describedby="why-not")
    assert len(off) == 3
    assert all("disabled" in button for button in off)
    assert page.text("div", id="why-not") == [
        "You are signed in as a reader; administrators can change policies."
    ]
    for path in ("enable/", "set-up/"):
        assert reader.post(f"{TRIAL}{path}", PLACE).status_code == 403
    assert reader.post(f"{TRIAL}disable/").status_code == 403
    assert states(company) == [SwitchState.ENABLED]
    assert reader.get(RECORDS).status_code == 200


@pytest.mark.parametrize(
    "path", [TRIAL, RECORDS, f"{RECORDS}records.csv", f"{TRIAL}set-up/", f"{TRIAL}enable/"]
)
def test_a_member_sees_nothing_of_dry_runs(company, path):
    assert signed_in(company.member_user).get(path).status_code == 403


# --- policies on trial


def test_r_dry_6_policies_on_trial_have_a_list_of_their_own(administrator, manager, trial):
    create_policy(actor=manager, name="Real", policy_type=SCP, content=DENY)

    on_trial = administrator.get(TRIAL).text
    binding = administrator.get("/policies/").text

    assert (page_of(trial) in on_trial, "Real" in on_trial) == (True, False)
    assert (page_of(trial) in binding, "Real" in binding) == (False, True)
    assert "No policy matches" in administrator.get(f"{TRIAL}?name=nothing").text
    found = administrator.get(f"{TRIAL}?name=tri", headers=targeting("policies"))
    assert found.headers["HX-Replace-Url"] == f"{TRIAL}?name=tri"
    assert page_of(trial) in found.text


def test_a_policy_on_trial_is_created_with_the_same_editor(company, administrator, trial_on):
    page = administrator.get("/policies/new/?dry_run=1&template=")
    assert "Create policy on trial" in page.text
    assert "records what it would have denied" in page.text
    given = {"dry_run": "1", "name": "New", "document": DENY, "key": ["owner"], "value": ["team"]}

    refused = administrator.post("/policies/new/", given | {"document": "{"})
    assert refused.status_code == 422
    assert 'name="dry_run" value="1"' in refused.text
    assert company.organization.policies.count() == 0
    answer = administrator.post("/policies/new/", given)

    made = company.organization.policies.get()
    assert answer.headers["Location"] == page_of(made)
    assert (made.is_dry_run, made.policy_type, made.content) == (True, SCP, DENY)
    assert list(made.tags.values_list("key", "value")) == [("owner", "team")]
    assert "It records nothing until it is attached." in administrator.get(page_of(made)).text


def test_while_dry_runs_are_off_nothing_can_be_put_on_trial(administrator, scp_on):
    page = read(administrator.get("/policies/new/?dry_run=1"))

    assert page.attributes("textarea") == []
    assert "Switch dry runs on first" in page.text("p", id="why_not")[0]


def test_its_text_is_saved_without_a_word_to_confirm_and_restored(
    company, administrator, manager, root, trial
):
    attach_policy(actor=manager, policy_id=trial.pk, entity_id=root.pk, is_dry_run=True)

    saved = administrator.post(page_of(trial, "save/"), {"document": DENY_MORE, "version": "1"})
    restored = administrator.post(page_of(trial, "versions/1/restore/"), {"version": "2"})

    assert saved.headers["Location"] == page_of(trial)
    assert restored.headers["Location"] == page_of(trial, "?tab=versions")
    trial.refresh_from_db()
    assert (trial.version, trial.content) == (3, DENY)
    kinds = Event.objects.order_by("-number").values_list("kind", flat=True)[:2]
    assert list(kinds) == ["updateDryRunPolicy", "updateDryRunPolicy"]


def test_it_is_attached_and_detached_without_a_word_and_deleted(
    company, administrator, root, trial
):
    dialog = administrator.get(page_of(trial, "attach/"), headers=DIALOG)
    assert "It denies nobody anything." in dialog.text
    assert "confirmation" not in dialog.text
    assert 'id="preview"' not in dialog.text

    attached = administrator.post(page_of(trial, "attach/"), {"entity_id": root.pk}, headers=DIALOG)
    assert attached.headers["HX-Replace-Url"] == page_of(trial, "?tab=targets")
    assert root.attachments.dry_run().count() == 1
    kept = administrator.post(page_of(trial, "delete/"))
    assert kept.status_code == 409
    asked = administrator.get(page_of(trial, f"detach/{root.pk}/"), headers=DIALOG)
    assert "It records nothing more there and below" in asked.text
    administrator.post(page_of(trial, f"detach/{root.pk}/"))
    assert root.attachments.dry_run().count() == 0

    gone = administrator.post(page_of(trial, "delete/"))

    assert gone.headers["Location"] == TRIAL
    assert not Policy.objects.filter(pk=trial.pk).exists()


def test_r_dry_7_the_sixth_is_refused_in_place(company, administrator, manager, root, trial):
    for number in range(5):
        other = create_policy(
            actor=manager, name=f"T{number}", policy_type=SCP, content=DENY, is_dry_run=True
        )
        attach_policy(actor=manager, policy_id=other.pk, entity_id=root.pk, is_dry_run=True)

    answer = administrator.post(page_of(trial, "attach/"), {"entity_id": root.pk}, headers=DIALOG)

    assert answer.status_code == 409
    assert trial.attachments.count() == 0


def test_it_is_renamed_and_tagged(administrator, trial):
    administrator.post(page_of(trial, "describe/"), {"name": "Other", "description": "Why"})
    administrator.post(
        page_of(trial, "tags/"),
        {"key": ["owner"], "value": ["team"], "was_key": [""], "was_value": [""]},
    )

    trial.refresh_from_db()
    assert (trial.name, trial.description) == ("Other", "Why")
    assert list(trial.tags.values_list("key", "value")) == [("owner", "team")]
    page = read(administrator.get(page_of(trial)))
    assert "Tests" not in " ".join(page.text("nav", aria_label="Sides of this policy"))
    assert administrator.get(page_of(trial, "?tab=tests")).status_code == 200


def test_r_dry_10_a_service_control_policy_is_created_from_it(company, administrator, trial):
    details = read(administrator.get(page_of(trial, "?tab=details")))
    (link,) = details.attributes("a", id="from-this")

    page = read(administrator.get(link["href"]))

    assert page.text("h1") == ["Create service control policy"]
    (name,) = page.attributes("input", id="id_name")
    (description,) = page.attributes("input", id="id_description")
    assert (name["value"], description["value"]) == ("Trial", "What for")
    assert [text.strip() for text in page.text("textarea", id="id_document")] == [DENY]
    assert page.attributes("input", name="dry_run") == []
    answer = administrator.post("/policies/new/", {"name": "Trial", "document": DENY})
    made = company.organization.policies.enforced().get()
    assert answer.headers["Location"] == page_of(made)
    trial.refresh_from_db()
    assert trial.is_dry_run


def test_a_policy_that_binds_is_tried_with_a_change(administrator, manager, trial_on):
    real = create_policy(actor=manager, name="Real", policy_type=SCP, content=DENY)
    tags = create_policy(
        actor=manager, name="Tags", policy_type=PolicyType.TAG_POLICY, content='{"tags":{}}'
    )

    (link,) = read(administrator.get(page_of(real, "?tab=details"))).attributes("a", id="from-this")
    page = administrator.get(link["href"])

    assert 'name="dry_run" value="1"' in page.text
    assert "It begins as a copy of Real." in page.text
    assert administrator.get(f"/policies/new/?from={tags.pk}&dry_run=1").status_code == 404
    assert administrator.get("/policies/new/?from=p-00000000&dry_run=1").status_code == 404
    assert "from-this" not in administrator.get("/policies/p-FullAccess/?tab=details").text


def test_where_the_other_set_is_off_the_copy_is_off_with_the_reason(administrator, manager, scp_on):
    real = create_policy(actor=manager, name="Real", policy_type=SCP, content=DENY)

    page = read(administrator.get(page_of(real, "?tab=details")))

    assert page.attributes("a", id="from-this") == []
    assert page.text("span", id="why-not-from-this") == ["Switch dry runs on first."]


# --- records


def test_r_dry_9_the_records_say_when_who_what_and_which_statement(
    company, administrator, recorded
):
    page = read(administrator.get(RECORDS))

    cells = page.text("td")[:4]
    record = DryRunRecord.objects.order_by("-at").first()
    assert cells[0] == briefly(record.at)
    assert cells[1] == f"{company.member.name}somebody"
    assert cells[2] == "organizations:organizations:leaveorganizations:::organization/o-1"
    assert cells[3] == "TrialStatement 1 (Stay) at Workloads"
    assert page_of(recorded) in [link["href"] for link in page.attributes("a")]
    assert f"/structure/units/{company.member.unit_id}/" in administrator.get(RECORDS).text


def test_what_is_gone_is_named_and_leads_nowhere(company, administrator, recorded):
    recorded.attachments.all().delete()
    recorded.tags.all().delete()
    recorded.delete()
    DryRunRecord.objects.update(account_id="0" * 32, account_name="left-us")

    page = administrator.get(RECORDS)

    assert "<b>Trial</b>" in page.text
    assert "<b>left-us</b>" in page.text


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("who=somebody", 3),
        ("who=some", 0),
        ("action=LEAVE", 3),
        ("action=leave&who=nobody", 0),
        ("policy=tri", 3),
        ("policy=p-none", 0),
        ("since=2000-01-01&until=2000-01-02", 0),
        ("since=2000-01-01&until=9999-12-31", 3),
        ("who=a%01b", 0),
    ],
)
@pytest.mark.usefixtures("recorded")
def test_the_records_are_filtered(administrator, asked, count):
    response = administrator.get(f"{RECORDS}?{asked}", headers=targeting("records"))

    assert response.text.count("<tr><td>") == count
    assert ("No record matches" in response.text) == (count == 0)


def test_the_records_are_found_by_account_and_by_policy(company, administrator, recorded):
    member = company.member
    for asked in (f"who={member.pk}", f"who={member.name[:4]}", f"policy={recorded.pk}"):
        assert administrator.get(f"{RECORDS}?{asked}").text.count("<tr><td>") == 3


def test_a_filter_that_is_none_is_said_beside_it(administrator, recorded):
    answer = administrator.get(f"{RECORDS}?since=tomorrow")

    assert answer.status_code == 422
    assert "From: " in answer.text
    assert administrator.get(f"{RECORDS}records.csv?since=tomorrow").status_code == 422
    assert administrator.get(f"{RECORDS}?after=nonsense").status_code == 422


def test_the_records_come_in_parts(administrator, recorded, monkeypatch):
    monkeypatch.setattr(queries.dry_runs, "PART", 2)

    first = administrator.get(RECORDS)
    (more,) = read(first).attributes("a", id="show-more")
    second = administrator.get(more["href"], headers=targeting("more"))

    assert (first.text.count("<tr><td>"), second.text.count("<tr><td>")) == (2, 1)
    assert "That is the end of the list." in second.text
    assert "To the newest" in administrator.get(more["href"]).text


def test_the_records_are_a_file(company, administrator, recorded):
    DryRunRecord.objects.filter(pk=DryRunRecord.objects.order_by("-at")[0].pk).update(
        principal="=cmd"
    )

    answer = administrator.get(f"{RECORDS}records.csv?policy=Trial")

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode()
    head, *lines = csv.reader(io.StringIO(text))
    assert head[:4] == ["time", "account_id", "account_name", "principal"]
    assert len(lines) == 3
    assert lines[0][3] == "'=cmd"
    assert lines[1][1:] == [
        company.member.pk,
        company.member.name,
        "somebody",
        "organizations:organizations:leave",
        "organizations:::organization/o-1",
        recorded.pk,
        "Trial",
        "1",
        "Stay",
        company.member.unit_id,
    ]


@pytest.mark.parametrize("count", [1, 60])
def test_the_pages_take_the_same_statements_at_any_size(
    administrator, manager, recorded, django_assert_num_queries, count
):
    record = DryRunRecord.objects.first()
    for number in range(count):
        create_policy(
            actor=manager, name=f"T{number}", policy_type=SCP, content=DENY, is_dry_run=True
        )
        record.pk = None
        record.save(force_insert=True)
    for path, expected in ((TRIAL, 8), (RECORDS, 11)):
        administrator.get(path)
        with django_assert_num_queries(expected):
            assert administrator.get(path).status_code == 200


def test_its_page_tells_versions_and_activity(administrator, manager, trial):
    update_policy(actor=manager, policy_id=trial.pk, content=DENY_MORE, is_dry_run=True)

    for tab in ("versions", "activity", "details", "tags"):
        assert administrator.get(page_of(trial, f"?tab={tab}")).status_code == 200
    assert "Dry-run policy changed" in administrator.get(page_of(trial, "?tab=activity")).text
