"""Service control policies: text → checked, compiled statements; every fault with its place.

The text itself is judged first (`text`); what is then wrong with it ends the
reading. All other faults are gathered, so one call reports every one of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from orgs.policy import global_keys
from orgs.policy.conditions import Condition
from orgs.policy.faults import Findings, Reading, Severity
from orgs.policy.lints import review
from orgs.policy.matching import GAP, STAR
from orgs.policy.operators import (
    COMPARISONS,
    Family,
    Operator,
    counterpart,
    find_operator,
)
from orgs.policy.spelling import closest, note_unknown
from orgs.policy.statements import (
    ACTION_SEGMENTS,
    ANY_RESOURCE,
    ANYTHING,
    RESOURCE_SEGMENTS,
    SEPARATOR,
    ActionPattern,
    Effect,
    ResourcePattern,
    ServiceControlPolicy,
    Statement,
    compile_action,
    compile_resource,
)
from orgs.policy.templates import (
    OPENING,
    MalformedVariable,
    Template,
    broken_template,
    plain_text,
    read_template,
    split_template,
)
from orgs.policy.text import (
    BooleanNode,
    ListNode,
    Node,
    NumberNode,
    ObjectNode,
    StringNode,
    UnreadableText,
    read_json,
)

MAX_CHARACTERS: Final = 5_120
MAX_SID_CHARACTERS: Final = 128
VERSION: Final = "5.0"

TOP_ELEMENTS: Final = ("Version", "Statement")
STATEMENT_ELEMENTS: Final = (
    "Sid", "Effect", "Action", "NotAction", "Resource", "Condition",
)  # fmt: skip
UNSUPPORTED_ELEMENTS: Final = ("Principal", "NotPrincipal", "NotResource")

WILDCARDS: Final = STAR + GAP
LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
DIGITS: Final = frozenset("0123456789")
SERVICE_CHARACTERS: Final = LETTERS | DIGITS | {"-"}
ACTION_CHARACTERS: Final = LETTERS | DIGITS | frozenset("_.-")


def read_service_control_policy(
    text: str, *, is_allow_accepted: bool = True, max_characters: int = MAX_CHARACTERS
) -> Reading[ServiceControlPolicy]:
    """Read and check the text of a service control policy.

    `is_allow_accepted` tells whether custom policies may allow, or only deny.

    Rules: R-POL-2, R-POL-6, R-SCP-6, R-SCP-8.
    """
    findings = Findings(text[: max_characters + 1])
    root = read_text(text, findings, max_characters)
    if root is None:
        return findings.reading(None)
    draft = _Grammar(findings, is_allow_accepted).policy(root)
    return findings.reading(draft)


@lru_cache(maxsize=2_048)
def load_service_control_policy(text: str) -> ServiceControlPolicy:
    """Compile a stored text, once.

    What a later, stricter grammar refuses in it matches nothing. A text that is
    no JSON gives a policy without statements.
    """
    return read_service_control_policy(text).draft or ServiceControlPolicy(())


def read_text(text: str, findings: Findings, max_characters: int) -> Node | None:
    """Read a text into nodes; nothing, and a fault noted, when it is not JSON."""
    try:
        return read_json(text, max_characters=max_characters)
    except UnreadableText as unreadable:
        for fault in unreadable.faults:
            findings.note(
                Severity.ERROR, fault.offset, fault.path, fault.code, fault.wording, **fault.facts
            )
        return None


@dataclass(frozen=True, slots=True)
class _Grammar:
    """The grammar of section 1, walking over nodes and noting faults."""

    findings: Findings
    is_allow_accepted: bool

    def policy(self, root: Node) -> ServiceControlPolicy | None:
        if not isinstance(root, ObjectNode):
            self.findings.error(root, "wrong_type", "object")
            return None
        for name, member in root.members.items():
            if name not in TOP_ELEMENTS:
                note_unknown(self.findings, member, name, TOP_ELEMENTS)
        self._version(root)
        nodes = self._statement_nodes(root)
        self._unique_sids(nodes)
        statements = [self._statement(node, index) for index, node in enumerate(nodes)]
        policy = ServiceControlPolicy(tuple(one for one in statements if one is not None))
        if not self.findings.of(Severity.ERROR):
            review(policy, nodes, root.members["Statement"], self.findings)
        return policy

    def _version(self, root: ObjectNode) -> None:
        version = root.members.get("Version")
        if version is None:
            self.findings.missing(root, "Version")
        elif not isinstance(version, StringNode) or version.value != VERSION:
            self.findings.error(version, "invalid_version", version=VERSION)

    def _statement_nodes(self, root: ObjectNode) -> list[ObjectNode]:
        node = root.members.get("Statement")
        if node is None:
            self.findings.missing(root, "Statement")
            return []
        if isinstance(node, ObjectNode):
            return [node]
        if not isinstance(node, ListNode):
            self.findings.error(node, "wrong_type", "object_or_list")
            return []
        if not node.items:
            self.findings.error(node, "empty_list", "statement")
        for item in node.items:
            if not isinstance(item, ObjectNode):
                self.findings.error(item, "wrong_type", "object")
        return [item for item in node.items if isinstance(item, ObjectNode)]

    def _unique_sids(self, nodes: Sequence[ObjectNode]) -> None:
        seen: set[str] = set()
        for node in nodes:
            sid = self._sid(node)
            if sid in seen:
                self.findings.error(node.members["Sid"], "duplicate_sid", sid=sid)
            if sid is not None:
                seen.add(sid)

    def _sid(self, node: ObjectNode) -> str | None:
        """Return a statement's Sid when it is sound."""
        sid = node.members.get("Sid")
        if sid is None:
            return None
        if not isinstance(sid, StringNode):
            self.findings.error(sid, "wrong_type", "string")
            return None
        if not 1 <= len(sid.value) <= MAX_SID_CHARACTERS:
            self.findings.error(
                sid, "invalid_sid", "length", limit=MAX_SID_CHARACTERS, length=len(sid.value)
            )
            return None
        # A Sid is printed in the lines of the dry run, where a line break would forge one.
        if has_control_character(sid.value):
            self.findings.error(sid, "invalid_sid", "control_character")
            return None
        return sid.value

    def _statement(self, node: ObjectNode, index: int) -> Statement | None:
        """Read one statement; nothing when it cannot be understood.

        A variable that is malformed is understood: it fails like one without a value.
        """
        misunderstood_before = self.findings.count_errors_except("invalid_variable")
        self._element_names(node)
        effect = self._effect(node)
        actions, excludes_actions = self._actions(node, effect)
        resources = self._resources(node, effect)
        conditions = self._conditions(node, effect)
        misunderstood = self.findings.count_errors_except("invalid_variable")
        if effect is None or misunderstood > misunderstood_before:
            return None
        sid = node.members.get("Sid")
        return Statement(
            index=index,
            sid=sid.value if isinstance(sid, StringNode) else None,
            effect=effect,
            actions=actions,
            excludes_actions=excludes_actions,
            resources=resources,
            conditions=conditions,
            line=self.findings.line_of(node),
        )

    def _element_names(self, node: ObjectNode) -> None:
        for name, member in node.members.items():
            if name in UNSUPPORTED_ELEMENTS:
                self.findings.error_at_name(member, "unsupported_element", name, name=name)
            elif name not in STATEMENT_ELEMENTS:
                note_unknown(self.findings, member, name, STATEMENT_ELEMENTS)

    def _effect(self, node: ObjectNode) -> Effect | None:
        effect = node.members.get("Effect")
        if effect is None:
            self.findings.missing(node, "Effect")
            return None
        found = effect.value if isinstance(effect, StringNode) else None
        if found == Effect.DENY or (found == Effect.ALLOW and self.is_allow_accepted):
            return Effect(found)
        wording = "" if self.is_allow_accepted else "deny_only"
        self.findings.error(effect, "invalid_effect", wording)
        return None

    def _actions(
        self, node: ObjectNode, effect: Effect | None
    ) -> tuple[tuple[ActionPattern, ...], bool]:
        """Return the action patterns, and whether they are those left out."""
        listed, excluded = node.members.get("Action"), node.members.get("NotAction")
        if listed is None and excluded is None:
            self.findings.missing(node, "Action")
            return (), False
        patterns: tuple[ActionPattern, ...] = ()
        if listed is not None:
            patterns = self._action_patterns(listed)
            if isinstance(listed, ListNode) and not listed.items:
                self.findings.warning(listed, "empty_action")
        if excluded is None:
            return patterns, False
        if listed is not None:
            self.findings.error_at_name(excluded, "mutually_exclusive", "action")
        elif effect is Effect.ALLOW:
            self.findings.error_at_name(excluded, "not_allowed_with_allow", "not_action")
        if effect is Effect.ALLOW:
            return patterns, False
        if isinstance(excluded, ListNode) and not excluded.items:
            self.findings.error(excluded, "empty_list", "not_action")
        return self._action_patterns(excluded), True

    def _action_patterns(self, node: Node) -> tuple[ActionPattern, ...]:
        patterns: list[ActionPattern] = []
        for item in self._strings(node):
            fault = action_fault(item.value)
            if fault is None:
                patterns.append(compile_action(item.value))
                continue
            code, wording = fault
            service = item.value.partition(SEPARATOR)[0]
            self.findings.error(item, code, wording, pattern=item.value, service=service)
        return tuple(patterns)

    def _resources(self, node: ObjectNode, effect: Effect | None) -> tuple[ResourcePattern, ...]:
        listed = node.members.get("Resource")
        if listed is None:
            return (ANY_RESOURCE,)
        if isinstance(listed, ListNode) and not listed.items:
            self.findings.error(listed, "empty_list", "resource")
        patterns: list[ResourcePattern] = []
        for item in self._strings(listed):
            if effect is not Effect.ALLOW:
                patterns.extend(self._resource_pattern(item))
            elif item.value == ANYTHING:
                patterns.append(ANY_RESOURCE)
            else:
                self.findings.error(item, "not_allowed_with_allow", "resource")
        return tuple(patterns)

    def _resource_pattern(self, item: StringNode) -> Iterator[ResourcePattern]:
        try:
            template = read_template(item.value)
        except MalformedVariable as malformed:
            self._malformed_variable(item, malformed)
            return
        fault = resource_fault(item.value, template)
        if fault is None:
            yield compile_resource(item.value, template)
            return
        code, wording = fault
        self.findings.error(item, code, wording, pattern=item.value)

    def _conditions(self, node: ObjectNode, effect: Effect | None) -> tuple[Condition, ...]:
        condition = node.members.get("Condition")
        if condition is None:
            return ()
        if effect is Effect.ALLOW:
            self.findings.error_at_name(condition, "not_allowed_with_allow", "condition")
            return ()
        if not isinstance(condition, ObjectNode):
            self.findings.error(condition, "wrong_type", "object")
            return ()
        if not condition.members:
            self.findings.error(condition, "empty_condition", "operator")
        return tuple(
            one
            for name, body in condition.members.items()
            for one in self._operator_body(name, body)
        )

    def _operator_body(self, name: str, body: Node) -> Iterator[Condition]:
        operator = self._operator(name, body)
        if not isinstance(body, ObjectNode):
            self.findings.error(body, "wrong_type", "object")
            return
        if not body.members:
            self.findings.error(body, "empty_condition", "key")
        folded_keys: set[str] = set()
        for key, values in body.members.items():
            self._key(key, values, operator)
            if key.lower() in folded_keys:
                self.findings.error_at_name(values, "duplicate_condition_key", key=key)
            folded_keys.add(key.lower())
            compiled = self._values(values, operator)
            if operator is not None:
                yield Condition.of(operator, key, compiled)

    def _operator(self, name: str, body: Node) -> Operator | None:
        operator = find_operator(name)
        if operator is None:
            self._unknown_operator(name, body)
        elif operator.comparison.is_legacy:
            self.findings.warning(body, "legacy_operator", name=name)
        return operator

    def _unknown_operator(self, name: str, body: Node) -> None:
        ours = counterpart(name)
        meant = closest(name, list(COMPARISONS))
        if ours is not None:
            self.findings.error_at_name(body, "unknown_operator", "foreign", name=name, ours=ours)
        elif name.endswith(("Null", "NullIfExists")):
            self.findings.error_at_name(body, "unknown_operator", "null", name=name)
        elif meant:
            self.findings.error_at_name(body, "unknown_operator", "meant", name=name, meant=meant)
        else:
            self.findings.error_at_name(body, "unknown_operator", name=name)

    def _key(self, key: str, node: Node, operator: Operator | None) -> None:
        if not is_condition_key(key):
            self.findings.error_at_name(node, "invalid_condition_key", key=key)
            return
        if not global_keys.is_global(key):
            return
        known = global_keys.find(key)
        if known is None:
            self.findings.warning(node, "unknown_condition_key", key=key)
        elif operator is not None and operator.qualifier and not known.is_multivalued:
            self.findings.warning(
                node, "set_operator_on_single_valued", key=key, qualifier=operator.qualifier.value
            )

    def _values(self, node: Node, operator: Operator | None) -> tuple[object, ...]:
        if isinstance(node, ListNode) and not node.items:
            self.findings.error(node, "empty_list", "value")
        items = node.items if isinstance(node, ListNode) else [node]
        return tuple(value for item in items for value in self._value(item, operator))

    def _value(self, item: Node, operator: Operator | None) -> Iterator[object]:
        text = scalar_text(item)
        if text is None:
            self.findings.error(item, "wrong_type", "scalar")
        elif operator is None:
            return
        elif operator.family is Family.STRING:
            yield self._string_value(item, text)
        else:
            value = operator.reader.policy_value(text)
            if value is None:
                wording = "variable" if OPENING in text else operator.family.value
                self.findings.error(item, "invalid_condition_value", wording, value=text)
            yield value

    def _string_value(self, item: Node, text: str) -> Template:
        try:
            return read_template(text)
        except MalformedVariable as malformed:
            self._malformed_variable(item, malformed)
            return broken_template()

    def _malformed_variable(self, item: Node, malformed: MalformedVariable) -> None:
        self.findings.error(item, "invalid_variable", place=malformed.offset + 1)

    def _strings(self, node: Node) -> list[StringNode]:
        """Return the strings of a string or list, and note what is no string."""
        items = node.items if isinstance(node, ListNode) else [node]
        for item in items:
            if not isinstance(item, StringNode):
                wording = "string" if isinstance(node, ListNode) else "string_or_list"
                self.findings.error(item, "wrong_type", wording)
        return [item for item in items if isinstance(item, StringNode)]


