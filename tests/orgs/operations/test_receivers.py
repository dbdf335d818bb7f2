"""Receivers of e-mails: asked first, told nothing before their yes, and rid of it by one link."""

import email
import email.policy
from datetime import timedelta

import pytest
from django.core import mail, signing

from orgs import errors, operations, receiver_links, tasks
from orgs.models import AskedReceiver, Delivery, Job, Organization, Subscription
from orgs.operations.subscriptions import ASKED_PER_ADDRESS
from orgs.queries.receivers import get_received
from orgs.receiver_links import LONGEST, Page
from tests.digest import digest_of_database
from tests.factories import make_organization
from tests.links import path_in, question, signed_part, way_out

pytestmark = pytest.mark.django_db

KIND = "createOrganizationalUnit"
READER = "reader@example.com"


@pytest.fixture
def company(settings):
    settings.MAILS_ARE_SENT = True
    return make_organization()


@pytest.fixture
def actor(company):
    return company[1]


def subscribe(actor, **given) -> Subscription:
    wanted = {"channel": "email", "name": "Readers", "target": READER, "kinds": [KIND]} | given
    return operations.subscriptions.create_subscription(actor=actor, **wanted)[0]


def change(actor, subscription, **given) -> Subscription:
    return operations.subscriptions.update_subscription(
        actor=actor, subscription_id=subscription.pk, **given
    )


def ask_again(actor, subscription) -> None:
    operations.subscriptions.resend_confirmation(actor=actor, subscription_id=subscription.pk)


def make_unit(actor, name="Sales") -> None:
    root = Organization.objects.get(pk=actor.organization_id).root
    operations.units.create_organizational_unit(actor=actor, parent_id=root.pk, name=name)


def confirm(signed: str) -> str:
    return operations.receivers.confirm_subscription(signed=signed).standing


def unsubscribe(signed: str) -> str:
    return operations.receivers.unsubscribe(signed=signed).standing


def state_of(subscription) -> str:
    return Subscription.objects.get(pk=subscription.pk).state


def test_an_address_gets_one_question_and_nothing_else_before_the_yes(company, actor, run_jobs):
    organization, _actor = company
    subscription = subscribe(actor)
    make_unit(actor)
    run_jobs()

    (asked,) = mail.outbox
    assert state_of(subscription) == "unconfirmed"
    assert asked.to == [READER]
    assert asked.subject == f"[{organization.name}] Do you want these e-mails?"
    assert "Sales" not in asked.body
    assert list(Delivery.objects.values_list("purpose", "state")) == [("confirmation", "delivered")]

    assert confirm(signed_part(path_in(asked, Page.CONFIRM))) == "done"
    make_unit(actor, "Legal")
    run_jobs()

    assert [sent.subject for sent in mail.outbox[1:]] == [f"[{organization.name}] Unit created"]
    confirmed = organization.events.get(kind="confirmSubscription")
    assert (confirmed.actor_username, confirmed.source_address) == ("", "")
    target = confirmed.targets.get()
    assert (target.before["subscription_state"], target.after["subscription_state"]) == (
        "unconfirmed",
        "active",
    )


def test_looking_at_a_link_changes_nothing(actor, django_assert_num_queries):
    subscription = subscribe(actor)
    before = digest_of_database()

    for page, signed in (
        (Page.CONFIRM, question(subscription)),
        (Page.UNSUBSCRIBE, way_out(subscription)),
    ):
        with django_assert_num_queries(1):
            assert get_received(page=page, signed=signed).standing == "open"

    assert digest_of_database() == before


def no_links(subscription) -> list[str]:
    good, other = question(subscription), way_out(subscription)
    signer = signing.Signer(salt="another", sep=".")
    return [
        "",
        "x",
        ".",
        "...",
        "\x00",
        "é" * 50,
        good[:-1],
        good + "x",
        good.replace("s-", "s_", 1),
        good.swapcase(),
        other,
        signer.sign(good.rpartition(".")[0]),
        good * 9,
        "a" * (LONGEST + 1),
        "a" * 1_000_000,
    ]


def test_what_is_no_link_of_ours_asks_the_database_nothing(actor, django_assert_num_queries):
    links = no_links(subscribe(actor))

    with django_assert_num_queries(0):
        said = {confirm(signed) for signed in links}
        said |= {unsubscribe(signed) for signed in links if signed != links[-5]}

    assert said == {"invalid"}


def test_a_link_runs_out(actor, clock, settings, run_jobs):
    subscription = subscribe(actor)
    run_jobs()
    signed = signed_part(path_in(mail.outbox[0], Page.CONFIRM))
    clock.at += settings.CONFIRMATION_LIFETIME
    before = digest_of_database()

    assert confirm(signed) == "expired"
    assert (state_of(subscription), digest_of_database()) == ("unconfirmed", before)
    ask_again(actor, subscription)
    run_jobs()
    assert confirm(signed_part(path_in(mail.outbox[1], Page.CONFIRM))) == "done"
    assert confirm(signed) == "done"  # what was said before the time ran out, is said


