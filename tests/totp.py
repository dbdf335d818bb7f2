"""Codes of an authenticator app, by the tests' own hand. Source: RFC 6238, RFC 4226."""

import base64
import hashlib
import hmac
import time

STEP_SECONDS = 30


def code_of(secret: str, *, steps: int = 0) -> str:
    """The six digits that an app with the secret shows now, or some steps later or earlier."""
    count = int(time.time()) // STEP_SECONDS + steps
    digest = hmac.digest(base64.b32decode(secret), count.to_bytes(8), hashlib.sha1)
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4]) & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"
