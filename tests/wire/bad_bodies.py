"""T9 on the wire: at least a thousand bodies that no endpoint may take, for each kind of body.

A case is the bytes, the content type, and the names that the refusal may give the field at fault.
"""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from tests import bad_input

JSON = "application/json"
WHOLE = "body"

UNIT_ID, ROOT_ID, ACCOUNT_ID = "ou-" + "0a" * 16, "r-" + "0a" * 6, "0a" * 16
IDS = [UNIT_ID, ROOT_ID, ACCOUNT_ID, "p-FullAccess", "o-" + "0" * 32, "h-" + "0" * 32]
PARENT_IDS = bad_input.bad_ids(good=UNIT_ID, others=IDS[2:])
HANDSHAKE_ID = "h-" + "0a" * 16
POLICY_ID = "p-" + "0a" * 16
ROOT_IDS = bad_input.bad_ids(good=ROOT_ID, others=[UNIT_ID, *IDS[2:]])
ENTITY_IDS = bad_input.bad_ids(good=UNIT_ID, others=IDS[3:])
POLICY_TYPES = [
    "",
    "tag_policies",
    "SERVICE_CONTROL_POLICY",
    " tag_policy",
    "tag_policy\x00",
    "resource_control_policy",
    "network_control_policy",
]
# What no database can hold; what is no policy is another condition.
GOOD_SCP = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["ecs:servers:delete"]}]}'
CONTENTS = ["\x00", "a\x00", *bad_input.SURROGATES, "x" * 200_000]
KEYS_TO_REMOVE = [
    "",
    "x" * 129,
    "x" * 100_000,
    *bad_input.around([*bad_input.UNPRINTABLE, *bad_input.unassigned()]),
]
# One that is only unknown is another condition.
PRINCIPALS = [
    "",
    "x" * 101,
    "x" * 100_000,
    *bad_input.around([*bad_input.UNPRINTABLE, *bad_input.unassigned()]),
]
FILTER_KEYS = ["", "x" * 128, "x" * 100_000, "\x00", "a\x00", *bad_input.SURROGATES]
FILTER_VALUES = ["x" * 256, "x" * 100_000, "\x00", "a\x00", *bad_input.SURROGATES]
MATCH_KEYS = [
    "",
    "name",
    "resource_id",
    "RESOURCE_NAME",
    "account",
    "policy",
    *bad_input.around(bad_input.UNPRINTABLE),
]


@dataclass(frozen=True)
class Case:
    """Something to send, and which names its refusal may give the field."""

    content: bytes
    fields: frozenset[str]
    content_type: str = JSON


@dataclass(frozen=True)
class Kind:
    """A kind of body: one that is good, the places in it, and what none of them may hold.

    A place is a path such as `("tags", 0, "key")`, with what the refusal calls it.
    """

    good: dict[str, Any]
    values: dict[tuple[str | int, ...], list[object]]
    nullable: frozenset[tuple[str | int, ...]] = frozenset()
    optional: frozenset[tuple[str | int, ...]] = frozenset()


