"""Checks and repairs that operators ask for: run by a worker, once, with the result kept."""

from datetime import timedelta

import pytest

from orgs import errors, operations
from orgs.actor import Actor
from orgs.models import CareKind, CareRun, CareState, Event, Job, OrganizationalUnit, User
from orgs.operations.organizations import delete_organization
from orgs.queries import integrity
from orgs.queries.care import get_latest_care
from tests.digest import digest_of_database
from tests.factories import UnitFactory, make_organization

pytestmark = pytest.mark.django_db

OPERATOR = Actor.operator("olga", address="192.0.2.7")


def ask(kind: str, **more) -> CareRun:
    return operations.care.ask_for_care(actor=OPERATOR, kind=kind, **more)


def test_ask_for_care_notes_who_asked_and_has_a_worker_take_it_at_once(run_jobs):
    run = ask("integrity")

    assert (run.state, run.asked_by, run.source_address) == ("waiting", "olga", "192.0.2.7")
    (job,) = operations.jobs.forgotten_jobs()
    assert Job.objects.get(pk=job).subject_id == str(run.pk)
    run_jobs()
    run.refresh_from_db()
    assert (run.state, run.holds) == ("done", True)
    assert [one["name"] for one in run.result["invariants"]] == [f"I{n}" for n in range(1, 16)]
    assert Event.objects.count() == 0


def test_ask_for_care_refuses_the_same_until_it_has_ended(run_jobs):
    organization, _ = make_organization()
    ask("integrity")
    before = digest_of_database()

    with pytest.raises(errors.CareUnderWay) as refused:
        ask("integrity")

    assert "Check of integrity" in str(refused.value)
    assert digest_of_database() == before
    ask("events")
    ask("events", organization_id=organization.pk)
    run_jobs()
    ask("integrity")


def test_ask_for_care_of_one_organization_is_for_its_events_alone():
    organization, _ = make_organization()
    before = digest_of_database()

    with pytest.raises(errors.InvalidParameter) as refused:
        ask("integrity", organization_id=organization.pk)

    assert refused.value.field == "organization_id"
    assert digest_of_database() == before


def test_the_events_of_a_deleted_organization_are_verified_too(run_jobs):
    organization, actor = make_organization()
    delete_organization(actor=actor)

    run = ask("events", organization_id=organization.pk)
    run_jobs()

    run.refresh_from_db()
    assert (run.holds, run.result) == (True, {"events": 2, "problems": []})


def test_repair_alters_what_is_wrong_and_nothing_else(run_jobs):
    (organization, _), (sound, _) = make_organization(), make_organization()
    unit = UnitFactory(parent=organization.root)
    OrganizationalUnit.objects.filter(pk=unit.pk).update(level=9)

    run = ask("repair")
    run_jobs()

    run.refresh_from_db()
    assert (run.holds, run.result["units"], run.result["refused"]) == (True, 1, [])
    event = organization.events.latest("number")
    assert (event.kind, event.actor_username, event.source_address) == (
        "repairTree",
        "olga",
        "192.0.2.7",
    )
    assert [event.kind for event in sound.events.all()] == ["createOrganization"]


def test_an_operator_who_is_none_any_more_repairs_nothing(run_jobs):
    organization, _ = make_organization()
    unit = UnitFactory(parent=organization.root)
    OrganizationalUnit.objects.filter(pk=unit.pk).update(level=9)
    otto = User.objects.create_user("otto", is_staff=True)
    actor = Actor.operator("otto", user_id=otto.pk)
    run = operations.care.ask_for_care(actor=actor, kind="repair")
    User.objects.filter(pk=otto.pk).update(is_active=False)

    run_jobs()

    run.refresh_from_db()
    assert run.holds is False
    assert run.result["refused"][0].startswith(organization.pk)
    assert OrganizationalUnit.objects.get(pk=unit.pk).level == 9


def test_run_care_again_changes_nothing(run_jobs):
    run = ask("integrity")
    run_jobs()
    before = digest_of_database()

    operations.care.run_care(str(run.pk))

    assert digest_of_database() == before


def test_care_that_was_given_up_has_failed_and_can_be_asked_for_again():
    run = ask("integrity")

    operations.care.fail_care(str(run.pk))

    run.refresh_from_db()
    assert (run.state, run.holds, run.result) == (CareState.FAILED, None, {})
    assert get_latest_care(CareKind.INTEGRITY).ended is None
    ask("integrity")


def test_forget_care_keeps_the_last_of_each_kind_and_organization(clock, run_jobs):
    organization, _ = make_organization()
    for _ in range(2):
        ask("integrity")
        ask("events", organization_id=organization.pk)
        run_jobs()
    kept = {CareRun.objects.filter(kind=kind).latest("pk").pk for kind in ("integrity", "events")}
    clock.forward(days=31)

    forgotten = operations.care.forget_care(ended_before=clock() - timedelta(days=30))

    assert forgotten == 2
    assert set(CareRun.objects.values_list("pk", flat=True)) == kept


def test_what_happens_while_chains_are_verified_is_no_fault(monkeypatch):
    organization, actor = make_organization()
    stale = type(organization).objects.get(pk=organization.pk)
    operations.units.create_organizational_unit(
        actor=actor, parent_id=organization.root.pk, name="Sales"
    )

    assert list(integrity._broken_chain(stale, organization.events.all())) == []
    # But an event that no change has counted is.
    stale = type(organization).objects.get(pk=organization.pk)
    type(organization).objects.filter(pk=organization.pk).update(version=1)
    stale.version = 1
    assert list(integrity._broken_chain(stale, organization.events.all())) == [
        f"{organization.pk}: the last events are missing; 1 expected, 2 found"
    ]
