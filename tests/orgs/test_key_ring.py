"""Secrets at rest."""

import os

import pytest

from orgs import key_ring

OLD, NEW = os.urandom(32), os.urandom(32)


def test_a_sealed_secret_opens_for_its_owner():
    sealed = key_ring.seal("secret", owner="A", ring=[OLD])

    assert key_ring.unseal(sealed, owner="A", ring=[OLD]) == "secret"
    assert b"secret" not in sealed


def test_the_same_secret_is_sealed_differently_each_time():
    assert len({key_ring.seal("secret", owner="A", ring=[OLD]) for _ in range(100)}) == 100


def test_a_sealed_secret_copied_to_another_row_does_not_open():
    sealed = key_ring.seal("secret", owner="A", ring=[OLD])

    with pytest.raises(key_ring.SecretUnreadable):
        key_ring.unseal(sealed, owner="B", ring=[OLD])


def test_a_new_key_in_front_seals_and_the_old_one_still_opens():
    before = key_ring.seal("secret", owner="A", ring=[OLD])
    after = key_ring.seal("secret", owner="A", ring=[NEW, OLD])

    assert key_ring.unseal(before, owner="A", ring=[NEW, OLD]) == "secret"
    assert key_ring.unseal(after, owner="A", ring=[NEW]) == "secret"
    with pytest.raises(key_ring.SecretUnreadable):
        key_ring.unseal(before, owner="A", ring=[NEW])


def test_every_altered_byte_is_noticed():
    sealed = key_ring.seal("secret", owner="A", ring=[OLD])

    for place in range(len(sealed)):
        altered = bytearray(sealed)
        altered[place] ^= 1
        with pytest.raises(key_ring.SecretUnreadable):
            key_ring.unseal(bytes(altered), owner="A", ring=[OLD])


@pytest.mark.parametrize("length", range(13))
def test_a_cut_secret_is_unreadable(length):
    sealed = key_ring.seal("secret", owner="A", ring=[OLD])[:length]

    with pytest.raises(key_ring.SecretUnreadable):
        key_ring.unseal(sealed, owner="A", ring=[OLD])
