"""Helps somebody who lost the authenticator app and the recovery codes."""

from argparse import ArgumentParser
from typing import Any

from orgs import operations
from orgs.management.operator_command import OperatorCommand, operator


class Command(OperatorCommand):
    help = "Remove a user's second factor, so that the password is enough again"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("username")

    def run(self, **options: Any) -> None:
        username = options["username"]
        operations.second_factors.remove_second_factor(actor=operator(), username=username)
        text = f"The second factor of {username} is removed."
        self.answer({"username": username}, text=text, as_json=options["json"])
