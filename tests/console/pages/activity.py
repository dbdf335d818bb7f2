"""The trail of events, and the reference of the API."""

from tests.console.pages.ids import of_event, of_refused_calls
from tests.console.pages.row import Row

PAGES: dict[str, Row] = {
    "activity": Row(
        targets=("events", "older"),
        asked=(
            {"person": "{text}"},
            {"entity": "{text}"},
            {"person": "{text}", "entity": "{text}", "kind": "createOrganization"},
            {"kind": "{text}"},
            {"since": "{text}", "until": "{text}", "before": "{text}"},
            {"account": "{text}", "request": "{text}"},
            {"below": "{text}{text}{text}"},  # longer than any id, whatever the text
        ),
        also=(Row(who="member_user"), Row(who="inside")),
    ),
    "activity_csv": Row(shows=False),
    "activity_json": Row(shows=False),
    "verify_events": Row(),
    "event": Row(ids=of_event, also=(Row(ids=of_event, who="reader"),)),
    "refused_calls": Row(
        ids=of_refused_calls,
        asked=({"before": "9999999"}, {"before": "{text}"}),
        also=(Row(who="member_user"),),
    ),
    "reads": Row(),
    "api_reference": Row(
        tells=False,
        targets=("reference",),
        asked=({"name": "{text}"}, {"operation": "{text}"}, {"operation": "authorize_batch"}),
        also=(Row(who="member_user"), Row(who="alone")),
    ),
}
