"""What htmx says in a request, and what it is told to do in the answer."""

import json

from tests.console.conftest import HTMX

DIALOG = HTMX | {"HX-Target": "dialog"}


def targeting(name: str) -> dict[str, str]:
    return HTMX | {"HX-Target": name}


def triggered(response) -> dict[str, object]:
    """The events that an answer triggers, whenever."""
    names = ("HX-Trigger", "HX-Trigger-After-Settle")
    return {
        event: detail
        for name in names
        for event, detail in json.loads(response.headers.get(name, "{}")).items()
    }
