"""The accounts of an organization as the wire lists and shows them, without model instances.

A list takes one statement, or two where a parent has to be there, however large the organization is.
"""

from datetime import datetime
from typing import NamedTuple

from orgs import errors, identifiers
from orgs.actor import Actor
from orgs.models import Account
from orgs.permissions import Permission
from orgs.queries.paging import (
    DEFAULT_LIMIT,
    LARGEST_LIMIT,
    Page,
    Place,
    after,
    after_time,
    page_size,
    take,
)
from orgs.queries.units import require_parent, require_structure

LARGEST_WITH_CONTACTS = 200


class AccountRow(NamedTuple):
    """What is told of an account. The contacts are read with the rest, and told where they are asked for."""

    id: str
    name: str
    description: str
    status: str
    join_method: str
    joined_at: datetime
    email: str | None
    phone: str | None


def list_members(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    parent_id: str | None = None,
    with_contacts: bool = False,
    limit: int | None = None,
    place: Place | None = None,
) -> Page[AccountRow]:
    """All accounts by the time they joined, or those directly under a parent by name (R-ACC-3, R-ACC-4).

    Each order is the one of an index.

    Raises:
        NotManagementOrDelegated, InvalidParameter, ParentNotFound.

    Contract: ListAccounts.
    """
    require_structure(permissions)
    size = page_size(
        limit,
        largest=LARGEST_WITH_CONTACTS if with_contacts else LARGEST_LIMIT,
        default=LARGEST_WITH_CONTACTS if with_contacts else DEFAULT_LIMIT,
    )
    rows = Account.objects.filter(organization=actor.organization_id)
    if parent_id is None:
        rows = rows.filter(after_time(place, "joined_at")).order_by("joined_at", "pk")
    else:
        require_parent(actor, parent_id)
        rows = rows.filter(after(place, "name_key", str), unit=parent_id).order_by("name_key", "pk")
    found, has_more = take(rows.values_list(*AccountRow._fields, "name_key"), size)
    if not has_more:
        return Page([AccountRow(*row[:-1]) for row in found])
    last = AccountRow(*found[-1][:-1])
    value = last.joined_at.isoformat() if parent_id is None else found[-1][-1]
    return Page([AccountRow(*row[:-1]) for row in found], (value, last.id))


def get_member(*, actor: Actor, permissions: frozenset[Permission], account_id: str) -> AccountRow:
    """One account of the organization. One statement.

    Raises:
        NotManagementOrDelegated, InvalidParameter, AccountNotFound.

    Contract: ShowAccount.
    """
    require_structure(permissions)
    checked = identifiers.ACCOUNT.require(account_id, field="account_id")
    rows = Account.objects.filter(organization=actor.organization_id, pk=checked)
    row = rows.values_list(*AccountRow._fields).first()
    if row is None:
        raise errors.AccountNotFound(account_id=checked)
    return AccountRow(*row)