def test_confirming_twice_leaves_one_trace(company, actor):
    signed = question(subscribe(actor))
    assert confirm(signed) == "done"
    before = digest_of_database()

    assert confirm(signed) == "done"

    assert digest_of_database() == before


def test_another_address_is_asked_anew_and_links_of_the_first_one_are_dead(
    company, actor, run_jobs
):
    subscription = subscribe(actor)
    first, out = question(subscription), way_out(subscription)
    confirm(first)
    make_unit(actor)  # waits to be sent to the first address

    change(actor, subscription, target="other@example.com")
    run_jobs()

    assert state_of(subscription) == "unconfirmed"
    assert Subscription.objects.get().confirmed_at is None
    assert [sent.to for sent in mail.outbox] == [["other@example.com"]]
    assert mail.outbox[0].subject.endswith("Do you want these e-mails?")
    assert (confirm(first), unsubscribe(out)) == ("gone", "done")
    assert state_of(subscription) == "unconfirmed"
    failed = Delivery.objects.get(event__kind=KIND)
    assert (failed.state, failed.problem) == ("failed", "the address was changed")


def test_the_same_address_again_asks_nobody(actor):
    subscription = subscribe(actor)
    confirm(question(subscription))

    change(actor, subscription, target=READER, name="Others")

    assert (state_of(subscription), AskedReceiver.objects.count()) == ("active", 1)


def test_a_deleted_subscription_leaves_dead_links(actor):
    subscription = subscribe(actor)
    signed, out = question(subscription), way_out(subscription)
    operations.subscriptions.delete_subscription(actor=actor, subscription_id=subscription.pk)
    before = digest_of_database()

    assert (confirm(signed), unsubscribe(out)) == ("gone", "done")
    assert digest_of_database() == before


def test_unsubscribing_stands_until_the_address_is_another(company, actor, run_jobs):
    organization, _actor = company
    subscription = subscribe(actor)
    signed = question(subscription)
    confirm(signed)
    make_unit(actor)  # is not sent any more

    assert unsubscribe(way_out(subscription)) == "done"
    run_jobs()

    assert state_of(subscription) == "unsubscribed"
    assert [sent.subject.partition("] ")[2] for sent in mail.outbox] == []
    assert organization.events.latest("number").kind == "unsubscribe"
    before = digest_of_database()
    assert (unsubscribe(way_out(subscription)), confirm(signed)) == ("done", "gone")
    for is_active in (True, False):
        with pytest.raises(errors.ReceiverUnsubscribed):
            change(actor, subscription, is_active=is_active)
    with pytest.raises(errors.ConfirmationNotAwaited):
        ask_again(actor, subscription)
    assert digest_of_database() == before
    change(actor, subscription, target="other@example.com")
    assert state_of(subscription) == "unconfirmed"


def test_a_link_of_a_former_secret_key_counts_as_long_as_that_is_listed(actor, settings):
    subscription = subscribe(actor)
    sent = way_out(subscription)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another-key-which-is-the-newest-one"

    assert (unsubscribe(sent), state_of(subscription)) == ("invalid", "unconfirmed")

    settings.SECRET_KEY_FALLBACKS = [former]
    assert way_out(subscription) != sent
    assert (unsubscribe(sent), state_of(subscription)) == ("done", "unsubscribed")


def test_unsubscribing_before_the_yes_ends_the_questions(actor):
    subscription = subscribe(actor)

    assert unsubscribe(way_out(subscription)) == "done"

    with pytest.raises(errors.ConfirmationNotAwaited):
        ask_again(actor, subscription)


def test_nothing_is_tested_or_repeated_before_the_yes(actor):
    subscription = subscribe(actor)
    asked = Delivery.objects.get()
    Delivery.objects.update(state="failed")
    before = digest_of_database()

    with pytest.raises(errors.SubscriptionUnconfirmed):
        operations.subscriptions.send_test_delivery(actor=actor, subscription_id=subscription.pk)
    with pytest.raises(errors.SubscriptionUnconfirmed):
        operations.subscriptions.redeliver(
            actor=actor, subscription_id=subscription.pk, delivery_id=asked.pk
        )

    assert digest_of_database() == before


def test_redeliver_does_not_ask_again_what_was_answered(actor, run_jobs):
    subscription = subscribe(actor)
    run_jobs()
    confirm(question(subscription))

    with pytest.raises(errors.ConfirmationNotAwaited):
        operations.subscriptions.redeliver(
            actor=actor, subscription_id=subscription.pk, delivery_id=Delivery.objects.get().pk
        )


