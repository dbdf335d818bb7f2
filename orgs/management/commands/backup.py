"""Writes the whole database to a file, while it is served from."""

from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from orgs.management.backups import make_backup, manifest_of
from orgs.management.operator_command import OperatorCommand


class Command(OperatorCommand):
    help = (
        "Back the database up to a new file, with a manifest beside it; the key ring is in neither"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path)

    def run(self, **options: Any) -> None:
        path: Path = options["file"]
        manifest = make_backup(path)
        facts = {"file": str(path), "manifest": str(manifest_of(path))} | asdict(manifest)
        text = f"{path}: {manifest.bytes} bytes, SHA-256 {manifest.sha256}; it reads back."
        self.answer(facts, text=text, as_json=options["json"])
