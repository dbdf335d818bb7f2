"""Access keys: shown once, kept sealed."""

import pytest

from orgs import errors, identifiers, key_ring
from orgs.actor import Actor
from orgs.models import AccessKey, Account, AccountStatus, Event, EventTarget, Role, User
from orgs.operations.access_keys import create_access_key, delete_access_key, update_access_key
from orgs.queries.access_keys import AccessKeyRow, list_access_keys
from tests.digest import digest_of_database
from tests.factories import AccountFactory, actor_for, make_administrator, make_organization

pytestmark = pytest.mark.django_db


def test_create_access_key_keeps_the_secret_sealed_and_out_of_the_trail(settings):
    organization, actor = make_organization()

    key, secret = create_access_key(actor=actor, username=actor.username)

    kept = AccessKey.objects.get()
    assert kept.pk == key.pk
    assert identifiers.ACCESS_KEY.fits(kept.pk)
    assert kept.user_id == actor.user_id
    sealed = bytes(kept.sealed_secret)
    assert key_ring.unseal(sealed, owner=kept.pk, ring=settings.KEY_RING) == secret
    assert secret.encode() not in sealed
    trail = [*Event.objects.values(), *EventTarget.objects.values()]
    assert secret not in repr(trail)
    assert organization.events.get(number=2).kind == "createAccessKey"


def test_create_access_key_gives_each_time_another_one(settings):
    _, actor = make_organization()

    made = [create_access_key(actor=actor, username=actor.username) for _ in range(3)]

    assert len({key.pk for key, _ in made}) == 3
    assert len({secret for _, secret in made}) == 3


@pytest.fixture
def reader():
    organization, _ = make_organization()
    return actor_for(make_administrator(organization.management_account, role=Role.READER))


def test_a_reader_makes_disables_enables_and_deletes_keys_of_its_own(reader):
    key, _secret = create_access_key(actor=reader, username=reader.username)
    update_access_key(actor=reader, access_key_id=key.pk, is_active=False)
    assert not AccessKey.objects.get().is_active
    update_access_key(actor=reader, access_key_id=key.pk, is_active=True)
    assert AccessKey.objects.get().is_active
    delete_access_key(actor=reader, access_key_id=key.pk)

    assert list(AccessKey.objects.all()) == []
    events = Event.objects.filter(actor_username=reader.username).order_by("number")
    kinds = events.values_list("kind", flat=True)
    assert list(kinds) == [
        "createAccessKey",
        "updateAccessKey",
        "updateAccessKey",
        "deleteAccessKey",
    ]


def test_update_access_key_tells_what_it_was_and_became_and_whose_it_is(reader):
    key, _secret = create_access_key(actor=reader, username=reader.username)

    update_access_key(actor=reader, access_key_id=key.pk, is_active=False)

    event = Event.objects.get(kind="updateAccessKey")
    targets = event.targets.order_by("place")
    assert list(targets.values_list("entity_type", "entity_id", "before", "after")) == [
        ("access_key", key.pk, {"is_active": True}, {"is_active": False}),
        ("user", str(reader.user_id), None, None),
    ]


def test_update_access_key_to_what_it_is_changes_nothing(reader):
    key, _secret = create_access_key(actor=reader, username=reader.username)
    before = digest_of_database()

    update_access_key(actor=reader, access_key_id=key.pk, is_active=True)

    assert digest_of_database() == before


def test_keys_of_an_account_that_stands_alone_are_events_of_that_account():
    account = AccountFactory()
    owner = actor_for(make_administrator(account))

    key, _secret = create_access_key(actor=owner, username=owner.username)
    delete_access_key(actor=owner, access_key_id=key.pk)

    assert list(account.events.order_by("number").values_list("number", "kind")) == [
        (1, "createAccessKey"),
        (2, "deleteAccessKey"),
    ]


@pytest.mark.parametrize("actor_is", ["operator", "administrator"])
def test_keys_of_others_are_for_administrators_and_the_operator(reader, actor_is):
    key, _secret = create_access_key(actor=reader, username=reader.username)
    account = Account.objects.get(pk=reader.account_id)
    administrator = actor_for(make_administrator(account, username="second"))
    actor = administrator if actor_is == "administrator" else Actor.operator("operator")

    update_access_key(actor=actor, access_key_id=key.pk, is_active=False)
    delete_access_key(actor=actor, access_key_id=key.pk)

    assert list(AccessKey.objects.all()) == []


@pytest.mark.parametrize(
    ("rows", "changed", "refusal"),
    [
        (User.objects, {"is_active": False}, errors.UserDisabled),
        (User.objects, {"account": None}, errors.UserNotFound),
        (Account.objects, {"status": AccountStatus.SUSPENDED}, errors.CallerAccountClosed),
    ],
)
def test_own_keys_are_refused_to_who_was_shut_out_since(reader, rows, changed, refusal):
    key = {"pk": reader.user_id if rows is User.objects else reader.account_id}
    rows.filter(**key).update(**changed)
    before = digest_of_database()

    with pytest.raises(refusal):
        create_access_key(actor=reader, username=reader.username)

    assert digest_of_database() == before


def test_list_access_keys_holds_the_own_keys_in_the_order_of_their_making(
    reader, django_assert_num_queries
):
    account = Account.objects.get(pk=reader.account_id)
    other = actor_for(make_administrator(account, username="second"))
    create_access_key(actor=other, username=other.username)
    made = [create_access_key(actor=reader, username=reader.username)[0] for _ in range(3)]

    with django_assert_num_queries(1):
        rows = list_access_keys(actor=reader)

    assert rows == [AccessKeyRow(key.pk, key.created_at, None, is_active=True) for key in made]
    assert list_access_keys(actor=Actor.operator("operator")) == []
