"""Seals every secret under the newest key of the ring."""

import sys
from typing import Any

from orgs import operations
from orgs.management.operator_command import OperatorCommand, operator


class Command(OperatorCommand):
    help = "Seal every secret under the newest key of ORGS_KEY_RING; status 1 when one cannot be opened"

    def run(self, **options: Any) -> None:
        rotation = operations.key_ring.rotate_secrets(actor=operator())
        census = rotation.census
        facts = {
            "resealed": rotation.resealed,
            "complete": rotation.is_complete,
            "keys": [
                {"key": key.fingerprint, "newest": key.is_newest, "secrets": key.total}
                for key in census.keys
            ],
            "unreadable": census.unreadable,
        }
        lines = [f"{name}: {count} sealed anew" for name, count in rotation.resealed.items()]
        for key in census.keys:
            newest = ", the newest" if key.is_newest else ""
            lines.append(f"key {key.fingerprint}{newest}: {key.total} secrets")
        if census.unreadable:
            owners = ", ".join(census.unreadable_owners)
            lines.append(f"no key of the ring opens {census.unreadable} secrets: {owners}")
        elif census.under_old_keys:
            lines.append("Secrets were added under an older key meanwhile: run this once more.")
        else:
            lines.append("Only the newest key is in use; the others can be taken out of the ring.")
        self.answer(facts, text="\n".join(lines), as_json=options["json"])
        if not rotation.is_complete:
            sys.exit(1)
