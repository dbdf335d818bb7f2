"""T13, the restore drill: backed up while it is written to, restored into an empty database, and whole."""

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection

from orgs import errors, operations
from orgs.actor import Actor
from orgs.models import AccessKey, Event, Job, Organization
from tests.digest import digest_of_organization
from tests.factories import AccountFactory, make_administrator, make_organization

pytestmark = [
    pytest.mark.storm,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("storms"),
]

PROJECT = Path(__file__).resolve().parents[2]
WRITERS = 3
OPERATOR = Actor.operator("tests")
SCP = "service_control_policy"
DENY = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["signin::*"]}]}'


def address_of(name: str) -> str:
    """How a database of the tests' server, or a file, is named in the environment."""
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    user = quote(facts["USER"]) + (f":{quote(facts['PASSWORD'])}" if facts["PASSWORD"] else "")
    return f"postgresql://{user}@{facts['HOST']}:{facts['PORT']}/{name}"


def run(
    *arguments: str, database: str, ring: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Python, with the settings of an installation on that database."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "console.settings",
        "ORGS_DATABASE_URL": address_of(database),
        "ORGS_KEY_RING": ring or ",".join(key.hex() for key in django_settings.KEY_RING),
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def manage(*arguments: str, database: str, **more) -> subprocess.CompletedProcess[str]:
    return run("manage.py", *arguments, "--json", database=database, **more)


def here() -> str:
    return str(connection.settings_dict["NAME"])


@pytest.fixture
def empty(tmp_path) -> Iterator[str]:
    """A database with nothing in it, not even tables."""
    if connection.vendor == "sqlite":
        yield str(tmp_path / "restored.sqlite3")
        return
    name = f"restored_{os.getpid()}"
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}"')
    yield name
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def asking(database: str) -> Iterator[sqlite3.Connection | psycopg.Connection]:
    """A plain connection to it."""
    if connection.vendor == "sqlite":
        there = sqlite3.connect(database)
    else:
        there = psycopg.connect(address_of(database), autocommit=True)
    try:
        yield there
    finally:
        there.close()


@pytest.fixture
def quiet() -> Organization:
    """An organization in which nothing happens during the backup: units, a policy, tags, a key."""
    organization, actor = make_organization()
    root_id = organization.root.pk
    member = AccountFactory(member_of=organization.root)
    operations.policy_types.enable_policy_type(actor=actor, root_id=root_id, policy_type=SCP)
    operations.policy_types.finish_policy_type_switches(root_id)
    policy = operations.policies.create_policy(
        actor=actor, name="Stay", policy_type=SCP, content=DENY, tags=[("guard", "stay")]
    )
    operations.attachments.attach_policy(actor=actor, policy_id=policy.pk, entity_id=root_id)
    for number in range(5):
        operations.units.create_organizational_unit(
            actor=actor, parent_id=root_id, name=f"Unit {number}", tags=[("owner", "team")]
        )
    user = make_administrator(member, username="anna")
    operations.access_keys.create_access_key(actor=OPERATOR, username=user.username)
    return Organization.objects.get(pk=organization.pk)


@contextmanager
def written_to() -> Iterator[list[str]]:
    """Several hands that make units in an organization of their own, without a pause."""
    organization, actor = make_organization()
    made: list[str] = [organization.pk]
    ended = threading.Event()

    def write(hand: int) -> None:
        number = 0
        try:
            while not ended.is_set():
                number += 1
                try:
                    unit = operations.units.create_organizational_unit(
                        actor=actor, parent_id=organization.root.pk, name=f"U {hand} {number}"
                    )
                except errors.OrgsError:
                    continue
                made.append(unit.pk)
        finally:
            connection.close()

    hands = [threading.Thread(target=write, args=(hand,)) for hand in range(WRITERS)]
    for hand in hands:
        hand.start()
    try:
        yield made
    finally:
        ended.set()
        for hand in hands:
            hand.join()


