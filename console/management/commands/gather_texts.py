"""Brings the file of translations to what the code and the templates say, and compiles it."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.management.commands import makemessages
from django.core.management.utils import popen_wrapper

LANGUAGE = "zh_Hans"


class Gathering(makemessages.Command):
    # No guesses at what a new text might be in Chinese: they would be taken for translations.
    msgmerge_options = [
        *("--quiet", "--backup=none", "--update"),
        *("--no-fuzzy-matching", "--no-wrap", "--sort-output"),
    ]


class Command(BaseCommand):
    help = "Add the marked texts that are new to locale/, drop those that are gone, and compile it"

    def handle(self, **_options: Any) -> None:
        """Leave the Chinese of a new text empty, and say how many are; needs the programs of gettext."""
        folder = Path(settings.LOCALE_PATHS[0]) / LANGUAGE / "LC_MESSAGES"
        call_command(
            Gathering(),
            locale=[LANGUAGE],
            ignore_patterns=["tests/*"],
            no_location=True,
            no_obsolete=True,
            no_wrap=True,
            verbosity=0,
        )
        texts, compiled = folder / "django.po", folder / "django.mo"
        # The day of each gathering would make any two of them conflict.
        lines = texts.read_text(encoding="utf-8").splitlines(keepends=True)
        texts.write_text(
            "".join(line for line in lines if not line.startswith('"POT-Creation-Date')),
            encoding="utf-8",
        )
        _said, counts, status = popen_wrapper(
            ["msgfmt", "--check-format", "--statistics", "-o", str(compiled), str(texts)]
        )
        if status:
            raise CommandError(counts)
        self.stdout.write(counts.strip())