type _CodeAndWording = tuple[str, str]


def action_fault(pattern: str) -> _CodeAndWording | None:
    """Return what is wrong with an action pattern, as code and wording."""
    if pattern == ANYTHING:
        return None
    segments = pattern.split(SEPARATOR)
    wording = _action_format_wording(segments)
    if wording:
        return "invalid_action_format", wording
    service, *others = segments
    if service != ANYTHING and _has_wildcard(service):
        return "invalid_wildcard", "service"
    if any(_has_wildcard(segment.rstrip(WILDCARDS)) for segment in others):
        return "invalid_wildcard", "place"
    return None


def resource_fault(pattern: str, template: Template) -> _CodeAndWording | None:
    """Return what is wrong with a resource pattern, as code and wording."""
    if pattern == ANYTHING:
        return None
    segments = split_template(template, SEPARATOR, RESOURCE_SEGMENTS - 1)
    if len(segments) != RESOURCE_SEGMENTS:
        return "invalid_resource_format", "segments"
    service, _region, _account, kind, path = segments
    name = plain_text(service)
    if name is not None and _has_wildcard(name):
        return "invalid_wildcard", "resource_service"
    if name is None or not _is_service(name):
        return "invalid_resource_format", "service"
    if not kind.pieces or not path.pieces:
        return "invalid_resource_format", "path" if kind.pieces else "type"
    return None


