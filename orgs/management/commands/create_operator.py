"""Makes an operator of the installation."""

from argparse import ArgumentParser
from typing import Any

from orgs import identifiers, operations
from orgs.management.operator_command import OperatorCommand, operator


class Command(OperatorCommand):
    help = "Make an operator, who signs in to the operator's site; a random password is shown this once"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("username")
        parser.add_argument("--password", help="at least 12 characters; default: a random one")

    def run(self, **options: Any) -> None:
        given = options["password"]
        password = identifiers.new_password() if given is None else given
        made = operations.users.create_operator(
            actor=operator(), username=options["username"], password=password
        )
        facts = {"username": made.username, "password": password if given is None else None}
        lines = [f"{key}: {value}" for key, value in facts.items() if value is not None]
        self.answer(facts, text="\n".join(lines), as_json=options["json"])
