"""SDK-HMAC-SHA256: what a client signs, rebuilt from the request as it came.

Bytes in, bytes out: nothing here knows Django, keys or the clock. Source: the contract's companion,
section 2, whose two vectors are tested.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

ALGORITHM = "SDK-HMAC-SHA256"
DATE_HEADER = "x-sdk-date"

# Who answers for a request cannot be changed under way, nor where it goes and when it was made.
ALWAYS_SIGNED = frozenset({"host", DATE_HEADER})
SIGNED_WHERE_SENT = frozenset({"x-security-token", "x-domain-id", "x-idempotency-key"})

_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Access=([0-9A-Za-z]{{1,128}}), ?"
    r"SignedHeaders=([0-9a-z-]{1,100}(?:;[0-9a-z-]{1,100}){1,50}), ?"
    r"Signature=([0-9a-f]{64})"
)


class NotSigned(Exception):
    """There is no signature, or none that could be right."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """What the Authorization header says."""

    access_key: str
    signed_headers: tuple[str, ...]
    signature: str

    @classmethod
    def parse(cls, text: str) -> "Authorization":
        """Read the header; nothing but what a signer writes is taken.

        Raises:
            NotSigned.
        """
        found = _AUTHORIZATION.fullmatch(text)
        if found is None:
            raise NotSigned
        access_key, names, signature = found.groups()
        return cls(access_key, tuple(names.split(";")), signature)


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came: the path decoded once, the query as it was, header names in lower case."""

    method: str
    path: bytes
    query: bytes
    headers: Mapping[str, bytes]
    body: bytes


def require_signed_headers(received: Received, authorization: Authorization) -> None:
    """Refuse a signature that leaves out what it has to cover, or covers what is not there.

    Raises:
        NotSigned.
    """
    signed = frozenset(authorization.signed_headers)
    needed = ALWAYS_SIGNED | {name for name in SIGNED_WHERE_SENT if name in received.headers}
    if not needed <= signed or len(signed) != len(authorization.signed_headers):
        raise NotSigned
    if not signed <= received.headers.keys():
        raise NotSigned


def signature_of(received: Received, signed_headers: tuple[str, ...], secret: str) -> str:
    """The signature that the holder of `secret` would have made. The secret keys the digest itself."""
    text = string_to_sign(received, signed_headers)
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def string_to_sign(received: Received, signed_headers: tuple[str, ...]) -> bytes:
    """The text that is signed: algorithm, date, digest of the canonical request."""
    digest = hashlib.sha256(canonical_request(received, signed_headers)).hexdigest()
    return b"\n".join((ALGORITHM.encode(), received.headers[DATE_HEADER].strip(), digest.encode()))


def canonical_request(received: Received, signed_headers: tuple[str, ...]) -> bytes:
    """The one form of a request that both sides make.

    The body's own digest is computed whatever the client says of it, so nothing goes unsigned.
    """
    headers = b"".join(
        name.encode() + b":" + received.headers[name].strip() + b"\n" for name in signed_headers
    )
    return b"\n".join(
        (
            received.method.encode(),
            _canonical_path(received.path),
            _canonical_query(received.query),
            headers,
            ";".join(signed_headers).encode(),
            hashlib.sha256(received.body).hexdigest().encode(),
        )
    )


def _canonical_path(path: bytes) -> bytes:
    encoded = quote(path, safe="/~").encode()
    return encoded if encoded.endswith(b"/") else encoded + b"/"


def _canonical_query(query: bytes) -> bytes:
    pairs = sorted(query_pairs(query))
    return "&".join(
        f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs
    ).encode()


def query_pairs(query: bytes) -> list[tuple[bytes, bytes]]:
    """Names and values of a query string, percent-decoded; a plus sign is a plus sign."""
    pairs = []
    for part in query.split(b"&"):
        if part:
            name, _equals, value = part.partition(b"=")
            pairs.append((unquote_to_bytes(name), unquote_to_bytes(value)))
    return pairs
