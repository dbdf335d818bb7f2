"""Bulk create and invite: a verdict per row before anything is sent, and it is what the operations say."""

import random
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orgs import batch_file, errors, operations, queries
from orgs.errors import InvalidParameter, Reason
from orgs.models import (
    Account,
    AccountStatus,
    Batch,
    BatchKind,
    CreationRequest,
    Invitation,
    InvitationState,
    Organization,
    Role,
)
from orgs.operations.creations import create_account, provide_account
from orgs.operations.invitations import invite_account
from orgs.queries.batches import judge, judge_batch, read_rows
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
def manager(organization):
    return actor_for(organization.management_account.users.get())


def verdicts(actor, kind, text):
    before = digest_of_database()
    judged = judge_batch(actor=actor, kind=kind, text=text)
    assert digest_of_database() == before
    return judged.verdicts


def said(verdict) -> list[str]:
    return [str(refusal) for refusal in verdict.refusals]


def test_judge_says_of_each_creation_what_the_operation_would(manager, organization):
    AccountFactory(name="taken-name", email="taken@example.com", phone="12345")
    create_account(actor=make_organization()[1], name="running-name")
    unit = UnitFactory(parent=organization.root, name="Sales")
    UnitFactory(parent=unit, name="A/B")
    twin = UnitFactory(parent=unit, name="A")
    UnitFactory(parent=twin, name="B")

    found = verdicts(
        manager,
        CREATE,
        "fine-one,new@example.com,,sales\n"
        "bad,,,\n"
        "Taken-Name\n"
        "other-one,taken@example.com\n"
        "other-two,,12345\n"
        "running-name\n"
        "Fine-One\n"
        "other-three,new@example.com\n"
        "other-four,,,Nowhere\n"
        "other-five,,,Sales / A / B\n"
        f"other-six,,,{unit.pk}\n"
        "bad,no-address,1,Nowhere",
    )

    assert [said(verdict) for verdict in found] == [
        [],
        ["name: This is too short; give at least 6 characters."],
        ["Another account already has this name."],
        ["Another account already has this email."],
        ["Another account already has this phone."],
        ["Another account already has this name."],
        ["name: This stands here more than once: Fine-One."],
        ["email: This stands here more than once: new@example.com."],
        ["There is no root or organizational unit Nowhere in your organization."],
        ["unit: More than one unit has the path Sales / A / B. Give the unit's id."],
        [],
        [
            "name: This is too short; give at least 6 characters.",
            "email: This is not an e-mail address.",
            "phone: A phone number consists of 4 to 20 digits.",
            "There is no root or organizational unit Nowhere in your organization.",
        ],
    ]
    assert [verdict.destination_id for verdict in found if verdict.is_fine] == [unit.pk, unit.pk]


def test_judge_says_of_each_invitation_what_the_operation_would(manager, organization):
    fine, invited, overdue = AccountFactory(), AccountFactory(), AccountFactory()
    member = AccountFactory(member_of=organization.root)
    closed = AccountFactory(status=AccountStatus.SUSPENDED)
    resource = AccountFactory(is_resource_account=True)
    for account in (invited, overdue):
        invite_account(actor=manager, target_type="account", target=account.pk)
    past = timezone.now() - timedelta(minutes=1)
    Invitation.objects.filter(account=overdue).update(expires_at=past)
    invite_account(actor=make_organization()[1], target_type="account", target=fine.pk)

    lines = [
        fine.name,
        fine.pk,
        "unknown-one",
        "0" * 32,
        "bad name",
        member.name,
        closed.name,
        resource.pk,
        invited.name.upper(),
        overdue.name,
        f"{AccountFactory().name},hello,,a=b;a=c",
    ]
    found = verdicts(manager, INVITE, "\n".join(lines))

    assert [said(verdict) for verdict in found] == [
        [],
        [f"account: This stands here more than once: {fine.pk}."],
        ["There is no account unknown-one in this installation."],
        [f"There is no account {'0' * 32} in this installation."],
        ["account: Begin with a letter; then letters, digits, _ and - may follow."],
        [f"Account {member.name} already belongs to an organization."],
        [f"Account {closed.name} is not active."],
        [f"Account {resource.name} is not active."],
        [f"{invited.name} has an open invitation of this organization already."],
        [],
        ["tags[1].key: This stands here more than once: a."],
    ]


def test_judge_five_creations_go_at_once_and_the_others_as_those_end(manager, organization):
    create_account(actor=manager, name="running-one")

    found = verdicts(manager, CREATE, "\n".join(f"account-new-{number}" for number in range(6)))

    assert [verdict.is_later for verdict in found] == [False] * 4 + [True] * 2
    assert {verdict.goes_at for verdict in found} == {None}


