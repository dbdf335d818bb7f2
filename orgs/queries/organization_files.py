"""A whole organization as a file: the JSON imports again to an equal organization; the CSV is for people."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from orgs.models import Account, Organization, OrganizationalUnit, Tag
from orgs.organization_file import FORMAT, VERSION

ROWS_AT_A_TIME = 2_000
COLUMNS = ("id", "name", "unit", "status", "join_method", "joined_at", "description", "tags")
# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export_json(organization: Organization) -> str:
    """The organization as an organization file. Memory grows with its size.

    Units stand in the order of the tree, accounts in the order in which they joined.
    """
    paths = unit_paths(organization)
    unit_tags = _tags(organization, "unit_id")
    account_tags = _tags(organization, "account_id")
    manager_id = organization.management_account_id
    accounts: list[dict[str, Any]] = []
    manager: dict[str, Any] = {}
    for row in _account_rows(organization):
        described = {
            "name": row["name"],
            "description": row["description"],
            "unit": paths[row["unit_id"]],
            "tags": account_tags.get(row["pk"], {}),
        }
        if row["pk"] == manager_id:
            manager = described
            continue
        contacts = {fact: row[fact] for fact in ("email", "phone") if row[fact]}
        accounts.append(described | {"join_method": row["join_method"]} | contacts)

    root_id = next(iter(paths))
    file = {
        "format": FORMAT,
        "version": VERSION,
        "name": organization.name,
        "root": {"tags": unit_tags.get(root_id, {})},
        "management_account": manager,
        "units": [
            {"path": path, "tags": unit_tags.get(unit_id, {})}
            for unit_id, path in paths.items()
            if path
        ],
        "accounts": accounts,
    }
    return json.dumps(file, ensure_ascii=False, indent=1) + "\n"


def export_csv(organization: Organization) -> str:
    """One line per account, in the order in which they joined."""
    every = Account.objects.filter(organization=organization)
    return "".join(csv_lines(organization, every.order_by("joined_at", "name_key", "pk")))


def csv_lines(organization: Organization, accounts: QuerySet[Account]) -> Iterator[str]:
    """A line for the head and one per account of the organization, with the path of its units.

    Cells a spreadsheet would run are quoted.
    """
    paths = unit_paths(organization)
    tags = _tags(organization, "account_id")
    written = io.StringIO()
    sheet = csv.writer(written)
    sheet.writerow(COLUMNS)
    for row in accounts.values(*_ACCOUNT).iterator(ROWS_AT_A_TIME):
        yield _taken(written)
        tagged = tags.get(row["pk"], {})
        sheet.writerow(
            inert(str(cell))
            for cell in (
                row["pk"],
                row["name"],
                " / ".join(paths.get(row["unit_id"], ())),
                row["status"],
                row["join_method"],
                row["joined_at"].strftime("%Y-%m-%dT%H:%M:%SZ"),
                row["description"],
                " ".join(f"{key}={value}" for key, value in sorted(tagged.items())),
            )
        )
    yield _taken(written)


_ACCOUNT = (
    "pk",
    "name",
    "description",
    "unit_id",
    "email",
    "phone",
    "join_method",
    "joined_at",
    "status",
)


def _taken(written: io.StringIO) -> str:
    """What stands there, which is then empty."""
    text = written.getvalue()
    written.seek(0)
    written.truncate()
    return text


def unit_paths(organization: Organization) -> dict[str, list[str]]:
    """The path of names below the root of every unit, by id, in the order of the tree, the root first."""
    rows = OrganizationalUnit.objects.filter(organization=organization).order_by("lft")
    paths: dict[str, list[str]] = {}
    for unit_id, parent_id, name in rows.values_list("pk", "parent_id", "name"):
        paths[unit_id] = [*paths[parent_id], name] if parent_id else []
    return paths


def _account_rows(organization: Organization) -> Iterator[dict[str, Any]]:
    rows = Account.objects.filter(organization=organization).order_by("joined_at", "name_key", "pk")
    yield from rows.values(*_ACCOUNT).iterator(ROWS_AT_A_TIME)


def _tags(organization: Organization, resource: str) -> dict[str, dict[str, str]]:
    rows = Tag.objects.filter(organization=organization).exclude(**{resource: None})
    found: dict[str, dict[str, str]] = {}
    for resource_id, key, value in rows.order_by("key").values_list(resource, "key", "value"):
        found.setdefault(resource_id, {})[key] = value
    return found


def inert(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
