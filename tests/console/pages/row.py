"""A page: what is asked of it, and what several of them are sent."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.console.conftest import Company

Ids = Callable[[Company], list[str]]
Query = dict[str, str | list[str]]


def nothing(_company: Company) -> list[str]:
    return []


@dataclass(frozen=True)
class Row:
    """A page. `{text}` in an address or in a form stands for what somebody typed in."""

    who: str | None = "administrator"
    ids: Ids = nothing
    at: str = ""  # what follows the path
    targets: tuple[str, ...] = ()  # the ids of elements that take a fragment of it
    asked: tuple[Query, ...] = ()
    sent: tuple[Query, ...] = ()
    shows: bool = True  # a page for a browser: neither a file nor a form that leads on
    tells: bool = True  # its fragments show something that somebody has typed in
    also: tuple["Row", ...] = field(default=())  # the same page for somebody or something else

    def every(self) -> Iterator["Row"]:
        yield self
        yield from self.also


DIALOG = ("dialog",)
TYPED_NAME: tuple[Query, ...] = ({"name": "{text}"}, {"name": "{text}" * 9})
TYPED_TAGS: tuple[Query, ...] = (
    {
        "key": ["{text}", "{text}"],
        "value": ["{text}"],
        "was_key": ["{text}"],
        "was_value": ["{text}"],
        "more": "1",
    },
    {"key": ["{text} {text}" * 5], "value": ["{text}" * 9], "was_key": [""], "was_value": [""]},
)
PICKER: tuple[Query, ...] = (
    {"destination_parent_id": "{text}"},
    {"at": "{text}"},
)
