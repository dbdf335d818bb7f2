"""Verifies the hash chain of every event log."""

import sys
from typing import Any

from orgs.management.operator_command import OperatorCommand
from orgs.models import Event
from orgs.queries import integrity


class Command(OperatorCommand):
    help = "Verify that no event was altered, removed or added; status 1 when one was"

    def run(self, **options: Any) -> None:
        problems = list(integrity.broken_chains())
        facts = {"holds": not problems, "events": Event.objects.count(), "problems": problems}
        text = (
            "\n".join(problems) if problems else f"{facts['events']} events, every chain is whole."
        )
        self.answer(facts, text=text, as_json=options["json"])
        if problems:
            sys.exit(1)
