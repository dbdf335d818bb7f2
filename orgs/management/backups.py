"""Backups: the whole database in one file, and beside it a manifest that says what it is.

The database's own means make them while it is written to: SQLite's online backup, PostgreSQL's pg_dump. The
key ring is in no backup. The manifest holds the fingerprints of its keys, so that a restore can tell
beforehand whether the secrets will open.
"""

import hashlib
import json
import os
import re
import sqlite3
import subprocess
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import which
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from psycopg.conninfo import make_conninfo

from orgs import key_ring
from orgs.models import Account, Event, User

FORMAT = "banyan-backup"
VERSION = 1
BLOCK = 1024 * 1024
# What is there before stays under this name until a restore has succeeded.
REPLACED = "banyan_replaced"
WAIT_SECONDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup is: checked before anything is written over."""

    database: str
    made_at: str
    bytes: int
    sha256: str
    migrations: list[str]
    keys: list[str]  # fingerprints of the ring at that time
    format: str = FORMAT
    version: int = VERSION


def make_backup(path: Path) -> Manifest:
    """Write the database to a new file, look whether it reads back, and describe it beside it.

    It is readable by its owner alone. What is changed meanwhile waits for nothing; the backup is the
    database as it was at one moment.

    Raises:
        CommandError: the file is there already, cannot be written, or what was written is not sound.
    """
    manifest_path = manifest_of(path)
    for taken in (path, manifest_path):
        if taken.exists():
            raise CommandError(f"{taken} is there already; a backup is never written over another.")
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        part.touch(mode=0o600, exist_ok=False)
        _means().dump(part)
        manifest = _describe(part)
        text = json.dumps(asdict(manifest), indent=1) + "\n"
        part.replace(path)
        manifest_path.touch(mode=0o600, exist_ok=False)
        manifest_path.write_text(text)
    except OSError as error:
        raise CommandError(str(error)) from error
    finally:
        part.unlink(missing_ok=True)
    return manifest


def manifest_of(path: Path) -> Path:
    """Where the manifest of a backup stands: beside it."""
    return path.with_name(f"{path.name}.json")


def read_manifest(path: Path) -> Manifest:
    """The manifest of a backup that is whole: its file has the length and the hash it had.

    Raises:
        CommandError: one of the two is missing, is no backup, or was altered.
    """
    try:
        facts = json.loads(manifest_of(path).read_text())
        manifest = Manifest(**facts)
        digest, length = _hash(path)
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise CommandError(f"{manifest_of(path)} is no manifest of a backup.") from error
    if (manifest.format, manifest.version) != (FORMAT, VERSION):
        raise CommandError(f"{manifest_of(path)} is no manifest of a backup that is known here.")
    if (manifest.sha256, manifest.bytes) != (digest, length):
        raise CommandError(f"{path} is not what was backed up: its hash is another one.")
    return manifest


def require_fit(manifest: Manifest, *, without_keys: bool) -> None:
    """Refuse a backup that this installation cannot serve from.

    Raises:
        CommandError: of another database system, of a later version, or sealed under keys that are not here.
    """
    if manifest.database != connection.vendor:
        raise CommandError(
            f"This is a backup of {manifest.database}; ORGS_DATABASE_URL names {connection.vendor}."
        )
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations or ()}
    unknown = sorted(set(manifest.migrations) - known)
    if unknown:
        raise CommandError(f"The backup is of a later version, which has {', '.join(unknown)}.")
    ring = {key_ring.fingerprint(key) for key in settings.KEY_RING}
    missing = [fingerprint for fingerprint in manifest.keys if fingerprint not in ring]
    if missing and not without_keys:
        raise CommandError(
            f"ORGS_KEY_RING lacks keys that it had when the backup was made: {', '.join(missing)}."
            " Put them behind the newest; or, if they are lost, restore with --without-keys: access keys"
            " and second factors sealed under them will not work."
        )


def is_empty() -> bool:
    """Whether the database holds nobody and nothing yet: no tables, or none but what `migrate` made."""
    tables = set(connection.introspection.table_names())
    return not any(
        model._meta.db_table in tables and model.objects.exists()
        for model in (User, Account, Event)
    )


def put_back(path: Path) -> None:
    """Put the backup in the place of everything that the database holds.

    Raises:
        CommandError: it cannot be read, or the database is in use; what was there is there still.
    """
    _means().restore(path)


# --- what is written beside it --------------------------------------------------------------------


def _describe(path: Path) -> Manifest:
    digest, length = _hash(path)
    applied = MigrationRecorder(connection).applied_migrations()
    return Manifest(
        database=connection.vendor,
        made_at=timezone.now().isoformat(timespec="seconds"),
        bytes=length,
        sha256=digest,
        migrations=sorted(f"{app}.{name}" for app, name in applied),
        keys=[key_ring.fingerprint(key) for key in settings.KEY_RING],
    )


def _hash(path: Path) -> tuple[str, int]:
    """SHA-256 in hexadecimal, and the length in bytes."""
    digest, length = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            length += len(block)
    return digest.hexdigest(), length


# --- the two databases ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Means:
    """How a database is written to a file, and how it is put back."""

    dump: Callable[[Path], None]
    restore: Callable[[Path], None]


def _means() -> Means:
    if connection.vendor == "postgresql":
        return Means(_dump_postgresql, _restore_postgresql)
    return Means(_dump_sqlite, _restore_sqlite)


def _dump_sqlite(path: Path) -> None:
    # All pages in one step: under WAL writers go on meanwhile, and the copy is of one moment.
    with (
        closing(_open_sqlite(_sqlite_path())) as source,
        closing(sqlite3.connect(path)) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, with no log beside it
    _require_sound(path)
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _restore_sqlite(path: Path) -> None:
    _require_sound(path)
    try:
        with (
            closing(_open_sqlite(str(path), is_read_only=True)) as source,
            closing(sqlite3.connect(_sqlite_path(), timeout=WAIT_SECONDS)) as target,
        ):
            source.backup(target)
    except sqlite3.Error as error:
        raise CommandError(f"{error}. Stop everything that serves from this database.") from error


def _require_sound(path: Path) -> None:
    """Refuse a file that SQLite finds broken, or in which something points at nothing."""
    try:
        with closing(_open_sqlite(str(path), is_read_only=True)) as copy:
            problems = [row[0] for row in copy.execute("PRAGMA integrity_check(5)")]
            dangling = copy.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.Error as error:
        raise CommandError(f"{path}: {error}") from error
    if problems != ["ok"] or dangling:
        found = "; ".join(problems if problems != ["ok"] else [str(row) for row in dangling[:5]])
        raise CommandError(f"{path} is not sound: {found}")


def _sqlite_path() -> str:
    return str(connection.settings_dict["NAME"])


def _open_sqlite(path: str, *, is_read_only: bool = False) -> sqlite3.Connection:
    mode = "ro" if is_read_only else "rw"
    return sqlite3.connect(
        f"{Path(path).resolve().as_uri()}?mode={mode}", uri=True, timeout=WAIT_SECONDS
    )


def _dump_postgresql(path: Path) -> None:
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={path}")
    _run_without_database("pg_restore", "--list", str(path))


def _restore_postgresql(path: Path) -> None:
    """Everything into a fresh schema; the one that was there goes only when that has succeeded."""
    _run_without_database("pg_restore", "--list", str(path))
    _require_alone()
    _execute(f"ALTER SCHEMA public RENAME TO {REPLACED}", "CREATE SCHEMA public")
    connection.close()
    try:
        # The schema itself is there, so of the backup what is in it.
        _run(
            "pg_restore",
            "--schema=public",
            "--no-owner",
            "--no-privileges",
            "--single-transaction",
            "--exit-on-error",
            str(path),
        )
    except CommandError:
        _execute("DROP SCHEMA public CASCADE", f"ALTER SCHEMA {REPLACED} RENAME TO public")
        raise
    _execute(f"DROP SCHEMA {REPLACED} CASCADE")


def _require_alone() -> None:
    """Refuse while somebody else is connected, or where an earlier restore was cut short."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        (others,) = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM pg_namespace WHERE nspname = %s", [REPLACED])
        (left,) = cursor.fetchone()
    if others:
        raise CommandError(
            f"{others} others are connected. Stop everything that serves from this database."
        )
    if left:
        raise CommandError(
            f"A restore was cut short: the schema {REPLACED} holds what was there before it."
            f" Drop the schema that is not wanted; rename {REPLACED} to public where it is."
        )


