"""Codes of an authenticator app, and recovery codes: allauth's mechanics, with secrets of ours.

The secret of the app and the seed of the recovery codes are kept in allauth's table, sealed under the
key ring with their user as the owner: copied into the row of another user, they do not open.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.core.cache import cache

from orgs import key_ring
from orgs.models import User

SECRET = re.compile(r"[A-Z2-7]{32}")

_owner: ContextVar[str] = ContextVar("owner of the second factor")


class SealingAdapter(DefaultMFAAdapter):
    """Seals what allauth keeps; only inside `_secrets_of`, which says whose it is."""

    def encrypt(self, text: str) -> str:
        """The text, sealed for its owner."""
        sealed = key_ring.seal(text, owner=_owner.get(), ring=settings.KEY_RING)
        return base64.b64encode(sealed).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """What was sealed for the owner."""
        sealed = base64.b64decode(encrypted_text)
        return key_ring.unseal(sealed, owner=_owner.get(), ring=settings.KEY_RING)


def owner_of(user_id: int) -> str:
    """Whose the secrets of a user's second factor are, in the words of the seal."""
    return f"second factor of user {user_id}"


def sealed_in(kept: Mapping[str, Any]) -> bytes | None:
    """What is sealed in the row of an app or of recovery codes; None where nothing is."""
    text = kept.get(_place_in(kept))
    return base64.b64decode(text) if text else None


def with_sealed(kept: Mapping[str, Any], sealed: bytes) -> dict[str, Any]:
    """The row's facts with the secret sealed otherwise, and everything else as it is."""
    return {**kept, _place_in(kept): base64.b64encode(sealed).decode()}


def _place_in(kept: Mapping[str, Any]) -> str:
    return "secret" if "secret" in kept else "seed"  # of an app, of recovery codes


@contextmanager
def _secrets_of(user_id: int) -> Iterator[None]:
    token = _owner.set(owner_of(user_id))
    try:
        yield
    finally:
        _owner.reset(token)


def new_secret() -> str:
    """A fresh secret to share with an app: 160 bits, as 32 letters and digits (RFC 4648, base32)."""
    return str(totp.generate_totp_secret())


def seal_secret(secret: str, *, user_id: int) -> str:
    """A secret that waits to be confirmed, as it may be kept meanwhile."""
    with _secrets_of(user_id):
        return SealingAdapter().encrypt(secret)


def unseal_secret(sealed: str, *, user_id: int) -> str:
    """The other way.

    Raises:
        SecretUnreadable: it was sealed for another user, or under a key that is gone.
    """
    with _secrets_of(user_id):
        return SealingAdapter().decrypt(sealed)


def matches(secret: str, code: str) -> bool:
    """Whether an app that shares the secret shows this code now, or did a step ago, or will next."""
    return bool(totp.validate_totp_code(secret, code))


def spend(user_id: int, code: str) -> bool:
    """Take a code that matches out of use; False if it was before (RFC 6238, section 5.2).

    Remembered in the shared cache, so by every process, for as long as the code would match.
    """
    # allauth remembers a code for one step; with its neighbours it matches for three.
    steps = 2 * app_settings.TOTP_TOLERANCE + 2
    key = f"second-factor:{user_id}:{totp.normalize_user_code(code)}"
    return bool(cache.add(key, 1, timeout=steps * app_settings.TOTP_PERIOD))


def verify(user: User, code: str) -> Authenticator | None:
    """What the code proves: the user's app, or its recovery codes, of which it is crossed out; or nothing."""
    kept = Authenticator.objects.filter(user_id=user.pk).order_by("-type")  # the app comes first
    with _secrets_of(user.pk):
        for authenticator in kept:
            if authenticator.wrap().validate_code(code) and (
                authenticator.type != Authenticator.Type.TOTP or spend(user.pk, code)
            ):
                return authenticator
    return None


def add(user: User, secret: str) -> list[str]:
    """Keep the secret and make recovery codes, for the operation that holds the user's account."""
    with _secrets_of(user.pk):
        totp.TOTP.activate(user, secret)
        return list(RecoveryCodes.activate(user).generate_codes())


def make_codes(user: User) -> list[str]:
    """Recovery codes in place of those that the operation, which holds the user's account, took away."""
    with _secrets_of(user.pk):
        return list(RecoveryCodes.activate(user).generate_codes())