def is_condition_key(key: str) -> bool:
    """Whether a condition key has the form `prefix:name`, tag keys included."""
    prefix, _colon, name = key.partition(SEPARATOR)
    if not prefix or not name or has_control_character(key):
        return False
    return not global_keys.is_bare_tag_key(key)


def has_control_character(text: str) -> bool:
    """Whether a text holds a character that moves the cursor or prints nothing."""
    return any(character < " " or "\x7f" <= character <= "\x9f" for character in text)


def scalar_text(node: Node) -> str | None:
    """Return a string, number or boolean as its text; nothing for other values."""
    if isinstance(node, StringNode):
        return node.value
    if isinstance(node, NumberNode):
        return node.text
    if isinstance(node, BooleanNode):
        return "true" if node.value else "false"
    return None


def _action_format_wording(segments: Sequence[str]) -> str:
    """Return the wording of a format fault of an action; empty when there is none."""
    if len(segments) != ACTION_SEGMENTS:
        return "two_segments" if len(segments) == 2 else "segments"
    service, _type, operation = segments
    if not operation:
        return "operation"
    if not _is_service(service, wildcards=WILDCARDS):
        return "service"
    if not all(ACTION_CHARACTERS.issuperset(_without(WILDCARDS, one)) for one in segments[1:]):
        return "characters"
    return ""


def _is_service(name: str, wildcards: str = "") -> bool:
    literal = _without(wildcards, name)
    if not literal:
        return bool(name)
    return literal[0] in LETTERS and SERVICE_CHARACTERS.issuperset(literal)


def _without(characters: str, text: str) -> str:
    return "".join(character for character in text if character not in characters)


def _has_wildcard(text: str) -> bool:
    return any(wildcard in text for wildcard in WILDCARDS)