def test_judge_an_invitation_over_the_daily_limit_says_when_it_goes(manager, settings):
    settings.INVITATIONS, settings.INVITATION_WINDOW = 3, timedelta(hours=24)
    now = timezone.now()
    accepted, *sent = [AccountFactory() for _ in range(3)]
    for hours, account in zip((22, 20, 1), (accepted, *sent), strict=True):
        invite_account(actor=manager, target_type="account", target=account.pk)
        Invitation.objects.filter(account=account).update(created_at=now - timedelta(hours=hours))
    Invitation.objects.filter(account=accepted).update(
        state=InvitationState.ACCEPTED, updated_at=now
    )

    names = [AccountFactory().name for _ in range(6)]
    found = verdicts(manager, INVITE, "\n".join(names))

    hours = [
        verdict.goes_at and round((verdict.goes_at - now) / timedelta(hours=1)) for verdict in found
    ]
    assert hours == [None, 4, 23, 24, 28, 47]
    assert [verdict.is_later for verdict in found] == [False, *[True] * 5]


def test_judge_counts_the_quota_row_by_row(manager, settings):
    settings.ACCOUNT_QUOTA = 4
    create_account(actor=manager, name="running-one")

    found = verdicts(manager, CREATE, "one-new\nbad\ntwo-new\nthree-new\nfour-new")

    assert [verdict.is_fine for verdict in found] == [True, False, True, False, False]
    assert said(found[3]) == ["The organization may hold 4 accounts; this would make 5."]


def test_judge_rows_of_other_batches_that_wait_go_first(manager, settings):
    settings.INVITATIONS, settings.ACCOUNT_QUOTA = 2, 5
    first, second, third, fourth = [AccountFactory().name for _ in range(4)]
    operations.batches.create_batch(actor=manager, kind=INVITE, rows=f"{first}\n{second}")

    found = verdicts(manager, INVITE, f"{first}\n{third}\n{fourth}\n{AccountFactory().name}")

    assert said(found[0]) == [f"account: {first} waits in another batch already."]
    assert [verdict.is_later for verdict in found] == [False, True, True, False]
    assert said(found[3]) == ["The organization may hold 5 accounts; this would make 6."]


@pytest.mark.parametrize(("kind", "text"), [(CREATE, "brand-new"), (INVITE, "some-account")])
def test_judge_is_for_who_may_do_it(organization, manager, kind, text):
    account = organization.management_account
    reader = actor_for(make_administrator(account, role=Role.READER))
    member = actor_for(make_administrator(AccountFactory(member_of=organization.root)))
    alone = actor_for(make_administrator(AccountFactory()))

    for actor, refusal in (
        (reader, errors.PermissionDenied),
        (member, errors.NotManagementAccount),
        (alone, errors.CallerNotInOrganization),
    ):
        with pytest.raises(refusal):
            judge_batch(actor=actor, kind=kind, text=text)


def many(kind, number) -> str:
    if kind == CREATE:
        rows = [f"account-new-{n},a{n}@example.com,,Sales,text,a=b" for n in range(number)]
    else:
        rows = [f"{AccountFactory().name},hello,Sales,a=b" for _ in range(number)]
    return "\n".join(rows)


@pytest.mark.parametrize(("kind", "statements"), [(CREATE, 10), (INVITE, 10)])
def test_judge_takes_as_many_statements_for_20_rows_as_for_200(
    manager, organization, kind, statements
):
    UnitFactory(parent=organization.root, name="Sales")
    counts = []
    for number in (20, 200):
        text = many(kind, number)
        with CaptureQueriesContext(connection) as asked:
            judged = judge_batch(actor=manager, kind=kind, text=text)
        assert len(judged.fine) == number
        counts.append(len(asked))

    assert counts == [statements, statements]


@pytest.mark.parametrize("kind", [CREATE, INVITE])
def test_judge_200_rows_under_three_seconds(manager, organization, kind):
    UnitFactory(parent=organization.root, name="Sales")
    text = many(kind, 200)

    began = time.process_time()
    judged = judge_batch(actor=manager, kind=kind, text=text)
    seconds = time.process_time() - began

    assert len(judged.verdicts) == 200
    assert seconds < 3


# --- the same as the operations -------------------------------------------------------------------

SEEDS = range(8)


