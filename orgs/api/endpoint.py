"""Around every operation of the wire: who signed, whether they may, what they sent; then the operation.

The order is the contract's `check_order`: signature, route, role, membership and caller class, the
request's parts; the operation asks again under its lock. Every exception leaves in the API's own shape.
"""

import hashlib
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from typing import Any

import msgspec
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, RawPostDataException, UnreadablePostError
from django.utils import translation
from msgspec import Struct

from orgs import client_address, errors
from orgs.actor import Actor
from orgs.api import answers, records, throttle
from orgs.api.authentication import Authenticated, authenticate, received
from orgs.api.bodies import WHOLE, read_body
from orgs.api.pagination import Markers
from orgs.api.parameters import read_query
from orgs.api.shapes.paging import NoQuery
from orgs.api.signature import Received, query_pairs
from orgs.errors import InvalidParameter, Reason
from orgs.identifiers import new_request_id, urn
from orgs.models import AccountStatus, Role
from orgs.operations.change import Answer, Asked, recall, remembered
from orgs.permissions import Permission
from orgs.queries.own_calls import OwnCall
from orgs.queries.own_decisions import require_own_call
from orgs.queries.signers import Signer

logger = logging.getLogger(__name__)

IDEMPOTENCY_HEADER = "x-idempotency-key"
_IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,128}")


class Caller(Enum):
    """The contract's caller rules."""

    ANY_ACCOUNT = auto()
    ORG_MEMBER = auto()
    MEMBER_ONLY = auto()
    MANAGEMENT_ONLY = auto()
    MANAGEMENT_OR_DELEGATED_ADMIN = auto()
    INVITED_ACCOUNT = auto()
    ORG_MEMBER_OR_TARGET = auto()