def _execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for statement in statements:
            cursor.execute(statement)


def _run(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs against the database; the password is on no command line."""
    facts = connection.settings_dict
    options = {
        name: value for name, value in facts["OPTIONS"].items() if isinstance(value, str | int)
    }
    # Limits for statements of the site are none for a dump of everything.
    options.pop("options", None)
    options.pop("isolation_level", None)
    named = {
        "dbname": facts["NAME"],
        "user": facts["USER"],
        "host": facts["HOST"],
        "port": facts["PORT"],
    }
    given = {name: value for name, value in (options | named).items() if value}
    password = given.pop("password", None) or facts["PASSWORD"]
    secrets = {"PGPASSWORD": str(password)} if password else {}
    _call(program, [f"--dbname={make_conninfo(**given)}", *arguments], secrets)


def _run_without_database(program: str, *arguments: str) -> None:
    _call(program, arguments, {})


def _call(program: str, arguments: Iterable[str], secrets: dict[str, str]) -> None:
    command = [_find(program), *arguments]
    done = subprocess.run(  # noqa: S603  (no shell, and nothing in it comes over the network)
        command,
        env=os.environ | secrets,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CommandError(f"{program} failed: {done.stderr.strip()[:2_000]}")


def _find(program: str) -> str:
    """The newest program of that name: where the setting says, where packages put it, on PATH."""
    if settings.POSTGRESQL_BIN:
        found = Path(settings.POSTGRESQL_BIN) / program
        if found.is_file():
            return str(found)
        raise CommandError(f"There is no {program} in {settings.POSTGRESQL_BIN}.")
    places = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    for place in sorted(places, key=_major_version, reverse=True):
        if (place / program).is_file():
            return str(place / program)
    on_path = which(program)
    if on_path is None:
        raise CommandError(f"{program} is needed; ORGS_POSTGRESQL_BIN names the folder it is in.")
    return on_path


def _major_version(place: Path) -> int:
    numbers: list[Any] = re.findall(r"[0-9]+", str(place))
    return int(numbers[-1]) if numbers else 0
