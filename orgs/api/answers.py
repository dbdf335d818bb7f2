"""What goes over the wire as an answer."""

import base64
from http import HTTPStatus

import msgspec
from django.http import HttpResponse

from orgs import errors
from orgs.api.error_codes import CONDITIONS, condition_of, row_of
from orgs.operations.change import Answer

JSON = "application/json"

# No browser has a business with what is answered here, nor a cache.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


def answer(shape: msgspec.Struct | Answer | None, status: int) -> Answer:
    """A success; without a shape its body is empty. One that is put together already stays as it is."""
    if isinstance(shape, Answer):
        return shape
    return Answer(status, b"" if shape is None else msgspec.json.encode(shape))


def tagged(shape: msgspec.Struct, etag: str) -> Answer:
    """A success with an ETag, by which a client asks whether it still holds."""
    return Answer(HTTPStatus.OK, msgspec.json.encode(shape), {"ETag": etag})


def not_modified(etag: str) -> Answer:
    """What the client has still holds."""
    return Answer(HTTPStatus.NOT_MODIFIED, b"", {"ETag": etag})


def is_known(said: str, etag: str) -> bool:
    """Whether an `If-None-Match` names the ETag; marked as weak, it counts as the same."""
    names = [name.strip().removeprefix("W/") for name in said.split(",")]
    return etag in names or names == ["*"]


def respond(given: Answer, *, request_id: str) -> HttpResponse:
    """The answer as a response, with the id by which it is found again."""
    response = HttpResponse(given.body, status=given.status, content_type=JSON)
    for name, value in (*HEADERS.items(), *given.headers.items()):
        response.headers[name] = value
    response.headers["X-Request-Id"] = request_id
    # A refusal is nothing for the log of faults.
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django's own mark, not in its types
    return response


def refuse(error: errors.OrgsError, *, action: str, request_id: str) -> HttpResponse:
    """A refusal in the API's shape: the condition's status and code, and the sentence."""
    row, message = row_of(error), str(error)
    content: dict[str, object] = {"error_code": row.code, "request_id": request_id}
    if condition_of(type(error)) == "permission_denied":
        if action not in message:  # R-PERM-1: the message names it
            message = f"{message} ({action})"
        content["encoded_authorization_message"] = _authorization_message(action)
    response = _failure(row.status, content | {"error_msg": message}, request_id)
    if isinstance(error, errors.Throttled):
        response.headers["Retry-After"] = str(error.seconds)
    elif isinstance(error, errors.ConcurrentModification):
        response.headers["Retry-After"] = "1"
    return response


def fail(*, request_id: str) -> HttpResponse:
    """Our own fault, of which nothing is told but the id to look for."""
    row = CONDITIONS["internal_error"]
    message = "Something failed here. The request id finds it in the log."
    content: dict[str, object] = {
        "error_code": row.code,
        "error_msg": message,
        "request_id": request_id,
    }
    return _failure(row.status, content, request_id)


def _failure(status: int, content: dict[str, object], request_id: str) -> HttpResponse:
    return respond(Answer(status, msgspec.json.encode(content)), request_id=request_id)


def _authorization_message(action: str) -> str:
    """What was refused, for programs that decode it; it holds no more than the sentence says."""
    content = msgspec.json.encode({"allowed": False, "action": action})
    return base64.urlsafe_b64encode(content).decode()
