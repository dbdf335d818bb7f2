"""Loads the demo: a real organization and somebody to sign in as. Keeps what is there already."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings

from orgs import operations, organization_file
from orgs.management.operator_command import OperatorCommand, operator
from orgs.models import Account, Role

FILE = Path(__file__).resolve().parents[2] / "data" / "real_organization.json"
ACCOUNT = "justice-root"


class Command(OperatorCommand):
    help = "Load the demo organization; its sign-ins share one password"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--password",
            default=os.environ.get("ORGS_DEMO_PASSWORD"),
            required="ORGS_DEMO_PASSWORD" not in os.environ,
            help="of every demo sign-in; default: ORGS_DEMO_PASSWORD",
        )

    def run(self, **options: Any) -> None:
        sign_ins = {
            "admin": "administrator of the management account",
            "reader": "reader of the management account",
        }
        if not Account.objects.filter(name=ACCOUNT).exists():
            load(options["password"])
        facts = {"sign_ins": list(sign_ins), "password": options["password"]}
        lines = [f"  {name:<8} {what}" for name, what in sign_ins.items()]
        text = "\n".join(["Sign in as", *lines, f"with the password {options['password']}"])
        self.answer(facts, text=text, as_json=options["json"])


def load(password: str) -> None:
    """Make the management account, its users, and the organization under it."""
    actor = operator()
    made = operations.accounts.create_standalone_account(
        actor=actor, name=ACCOUNT, username="admin", password=password
    )
    operations.users.create_user(
        actor=actor,
        account_id=made.account.pk,
        username="reader",
        role=Role.READER,
        password=password,
    )
    plan = organization_file.read(FILE.read_bytes(), wide_tags=settings.TAG_CHARACTERS_WIDE)
    operations.organization_files.import_organization(
        actor=actor, plan=plan, management_account=ACCOUNT
    )
