"""Checks every invariant; repairs what follows from something else if asked to."""

import sys
from argparse import ArgumentParser
from typing import Any

from orgs import operations
from orgs.management.operator_command import OperatorCommand, operator
from orgs.queries import integrity, policy_integrity


class Command(OperatorCommand):
    help = "Check invariants I1 to I15; status 1 when one fails"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--repair",
            action="store_true",
            help="compute tree numbers anew, the parents are right; and effective tag policies",
        )

    def run(self, **options: Any) -> None:
        repaired = {}
        merged = {}
        if options["repair"]:
            for organization_id in integrity.misnumbered_organizations():
                repaired[organization_id] = operations.integrity.repair_tree(
                    actor=operator(), organization_id=organization_id
                )
            for organization_id in policy_integrity.organizations_wrongly_merged():
                merged[organization_id] = operations.effective_tag_policies.repair_tag_policies(
                    actor=operator(), organization_id=organization_id
                )
        checked = integrity.check_integrity()
        facts = {
            "holds": all(invariant.holds for invariant in checked),
            "repaired": repaired,
            "repaired_tag_policies": merged,
            "invariants": [
                {
                    "invariant": invariant.name,
                    "claim": invariant.claim,
                    "holds": invariant.holds,
                    "problems": invariant.problems,
                }
                for invariant in checked
            ],
        }
        lines = [f"repaired {count} units of {where}" for where, count in repaired.items()]
        lines += [
            f"stored {count} effective tag policies of {where} anew"
            for where, count in merged.items()
        ]
        for invariant in checked:
            lines.append(
                f"{'ok  ' if invariant.holds else 'FAIL'} {invariant.name:<4} {invariant.claim}"
            )
            lines += [f"          {problem}" for problem in invariant.problems]
        self.answer(facts, text="\n".join(lines), as_json=options["json"])
        if not facts["holds"]:
            sys.exit(1)
