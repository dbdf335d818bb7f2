"""The operations of the API as a page shows them, read from the same document that programs read."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.http import urlencode
from django.utils.translation import gettext_lazy

from orgs.api.urls import DOCUMENT

SDK_MODULE = "huaweicloudsdkorganizations.v1"
OURS = "/x/"  # below it stands what the vendor's SDK has no method for
BESIDE = ("list_auth_domains", "get_caller_identity")
MOST_NESTED = 4
GROUPS = {
    "account requests": gettext_lazy("Account requests"),
    "accounts": gettext_lazy("Accounts"),
    "callers": gettext_lazy("Callers"),
    "decisions": gettext_lazy("Decisions"),
    "delegated administrators": gettext_lazy("Delegated administrators"),
    "dry runs": gettext_lazy("Dry runs"),
    "entities": gettext_lazy("Entities"),
    "invitations": gettext_lazy("Invitations"),
    "organization files": gettext_lazy("Organization files"),
    "organizations": gettext_lazy("Organizations"),
    "policies": gettext_lazy("Policies"),
    "previews": gettext_lazy("Previews"),
    "quotas": gettext_lazy("Quotas"),
    "services": gettext_lazy("Services"),
    "structure": gettext_lazy("Structure"),
    "tags": gettext_lazy("Tags"),
    "trusted services": gettext_lazy("Trusted services"),
    "units": gettext_lazy("Units"),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A part of a request. `place` is path, query, header or body."""

    name: str
    place: str
    kind: str
    is_required: bool
    limits: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A status, and under which codes or in which shape it comes."""

    status: str
    told: str
    is_success: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation, as it stands in the document."""

    name: str
    method: str
    path: str
    group: str
    summary: str
    description: str
    action: str
    caller: str
    parameters: tuple[Parameter, ...]
    body: Any
    outcomes: tuple[Outcome, ...]

    @property
    def is_ours(self) -> bool:
        """Whether the vendor's API, and so its SDK, has no such operation."""
        return self.path.startswith(OURS) or self.name in BESIDE

    @property
    def known_as(self) -> str:
        """The name as the vendor writes it."""
        return "".join(part.capitalize() for part in self.name.split("_"))

    def matches(self, text: str) -> bool:
        """Whether a text stands in its names, its path or what it is for."""
        told = f"{self.name} {self.known_as} {self.method} {self.path} {self.summary} {self.action}"
        return text.casefold() in told.casefold()

    def example_path(self) -> str:
        """The path with what it needs of a query, and placeholders where ids belong."""
        query = sorted(  # as it is signed
            (one.name, placeholder(one.name))
            for one in self.parameters
            if one.place == "query" and one.is_required
        )
        path = self.path.replace("{", "<").replace("}", ">")
        return f"{path}?{urlencode(query)}" if query else path


@cache
def list_operations() -> Sequence[Operation]:
    """All of them, in the order of the document."""
    document = DOCUMENT.described
    return [
        _operation(method, path, described, document["components"]["schemas"])
        for path, by_method in document["paths"].items()
        for method, described in by_method.items()
    ]


def curl_sample(operation: Operation, *, site: str, access_key: str) -> str:
    """A shell script that signs with openssl and sends with curl; it reads the secret from `SECRET_KEY`."""
    host = site.partition("://")[2].rstrip("/")
    path, _mark, query = operation.example_path().partition("?")
    body = "" if operation.body is None else json.dumps(operation.body)
    address = f"{site.rstrip('/')}{path}" + (f"?{query}" if query else "")
    lines = [
        f"ACCESS_KEY='{access_key}'",
        f"BODY='{body}'",
        "DATE=$(date -u +%Y%m%dT%H%M%SZ)",
        'sha256() { openssl dgst -sha256 -hex "$@" | sed "s/.* //"; }',
        'HASH=$(printf %s "$BODY" | sha256)',
        f"ASKED=$(printf '%s\\n' '{operation.method}' '{path.rstrip('/')}/' '{query}' \\",
        f"  'host:{host}' \"x-sdk-date:$DATE\" '' 'host;x-sdk-date' \"$HASH\")",
        'SIGNED=$(printf \'%s\\n%s\\n%s\' SDK-HMAC-SHA256 "$DATE" "$(printf %s "$ASKED" | sha256)" \\',
        '  | sha256 -hmac "$SECRET_KEY")',
        f"curl -X {operation.method} '{address}' \\",
        "  -H 'Content-Type: application/json' -H \"X-Sdk-Date: $DATE\" \\",
        '  -H "Authorization: SDK-HMAC-SHA256 Access=$ACCESS_KEY, SignedHeaders=host;x-sdk-date,'
        ' Signature=$SIGNED" \\',
        '  --data "$BODY"',
    ]
    return "\n".join(lines)


def python_sample(operation: Operation, *, site: str, access_key: str) -> str:
    """The same in Python: by the vendor's SDK, or for what it does not have by its signer."""
    sample = _by_signer if operation.is_ours else _by_sdk
    return sample(operation, site.rstrip("/"), access_key)


