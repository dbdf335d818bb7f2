"""Writes an organization as a file."""

from argparse import ArgumentParser
from typing import Any

from orgs.management.operator_command import OperatorCommand
from orgs.models import Organization
from orgs.queries import organization_drawings, organization_files

FORMATS = {
    "json": organization_files.export_json,
    "csv": organization_files.export_csv,
    "terraform": organization_drawings.export_terraform,
    "mermaid": organization_drawings.export_mermaid,
}


class Command(OperatorCommand):
    help = "Print an organization as a file; the JSON can be imported again"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("organization_id")
        parser.add_argument("--format", choices=FORMATS, default="json")

    def run(self, **options: Any) -> None:
        organization = Organization.objects.find(options["organization_id"])
        self.stdout.write(FORMATS[options["format"]](organization), ending="")
