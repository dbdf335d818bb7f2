"""The query string, read as strictly as a body: what a name carries, stands there once and has its type."""

import re
from functools import cache
from typing import Any, get_args, get_origin

import msgspec

from orgs.api.bodies import require_characters, shown
from orgs.api.signature import query_pairs
from orgs.errors import InvalidParameter, Reason

_WHOLE_NUMBER = re.compile(r"[0-9]{1,18}")
_FLAGS = {"true": True, "false": False}


def read_query[Shape: msgspec.Struct](query: bytes, shape: type[Shape]) -> Shape:
    """The parameters as `shape`; those that it needs are there.

    Names that it does not have are ignored, unless it forbids them. Lists repeat their name, everything else
    stands once. Flags are `true` and `false`.

    Raises:
        InvalidParameter: naming the parameter.
    """
    kinds = _kinds(shape)
    found: dict[str, Any] = {}
    for raw_name, raw_value in query_pairs(query):
        name = _text(raw_name, field="query")
        kind = kinds.get(name)
        value = _text(raw_value, field=name)
        if kind is None:
            if shape.__struct_config__.forbid_unknown_fields:
                raise InvalidParameter(field=shown(name) or "query", reason=Reason.NOT_KNOWN)
            continue
        if kind is list:
            found.setdefault(name, []).append(value)
            continue
        if name in found:
            raise InvalidParameter(field=name, reason=Reason.REPEATED, value=name)
        found[name] = _read(value, kind, field=name)
    for parameter in msgspec.structs.fields(shape):
        if parameter.required and parameter.encode_name not in found:
            raise InvalidParameter(field=parameter.encode_name, reason=Reason.MISSING)
    return msgspec.convert(found, shape)


@cache
def _kinds(shape: type[msgspec.Struct]) -> dict[str, type]:
    """What each parameter is: one of str, int, bool, list."""
    return {field.encode_name: _kind(field.type) for field in msgspec.structs.fields(shape)}


def _kind(annotation: Any) -> type:
    for part in (annotation, *get_args(annotation)):
        if get_origin(part) is list:
            return list
        if part in (str, int, bool):
            kind: type = part
            return kind
    raise TypeError(annotation)


def _text(raw: bytes, *, field: str) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise InvalidParameter(field=field, reason=Reason.NOT_UTF8) from error
    require_characters(text, field=field)
    return text


def _read(value: str, kind: type, *, field: str) -> object:
    if kind is bool:
        if value not in _FLAGS:
            raise InvalidParameter(field=field, reason=Reason.NOT_A_FLAG)
        return _FLAGS[value]
    if kind is int:
        if not _WHOLE_NUMBER.fullmatch(value):
            raise InvalidParameter(field=field, reason=Reason.NOT_A_NUMBER)
        return int(value)
    return value
