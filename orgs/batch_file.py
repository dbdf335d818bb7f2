"""A batch as text: pasted lines or a CSV file → rows, every fault with its row and column.

Columns are parted by commas, semicolons or tabs, whichever comes first. A first line of column names may
stand at the top; without it the columns stand in their usual order. docs/batches.md says it for people.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from orgs import identifiers, names
from orgs.errors import InvalidFile, InvalidParameter, Reason

TEXT_LIMIT = 1024 * 1024  # bytes
CELL_LIMIT = 8_000  # characters
FAULTS_SHOWN = 100
SEPARATORS = ",;\t"
QUOTE = '"'
NO_CHARACTER = re.compile("[\x00\ud800-\udfff]")

CREATE = ("name", "email", "phone", "unit", "description", "tags")
INVITE = ("account", "notes", "unit", "tags")
# What people call the columns, beside their own names.
CALLED = {
    CREATE: {"account name": "name", "e-mail": "email", "path": "unit", "unit path": "unit"},
    INVITE: {
        "name": "account",
        "account name": "account",
        "id": "account",
        "account id": "account",
        "note": "notes",
        "path": "unit",
        "unit path": "unit",
    },
}
# The order in which an operation looks at what it is given; its first refusal is the first fault.
ORDER = {
    CREATE: ("name", "email", "phone", "description", "tags", "unit"),
    INVITE: ("tags", "notes", "unit", "account"),
}

Fault = tuple[str, str]  # place, sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row as it was typed, cell by cell, and what is wrong with it by itself, the gravest first."""

    number: int
    typed: Mapping[str, str]
    faults: Sequence[InvalidParameter] = field(default=())


def read(text: object, *, columns: Sequence[str], limit: int, wide_tags: bool = False) -> list[Row]:
    """The rows in a text, or in the bytes of a file. Empty lines are left out.

    Raises:
        InvalidParameter: it is no text, too long, empty, or has more than `limit` rows.
        InvalidFile: what is not to be read: every fault with its row and column; at most 100 are kept.
    """
    lines = list(_records(decoded(text)))
    known = tuple(columns)
    if lines and _is_head(lines[0][1], known):
        known = _head(lines.pop(0), known)
    if not lines:
        raise InvalidParameter(field="rows", reason=Reason.NONE_GIVEN)
    if len(lines) > limit:
        raise InvalidParameter(field="rows", reason=Reason.TOO_MANY, limit=limit)
    faults = [fault for number, cells in lines for fault in _unkeepable(number, cells, known)]
    if faults:
        raise InvalidFile(faults=faults[:FAULTS_SHOWN], count=len(faults))
    return [_row(number, cells, known, tuple(columns), wide_tags) for number, cells in lines]


def tag_pairs(text: str) -> list[tuple[str, str]]:
    """The tags of a cell, `key=value;key=value`; a key alone has an empty value."""
    pairs = (part.partition("=") for part in text.split(";") if part.strip())
    return [(key.strip(), value.strip()) for key, _equals, value in pairs]


def unit_key(path: Iterable[str] | str) -> str:
    """A path of units in the form in which paths compare, whatever spaces stand around the slashes."""
    text = path if isinstance(path, str) else "/".join(path)
    steps = (step.strip() for step in text.split("/"))
    return "/".join(names.name_key(step) for step in steps if step)


