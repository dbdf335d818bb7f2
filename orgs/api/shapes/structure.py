"""The tree on the wire, in one piece."""

from collections.abc import Sequence
from itertools import starmap
from typing import Any

from msgspec import Raw, Struct, json

from orgs.queries.whole_tree import WholeTree


# Rows hold texts alone, so the collector of garbage need not look at ten thousand of them.
class TreeUnitDto(Struct, frozen=True, gc=False):
    """The root, which has no parent, or a unit."""

    id: str
    parent_id: str | None
    name: str


class TreeAccountDto(Struct, frozen=True, gc=False):
    """An account, with the root or unit that it is in."""

    id: str
    parent_id: str
    name: str
    status: str


class TreeAnswer(Struct, frozen=True, omit_defaults=True):
    """ShowTree."""

    organization_id: str
    version: int
    units: list[TreeUnitDto]
    accounts: list[TreeAccountDto] | None = None


class WrittenTree(Struct, frozen=True, omit_defaults=True):
    """The same, with lists that are bytes already."""

    organization_id: str
    version: int
    units: Raw
    accounts: Raw | None = None


class TreeQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """ShowTree."""

    accounts: bool = True


class MoveUnitBody(Struct, frozen=True, forbid_unknown_fields=True):
    """MoveOrganizationalUnit."""

    source_parent_id: str
    destination_parent_id: str


def write_units(rows: Sequence[Sequence[Any]]) -> bytes:
    """Rows of units as JSON, without the brackets of a list."""
    return json.encode(list(starmap(TreeUnitDto, rows)))[1:-1]


def write_accounts(rows: Sequence[Sequence[Any]]) -> bytes:
    """The same of accounts."""
    return json.encode(list(starmap(TreeAccountDto, rows)))[1:-1]


def written_tree(organization_id: str, tree: WholeTree[bytes]) -> WrittenTree:
    """The answer, put together of what was written."""
    return WrittenTree(
        organization_id=organization_id,
        version=tree.version,
        units=_list(tree.units),
        accounts=None if tree.accounts is None else _list(tree.accounts),
    )


def _list(parts: Sequence[bytes]) -> Raw:
    return Raw(b"[%b]" % b",".join(parts))
