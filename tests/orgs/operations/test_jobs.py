"""R13, P11: a job is done under a lease, put back, given up, found again, tried again, forgotten."""

import threading
from datetime import timedelta

import pytest
from django.conf import settings as configured
from django.db import OperationalError
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from orgs import errors, operations, tasks
from orgs.actor import Actor
from orgs.models import Job, JobState, Organization, Worker
from orgs.operations import jobs
from orgs.operations.creations import create_account
from orgs.queries.jobs import get_job_health
from tests.digest import digest_of_database
from tests.factories import make_organization

pytestmark = pytest.mark.django_db

OPERATOR = Actor.operator("olga")


@pytest.fixture
def job(clock) -> Job:
    organization, _ = make_organization()
    return jobs.add_job(
        kind="mail_invitation", subject_id="h-00000000", organization_id=organization.pk
    )


def queued() -> int:
    return DBTaskResult.objects.ready().count()


def test_a_job_is_held_by_one_as_long_as_the_lease_lasts(job, clock):
    first = jobs.claim_job(job.pk)
    assert (first.state, first.attempts) == (JobState.RUNNING, 1)
    assert first.leased_until == clock.at + configured.JOB_LEASE
    assert jobs.claim_job(job.pk) is None

    clock.forward(seconds=configured.JOB_LEASE.total_seconds())

    assert jobs.claim_job(job.pk).attempts == 2


def test_a_lease_is_renewed_by_who_holds_it_and_by_nobody_else(job, clock):
    first = jobs.claim_job(job.pk)
    clock.forward(seconds=59)
    assert jobs.renew_lease(first)
    clock.forward(seconds=59)
    assert jobs.claim_job(job.pk) is None

    clock.forward(seconds=1)
    second = jobs.claim_job(job.pk)

    assert not jobs.renew_lease(first)
    assert jobs.renew_lease(second)


@pytest.mark.parametrize("end", ["end_job", "put_back", "wait_for_lock", "bury_job"])
def test_who_lost_its_lease_ends_nothing(job, clock, end):
    first = jobs.claim_job(job.pk)
    clock.forward(seconds=60)
    jobs.claim_job(job.pk)
    before = digest_of_database()

    getattr(jobs, end)(first, **({} if end == "end_job" else {"problem": "broken"}))

    assert digest_of_database() == before


def test_a_job_that_is_not_due_or_has_ended_is_not_handed_out(job, clock):
    Job.objects.update(due_at=clock.at + timedelta(seconds=1))
    assert jobs.claim_job(job.pk) is None
    clock.forward(seconds=1)
    jobs.end_job(jobs.claim_job(job.pk))
    clock.forward(days=1)
    assert jobs.claim_job(job.pk) is None
    assert jobs.claim_job(job.pk + 1) is None


def test_it_is_put_back_later_each_time_and_in_the_end_no_more(job, clock, settings):
    settings.JOB_ATTEMPTS = 12
    pauses = []
    for _ in range(11):
        due_at = jobs.put_back(jobs.claim_job(job.pk), problem="broken")
        pauses.append((due_at - clock.at).total_seconds())
        clock.at = due_at

    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert jobs.put_back(jobs.claim_job(job.pk), problem="broken") is None


def break_a_lock(_subject_id):
    raise errors.ConcurrentModification


def break_down(_subject_id):
    raise RuntimeError("no connection")


def test_a_lock_that_does_not_come_uses_up_no_try(job, clock, monkeypatch):
    work = tasks.Work(run=break_a_lock, give_up=lambda _: pytest.fail("given up"))
    monkeypatch.setitem(tasks.WORK, "mail_invitation", work)

    for _ in range(20):
        tasks.work.call(job_id=job.pk)
        clock.forward(seconds=1)

    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.WAITING, 0)
    assert queued() == 20


def test_what_fails_is_queued_again_and_given_up_with_its_problem(
    job, clock, monkeypatch, settings
):
    settings.JOB_ATTEMPTS = 2
    told = []
    work = tasks.Work(run=break_down, give_up=told.append)
    monkeypatch.setitem(tasks.WORK, "mail_invitation", work)

    tasks.work.call(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.problem) == (JobState.WAITING, "RuntimeError: no connection")
    assert (queued(), told) == (0, [])  # due in a second
    clock.forward(seconds=1)
    assert queued() == 1
    tasks.work.call(job_id=job.pk)

    job.refresh_from_db()
    assert (job.state, job.attempts, job.ended_at) == (JobState.DEAD, 2, clock.at)
    assert (job.problem, told) == ("RuntimeError: no connection", ["h-00000000"])