def decoded(text: object) -> str:
    """The text itself, or what the bytes of a file say.

    Raises:
        InvalidParameter: it is no text, or too long.
        InvalidFile: the bytes are not UTF-8.
    """
    if not isinstance(text, (str, bytes)):
        raise InvalidParameter(field="rows", reason=Reason.NOT_TEXT)
    size = len(text) if isinstance(text, bytes) else len(text.encode(errors="replace"))
    if size > TEXT_LIMIT:
        raise InvalidParameter(field="rows", reason=Reason.TOO_LARGE, limit=TEXT_LIMIT)
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        said = _("The file is not UTF-8; the first bad byte is number %(number)s.")
        raise InvalidFile(faults=[("", said % {"number": error.start + 1})]) from error


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line that has any, with the number of the line it begins in."""
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=_separator(text),
        skipinitialspace=True,
        strict=True,
    )
    began = 1
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield began, stripped
            began = reader.line_num + 1
    except csv.Error as error:
        said = _("From here on it cannot be read: a quotation mark is missing, or is one too many.")
        raise InvalidFile(faults=[(_place(began), said)]) from error


def _separator(text: str) -> str:
    """What parts the columns: the first of the separators that stands outside of quotes.

    The first column is a name or an id, which has none of them in it.
    """
    is_quoted = False
    for character in text:
        if character == QUOTE:
            is_quoted = not is_quoted
        elif character in SEPARATORS and not is_quoted:
            return character
    return SEPARATORS[0]


def _called(cell: str, columns: Sequence[str]) -> str:
    """The column that a cell of the first line names, or nothing."""
    said = cell.lower()
    return said if said in columns else CALLED[tuple(columns)].get(said, "")


def _is_head(cells: Sequence[str], columns: Sequence[str]) -> bool:
    return bool(_called(cells[0], columns))


def _head(line: tuple[int, list[str]], columns: Sequence[str]) -> tuple[str, ...]:
    """The columns in the order of the first line; empty cells of it at the end are left out."""
    number, cells = line
    while not cells[-1]:
        cells.pop()
    faults: list[Fault] = []
    found: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = _called(cell, columns)
        if not name:
            said = _("There is no column %(name)s; there are: %(known)s.")
            told = said % {"name": cell or "–", "known": ", ".join(columns)}
            faults.append((_place(number, str(place)), told))
        elif name in found:
            said = _("The column %(name)s stands here twice.") % {"name": name}
            faults.append((_place(number, str(place)), said))
        found.append(name)
    if columns[0] not in found:
        said = _("The column %(name)s is missing.") % {"name": columns[0]}
        faults.append((_place(number), said))
    if faults:
        raise InvalidFile(faults=faults[:FAULTS_SHOWN], count=len(faults))
    return tuple(found)


def _unkeepable(number: int, cells: Sequence[str], columns: Sequence[str]) -> Iterator[Fault]:
    """What no database keeps, and what is longer than any cell may be."""
    for place, cell in enumerate(cells):
        column = columns[place] if place < len(columns) else str(place + 1)
        if len(cell) > CELL_LIMIT:
            fault = InvalidParameter(field="", reason=Reason.TOO_LONG, limit=CELL_LIMIT)
            yield _place(number, column), fault.problem
        found = NO_CHARACTER.search(cell)
        if found:
            named = f"U+{ord(found[0]):04X}"
            fault = InvalidParameter(field="", reason=Reason.NO_CHARACTER, character=named)
            yield _place(number, column), fault.problem


def _row(
    number: int,
    cells: Sequence[str],
    known: Sequence[str],
    columns: tuple[str, ...],
    wide_tags: bool,
) -> Row:
    typed = dict.fromkeys(columns, "") | dict(zip(known, cells, strict=False))
    faults = []
    if any(cells[len(known) :]):
        faults.append(
            InvalidParameter(
                field="row", reason=Reason.TOO_MANY_CELLS, found=len(cells), limit=len(known)
            )
        )
    for column in ORDER[columns]:
        try:
            _check(column, typed[column], wide_tags)
        except InvalidParameter as fault:
            faults.append(fault)
    return Row(number=number, typed=typed, faults=tuple(faults))


def _check(column: str, cell: str, wide_tags: bool) -> None:
    """Refuse a cell that its rule refuses. Whether there is such a unit or account, others say."""
    if column == "tags":
        names.tags(tag_pairs(cell), wide=wide_tags)
    elif column == "account":
        if not identifiers.ACCOUNT.fits(cell):
            names.account_name(cell, field=column)
    elif column in _CHECKS and (cell or column == "name"):
        _CHECKS[column](cell)


_CHECKS: Mapping[str, Callable[[object], str]] = {
    "name": names.account_name,
    "email": names.email,
    "phone": names.phone,
    "description": names.description,
    "notes": names.notes,
}


def _place(number: int, column: str = "") -> str:
    if column:
        return _("Row %(number)s, column %(column)s") % {"number": number, "column": column}
    return _("Row %(number)s") % {"number": number}