# Calls that need no organization (R-GEN-2); who is addressed by an invitation, its operation knows.
WITHOUT_ORGANIZATION = frozenset(
    {Caller.ANY_ACCOUNT, Caller.INVITED_ACCOUNT, Caller.ORG_MEMBER_OR_TARGET}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request whose signer is known and may make it."""

    actor: Actor
    signer: Signer
    permissions: frozenset[Permission]
    language: str
    known: str = ""  # what the client has already, by the ETag it came with

    def urn(self, kind: str, entity_id: str) -> str:
        """The URN of a thing of the caller's organization."""
        return urn(
            kind,
            entity_id,
            management_account_id=self.signer.management_account_id or "",
            organization_id=self.signer.organization_id or "",
        )

    def markers(self, list_name: str, filters: Struct) -> Markers:
        """The markers of a list with the filters of this call."""
        kept = {
            name: getattr(filters, name)
            for name in filters.__struct_fields__
            if name not in ("limit", "marker")
        }
        return Markers(list_name, self.actor.organization_id or "", kept)


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One operation of the contract, with what has to hold before its function is called."""

    function: Callable[..., Struct | Answer | None]
    action: str
    caller: Caller
    writes: bool
    status: int
    body: type[Struct] | None
    query: type[Struct] | None
    is_ours: bool = False
    scoped: Permission | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    limit: int | None = None
    file: type[Struct] | None = None
    answer: type[Struct] | None = None
    has_etag: bool = False

    @property
    def body_limit(self) -> int:
        """How many bytes a body may have."""
        return int(settings.API_BODY_LIMIT) if self.limit is None else self.limit

    @property
    def name(self) -> str:
        """The contract's name of the operation."""
        return self.function.__name__

    def __call__(self, request: HttpRequest, **path: str) -> HttpResponse:
        """Answer a request."""
        return _guarded(
            request, self.action, lambda request_id: self._answer(request, request_id, path)
        )

    def _answer(self, request: HttpRequest, request_id: str, path: dict[str, str]) -> Answer:
        asked = _received(request, limit=self.body_limit)
        authenticated, actor = _authenticate(request, asked, request_id, operation=self.name)
        signer = authenticated.signer
        with records.recorded(actor, self.name, is_read=not self.writes):
            self._require_role(signer)
            call = Call(
                actor=actor,
                signer=signer,
                permissions=signer.permissions,
                language="zh-hans" if _said(asked, "x-language").lower() == "zh-cn" else "en",
                known=_said(asked, "if-none-match"),
            )
            if self.writes:
                return self._answer_once(call, asked, _asked(asked, authenticated), path)
            return self._answer_read(call, asked, path)

    def _answer_read(self, call: Call, asked: Received, path: dict[str, str]) -> Answer:
        """The answer to a read. What is wrong in it, only who may ask is told."""
        self._require_class(call.signer)
        try:
            parts = self._parts(asked)
        except InvalidParameter:
            self._require_policies(call, _own_call(self.action, path, None))
            raise
        self._require_policies(call, _own_call(self.action, path, parts.get("query")))
        return self._run(call, path | parts)

    def _answer_once(
        self, call: Call, asked: Received, once: Asked, path: dict[str, str]
    ) -> Answer:
        """The answer to a write: what it was the first time, where it was made before (P4).

        Who could make it may not be able to any more, because it was made; so a refusal looks back too.
        """
        try:
            self._require_class(call.signer)
            _require_idempotency_key(asked)
            given = path | self._parts(asked)
            with remembered(once) as memory:
                if memory.answer is None:
                    memory.answer = self._run(call, given)
                answer = memory.answer
        except errors.IdempotencyKeyReused:
            raise
        except errors.OrgsError:
            before = recall(once)
            if before is None:
                raise
            return before
        throttle.tidy()
        return answer

    def _require_role(self, signer: Signer) -> None:
        """The user's right, which the contract asks before the account's (R-PERM-1, R-PERM-2, R-CLO-11)."""
        if signer.account_status != AccountStatus.ACTIVE:
            raise errors.CallerAccountClosed
        may = signer.role == Role.ADMINISTRATOR if self.writes else signer.role is not None
        if not may and not self._is_granted(signer):
            raise errors.PermissionDenied(permission=self.action)

    def _require_class(self, signer: Signer) -> None:
        """The account's standing in its organization (R-GEN-1, R-GEN-2)."""
        if self.caller in WITHOUT_ORGANIZATION:
            return
        if signer.organization_id is None:
            raise errors.CallerNotInOrganization
        # MEMBER_ONLY: that the management account cannot leave, the operation says.
        is_management = signer.account_id == signer.management_account_id
        may_write = is_management or self._is_granted(signer)
        if self.caller == Caller.MANAGEMENT_ONLY and not may_write:
            raise errors.NotManagementAccount(permission=self.action)
        sees_all = Permission.VIEW_STRUCTURE in signer.permissions
        if self.caller == Caller.MANAGEMENT_OR_DELEGATED_ADMIN and not sees_all:
            raise errors.NotManagementOrDelegated

    def _is_granted(self, signer: Signer) -> bool:
        """Whether the signer may do this on some unit; the operation judges the places concerned. (ours)"""
        return self.scoped is not None and self.scoped in signer.scoped

    def _require_policies(self, call: Call, own: OwnCall) -> None:
        """What the organization lets a member's users read; of changes, the operation says it (R-PERM-6)."""
        signer = call.signer
        if signer.is_governed:
            require_own_call(
                actor=call.actor,
                management_account_id=signer.management_account_id,
                policy_version=signer.policy_version,
                call=own,
            )

    def _parts(self, asked: Received) -> dict[str, Any]:
        """Body and query in their shapes, for an operation that takes them."""
        parts: dict[str, Any] = {}
        if self.body is not None:
            content_type = _said(asked, "content-type")
            parts["body"] = read_body(asked.body, content_type, self.body, limit=self.body_limit)
        if self.file is not None:
            parts["file"] = asked.body
        if self.query is not None:
            parts["query"] = read_query(asked.query, self.query)
        elif self.is_ours:
            read_query(asked.query, NoQuery)
        return parts

    def _run(self, call: Call, given: dict[str, Any]) -> Answer:
        try:
            return answers.answer(self.function(call, **given), self.status)
        except InvalidParameter as refusal:
            raise self._as_sent(refusal) from refusal

    def _as_sent(self, refusal: InvalidParameter) -> InvalidParameter:
        """The refusal with the field's name on the wire, where the operation calls it otherwise."""
        for pattern, name in self.fields.items():
            if found := re.fullmatch(pattern, refusal.field):
                return refusal.at(found.expand(name))
        return refusal


def endpoint(
    *,
    action: str,
    caller: Caller,
    writes: bool = False,
    status: int = HTTPStatus.OK,
    body: type[Struct] | None = None,
    query: type[Struct] | None = None,
    is_ours: bool = False,
    scoped: Permission | None = None,
    fields: Mapping[str, str] | None = None,
    limit: int | None = None,
    file: type[Struct] | None = None,
    answer: type[Struct] | None = None,
    has_etag: bool = False,
) -> Callable[[Callable[..., Struct | Answer | None]], Endpoint]:
    """Make a function the answer to an operation of the contract, or to one of ours.

    It is called with the call, the path's values by name, and `body` and `query` in the shapes given here;
    it returns the answer's shape, or None for an empty one. `action` is the contract's; a reader may not
    call what `writes`. What `is_ours`, and not the vendor's, refuses fields and parameters that it does not
    know. Whoever has the right `scoped` on some unit may call it as well. `fields` maps
    patterns of the operation's field names to those of the wire. A body has up to `limit` bytes, else as
    many as the installation allows. A body that is a `file` of that shape is handed on as it came. `answer`
    is the shape of what a function hands out as bytes; one that `has_etag` may say that nothing has changed.
    """

    def wrap(function: Callable[..., Struct | Answer | None]) -> Endpoint:
        return Endpoint(
            function=function,
            action=action,
            caller=caller,
            writes=writes,
            status=status,
            body=body,
            query=query,
            is_ours=is_ours,
            scoped=scoped,
            fields=fields or {},
            limit=limit,
            file=file,
            answer=answer,
            has_etag=has_etag,
        )

    return wrap


def no_operation(request: HttpRequest) -> HttpResponse:
    """What a path or method that has no operation answers to who signed it."""

    def answer(request_id: str) -> Answer:
        asked = _received(request, limit=settings.API_BODY_LIMIT)
        _authenticate(request, asked, request_id, operation="")
        raise errors.ApiNotFound(method=request.method, path=request.path)

    return _guarded(request, "", answer)


def _guarded(request: HttpRequest, action: str, answer: Callable[[str], Answer]) -> HttpResponse:
    """Run it; whatever it raises becomes an answer in the API's shape, in English."""
    request_id = new_request_id()
    with translation.override("en"):
        try:
            return answers.respond(answer(request_id), request_id=request_id)
        except errors.OrgsError as refusal:
            return answers.refuse(refusal, action=action, request_id=request_id)
        except Exception:
            logger.exception("%s %r failed, request %s", request.method, request.path, request_id)
            return answers.fail(request_id=request_id)


def _received(request: HttpRequest, *, limit: int) -> Received:
    """The request with its body, which is not read when it is said to be too long."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not re.fullmatch(r"[0-9]{1,18}", length) or int(length) > limit:
        raise InvalidParameter(field=WHOLE, reason=Reason.TOO_LARGE, limit=limit)
    try:
        return received(request)
    except (UnreadablePostError, RawPostDataException) as error:
        raise InvalidParameter(field=WHOLE, reason=Reason.NOT_JSON, problem="cut off") from error


def _authenticate(
    request: HttpRequest, asked: Received, request_id: str, *, operation: str
) -> tuple[Authenticated, Actor]:
    """The signer, who may not ask too often; who signs well is never refused for who does not."""
    address = client_address.address_of(request.META)
    stranger = Actor(account_id=None, user_id=None, address=address, request_id=request_id)
    with records.tallied(stranger, operation):
        try:
            authenticated = _require_signer(request, asked)
        except errors.AuthenticationFailed:
            # Counted when all has been looked at: how long it takes tells nothing of a key.
            throttle.admit_stranger(address=address)
            raise
    signer = authenticated.signer
    actor = signer.actor(address=address, request_id=request_id)
    with records.tallied(actor, operation, key_id=signer.key_id):
        throttle.admit(key_id=signer.key_id, organization_id=signer.organization_id)
    return authenticated, actor


def _require_signer(request: HttpRequest, asked: Received) -> Authenticated:
    """The signer, who also has to have asked this installation."""
    try:
        request.get_host()
    except DisallowedHost as error:
        raise errors.AuthenticationFailed from error
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        raise errors.AuthenticationFailed  # what is signed is not sent again elsewhere
    return authenticate(asked)


def _asked(asked: Received, authenticated: Authenticated) -> Asked:
    """What makes two requests the same: the client's key, or the signature itself (P4)."""
    token = asked.headers.get(IDEMPOTENCY_HEADER)
    content = repr((asked.method, asked.path, sorted(query_pairs(asked.query)), asked.body))
    return Asked(
        principal=authenticated.signer.key_id,
        key=f"signature/{authenticated.signature}"
        if token is None
        else f"token/{hashlib.sha256(token).hexdigest()}",
        request_hash=hashlib.sha256(content.encode()).hexdigest(),
    )


def _own_call(action: str, path: Mapping[str, str], query: Struct | None) -> OwnCall:
    """A read as policies see it: about what the path and the query name (R-PERM-4)."""
    said = {} if query is None else msgspec.structs.asdict(query)
    return OwnCall(
        action,
        resource_ids=[*path.values(), *said.values()],
        service_principal=said.get("service_principal"),
    )


def _require_idempotency_key(asked: Received) -> None:
    if IDEMPOTENCY_HEADER not in asked.headers:
        return
    if not _IDEMPOTENCY_KEY.fullmatch(_said(asked, IDEMPOTENCY_HEADER)):
        raise InvalidParameter(field="X-Idempotency-Key", reason=Reason.NOT_A_KEY)


def _said(asked: Received, header: str) -> str:
    return asked.headers.get(header, b"").decode("latin-1").strip()