DIGEST = (
    "import django, sys; django.setup(); from tests.digest import digest_of_organization as d;"
    "print(d(sys.argv[1]))"
)


def test_what_is_backed_up_under_writers_comes_back_whole(quiet, empty, tmp_path):
    backup = tmp_path / "banyan.backup"
    session = SessionStore()
    session.create()
    operations.creations.create_account(actor=manager_of(quiet), name="on-its-way")
    Job.objects.update(state="running", leased_until="2026-01-01T00:00:00Z")
    before = digest_of_organization(quiet.pk)

    with written_to() as made:
        wait_for(made, 5)
        at_least = Event.objects.count()
        done = manage("backup", str(backup), database=here())
        at_most = Event.objects.count()
        wait_for(made, len(made) + 5)

    assert done.returncode == 0, done.stderr
    assert at_most > at_least
    assert backup.stat().st_mode & 0o777 == 0o600
    restored = manage("restore", str(backup), database=empty)
    assert restored.returncode == 0, restored.stdout + restored.stderr
    facts = json.loads(restored.stdout)
    events = facts.pop("events")
    assert at_least <= events <= at_most
    assert facts.pop("made_at") == json.loads(done.stdout)["made_at"]
    assert facts == {
        "holds": True,
        "broken_invariants": {},
        "broken_chains": [],
        "secrets": 1,
        "unreadable_secrets": 0,
        "sessions_ended": 1,
        "jobs_handed_out_again": Job.objects.count(),
    }
    assert digest_there(empty, quiet) == before == digest_of_organization(quiet.pk)
    with asking(empty) as there:
        keys = there.execute("SELECT id, sealed_secret FROM orgs_accesskey").fetchall()
        assert there.execute("SELECT DISTINCT state FROM orgs_job").fetchall() == [("waiting",)]
        assert there.execute("SELECT count(*) FROM django_session").fetchone() == (0,)
    assert keys == [(key.pk, bytes(key.sealed_secret)) for key in AccessKey.objects.all()]
    assert Session.objects.count() == 1
    assert_events_are_guarded(empty)


def manager_of(organization: Organization) -> Actor:
    account = organization.management_account
    user = account.users.order_by("pk").first()
    return Actor(
        account_id=account.pk,
        account_name=account.name,
        user_id=user.pk,
        username=user.username,
        organization_id=organization.pk,
    )


def digest_there(database: str, organization: Organization) -> str:
    return run("-c", DIGEST, organization.pk, database=database).stdout.strip()


def wait_for(made: list[str], number: int) -> None:
    ended = threading.Event()
    for _ in range(600):
        if len(made) >= number:
            return
        ended.wait(0.05)
    raise AssertionError(f"{len(made)} of {number} were made")


def assert_events_are_guarded(database: str) -> None:
    """The triggers are in place again, although the tests' own database had none."""
    with (
        asking(database) as there,
        pytest.raises((sqlite3.IntegrityError, psycopg.Error), match="never altered"),
    ):
        there.execute("UPDATE orgs_event SET kind = 'other'")


def test_a_database_that_holds_something_is_not_written_over(quiet, tmp_path, empty):
    backup = tmp_path / "banyan.backup"
    assert manage("backup", str(backup), database=here()).returncode == 0
    assert manage("restore", str(backup), database=empty).returncode == 0
    assert run("manage.py", "create_account", "since-then", database=empty).returncode == 0

    refused = manage("restore", str(backup), database=empty)

    assert refused.returncode == 1
    assert "The database is not empty. With --replace what it holds is lost." in refused.stderr
    with asking(empty) as there:
        since = "SELECT count(*) FROM orgs_account WHERE name = 'since-then'"
        assert there.execute(since).fetchone() == (1,)
    assert manage("restore", str(backup), "--replace", database=empty).returncode == 0
    with asking(empty) as there:
        assert there.execute(since).fetchone() == (0,)


