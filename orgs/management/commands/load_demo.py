"""Loads the demo: a real organization, what goes on in it, and people to sign in as. Keeps what is there."""

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from orgs import operations, organization_file
from orgs.actor import Actor
from orgs.management.demo import (
    DELEGATED_ACCOUNT,
    DEMO_FILE,
    GRANTEE_ACCOUNT,
    MANAGEMENT_ACCOUNT,
    MEMBER_ACCOUNT,
    SIGN_INS,
    STANDALONE_ACCOUNT,
)
from orgs.management.demo_scenes import add_missing_scenes
from orgs.management.operator_command import OperatorCommand, operator
from orgs.models import Account, Role, User


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
        password = options["password"]
        if not Account.objects.filter(name=MANAGEMENT_ACCOUNT).exists():
            load(password)
        add_missing_sign_ins(operator(), password)
        add_missing_scenes()
        facts = {"sign_ins": [one.username for one in SIGN_INS], "password": password}
        lines = [f"  {one.username:<8} {one.what}" for one in SIGN_INS]
        text = "\n".join(["Sign in as", *lines, f"with the password {password}"])
        self.answer(facts, text=text, as_json=options["json"])


def load(password: str) -> None:
    """Make the management account with its administrator, and the organization under it."""
    actor = operator()
    operations.accounts.create_standalone_account(
        actor=actor, name=MANAGEMENT_ACCOUNT, username="admin", password=password
    )
    plan = organization_file.read(DEMO_FILE.read_bytes(), wide_tags=settings.TAG_CHARACTERS_WIDE)
    operations.organization_files.import_organization(
        actor=actor, plan=plan, management_account=MANAGEMENT_ACCOUNT
    )


def add_missing_sign_ins(actor: Actor, password: str) -> None:
    """Make the users that are not there: all of them at first, later those that an older demo lacks."""
    there = set(User.objects.values_list("username", flat=True))
    if "reader" not in there:
        add_user(actor, MANAGEMENT_ACCOUNT, "reader", Role.READER, password)
    if "member" not in there:
        add_user(actor, MEMBER_ACCOUNT, "member", Role.ADMINISTRATOR, password)
    if "keeper" not in there:
        add_user(actor, GRANTEE_ACCOUNT, "keeper", Role.ADMINISTRATOR, password)
    if "security" not in there:
        add_user(actor, DELEGATED_ACCOUNT, "security", Role.ADMINISTRATOR, password)
    if "founder" not in there:
        operations.accounts.create_standalone_account(
            actor=actor, name=STANDALONE_ACCOUNT, username="founder", password=password
        )
    if "operator" not in there:
        operations.users.create_operator(actor=actor, username="operator", password=password)


def add_user(actor: Actor, account_name: str, username: str, role: Role, password: str) -> None:
    """Make a user of an account that the demo's organization has."""
    account = Account.objects.get(name=account_name)
    operations.users.create_user(
        actor=actor, account_id=account.pk, username=username, role=role, password=password
    )
