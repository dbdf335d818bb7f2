"""What is known about a request: keys and their values."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

type Scalar = str | bool | int | float
type ContextValue = Scalar | Sequence[Scalar | None] | None
type Known = str | tuple[str, ...] | None


class Context:
    """The keys of one request, found by exact name first, then without regard to case.

    A value is text, a list of texts, or nothing: an absent key, null and an empty
    list are all missing.
    """

    __slots__ = ("_by_folded_name", "_by_name")

    def __init__(self, values: Mapping[str, ContextValue]) -> None:
        self._by_name = values
        self._by_folded_name: dict[str, ContextValue] | None = None

    def find(self, key: str) -> Known:
        """Return what is known under a key; nothing when it is missing."""
        if key in self._by_name:
            return _known(self._by_name[key])
        # Most keys are spelt as they come, so the second look-up is made when needed.
        if self._by_folded_name is None:
            self._by_folded_name = _folded(self._by_name)
        return _known(self._by_folded_name.get(key.lower()))


NOTHING_KNOWN: Final = Context({})


def text_of(value: Scalar) -> str:
    """Return a number or boolean as JSON would write it, a text as it is."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    # `str` refuses integers of more than 4,300 digits; `Decimal` writes them all.
    return str(Decimal(value)) if isinstance(value, int) else str(value)


def _folded(values: Mapping[str, ContextValue]) -> dict[str, ContextValue]:
    """Return the values by name in lower case; of two spellings, the first."""
    folded: dict[str, ContextValue] = {}
    for name, value in values.items():
        folded.setdefault(name.lower(), value)
    return folded


def _known(value: ContextValue) -> Known:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | int | float) or not isinstance(value, Sequence):
        return text_of(value)
    return tuple(text_of(item) for item in value if item is not None) or None