def name_of(path: tuple[str | int, ...]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.lstrip(".")


TAGS = {
    ("tags", 0, "key"): bad_input.bad_tag_keys(),
    ("tags", 0, "value"): bad_input.bad_tag_values(),
}
ACCOUNT = {
    "name": "brand-new",
    "agency_name": "Way.In",
    "description": "new",
    "tags": [{"key": "k", "value": "v"}],
}
ACCOUNT_VALUES: dict[tuple[str | int, ...], list[object]] = {
    ("name",): bad_input.bad_account_names(),
    ("agency_name",): bad_input.bad_agency_names(),
    ("description",): bad_input.bad_descriptions(),
    **TAGS,
}
ACCOUNT_OPTIONS = frozenset({("agency_name",), ("description",), ("tags",)})
CONTACTS = frozenset({("email",), ("phone",)})
DRY_RUN_OPTIONS = frozenset(
    {
        ("status",),
        ("bucket_name",),
        ("region_id",),
        ("bucket_prefix",),
        ("agency_name",),
    }
)
KINDS: dict[str, Kind] = {
    "create_account": Kind(
        good=ACCOUNT | {"email": "new@example.org", "phone": "004912345"},
        values={
            **ACCOUNT_VALUES,
            ("email",): [*bad_input.bad_emails()],
            ("phone",): [*bad_input.bad_phones()],
        },
        nullable=ACCOUNT_OPTIONS | CONTACTS,
        optional=ACCOUNT_OPTIONS | CONTACTS,
    ),
    "create_resource_account": Kind(
        good=ACCOUNT, values=ACCOUNT_VALUES, nullable=ACCOUNT_OPTIONS, optional=ACCOUNT_OPTIONS
    ),
    "invite_account": Kind(
        good={
            "target": {"type": "account", "entity": ACCOUNT_ID},
            "notes": "Join us.",
            "tags": [{"key": "k", "value": "v"}],
        },
        values={
            ("target", "type"): ["", "email", "Account", "accounts", "NAME", " name", "name\x00"],
            ("target", "entity"): bad_input.bad_ids(
                good=ACCOUNT_ID, others=[*IDS[:2], *IDS[3:], "brand-new", "new@example.org"]
            ),
            ("notes",): bad_input.bad_notes(),
            **TAGS,
        },
        nullable=frozenset({("tags",)}),
        optional=frozenset({("tags",)}),
    ),
    "invite_account_by_name": Kind(
        good={"target": {"type": "name", "entity": "brand-new"}, "notes": ""},
        values={("target", "entity"): bad_input.bad_account_names()},
    ),
    "create_unit": Kind(
        good={"name": "New", "parent_id": ROOT_ID, "tags": [{"key": "k", "value": "v"}]},
        values={("name",): bad_input.bad_unit_names(), ("parent_id",): PARENT_IDS, **TAGS},
        nullable=frozenset({("tags",)}),
        optional=frozenset({("tags",)}),
    ),
    "update_unit": Kind(good={"name": "New"}, values={("name",): bad_input.bad_unit_names()}),
    "move_account": Kind(
        good={"source_parent_id": ROOT_ID, "destination_parent_id": UNIT_ID},
        values={("source_parent_id",): PARENT_IDS, ("destination_parent_id",): PARENT_IDS},
    ),
    "update_account": Kind(
        good={"description": "new"},
        values={("description",): bad_input.bad_descriptions()},
        nullable=frozenset({("description",)}),
        optional=frozenset({("description",)}),
    ),
    "create_policy": Kind(
        good={
            "name": "New",
            "description": "",
            "type": "tag_policy",
            "content": '{"tags":{}}',
            "tags": [{"key": "k", "value": "v"}],
        },
        values={
            ("name",): bad_input.bad_policy_names(),
            ("description",): bad_input.bad_policy_descriptions(),
            ("type",): POLICY_TYPES,
            ("content",): CONTENTS,
            **TAGS,
        },
        nullable=frozenset({("tags",)}),
        optional=frozenset({("tags",)}),
    ),
    "update_policy": Kind(
        good={"name": "New", "description": "", "content": '{"tags":{}}'},
        values={
            ("name",): bad_input.bad_policy_names(),
            ("description",): bad_input.bad_policy_descriptions(),
            ("content",): CONTENTS,
        },
        nullable=frozenset({("name",), ("description",), ("content",)}),
        optional=frozenset({("name",), ("description",), ("content",)}),
    ),
    "attach_policy": Kind(good={"entity_id": UNIT_ID}, values={("entity_id",): ENTITY_IDS}),
    "switch_policy_type": Kind(
        good={"policy_type": "tag_policy", "root_id": ROOT_ID},
        values={("policy_type",): POLICY_TYPES, ("root_id",): ROOT_IDS},
    ),
    "update_dry_run_config": Kind(
        good={
            "policy_type": "service_control_policy",
            "root_id": ROOT_ID,
            "status": "disabled",
            "bucket_name": "logs",
            "region_id": "eu-1",
            "bucket_prefix": "a/b",
            "agency_name": "Writer",
        },
        values={
            ("policy_type",): [*POLICY_TYPES, "tag_policy"],
            ("root_id",): ROOT_IDS,
            ("status",): ["", "on", "pending_enable", "ENABLED", "enabled ", "enabled\x00"],
            ("bucket_name",): bad_input.bad_buckets(),
            ("region_id",): bad_input.bad_buckets(),
            ("bucket_prefix",): bad_input.bad_bucket_prefixes(),
            ("agency_name",): [
                name
                for name in bad_input.bad_agency_names()
                if name not in ("", "x" * 65)  # none, and one of up to 255 characters
            ],
        },
        nullable=DRY_RUN_OPTIONS,
        optional=DRY_RUN_OPTIONS,
    ),
    "trusted_service": Kind(
        good={"service_principal": "service.CTS"}, values={("service_principal",): PRINCIPALS}
    ),
    "delegated_administrator": Kind(
        good={"service_principal": "service.CTS", "account_id": ACCOUNT_ID},
        values={
            ("service_principal",): PRINCIPALS,
            ("account_id",): bad_input.bad_ids(good=ACCOUNT_ID, others=[*IDS[:2], *IDS[3:]]),
        },
    ),
    "tag": Kind(good={"tags": [{"key": "k", "value": "v"}]}, values=TAGS),
    "untag_by_tags": Kind(
        good={"tags": [{"key": "k", "value": "v"}]},
        values={("tags", 0, "key"): KEYS_TO_REMOVE, ("tags", 0, "value"): []},
    ),
    "untag": Kind(good={"tag_keys": ["k"]}, values={("tag_keys", 0): KEYS_TO_REMOVE}),
    "find": Kind(
        good={
            "without_any_tag": False,
            "tags": [{"key": "k", "values": ["v"]}],
            "matches": [{"key": "resource_name", "value": "x"}],
        },
        values={
            ("without_any_tag",): ["true", "false", "", "0"],
            ("tags", 0, "key"): FILTER_KEYS,
            ("tags", 0, "values"): [],
            ("tags", 0, "values", 0): FILTER_VALUES,
            ("matches", 0, "key"): MATCH_KEYS,
            ("matches", 0, "value"): FILTER_VALUES,
        },
        nullable=frozenset({("without_any_tag",), ("tags",), ("matches",)}),
        optional=frozenset({("without_any_tag",), ("tags",), ("matches",)}),
    ),
}
ACCOUNT_IDS = bad_input.bad_ids(good=ACCOUNT_ID, others=[*IDS[:2], *IDS[3:]])
UNIT_IDS = bad_input.bad_ids(good=UNIT_ID, others=IDS[1:])
POLICY_IDS = bad_input.bad_ids(good=POLICY_ID, others=IDS[:3])
QUESTION = {
    "account_id": ACCOUNT_ID,
    "action": "ecs:servers:get",
    "resource": "ecs:eu:x:instance:1",
    "context": {},
    "via_service_linked_agency": False,
}
QUESTION_VALUES: dict[tuple[str | int, ...], list[object]] = {
    ("account_id",): ACCOUNT_IDS,
    ("action",): [
        "", "ecs", "ecs:servers", "ecs:servers:get:more", "ecs:*:get", "ecs:servers:g?t", "*",
        " ecs:servers:get", "ecs:servers:get ", "ecs:servers:get\n", "x" * 100_000,
        *bad_input.around(bad_input.UNPRINTABLE),
    ],
    ("resource",): ["x", "a:b:c:d", "x" * 100_000, *bad_input.around(bad_input.UNPRINTABLE)],
    ("context",): [
        {"": "x"}, {"plain": "x"}, {"g:": "x"}, {":x": "x"}, {"g:a": "1", "G:A": "2"},
        {f"g:{number}": "x" for number in range(51)}, {"g:a": ["x"] * 51}
    ],
}  # fmt: skip
QUESTION_OPTIONS = frozenset({("resource",), ("context",)})
KINDS |= {
    "move_unit": Kind(
        good={"source_parent_id": ROOT_ID, "destination_parent_id": UNIT_ID},
        values={("source_parent_id",): PARENT_IDS, ("destination_parent_id",): PARENT_IDS},
    ),
    "authorize": Kind(
        good=QUESTION,
        values=QUESTION_VALUES,
        nullable=QUESTION_OPTIONS,
        optional=QUESTION_OPTIONS | {("via_service_linked_agency",)},
    ),
    "explain": Kind(
        good=QUESTION
        | {
            "changes": [
                {
                    "change": "move_account",
                    "account_id": ACCOUNT_ID,
                    "destination_parent_id": UNIT_ID,
                }
            ],
            "drafts": [{"policy_id": POLICY_ID, "content": GOOD_SCP}],
        },
        values={
            **QUESTION_VALUES,
            ("changes", 0, "change"): ["", "move", "MoveAccount", "update_policy", "x" * 9_999],
            ("changes", 0, "account_id"): ACCOUNT_IDS,
            ("changes", 0, "destination_parent_id"): PARENT_IDS,
            ("drafts", 0, "policy_id"): POLICY_IDS,
            ("drafts", 0, "content"): CONTENTS,
        },
        nullable=QUESTION_OPTIONS | {("changes",), ("drafts",)},
        optional=QUESTION_OPTIONS | {("via_service_linked_agency",), ("changes",), ("drafts",)},
    ),
    "preview_account_moves": Kind(
        good={"account_ids": [ACCOUNT_ID], "destination_parent_id": UNIT_ID},
        values={("destination_parent_id",): PARENT_IDS},
    ),
    "preview_unit_move": Kind(
        good={"organizational_unit_id": UNIT_ID, "destination_parent_id": ROOT_ID},
        values={("organizational_unit_id",): UNIT_IDS, ("destination_parent_id",): PARENT_IDS},
    ),
    "preview_attach": Kind(
        good={"policy_id": POLICY_ID, "entity_id": UNIT_ID},
        values={("policy_id",): POLICY_IDS, ("entity_id",): ENTITY_IDS},
    ),
    "preview_save": Kind(
        good={"policy_id": POLICY_ID, "content": "{}"},
        values={("policy_id",): POLICY_IDS, ("content",): CONTENTS},
    ),
}
# Lists that hold too little, too much, or the same twice.
TOO_MANY_TAGS: list[tuple[dict[str, Any], str]] = [
    ({"tags": [{"key": f"k{n}", "value": ""} for n in range(21)]}, "tags"),
    ({"tags": [{"key": "k", "value": str(n)} for n in range(2)]}, "tags[1].key"),
]
LISTS: dict[str, list[tuple[dict[str, Any], str]]] = {
    "create_account": TOO_MANY_TAGS,
    "create_resource_account": TOO_MANY_TAGS,
    "invite_account": TOO_MANY_TAGS,
    "create_unit": TOO_MANY_TAGS,
    "create_policy": TOO_MANY_TAGS,
    "tag": [({"tags": []}, "tags"), *TOO_MANY_TAGS],
    "untag_by_tags": [
        ({"tags": []}, "tags"),
        ({"tags": [{"key": f"k{n}", "value": ""} for n in range(21)]}, "tags"),
    ],
    "untag": [({"tag_keys": []}, "tag_keys"), ({"tag_keys": ["k"] * 21}, "tag_keys")],
    "find": [
        ({"tags": [{"key": f"k{n}", "values": []} for n in range(11)]}, "tags"),
        ({"tags": [{"key": "k", "values": []}] * 2}, "tags[1].key"),
        ({"tags": [{"key": "k", "values": [str(n) for n in range(11)]}]}, "tags[0].values"),
        ({"tags": [{"key": "k", "values": ["v", "v"]}]}, "tags[0].values[1]"),
        ({"matches": [{"key": "resource_name", "value": ""}] * 2}, "matches"),
    ],
}

# What no field of any kind is: every type of JSON that it does not have.
OTHER_TYPES: list[object] = [
    None,
    0,
    1,
    -1,
    1.5,
    True,
    False,
    [],
    {},
    [[]],
    [None],
    {"a": "b"},
    "text",
]


def cases(kind: str) -> Iterator[Case]:
    """Every case of a kind."""
    shape = KINDS[kind]
    good = json.dumps(shape.good).encode()
    yield from _of_the_bytes(good)
    yield from _of_the_text(shape.good)
    yield from _of_the_fields(shape)
    for body, field in LISTS.get(kind, ()):
        yield Case(json.dumps(shape.good | body).encode(), frozenset({field}))


def _whole(content: bytes, content_type: str = JSON, *fields: str) -> Case:
    return Case(content, frozenset(fields or {WHOLE}), content_type)


def _of_the_bytes(good: bytes) -> Iterator[Case]:
    """Lengths, content types, encodings, and the body cut off after each byte."""
    yield _whole(b"")
    yield _whole(b" " * (128 * 1024 + 1))
    yield _whole(good + b" " * (128 * 1024))
    for content_type in (
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
        "application/jsonp",
        "text/json",
        "application/json, text/plain",
    ):
        yield _whole(good, content_type, "Content-Type")
    for encoding in ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7"):
        content = good.decode().encode(encoding)
        yield _whole(content if content != good else b"+" + content)
    for byte in range(0x80, 0x100):
        yield _whole(good.replace(b'":', bytes([byte]) + b'":', 1))
        yield _whole(bytes([byte]) + good)
        yield _whole(good + bytes([byte]))
        yield _whole(good.replace(b'"', b'"' + bytes([byte]), 1))
    for offset in range(len(good)):
        yield _whole(good[:offset])
        if not _is_json(good[: offset + 1] + b"}"):
            yield _whole(good[: offset + 1] + b"}")
        # NUL, half a character, one written too long, a surrogate as bytes, and a vertical tab
        if offset % max(1, len(good) // 30):
            continue
        for foreign in (b"\x00", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\x0b"):
            yield _whole(good[:offset] + foreign + good[offset:])
    yield _whole(good + good)
    yield _whole(good + b"\x00")


def _of_the_text(good: dict[str, Any]) -> Iterator[Case]:
    """What is no JSON, or JSON that two readers read differently."""
    text = json.dumps(good)
    for wrong in (
        "null", "true", "0", "1", '""', '"text"', "[]", "[{}]", "[null]", "-", "{", "}", "{]", "nul",
        "{,}", "{a: 1}", "{'a': 1}", "// note\n{}", "{} // note", "/* */{}", "\ufeff{}", "{\"a\"}",
        '{"a":}', '{"a":1,}', '{"a" 1}', "NaN", "Infinity", "<xml/>", "a=b", "%7B%7D",
    ):  # fmt: skip
        yield _whole(wrong.encode())
    for value in (
        "NaN",
        "Infinity",
        "-Infinity",
        "01",
        "+1",
        ".5",
        "1.",
        "1e",
        "0x1",
        "1_0",
        "--1",
    ):
        yield _whole(f'{{"extra": {value}, {text[1:]}'.encode())
    for value in ("1" * 19, "-" + "1" * 19, "1" * 5_000, "1e400", "-1e400", "1" + "0" * 400 + ".0"):
        yield _whole(f'{{"extra": {value}, {text[1:]}'.encode())
    for depth in (25, 100, 10_000, 60_000):
        for opening, closing in (("[", "]"), ('{"a":', "}")):
            nested = opening * depth + "1" + closing * depth
            yield _whole(f'{{"extra": {nested}, {text[1:]}'.encode())
            yield _whole((opening * depth).encode()[:130_000])
    for name, value in good.items():
        doubled = f'{{"{name}": {json.dumps(value)}, {text[1:]}'
        yield _whole(doubled.encode(), JSON, name)
    yield _whole(b'{"extra": {"a": 1, "a": 1}, ' + text[1:].encode(), JSON, "a")
    for escape in ("\\u0000", "\\ud800", "\\udfff", "\\udc00\\ud800"):
        yield _whole(f'{{"extra": "{escape}", {text[1:]}'.encode(), JSON, "extra")
        yield Case(
            f'{{"a{escape}": 1, {text[1:]}'.encode(), frozenset({"a\ufffd", "a\ufffd\ufffd"})
        )
        yield _whole(f'{{"extra": [{{"b": "{escape}"}}], {text[1:]}'.encode(), JSON, "extra[0].b")
    for code in range(0x20):
        # A control character that stands there as it is.
        yield _whole(f'{{"extra": "{chr(code)}", {text[1:]}'.encode())
        yield _whole(f'{{"ex{chr(code)}tra": 1, {text[1:]}'.encode())
        if chr(code) not in " \t\r\n":
            yield _whole(text.encode() + bytes([code]))
            yield _whole(bytes([code]) + text.encode())
    for escape in ("\\x41", "\\u00", "\\uZZZZ", "\\", "\\'", "\\0"):
        yield _whole(f'{{"extra": "{escape}", {text[1:]}'.encode())


def _of_the_fields(shape: Kind) -> Iterator[Case]:
    """Every place without its value, with a value of another type, and with each that it may not hold."""
    places = _places(shape.good)
    for path in places:
        present = _at(shape.good, path)
        for other in OTHER_TYPES:
            if type(other) is type(present) or (other is None and path in shape.nullable):
                continue
            if isinstance(present, list) and other == []:
                continue
            yield Case(_with(shape.good, path, other), frozenset({name_of(path)}))
        if isinstance(path[-1], str) and path not in shape.optional:
            yield Case(_without(shape.good, path), frozenset({name_of(path)}))
        for index in range(3):
            if isinstance(present, list):
                extended = [*present, *[None] * (index + 1)]
                field = f"{name_of(path)}[{len(present)}]"
                yield Case(_with(shape.good, path, extended), frozenset({field}))
    for path, values in shape.values.items():
        for value in values:
            try:
                content = _with(shape.good, path, value)
            except (TypeError, ValueError):
                continue  # a value that JSON cannot carry
            if value is None and path in shape.nullable:
                continue
            whole = {WHOLE} if len(content) > 128 * 1024 or b"NaN" in content else set()
            yield Case(content, frozenset({name_of(path), *_inside(path, value), *whole}))


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except ValueError:
        return False
    return True


def _inside(path: tuple[str | int, ...], value: object) -> set[str]:
    return {name_of((*path, 0))} if isinstance(value, (list, tuple)) else set()


def _places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    parts: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        parts = list(value.items())
    elif isinstance(value, list):
        parts = list(enumerate(value))
    here = [path] if path else []
    return here + [place for name, part in parts for place in _places(part, (*path, name))]


def _at(body: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        body = body[part]
    return body


def _with(good: dict[str, Any], path: tuple[str | int, ...], value: object) -> bytes:
    return _edited(good, path, lambda holder, name: holder.__setitem__(name, value))


def _without(good: dict[str, Any], path: tuple[str | int, ...]) -> bytes:
    return _edited(good, path, lambda holder, name: holder.__delitem__(name))


def _edited(
    good: dict[str, Any], path: tuple[str | int, ...], edit: Callable[[Any, Any], None]
) -> bytes:
    body = deepcopy(good)
    edit(_at(body, path[:-1]), path[-1])
    return json.dumps(body).encode()
