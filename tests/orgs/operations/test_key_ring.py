"""Rotation of the key ring: every secret under the newest key, while it is used."""

import os
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator

from orgs import errors, key_ring, operations, second_factor
from orgs.actor import Actor
from orgs.models import AccessKey, Event, RingKey, Subscription, User
from orgs.operations import key_ring as operation
from orgs.operations.access_keys import make_access_key
from orgs.queries.key_ring import count_secrets
from tests.digest import digest_of_database
from tests.factories import AccountFactory, make_administrator, make_organization
from tests.totp import code_of

pytestmark = pytest.mark.django_db

PROJECT = Path(__file__).resolve().parents[3]
OPERATOR = Actor.operator("olga")
OLD, NEW = os.urandom(32), os.urandom(32)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def world(settings) -> tuple[dict[str, str], User, list[str]]:
    """Three keys, somebody with a second factor, and a webhook, all sealed under the old key."""
    settings.KEY_RING = [OLD]
    user = make_administrator(AccountFactory(), username="anna")
    secrets = {key.pk: secret for key, secret in (make_access_key(user) for _ in range(3))}
    codes = second_factor.add(user, SECRET)
    _organization, actor = make_organization()
    operations.subscriptions.create_subscription(
        actor=actor, channel="webhook", name="Ours", target="https://example.com/"
    )
    settings.KEY_RING = [NEW, OLD]
    return secrets, user, codes


def test_rotate_secrets_seals_everything_under_the_newest_key(world, settings):
    secrets, user, codes = world

    rotation = operations.key_ring.rotate_secrets(actor=OPERATOR)

    assert rotation.resealed == {"access_keys": 3, "second_factors": 2, "webhooks": 1}
    assert rotation.is_complete
    settings.KEY_RING = [NEW]
    for key in AccessKey.objects.all():
        sealed = bytes(key.sealed_secret)
        assert key_ring.unseal(sealed, owner=key.pk, ring=[NEW]) == secrets[key.pk]
        with pytest.raises(key_ring.SecretUnreadable):
            key_ring.unseal(sealed, owner=key.pk, ring=[OLD])
    assert second_factor.verify(user, code_of(SECRET)) is not None
    assert second_factor.verify(user, codes[0]) is not None
    webhook = Subscription.objects.get()
    assert key_ring.unseal(bytes(webhook.sealed_secret), owner=webhook.pk, ring=[NEW])


def test_everything_that_is_sealed_is_rotated():
    """Who seals something new has to say in SEALED where it is kept, or its key can never leave the ring."""
    sealing = {
        path.relative_to(PROJECT).as_posix()
        for path in (PROJECT / "orgs").rglob("*.py")
        if "key_ring.seal(" in path.read_text()
    }

    assert sealing == {
        "orgs/api/authentication.py",  # a secret of nobody's, kept nowhere
        "orgs/operations/access_keys.py",
        "orgs/operations/key_ring.py",
        "orgs/operations/subscriptions.py",
        "orgs/second_factor.py",
    }


def test_rotate_secrets_keeps_recovery_codes_that_are_crossed_out(world, settings):
    _secrets, user, codes = world
    assert second_factor.verify(user, codes[0]) is not None

    operations.key_ring.rotate_secrets(actor=OPERATOR)

    settings.KEY_RING = [NEW]
    assert second_factor.verify(user, codes[0]) is None
    assert second_factor.verify(user, codes[1]) is not None


def test_rotate_secrets_goes_on_where_it_was_cut_short(world, monkeypatch):
    monkeypatch.setattr(operation, "ROWS_PER_CHANGE", 2)
    access_keys = operation.SEALED[0]
    assert operation._reseal_some(OPERATOR, access_keys, None) == (
        2,
        AccessKey.objects.order_by("pk")[1].pk,
    )
    assert count_secrets().under_old_keys == 4

    rotation = operations.key_ring.rotate_secrets(actor=OPERATOR)

    assert rotation.resealed == {"access_keys": 1, "second_factors": 2, "webhooks": 1}
    assert rotation.is_complete


def test_rotate_secrets_again_alters_nothing(world):
    operations.key_ring.rotate_secrets(actor=OPERATOR)
    before = digest_of_database()

    rotation = operations.key_ring.rotate_secrets(actor=OPERATOR)

    assert rotation.resealed == {"access_keys": 0, "second_factors": 0, "webhooks": 0}
    assert digest_of_database() == before


def test_rotate_secrets_leaves_what_no_key_opens_and_says_whose_it_is(world, settings):
    secrets, *_ = world
    lost, kept = sorted(secrets)[:2]
    stranger = key_ring.seal("x", owner=lost, ring=[os.urandom(32)])
    AccessKey.objects.filter(pk=lost).update(sealed_secret=stranger)

    rotation = operations.key_ring.rotate_secrets(actor=OPERATOR)

    assert not rotation.is_complete
    assert (rotation.census.unreadable, rotation.census.unreadable_owners) == (1, [lost])
    assert bytes(AccessKey.objects.get(pk=lost).sealed_secret) == stranger
    sealed = bytes(AccessKey.objects.get(pk=kept).sealed_secret)
    assert key_ring.unseal(sealed, owner=kept, ring=[NEW]) == secrets[kept]


def test_rotate_secrets_is_for_operators_and_writes_no_event(world):
    events = Event.objects.count()
    before = digest_of_database()
    with pytest.raises(errors.OperatorOnly):
        operations.key_ring.rotate_secrets(actor=Actor(account_id="a" * 32, user_id=1))
    assert digest_of_database() == before

    operations.key_ring.rotate_secrets(actor=OPERATOR)

    assert Event.objects.count() == events


def test_count_secrets_tells_which_keys_are_in_use_and_since_when(world, clock):
    operations.key_ring.note_ring_keys()
    first = clock()
    clock.forward(days=3)
    operations.key_ring.note_ring_keys()

    census = count_secrets()

    assert [(key.fingerprint, key.is_newest, key.since, key.secrets) for key in census.keys] == [
        (key_ring.fingerprint(NEW), True, first, {}),
        (
            key_ring.fingerprint(OLD),
            False,
            first,
            {"access_keys": 3, "second_factors": 2, "webhooks": 1},
        ),
    ]
    assert (census.under_old_keys, census.total, census.unreadable) == (6, 6, 0)
    assert RingKey.objects.count() == 2


def test_count_secrets_asks_the_same_however_many_there_are(world, django_assert_num_queries):
    _secrets, user, _codes = world
    for number in (0, 50):
        for _ in range(number):
            make_access_key(user)
        with django_assert_num_queries(4):
            count_secrets()


def test_a_fingerprint_tells_nothing_of_its_key():
    assert key_ring.fingerprint(OLD) != key_ring.fingerprint(NEW)
    assert key_ring.fingerprint(OLD) not in OLD.hex()
    assert len(key_ring.fingerprint(OLD)) == 12


def test_a_row_of_a_second_factor_without_a_secret_is_let_be(world):
    Authenticator.objects.update(data={"used_mask": 0})

    assert operations.key_ring.rotate_secrets(actor=OPERATOR).resealed["second_factors"] == 0
