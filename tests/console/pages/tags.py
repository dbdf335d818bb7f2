"""Tags in use, and what breaks tag policies."""

from tests.console.pages.ids import judged
from tests.console.pages.row import Row

PAGES: dict[str, Row] = {
    "tags": Row(
        ids=judged,
        targets=("tags-list", "more"),
        asked=({"search": "{text}"}, {"kind": "{text}"}, {"after": "{text}"}),
        also=(Row(who="reader"), Row(ids=judged, at="?search=nothing-has-it")),
    ),
    "tag_values": Row(
        ids=judged,
        at="?key=owner",
        asked=({"key": "{text}"}, {"key": "{text}", "search": "{text}", "after": "{text}"}),
    ),
    "tag_carriers": Row(
        ids=judged,
        at="?key=owner&kind=account",
        asked=({"key": "{text}"}, {"key": "{text}", "value": "{text}", "kind": "{text}"}),
    ),
    "tag_compliance": Row(
        ids=judged,
        asked=({"kind": "{text}", "show": "{text}"}, {"after": "{text}"}),
        also=(Row(ids=judged, at="?show=all&kind=unit"),),
    ),
}
