"""Faults: what is wrong with a text, and where.

A fault is data. Its `code` is stable and belongs to the contract, its `facts`
fill the sentence that `sentences` keeps for it. `Findings` gathers the faults
of one text while the grammar walks through it.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from orgs.policy.sentences import say
from orgs.policy.text import Node, line_starts


class Severity(StrEnum):
    """How grave a fault is.

    An error refuses the text. A warning is one the contract names. A lint is our
    own advice about a text that is valid.
    """

    ERROR = "error"
    WARNING = "warning"
    LINT = "lint"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend, with its place in the text.

    `path` is a JSON pointer. `line` and `column` count from 1, the column in
    characters (code points). `wording` chooses among the sentences of a code.
    """

    severity: Severity
    code: str
    path: str
    line: int
    column: int
    wording: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        """Return what is wrong and how to mend it, in one or two sentences."""
        return say(self.code, self.facts, wording=self.wording, translate=translate)


@dataclass(frozen=True, slots=True)
class Reading[Document]:
    """What came out of reading a text.

    `document` is the checked document, and there is none when there are faults.
    `draft` is what could be understood in spite of them; a part that could not
    be understood matches nothing. It serves texts that were stored before a rule
    became stricter, never new ones. It is missing when the text is not JSON.
    """

    draft: Document | None
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    lints: tuple[Fault, ...]

    @property
    def is_valid(self) -> bool:
        """Whether the text may be stored."""
        return not self.faults

    @property
    def document(self) -> Document | None:
        """The checked document, or nothing when there are faults."""
        return self.draft if self.is_valid else None


class Findings:
    """The faults of one text, gathered while it is read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._line_starts: list[int] = []
        self._faults: list[tuple[int, Fault]] = []
        self._errors: Counter[str] = Counter()
        self._pointers: dict[Node, str] = {}  # of what has parts with faults

    def error(self, node: Node, code: str, wording: str = "", **facts: object) -> None:
        """Note a fault of a value, at the value."""
        self.note(Severity.ERROR, node.offset, self._pointer_of(node), code, wording, **facts)

    def error_at_name(self, node: Node, code: str, wording: str = "", **facts: object) -> None:
        """Note a fault of a member, at its name."""
        self.note(Severity.ERROR, node.name_offset, self._pointer_of(node), code, wording, **facts)

    def missing(self, node: Node, name: str) -> None:
        """Note that an object lacks the element `name`, at the object."""
        path = f"{self._pointer_of(node)}/{name}"
        self.note(Severity.ERROR, node.offset, path, "missing_element", name=name)

    def warning(self, node: Node, code: str, wording: str = "", **facts: object) -> None:
        """Note something the contract warns of, at the member's name."""
        self.note(
            Severity.WARNING, node.name_offset, self._pointer_of(node), code, wording, **facts
        )

    def lint(self, node: Node, code: str, wording: str = "", **facts: object) -> None:
        """Note advice about a valid text, at the member's name."""
        self.note(Severity.LINT, node.name_offset, self._pointer_of(node), code, wording, **facts)

    def note(
        self,
        severity: Severity,
        offset: int,
        path: str,
        code: str,
        wording: str = "",
        **facts: object,
    ) -> None:
        """Note a fault at a character of the text."""
        line, column = self._line_and_column(offset)
        fault = Fault(severity, code, path, line, column, wording, facts)
        self._faults.append((offset, fault))
        if severity is Severity.ERROR:
            self._errors[code] += 1

    def count_errors_except(self, code: str) -> int:
        """Count the errors so far, those of one code left out."""
        return self._errors.total() - self._errors[code]

    def of(self, severity: Severity) -> tuple[Fault, ...]:
        """Return the faults of one severity, in the order of the text."""
        placed = [entry for entry in self._faults if entry[1].severity == severity]
        return tuple(fault for _offset, fault in sorted(placed, key=lambda entry: entry[0]))

    def line_of(self, node: Node) -> int:
        """Return the line of the text in which a value begins, from 1."""
        return self._line_and_column(node.offset)[0]

    def reading[Document](self, draft: Document | None) -> Reading[Document]:
        """Return the result: the document beside everything that was noted."""
        return Reading(
            draft=draft,
            faults=self.of(Severity.ERROR),
            warnings=self.of(Severity.WARNING),
            lints=self.of(Severity.LINT),
        )

    def _pointer_of(self, node: Node) -> str:
        # A long list may be wrong in each of its items: the way to the list is put together once.
        if node.parent is None:
            return ""
        if node.parent not in self._pointers:
            self._pointers[node.parent] = node.parent.pointer
        return node.pointer_within(self._pointers[node.parent])

    def _line_and_column(self, offset: int) -> tuple[int, int]:
        if not self._line_starts:
            self._line_starts = line_starts(self._text)
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1
