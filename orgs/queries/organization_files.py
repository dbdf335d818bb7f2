"""A whole organization as a file: the JSON imports again to an equal organization; the CSV is for people."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from orgs import errors
from orgs.actor import Actor
from orgs.models import (
    Account,
    Attachment,
    DelegatedAdministrator,
    Organization,
    OrganizationalUnit,
    Policy,
    PolicyType,
    SwitchState,
    Tag,
)
from orgs.organization_file import FORMAT, VERSION
from orgs.organization_file import FULL_ACCESS as FULL_ACCESS_NAME
from orgs.permissions import Permission
from orgs.queries.organizations import live_organization
from orgs.queries.units import require_structure

ATTEMPTS = 3
ROWS_AT_A_TIME = 2_000
FULL_ACCESS = "p-FullAccess"
COLUMNS = ("id", "name", "unit", "status", "join_method", "joined_at", "description", "tags")
# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export_own(*, actor: Actor, permissions: frozenset[Permission]) -> str:
    """The actor's organization as an organization file, as it was at one version.

    Raises:
        NotManagementOrDelegated, CallerNotInOrganization, ConcurrentModification.
    """
    require_structure(permissions)
    organization = live_organization(actor)
    for _attempt in range(ATTEMPTS):
        text = export_json(organization)
        after = live_organization(actor)
        if after.version == organization.version:
            return text
        organization = after
    raise errors.ConcurrentModification


def export_json(organization: Organization) -> str:
    """The organization as an organization file. Memory grows with its size.

    Units stand in the order of the tree, accounts in the order in which they joined, policies in that of
    their making. What an entity has attached stands with the policies, where it follows from their order,
    else with the entity. Policies on trial, earlier texts and tests are left out.
    """
    paths = unit_paths(organization)
    unit_tags = _tags(organization, "unit_id")
    account_tags = _tags(organization, "account_id")
    guardrails = Guardrails.of(organization)
    manager_id = organization.management_account_id
    accounts: list[dict[str, Any]] = []
    manager: dict[str, Any] = {}
    for row in _account_rows(organization):
        described = {
            "name": row["name"],
            "description": row["description"],
            "unit": paths[row["unit_id"]],
            "tags": account_tags.get(row["pk"], {}),
            **guardrails.listed(row["pk"], named=row["name"]),
        }
        if row["pk"] == manager_id:
            manager = described
            continue
        contacts = {fact: row[fact] for fact in ("email", "phone") if row[fact]}
        accounts.append(described | {"join_method": row["join_method"]} | contacts)

    units = {
        unit_id: {
            "tags": unit_tags.get(unit_id, {}),
            **guardrails.listed(unit_id, named=path),
        }
        for unit_id, path in paths.items()
    }
    root_id = next(iter(paths))
    file = {
        "format": FORMAT,
        "version": VERSION,
        "name": organization.name,
        "root": units[root_id],
        "management_account": manager,
        "units": [{"path": path} | units[unit_id] for unit_id, path in paths.items() if path],
        "accounts": accounts,
        "policies": guardrails.policies,
        "enabled_policy_types": guardrails.enabled,
        **_services(organization),
    }
    return json.dumps(file, ensure_ascii=False, indent=1) + "\n"


@dataclass(frozen=True, slots=True)
class Guardrails:
    """The policies of an organization as the file has them, and what hangs where.

    A policy type on its way counts as off: nothing of it binds (R-PT-7).
    """

    enabled: list[str]
    policies: list[dict[str, Any]]
    by_id: dict[str, dict[str, Any]]
    order: dict[str, int]
    hanging: dict[str, dict[str, list[str]]]  # by entity and type, ids of policies in their order

    @classmethod
    def of(cls, organization: Organization) -> "Guardrails":
        """Those of the organization, in four statements."""
        switched = organization.policy_types.filter(state=SwitchState.ENABLED)
        enabled = sorted(switched.values_list("policy_type", flat=True))
        tags = _tags(organization, "policy_id")
        by_id: dict[str, dict[str, Any]] = {}
        own = Policy.objects.filter(organization=organization).enforced()
        for policy in own.order_by("created_at", "name_key", "pk"):
            by_id[policy.pk] = {
                "name": policy.name,
                "type": policy.policy_type,
                "description": policy.description,
                "content": policy.content,
                "tags": tags.get(policy.pk, {}),
                "attached_to": [],
            }
        hanging: dict[str, dict[str, list[str]]] = {}
        rows = Attachment.objects.filter(
            organization=organization, policy__policy_type__in=enabled
        ).enforced()
        for unit_id, account_id, policy_id, policy_type in (
            rows.order_by("place", "pk")
            .values_list("unit", "account", "policy", "policy__policy_type")
            .iterator(ROWS_AT_A_TIME)
        ):
            of_entity = hanging.setdefault(unit_id or account_id, {})
            of_entity.setdefault(policy_type, []).append(policy_id)
        order = {policy_id: place for place, policy_id in enumerate(by_id)}
        return cls(enabled, list(by_id.values()), by_id, order, hanging)

    def listed(self, entity_id: str, *, named: str | list[str]) -> dict[str, Any]:
        """What the entity itself has to say: nothing where the policies can say it, which they then do."""
        listed = {}
        for policy_type, policy_ids in self.hanging.get(entity_id, {}).items():
            own = sorted(set(policy_ids) & self.by_id.keys(), key=self.order.__getitem__)
            first = [FULL_ACCESS] if policy_type == PolicyType.SERVICE_CONTROL_POLICY else []
            if policy_ids == [*first, *own]:
                for policy_id in own:
                    self.by_id[policy_id]["attached_to"].append(named)
            else:
                listed[policy_type] = [self._name(policy_id) for policy_id in policy_ids]
        return {"policies": listed} if listed else {}

    def _name(self, policy_id: str) -> str:
        return str(self.by_id[policy_id]["name"]) if policy_id in self.by_id else FULL_ACCESS_NAME


def _services(organization: Organization) -> dict[str, Any]:
    """The services that are trusted, and who administers them; nothing of it where there are none."""
    trusted = organization.trusted_services.order_by("service").values_list("service", flat=True)
    rows = DelegatedAdministrator.objects.filter(organization=organization)
    delegations = rows.order_by("account__name_key", "trusted_service__service")
    held = [
        {"account": account, "service": service}
        for account, service in delegations.values_list("account__name", "trusted_service__service")
    ]
    said: dict[str, Any] = {"trusted_services": list(trusted), "delegated_administrators": held}
    return {key: value for key, value in said.items() if value}


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