class World:
    """Accounts in every standing, and rows put together at random from what is there and what is not."""

    def __init__(self, seed: int, settings) -> None:
        self.random = random.Random(seed)
        settings.ACCOUNT_QUOTA = self.random.choice([8, 12, 1_000])
        settings.CREATIONS_AT_ONCE = self.random.choice([1, 5])
        settings.INVITATIONS = self.random.choice([2, 20])
        settings.TAG_QUOTA = self.random.choice([1, 20])
        self.organization, self.actor = make_organization()
        root = self.organization.root
        sales = UnitFactory(parent=root, name="Sales")
        self.units = ["", "sales", "/", "Sales / North", sales.pk, root.pk]
        UnitFactory(parent=sales, name="North")
        AccountFactory(name="taken-name", email="taken@example.com", phone="12345")
        _other, stranger = make_organization()
        create_account(actor=stranger, name="running-name", email="running@example.com")
        accounts = [AccountFactory() for _ in range(5)]
        accounts.append(AccountFactory(member_of=root))
        accounts.append(AccountFactory(status=AccountStatus.PENDING_CLOSURE))
        accounts.append(AccountFactory(is_resource_account=True))
        invite_account(actor=self.actor, target_type="account", target=accounts[0].pk)
        invite_account(actor=stranger, target_type="account", target=accounts[1].pk)
        self.accounts = [one for account in accounts for one in (account.name, account.pk)]
        settings.CONTACTS_DEMANDED = self.random.choice([[], [], ["email"], ["phone", "email"]])

    def rows(self, kind) -> str:
        make = self.creation if kind == CREATE else self.invitation
        return "\n".join(make() for _ in range(20))

    def mostly(self, good, *bad):
        return good if self.random.random() < 0.85 else self.random.choice(bad)

    def creation(self) -> str:
        number = self.random.randrange
        cells = (
            self.mostly(f"account-new-{number(30)}", "taken-name", "running-name", "bad", ""),
            self.mostly(
                f"a{number(60)}@b.org", "", "taken@example.com", "running@example.com", "a@"
            ),
            self.mostly(str(number(10_000, 10_060)), "", "12345", "1"),
            self.unit(),
            self.mostly("text", "", "x" * 256),
            self.tags(),
        )
        return ",".join(cells)

    def invitation(self) -> str:
        account = self.random.choice(self.accounts)
        cells = (
            self.mostly(account, "unknown-one", "0" * 32, "bad name", ""),
            self.mostly("hello", "", "x" * 1_025),
            self.unit(),
            self.tags(),
        )
        return ",".join(cells)

    def unit(self) -> str:
        return self.mostly(self.random.choice(self.units), "Nowhere", "ou-000", "r-0000")

    def tags(self) -> str:
        return self.mostly("a=1", "", "a=1;b=2", "a=1;a=2", "_sys_=1", "a=!")


def ask(world, kind, row, destination_id):
    """The operation itself, as somebody would call it for this row alone."""
    typed = row.typed
    common = {
        "tags": batch_file.tag_pairs(typed["tags"]),
        "destination_parent_id": destination_id or ("ou-00000000" if typed["unit"] else None),
    }
    if kind == CREATE:
        return create_account(
            actor=world.actor,
            name=typed["name"],
            email=typed["email"] or None,
            phone=typed["phone"] or None,
            description=typed["description"],
            **common,
        )
    target = typed["account"]
    return invite_account(
        actor=world.actor,
        target_type="account" if len(target) == 32 else "name",
        target=target,
        notes=typed["notes"],
        **common,
    )


def make_room(world) -> None:
    """What a row that goes later waits for: a creation ends, and a day passes."""
    for request in CreationRequest.objects.running().filter(organization=world.organization)[:1]:
        provide_account(request.pk)
    long_ago = timezone.now() - timedelta(days=2)
    sent = Invitation.objects.filter(organization=world.organization, created_at__gt=long_ago)
    for invitation in sent.order_by("created_at")[:1]:
        Invitation.objects.filter(pk=invitation.pk).update(created_at=long_ago)


def outcome(world, kind, verdict) -> tuple[bool, errors.OrgsError | None]:
    """Whether the row had to wait, and what the operation refused it with in the end."""
    for waited in (False, True):
        try:
            ask(world, kind, verdict.row, verdict.destination_id)
        except (errors.AccountCreateConcurrency, errors.InviteRate):
            if waited:
                raise
            make_room(world)
        except errors.OrgsError as refusal:
            return waited, refusal
        else:
            return waited, None
    raise AssertionError


def facts(refusal) -> object:
    """A refusal in one form, whether a batch or an operation said it."""
    if isinstance(refusal, InvalidParameter):
        if refusal.reason == Reason.REPEATED and refusal.field in {"name", "email", "phone"}:
            return ("AccountConflict",)
        if refusal.reason == Reason.REPEATED and refusal.field == "account":
            return ("HandshakeDuplicate",)
        return "account" if refusal.field == "target.entity" else refusal.field, refusal.reason
    if isinstance(refusal, errors.AccountQuotaExceeded):
        return str(refusal)
    # An id that is none, and a path that nothing has, are the same to who typed it. And of two things
    # that are taken that one is named which an account has, and not only a creation that still runs.
    return (type(refusal).__name__,)


