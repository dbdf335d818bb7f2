"""What the documentation tells to set for production is what Django's own check wants (ASVS 13.4.2)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


def documented() -> dict[str, str]:
    """The settings of the block in the operator's handbook."""
    text = (PROJECT / "docs" / "operating.md").read_text()
    section = text.partition("## Settings for production")[2].partition("\n## ")[0]
    lines = [line.strip() for line in section.splitlines() if line.startswith("    ORGS_")]
    return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def production(tmp_path) -> dict[str, str]:
    """These settings, with files for the secrets and a database that is there."""
    for name, secret in (("secret_key", "xK" * 8 + os.urandom(32).hex()), ("key_ring", "0a" * 32)):
        (tmp_path / name).write_text(secret)
    # Of this process only what is not about it as a test.
    own = ("ORGS_", "DJANGO_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return (
        inherited
        | {
            name: value.replace("/etc/banyan", str(tmp_path))
            for name, value in documented().items()
        }
        | {
            "DJANGO_SETTINGS_MODULE": "console.settings",
            "ORGS_DATABASE_URL": f"sqlite:///{tmp_path / 'banyan.sqlite3'}",
        }
    )


def check(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_check_deploy_finds_nothing_with_the_documented_settings(production):
    assert len(documented()) == 9

    checked = check(production)

    assert checked.returncode == 0, checked.stderr
    assert "no issues" in checked.stdout + checked.stderr


def test_check_deploy_still_finds_what_is_missing(production):
    checked = check(production | {"ORGS_TLS": "0", "ORGS_DEBUG": "1"})

    assert checked.returncode == 1
    found = ("security.W004", "security.W008", "security.W012", "security.W016", "security.W018")
    assert [name for name in found if name not in checked.stderr] == []
