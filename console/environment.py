"""Typed readers for the settings that come from the environment.

Every name starts with `ORGS_`. A value that is missing or does not fit stops the start and says which one.
"""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SQLITE_OPTIONS: dict[str, Any] = {
    # SQLite ignores row locks; IMMEDIATE is the lock there (reliability rule R4).
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON",
}
POSTGRESQL_OPTIONS: dict[str, Any] = {
    # Compiling a statement took a second where running it took a tenth, so no jit.
    "options": "-c lock_timeout=4s -c statement_timeout=15s"
    " -c idle_in_transaction_session_timeout=30s -c jit=off",
}


def load(path: Path) -> None:
    """Take `NAME=value` lines of a file as settings, where the environment does not have them."""
    if not path.is_file():
        return
    for line in path.read_text().splitlines():
        name, separator, value = line.partition("=")
        if separator and not name.startswith("#"):
            os.environ.setdefault(name.strip(), value.strip())


def text(name: str, *, default: str | None = None) -> str:
    """A text; without a default it has to be there."""
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set {name} in the environment.")
    return value


def words(name: str, *, default: str = "") -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in text(name, default=default).split(",") if word.strip()]


def pairs(name: str) -> dict[str, str]:
    """A comma-separated list of `key=value`, each key once."""
    found: dict[str, str] = {}
    for word in words(name):
        key, separator, value = (part.strip() for part in word.partition("="))
        if not (key and separator and value) or key in found:
            raise ImproperlyConfigured(f"{name} holds key=value, each key once; not {word!r}.")
        found[key] = value
    return found


def flag(name: str, *, default: bool = False) -> bool:
    """1, true, yes, on or 0, false, no, off."""
    value = text(name, default="1" if default else "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off", ""}:
        return False
    raise ImproperlyConfigured(f"{name} is a flag: 1 or 0, not {value!r}.")


def count(name: str, *, default: int, least: int = 0) -> int:
    """A whole number, `least` or more."""
    value = text(name, default=str(default))
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise ImproperlyConfigured(f"{name} is a whole number, not {value!r}.")
    if int(value) < least:
        raise ImproperlyConfigured(f"{name} is {least} at least, not {value}.")
    return int(value)


def days(name: str, *, default: int) -> timedelta:
    """A number of days."""
    return timedelta(days=count(name, default=default))


def path(name: str, *, default: str) -> str:
    """A part of an address, such as `operator/`: it ends with a slash and begins with none."""
    value = text(name, default=default)
    if not re.fullmatch(r"([a-z0-9-]+/)+", value):
        raise ImproperlyConfigured(f"{name} looks like operator/, not {value!r}.")
    return value


def says_https(name: str) -> tuple[str, str] | None:
    """A header such as `X-Forwarded-Proto`, and what it says, as Django takes them; None for no header."""
    value = text(name, default="")
    if not value:
        return None
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*", value):
        raise ImproperlyConfigured(f"{name} looks like X-Forwarded-Proto, not {value!r}.")
    return f"HTTP_{value.upper().replace('-', '_')}", "https"


def secret(name: str) -> str:
    """A secret, from NAME or from the file that NAME_FILE names."""
    path = os.environ.get(f"{name}_FILE")
    value = Path(path).read_text().strip() if path else text(name)
    if not value or value.startswith("change-me"):
        raise ImproperlyConfigured(f"{name} is empty or still the example. Give it a value.")
    return value


def former_secrets(name: str) -> list[str]:
    """The secrets that came before, from NAME or from the file that NAME_FILE names; comma-separated."""
    if f"{name}_FILE" in os.environ or name in os.environ:
        return [word.strip() for word in secret(name).split(",") if word.strip()]
    return []


def key_ring(name: str) -> list[bytes]:
    """Keys of 32 bytes written as 64 hex digits, newest first."""
    ring = [word.strip() for word in secret(name).split(",")]
    if not all(re.fullmatch(r"[0-9a-fA-F]{64}", key) for key in ring):
        raise ImproperlyConfigured(f"{name} is a comma-separated list of keys of 64 hex digits.")
    return [bytes.fromhex(key) for key in ring]


def database(name: str, *, default: str, prepares: bool) -> dict[str, Any]:
    """`sqlite:///relative`, `sqlite:////absolute` or `postgresql://user:password@host:port/name`.

    Where it `prepares`, PostgreSQL keeps what orgs/statements.py wants prepared from the first time it is
    asked, and nothing else.
    """
    url = urlsplit(text(name, default=default))
    if url.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(url.path[1:]),
            "CONN_MAX_AGE": None,
            "OPTIONS": dict(SQLITE_OPTIONS),
        }
    if url.scheme in {"postgres", "postgresql"}:
        given = dict(parse_qsl(url.query))
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(url.path[1:]),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": given.pop("host", unquote(url.hostname or "")),
            "PORT": str(url.port or ""),
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": POSTGRESQL_OPTIONS | {"prepare_threshold": 0 if prepares else None} | given,
        }
    raise ImproperlyConfigured(f"{name} starts with sqlite:// or postgresql://, not {url.scheme}.")
