"""The strict parser: the one way in for every JSON body.

In this order: length, content type, UTF-8, nesting (found by scanning, before anything is built), JSON
itself, keys that stand twice, numbers, characters, and then the shape. Each refusal names its field.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

import msgspec

from orgs.errors import InvalidParameter, Reason

MOST_NESTED = 24
MOST_DIGITS = 18
WHOLE = "body"  # the name of the field when all of it is at fault

_CONTENT_TYPE = re.compile(r'application/json(?:\s*;\s*charset="?utf-8"?)?\s*', re.IGNORECASE)
# A string, also one that never ends, is passed over at once; so no text takes longer than its length.
_BESIDE_BRACKETS = re.compile(
    r'(?:"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[^"\[\]{}]++)++', re.DOTALL
)
_NO_CHARACTER = re.compile("[\x00\ud800-\udfff]")
_PLACE = re.compile(r"(?P<problem>.*?)(?: - at `(?:key in )?\$(?P<path>.*)`)?", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>.*)`")


def read_body[Shape: msgspec.Struct](
    content: bytes, content_type: str, shape: type[Shape], *, limit: int
) -> Shape:
    """The body as `shape`. Fields that the shape does not have are ignored, unless it forbids them.

    Raises:
        InvalidParameter: naming the field, such as `tags[2].key`, or `body`.

    Source: reliability, section 4; R11.
    """
    if len(content) > limit:
        raise InvalidParameter(field=WHOLE, reason=Reason.TOO_LARGE, limit=limit)
    if not _CONTENT_TYPE.fullmatch(content_type):
        raise InvalidParameter(field="Content-Type", reason=Reason.NOT_JSON_TYPE)
    text = _decoded(content)
    _require_shallow(text)
    document = _parsed(text)
    # As it is, none of them can stand in text that was UTF-8 and is JSON; only an escape makes one.
    if "\\u" in text:
        _require_characters(document, "")
    return _shaped(document, shape)


def require_characters(text: str, *, field: str) -> None:
    """Refuse what is no character in any database: NUL and lone surrogates.

    Raises:
        InvalidParameter.
    """
    found = _NO_CHARACTER.search(text)
    if found is not None:
        character = f"U+{ord(found[0]):04X}"
        raise InvalidParameter(field=field, reason=Reason.NO_CHARACTER, character=character)


def shown(name: str) -> str:
    """A field's name as a message may carry it: short, and without what does not print."""
    return "".join(c if c.isprintable() else "\ufffd" for c in name[:64])


def _decoded(content: bytes) -> str:
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise InvalidParameter(field=WHOLE, reason=Reason.NOT_UTF8) from error
    if text.startswith("\ufeff"):
        raise InvalidParameter(field=WHOLE, reason=Reason.NOT_UTF8)
    return text


def _require_shallow(text: str) -> None:
    depth = 0
    for bracket in _BESIDE_BRACKETS.sub("", text):
        depth += 1 if bracket in "[{" else -1
        if depth > MOST_NESTED:
            raise InvalidParameter(field=WHOLE, reason=Reason.TOO_DEEP, limit=MOST_NESTED)


def _parsed(text: str) -> Any:
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        problem = f"{error.msg}, line {error.lineno}, column {error.colno}"
        raise InvalidParameter(field=WHOLE, reason=Reason.NOT_JSON, problem=problem) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen = set()
        for name, _value in pairs:
            if name in seen:
                raise InvalidParameter(field=shown(name), reason=Reason.REPEATED, value=shown(name))
            seen.add(name)
    return found


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > MOST_DIGITS:
        raise InvalidParameter(field=WHOLE, reason=Reason.NUMBER_TOO_LARGE)
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise InvalidParameter(field=WHOLE, reason=Reason.NUMBER_TOO_LARGE)
    return number


def _constant(text: str) -> NoReturn:
    raise InvalidParameter(field=WHOLE, reason=Reason.NOT_JSON, problem=text)


def _require_characters(value: Any, path: str) -> None:
    if isinstance(value, str):
        require_characters(value, field=path.lstrip(".") or WHOLE)
        return
    for name, part in _parts(value):
        _require_characters(part, path + name)


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, part in value.items():
            require_characters(name, field=shown(name))
            yield f".{shown(name)}", part
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield f"[{place}]", part


def _shaped[Shape: msgspec.Struct](document: Any, shape: type[Shape]) -> Shape:
    try:
        return msgspec.convert(document, shape)
    except msgspec.ValidationError as error:
        raise _fault(str(error)) from error


def _fault(sentence: str) -> InvalidParameter:
    """What msgspec said, as a refusal that names the field."""
    said = _PLACE.fullmatch(sentence)
    problem, path = (said["problem"], said["path"] or "") if said else (sentence, "")
    missing = _MISSING.fullmatch(problem)
    if missing is not None:
        field = _joined([path, f".{missing['name']}"])
        return InvalidParameter(field=field, reason=Reason.MISSING)
    unknown = _UNKNOWN.fullmatch(problem)
    if unknown is not None:
        field = _joined([path, f".{shown(unknown['name'])}"])
        return InvalidParameter(field=field, reason=Reason.NOT_KNOWN)
    field = _joined([path]) or WHOLE
    return InvalidParameter(field=field, reason=Reason.AS_SAID, problem=problem.replace("`", ""))


def _joined(parts: Iterable[str]) -> str:
    return "".join(parts).lstrip(".")
