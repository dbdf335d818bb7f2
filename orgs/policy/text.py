"""Strict JSON: text → nodes that know their place.

The standard reader forgets where a value stood, keeps only the last of two
equal names and reads `NaN`; a policy editor needs the opposite. Numbers stay
text, so no number is too large to read. Text that is not JSON raises
`UnreadableText`, which carries every fault it can name.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import hexdigits
from typing import Final

MAX_DEPTH: Final = 32

BLANKS: Final = frozenset(" \t\n\r")
DIGITS: Final = frozenset("0123456789")
COMMENT_MARKS: Final = frozenset("/#<")
ESCAPES: Final = {
    '"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t",
}  # fmt: skip
FOREIGN_LITERALS: Final = {
    "True": "true", "TRUE": "true", "False": "false", "FALSE": "false",
    "None": "null", "NULL": "null", "nil": "null", "undefined": "null",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Node:
    """A value of the text: where it begins and how it is reached.

    `name_offset` is where the member's name begins; in a list, the value itself.
    """

    parent: "Node | None"
    step: str | int
    offset: int
    name_offset: int

    @property
    def pointer(self) -> str:
        """The JSON pointer of this value, `""` for the whole text."""
        return "" if self.parent is None else self.pointer_within(self.parent.pointer)

    def pointer_within(self, pointer: str) -> str:
        """The same, where that of its parent is known."""
        if isinstance(self.step, int):
            return f"{pointer}/{self.step}"
        return f"{pointer}/{self.step.replace('~', '~0').replace('/', '~1')}"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ObjectNode(Node):
    """An object; `members` keeps the order of the text."""

    members: Mapping[str, Node]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ListNode(Node):
    """A list."""

    items: Sequence[Node]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StringNode(Node):
    """A string, escapes decoded."""

    value: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class NumberNode(Node):
    """A number, as it was written."""

    text: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BooleanNode(Node):
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class NullNode(Node):
    """`null`."""


@dataclass(frozen=True, slots=True)
class TextFault:
    """Why a text cannot be read, at which character of it."""

    code: str
    offset: int
    path: str
    wording: str
    facts: Mapping[str, object]


class UnreadableText(Exception):
    """The text is not JSON as we take it."""

    def __init__(self, faults: tuple[TextFault, ...]) -> None:
        super().__init__(faults)
        self.faults = faults


def read_json(text: str, *, max_characters: int) -> Node:
    """Read a text into nodes.

    Length is judged first, then nesting, by a scan: neither lets a hostile text
    cost more than a look at it.

    Raises:
        UnreadableText: too long, nested too deeply, not JSON, or a name twice.

    Rules: R-POL-2, R-POL-6.
    """
    if len(text) > max_characters:
        raise _unreadable(
            "too_long",
            max_characters,
            length=len(text),
            limit=max_characters,
            excess=len(text) - max_characters,
        )
    _refuse_surrogates(text)
    _refuse_depth(text)
    reader = _Reader(text)
    root = reader.whole()
    if reader.repeated:
        raise UnreadableText(tuple(reader.repeated))
    return root


def without_blanks(text: str) -> str:
    """Return a text without the white space outside its strings; what it says stays (R-POL-2).

    A string that is never closed keeps everything behind it.
    """
    blanks = {offset for offset, character in _outside_strings(text) if character in BLANKS}
    return "".join(character for offset, character in enumerate(text) if offset not in blanks)


def line_starts(text: str) -> list[int]:
    r"""Return the offset at which each line begins; `\r\n` is one line break."""
    starts = [0]
    for offset, character in enumerate(text):
        if character == "\n" or (character == "\r" and text[offset + 1 : offset + 2] != "\n"):
            starts.append(offset + 1)
    return starts


def _unreadable(code: str, offset: int, wording: str = "", **facts: object) -> UnreadableText:
    return UnreadableText((TextFault(code, offset, "", wording, facts),))


def _refuse_surrogates(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _unreadable("json_syntax", error.start, "lone_surrogate") from None


def _refuse_depth(text: str) -> None:
    depth = 0
    for offset, character in _outside_strings(text):
        if character in "[{":
            depth += 1
        elif character in "]}":
            depth -= 1
        if depth > MAX_DEPTH:
            raise _unreadable("too_deep", offset, limit=MAX_DEPTH)


def _outside_strings(text: str) -> Iterator[tuple[int, str]]:
    """Yield the characters of a text that are not inside a string."""
    is_inside = is_escaped = False
    for offset, character in enumerate(text):
        if is_escaped:
            is_escaped = False
        elif is_inside and character == "\\":
            is_escaped = True
        elif character == '"':
            is_inside = not is_inside
        elif not is_inside:
            yield offset, character


class _Reader:
    """One pass over a text whose nesting is known to be shallow."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.repeated: list[TextFault] = []

    def whole(self) -> Node:
        if self.text.startswith("\ufeff"):
            raise self.fault("byte_order_mark")
        self.skip_blanks()
        if not self.here:
            raise self.fault("empty")
        root = self.value(None, "", self.at)
        self.skip_blanks()
        if self.here:
            raise self.fault("comment" if self.here in COMMENT_MARKS else "text_after_end")
        return root

    @property
    def here(self) -> str:
        """The character to read next; empty at the end of the text."""
        return self.text[self.at : self.at + 1]

    def skip_blanks(self) -> None:
        while self.here in BLANKS:
            self.at += 1

    def fault(self, wording: str, **facts: object) -> UnreadableText:
        return _unreadable("json_syntax", self.at, wording, **facts)

    def value(self, parent: Node | None, step: str | int, name_offset: int) -> Node:
        place = (parent, step, self.at, name_offset)
        here = self.here
        if here == "{":
            return self.object_at(place)
        if here == "[":
            return self.list_at(place)
        if here == '"':
            return StringNode(*place, self.string())
        if here == "-" or here in DIGITS:
            return NumberNode(*place, self.number())
        for literal, make in _LITERALS.items():
            if self.text.startswith(literal, self.at):
                self.at += len(literal)
                return make(place)
        raise self.no_value()

    def object_at(self, place: "_Place") -> Node:
        members: dict[str, Node] = {}
        node = ObjectNode(*place, members)
        self.at += 1
        self.skip_blanks()
        if self.here == "}":
            self.at += 1
            return node
        while True:
            name_offset = self.at
            name = self.name()
            member = self.value(node, name, name_offset)
            if name in members:
                self.repeat(member, name)
            members[name] = member
            if self.is_last("}", place[2]):
                return node

    def list_at(self, place: "_Place") -> Node:
        items: list[Node] = []
        node = ListNode(*place, items)
        self.at += 1
        self.skip_blanks()
        if self.here == "]":
            self.at += 1
            return node
        while True:
            items.append(self.value(node, len(items), self.at))
            if self.is_last("]", place[2]):
                return node

    def repeat(self, member: Node, name: str) -> None:
        self.repeated.append(
            TextFault("json_duplicate_key", member.name_offset, member.pointer, "", {"name": name})
        )

    def name(self) -> str:
        if self.here != '"':
            raise self.no_name()
        name = self.string()
        self.skip_blanks()
        if self.here != ":":
            raise self.fault("colon_missing", name=name)
        self.at += 1
        self.skip_blanks()
        return name

    def is_last(self, closing: str, opened_at: int) -> bool:
        """Read what follows a member: the end, or a comma and the next member."""
        self.skip_blanks()
        if self.here == closing:
            self.at += 1
            return True
        if self.here != ",":
            raise self.no_comma(closing, opened_at)
        comma_at = self.at
        self.at += 1
        self.skip_blanks()
        if self.here in ("]", "}"):
            self.at = comma_at
            raise self.fault("trailing_comma", closing=closing)
        return False

    def string(self) -> str:
        opened_at = self.at
        self.at += 1
        parts: list[str] = []
        while True:
            start = self.at
            while self.here >= " " and self.here not in '"\\':
                self.at += 1
            parts.append(self.text[start : self.at])
            if self.here == '"':
                self.at += 1
                return "".join(parts)
            if self.here == "\\":
                parts.append(self.escape())
                continue
            if self.here:
                raise self.fault("control_character")
            self.at = opened_at
            raise self.fault("string_open")

    def escape(self) -> str:
        letter = self.text[self.at + 1 : self.at + 2]
        if letter == "u":
            return self.unicode_escape()
        if letter not in ESCAPES:
            raise self.fault("escape", escape="\\" + letter)
        self.at += 2
        return ESCAPES[letter]

    def unicode_escape(self) -> str:
        start = self.at
        unit = self.code_unit()
        if not 0xD800 <= unit <= 0xDFFF:
            return chr(unit)
        if unit <= 0xDBFF and self.text.startswith("\\u", self.at):
            low = self.code_unit()
            if 0xDC00 <= low <= 0xDFFF:
                return chr(0x10000 + (unit - 0xD800) * 0x400 + low - 0xDC00)
        self.at = start
        raise self.fault("lone_surrogate")

    def code_unit(self) -> int:
        digits = self.text[self.at + 2 : self.at + 6]
        if len(digits) < 4 or any(digit not in hexdigits for digit in digits):
            raise self.fault("escape", escape="\\u" + digits)
        self.at += 6
        return int(digits, 16)

    def number(self) -> str:
        start = self.at
        if self.here == "-":
            self.at += 1
        has_leading_zero = self.here == "0"
        whole = self.digits()
        if not whole or (has_leading_zero and len(whole) > 1):
            self.at = start
            raise self.fault("number")
        if self.here == ".":
            self.at += 1
            self.require_digits(start)
        if self.here in ("e", "E"):
            self.at += 1
            if self.here in ("+", "-"):
                self.at += 1
            self.require_digits(start)
        return self.text[start : self.at]

    def digits(self) -> str:
        start = self.at
        while self.here in DIGITS:
            self.at += 1
        return self.text[start : self.at]

    def require_digits(self, start: int) -> None:
        if not self.digits():
            self.at = start
            raise self.fault("number")

    def no_value(self) -> UnreadableText:
        """Say what stands where a value should."""
        word = self.word()
        if word in FOREIGN_LITERALS:
            return self.fault("literal", found=word, literal=FOREIGN_LITERALS[word])
        if not self.here:
            return self.fault("ends_early")
        if self.here == "'":
            return self.fault("single_quotes")
        if self.here in COMMENT_MARKS:
            return self.fault("comment")
        if self.here in (",", "]", "}"):
            return self.fault("value_missing", found=self.here)
        return self.fault("value", found=word or self.here)

    def no_name(self) -> UnreadableText:
        """Say what stands where a member's name should."""
        if not self.here:
            return self.fault("ends_early")
        if self.here == "'":
            return self.fault("single_quotes")
        if self.here in COMMENT_MARKS:
            return self.fault("comment")
        return self.fault("name", found=self.word() or self.here)

    def no_comma(self, closing: str, opened_at: int) -> UnreadableText:
        """Say what stands where a comma or the end of the list should."""
        if not self.here:
            self.at = opened_at
            return self.fault("never_closed", closing=closing)
        if self.here in COMMENT_MARKS:
            return self.fault("comment")
        return self.fault("comma_missing", found=self.here, closing=closing)

    def word(self) -> str:
        end = self.at
        while self.text[end : end + 1].isalnum():
            end += 1
        return self.text[self.at : end]


type _Place = tuple[Node | None, str | int, int, int]

_LITERALS: Final[Mapping[str, Callable[[_Place], Node]]] = {
    "true": lambda place: BooleanNode(*place, True),
    "false": lambda place: BooleanNode(*place, False),
    "null": lambda place: NullNode(*place),
}
