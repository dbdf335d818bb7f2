"""The whole tree at one version of the organization, for programs that keep a copy of it.

Rows are the tuples of the database, in as many statements however large the organization is: its version,
units, accounts, and the version once more. Where that has become another one meanwhile, all is read again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet

from orgs import errors
from orgs.actor import Actor
from orgs.models import Account, Organization, OrganizationalUnit
from orgs.permissions import Permission
from orgs.queries.units import require_structure
from orgs.statements import Given, Statement

type Writer[Written] = Callable[[Sequence[Sequence[Any]]], Written]

ATTEMPTS: Final = 5
PART: Final = 500
UNIT_COLUMNS: Final = ("id", "parent_id", "name")
ACCOUNT_COLUMNS: Final = ("id", "unit_id", "name", "status")


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeTree[Written]:
    """Units in the order of the tree, the root first and without a parent; accounts by name.

    Both in parts, each as it was written. `accounts` is None where they were not asked for.
    """

    version: int
    units: Sequence[Written]
    accounts: Sequence[Written] | None


def find_version(*, actor: Actor, permissions: frozenset[Permission]) -> int:
    """The version of the actor's organization, which every change raises. One statement.

    Raises:
        NotManagementOrDelegated, CallerNotInOrganization.
    """
    require_structure(permissions)
    return _version(actor)


def load_whole_tree[Written](
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    version: int,
    write_units: Writer[Written],
    write_accounts: Writer[Written] | None,
) -> WholeTree[Written]:
    """The tree as it was at one version: the one found last, unless it changes meanwhile.

    Rows are handed to the writers part by part, units as id, parent, name and accounts as id, parent,
    name, status; without `write_accounts` none are read. Two statements, three with accounts, and as many
    again for each change that comes in between.

    The order of the units reads lft, which may be stale (R6); who is under whom is told by their parents.

    Raises:
        NotManagementOrDelegated, CallerNotInOrganization, ConcurrentModification.
    """
    require_structure(permissions)
    for _attempt in range(ATTEMPTS):
        units = _written(UNITS, write_units, actor)
        accounts = None if write_accounts is None else _written(ACCOUNTS, write_accounts, actor)
        version_after = _version(actor)
        if version_after == version:
            return WholeTree(version=version, units=units, accounts=accounts)
        version = version_after
    raise errors.ConcurrentModification


def _written[Written](rows: Statement, write: Writer[Written], actor: Actor) -> list[Written]:
    # Part by part, so that the same memory serves all of them: that is a third of the time.
    return [write(part) for part in rows.parts(PART, organization=actor.organization_id)]


def _version(actor: Actor) -> int:
    rows = _VERSION(organization=actor.organization_id)
    if not rows:
        raise errors.CallerNotInOrganization
    version: int = rows[0][0]
    return version


def _versions() -> QuerySet[Any, Any]:
    live = Organization.objects.live().filter(pk=Given("organization"))
    return live.order_by().values_list("version")


def _units() -> QuerySet[Any, Any]:
    units = OrganizationalUnit.objects.filter(organization=Given("organization"))
    return units.order_by("lft", "id").values_list(*UNIT_COLUMNS)


def _accounts() -> QuerySet[Any, Any]:
    accounts = Account.objects.filter(organization=Given("organization"))
    return accounts.order_by("name_key", "id").values_list(*ACCOUNT_COLUMNS)


_VERSION = Statement(_versions, prepared=True)
UNITS = Statement(_units)
ACCOUNTS = Statement(_accounts)
