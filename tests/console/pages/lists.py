"""Lists that tests make short."""

from collections.abc import Sequence
from typing import Any

from orgs import queries
from orgs.queries.structure import nodes, trees
from orgs.statements import Statement

# What tests make so short that every list has a next part.
LISTS = (
    queries.accounts,
    queries.attachable,
    queries.batches,
    queries.comings_and_goings,
    queries.dry_runs,
    queries.events,
    queries.policy_list,
    queries.service_catalogue,
    queries.received_invitations,
    queries.recorded_calls,
    nodes,
    trees,
    queries.subscriptions,
    queries.tag_compliance,
    queries.tag_keys,
    queries.targets,
)


def shorten_lists(monkeypatch, part: int) -> None:
    """Show so few rows at a time. Statements that were put together for longer parts are left alone."""
    for lists in LISTS:
        monkeypatch.setattr(lists, "PART", part)
    run, short = Statement.__call__, dict[Statement, Statement]()

    def run_short(self: Statement, **given: Any) -> list[Sequence[Any]]:
        if self not in short:
            short[self] = Statement(self._write)
        return run(short[self], **given)

    monkeypatch.setattr(Statement, "__call__", run_short)
