"""Makes a stand-alone account, its administrator and, if asked for, its access key."""

from argparse import ArgumentParser
from typing import Any

from orgs import operations
from orgs.management.operator_command import OperatorCommand, operator


class Command(OperatorCommand):
    help = "Make a stand-alone account and its administrator"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", help="6 to 64 letters, digits, _ and -, a letter first")
        parser.add_argument("--email")
        parser.add_argument("--phone")
        parser.add_argument("--username", default="", help="of the administrator; default: NAME")
        parser.add_argument("--password", help="for the console; at least 12 characters")
        parser.add_argument("--access-key", action="store_true", help="make and print a key")

    def run(self, **options: Any) -> None:
        made = operations.accounts.create_standalone_account(
            actor=operator(),
            name=options["name"],
            email=options["email"],
            phone=options["phone"],
            username=options["username"],
            password=options["password"],
            with_access_key=options["access_key"],
        )
        facts = {
            "account_id": made.account.pk,
            "account_name": made.account.name,
            "username": made.administrator.user.username,
            "access_key": made.administrator.access_key,
            "secret_key": made.administrator.secret_key,
        }
        lines = [f"{key}: {value}" for key, value in facts.items() if value is not None]
        self.answer(facts, text="\n".join(lines), as_json=options["json"])
