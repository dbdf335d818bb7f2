"""An authenticator app and recovery codes: sealed, of one user alone, each code once."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import connection

from orgs import errors, key_ring, second_factor
from orgs.actor import Actor
from orgs.models import Event, EventTarget, Role, User
from orgs.operations.second_factors import (
    add_second_factor,
    remove_second_factor,
    renew_recovery_codes,
)
from orgs.queries.second_factors import get_second_factor
from tests.digest import digest_of_database
from tests.factories import AccountFactory, actor_for, make_administrator, make_organization
from tests.totp import STEP_SECONDS, code_of

pytestmark = pytest.mark.django_db

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def reader():
    organization, _ = make_organization()
    return actor_for(make_administrator(organization.management_account, role=Role.READER))


@pytest.fixture
def user(reader):
    return User.objects.get(pk=reader.user_id)


def add(actor):
    return add_second_factor(actor=actor, secret=SECRET, code=code_of(SECRET))


def test_add_second_factor_returns_ten_codes_and_records_no_secret(reader):
    codes = add(reader)

    assert len(set(codes)) == 10
    event = Event.objects.get(kind="createSecondFactor")
    assert list(event.targets.values_list("entity_type", "after")) == [
        ("user", {"second_factor": "totp"})
    ]
    trail = repr([*Event.objects.values(), *EventTarget.objects.values()])
    assert not any(word in trail for word in (SECRET, *codes))


def test_secrets_are_sealed_for_their_user_under_the_key_ring(reader, user, settings):
    codes = add(reader)

    kept = repr(list(Authenticator.objects.values_list("data", flat=True)))
    assert not any(word in kept for word in (SECRET, *codes))
    settings.KEY_RING = [b"\x08" * 32]
    with pytest.raises(key_ring.SecretUnreadable):
        second_factor.verify(user, code_of(SECRET, steps=1))


def test_a_secret_copied_to_another_user_does_not_open(reader):
    other = make_administrator(AccountFactory())
    codes = add(reader)
    for row in Authenticator.objects.all():
        Authenticator.objects.create(user=other, type=row.type, data=row.data)

    for code in (code_of(SECRET), codes[0]):
        with pytest.raises(key_ring.SecretUnreadable):
            second_factor.verify(other, code)


def test_a_sealed_secret_opens_under_a_ring_with_a_newer_key(reader, user, settings):
    add(reader)
    settings.KEY_RING = [b"\x08" * 32, *settings.KEY_RING]

    assert second_factor.verify(user, code_of(SECRET, steps=1)).type == "totp"


@pytest.mark.parametrize("code", ["000000", "", "12345", "not a code"])
def test_add_second_factor_refuses_a_code_that_is_not_of_the_secret(reader, code):
    before = digest_of_database()

    with pytest.raises(errors.InvalidParameter) as refused:
        add_second_factor(actor=reader, secret=SECRET, code=code)

    assert refused.value.field == "code"
    assert digest_of_database() == before


def test_add_second_factor_is_refused_when_there_is_one(reader):
    add(reader)
    before = digest_of_database()

    with pytest.raises(errors.SecondFactorPresent):
        add_second_factor(actor=reader, secret="B" * 32, code=code_of("B" * 32))

    assert digest_of_database() == before


def test_a_code_is_accepted_a_step_early_and_late_and_not_further(reader, user):
    add_second_factor(actor=reader, secret=SECRET, code=code_of(SECRET))

    assert second_factor.verify(user, code_of(SECRET, steps=3)) is None
    assert second_factor.verify(user, code_of(SECRET, steps=-3)) is None
    assert second_factor.verify(user, code_of(SECRET, steps=1)).type == "totp"
    assert second_factor.verify(user, code_of(SECRET, steps=-1)).type == "totp"


@pytest.mark.parametrize("seconds", [0, STEP_SECONDS + 1])
def test_a_code_is_accepted_once_for_as_long_as_it_would_match(reader, user, seconds, monkeypatch):
    add(reader)
    code = code_of(SECRET, steps=1)
    assert second_factor.verify(user, code).type == "totp"
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + seconds)

    assert second_factor.matches(SECRET, code)
    assert second_factor.verify(user, code) is None
    assert second_factor.verify(user, f" {code[:3]}-{code[3:]}") is None


def test_the_code_that_added_the_second_factor_is_spent(reader, user):
    code = code_of(SECRET)
    add_second_factor(actor=reader, secret=SECRET, code=code)

    assert second_factor.verify(user, code) is None


def test_a_recovery_code_works_once(reader, user):
    codes = add(reader)

    assert second_factor.verify(user, codes[3]).type == "recovery_codes"
    assert second_factor.verify(user, codes[3]) is None
    assert second_factor.verify(user, f"{codes[4][:4]} {codes[4][4:]}").type == "recovery_codes"
    assert get_second_factor(actor=reader).codes_left == 8


def test_renew_recovery_codes_voids_the_old_ones(reader, user):
    old = add(reader)

    new = renew_recovery_codes(actor=reader)

    assert set(old).isdisjoint(new)
    assert second_factor.verify(user, old[0]) is None
    assert second_factor.verify(user, new[0]).type == "recovery_codes"
    event = Event.objects.get(kind="updateRecoveryCodes")
    assert list(event.targets.values_list("after", flat=True)) == [{"recovery_codes": 10}]


def test_remove_second_factor_takes_app_and_codes(reader, user):
    codes = add(reader)

    remove_second_factor(actor=reader, username=reader.username)

    assert second_factor.verify(user, code_of(SECRET, steps=1)) is None
    assert second_factor.verify(user, codes[0]) is None
    assert get_second_factor(actor=reader) is None
    assert Event.objects.filter(kind="deleteSecondFactor").count() == 1


def test_remove_second_factor_without_one_is_refused(reader):
    before = digest_of_database()

    for actor in (reader, Actor.operator("operator")):
        with pytest.raises(errors.SecondFactorMissing):
            remove_second_factor(actor=actor, username=reader.username)

    assert digest_of_database() == before


def test_get_second_factor_is_one_statement_and_opens_nothing(
    reader, settings, django_assert_num_queries
):
    add(reader)
    settings.KEY_RING = []

    with django_assert_num_queries(1):
        found = get_second_factor(actor=reader)

    assert (found.codes_left, found.codes_made, found.last_used_at) == (10, 10, None)
    assert not found.is_running_out


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["app", "recovery code"])
def test_of_many_at_once_one_alone_gets_in_by_a_code(transactional_db, kind):
    cache.clear()
    organization, _ = make_organization()
    actor = actor_for(make_administrator(organization.management_account, role=Role.READER))
    user = User.objects.get(pk=actor.user_id)
    codes = add(actor)
    code = code_of(SECRET, steps=1) if kind == "app" else codes[0]
    together = Barrier(6)

    def try_it(_number: int) -> bool:
        together.wait()
        try:
            return second_factor.verify(user, code) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as crowd:
        assert sum(crowd.map(try_it, range(6))) == 1
    cache.clear()
