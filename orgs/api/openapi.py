"""The description of the API as OpenAPI 3.1, made of the endpoints and their shapes.

Nothing stands here that is not known elsewhere: paths and methods come from the routes, bodies and answers
from the shapes, refusals from the conditions, how ids look from `identifiers`.
"""

import hashlib
import inspect
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from http import HTTPStatus
from typing import Any, get_args, get_type_hints

import msgspec
from django.http import HttpRequest, HttpResponse
from msgspec import Struct

from orgs import identifiers
from orgs.api import answers
from orgs.api.endpoint import Endpoint
from orgs.api.error_codes import ROWS
from orgs.api.refusals import refusals_of
from orgs.api.shapes.tags import RESOURCE_TYPES

type Route = tuple[str, str, Endpoint]
type Schema = dict[str, Any]

VERSION = "1"
REFERENCE = "#/components/schemas/{name}"
LANGUAGES = ["zh-cn", "en-us"]

IDENTIFIERS = {
    "account_id": identifiers.ACCOUNT,
    "attached_entity_id": identifiers.ENTITY,
    "child_id": identifiers.UNIT_OR_ACCOUNT,
    "create_account_status_id": identifiers.CREATION,
    "destination_parent_id": identifiers.ROOT_OR_UNIT,
    "entity_id": identifiers.ENTITY,
    "handshake_id": identifiers.INVITATION,
    "organization_id": identifiers.ORGANIZATION,
    "organizational_unit_id": identifiers.UNIT,
    "parent_id": identifiers.ROOT_OR_UNIT,
    "policy_id": identifiers.POLICY,
    "resource_id": identifiers.TAGGABLE,
    "root_id": identifiers.ROOT,
    "source_parent_id": identifiers.ROOT_OR_UNIT,
}
# What is known of parameters beyond their type.
LIMITS: Mapping[str, Schema] = {
    "limit": {"minimum": 1, "maximum": 2_000},
    "marker": {"minLength": 4, "maxLength": 400, "pattern": "^[A-Za-z0-9_-]{4,400}$"},
    "resource_type": {"enum": sorted(RESOURCE_TYPES)},
    **{name: {"pattern": f"^(?:{kind.pattern.pattern})$"} for name, kind in IDENTIFIERS.items()},
}

REFUSAL: Schema = {
    "title": "Refusal",
    "description": "Why a request was not carried out.",
    "type": "object",
    "properties": {
        "error_code": {"type": "string"},
        "error_msg": {"type": "string", "description": "A sentence for people; do not parse it."},
        "request_id": {"type": "string"},
        "encoded_authorization_message": {"type": "string", "description": "With 403 alone."},
    },
    "required": ["error_code", "error_msg", "request_id"],
    "additionalProperties": False,
}
SIGNATURE: Schema = {
    "type": "apiKey",
    "in": "header",
    "name": "Authorization",
    "description": (
        "SDK-HMAC-SHA256 Access=<access key>, SignedHeaders=<names>, Signature=<hex>, as the vendor's SDKs"
        " make it. `Host` and `X-Sdk-Date` have to be among the signed headers."
    ),
}
# Of bodies their schemas say it; OpenAPI has no word for it where parameters are meant.
CLOSED = "Parameters that are not listed here are refused."
REQUEST_ID: Schema = {
    "X-Request-Id": {
        "description": "By which the request is found again in the log and the events.",
        "schema": {"type": "string"},
    }
}