def test_a_backup_that_was_altered_or_is_no_backup_is_refused(quiet, tmp_path, empty):
    backup = tmp_path / "banyan.backup"
    assert manage("backup", str(backup), database=here()).returncode == 0
    again = manage("backup", str(backup), database=here())
    assert again.returncode == 1
    assert "is there already; a backup is never written over another." in again.stderr
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 1
    backup.write_bytes(content)

    refused = manage("restore", str(backup), database=empty)

    assert refused.returncode == 1
    assert "its hash is another one" in refused.stderr
    (tmp_path / "banyan.backup.json").write_text("{}")
    assert "no manifest of a backup" in manage("restore", str(backup), database=empty).stderr
    missing = manage("restore", str(tmp_path / "nowhere"), database=empty)
    assert (missing.returncode, "No such file" in missing.stderr) == (1, True)


def test_a_backup_of_a_later_version_or_of_another_database_is_refused(quiet, tmp_path, empty):
    backup, manifest = tmp_path / "banyan.backup", tmp_path / "banyan.backup.json"
    assert manage("backup", str(backup), database=here()).returncode == 0
    facts = json.loads(manifest.read_text())

    manifest.write_text(json.dumps(facts | {"migrations": ["orgs.9999_later"]}))
    later = manage("restore", str(backup), database=empty)
    assert "of a later version, which has orgs.9999_later" in later.stderr

    manifest.write_text(json.dumps(facts | {"database": "other"}))
    other = manage("restore", str(backup), database=empty)
    assert "This is a backup of other" in other.stderr
    assert (later.returncode, other.returncode) == (1, 1)


def test_a_ring_that_lacks_the_keys_is_told_before_anything_is_written(quiet, tmp_path, empty):
    backup = tmp_path / "banyan.backup"
    assert manage("backup", str(backup), database=here()).returncode == 0

    refused = manage("restore", str(backup), database=empty, ring="08" * 32)

    assert refused.returncode == 1
    assert "ORGS_KEY_RING lacks keys" in refused.stderr
    forced = manage("restore", str(backup), "--without-keys", database=empty, ring="08" * 32)
    assert forced.returncode == 1
    facts = json.loads(forced.stdout)
    assert (facts["holds"], facts["secrets"], facts["unreadable_secrets"]) == (False, 1, 1)
    added = manage(
        "restore", str(backup), "--replace", database=empty, ring=f"{'08' * 32},{'07' * 32}"
    )
    assert (added.returncode, json.loads(added.stdout)["holds"]) == (0, True)


def test_the_password_is_on_no_command_line(monkeypatch, tmp_path):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no password")
    from orgs.management import backups  # noqa: PLC0415  (only where there is one)

    program = tmp_path / "pg_dump"
    program.write_text('#!/bin/sh\necho "$@" "$PGPASSWORD" > "$(dirname "$0")/said"\n')
    program.chmod(0o700)
    monkeypatch.setattr(django_settings, "POSTGRESQL_BIN", str(tmp_path))
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "correct horse")

    backups._run("pg_dump", "--format=custom")

    command_line, _space, password = (tmp_path / "said").read_text().rpartition(" correct")
    assert "--format=custom" in command_line
    assert "horse" not in command_line
    assert password.strip() == "horse"


def test_a_restore_that_fails_leaves_what_was_there(quiet, tmp_path, empty):
    backup, manifest = tmp_path / "banyan.backup", tmp_path / "banyan.backup.json"
    assert manage("backup", str(backup), database=here()).returncode == 0
    assert manage("restore", str(backup), database=empty).returncode == 0
    cut = backup.read_bytes()[: backup.stat().st_size * 9 // 10]
    backup.write_bytes(cut)
    facts = json.loads(manifest.read_text())
    facts |= {"bytes": len(cut), "sha256": hashlib.sha256(cut).hexdigest()}
    manifest.write_text(json.dumps(facts))

    failed = manage("restore", str(backup), "--replace", database=empty)

    assert failed.returncode == 1
    assert manage("check_integrity", database=empty).returncode == 0
    with asking(empty) as there:
        assert there.execute("SELECT count(*) FROM orgs_organization").fetchone() == (1,)
