"""Refusals that are written down, to be read later."""

from typing import Any

from orgs.errors.families import OrgsError
from orgs.errors.fields import InvalidParameter, Reason


def kept(refusal: OrgsError) -> dict[str, Any]:
    """A refusal as a row keeps it: its name and its facts, from which `said_again` makes it anew."""
    facts = {
        name: value if isinstance(value, int) else str(value)
        for name, value in refusal.facts.items()
    }
    return {"name": type(refusal).__name__, "facts": facts}


def said_again(kept_refusal: dict[str, Any]) -> OrgsError:
    """The refusal that `kept` wrote, with its sentence in the language of who reads it now."""
    kind = OrgsError.by_name[kept_refusal["name"]]
    facts = dict(kept_refusal["facts"])
    if issubclass(kind, InvalidParameter):
        facts["reason"] = Reason(facts["reason"])
    return kind(**facts)
