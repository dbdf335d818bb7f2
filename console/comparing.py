"""Two texts side by side: which lines went, which came, and which stayed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

LINES_AROUND = 3  # that stayed, beside those that changed


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """A line of either text: gone, come or kept; its numbers count from 1, 0 is none."""

    kind: str
    before: int
    after: int
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What lies between two texts; parts that stayed are left out but for their edges."""

    hunks: Sequence[Sequence[ComparedLine]]

    @property
    def is_same(self) -> bool:
        """Whether both say the same in the same lines."""
        return not self.hunks

    @property
    def came(self) -> int:
        """How many lines came."""
        return sum(line.kind == "come" for hunk in self.hunks for line in hunk)

    @property
    def went(self) -> int:
        """How many lines went."""
        return sum(line.kind == "gone" for hunk in self.hunks for line in hunk)


def compare(before: str, after: str) -> Comparison:
    """What lies between two texts, line by line."""
    # Lines as editors count them: str.splitlines would cut at characters that no editor takes for an end.
    old, new = before.split("\n"), after.split("\n")
    matcher = SequenceMatcher(None, old, new)
    return Comparison(
        [
            [line for step in group for line in _lines(step, old, new)]
            for group in matcher.get_grouped_opcodes(LINES_AROUND)
        ]
    )


def _lines(
    step: tuple[str, int, int, int, int], old: Sequence[str], new: Sequence[str]
) -> Iterator[ComparedLine]:
    kind, old_start, old_end, new_start, new_end = step
    if kind == "equal":
        for place in range(old_end - old_start):
            at = old_start + place
            yield ComparedLine("kept", at + 1, new_start + place + 1, old[at])
        return
    for at in range(old_start, old_end):
        yield ComparedLine("gone", at + 1, 0, old[at])
    for at in range(new_start, new_end):
        yield ComparedLine("come", 0, at + 1, new[at])
