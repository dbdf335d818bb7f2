"""Calls about who is told of events."""

from orgs import operations
from tests import bad_input
from tests.bad_calls.world import KINDS, NO_FLAGS, UNIT_IDS, Cases

SUBSCRIPTION_IDS = bad_input.bad_ids(good="s-" + "0a" * 16, others=KINDS)


def subscribe(world, **given):
    wanted = {"channel": "webhook", "name": "New", "target": "https://example.com/"} | given
    return operations.subscriptions.create_subscription(actor=world.actor, **wanted)


def subscribe_by_mail(world, *, target):
    return subscribe(world, channel="email", target=target)


def update_subscription(world, **given):
    wanted = {"subscription_id": world.subscription_id} | given
    return operations.subscriptions.update_subscription(actor=world.actor, **wanted)


def delete_subscription(world, *, subscription_id):
    operations.subscriptions.delete_subscription(actor=world.actor, subscription_id=subscription_id)


def rotate_secret(world, *, subscription_id):
    operations.subscriptions.rotate_subscription_secret(
        actor=world.actor, subscription_id=subscription_id
    )


def send_test(world, *, subscription_id):
    operations.subscriptions.send_test_delivery(actor=world.actor, subscription_id=subscription_id)


def resend_confirmation(world, *, subscription_id):
    operations.subscriptions.resend_confirmation(actor=world.actor, subscription_id=subscription_id)


def redeliver(world, *, subscription_id):
    operations.subscriptions.redeliver(
        actor=world.actor, subscription_id=subscription_id, delivery_id=1
    )


def _given(operation, values):
    """None leaves alone what is there already."""
    return [value for value in values if operation is subscribe or value is not None]


def _places(operation):
    """None is the whole organization; to what is there already, an empty text is."""
    wrong = [value for value in UNIT_IDS if value is not None]
    return wrong if operation is subscribe else [value for value in wrong if value != ""]


CASES: Cases = [
    (subscribe, "channel", "channel", [*bad_input.NOT_TEXT, "", "WEBHOOK", "sms", "\x00"]),
    (subscribe, "kinds", "kinds", [None, 5, "createPolicy", ["x"], [None], ["\x00"], [["a"]]]),
    *[
        (operation, "language", "language", ["de", "EN", "\x00", "x" * 3000, 5, ["en"]])
        for operation in (subscribe, update_subscription)
    ],
    (subscribe_by_mail, "target", "target", [*bad_input.NOT_TEXT, *bad_input.bad_emails()]),
    *[
        case
        for operation in (subscribe, update_subscription)
        for case in (
            (operation, "name", "name", _given(operation, bad_input.bad_display_names())),
            (operation, "target", "target", _given(operation, bad_input.bad_targets())),
            (operation, "unit_id", "unit_id", _places(operation)),
        )
    ],
    (
        update_subscription,
        "is_active",
        "is_active",
        [value for value in NO_FLAGS if value is not None],
    ),
    *[
        (operation, "subscription_id", "subscription_id", SUBSCRIPTION_IDS)
        for operation in (
            update_subscription,
            delete_subscription,
            rotate_secret,
            send_test,
            resend_confirmation,
            redeliver,
        )
    ],
]
