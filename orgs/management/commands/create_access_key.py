"""Makes another access key for a user."""

from argparse import ArgumentParser
from typing import Any

from orgs import operations
from orgs.management.operator_command import OperatorCommand, operator


class Command(OperatorCommand):
    help = "Make an access key; its secret is shown this once"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("username")

    def run(self, **options: Any) -> None:
        key, secret = operations.access_keys.create_access_key(
            actor=operator(), username=options["username"]
        )
        facts = {"access_key": key.pk, "secret_key": secret}
        text = f"access_key: {key.pk}\nsecret_key: {secret}"
        self.answer(facts, text=text, as_json=options["json"])