@pytest.mark.parametrize("kind", [CREATE, INVITE])
@pytest.mark.parametrize("seed", SEEDS)
def test_judge_agrees_with_the_operations_row_by_row(seed, kind, settings):
    world = World(seed, settings)
    rows = read_rows(kind, world.rows(kind))
    found = judge(world.organization, kind, rows)

    wrong = []
    for verdict in found:
        waited, refusal = outcome(world, kind, verdict)
        said_before = facts(verdict.refusals[0]) if verdict.refusals else None
        said_now = facts(refusal) if refusal else None
        # Who is refused may have waited for it.
        same_time = verdict.is_later == waited or refusal is not None
        if said_before != said_now or (not same_time and not waited):
            wrong.append((verdict.row.typed, said_before, said_now, verdict.is_later, waited))
    assert wrong == []
    assert any(verdict.is_fine for verdict in found)


@pytest.mark.parametrize("kind", [CREATE, INVITE])
@pytest.mark.parametrize("seed", SEEDS[:3])
def test_a_batch_sends_the_rows_that_were_judged_fine_and_no_others(seed, kind, settings, run_jobs):
    world = World(seed, settings)
    text = world.rows(kind)
    found = judge(world.organization, kind, read_rows(kind, text))

    batch = operations.batches.create_batch(actor=world.actor, kind=kind, rows=text)
    for _ in range(60):
        if Batch.objects.get(pk=batch.pk).ended_at is not None:
            break
        run_jobs()
        make_room(world)
        operations.batches.feed_batches(world.organization.pk)

    states = dict(batch.rows.values_list("number", "state"))
    assert states == {
        verdict.row.number: "sent" if verdict.is_fine else "refused" for verdict in found
    }
    if kind == CREATE:
        run_jobs(times=2)
        made = Account.objects.filter(creation_requests__batch_row__batch=batch).count()
        assert made == list(states.values()).count("sent")


def test_the_progress_of_a_batch(manager, organization, run_jobs, settings):
    settings.CREATIONS_AT_ONCE = 1
    batch = operations.batches.create_batch(
        actor=manager, kind=CREATE, rows="one-new\ntaken-one\nbad\ntwo-new\nthree-new"
    )
    operations.batches.feed_batch(batch.pk)
    AccountFactory(name="taken-one")
    run_jobs(times=2)

    found = queries.batches.get_progress(actor=manager, batch_id=batch.pk)

    summary = found.summary
    assert (summary.total, summary.waiting, summary.sent, summary.refused) == (5, 1, 2, 2)
    assert (summary.running, summary.done, summary.percent) == (1, 3, 60)
    assert (summary.username, summary.account_name) == (manager.username, manager.account_name)
    assert [(row.name, str(row.state), str(row.creation_state)) for row in found.rows] == [
        ("one-new", "sent", "succeeded"),
        ("taken-one", "refused", "None"),
        ("bad", "refused", "None"),
        ("two-new", "sent", "in_progress"),
        ("three-new", "waiting", "None"),
    ]
    assert [str(row.refusal) for row in found.rows[1:3]] == [
        "Another account already has this name.",
        "name: This is too short; give at least 6 characters.",
    ]
    assert (found.rows[4].is_later, found.rows[4].goes_at, found.is_moving) == (True, None, True)
    part = queries.batches.get_progress(actor=manager, batch_id=batch.pk, after=1, part=2)
    assert [row.number for row in part.rows] == [2, 3]
    assert part.after == 3
    only = queries.batches.get_progress(actor=manager, batch_id=batch.pk, state="waiting")
    assert ([row.number for row in only.rows], only.after) == ([5], None)


def test_the_progress_costs_the_same_for_20_rows_and_for_200(manager, organization):
    counts = []
    for number in (20, 200):
        text = "\n".join(f"account-{number}-{n}" for n in range(number))
        batch = operations.batches.create_batch(actor=manager, kind=CREATE, rows=text)
        operations.batches.feed_batch(batch.pk)
        with CaptureQueriesContext(connection) as asked:
            queries.batches.get_progress(actor=manager, batch_id=batch.pk)
        counts.append(len(asked))

    assert counts == [8, 8]


def test_a_batch_is_of_one_organization(manager):
    batch = operations.batches.create_batch(actor=manager, kind=CREATE, rows="brand-new")
    stranger = make_organization()[1]

    said = []
    for batch_id in (batch.pk, "b-" + "0" * 32):
        with pytest.raises(errors.BatchNotFound) as refused:
            queries.batches.get_progress(actor=stranger, batch_id=batch_id)
        said.append(str(refused.value).replace(batch_id, "ID"))
    assert said[0] == said[1]
    assert queries.batches.list_batches(actor=stranger) == []
    assert [one.id for one in queries.batches.list_batches(actor=manager)] == [batch.pk]
