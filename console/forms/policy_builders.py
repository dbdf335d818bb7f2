"""The text of a policy as fields to fill in: one statement, or the rules of one tag key, at a time.

The text is the truth. Fields are read from it, and what is filled in is written into it; so whoever writes
text and whoever fills in fields see the same. A part of the text that the fields cannot hold is left alone.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, ClassVar, Self

from django.http import QueryDict

from orgs.models import PolicyType
from orgs.policy.operators import COMPARISONS
from orgs.policy.statements import ANYTHING, Effect
from orgs.policy.tag_document import (
    ALL_OPERATORS,
    CHILD_CONTROL,
    NO_OPERATORS,
    Setting,
    TagOperator,
)
from orgs.policy.text import UnreadableText, read_json
from orgs.queries.policy_catalogue import list_condition_keys_for

MOST_CHARACTERS = 100_000  # a text beyond that is far too long for any policy, and is not read
MOST_DIGITS = 6  # of the number of a part

STATEMENT_MEMBERS = {"Sid", "Effect", "Action", "NotAction", "Resource", "Condition"}
ACTION_ELEMENTS = ("Action", "NotAction")
EMPTY_SCP = {"Version": "5.0", "Statement": []}
# What levels below may use: nothing said, all, none, and each set between.
CHILD_CHOICES: tuple[tuple[str, ...], ...] = (
    (),
    (ALL_OPERATORS,),
    (NO_OPERATORS,),
    *((operator,) for operator in TagOperator),
    (TagOperator.ASSIGN, TagOperator.APPEND),
    (TagOperator.ASSIGN, TagOperator.REMOVE),
    (TagOperator.APPEND, TagOperator.REMOVE),
)


def read_document(text: str) -> Any:
    """The value that a text holds, or None where it is no JSON as policies are written.

    Numbers keep their digits: what is written back says what it said.
    """
    try:
        read_json(text, max_characters=MOST_CHARACTERS)
        return json.loads(text, parse_float=_Digits, parse_int=_Digits)
    except (UnreadableText, ValueError):
        return None


class _Digits(float):
    """A number of the text, which is written as it stood there."""

    def __new__(cls, digits: str) -> Self:
        made = super().__new__(cls, 0)
        made.digits = digits
        return made

    digits: str

    def __repr__(self) -> str:
        return self.digits


def written(document: object) -> str:
    """A document as text, as people like to read it."""
    return _written(document, "") + "\n"


def _written(value: object, indent: str) -> str:
    """JSON with two spaces to a level; a list of one short string stays in its line."""
    if isinstance(value, _Digits):
        return value.digits
    inner = indent + "  "
    if isinstance(value, dict) and value:
        members = (
            f"{inner}{json.dumps(name, ensure_ascii=False)}: {_written(one, inner)}"
            for name, one in value.items()
        )
        return "{\n" + ",\n".join(members) + f"\n{indent}}}"
    if isinstance(value, list) and value:
        if len(value) == 1 and isinstance(value[0], str):
            return f"[{json.dumps(value[0], ensure_ascii=False)}]"
        return "[\n" + ",\n".join(inner + _written(one, inner) for one in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False)


def lines_of(text: str) -> list[str]:
    """What stands in a field with a thing on each line; blanks around it do not count."""
    found = (line.strip() for line in text.splitlines())
    return [line for line in found if line]


@dataclass(slots=True)
class ConditionRow:
    """A condition of a statement: operator, key, and a value on each line."""

    operator: str = ""
    key: str = ""
    values: str = ""

    @property
    def is_filled(self) -> bool:
        """Whether it says something."""
        return bool(self.operator.strip() and self.key.strip())


@dataclass(slots=True)
class Builder:
    """What both builders have: where in the text one is, and what there is besides."""

    document: Any
    at: int
    names: Sequence[str] = ()  # of every part that can be shown, in the order of the text
    is_simple: bool = False  # whether the fields can hold all that the part at hand says

    kind: ClassVar[str]

    @property
    def is_readable(self) -> bool:
        """Whether the text can be read at all."""
        return self.document is not None

    @property
    def parts(self) -> list[tuple[int, str, bool]]:
        """Number, name, and whether it is the one at hand."""
        return [(place, name, place == self.at) for place, name in enumerate(self.names)]


@dataclass(slots=True)
class StatementBuilder(Builder):
    """One statement of a service control policy."""

    sid: str = ""
    effect: str = Effect.DENY
    action_element: str = "Action"
    actions: Sequence[str] = ()
    resources: Sequence[str] = ()
    conditions: list[ConditionRow] = field(default_factory=list)

    kind: ClassVar[str] = "statement"
    effects: ClassVar[Sequence[str]] = tuple(Effect)
    action_elements: ClassVar[Sequence[str]] = ACTION_ELEMENTS
    operators: ClassVar[Sequence[str]] = tuple(COMPARISONS)

    @property
    def action_lines(self) -> str:
        """The actions as their field holds them."""
        return "\n".join(self.actions)

    @property
    def resource_lines(self) -> str:
        """The resources as their field holds them."""
        return "\n".join(self.resources)

    @property
    def condition_keys(self) -> Sequence[str]:
        """The keys that every service knows, and those of the services of the actions."""
        return list_condition_keys_for(self.actions)

    @classmethod
    def of(cls, text: str, at: int = 0) -> Self:
        """What stands in the text, at the statement of that number."""
        document = read_document(text)
        statements = _statements(document)
        if statements is None:
            return cls(None, 0)
        at = max(0, min(at, len(statements) - 1))
        names = [_name_of(statement) for statement in statements]
        builder = cls(document, at, names)
        if statements:
            builder._read(statements[at])
        return builder

    @classmethod
    def apply(cls, text: str, sent: QueryDict, act: str) -> tuple[str, Self]:
        """The text with what was filled in and done, and the fields as they are then.

        `act` is `add`, `remove`, `go:` and a number, or nothing, which only writes the fields.
        """
        builder = cls.of(text, read_number(sent.get("part", "")))
        if not builder.is_readable:
            return text, builder
        before = written(builder.document)
        document = builder.document
        statements = _statements(document) or []
        if statements and builder.is_simple and "effect" in sent:
            statements[builder.at] = builder._filled(statements[builder.at], sent)
        at = builder.at
        if act == "add":
            statements.append({"Effect": Effect.DENY.value, "Action": []})
            at = len(statements) - 1
        elif act == "remove" and statements:
            del statements[at]
        elif act.startswith("go:"):
            at = read_number(act.removeprefix("go:"))
        document["Statement"] = statements
        is_same = written(document) == before
        new_text = text if is_same else written(document)
        return new_text, cls.of(new_text, at)

    def _read(self, statement: Any) -> None:
        if not isinstance(statement, dict) or not _fits_statement(statement):
            return
        self.is_simple = True
        self.sid = statement.get("Sid", "")
        self.effect = statement.get("Effect", "")
        self.action_element = "NotAction" if "NotAction" in statement else "Action"
        self.actions = _listed(statement.get(self.action_element, []))
        self.resources = _listed(statement.get("Resource", []))
        self.conditions = [
            ConditionRow(operator, key, "\n".join(map(_scalar, _listed(values))))
            for operator, body in statement.get("Condition", {}).items()
            for key, values in body.items()
        ]

    def _filled(self, statement: dict[str, Any], sent: QueryDict) -> dict[str, Any]:
        """The statement with what was filled in; its members stay in their order."""
        element = sent.get("action_element", "")
        element = element if element in ACTION_ELEMENTS else "Action"
        actions = [*lines_of(sent.get("actions", "")), *lines_of(sent.get("new_action", ""))]
        given: dict[str, Any] = {
            "Sid": sent.get("sid", ""),
            "Effect": sent.get("effect", ""),
            element: list(dict.fromkeys(actions)),
            "Resource": lines_of(sent.get("resources", "")),
            "Condition": _conditions(sent, statement.get("Condition", {})),
        }
        may_be_missing = {"Sid", "Resource", "Condition"}
        filled: dict[str, Any] = {}
        for stood in dict.fromkeys([*statement, *given]):
            # A statement that leaves actions out lists them in the place of those it named.
            name = element if stood in ACTION_ELEMENTS else stood
            value = given[name]
            if value or name not in may_be_missing:
                filled[name] = _as_it_stood(statement.get(name), value)
        return filled


@dataclass(slots=True)
class SettingFields:
    """What a tag policy says of one setting of a key: the values of each operator, and what is below it."""

    name: Setting
    assign: Sequence[str] = ()
    append: Sequence[str] = ()
    remove: Sequence[str] = ()
    children: tuple[str, ...] = ()

    @property
    def assign_lines(self) -> str:
        """The values it assigns, as their field holds them."""
        return "\n".join(self.assign)

    @property
    def append_lines(self) -> str:
        """The values it adds."""
        return "\n".join(self.append)

    @property
    def remove_lines(self) -> str:
        """The values it takes away."""
        return "\n".join(self.remove)

    @property
    def child_choices(self) -> list[tuple[str, tuple[str, ...], bool]]:
        """Each set of operators that can be left to the levels below: as a field says it, and in words."""
        return [(" ".join(one), one, one == self.children) for one in CHILD_CHOICES]

    @property
    def is_more(self) -> bool:
        """Whether it says something beside the values it assigns."""
        return bool(self.append or self.remove or self.children)


@dataclass(slots=True)
class TagRuleBuilder(Builder):
    """The rules of one tag key of a tag policy."""

    key: str = ""
    tag_key: SettingFields = field(default_factory=lambda: SettingFields(Setting.TAG_KEY))
    tag_value: SettingFields = field(default_factory=lambda: SettingFields(Setting.TAG_VALUE))
    enforced_for: SettingFields = field(default_factory=lambda: SettingFields(Setting.ENFORCED_FOR))

    kind: ClassVar[str] = "tag_rule"

    @classmethod
    def of(cls, text: str, at: int = 0) -> Self:
        """What stands in the text, at the key of that number."""
        document = read_document(text)
        rules = _rules(document)
        if rules is None:
            return cls(None, 0)
        at = max(0, min(at, len(rules) - 1))
        builder = cls(document, at, list(rules))
        if rules:
            builder._read(list(rules)[at], list(rules.values())[at])
        return builder

    @classmethod
    def apply(cls, text: str, sent: QueryDict, act: str) -> tuple[str, Self]:
        """The text with what was filled in and done, and the fields as they are then; see statements."""
        builder = cls.of(text, read_number(sent.get("part", "")))
        if not builder.is_readable:
            return text, builder
        before = written(builder.document)
        document = builder.document
        rules = list((_rules(document) or {}).items())
        at = builder.at
        if rules and builder.is_simple and "key" in sent:
            rules[at] = builder._filled(rules[at], sent, {key for key, _rule in rules})
        if act == "add":
            rules.append((_new_key(key for key, _rule in rules), {}))
            at = len(rules) - 1
        elif act == "remove" and rules:
            del rules[at]
        elif act.startswith("go:"):
            at = read_number(act.removeprefix("go:"))
        document["tags"] = dict(rules)
        is_same = written(document) == before
        new_text = text if is_same else written(document)
        return new_text, cls.of(new_text, at)

    @property
    def settings(self) -> list[SettingFields]:
        """Those that can be enforced on: with lists of values."""
        return [self.tag_value, self.enforced_for]

    @property
    def spelling(self) -> str:
        """How the key is to be written, or nothing."""
        return self.tag_key.assign[0] if self.tag_key.assign else ""

    def _read(self, key: str, rule: Any) -> None:
        self.key = key
        if not isinstance(rule, dict) or not _fits_rule(rule):
            return
        self.is_simple = True
        for name in Setting:
            said = rule.get(name, {})
            assign, append, remove = (_listed(said.get(operator, [])) for operator in TagOperator)
            children = tuple(said.get(CHILD_CONTROL, ()))
            setattr(self, name, SettingFields(name, assign, append, remove, children))

    def _filled(
        self, present: tuple[str, dict[str, Any]], sent: QueryDict, keys: set[str]
    ) -> tuple[str, dict[str, Any]]:
        """Key and rules with what was filled in; a key that another rule has stays what it was."""
        old_key, rule = present
        key = sent.get("key", "").strip()
        key = old_key if not key or key in keys - {old_key} else key
        given: dict[Setting, dict[str, list[str]]] = {}
        for name in Setting:
            said: dict[str, list[str]] = {}
            for operator in TagOperator:
                field_name = f"{name}_{operator.removeprefix('@@')}"
                said[operator] = [
                    *lines_of(sent.get(field_name, "")),
                    *(sent.getlist("enforced") if field_name == "enforced_for_assign" else ()),
                ]
            children = tuple(sent.get(f"{name}_children", "").split())
            said[CHILD_CONTROL] = list(children) if children in CHILD_CHOICES else []
            given[name] = said
        filled: dict[str, Any] = {}
        for name in dict.fromkeys([*rule, *Setting]):
            setting = Setting(name)
            stood = rule.get(setting, {})
            said = given[setting]
            members = {
                operator: list(dict.fromkeys(said[operator]))
                for operator in dict.fromkeys([*stood, *said])
                if said[operator]
            }
            if setting is Setting.TAG_KEY and TagOperator.ASSIGN in members:
                # A key has one spelling, written as a text and not as a list.
                members[TagOperator.ASSIGN] = members[TagOperator.ASSIGN][0]  # type: ignore[assignment]
            if members:
                filled[setting.value] = {
                    str(operator): values for operator, values in members.items()
                }
        return key, filled


def builder_of(policy_type: str) -> type[StatementBuilder] | type[TagRuleBuilder]:
    """The builder for policies of that type."""
    return TagRuleBuilder if policy_type == PolicyType.TAG_POLICY else StatementBuilder


def blank(policy_type: str) -> str:
    """The text that a new policy of that type begins with."""
    if policy_type == PolicyType.TAG_POLICY:
        return written({"tags": {}})
    statement = {"Effect": Effect.DENY.value, "Action": [], "Resource": [ANYTHING]}
    return written(EMPTY_SCP | {"Statement": [statement]})


def _statements(document: Any) -> list[Any] | None:
    """The list of statements, made in the document where there is none; None where none can be."""
    if not isinstance(document, dict):
        return None
    found = document.get("Statement", [])
    if isinstance(found, dict):
        return [found]
    return found if isinstance(found, list) else None


def _rules(document: Any) -> dict[str, Any] | None:
    if not isinstance(document, dict):
        return None
    found = document.get("tags", {})
    return found if isinstance(found, dict) else None


def _name_of(statement: Any) -> str:
    """What a statement is called: its Sid, or the first of its actions."""
    if not isinstance(statement, dict):
        return "?"
    sid = statement.get("Sid")
    if isinstance(sid, str) and sid:
        return sid
    for element in ACTION_ELEMENTS:
        actions = statement.get(element)
        listed = actions if isinstance(actions, list) else [actions]
        if listed and isinstance(listed[0], str):
            return listed[0]
    return ""


def _fits_statement(statement: dict[str, Any]) -> bool:
    """Whether the fields can hold all that it says."""
    if not set(statement) <= STATEMENT_MEMBERS or set(statement) >= set(ACTION_ELEMENTS):
        return False
    texts = (statement.get("Sid", ""), statement.get("Effect", ""))
    lists = [statement.get(name, []) for name in ("Action", "NotAction", "Resource")]
    return (
        all(isinstance(text, str) for text in texts)
        and all(map(_is_text_or_texts, lists))
        and _fits_condition(statement.get("Condition", {}))
    )


def _fits_condition(condition: Any) -> bool:
    if not isinstance(condition, dict):
        return False
    return all(
        isinstance(body, dict)
        and body
        and all(all(map(_is_scalar, _listed(values))) for values in body.values())
        for body in condition.values()
    )


def _fits_rule(rule: dict[str, Any]) -> bool:
    if not set(rule) <= set(Setting):
        return False
    for name, said in rule.items():
        if not isinstance(said, dict) or not set(said) <= {*TagOperator, CHILD_CONTROL}:
            return False
        for operator, values in said.items():
            if not _is_text_or_texts(values):
                return False
            is_control = operator == CHILD_CONTROL
            if is_control and (isinstance(values, str) or tuple(values) not in CHILD_CHOICES):
                return False
            if name == Setting.TAG_KEY and not is_control and not isinstance(values, str):
                return False
    return True


def _is_text_or_texts(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and all(_is_line(one) for one in value)
    )


def _is_line(value: Any) -> bool:
    """Whether it is a text that a line of a field holds as it is."""
    return isinstance(value, str) and lines_of(value) == [value]


def _is_scalar(value: Any) -> bool:
    return _is_line(value) or isinstance(value, bool | _Digits)


def _scalar(value: Any) -> str:
    """A value of a condition as it stands in its field."""
    if isinstance(value, bool):
        return str(value).lower()
    return value.digits if isinstance(value, _Digits) else str(value)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _as_it_stood(stood: Any, given: Any) -> Any:
    """What was given; where that says the same, it is written as it was: a text, or a list of one."""
    if isinstance(given, list) and isinstance(stood, str) and given == [stood]:
        return stood
    return given


def _conditions(sent: QueryDict, stood: Mapping[str, Any]) -> dict[str, Any]:
    """The conditions that were filled in; a value that says what stood there is written as it was."""
    columns = (sent.getlist(f"condition_{name}") for name in ("operator", "key", "values"))
    given: dict[str, Any] = {}
    for row in zip_longest(*columns, fillvalue=""):
        condition = ConditionRow(*row)
        if not condition.is_filled:
            continue
        operator, key = condition.operator.strip(), condition.key.strip()
        values: Any = lines_of(condition.values)
        before = stood.get(operator, {}).get(key)
        if before is not None and [_scalar(one) for one in _listed(before)] == values:
            values = before
        given.setdefault(operator, {})[key] = values
    return given


def _new_key(keys: Iterable[str]) -> str:
    """A key that no rule has yet."""
    taken = set(keys)
    return next(key for number in range(1, len(taken) + 2) if (key := f"key{number}") not in taken)


def read_number(text: str) -> int:
    """The number that a field carries; what is none is 0."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < MOST_DIGITS else 0
