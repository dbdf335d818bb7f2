"""Wildcards: `*` stands for any run of characters, `?` for exactly one.

A pattern is cut at its stars into chunks. Two pointers walk, one over the chunks
and one over the value: each chunk takes the first place where it fits and is
never moved again, since an earlier place leaves the most room for the rest. So
there is nothing to go back to, and no pattern is slow.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self

STAR: Final = "*"
GAP: Final = "?"


@dataclass(frozen=True, slots=True)
class Chunk:
    """What stands between two stars: characters, and gaps that any one fills.

    `literal` is the text of a chunk without gaps. For one with gaps, `admits`
    gives for a character the bits of the positions where it may stand, and
    `gaps` those of any other character.
    """

    length: int
    runs: tuple[tuple[int, str], ...]
    literal: str | None
    admits: Mapping[str, int]
    gaps: int

    @classmethod
    def of(cls, characters: list[str | None]) -> Self:
        """Make a chunk; `None` is a gap."""
        gaps = _gap_bits(characters)
        return cls(
            length=len(characters),
            runs=tuple(_runs(characters)),
            literal=None if gaps else "".join(filter(None, characters)),
            admits=_admitted_places(characters, gaps) if gaps else {},
            gaps=gaps,
        )

    def fits(self, value: str, place: int) -> bool:
        """Whether the chunk fits at a place that has room for it."""
        return all(value.startswith(run, place + offset) for offset, run in self.runs)

    def find(self, value: str, start: int, end: int) -> int:
        """Return the first place in `value[start:end]` where the chunk fits, else -1."""
        if self.literal is not None:
            return value.find(self.literal, start, end)
        return self._find_with_gaps(value, start, end)

    def _find_with_gaps(self, value: str, start: int, end: int) -> int:
        """Follow all attempts at once, one bit each, so that gaps cost no retries."""
        complete = 1 << (self.length - 1)
        attempts = 0
        for place in range(start, end):
            attempts = (attempts << 1 | 1) & self.admits.get(value[place], self.gaps)
            if attempts & complete:
                return place + 1 - self.length
        return -1


@dataclass(frozen=True, slots=True)
class Glob:
    """A compiled pattern: the chunks between its stars."""

    chunks: tuple[Chunk, ...]

    @classmethod
    def of(cls, parts: Iterable[tuple[str, str]]) -> Self:
        """Compile `(text, wildcards)` pairs; `wildcards` holds the live ones of that text."""
        chunks: list[list[str | None]] = [[]]
        for text, wildcards in parts:
            for character in text:
                if character not in wildcards:
                    chunks[-1].append(character)
                elif character == GAP:
                    chunks[-1].append(None)
                else:
                    chunks.append([])
        first, last = chunks[:1], chunks[1:][-1:]
        between = [chunk for chunk in chunks[1:-1] if chunk]
        return cls(tuple(Chunk.of(chunk) for chunk in (*first, *between, *last)))

    def matches(self, value: str) -> bool:
        """Whether the pattern describes the whole value."""
        head = self.chunks[0]
        if len(self.chunks) == 1:
            return len(value) == head.length and head.fits(value, 0)
        tail = self.chunks[-1]
        start, end = head.length, len(value) - tail.length
        if start > end or not head.fits(value, 0) or not tail.fits(value, end):
            return False
        for chunk in self.chunks[1:-1]:
            place = chunk.find(value, start, end)
            if place < 0:
                return False
            start = place + chunk.length
        return True


def compile_glob(pattern: str, *, wildcards: str = STAR + GAP) -> Glob:
    """Compile a pattern in which only `wildcards` are special."""
    return Glob.of([(pattern, wildcards)])


def _runs(characters: list[str | None]) -> Iterable[tuple[int, str]]:
    """Yield the stretches without a gap, each with its offset."""
    run = ""
    for offset, character in enumerate([*characters, None]):
        if character is not None:
            run += character
        elif run:
            yield offset - len(run), run
            run = ""


def _gap_bits(characters: list[str | None]) -> int:
    return sum(1 << place for place, character in enumerate(characters) if character is None)


def _admitted_places(characters: list[str | None], gaps: int) -> Mapping[str, int]:
    admits = {character: gaps for character in characters if character is not None}
    for place, character in enumerate(characters):
        if character is not None:
            admits[character] |= 1 << place
    return admits