def _by_sdk(operation: Operation, site: str, access_key: str) -> str:
    given = [
        f"    {one.name}={placeholder(one.name)!r},"
        for one in operation.parameters
        if one.place in ("path", "query") and one.is_required
    ]
    if operation.body is not None:
        given.append(f"    body={_literal(operation.body)},")
    request = f"sdk.{operation.known_as}Request("
    lines = [
        "import os",
        "",
        f"import {SDK_MODULE} as sdk",
        "from huaweicloudsdkcore.auth.credentials import GlobalCredentials",
        "",
        "client = (",
        "    sdk.OrganizationsClient.new_builder()",
        f'    .with_credentials(GlobalCredentials("{access_key}", os.environ["SECRET_KEY"]))',
        f'    .with_endpoints(["{site}"])',
        "    .build()",
        ")",
        *([f"request = {request}", *given, ")"] if given else [f"request = {request})"]),
        f"print(client.{operation.name}(request))",
    ]
    return "\n".join(lines)


def _by_signer(operation: Operation, site: str, access_key: str) -> str:
    scheme, _mark, host = site.partition("://")
    path, _mark, query = operation.example_path().partition("?")
    pairs = [tuple(pair.split("=", 1)) for pair in query.split("&") if pair]
    body = '""' if operation.body is None else f"json.dumps({_literal(operation.body)})"
    lines = [
        "import json",
        "import os",
        "",
        "import requests",
        "from huaweicloudsdkcore.auth.credentials import GlobalCredentials",
        "from huaweicloudsdkcore.sdk_request import SdkRequest",
        "from huaweicloudsdkcore.signer.signer import Signer",
        "",
        "request = SdkRequest(",
        f'    method="{operation.method}",',
        f'    schema="{scheme}",',
        f'    host="{host}",',
        f'    resource_path="{path}",',
        f"    query_params={pairs!r},",
        '    header_params={"Content-Type": "application/json"},',
        f"    body={body},",
        ")",
        f'Signer(GlobalCredentials("{access_key}", os.environ["SECRET_KEY"])).sign(request)',
        "answer = requests.request(",
        "    request.method,",
        f'    "{site}{path}",',
        "    params=request.query_params,",
        "    headers=request.header_params,",
        "    data=request.body,",
        ")",
        "print(answer.status_code, answer.text)",
    ]
    return "\n".join(lines)


def placeholder(name: str) -> str:
    """What stands in a sample where a value belongs."""
    return f"<{name}>"


def _literal(value: Any) -> str:
    """JSON as Python writes it."""
    return repr(value)


def _operation(
    method: str, path: str, described: Mapping[str, Any], schemas: Mapping[str, Any]
) -> Operation:
    content = described.get("requestBody", {}).get("content", {}).get("application/json")
    schema = None if content is None else content["schema"]
    return Operation(
        name=described["operationId"],
        method=method.upper(),
        path=path,
        group=described["tags"][0],
        summary=described["summary"],
        description=described.get("description", ""),
        action=described["x-iam-action"],
        caller=described["x-caller"],
        parameters=(*_parameters(described), *(_fields(schema, schemas) if schema else ())),
        body=None if schema is None else _example("body", schema, schemas),
        outcomes=tuple(_outcomes(described)),
    )


def _parameters(described: Mapping[str, Any]) -> Iterator[Parameter]:
    for one in described["parameters"]:
        schema = one["schema"]
        kind, limits = _kind(schema), _limits(schema)
        yield Parameter(one["name"], one["in"], kind, one.get("required", False), limits)


def _fields(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[Parameter]:
    shape = _resolved(schema, schemas)
    for name, field in shape.get("properties", {}).items():
        is_required = name in shape.get("required", ())
        yield Parameter(name, "body", _kind(field), is_required, _limits(field))


def _outcomes(described: Mapping[str, Any]) -> Iterator[Outcome]:
    for status, outcome in described["responses"].items():
        content = outcome.get("content", {}).get("application/json", {}).get("schema", {})
        shape = content.get("$ref", "").rpartition("/")[2]
        is_success = status < "400"
        told = shape or outcome["description"]
        yield Outcome(status, told, is_success)


def _kind(schema: Mapping[str, Any]) -> str:
    """The type of a field in a word or two."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        parts = [one for one in schema["anyOf"] if one.get("type") != "null"]
        return " | ".join(dict.fromkeys(_kind(one) for one in parts))
    if schema.get("type") == "array":
        return f"[{_kind(schema['items'])}]"
    return str(schema.get("type", "any"))


def _limits(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if "minimum" in schema:
        return f"{schema['minimum']} – {schema['maximum']}"
    return str(schema.get("pattern", ""))


def _resolved(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (
        schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    )
    return found


def _example(
    name: str, schema: Mapping[str, Any], schemas: Mapping[str, Any], nested: int = 0
) -> Any:
    """A value of the shape, with what it needs and nothing else."""
    shape = _resolved(schema, schemas)
    if "anyOf" in shape:
        return _example(name, shape["anyOf"][0], schemas, nested)
    kind = shape.get("type")
    if kind == "object" and nested < MOST_NESTED:
        required = shape.get("required", ())
        return {
            one: _example(one, shape["properties"][one], schemas, nested + 1) for one in required
        }
    if kind == "array":
        return [_example(name, shape["items"], schemas, nested + 1)]
    plain: Mapping[Any, Any] = {"integer": 1, "number": 1, "boolean": False, "object": {}}
    if "enum" in shape:
        return shape["enum"][0]
    return plain.get(kind, placeholder(name))
