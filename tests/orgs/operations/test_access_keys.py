"""Access keys: shown once, kept sealed."""

import pytest

from orgs import identifiers, key_ring
from orgs.models import AccessKey, Event, EventTarget
from orgs.operations.access_keys import create_access_key
from tests.factories import make_organization

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