def test_switched_off_before_the_yes_it_is_asked_once_it_is_on(actor, run_jobs):
    subscription = subscribe(actor)
    change(actor, subscription, is_active=False)
    run_jobs()
    assert mail.outbox == []  # nobody is asked for what is off

    change(actor, subscription, is_active=True)
    run_jobs()

    assert (state_of(subscription), len(mail.outbox)) == ("unconfirmed", 1)


def test_a_yes_while_it_is_off_counts_once_it_is_on(actor):
    subscription = subscribe(actor)
    change(actor, subscription, is_active=False)

    assert confirm(question(subscription)) == "done"
    assert state_of(subscription) == "disabled"
    change(actor, subscription, is_active=True)

    assert state_of(subscription) == "active"


def test_an_address_is_asked_three_times_a_day_at_most_whatever_is_deleted(actor, clock):
    for _time in range(ASKED_PER_ADDRESS):
        subscription = subscribe(actor, target=READER.upper())
        operations.subscriptions.delete_subscription(actor=actor, subscription_id=subscription.pk)
    before = digest_of_database()

    with pytest.raises(errors.ReceiverAskedTooOften):
        subscribe(actor)
    assert digest_of_database() == before
    subscribe(make_organization()[1])  # what others ask is theirs
    subscribe(actor, target="other@example.com")
    clock.forward(hours=24)
    subscribe(actor)


def test_an_organization_asks_only_so_many_addresses_a_day(actor, settings, clock):
    settings.CONFIRMATIONS = 2
    subscription = subscribe(actor)
    ask_again(actor, subscription)
    before = digest_of_database()

    for refused in (
        lambda: ask_again(actor, subscription),
        lambda: subscribe(actor, target="other@example.com"),
        lambda: change(actor, subscription, target="other@example.com"),
    ):
        with pytest.raises(errors.ConfirmationQuotaExceeded):
            refused()

    assert digest_of_database() == before
    clock.forward(hours=25)
    tasks.do_daily_chores()
    assert not AskedReceiver.objects.exists()
    ask_again(actor, subscription)


def test_e_mails_need_the_address_of_the_site(actor, settings, run_jobs):
    confirmed = subscribe(actor)
    confirm(question(confirmed))
    settings.SITE_ADDRESS = ""
    before = digest_of_database()

    with pytest.raises(errors.SiteAddressUnknown):
        subscribe(actor, target="other@example.com")
    assert digest_of_database() == before
    make_unit(actor)
    run_jobs()

    assert mail.outbox == []
    assert Delivery.objects.get(event__kind=KIND).problem.startswith("ORGS_SITE_ADDRESS is not set")


def test_every_e_mail_says_how_to_unsubscribe_as_mail_programs_read_it(actor, run_jobs):
    subscription = subscribe(actor)
    run_jobs()
    confirm(question(subscription))
    make_unit(actor)
    run_jobs()

    link = receiver_links.write(Page.UNSUBSCRIBE, subscription)
    for sent in mail.outbox:
        written = sent.message(policy=email.policy.SMTP).as_bytes()
        assert f"\r\nList-Unsubscribe: <{link}>\r\n".encode() in written
        assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in written
        assert f"\r\n{link}".encode() in written.replace(b"=\r\n", b"")
    assert len(mail.outbox) == 2


def test_e_mails_are_in_the_language_of_the_subscription(company, actor, run_jobs):
    subscription = subscribe(actor, language="zh-hans")
    run_jobs()
    confirm(question(subscription))
    make_unit(actor)
    run_jobs()

    assert mail.outbox[1].subject == f"[{company[0].name}] 单元已创建"
    assert Subscription.objects.get().language == "zh-hans"
    change(actor, subscription, language="en")
    make_unit(actor, "Legal")
    run_jobs()
    assert mail.outbox[2].subject == f"[{company[0].name}] Unit created"


def test_the_last_mails_of_a_deleted_organization_can_be_stopped(company, actor, run_jobs):
    organization, _actor = company
    subscription = subscribe(actor, kinds=["deleteOrganization"])
    waiting = subscribe(actor, target="other@example.com")
    confirm(question(subscription))
    Delivery.objects.all().delete()
    operations.organizations.delete_organization(actor=actor)

    assert confirm(question(waiting)) == "gone"
    assert unsubscribe(way_out(subscription)) == "done"
    run_jobs()

    assert (state_of(subscription), mail.outbox) == ("unsubscribed", [])
    assert organization.events.latest("number").kind == "deleteOrganization"


def test_a_question_that_cannot_be_sent_is_tried_again(actor, settings, run_jobs):
    settings.MAILS_ARE_SENT = False
    subscribe(actor)
    run_jobs()
    asked = Delivery.objects.get()
    assert (asked.state, asked.attempts) == ("waiting", 1)
    settings.MAILS_ARE_SENT = True
    Delivery.objects.update(due_at=asked.created_at)

    run_jobs()

    assert (Delivery.objects.get().state, len(mail.outbox)) == ("delivered", 1)


