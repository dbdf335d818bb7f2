"""Text with policy variables: `${key}`, `${key, 'default'}`, `${*}`.

A variable is replaced once, and what arrives through it is literal: a `*` in a
user's name is no wildcard.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from orgs.policy.context import NOTHING_KNOWN, Context
from orgs.policy.matching import GAP, STAR, Glob

OPENING: Final = "${"
LITERAL_NAMES: Final = ("*", "?", "$")
# A key may hold nearly anything after `g:RequestTag/`, but these would start
# or end another part of the variable.
FORBIDDEN_IN_KEY: Final = "${}'"


class MalformedVariable(ValueError):
    """A `${` that is not a variable; `offset` is where it stands."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Plain:
    """Ordinary text; wildcards in it are alive where the place allows them."""

    text: str


@dataclass(frozen=True, slots=True)
class Exact:
    """Text without wildcards, from `${*}` and its like."""

    text: str


@dataclass(frozen=True, slots=True)
class Variable:
    """What the context puts in."""

    key: str
    default: str | None = None

    def resolve(self, context: Context) -> str | None:
        """Return the replacement; nothing when there is none."""
        value = context.find(self.key)
        return value if isinstance(value, str) else self.default


type Piece = Plain | Exact | Variable


@dataclass(frozen=True)
class Template:
    """A text with its variables found. Without slots, for the cached glob's sake."""

    pieces: tuple[Piece, ...]

    @property
    def is_constant(self) -> bool:
        """Whether it says the same in every context."""
        return not any(isinstance(piece, Variable) for piece in self.pieces)

    @property
    def keys(self) -> frozenset[str]:
        """The keys that its variables ask for, in lower case."""
        return frozenset(piece.key.lower() for piece in self.pieces if isinstance(piece, Variable))

    def parts(self, context: Context) -> list[tuple[str, str]] | None:
        """Return `(text, live wildcards)` pairs; nothing when a variable fails."""
        parts: list[tuple[str, str]] = []
        for piece in self.pieces:
            text = piece.resolve(context) if isinstance(piece, Variable) else piece.text
            if text is None:
                return None
            parts.append((text, STAR + GAP if isinstance(piece, Plain) else ""))
        return parts

    def text(self, context: Context) -> str | None:
        """Return the text with its variables replaced; nothing when one fails."""
        parts = self.parts(context)
        return None if parts is None else "".join(text for text, _wildcards in parts)

    def glob(self, context: Context) -> Glob | None:
        """Return the compiled pattern; nothing when a variable fails."""
        if self.is_constant:
            return self._constant_glob
        parts = self.parts(context)
        return None if parts is None else Glob.of(parts)

    @cached_property
    def _constant_glob(self) -> Glob:
        return Glob.of(self.parts(NOTHING_KNOWN) or ())


def read_template(text: str) -> Template:
    """Find the variables of a text.

    Raises:
        MalformedVariable: a `${` does not begin a variable.
    """
    return Template(tuple(_pieces(text)))


def broken_template() -> Template:
    """Return a template that always fails, in place of a malformed one."""
    return Template((Variable("\0"),))


def plain_text(template: Template) -> str | None:
    """Return the text of a template without variables; nothing for one with variables."""
    if not all(isinstance(piece, Plain) for piece in template.pieces):
        return None
    return template.text(NOTHING_KNOWN)


def split_template(template: Template, separator: str, splits: int) -> list[Template]:
    """Split at the first few separators outside variables."""
    segments: list[list[Piece]] = [[]]
    for piece in template.pieces:
        if not isinstance(piece, Plain):
            segments[-1].append(piece)
            continue
        first, *others = piece.text.split(separator, splits + 1 - len(segments))
        segments[-1].extend(_plain(first))
        segments.extend(_plain(text) for text in others)
    return [Template(tuple(pieces)) for pieces in segments]


def _plain(text: str) -> list[Piece]:
    return [Plain(text)] if text else []


def _pieces(text: str) -> Iterator[Piece]:
    at = 0
    while (start := text.find(OPENING, at)) >= 0:
        yield from _plain(text[at:start])
        piece, at = _read_variable(text, start)
        yield piece
    yield from _plain(text[at:])


def _read_variable(text: str, start: int) -> tuple[Piece, int]:
    """Read the variable that begins at `start`; return it and where it ends."""
    key_end = _first_of(",}", text, start + len(OPENING))
    if key_end < 0:
        raise MalformedVariable(start)
    key = text[start + len(OPENING) : key_end].strip()
    if text[key_end] == "}" and key in LITERAL_NAMES:
        return Exact(key), key_end + 1
    if not _is_key(key):
        raise MalformedVariable(start)
    if text[key_end] == "}":
        return Variable(key), key_end + 1
    default, end = _read_default(text, start, key_end + 1)
    return Variable(key, default), end


def _read_default(text: str, start: int, at: int) -> tuple[str, int]:
    """Read `'default'}`; two quotes inside it stand for one."""
    opening = _skip_blanks(text, at)
    if text[opening : opening + 1] != "'":
        raise MalformedVariable(start)
    parts: list[str] = []
    at = opening + 1
    while (quote := text.find("'", at)) >= 0:
        parts.append(text[at:quote])
        if text[quote + 1 : quote + 2] != "'":
            return "".join(parts), _read_closing(text, start, quote + 1)
        parts.append("'")
        at = quote + 2
    raise MalformedVariable(start)


def _read_closing(text: str, start: int, at: int) -> int:
    closing = _skip_blanks(text, at)
    if text[closing : closing + 1] != "}":
        raise MalformedVariable(start)
    return closing + 1


def _skip_blanks(text: str, at: int) -> int:
    while text[at : at + 1].isspace():
        at += 1
    return at


def _first_of(characters: Iterable[str], text: str, start: int) -> int:
    places = [text.find(character, start) for character in characters]
    return min((place for place in places if place >= 0), default=-1)


def _is_key(key: str) -> bool:
    return bool(key) and not any(
        character.isspace() or character in FORBIDDEN_IN_KEY for character in key
    )
