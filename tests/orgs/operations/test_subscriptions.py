"""Subscriptions to events: set up by administrators, written with the change, delivered by jobs."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from orgs import errors, key_ring, operations, tasks
from orgs.errors import Reason
from orgs.models import Delivery, Event, Job, OrganizationalUnit, Subscription
from orgs.operations.deliveries import BODY_LIMIT, PAUSES, body_of
from tests.digest import digest_of_database
from tests.factories import AccountFactory, UnitFactory, make_organization
from tests.links import question
from tests.receiver import receiving

pytestmark = pytest.mark.django_db

URL = "https://example.com/hook"


@pytest.fixture
def company():
    return make_organization()


@pytest.fixture
def receiver(settings):
    settings.WEBHOOKS_OVER_HTTP = settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True
    with receiving() as receiver:
        yield receiver


def subscribe(actor, target=URL, **given):
    wanted = {"channel": "webhook", "name": "Ledger", "target": target} | given
    return operations.subscriptions.create_subscription(actor=actor, **wanted)


def confirmed(subscription):
    """The subscription, whose receiver wants the e-mails; what asked for them is no more."""
    link = question(subscription)
    assert operations.receivers.confirm_subscription(signed=link).standing == "done"
    Job.objects.all().delete()
    Delivery.objects.all().delete()
    subscription.refresh_from_db()
    return subscription


def subscribe_by_mail(actor, **given):
    """A subscription whose receiver wants the e-mails."""
    return confirmed(subscribe(actor, "a@example.com", channel="email", **given)[0])


def make_unit(actor, name="Sales", parent_id=None):
    parent_id = (
        parent_id
        or OrganizationalUnit.objects.get(organization=actor.organization_id, parent=None).pk
    )
    return operations.units.create_organizational_unit(actor=actor, parent_id=parent_id, name=name)


def told(receiver) -> list[str]:
    return [json.loads(received.body)["type"] for received in receiver.received]


def test_create_subscription_shows_the_secret_once_and_keeps_it_sealed(company, settings):
    organization, actor = company

    subscription, secret = subscribe(actor, kinds=["createPolicy", "createAccount"])

    assert secret.startswith("whsec_")
    assert len(secret) == 46
    sealed = bytes(Subscription.objects.get().sealed_secret)
    assert secret.encode() not in sealed
    assert key_ring.unseal(sealed, owner=subscription.pk, ring=settings.KEY_RING) == secret
    event = organization.events.latest("number")
    assert event.kind == "createSubscription"
    assert event.targets.get().after == {
        "name": "Ledger",
        "channel": "webhook",
        "target": URL,
        "unit_id": "",
        "kinds": ["createAccount", "createPolicy"],
        "subscription_state": "active",
    }


@pytest.mark.parametrize(
    ("given", "field", "reason"),
    [
        ({"channel": "pigeon"}, "channel", Reason.NOT_A_CHOICE),
        ({"channel": None}, "channel", Reason.NOT_A_CHOICE),
        ({"name": ""}, "name", Reason.EMPTY),
        ({"target": "http://example.com/"}, "target", Reason.NOT_HTTPS),
        ({"target": "https://127.0.0.1/"}, "target", Reason.NOT_PUBLIC),
        ({"channel": "email", "target": "nobody"}, "target", Reason.NOT_EMAIL),
        ({"kinds": ["nothing"]}, "kinds", Reason.NOT_AN_EVENT),
        ({"kinds": "createPolicy"}, "kinds", Reason.NOT_TEXT),
        ({"unit_id": "r-0000"}, "unit_id", Reason.NOT_AN_ID),
    ],
)
def test_create_subscription_refuses_and_changes_nothing(company, given, field, reason):
    before = digest_of_database()

    with pytest.raises(errors.InvalidParameter) as refused:
        subscribe(company[1], **given)

    assert (refused.value.field, refused.value.reason) == (field, reason)
    assert digest_of_database() == before


def test_create_subscription_refuses_more_than_the_quota(company, settings):
    settings.SUBSCRIPTIONS = 1
    subscribe(company[1])
    before = digest_of_database()

    with pytest.raises(errors.SubscriptionQuotaExceeded):
        subscribe(company[1])

    assert digest_of_database() == before


def test_deliver_signs_what_it_sends(company, receiver, run_jobs):
    organization, actor = company
    subscription, secret = subscribe(actor, receiver.url, kinds=["createOrganizationalUnit"])

    unit = make_unit(actor)
    run_jobs()

    (received,) = receiver.received
    delivery = Delivery.objects.get()
    said = dict(part.split("=") for part in received.headers["Banyan-Signature"].split(","))
    expected = hmac.new(
        secret.encode(), f"{said['t']}.".encode() + received.body, hashlib.sha256
    ).hexdigest()
    assert said["v1"] == expected
    assert received.headers["Banyan-Delivery"] == str(delivery.pk)
    assert received.headers["Banyan-Event"] == "createOrganizationalUnit"
    event = organization.events.get(kind="createOrganizationalUnit")
    body = json.loads(received.body)
    assert body["delivery_id"] == delivery.pk
    assert (body["type"], body["number"]) == (event.kind, event.number)
    assert body["hash"] == event.hash
    assert body["request_id"] == event.request_id
    assert body["actor"]["username"] == actor.username
    assert [target["id"] for target in body["targets"]] == [unit.pk]
    assert secret.encode() not in received.body
    assert (delivery.state, delivery.status, delivery.answer) == ("delivered", 200, "thank you")
    assert (delivery.attempts, delivery.problem) == (1, "")
    assert delivery.subscription_id == subscription.pk


def test_a_change_that_is_undone_leaves_no_delivery(company):
    _organization, actor = company
    subscribe(actor)
    deliveries, jobs = Delivery.objects.count(), Job.objects.count()

    with transaction.atomic():
        make_unit(actor)
        assert Delivery.objects.count() == deliveries + 1
        transaction.set_rollback(True)

    assert (Delivery.objects.count(), Job.objects.count()) == (deliveries, jobs)


def test_a_subscription_of_a_unit_hears_of_it_and_of_all_below_it_and_of_nothing_else(company):
    organization, actor = company
    sales, legal = UnitFactory(parent=organization.root), UnitFactory(parent=organization.root)
    team = UnitFactory(parent=sales)
    inside, outside = AccountFactory(member_of=team), AccountFactory(member_of=legal)
    subscribe(actor, unit_id=sales.pk)

    def heard(change) -> bool:
        Delivery.objects.all().delete()
        change()
        return Delivery.objects.exists()

    def tag(entity_id):
        operations.tags.tag_resource(actor=actor, resource_id=entity_id, tags=[("a", "b")])

    def move(account, source, destination):
        operations.accounts.move_account(
            actor=actor,
            account_id=account.pk,
            source_parent_id=source.pk,
            destination_parent_id=destination.pk,
        )

    assert heard(lambda: tag(sales.pk))
    assert heard(lambda: tag(team.pk))
    assert heard(lambda: tag(inside.pk))
    assert not heard(lambda: tag(legal.pk))
    assert not heard(lambda: tag(outside.pk))
    assert not heard(lambda: tag(organization.root.pk))
    assert heard(lambda: move(inside, team, legal))
    assert heard(lambda: move(inside, legal, team))
    assert heard(lambda: make_unit(actor, "New", team.pk))
    assert not heard(lambda: make_unit(actor, "New", legal.pk))


def test_a_subscription_hears_of_the_kinds_it_asked_for_while_it_is_on(company):
    _organization, actor = company
    subscription, _secret = subscribe(actor, kinds=["createOrganizationalUnit"])
    other_organization_actor = make_organization()[1]

    unit = make_unit(actor, "One")
    operations.units.update_organizational_unit(actor=actor, unit_id=unit.pk, name="Two")
    make_unit(other_organization_actor, "Theirs")
    operations.subscriptions.update_subscription(
        actor=actor, subscription_id=subscription.pk, is_active=False
    )
    make_unit(actor, "Three")

    assert list(Delivery.objects.values_list("event__kind", flat=True)) == [
        "createOrganizationalUnit"
    ]


def test_deliver_tries_again_later_each_time_and_gives_up(company, receiver, clock):
    _organization, actor = company
    receiver.status, receiver.answer = 503, b"busy\x00\x1b[31m"
    subscription, _secret = subscribe(actor, receiver.url, kinds=["createOrganizationalUnit"])
    make_unit(actor)
    delivery = Delivery.objects.get()

    pauses = []
    for _attempt in range(len(PAUSES)):
        again = operations.deliveries.deliver(str(delivery.pk))
        pauses.append(again.due_at - clock())
        assert operations.deliveries.deliver(str(delivery.pk)).due_at == again.due_at  # too early
        clock.at = again.due_at
    assert operations.deliveries.deliver(str(delivery.pk)) is None

    assert pauses == PAUSES
    assert len(receiver.received) == len(PAUSES) + 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.status) == ("failed", 503)
    assert (delivery.problem, delivery.answer) == ("answered 503", "busy  [31m")
    subscription.refresh_from_db()
    assert subscription.failing_since is not None


def test_a_failed_attempt_queues_the_next_one(company, receiver, run_jobs):
    _organization, actor = company
    receiver.status = 500
    subscribe(actor, receiver.url, kinds=["createOrganizationalUnit"])
    make_unit(actor)

    run_jobs()
    waiting = Job.objects.filter(kind="deliver_event", state="waiting")
    assert waiting.get().due_at == Delivery.objects.get().due_at
    receiver.status = 204
    Delivery.objects.update(due_at=Delivery.objects.get().created_at)
    run_jobs()

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.status) == ("delivered", 2, 204)
    assert Subscription.objects.get().failing_since is None
    assert len({received.headers["Banyan-Delivery"] for received in receiver.received}) == 1


def test_a_subscription_that_fails_for_days_is_paused_and_switched_on_by_a_person(
    company, receiver, clock, settings
):
    organization, actor = company
    receiver.status = 500
    subscription, _secret = subscribe(actor, receiver.url, kinds=["createOrganizationalUnit"])
    make_unit(actor, "One")
    operations.deliveries.deliver(str(Delivery.objects.get().pk))

    clock.at += settings.SUBSCRIPTION_PATIENCE + timedelta(seconds=1)
    make_unit(actor, "Two")
    operations.deliveries.deliver(str(Delivery.objects.latest("pk").pk))
    make_unit(actor, "Three")

    subscription.refresh_from_db()
    assert subscription.state == "paused"
    assert Delivery.objects.count() == 2
    event = organization.events.get(kind="pauseSubscription")
    assert (event.actor_username, event.actor_user_id) == ("", None)
    # What was waiting is not sent while it is paused; a test is.
    waiting = Delivery.objects.latest("pk")
    clock.forward(days=1)
    sent = len(receiver.received)
    assert operations.deliveries.deliver(str(waiting.pk)) is None
    assert len(receiver.received) == sent
    operations.subscriptions.update_subscription(
        actor=actor, subscription_id=subscription.pk, is_active=True
    )
    subscription.refresh_from_db()
    assert (subscription.state, subscription.failing_since) == ("active", None)


def test_send_test_delivery_sends_once_whatever_the_state(company, receiver, run_jobs):
    organization, actor = company
    subscription, _secret = subscribe(actor, receiver.url)
    operations.subscriptions.update_subscription(
        actor=actor, subscription_id=subscription.pk, is_active=False
    )
    Delivery.objects.all().delete()
    receiver.status = 500

    operations.subscriptions.send_test_delivery(actor=actor, subscription_id=subscription.pk)
    run_jobs(times=2)

    assert told(receiver) == ["test"]
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.event, delivery.attempts) == ("failed", None, 1)
    assert organization.events.latest("number").kind == "testSubscription"


def test_redeliver_sends_the_same_again(company, receiver, run_jobs):
    _organization, actor = company
    subscription, _secret = subscribe(actor, receiver.url, kinds=["createOrganizationalUnit"])
    make_unit(actor)
    run_jobs()
    delivery = Delivery.objects.get()

    again = operations.subscriptions.redeliver(
        actor=actor, subscription_id=subscription.pk, delivery_id=delivery.pk
    )
    with pytest.raises(errors.DeliveryWaiting):
        operations.subscriptions.redeliver(
            actor=actor, subscription_id=subscription.pk, delivery_id=delivery.pk
        )
    run_jobs()

    assert again.pk == delivery.pk
    first, second = receiver.received
    assert first.body == second.body
    assert Delivery.objects.get().state == "delivered"


def test_rotate_subscription_secret_signs_with_the_new_one_at_once(company, receiver, run_jobs):
    _organization, actor = company
    subscription, old = subscribe(actor, receiver.url, kinds=["createOrganizationalUnit"])
    make_unit(actor)

    _changed, new = operations.subscriptions.rotate_subscription_secret(
        actor=actor, subscription_id=subscription.pk
    )
    run_jobs()

    (received,) = receiver.received
    t, _comma, mac = received.headers["Banyan-Signature"].removeprefix("t=").partition(",v1=")
    assert old != new
    assert (
        mac == hmac.new(new.encode(), f"{t}.".encode() + received.body, hashlib.sha256).hexdigest()
    )


def test_rotate_subscription_secret_refuses_one_by_email(company):
    subscription, secret = subscribe(company[1], "a@example.com", channel="email")
    before = digest_of_database()

    with pytest.raises(errors.SubscriptionHasNoSecret):
        operations.subscriptions.rotate_subscription_secret(
            actor=company[1], subscription_id=subscription.pk
        )

    assert (secret, digest_of_database()) == ("", before)


def test_deliver_mails_what_happened(company, run_jobs, settings):
    organization, actor = company
    settings.MAILS_ARE_SENT, settings.SITE_ADDRESS = True, "https://orgs.example.com/"
    subscribe_by_mail(actor, kinds=["createOrganizationalUnit"])

    unit = make_unit(actor)
    run_jobs()

    (message,) = mail.outbox
    assert message.to == ["a@example.com"]
    assert message.subject == f"[{organization.name}] Unit created"
    assert f"Sales ({unit.pk})" in message.body
    number = organization.events.get(kind="createOrganizationalUnit").number
    assert f"https://orgs.example.com/activity/{number}/" in message.body
    assert Delivery.objects.get().state == "delivered"


def test_deliver_says_where_no_mail_is_sent(company, run_jobs):
    subscribe_by_mail(company[1], kinds=["createOrganizationalUnit"])
    make_unit(company[1])

    run_jobs()

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("waiting", 1)
    assert delivery.problem == "this installation sends no e-mail"


def test_the_body_of_a_delivery_is_bounded(company):
    _organization, actor = company
    subscribe(actor)
    make_unit(actor)
    delivery = Delivery.objects.filter(event__kind="createOrganizationalUnit").get()
    delivery.event.targets.update(after={"content": "x" * 2 * BODY_LIMIT})

    body = body_of(delivery)

    assert len(body) < BODY_LIMIT
    said = json.loads(body)
    assert (said["is_cut"], "after" in said["targets"][0]) == (True, False)


def test_a_unit_that_is_deleted_takes_its_subscriptions_along(company, run_jobs):
    organization, actor = company
    unit = UnitFactory(parent=organization.root)
    subscribe(actor, unit_id=unit.pk)

    operations.units.delete_organizational_unit(actor=actor, unit_id=unit.pk)
    run_jobs(times=2)

    assert (Subscription.objects.count(), Delivery.objects.count()) == (0, 0)
    assert not Job.objects.filter(state="dead").exists()


def test_the_deletion_of_an_organization_is_still_told(company, receiver, run_jobs, clock):
    _organization, actor = company
    subscribe(actor, receiver.url, kinds=["deleteOrganization"])

    operations.organizations.delete_organization(actor=actor)
    run_jobs()
    assert told(receiver) == ["deleteOrganization"]
    assert Subscription.objects.count() == 1
    clock.forward(days=10)
    tasks.do_daily_chores()

    assert Subscription.objects.count() == 0


def test_old_deliveries_are_forgotten(company, clock, settings):
    subscribe(company[1])
    make_unit(company[1])
    assert Delivery.objects.exists()

    clock.at += settings.DELIVERY_RECORDS_KEPT + timedelta(hours=1)
    tasks.do_daily_chores()

    assert not Delivery.objects.exists()


@pytest.mark.parametrize("units", [3, 300])
def test_an_event_costs_as_many_statements_in_a_large_tree_as_in_a_small_one(company, units):
    organization, actor = company
    first = UnitFactory(parent=organization.root)
    for _number in range(units // 100):
        UnitFactory(parent=first)
    for _number in range(5):
        subscribe(actor, unit_id=first.pk, kinds=["tagResource"])

    with CaptureQueriesContext(
        connection,
    ) as asked:
        operations.tags.tag_resource(actor=actor, resource_id=first.pk, tags=[("a", "b")])

    ours = [
        query["sql"]
        for query in asked
        if "orgs_subscription" in query["sql"] or 'INSERT INTO "orgs_delivery"' in query["sql"]
    ]
    assert len(ours) == 2
    assert Event.objects.latest("pk").deliveries.count() == 5


def test_update_subscription_that_changes_nothing_leaves_no_trace(company):
    subscription, _secret = subscribe(company[1])
    before = digest_of_database()

    operations.subscriptions.update_subscription(
        actor=company[1], subscription_id=subscription.pk, name="Ledger", is_active=True
    )

    assert digest_of_database() == before


def test_delete_subscription_takes_what_waits_along(company, run_jobs):
    organization, actor = company
    subscription, _secret = subscribe(actor)
    make_unit(actor)

    operations.subscriptions.delete_subscription(actor=actor, subscription_id=subscription.pk)
    run_jobs()

    assert (Subscription.objects.count(), Delivery.objects.count()) == (0, 0)
    gone = organization.events.latest("number").targets.get()
    assert gone.before["target"] == URL
