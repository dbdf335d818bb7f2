"""Who signed a request. The signature is the only credential: no cookie, no session (R12).

Unknown, disabled and wrong keys sound alike, and take the same time.
"""

import hashlib
import hmac
import logging
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from orgs import errors, key_ring
from orgs.api.signature import (
    DATE_HEADER,
    Authorization,
    NotSigned,
    Received,
    require_signed_headers,
    signature_of,
)
from orgs.operations import bookkeeping
from orgs.queries.signers import Signer, find_signer

logger = logging.getLogger(__name__)

NOBODY = "NOBODY"  # owns the secret that stands in for the one of an unknown key
_DATE = re.compile(rb"[0-9]{8}T[0-9]{6}Z")


@dataclass(frozen=True, slots=True)
class Authenticated:
    """A request of which the signer is known."""

    signer: Signer
    signature: str


def received(request: HttpRequest) -> Received:
    """The request as it came, before anything made something of it."""
    # A server may put its own environment among them, in which anything can be.
    headers = {
        name[5:].replace("_", "-").lower(): str(value).encode("latin-1", "replace")
        for name, value in request.META.items()
        if name.startswith("HTTP_")
    }
    content_type = request.META.get("CONTENT_TYPE", "")
    if content_type:
        headers["content-type"] = content_type.encode("latin-1", "replace")
    return Received(
        method=str(request.META["REQUEST_METHOD"]),
        # Decoded once already. What was no UTF-8 is percent-encoded again there, and fits no signature.
        path=request.path.encode(),
        query=request.META.get("QUERY_STRING", "").encode("latin-1", "replace"),
        headers=headers,
        # Its length is judged already; Django's own limit is that of the forms of pages.
        body=request.read(),
    )


def authenticate(asked: Received) -> Authenticated:
    """The signer of a request, judged on fresh rows.

    Raises:
        ClockSkew: signed too long ago, or in the future.
        AuthenticationFailed: not signed, by an unknown or disabled key or user, with another secret or
            token, or for another account.
    """
    now = timezone.now()
    try:
        authorization = Authorization.parse(_text(asked, "authorization"))
        require_signed_headers(asked, authorization)
    except NotSigned as error:
        raise errors.AuthenticationFailed from error
    _require_fresh(asked, now)
    signer = find_signer(authorization.access_key)
    wanted = signature_of(asked, authorization.signed_headers, _secret_of(signer))
    matches = hmac.compare_digest(wanted, authorization.signature)
    if signer is None or not matches or not _may_be_used(signer, asked, now):
        raise errors.AuthenticationFailed
    used = signer.last_used_at
    if used is None or used < now - bookkeeping.USE_IS_NOTED_EVERY:
        bookkeeping.note_use(key_id=signer.key_id, now=now)
    return Authenticated(signer, authorization.signature)


def _require_fresh(asked: Received, now: datetime) -> None:
    said = asked.headers[DATE_HEADER].strip()
    if not _DATE.fullmatch(said):
        raise errors.AuthenticationFailed
    try:
        signed_at = datetime.strptime(said.decode(), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise errors.AuthenticationFailed from error
    if abs(now - signed_at) > settings.SIGNATURE_WINDOW:
        times = (moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (signed_at, now))
        raise errors.ClockSkew(signed_at=next(times), now=next(times))


def _secret_of(signer: Signer | None) -> str:
    """The secret in the clear. For nobody's key one that nobody knows, unsealed all the same."""
    ring = settings.KEY_RING
    if signer is not None:
        try:
            return key_ring.unseal(signer.sealed_secret, owner=signer.key_id, ring=ring)
        except key_ring.SecretUnreadable:
            logger.exception("The secret of access key %s does not open", signer.key_id)
    return key_ring.unseal(_stand_in(tuple(ring)), owner=NOBODY, ring=ring)


@cache
def _stand_in(ring: tuple[bytes, ...]) -> bytes:
    return key_ring.seal(secrets.token_hex(20), owner=NOBODY, ring=ring)


def _may_be_used(signer: Signer, asked: Received, now: datetime) -> bool:
    """Whether key and user are active, the token is the key's, and the account the one that is named."""
    token = asked.headers.get("x-security-token")
    digest = hashlib.sha256(token.strip()).hexdigest() if token is not None else ""
    account_id = _text(asked, "x-domain-id").strip()
    return (
        signer.is_active
        and hmac.compare_digest(digest, signer.token_digest)
        and (signer.expires_at is None or signer.expires_at > now)
        and account_id in ("", signer.account_id)
    )


def _text(asked: Received, header: str) -> str:
    return asked.headers.get(header, b"").decode("latin-1")
