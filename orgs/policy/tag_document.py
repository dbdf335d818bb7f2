"""Tag policies: text → checked settings with inheritance operators; every fault with its place."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final

from orgs.policy.document import SERVICE_CHARACTERS, read_text
from orgs.policy.faults import Findings, Reading
from orgs.policy.matching import STAR
from orgs.policy.spelling import closest, note_unknown
from orgs.policy.text import ListNode, Node, ObjectNode, StringNode

MAX_CHARACTERS: Final = 10_000
MAX_KEY_CHARACTERS: Final = 128
MAX_VALUE_CHARACTERS: Final = 255
RESERVED_PREFIX: Final = "_sys_"
KEY_SYMBOLS: Final = frozenset(" _.:=+-@")
VALUE_SYMBOLS: Final = KEY_SYMBOLS | frozenset("/*")
TYPE_CHARACTERS: Final = SERVICE_CHARACTERS | frozenset("_.")

OPERATOR_MARK: Final = "@@"


class Setting(StrEnum):
    """What a tag policy says of a key."""

    TAG_KEY = "tag_key"
    TAG_VALUE = "tag_value"
    ENFORCED_FOR = "enforced_for"


class TagOperator(StrEnum):
    """How a level changes what it inherits."""

    ASSIGN = "@@assign"
    APPEND = "@@append"
    REMOVE = "@@remove"


CHILD_CONTROL: Final = "@@operators_allowed_for_child_policies"
ALL_OPERATORS: Final = "@@all"
NO_OPERATORS: Final = "@@none"
OPERATOR_NAMES: Final = (*TagOperator, CHILD_CONTROL)
CONTROL_VALUES: Final = (ALL_OPERATORS, NO_OPERATORS, *TagOperator)


@dataclass(frozen=True, slots=True)
class SettingRule:
    """The operators of one setting.

    `values` holds the values of each operator that is used; `permitted` the
    operators left to the levels below, nothing when the policy does not say.
    """

    values: Mapping[TagOperator, tuple[str, ...]] = field(default_factory=dict)
    permitted: frozenset[TagOperator] | None = None


@dataclass(frozen=True, slots=True)
class TagKeyRule:
    """What a policy says of one key; `folded_key` is the key in lower case."""

    key: str
    settings: Mapping[Setting, SettingRule]

    @property
    def folded_key(self) -> str:
        """The key as policies are merged by it."""
        return self.key.lower()


@dataclass(frozen=True, slots=True)
class TagPolicy:
    """A tag policy, ready to be merged."""

    keys: tuple[TagKeyRule, ...]


@dataclass(frozen=True, slots=True)
class EnforceableService:
    """The types of a service on which tag policies can be enforced."""

    resource_types: frozenset[str]
    takes_wildcard: bool


type Catalog = Mapping[str, EnforceableService]


def read_tag_policy(
    text: str, *, catalog: Catalog | None = None, max_characters: int = MAX_CHARACTERS
) -> Reading[TagPolicy]:
    """Read and check the text of a tag policy.

    With a catalog, types that cannot be enforced are faults.

    Rules: R-POL-2, R-POL-6, R-TP-7.
    """
    findings = Findings(text[: max_characters + 1])
    root = read_text(text, findings, max_characters)
    if root is None:
        return findings.reading(None)
    return findings.reading(_Grammar(findings, catalog).policy(root))


@lru_cache(maxsize=2_048)
def load_tag_policy(text: str) -> TagPolicy:
    """Compile a stored text, once; what cannot be understood in it says nothing."""
    return read_tag_policy(text).draft or TagPolicy(())


@dataclass(frozen=True, slots=True)
class _Grammar:
    """The grammar of section 3, walking over nodes and noting faults."""

    findings: Findings
    catalog: Catalog | None

    def policy(self, root: Node) -> TagPolicy | None:
        if not isinstance(root, ObjectNode):
            self.findings.error(root, "wrong_type", "object")
            return None
        for name, member in root.members.items():
            if name.startswith(OPERATOR_MARK):
                self._misplaced(member, name)
            elif name != "tags":
                note_unknown(self.findings, member, name, ("tags",))
        tags = root.members.get("tags")
        if tags is None:
            self.findings.missing(root, "tags")
            return TagPolicy(())
        if not isinstance(tags, ObjectNode):
            self.findings.error(tags, "wrong_type", "object")
            return TagPolicy(())
        return TagPolicy(tuple(self._keys(tags)))

    def _keys(self, tags: ObjectNode) -> Iterator[TagKeyRule]:
        folded_keys: set[str] = set()
        for key, body in tags.members.items():
            if key.startswith(OPERATOR_MARK):
                self._misplaced(body, key)
                continue
            wording = key_fault(key)
            if wording is not None:
                self.findings.error_at_name(
                    body, "invalid_tag_key", wording, key=key, limit=MAX_KEY_CHARACTERS
                )
            elif key.lower() in folded_keys:
                self.findings.error_at_name(body, "duplicate_policy_key", key=key)
            else:
                folded_keys.add(key.lower())
            yield TagKeyRule(key, self._settings(key, body))

    def _settings(self, key: str, body: Node) -> Mapping[Setting, SettingRule]:
        if not isinstance(body, ObjectNode):
            self.findings.error(body, "wrong_type", "object")
            return {}
        settings: dict[Setting, SettingRule] = {}
        for name, member in body.members.items():
            if name.startswith(OPERATOR_MARK):
                self._misplaced(member, name)
            elif name not in tuple(Setting):
                note_unknown(self.findings, member, name, tuple(Setting))
            else:
                settings[Setting(name)] = self._setting(key, Setting(name), member)
        return settings

    def _setting(self, key: str, setting: Setting, body: Node) -> SettingRule:
        if not isinstance(body, ObjectNode):
            self.findings.error(body, "wrong_type", "operators")
            return SettingRule()
        if not body.members:
            self.findings.error(body, "missing_operator", setting=setting.value)
        values: dict[TagOperator, tuple[str, ...]] = {}
        permitted: frozenset[TagOperator] | None = None
        for name, member in body.members.items():
            if name == CHILD_CONTROL:
                permitted = self._permitted(member)
            elif name in tuple(TagOperator):
                values[TagOperator(name)] = self._values(key, setting, TagOperator(name), member)
            else:
                self._unknown_member(member, name)
        return SettingRule(values, permitted)

    def _values(
        self, key: str, setting: Setting, operator: TagOperator, node: Node
    ) -> tuple[str, ...]:
        if setting is Setting.TAG_VALUE:
            return self._list(node, self._tag_value)
        if setting is Setting.ENFORCED_FOR:
            return self._list(node, self._resource_type)
        if operator is not TagOperator.ASSIGN:
            self.findings.error_at_name(node, "operator_not_allowed", operator=operator.value)
            return ()
        return self._tag_key(key, node)

    def _tag_key(self, key: str, node: Node) -> tuple[str, ...]:
        if not isinstance(node, StringNode):
            self.findings.error(node, "wrong_type", "string")
            return ()
        if node.value.lower() != key.lower():
            self.findings.error(node, "tag_key_mismatch", found=node.value, key=key)
        return (node.value,)

    def _list(self, node: Node, check: Callable[[StringNode], None]) -> tuple[str, ...]:
        """Return the distinct strings of a list, in order, and note what is wrong with them."""
        strings = self._strings(node)
        for item in strings:
            check(item)
        return tuple(dict.fromkeys(item.value for item in strings))

    def _strings(self, node: Node) -> list[StringNode]:
        if not isinstance(node, ListNode):
            self.findings.error(node, "wrong_type", "list")
            return []
        if not node.items:
            self.findings.error(node, "empty_list", "setting")
        for item in node.items:
            if not isinstance(item, StringNode):
                self.findings.error(item, "wrong_type", "string")
        return [item for item in node.items if isinstance(item, StringNode)]

    def _tag_value(self, item: StringNode) -> None:
        if len(item.value) > MAX_VALUE_CHARACTERS:
            self.findings.error(item, "invalid_tag_value", "length", limit=MAX_VALUE_CHARACTERS)
        elif not _consists_of(item.value, VALUE_SYMBOLS):
            self.findings.error(item, "invalid_tag_value", value=item.value)
        elif item.value.count(STAR) > 1:
            self.findings.error(item, "too_many_wildcards", value=item.value)

    def _resource_type(self, item: StringNode) -> None:
        service, _colon, kind = item.value.partition(":")
        if not _is_resource_type(service, kind):
            self.findings.error(item, "invalid_resource_type", found=item.value)
        elif self.catalog is not None:
            self._catalogued_type(item, service, kind, self.catalog)

    def _catalogued_type(self, item: StringNode, service: str, kind: str, catalog: Catalog) -> None:
        known = catalog.get(service)
        if known is None:
            self.findings.error(item, "unknown_resource_type", "service", service=service)
        elif kind == STAR and not known.takes_wildcard:
            self.findings.error(item, "wildcard_not_supported", service=service)
        elif kind != STAR and kind not in known.resource_types:
            known_types = tuple(sorted(known.resource_types))
            self.findings.error(
                item, "unknown_resource_type", found=kind, service=service, known=known_types
            )

    def _permitted(self, node: Node) -> frozenset[TagOperator] | None:
        strings = self._strings(node)
        names = {item.value for item in strings}
        for item in strings:
            if item.value not in CONTROL_VALUES:
                self.findings.error(item, "invalid_operator_value", found=item.value)
        for whole in (ALL_OPERATORS, NO_OPERATORS):
            if whole in names and len(names) > 1:
                self.findings.error_at_name(node, "mutually_exclusive", "control", whole=whole)
                break
        if ALL_OPERATORS in names or not names:
            return None
        return frozenset(operator for operator in TagOperator if operator in names)

    def _unknown_member(self, node: Node, name: str) -> None:
        if not name.startswith(OPERATOR_MARK):
            note_unknown(self.findings, node, name, OPERATOR_NAMES)
            return
        meant = closest(name, OPERATOR_NAMES)
        if meant:
            self.findings.error_at_name(node, "unknown_operator", "meant", name=name, meant=meant)
            return
        self.findings.error_at_name(
            node, "unknown_operator", "tag", name=name, known=OPERATOR_NAMES
        )

    def _misplaced(self, node: Node, name: str) -> None:
        self.findings.error_at_name(node, "misplaced_operator", name=name)


def key_fault(key: str) -> str | None:
    """Return what is wrong with a policy key, as a wording; nothing when it is sound."""
    if not 1 <= len(key) <= MAX_KEY_CHARACTERS:
        return "length"
    if not _consists_of(key, KEY_SYMBOLS):
        return "characters"
    if key != key.strip(" "):
        return "blanks"
    # Keys are compared without regard to case, so the reserved prefix is as well.
    if key.lower().startswith(RESERVED_PREFIX):
        return "reserved"
    return None


def _is_resource_type(service: str, kind: str) -> bool:
    if not service[:1].isalpha() or not SERVICE_CHARACTERS.issuperset(service):
        return False
    return kind == STAR or (bool(kind) and TYPE_CHARACTERS.issuperset(kind))


def _consists_of(text: str, symbols: frozenset[str]) -> bool:
    """Whether a text has only letters and digits of any script, and these symbols."""
    return all(character.isalnum() or character in symbols for character in text)
