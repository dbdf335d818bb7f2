"""Dry runs of service control policies (R-DRY)."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from orgs import errors, queries, tasks
from orgs.models import (
    Attachment,
    DryRunConfiguration,
    DryRunRecord,
    Event,
    Job,
    JobState,
    Organization,
    PolicyType,
    SwitchState,
)
from orgs.operations.attachments import attach_policy, detach_policy
from orgs.operations.departures import leave_organization
from orgs.operations.dry_runs import purge_dry_run_records, update_dry_run_configuration
from orgs.operations.policies import (
    create_policy,
    delete_policy,
    restore_policy_version,
    update_policy,
)
from orgs.operations.policy_types import disable_policy_type, enable_policy_type
from orgs.permissions import READER
from orgs.queries.own_calls import OwnCall
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)

pytestmark = pytest.mark.django_db
SCP = PolicyType.SERVICE_CONTROL_POLICY
PLACE = {"bucket_name": "logs", "region_id": "eu-1", "agency_name": "Writer"}
GET = "organizations:organizations:get"


def deny(action=GET, sid="NoLooking"):
    statement = {"Sid": sid, "Effect": "Deny", "Action": [action]}
    return json.dumps({"Version": "5.0", "Statement": [statement]})


@pytest.fixture
def founded(run_jobs):
    """An organization with service control policies on, and its administrator."""
    organization, actor = make_organization()
    enable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=SCP)
    run_jobs()
    return organization, actor


def set_up(founded, **given):
    organization, actor = founded
    return update_dry_run_configuration(
        actor=actor, root_id=organization.root.pk, policy_type=SCP, **given
    )


def states(organization):
    return list(organization.dry_run_configurations.values_list("state", flat=True))


def assert_refused(kind, change):
    before = (Event.objects.count(), list(DryRunConfiguration.objects.values()))
    with pytest.raises(kind) as refusal:
        change()
    assert (Event.objects.count(), list(DryRunConfiguration.objects.values())) == before
    return refusal.value


def on_trial(actor, content="", name="On trial"):
    return create_policy(
        actor=actor, name=name, policy_type=SCP, content=content or deny(), is_dry_run=True
    )


# --- configuration --------------------------------------------------------------------------------


def test_r_dry_5_enabling_is_pending_until_its_job_is_done(founded, run_jobs):
    organization, _actor = founded

    configuration = set_up(founded, status="enabled", **PLACE, bucket_prefix="a/b/")

    assert configuration.state == SwitchState.PENDING_ENABLE
    run_jobs()
    assert states(organization) == [SwitchState.ENABLED]
    set_up(founded, status="disabled")
    assert states(organization) == [SwitchState.PENDING_DISABLE]
    run_jobs()
    configuration.refresh_from_db()
    assert configuration.state == SwitchState.DISABLED
    assert [configuration.bucket_name, configuration.region_id, configuration.bucket_prefix] == [
        "logs",
        "eu-1",
        "a/b/",
    ]
    kinds = list(organization.events.order_by("-number").values_list("kind", flat=True)[:4])
    assert kinds == [
        "finishDryRunDisabling",
        "disableDryRun",
        "finishDryRunEnabling",
        "enableDryRun",
    ]


def test_r_dry_4_what_is_absent_stays(founded, run_jobs):
    set_up(founded, **PLACE, bucket_prefix="old")
    configuration = set_up(founded, bucket_prefix="new")
    assert configuration.state == SwitchState.DISABLED
    assert (configuration.bucket_name, configuration.bucket_prefix) == ("logs", "new")
    assert Job.objects.filter(kind="switch_dry_run").count() == 0

    configuration = set_up(founded, status="enabled", region_id="eu-2")
    run_jobs()
    configuration.refresh_from_db()
    assert (configuration.state, configuration.bucket_name, configuration.region_id) == (
        SwitchState.ENABLED,
        "logs",
        "eu-2",
    )
    configuration = set_up(founded, bucket_prefix="")
    assert (configuration.state, configuration.bucket_prefix) == (SwitchState.ENABLED, "")


def test_r_dry_5_what_is_there_already_or_on_its_way_is_no_fault_and_leaves_no_trace(
    founded, run_jobs
):
    organization, _actor = founded
    set_up(founded, status="enabled", **PLACE)
    events = Event.objects.count()
    assert set_up(founded, status="enabled").state == SwitchState.PENDING_ENABLE
    assert Event.objects.count() == events
    run_jobs()
    events = Event.objects.count()
    assert set_up(founded, status="enabled", **PLACE).state == SwitchState.ENABLED
    assert set_up(founded).state == SwitchState.ENABLED
    assert Event.objects.count() == events
    assert states(organization) == [SwitchState.ENABLED]


def test_r_dry_3_service_control_policies_have_to_be_on(run_jobs):
    founded = make_organization()
    organization, actor = founded
    on = {"status": "enabled", **PLACE}
    assert_refused(errors.PolicyTypeNotEnabled, lambda: set_up(founded, **on))

    enable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=SCP)
    assert_refused(errors.PolicyTypeNotEnabled, lambda: set_up(founded, **on))  # on its way
    run_jobs()
    assert set_up(founded, **on).state == SwitchState.PENDING_ENABLE


@pytest.mark.parametrize("missing", PLACE)
@pytest.mark.parametrize("given", [None, ""])
def test_r_dry_5_a_missing_field_when_enabling_is_named(founded, missing, given):
    place = {**PLACE, missing: given}

    refusal = assert_refused(
        errors.InvalidParameter, lambda: set_up(founded, status="enabled", **place)
    )

    assert (refusal.field, refusal.reason) == (missing, errors.Reason.MISSING)


def test_r_dry_4_nothing_that_is_needed_goes_while_dry_runs_are_on(founded, run_jobs):
    set_up(founded, status="enabled", **PLACE)
    assert_refused(errors.InvalidParameter, lambda: set_up(founded, bucket_name=""))
    run_jobs()
    assert_refused(errors.InvalidParameter, lambda: set_up(founded, agency_name=""))

    configuration = set_up(founded, status="disabled", agency_name="")
    assert configuration.agency_name == ""


def test_r_dry_2_a_switch_on_its_way_the_other_way_is_a_conflict(founded, run_jobs):
    set_up(founded, status="enabled", **PLACE)
    assert_refused(errors.ConcurrentModification, lambda: set_up(founded, status="disabled"))
    run_jobs()
    set_up(founded, status="disabled")
    assert_refused(errors.ConcurrentModification, lambda: set_up(founded, status="enabled"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", "pending_enable"),
        ("status", "on"),
        ("status", 1),
        ("bucket_name", ".."),
        ("bucket_name", "../logs"),
        ("bucket_name", "a/b"),
        ("bucket_name", ".hidden"),
        ("bucket_name", "x" * 256),
        ("bucket_name", "a\x00"),
        ("region_id", "/etc"),
        ("bucket_prefix", "../up"),
        ("bucket_prefix", "a/../b"),
        ("bucket_prefix", "a/./b"),
        ("bucket_prefix", "a\\b"),
        ("bucket_prefix", "x" * 256),
        ("bucket_prefix", "a b"),
        ("agency_name", "a/b"),
        ("agency_name", "x" * 256),
        ("policy_type", "tag_policy"),
        ("policy_type", "resource_control_policy"),
        ("root_id", "ou-00000000"),
    ],
)
def test_r_dry_2_what_no_configuration_holds_is_refused_by_its_name(founded, field, value):
    organization, actor = founded
    given = {"root_id": organization.root.pk, "policy_type": SCP, field: value}

    refusal = assert_refused(
        errors.InvalidParameter, lambda: update_dry_run_configuration(actor=actor, **given)
    )

    assert refusal.field == field


def test_a_foreign_root_is_not_there(founded):
    _organization, actor = founded
    for root_id in ("r-0000", make_organization()[0].root.pk):
        assert_refused(
            errors.RootNotFound,
            lambda given=root_id: update_dry_run_configuration(
                actor=actor, root_id=given, policy_type=SCP
            ),
        )


def test_r_dry_8_disabling_service_control_policies_disables_dry_runs(founded, run_jobs):
    organization, actor = founded
    set_up(founded, status="enabled", **PLACE)
    run_jobs()
    policy = on_trial(actor)
    attach_policy(actor=actor, policy_id=policy.pk, entity_id=organization.root.pk, is_dry_run=True)

    disable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=SCP)
    run_jobs()

    assert states(organization) == [SwitchState.DISABLED]
    # Policies on trial and their attachments stay.
    assert list(Attachment.objects.values_list("policy_id", flat=True)) == [policy.pk]
    event = organization.events.latest("number")
    assert (event.kind, event.details["dry_run"]) == ("finishPolicyTypeDisabling", "disabled")


def test_r_dry_8_dry_runs_on_their_way_end_with_service_control_policies(founded, run_jobs):
    organization, actor = founded
    set_up(founded, status="enabled", **PLACE)
    disable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=SCP)

    run_jobs()

    assert states(organization) == [SwitchState.DISABLED]


def test_disabling_service_control_policies_says_nothing_of_dry_runs_that_were_off(
    founded, run_jobs
):
    organization, actor = founded
    disable_policy_type(actor=actor, root_id=organization.root.pk, policy_type=SCP)
    run_jobs()

    assert "dry_run" not in organization.events.latest("number").details


def test_a_sink_that_cannot_be_written_leaves_dry_runs_off(founded, run_jobs, settings, tmp_path):
    organization, _actor = founded
    settings.JOB_ATTEMPTS = 1
    (tmp_path / "logs").write_text("a file where a folder should be")
    settings.DRY_RUN_SINK = str(tmp_path)
    set_up(founded, status="enabled", **PLACE)

    run_jobs()

    assert states(organization) == [SwitchState.DISABLED]
    assert organization.events.latest("number").kind == "failDryRunSwitch"
    assert Job.objects.get(kind="switch_dry_run").state == JobState.DEAD


# --- policies on trial ----------------------------------------------------------------------------


def test_r_dry_7_attaching_needs_dry_runs_on(founded, run_jobs):
    organization, actor = founded
    policy = on_trial(actor)
    given = {"actor": actor, "policy_id": policy.pk, "is_dry_run": True}

    def attach():
        attach_policy(**given, entity_id=organization.root.pk)

    assert_refused(errors.PolicyTypeNotEnabled, attach)
    set_up(founded, status="enabled", **PLACE)
    assert_refused(errors.PolicyTypeNotEnabled, attach)
    run_jobs()
    attach()
    # R-DRY-7: no minimum.
    detach_policy(**given, entity_id=organization.root.pk)
    assert not Attachment.objects.dry_run().exists()


def test_r_dry_7_five_on_an_entity_besides_those_that_bind(founded, run_jobs):
    organization, actor = founded
    set_up(founded, status="enabled", **PLACE)
    run_jobs()
    unit = UnitFactory(parent=organization.root)
    for number in range(5):
        policy = on_trial(actor, name=f"number {number}")
        attach_policy(actor=actor, policy_id=policy.pk, entity_id=unit.pk, is_dry_run=True)
    one_more = on_trial(actor, name="one more")

    assert_refused(
        errors.PolicyAttachQuotaExceeded,
        lambda: attach_policy(
            actor=actor, policy_id=one_more.pk, entity_id=unit.pk, is_dry_run=True
        ),
    )
    bound = create_policy(actor=actor, name="Bound", policy_type=SCP, content=deny())
    attach_policy(actor=actor, policy_id=bound.pk, entity_id=unit.pk)


def test_r_dry_6_the_two_sets_do_not_meet(founded):
    _organization, actor = founded
    tried = on_trial(actor, name="Same")
    bound = create_policy(actor=actor, name="Same", policy_type=SCP, content=deny())
    for policy_id, is_dry_run in ((tried.pk, False), (bound.pk, True), ("p-FullAccess", True)):
        given = {"actor": actor, "policy_id": policy_id, "is_dry_run": is_dry_run}
        assert_refused(errors.PolicyNotFound, lambda given=given: update_policy(**given, name="x"))
        assert_refused(errors.PolicyNotFound, lambda given=given: delete_policy(**given))


def test_r_dry_11_policies_on_trial_are_counted_by_themselves(founded, settings):
    _organization, actor = founded
    settings.POLICY_QUOTA = 1
    on_trial(actor)

    create_policy(actor=actor, name="Bound", policy_type=SCP, content=deny())

    assert_refused(errors.PolicyQuotaExceeded, lambda: on_trial(actor, name="another"))


# --- records --------------------------------------------------------------------------------------


@pytest.fixture
def tried(founded, run_jobs):
    """Dry runs that are on, with a policy on trial at the unit of a member, who is returned."""
    organization, actor = founded
    unit = UnitFactory(parent=organization.root)
    member = AccountFactory(member_of=unit)
    # Made without operations, so they have no policy yet.
    for entity in (unit, member):
        attach_policy(actor=actor, policy_id="p-FullAccess", entity_id=entity.pk)
    set_up(founded, status="enabled", **PLACE, bucket_prefix="dry/runs/")
    run_jobs()
    policy = on_trial(actor)
    attach_policy(actor=actor, policy_id=policy.pk, entity_id=unit.pk, is_dry_run=True)
    return actor_for(make_administrator(member)), unit, policy


@pytest.fixture
def ask(django_capture_on_commit_callbacks):
    """What a member asks for itself, and what is done once the request is over."""

    def call(actor, action=GET):
        organization = Organization.objects.get(pk=actor.organization_id)
        with django_capture_on_commit_callbacks(execute=True):
            queries.own_decisions.require_own_call(
                actor=actor,
                management_account_id=organization.management_account_id,
                policy_version=organization.policy_version,
                call=OwnCall(action),
            )

    return call


def test_r_dry_9_a_call_that_passes_and_would_not_is_recorded(tried, ask):
    member, unit, policy = tried
    before = timezone.now()

    ask(member)

    record = DryRunRecord.objects.get()
    assert before <= record.at <= timezone.now()
    assert (record.organization_id, record.account_id, record.account_name) == (
        member.organization_id,
        member.account_id,
        member.account_name,
    )
    assert (record.principal, record.action, record.resource) == (member.username, GET, "")
    assert record.decision == {
        "reason": "explicit_deny",
        "entity_id": unit.pk,
        "policy_id": policy.pk,
        "policy_name": "On trial",
        "statement": 1,
        "sid": "NoLooking",
    }


def test_r_dry_9_what_passes_either_way_is_not_recorded(tried, ask):
    member, _unit, _policy = tried

    ask(member, "organizations:receivedHandshakes:list")

    assert DryRunRecord.objects.count() == 0


def test_r_dry_9_what_binds_refuses_and_records_nothing(tried, ask, founded):
    _organization, actor = founded
    member, unit, _policy = tried
    bound = create_policy(actor=actor, name="Bound", policy_type=SCP, content=deny())
    attach_policy(actor=actor, policy_id=bound.pk, entity_id=unit.pk)

    with pytest.raises(errors.DeniedByPolicy):
        ask(member)

    assert DryRunRecord.objects.count() == 0


def test_r_dry_8_what_is_switched_off_records_nothing(tried, ask, founded, run_jobs):
    member, _unit, _policy = tried
    set_up(founded, status="disabled")
    ask(member)
    run_jobs()
    ask(member)
    assert DryRunRecord.objects.count() == 0

    set_up(founded, status="enabled")
    run_jobs()
    ask(member)
    assert DryRunRecord.objects.count() == 1


def test_r_dry_1_the_management_account_is_never_tried(tried, ask, founded):
    organization, actor = founded
    _member, _unit, policy = tried
    attach_policy(actor=actor, policy_id=policy.pk, entity_id=organization.root.pk, is_dry_run=True)

    ask(actor)

    assert DryRunRecord.objects.count() == 0


def test_r_dry_9_a_change_of_a_policy_on_trial_counts_from_the_next_call(tried, ask, founded):
    _organization, actor = founded
    member, unit, policy = tried
    ask(member)
    text = deny("organizations:organizations:leave")
    update_policy(actor=actor, policy_id=policy.pk, content=text, is_dry_run=True)
    ask(member)
    assert DryRunRecord.objects.count() == 1

    ask(member, "organizations:organizations:leave")
    assert DryRunRecord.objects.count() == 2
    detach_policy(actor=actor, policy_id=policy.pk, entity_id=unit.pk, is_dry_run=True)
    ask(member, "organizations:organizations:leave")
    assert DryRunRecord.objects.count() == 2


def test_r_dry_9_a_line_for_each_record_in_the_sink(tried, ask, settings, tmp_path):
    settings.DRY_RUN_SINK = str(tmp_path)
    member, _unit, _policy = tried

    ask(member)
    ask(member)

    day = datetime.now(UTC).date().isoformat()
    name = f"{member.organization_id}-{day}.jsonl"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [
        tmp_path / "logs" / "dry" / "runs" / name
    ]
    lines = (tmp_path / "logs" / "dry" / "runs" / name).read_text().splitlines()
    records = DryRunRecord.objects.order_by("pk")
    assert [json.loads(line) for line in lines] == [
        {
            "time": record.at.astimezone(UTC).isoformat(timespec="milliseconds"),
            "organization_id": member.organization_id,
            "account_id": member.account_id,
            "account_name": member.account_name,
            "principal": member.username,
            "action": GET,
            "resource": "",
            "decision": record.decision,
        }
        for record in records
    ]
    assert len(lines) == 2


def test_a_sink_that_fails_stops_no_call_and_the_record_is_there(
    tried, ask, settings, tmp_path, caplog
):
    (tmp_path / "logs").write_text("a file where a folder should be")
    settings.DRY_RUN_SINK = str(tmp_path)
    member, _unit, _policy = tried

    ask(member)

    assert DryRunRecord.objects.count() == 1
    assert "NotADirectoryError" in caplog.text or "FileExistsError" in caplog.text
    assert Path(tmp_path / "logs").is_file()


def test_records_go_after_their_time(tried, ask, settings, monkeypatch):
    member, _unit, _policy = tried
    for _ in range(5):
        ask(member)
    old = timezone.now() - settings.DRY_RUN_RECORDS_KEPT - timedelta(minutes=1)
    oldest = list(DryRunRecord.objects.order_by("pk").values_list("pk", flat=True)[:3])
    DryRunRecord.objects.filter(pk__in=oldest).update(at=old)
    monkeypatch.setattr("orgs.operations.dry_runs.PURGED_AT_ONCE", 2)

    tasks.do_daily_chores()

    assert DryRunRecord.objects.filter(pk__in=oldest).count() == 0
    assert DryRunRecord.objects.count() == 2
    assert purge_dry_run_records(recorded_before=timezone.now()) == 2


def test_records_are_listed_the_newest_first(tried, ask, django_assert_num_queries):
    member, _unit, _policy = tried
    for _ in range(3):
        ask(member)
    given = {"actor": member, "permissions": READER}

    with django_assert_num_queries(1):
        first = queries.dry_runs.list_dry_run_records(**given, limit=2)
    second = queries.dry_runs.list_dry_run_records(**given, limit=2, place=first.end)

    told = [row.id for row in (*first.rows, *second.rows)]
    newest = DryRunRecord.objects.order_by("-at", "-pk").values_list("pk", flat=True)
    assert told == list(newest)
    assert (len(first.rows), second.end) == (2, None)
    assert (
        queries.dry_runs.list_dry_run_records(actor=make_organization()[1], permissions=READER).rows
        == []
    )


def test_r_dry_6_a_version_is_restored_in_its_own_set_alone(founded):
    _organization, actor = founded
    policy = on_trial(actor)
    update_policy(actor=actor, policy_id=policy.pk, content=deny("ecs:*:*"), is_dry_run=True)
    before = Event.objects.count()

    with pytest.raises(errors.PolicyNotFound):
        restore_policy_version(actor=actor, policy_id=policy.pk, number=1)
    assert Event.objects.count() == before
    restored = restore_policy_version(
        actor=actor, policy_id=policy.pk, number=1, version=2, is_dry_run=True
    )

    assert (restored.version, restored.content) == (3, deny())
    event = Event.objects.order_by("-number").first()
    assert (event.kind, event.details["restored_version"]) == ("updateDryRunPolicy", 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_ready", [True, False])
def test_r_dry_9_of_a_change_the_record_is_written_once_it_is_made(founded, run_jobs, is_ready):
    """Never under the organization's lock; a change that comes to nothing leaves no record."""
    organization, actor = founded
    long_ago = timezone.now() - timedelta(days=30 if is_ready else 0)
    member = AccountFactory(member_of=organization.root, created_at=long_ago)
    attach_policy(actor=actor, policy_id="p-FullAccess", entity_id=member.pk)
    leaver = actor_for(make_administrator(member))
    set_up(founded, status="enabled", **PLACE)
    run_jobs()
    policy = on_trial(actor, deny("organizations:organizations:leave"))
    attach_policy(actor=actor, policy_id=policy.pk, entity_id=member.pk, is_dry_run=True)

    if is_ready:
        leave_organization(actor=leaver)
        record = DryRunRecord.objects.get()
        assert (record.account_id, record.action) == (
            member.pk,
            "organizations:organizations:leave",
        )
        assert record.decision["policy_id"] == policy.pk
    else:
        with pytest.raises(errors.AccountStandaloneInfoMissing):
            leave_organization(actor=leaver)
        assert DryRunRecord.objects.count() == 0
