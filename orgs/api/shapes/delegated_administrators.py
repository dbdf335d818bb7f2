"""Delegated administrators on the wire."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from orgs.api.shapes.paging import PageInfo, whole_seconds
from orgs.queries.delegated_administrators import AdministratorRow, DelegationRow
from orgs.queries.paging import Page


class DelegatedAdministratorBody(Struct, frozen=True):
    """RegisterDelegatedAdministrator, DeregisterDelegatedAdministrator."""

    service_principal: str
    account_id: str


class DelegatedAdministratorsQuery(Struct, frozen=True):
    """ListDelegatedAdministrators."""

    service_principal: str | None = None
    limit: int | None = None
    marker: str | None = None


class DelegatedAdministratorDto(Struct, frozen=True):
    """An account, and since when it is a delegated administrator."""

    delegation_enabled_at: datetime
    account_id: str
    account_urn: str
    join_method: str
    joined_at: datetime
    account_name: str


class DelegatedAdministratorsAnswer(Struct, frozen=True):
    """ListDelegatedAdministrators."""

    delegated_administrators: list[DelegatedAdministratorDto]
    page_info: PageInfo


class DelegatedServiceDto(Struct, frozen=True):
    """A service of an account, and since when."""

    service_principal: str
    delegation_enabled_at: datetime


class DelegatedServicesAnswer(Struct, frozen=True):
    """ListDelegatedServices."""

    delegated_services: list[DelegatedServiceDto]
    page_info: PageInfo


def delegated_administrators_answer(
    page: Page[AdministratorRow], next_marker: str | None, urn: Callable[[str, str], str]
) -> DelegatedAdministratorsAnswer:
    """A page of delegated administrators."""
    rows = [
        DelegatedAdministratorDto(
            delegation_enabled_at=whole_seconds(row.registered_at),
            account_id=row.account_id,
            account_urn=urn("account", row.account_id),
            join_method=row.join_method,
            joined_at=whole_seconds(row.joined_at),
            account_name=row.account_name,
        )
        for row in page.rows
    ]
    return DelegatedAdministratorsAnswer(rows, PageInfo(next_marker, len(rows)))


def delegated_services_answer(
    page: Page[DelegationRow], next_marker: str | None
) -> DelegatedServicesAnswer:
    """A page of the services of an account."""
    rows = [
        DelegatedServiceDto(row.principal, whole_seconds(row.registered_at)) for row in page.rows
    ]
    return DelegatedServicesAnswer(rows, PageInfo(next_marker, len(rows)))
