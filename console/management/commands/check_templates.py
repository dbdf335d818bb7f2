"""Compiles every template, so that a mistake in one that no test renders is found as well."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.template import TemplateSyntaxError
from django.template.loader import get_template


class Command(BaseCommand):
    help = "Compile every template; status 1 when one has a mistake"

    def handle(self, **_options: Any) -> None:
        faults = 0
        folder = Path(settings.BASE_DIR) / "templates"
        templates = sorted(file for file in folder.rglob("*") if file.is_file())
        for file in templates:
            name = str(file.relative_to(folder))
            try:
                get_template(name)
            except TemplateSyntaxError as error:
                faults += 1
                self.stderr.write(f"{name}: {error}")
        self.stdout.write(f"{len(templates)} templates, {faults} with a mistake.")
        if faults:
            sys.exit(1)