class Document:
    """The description of routes, and what answers with it to everybody."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes = routes

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; nothing in it is secret, so nobody has to have signed."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(
                status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "GET, HEAD"}
            )
        headers = {
            "ETag": self._etag,
            "Cache-Control": "no-cache",
            "X-Content-Type-Options": answers.HEADERS["X-Content-Type-Options"],
        }
        if answers.is_known(request.headers.get("If-None-Match", ""), self._etag):
            return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        return HttpResponse(self._content, content_type=answers.JSON, headers=headers)

    @cached_property
    def described(self) -> Schema:
        """The document, put together when it is first asked for."""
        return describe(self.routes)

    @cached_property
    def _content(self) -> bytes:
        return msgspec.json.encode(self.described)

    @cached_property
    def _etag(self) -> str:
        return f'"{hashlib.sha256(self._content).hexdigest()[:32]}"'


def describe(routes: Sequence[Route]) -> Schema:
    """The OpenAPI document of routes."""
    schemas = _Schemas(routes)
    paths: dict[str, Schema] = defaultdict(dict)
    for method, route, endpoint in routes:
        path = route.replace("<", "{").replace(">", "}")
        paths[path][method.lower()] = _operation(path, endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Banyan",
            "version": VERSION,
            "description": (
                "The Huawei Cloud Organizations API, and under /x/v1 what it does not have. Every request is"
                " signed. Fields and parameters that are not known are ignored, and under /x/v1 refused."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"signature": []}],
        "tags": [{"name": name} for name in sorted({_tag(one) for *_route, one in routes})],
        "paths": dict(paths),
        "components": {
            "schemas": schemas.components | {"Refusal": REFUSAL},
            "securitySchemes": {"signature": SIGNATURE},
        },
    }


class _Schemas:
    """The schemas of all shapes of the routes, which refer to one another."""

    def __init__(self, routes: Iterable[Route]) -> None:
        shapes: dict[Any, None] = {}
        for *_route, endpoint in routes:
            shapes |= dict.fromkeys(_shapes_of(endpoint))
        listed, self.components = msgspec.json.schema_components(shapes, ref_template=REFERENCE)
        self._by_shape = dict(zip(shapes, listed, strict=True))
        for component in self.components.values():
            properties = component.get("properties", {})
            for name in properties.keys() & LIMITS.keys():
                if properties[name].get("type") == "string":
                    properties[name] |= LIMITS[name]

    def of(self, shape: Any) -> Schema:
        """The schema of one of them."""
        schema: Schema = self._by_shape[shape]
        return schema


def _shapes_of(endpoint: Endpoint) -> Iterable[Any]:
    yield from (one for one in (endpoint.body, endpoint.file, _answer_of(endpoint)) if one)
    if endpoint.query is not None:
        yield from (_given(each.type) for each in msgspec.structs.fields(endpoint.query))


def _answer_of(endpoint: Endpoint) -> type[Struct] | None:
    """The shape of a success; None where its body is empty."""
    if endpoint.answer is not None:
        return endpoint.answer
    hint = get_type_hints(endpoint.function)["return"]
    return hint if isinstance(hint, type) and issubclass(hint, Struct) else None


def _given(annotation: Any) -> Any:
    """What a parameter is where it is given: never null."""
    parts = [part for part in get_args(annotation) if part is not type(None)]
    return parts[0] if type(None) in get_args(annotation) else annotation


def _tag(endpoint: Endpoint) -> str:
    return endpoint.function.__module__.rpartition(".")[2].replace("_", " ")


def _operation(path: str, endpoint: Endpoint, schemas: _Schemas) -> Schema:
    described = inspect.getdoc(endpoint.function) or ""
    summary, _blank, rest = described.partition("\n\n")
    operation: Schema = {
        "operationId": endpoint.name,
        "tags": [_tag(endpoint)],
        "summary": " ".join(summary.split()),
        "parameters": [*_path_parameters(path), *_query(endpoint, schemas), *_headers(endpoint)],
        "responses": _responses(endpoint, schemas, has_path="{" in path),
        "x-iam-action": endpoint.action,
        "x-caller": endpoint.caller.name.lower(),
    }
    told = [" ".join(rest.split()), CLOSED if endpoint.is_ours else ""]
    if any(told):
        operation["description"] = " ".join(filter(None, told))
    body = endpoint.body or endpoint.file
    if body is not None:
        operation["requestBody"] = {
            "required": True,
            "description": f"At most {endpoint.body_limit // 1024} KiB.",
            "content": {answers.JSON: {"schema": schemas.of(body)}},
        }
    return operation


def _path_parameters(path: str) -> Iterable[Schema]:
    for part in path.split("/"):
        if part.startswith("{"):
            name = part.strip("{}")
            schema = {"type": "string"} | LIMITS[name]
            yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query(endpoint: Endpoint, schemas: _Schemas) -> Iterable[Schema]:
    if endpoint.query is None:
        return
    for each in msgspec.structs.fields(endpoint.query):
        schema = schemas.of(_given(each.type)) | LIMITS.get(each.encode_name, {})
        if not each.required and each.default is not None:
            schema |= {"default": each.default}
        yield {
            "name": each.encode_name,
            "in": "query",
            "required": each.required,
            "schema": schema,
        }


def _headers(endpoint: Endpoint) -> Iterable[Schema]:
    if endpoint.writes:
        yield {
            "name": "X-Idempotency-Key",
            "in": "header",
            "description": "Requests with the same key are carried out once. It has to be signed.",
            "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
        }
    if endpoint.has_etag:
        yield {
            "name": "If-None-Match",
            "in": "header",
            "description": "The ETag of the answer that the client has.",
            "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
        }
    if _tag(endpoint) in ("policies", "dry runs"):
        yield {
            "name": "X-Language",
            "in": "header",
            "description": "In which built-in texts are told.",
            "schema": {"type": "string", "enum": LANGUAGES},
        }


def _responses(endpoint: Endpoint, schemas: _Schemas, *, has_path: bool) -> Schema:
    responses: Schema = {str(int(endpoint.status)): _success(endpoint, schemas)}
    if endpoint.has_etag:
        responses["304"] = {
            "description": "What the client has still holds.",
            "headers": REQUEST_ID,
        }
    by_status: dict[int, list[str]] = defaultdict(list)
    for condition in refusals_of(endpoint.name, writes=endpoint.writes, has_path=has_path):
        by_status[ROWS[condition].status].append(condition)
    for status, conditions in sorted(by_status.items()):
        responses[str(status)] = _refusal(conditions)
    return responses


def _success(endpoint: Endpoint, schemas: _Schemas) -> Schema:
    phrase = HTTPStatus(endpoint.status).phrase
    success: Schema = {"description": phrase, "headers": dict(REQUEST_ID)}
    if endpoint.has_etag:
        success["headers"]["ETag"] = {"schema": {"type": "string"}}
    answer = _answer_of(endpoint)
    if answer is not None:
        success["content"] = {answers.JSON: {"schema": schemas.of(answer)}}
    return success


def _refusal(conditions: Sequence[str]) -> Schema:
    codes = sorted({ROWS[condition].code for condition in conditions})
    schema = {
        "allOf": [
            {"$ref": REFERENCE.format(name="Refusal")},
            {"properties": {"error_code": {"enum": codes}}},
        ]
    }
    told = ", ".join(f"{ROWS[condition].code} {condition}" for condition in conditions)
    return {
        "description": told,
        "headers": REQUEST_ID,
        "content": {answers.JSON: {"schema": schema}},
    }
