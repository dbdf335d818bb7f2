"""Secrets at rest: AES-256-GCM under a ring of keys, newest first.

The owner's id is the associated data, so a sealed secret that is copied into another row does not open.
"""

import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


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
    if len(sealed) <= NONCE_BYTES:
        raise SecretUnreadable  # cut; the cipher would complain of its nonce instead
    nonce, text = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    for key in ring:
        try:
            return AESGCM(key).decrypt(nonce, text, owner.encode()).decode()
        except InvalidTag:
            continue
    raise SecretUnreadable
