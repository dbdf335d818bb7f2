"""Puts a backup in the place of the database, and says whether what came back is whole."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from orgs import operations
from orgs.management import backups
from orgs.management.operator_command import OperatorCommand, operator
from orgs.models import Event
from orgs.queries import integrity
from orgs.queries.key_ring import count_secrets


class Command(OperatorCommand):
    help = "Restore a backup; then check integrity, event chains and secrets; status 1 when one is broken"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--replace",
            action="store_true",
            help="also where the database holds something; that is lost",
        )
        parser.add_argument(
            "--without-keys",
            action="store_true",
            help="also where the key ring lacks keys that the backup's secrets are sealed under",
        )

    def run(self, **options: Any) -> None:
        path: Path = options["file"]
        manifest = backups.read_manifest(path)
        backups.require_fit(manifest, without_keys=options["without_keys"])
        if not options["replace"] and not backups.is_empty():
            raise CommandError("The database is not empty. With --replace what it holds is lost.")
        connection.close()
        backups.put_back(path)
        connection.close()
        # What this version has added since, and the triggers.
        call_command("migrate", verbosity=0, interactive=False, stdout=self.stderr)
        settled = operations.restorations.settle_restoration(actor=operator())
        self._report(manifest, settled, as_json=options["json"])

    def _report(
        self,
        manifest: backups.Manifest,
        settled: operations.restorations.Settled,
        *,
        as_json: bool,
    ) -> None:
        broken = {
            invariant.name: invariant.problems
            for invariant in integrity.check_integrity()
            if not invariant.holds
        }
        chains = list(integrity.broken_chains())
        census = count_secrets()
        facts = {
            "made_at": manifest.made_at,
            "holds": not broken and not chains and not census.unreadable,
            "broken_invariants": broken,
            "broken_chains": chains,
            "events": Event.objects.count(),
            "secrets": census.total,
            "unreadable_secrets": census.unreadable,
            "sessions_ended": settled.sessions,
            "jobs_handed_out_again": settled.jobs,
        }
        lines = [
            f"restored as of {manifest.made_at}: {facts['events']} events",
            *(f"FAIL {name}: {'; '.join(problems)}" for name, problems in broken.items()),
            *(f"FAIL {problem}" for problem in chains),
        ]
        if census.unreadable:
            lines.append(
                f"FAIL no key of the ring opens {census.unreadable} of {census.total} secrets"
            )
        if facts["holds"]:
            lines.append(
                f"every invariant holds, every chain is whole, {census.total} secrets open"
            )
        lines.append(f"{settled.sessions} sessions ended, {settled.jobs} jobs are handed out again")
        self.answer(facts, text="\n".join(lines), as_json=as_json)
        if not facts["holds"]:
            sys.exit(1)
