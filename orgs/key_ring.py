"""Secrets at rest: AES-256-GCM under a ring of keys, newest first.

The owner's id is the associated data, so a sealed secret that is copied into another row does not open.
"""

import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
FINGERPRINT_DIGITS = 12


class SecretUnreadable(Exception):
    """No key of the ring opens the secret: it was altered, moved, or its key is gone."""


def seal(secret: str, *, owner: str, ring: Sequence[bytes]) -> bytes:
    """`secret` sealed for `owner` with the newest key."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(ring[0]).encrypt(nonce, secret.encode(), owner.encode())


def unseal(sealed: bytes, *, owner: str, ring: Sequence[bytes]) -> str:
    """What was sealed for `owner`.

    Raises:
        SecretUnreadable: no key of the ring opens it.
    """
    return _open(sealed, owner=owner, ring=ring)[0]


def key_of(sealed: bytes, *, owner: str, ring: Sequence[bytes]) -> bytes:
    """The key of the ring under which it is sealed.

    Raises:
        SecretUnreadable: no key of the ring opens it.
    """
    return _open(sealed, owner=owner, ring=ring)[1]


def fingerprint(key: bytes) -> str:
    """How a key is called where it must not be shown: it tells keys apart, and nothing of the key."""
    return hashlib.sha256(b"key of the ring:" + key).hexdigest()[:FINGERPRINT_DIGITS]


def _open(sealed: bytes, *, owner: str, ring: Sequence[bytes]) -> tuple[str, bytes]:
    if len(sealed) <= NONCE_BYTES:
        raise SecretUnreadable  # cut; the cipher would complain of its nonce instead
    nonce, text = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    for key in ring:
        try:
            return AESGCM(key).decrypt(nonce, text, owner.encode()).decode(), key
        except InvalidTag:
            continue
    raise SecretUnreadable
