"""What every command of the service has in common: who runs it, and how it answers."""

import getpass
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orgs.actor import Actor
from orgs.errors import InvalidFile, OrgsError


class OperatorCommand(BaseCommand):
    """A command run by the operator. Prints text, or one JSON object with --json.

    A refusal goes to standard error, with status 1.
    """

    # They load every page, of which a command shows none: two fifths of its time, and a page that is broken
    # would keep a backup from being made. `manage.py check` looks through them, and `migrate` does.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Every command can answer in JSON."""
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, **options: Any) -> None:
        """Run, and turn a refusal into a message and status 1."""
        try:
            self.run(**options)
        except InvalidFile as error:
            lines = [str(error), *(f"  {place or '/'}: {text}" for place, text in error.faults)]
            raise CommandError("\n".join(lines)) from error
        except OrgsError as error:
            raise CommandError(str(error)) from error

    def run(self, **options: Any) -> None:
        """What the command does."""
        raise NotImplementedError

    def answer(self, facts: dict[str, Any], *, text: str, as_json: bool) -> None:
        """Print the facts as JSON, or the text."""
        self.stdout.write(json.dumps(facts, ensure_ascii=False) if as_json else text)


def operator() -> Actor:
    """The person at this machine."""
    try:
        return Actor.operator(getpass.getuser())
    except (KeyError, OSError):
        return Actor.operator("operator")