def mailed(actor, settings, limit: int) -> Subscription:
    """A subscription whose receiver gets so many e-mails an hour."""
    settings.SUBSCRIPTION_MAILS = limit
    subscription = subscribe(actor)
    confirm(question(subscription))
    Delivery.objects.all().delete()
    Job.objects.all().delete()
    return subscription


def do_what_is_due(clock) -> None:
    """Work as a worker does, when it is time and not before."""
    while due := list(Job.objects.filter(state="waiting", due_at__lte=clock()).order_by("pk")):
        for job in due:
            tasks.work.call(job_id=job.pk)


def test_at_most_so_many_mails_an_hour_and_the_rest_in_one(company, actor, settings, clock):
    subscription = mailed(actor, settings, 3)
    for number in range(8):
        make_unit(actor, f"Unit {number}")
        do_what_is_due(clock)
        clock.forward(minutes=1)

    assert len(mail.outbox) == 3
    digest = Delivery.objects.get(purpose="digest")
    assert digest.due_at == clock() - timedelta(minutes=8) + timedelta(hours=1)
    clock.at = digest.due_at - timedelta(seconds=1)
    make_unit(actor, "Unit 8")
    do_what_is_due(clock)
    assert len(mail.outbox) == 3
    clock.at = digest.due_at
    do_what_is_due(clock)

    (summary,) = mail.outbox[3:]
    assert summary.subject == f"[{company[0].name}] Summary of several events"
    assert "Events in this e-mail: 6" in summary.body
    assert [f"Unit {number}" in summary.body for number in range(9)] == [False] * 3 + [True] * 6
    assert summary.extra_headers["List-Unsubscribe"]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}
    assert digest.gathered.count() == 6
    assert not Job.objects.filter(state="waiting").exists()
    clock.forward(minutes=3)
    make_unit(actor, "Unit 9")
    do_what_is_due(clock)
    assert len(mail.outbox) == 5
    assert state_of(subscription) == "active"


def test_within_any_hour_no_more_mails_are_sent(actor, settings, clock):
    mailed(actor, settings, 2)
    sent: list = []
    for number in range(40):
        make_unit(actor, f"Unit {number}")
        do_what_is_due(clock)
        sent += [clock()] * (len(mail.outbox) - len(sent))
        clock.forward(minutes=7)

    assert len(sent) > 4
    hour = timedelta(hours=1)
    assert max(sum(at - hour < other <= at for other in sent) for at in sent) == 2


def test_a_digest_that_cannot_be_sent_is_tried_again_with_what_came_since(actor, settings, clock):
    mailed(actor, settings, 1)
    for number in range(3):
        make_unit(actor, f"Unit {number}")
    do_what_is_due(clock)
    settings.MAILS_ARE_SENT = False
    clock.at = Delivery.objects.get(purpose="digest").due_at
    do_what_is_due(clock)
    make_unit(actor, "Unit 3")
    do_what_is_due(clock)
    assert (len(mail.outbox), Delivery.objects.filter(state="gathered").count()) == (1, 3)

    settings.MAILS_ARE_SENT = True
    clock.forward(hours=2)
    do_what_is_due(clock)

    (summary,) = mail.outbox[1:]
    assert "Events in this e-mail: 3" in summary.body
    assert not Delivery.objects.exclude(state="delivered").exists()


def test_what_waits_for_a_digest_ends_with_the_subscription_switched_off(actor, settings, clock):
    subscription = mailed(actor, settings, 1)
    for number in range(3):
        make_unit(actor, f"Unit {number}")
    do_what_is_due(clock)
    change(actor, subscription, is_active=False)
    clock.forward(hours=2)
    do_what_is_due(clock)

    assert len(mail.outbox) == 1
    states = Delivery.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["delivered", "failed", "failed", "failed"]


def test_a_worker_that_dies_while_it_gathers_leaves_nothing_behind(actor, settings, clock):
    subscription = mailed(actor, settings, 1)
    make_unit(actor, "One")
    make_unit(actor, "Two")
    do_what_is_due(clock)
    digest = Delivery.objects.get(purpose="digest")
    gathered = Delivery.objects.get(state="gathered")

    again = operations.deliveries.deliver(str(gathered.pk))

    assert again == digest
    assert operations.deliveries.deliver(str(digest.pk)) == digest  # it is not due yet
    clock.at = digest.due_at
    assert operations.deliveries.deliver(str(digest.pk)) is None
    assert operations.deliveries.deliver(str(digest.pk)) is None
    assert (len(mail.outbox), state_of(subscription)) == (2, "active")
