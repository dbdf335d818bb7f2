"""Bulk create and invite: rows are kept, fed as there is room, judged again, and none goes twice."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from orgs import errors, operations, tasks
from orgs.actor import Actor
from orgs.errors import InvalidParameter, Reason
from orgs.models import (
    Account,
    Batch,
    BatchKind,
    BatchRow,
    CreationRequest,
    CreationState,
    Event,
    Invitation,
    InvitationState,
    Job,
    Organization,
    Role,
    User,
)
from orgs.operations import batches
from orgs.operations.batches import cancel_batch, create_batch, feed_batch, feed_batches
from tests.digest import digest_of_database
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)

pytestmark = pytest.mark.django_db

CREATE, INVITE = BatchKind.CREATE, BatchKind.INVITE


@pytest.fixture
def organization(settings) -> Organization:
    settings.ACCOUNT_QUOTA = 2_000
    return make_organization()[0]


@pytest.fixture
def manager(organization) -> Actor:
    return actor_for(organization.management_account.users.get())


def names(number: int) -> list[str]:
    return [f"account-new-{place}" for place in range(number)]


def states(batch: Batch) -> list[str]:
    return list(batch.rows.order_by("number").values_list("state", flat=True))


def refusals(batch: Batch) -> list[str]:
    kept = batch.rows.order_by("number").values_list("refusal", flat=True)
    return [str(errors.said_again(one)) if one else "" for one in kept]


def is_over(batch: Batch) -> bool:
    return Batch.objects.get(pk=batch.pk).ended_at is not None


def test_create_batch_keeps_the_rows_as_they_were_typed(manager, organization):
    unit = UnitFactory(parent=organization.root, name="Sales")
    text = "name,unit,tags\nbrand-new, sales ,a=1;b=2\nbad,,\n"

    batch = create_batch(actor=manager, kind="create", rows=text)

    assert (batch.kind, batch.organization, batch.ended_at) == (CREATE, organization, None)
    assert (batch.account_id, batch.user_id) == (manager.account_id, manager.user_id)
    first, second = batch.rows.order_by("number")
    assert (first.number, first.state, first.destination) == (2, "waiting", unit)
    assert {key: text for key, text in first.typed.items() if text} == {
        "name": "brand-new",
        "unit": "sales",
        "tags": "a=1;b=2",
    }
    assert (second.number, second.state) == (3, "refused")
    assert refusals(batch) == ["", "name: This is too short; give at least 6 characters."]
    event = Event.objects.order_by("pk").last()
    target = event.targets.get()
    assert (event.kind, target.entity_type, target.entity_id) == ("createBatch", "batch", batch.pk)
    assert target.after == {"kind": "create", "rows": 2, "refused_rows": 1}


@pytest.mark.parametrize(
    ("kind", "rows", "wanted"),
    [
        ("close", "brand-new", ("kind", Reason.NOT_A_CHOICE)),
        (None, "brand-new", ("kind", Reason.NOT_A_CHOICE)),
        ([], "brand-new", ("kind", Reason.NOT_A_CHOICE)),
        ("create", "", ("rows", Reason.NONE_GIVEN)),
        ("create", "bad\nbad name", ("rows", Reason.NONE_FINE)),
        ("invite", "unknown-account", ("rows", Reason.NONE_FINE)),
        ("create", "one-new\ntwo-new\nthree-new", ("rows", Reason.TOO_MANY)),
        ("create", 7, ("rows", Reason.NOT_TEXT)),
    ],
)
def test_create_batch_refuses_what_holds_no_row_to_send(manager, settings, kind, rows, wanted):
    settings.BATCH_ROWS = 2
    before = digest_of_database()

    with pytest.raises(InvalidParameter) as refused:
        create_batch(actor=manager, kind=kind, rows=rows)

    assert (refused.value.field, refused.value.reason) == wanted
    assert digest_of_database() == before


@pytest.mark.parametrize(
    "rows", [b"\xff", 'brand-new,"', "name,colour\nbrand-new", "a\x00", "\ud800"]
)
def test_create_batch_refuses_what_cannot_be_read(manager, rows):
    before = digest_of_database()

    with pytest.raises(errors.InvalidFile):
        create_batch(actor=manager, kind="create", rows=rows)

    assert digest_of_database() == before


def test_rows_are_fed_five_at_once_as_creations_end(manager, organization, run_jobs):
    batch = create_batch(actor=manager, kind="create", rows="\n".join(names(12)))

    run_jobs()
    assert states(batch).count("sent") == 5
    most = 5
    for _ in range(20):
        if is_over(batch):
            break
        run_jobs()
        most = max(most, organization.creation_requests.running().count())
    run_jobs(times=2)

    assert most == 5
    assert states(batch) == ["sent"] * 12
    made = Account.objects.filter(organization=organization, name__in=names(12))
    assert sorted(made.values_list("name", flat=True)) == sorted(names(12))
    assert CreationRequest.objects.count() == 12


def test_a_row_becomes_what_the_operation_would_have_made(manager, organization, run_jobs):
    unit = UnitFactory(parent=organization.root, name="Sales")
    invited = AccountFactory()
    create_batch(
        actor=manager, kind="create", rows="brand-new,a@b.org,12345,Sales,What it is,a=1;b"
    )
    create_batch(actor=manager, kind="invite", rows=f"{invited.name},Join us,Sales,a=1")
    run_jobs()

    request, invitation = CreationRequest.objects.get(), Invitation.objects.get()
    assert (request.account_name, request.email, request.phone) == ("brand-new", "a@b.org", "12345")
    assert (request.description, request.destination) == ("What it is", unit)
    assert request.tags == {"a": "1", "b": ""}
    assert (invitation.account, invitation.target_type) == (invited, "name")
    assert (invitation.target, invitation.notes) == (invited.name, "Join us")
    assert (invitation.tags, invitation.destination) == ({"a": "1"}, unit)
    assert request.batch_row.state == invitation.batch_row.state == "sent"
    sent = Event.objects.filter(kind__in=["createAccount", "inviteAccount"])
    assert {event.actor_username for event in sent} == {manager.username}
    assert {event.details["batch"] for event in sent} == set(
        Batch.objects.values_list("pk", flat=True)
    )


def test_an_id_and_a_name_are_told_apart(manager, run_jobs):
    account = AccountFactory()
    create_batch(actor=manager, kind="invite", rows=account.pk)
    run_jobs()
    assert Invitation.objects.get().target_type == "account"


def test_a_unit_that_was_renamed_is_still_meant_and_one_that_is_gone_is_not_the_root(
    manager, organization
):
    renamed, gone = (UnitFactory(parent=organization.root, name=name) for name in ("One", "Two"))
    batch = create_batch(actor=manager, kind="create", rows="one-new,,,One\ntwo-new,,,Two")
    operations.units.update_organizational_unit(actor=manager, unit_id=renamed.pk, name="Other")
    operations.units.delete_organizational_unit(actor=manager, unit_id=gone.pk)

    assert feed_batch(batch.pk) == 1

    assert CreationRequest.objects.get().destination == renamed
    assert refusals(batch)[1] == "There is no root or organizational unit Two in your organization."


def test_what_is_refused_by_now_is_kept_as_refused_and_the_rest_goes_on(manager):
    batch = create_batch(actor=manager, kind="create", rows="one-new\ntwo-new\nthree-new")
    AccountFactory(name="two-new")

    assert feed_batch(batch.pk) == 2

    assert states(batch) == ["sent", "refused", "sent"]
    assert refusals(batch)[1] == "Another account already has this name."
    assert is_over(batch)
    event = Event.objects.get(kind="refuseBatchRows")
    assert event.targets.get().after == {"state": "refused", "rows": "2"}
    assert event.details == {"refusal": "Another account already has this name."}


@pytest.mark.parametrize(
    ("lose_it", "refusal"),
    [
        (lambda user: User.objects.filter(pk=user.pk).update(is_active=False), errors.UserDisabled),
        (lambda user: user.groups.clear(), errors.PermissionDenied),
        (
            lambda user: User.objects.filter(pk=user.pk).update(account=AccountFactory()),
            errors.UserDisabled,
        ),
    ],
)
def test_what_waits_is_refused_when_the_right_of_who_asked_is_gone(
    manager, settings, lose_it, refusal
):
    settings.CREATIONS_AT_ONCE = 2
    batch = create_batch(actor=manager, kind="create", rows="\n".join(names(4)))
    feed_batch(batch.pk)
    lose_it(User.objects.get(pk=manager.user_id))

    assert feed_batch(batch.pk) == 0

    assert states(batch) == ["sent", "sent", "refused", "refused"]
    kept = batch.rows.filter(state="refused").values_list("refusal__name", flat=True)
    assert set(kept) == {refusal.__name__}
    assert is_over(batch)
    assert Event.objects.get(kind="refuseBatchRows").targets.get().after["rows"] == "3, 4"


def test_r_inv_7_what_is_over_the_daily_limit_goes_by_the_clock(manager, settings, run_jobs):
    settings.INVITATIONS = 2
    lines = [AccountFactory().name for _ in range(5)]
    batch = create_batch(actor=manager, kind="invite", rows="\n".join(lines))
    run_jobs()
    assert states(batch) == ["sent", "sent", *["waiting"] * 3]
    first = Invitation.objects.order_by("created_at").first()
    batch.refresh_from_db()
    assert batch.due_at == first.created_at + settings.INVITATION_WINDOW
    assert batches.claim_due_batches() == []

    day = timedelta(hours=24, minutes=1)
    for invitation in Invitation.objects.all():
        Invitation.objects.filter(pk=invitation.pk).update(created_at=invitation.created_at - day)
    Batch.objects.update(due_at=batch.due_at - day)
    tasks.do_chores()
    run_jobs()

    assert states(batch) == [*["sent"] * 4, "waiting"]
    assert Invitation.objects.count() == 4


def test_an_accepted_invitation_makes_room(manager, settings, run_jobs):
    settings.INVITATIONS = 1
    first, second = AccountFactory(), AccountFactory()
    batch = create_batch(actor=manager, kind="invite", rows=f"{first.name}\n{second.name}")
    run_jobs()
    invitation = Invitation.objects.get()
    owner = actor_for(make_administrator(first))
    operations.invitations.accept_invitation(actor=owner, invitation_id=invitation.pk)
    run_jobs()

    assert states(batch) == ["sent", "sent"]


def test_each_of_two_workers_claims_what_is_due_once(manager, settings):
    batch = create_batch(actor=manager, kind="create", rows="brand-new")
    Batch.objects.update(due_at=timezone.now())

    assert batches.claim_due_batches() == [batch.organization_id]
    assert batches.claim_due_batches() == []


def test_nothing_can_be_sent_where_the_installation_allows_none(manager, settings):
    settings.CREATIONS_AT_ONCE = 1
    batch = create_batch(actor=manager, kind="create", rows="one-new\ntwo-new")
    settings.CREATIONS_AT_ONCE = 0

    feed_batch(batch.pk)

    assert states(batch) == ["refused", "refused"]


def test_the_older_batch_goes_first(manager, organization, settings, run_jobs):
    settings.CREATIONS_AT_ONCE = 1
    older = create_batch(actor=manager, kind="create", rows="one-new\ntwo-new")
    newer = create_batch(actor=manager, kind="create", rows="three-new")
    for _ in range(2):
        feed_batches(organization.pk)
        CreationRequest.objects.update(
            state=CreationState.FAILED,
            completed_at=timezone.now(),
            failure_reason="INTERNAL_FAILURE",
        )
        assert states(newer) == ["waiting"]
    assert states(older) == ["sent", "sent"]
    feed_batches(organization.pk)
    assert states(newer) == ["sent"]


def test_cancel_batch_cancels_what_waits_and_nothing_else(manager, settings, run_jobs):
    settings.CREATIONS_AT_ONCE = 1
    batch = create_batch(actor=manager, kind="create", rows="one-new\nbad\ntwo-new\nthree-new")
    feed_batch(batch.pk)

    cancel_batch(actor=manager, batch_id=batch.pk)
    run_jobs(times=3)

    assert states(batch) == ["sent", "refused", "cancelled", "cancelled"]
    assert is_over(batch)
    assert CreationRequest.objects.count() == 1
    target = Event.objects.get(kind="cancelBatch").targets.get()
    assert target.after == {"state": "cancelled", "rows": 2}
    before = digest_of_database()
    with pytest.raises(errors.BatchEnded):
        cancel_batch(actor=manager, batch_id=batch.pk)
    assert digest_of_database() == before


def test_a_deleted_organization_sends_nothing_more(manager, settings):
    settings.INVITATIONS = 1
    rows = f"{AccountFactory().name}\n{AccountFactory().name}"
    batch = create_batch(actor=manager, kind="invite", rows=rows)
    feed_batch(batch.pk)
    operations.organizations.delete_organization(actor=manager)

    assert feed_batch(batch.pk) == 0
    assert states(batch) == ["sent", "cancelled"]
    assert is_over(batch)


def test_batches_are_kept_and_then_forgotten(manager, run_jobs):
    batch = create_batch(actor=manager, kind="create", rows="brand-new\nbad")
    assert batches.purge_batches(ended_before=timezone.now()) == 0
    feed_batch(batch.pk)
    assert batches.purge_batches(ended_before=timezone.now()) == 1
    assert not BatchRow.objects.exists()
    assert CreationRequest.objects.count() == 1


def test_an_invitation_that_is_forgotten_leaves_its_row(manager):
    batch = create_batch(actor=manager, kind="invite", rows=AccountFactory().name)
    feed_batch(batch.pk)
    now = timezone.now()
    Invitation.objects.update(state=InvitationState.DECLINED, updated_at=now)
    assert operations.invitations.purge_invitations(ended_before=timezone.now()) == 1
    row = batch.rows.get()
    assert (row.state, row.invitation) == ("sent", None)


# --- restartable, and no row twice ----------------------------------------------------------------


def test_a_feeder_that_dies_between_rows_is_followed_by_one_that_goes_on(manager, monkeypatch):
    batch = create_batch(actor=manager, kind="create", rows="\n".join(names(4)))
    new_creation, made = batches.new_creation, []

    def dies_at_the_third(organization, **wanted):
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(wanted["name"])
        return new_creation(organization, **wanted)

    monkeypatch.setattr(batches, "new_creation", dies_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        feed_batch(batch.pk)
    assert states(batch) == ["sent", "sent", "waiting", "waiting"]
    monkeypatch.undo()

    assert feed_batch(batch.pk) == 2
    assert states(batch) == ["sent"] * 4
    requested = CreationRequest.objects.order_by("created_at").values_list(
        "account_name", flat=True
    )
    assert list(requested) == names(4)


def test_a_feeder_that_dies_after_a_row_was_written_leaves_no_half_of_it(manager, monkeypatch):
    batch = create_batch(actor=manager, kind="create", rows="\n".join(names(2)))
    before = digest_of_database()

    def dies(*_args, **_facts):
        raise KeyboardInterrupt

    monkeypatch.setattr(batches.events, "record", dies)
    with pytest.raises(KeyboardInterrupt):
        feed_batch(batch.pk)
    monkeypatch.undo()

    assert digest_of_database() == before
    assert feed_batch(batch.pk) == 2
    assert CreationRequest.objects.count() == 2


def test_a_job_that_was_lost_is_made_up_for_by_the_clock(manager, run_jobs, settings):
    lease = settings.JOB_LEASE
    settings.JOB_LEASE = timedelta()
    batch = create_batch(actor=manager, kind="create", rows="brand-new")
    Job.objects.all().delete()

    tasks.do_chores()
    # Without a lease its worker would renew it at once, and wait for the lock that this test has.
    settings.JOB_LEASE = lease
    run_jobs()

    assert states(batch) == ["sent"]


@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer and no row locks"
)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["create", "invite"])
def test_two_feeders_at_once_send_no_row_twice(settings, kind):
    settings.ACCOUNT_QUOTA = settings.INVITATIONS = settings.CREATIONS_AT_ONCE = 500
    _organization, manager = make_organization()
    lines = names(60) if kind == "create" else [AccountFactory().name for _ in range(60)]
    batch = create_batch(actor=manager, kind=kind, rows="\n".join(lines))
    sent, failed = [], []
    together = threading.Barrier(4)

    def feed() -> None:
        try:
            together.wait(timeout=30)
            sent.append(feed_batch(batch.pk))
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    feeders = [threading.Thread(target=feed) for _ in range(4)]
    for feeder in feeders:
        feeder.start()
    for feeder in feeders:
        feeder.join(timeout=60)

    assert failed == []
    assert sum(sent) == 60
    assert states(batch) == ["sent"] * 60
    became = CreationRequest.objects.all() if kind == "create" else Invitation.objects.all()
    assert became.count() == 60
    assert sum(count > 0 for count in sent) > 1


@pytest.mark.parametrize("role", [Role.READER])
def test_a_reader_cancels_nothing(manager, organization, role):
    batch = create_batch(actor=manager, kind="invite", rows=AccountFactory().name)
    reader = actor_for(make_administrator(organization.management_account, role=role))
    before = digest_of_database()

    with pytest.raises(errors.PermissionDenied):
        cancel_batch(actor=reader, batch_id=batch.pk)

    assert digest_of_database() == before
