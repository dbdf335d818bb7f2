"""Brings a whole organization in from a file: all of it, or nothing."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from orgs import operations, organization_file
from orgs.management.operator_command import OperatorCommand, operator
from orgs.organization_file import Plan


class Command(OperatorCommand):
    help = "Import an organization from a file, under an account that stands alone"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path)
        parser.add_argument("--management-account", required=True, metavar="NAME")
        parser.add_argument("--dry-run", action="store_true", help="print the plan, write nothing")

    def run(self, **options: Any) -> None:
        try:
            text = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        plan = organization_file.read(text, wide_tags=settings.TAG_CHARACTERS_WIDE)
        actor, name = operator(), options["management_account"]
        facts = counts(plan) | {"dry_run": options["dry_run"]}
        if options["dry_run"]:
            account = operations.organization_files.find_management_account(actor, name)
            operations.organization_files.require_importable(plan, management_account=account)
            text = "\n".join([*plan_lines(plan), summary(plan), "Nothing was written."])
            self.answer(facts | {"plan": plan_facts(plan)}, text=text, as_json=options["json"])
            return
        organization = operations.organization_files.import_organization(
            actor=actor, plan=plan, management_account=name
        )
        facts["organization_id"] = organization.pk
        text = f"{summary(plan)}\nImported as {organization.pk}."
        self.answer(facts, text=text, as_json=options["json"])


def counts(plan: Plan) -> dict[str, Any]:
    """How much of each kind the file holds; accounts include the management account."""
    return {
        "name": plan.name,
        "units": len(plan.units),
        "accounts": len(plan.accounts) + 1,
        "policies": len(plan.policies),
        "policy_types": list(plan.enabled_policy_types),
        "tags": plan.tag_count,
        "trusted_services": len(plan.trusted_services),
        "delegated_administrators": len(plan.delegations),
    }


def plan_facts(plan: Plan) -> dict[str, Any]:
    """What would be made."""
    return {
        "units": [list(unit.path) for unit in plan.units],
        "accounts": [{"name": one.name, "unit": list(one.unit)} for one in plan.accounts],
        "policies": [{"name": one.name, "type": one.policy_type} for one in plan.policies],
    }


def plan_lines(plan: Plan) -> list[str]:
    """What would be made, a line each."""
    units = [f"+ unit     {' / '.join(unit.path)}" for unit in plan.units]
    accounts = [f"+ account  {' / '.join([*one.unit, one.name])}" for one in plan.accounts]
    policies = [f"+ policy   {policy.name} ({policy.policy_type})" for policy in plan.policies]
    services = [f"+ service  {principal}" for principal in plan.trusted_services]
    delegated = [f"+ delegate {one.account} for {one.service}" for one in plan.delegations]
    return units + accounts + policies + services + delegated


def summary(plan: Plan) -> str:
    """The counts in a sentence."""
    return (
        f"{len(plan.units)} units, {len(plan.accounts) + 1} accounts,"
        f" {len(plan.policies)} policies, {plan.tag_count} tags,"
        f" {len(plan.trusted_services)} trusted services,"
        f" {len(plan.delegations)} delegations."
    )
