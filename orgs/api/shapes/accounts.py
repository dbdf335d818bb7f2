"""Accounts on the wire."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from orgs.api.shapes.paging import PageInfo, whole_seconds
from orgs.queries.members import AccountRow
from orgs.queries.paging import Page

Urn = Callable[[str, str], str]


class AccountDto(Struct, frozen=True):
    """An account of the organization; the contacts only where they are asked for (R-ACC-3)."""

    id: str
    urn: str
    join_method: str
    status: str
    joined_at: datetime
    name: str
    description: str
    email: str | None = None
    mobile_phone: str | None = None
    intl_number_prefix: str | None = None


class AccountAnswer(Struct, frozen=True):
    """ShowAccount, UpdateAccount."""

    account: AccountDto


class AccountsAnswer(Struct, frozen=True):
    """ListAccounts."""

    accounts: list[AccountDto]
    page_info: PageInfo


class MoveAccountBody(Struct, frozen=True):
    """MoveAccount."""

    source_parent_id: str
    destination_parent_id: str


class UpdateAccountBody(Struct, frozen=True):
    """UpdateAccount."""

    description: str | None = None


class AccountQuery(Struct, frozen=True):
    """ShowAccount."""

    with_register_contact_info: bool = False


class AccountsQuery(Struct, frozen=True):
    """ListAccounts."""

    parent_id: str | None = None
    with_register_contact_info: bool = False
    limit: int | None = None
    marker: str | None = None


def account_answer(account: AccountRow, urn: Urn, *, with_contacts: bool) -> AccountAnswer:
    """The answer about one account."""
    return AccountAnswer(_account(account, urn, with_contacts=with_contacts))


def accounts_answer(
    page: Page[AccountRow], next_marker: str | None, urn: Urn, *, with_contacts: bool
) -> AccountsAnswer:
    """A page of accounts."""
    rows = [_account(account, urn, with_contacts=with_contacts) for account in page.rows]
    return AccountsAnswer(rows, PageInfo(next_marker, len(rows)))


def _account(account: AccountRow, urn: Urn, *, with_contacts: bool) -> AccountDto:
    return AccountDto(
        id=account.id,
        urn=urn("account", account.id),
        join_method=account.join_method,
        status=account.status,
        joined_at=whole_seconds(account.joined_at),
        name=account.name,
        description=account.description,
        email=account.email if with_contacts else None,
        mobile_phone=account.phone if with_contacts else None,
    )