def test_who_dies_between_giving_up_and_burying_is_made_up_for(job, clock, monkeypatch, settings):
    settings.JOB_ATTEMPTS = 1
    told = []
    work = tasks.Work(run=break_down, give_up=told.append)
    monkeypatch.setitem(tasks.WORK, "mail_invitation", work)
    with monkeypatch.context() as patched:
        patched.setattr(jobs, "bury_job", lambda *_, **__: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            tasks.work.call(job_id=job.pk)
    assert Job.objects.get().state == JobState.RUNNING

    clock.forward(seconds=60)
    tasks.do_chores()
    tasks.work.call(job_id=job.pk)

    job.refresh_from_db()
    assert (job.state, job.problem) == (JobState.DEAD, "given up: its workers died")
    assert told == ["h-00000000"] * 2


def test_a_kind_that_is_not_known_is_buried(job):
    Job.objects.update(kind="of_another_version")
    tasks.work.call(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.problem) == (
        JobState.DEAD,
        "no such kind of job: of_another_version",
    )


@pytest.mark.parametrize("lost", ["waiting", "running"])
def test_a_job_that_is_lost_is_queued_again_once_in_a_lease(job, clock, lost):
    if lost == "running":
        jobs.claim_job(job.pk)
    clock.forward(seconds=59)
    tasks.do_chores()
    assert queued() == 0
    clock.forward(seconds=1)

    tasks.do_chores()
    tasks.do_chores()

    assert queued() == 1
    job.refresh_from_db()
    assert (job.state, job.due_at) == (JobState.WAITING, clock.at)


def test_a_job_that_waits_its_turn_in_the_queue_is_not_lost(job, clock):
    tasks._queue(job.pk, clock.at)
    clock.forward(minutes=10)

    tasks.do_chores()

    assert queued() == 1
    DBTaskResult.objects.update(status="RUNNING")  # by a worker that died before it took the job
    tasks.do_chores()
    assert queued() == 1


def test_the_lease_beats_while_the_job_runs(job, monkeypatch, settings):
    """In a thread of its own, which is why it does not write here: the test's rows are its own."""
    settings.JOB_LEASE = timedelta(seconds=0.03)
    beats, enough = [], threading.Event()

    def renew(one):
        beats.append(one.pk)
        if len(beats) == 1:
            raise OperationalError("database is locked")
        if len(beats) == 4:
            enough.set()
        return True

    monkeypatch.setattr(jobs, "renew_lease", renew)
    work = tasks.Work(run=lambda _: enough.wait(10))
    monkeypatch.setitem(tasks.WORK, "mail_invitation", work)
    running = threading.active_count()

    tasks.work.call(job_id=job.pk)

    assert beats[:4] == [job.pk] * 4
    assert threading.active_count() == running
    assert Job.objects.get().state == JobState.DONE


def test_a_heart_whose_job_is_anothers_stops_beating(job, monkeypatch, settings):
    settings.JOB_LEASE = timedelta(seconds=0.03)
    beats = []
    monkeypatch.setattr(jobs, "renew_lease", lambda one: beats.append(one.pk))  # None: not held
    monkeypatch.setitem(
        tasks.WORK, "mail_invitation", tasks.Work(run=lambda _: threading.Event().wait(0.2))
    )

    tasks.work.call(job_id=job.pk)

    assert beats == [job.pk]


def test_an_operator_has_a_job_that_was_given_up_tried_again(job, clock):
    jobs.bury_job(jobs.claim_job(job.pk), problem="broken")
    organization = job.organization

    again = jobs.retry_job(actor=OPERATOR, job_id=job.pk)
    tasks.do_chores()

    assert (again.state, again.attempts, again.ended_at) == (JobState.WAITING, 0, None)
    assert again.problem == "broken"
    assert queued() == 1
    event = organization.events.latest("number")
    assert (event.kind, event.is_operator, event.details) == (
        "retryJob",
        True,
        {"job": "mail_invitation", "subject_id": "h-00000000"},
    )
    tasks.work.call(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.problem) == (JobState.DONE, "")


@pytest.mark.parametrize("state", [JobState.WAITING, JobState.RUNNING, JobState.DONE])
def test_only_what_was_given_up_is_tried_again(job, state):
    Job.objects.update(state=state)
    before = digest_of_database()
    with pytest.raises(errors.JobNotGivenUp):
        jobs.retry_job(actor=OPERATOR, job_id=job.pk)
    with pytest.raises(errors.JobNotFound):
        jobs.retry_job(actor=OPERATOR, job_id=job.pk + 1)
    assert digest_of_database() == before


def test_a_creation_that_was_given_up_stays_failed_when_its_job_is_tried_again(
    clock, run_jobs, settings
):
    settings.ACCOUNT_PROVIDER = "no.such.function"
    settings.JOB_ATTEMPTS = 1
    organization, manager = make_organization()
    request = create_account(actor=manager, name="brand-new")
    run_jobs()
    settings.ACCOUNT_PROVIDER = ""

    jobs.retry_job(actor=OPERATOR, job_id=organization.jobs.get().pk)
    run_jobs()

    request.refresh_from_db()
    assert request.state == "failed"
    assert organization.jobs.get().state == JobState.DONE


def test_what_ended_is_forgotten_after_a_while(job, clock):
    make_organization()
    jobs.end_job(jobs.claim_job(job.pk))
    tasks._queue(job.pk, timezone.now())
    clock.forward(days=30)
    tasks.do_daily_chores()
    assert Job.objects.count() == 1

    clock.forward(seconds=1)
    tasks.do_daily_chores()

    assert (Job.objects.count(), DBTaskResult.objects.count()) == (0, 0)


def test_a_change_that_is_undone_leaves_no_job(settings):
    settings.ACCOUNT_QUOTA = 1
    _, manager = make_organization()
    with pytest.raises(errors.AccountQuotaExceeded):
        create_account(actor=manager, name="brand-new")
    assert (Job.objects.count(), DBTaskResult.objects.count()) == (0, 0)
    assert operations.jobs.forgotten_jobs() == []


def test_retry_jobs_does_all_that_was_given_up_again_each_in_a_change_of_its_own():
    (first, one), (second, other) = make_organization(), make_organization()
    for actor in (one, other):
        operations.creations.create_account(actor=actor, name=f"new-{actor.account_name}")
    operations.care.ask_for_care(actor=OPERATOR, kind="integrity")
    Job.objects.update(state=JobState.DEAD, attempts=5)

    retried = jobs.retry_jobs(actor=OPERATOR)

    assert (retried.count, retried.refused, retried.left) == (3, [], 0)
    assert set(Job.objects.values_list("state", "attempts")) == {("waiting", 0)}
    for organization in (first, second):
        assert organization.events.latest("number").kind == "retryJob"


def test_retry_jobs_of_one_kind_leaves_the_others():
    _, actor = make_organization()
    operations.creations.create_account(actor=actor, name="brand-new")
    operations.care.ask_for_care(actor=OPERATOR, kind="integrity")
    Job.objects.update(state=JobState.DEAD)

    assert jobs.retry_jobs(actor=OPERATOR, kind="care").count == 1
    assert jobs.retry_jobs(actor=OPERATOR, kind="\x00").count == 0
    assert Job.objects.get(kind="create_account").state == JobState.DEAD


def test_retry_jobs_tells_which_are_refused_and_how_many_are_left(monkeypatch):
    monkeypatch.setattr(jobs, "HANDED_OUT_AT_ONCE", 2)
    organization, actor = make_organization()
    for number in range(4):
        operations.creations.create_account(actor=actor, name=f"brand-new-{number}")
    Job.objects.update(state=JobState.DEAD)
    Organization.objects.filter(pk=organization.pk).update(deleted_at=timezone.now())
    ids = list(Job.objects.order_by("pk").values_list("pk", flat=True))

    retried = jobs.retry_jobs(actor=OPERATOR)

    gone = f"There is no organization {organization.pk}."
    assert (retried.count, retried.left) == (0, 2)
    assert retried.refused == [f"{job_id}: {gone}" for job_id in ids[:2]]
    assert Job.objects.filter(state=JobState.DEAD).count() == 4


def test_a_worker_is_known_by_its_beats_until_it_ends(clock):
    for _ in range(2):
        jobs.note_worker(worker_id="w" * 32, host="web-1", process_id=7)
        clock.forward(seconds=15)
    (worker,) = Worker.objects.all()
    assert worker.seen_at - worker.started_at == timedelta(seconds=15)
    assert [one.is_silent for one in get_job_health().workers] == [False]

    clock.forward(minutes=3)

    assert [one.is_silent for one in get_job_health().workers] == [True]
    assert jobs.forget_workers(silent_since=clock() - timedelta(days=1)) == 0
    jobs.forget_worker(worker_id="w" * 32)
    assert Worker.objects.count() == 0


def test_job_health_asks_the_same_however_many_jobs_there_are(django_assert_num_queries):
    _, actor = make_organization()
    for number in range(12):
        if number in {2, 11}:
            with django_assert_num_queries(3):
                get_job_health()
        if number < 5:
            operations.creations.create_account(actor=actor, name=f"brand-new-{number}")
