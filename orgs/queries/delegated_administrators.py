"""Who administers which service of an organization (R-DA)."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import Min

from orgs import identifiers, names
from orgs.actor import Actor
from orgs.errors import AccountNotFound
from orgs.models import Account, DelegatedAdministrator
from orgs.permissions import Permission
from orgs.queries.paging import Page, Place, page_size, take
from orgs.queries.units import require_structure


class AdministratorRow(NamedTuple):
    """An account that is delegated administrator of a service or of several, since `registered_at`."""

    account_id: str
    account_name: str
    join_method: str
    joined_at: datetime
    registered_at: datetime


class DelegationRow(NamedTuple):
    """A service that an account is delegated administrator of."""

    principal: str
    registered_at: datetime


def list_delegated_administrators(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    service_principal: str | None = None,
    limit: int | None = None,
    place: Place | None = None,
) -> Page[AdministratorRow]:
    """The delegated administrators by name, each once, with the time of its first delegation (R-DA-9).

    `service_principal` leaves those of one service; of a service that is not trusted there are none. The
    time is that of the first delegation of all, whatever the list is narrowed to. One statement.

    Raises:
        NotManagementOrDelegated, InvalidParameter.

    Contract: ListDelegatedAdministrators.
    """
    require_structure(permissions)
    size = page_size(limit)
    delegations = DelegatedAdministrator.objects.filter(organization=actor.organization_id)
    rows = delegations
    if service_principal is not None:
        principal = names.service_principal(service_principal)
        of_service = delegations.filter(trusted_service__service=principal)
        rows = rows.filter(account__in=of_service.values("account"))
    if place is not None:
        rows = rows.filter(account__name_key__gt=place[0])
    found, has_more = take(
        rows.order_by("account__name_key")
        .values("account", "account__name", "account__join_method", "account__joined_at")
        .annotate(first=Min("registered_at"))
        .values_list(
            "account",
            "account__name",
            "account__join_method",
            "account__joined_at",
            "first",
            "account__name_key",
        ),
        size,
    )
    end = (found[-1][-1],) if has_more else None
    return Page([AdministratorRow(*row[:-1]) for row in found], end)


def list_delegated_services(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    account_id: str,
    limit: int | None = None,
    place: Place | None = None,
) -> Page[DelegationRow]:
    """The services that an account is delegated administrator of, by principal (R-DA-9). Two statements.

    Raises:
        NotManagementOrDelegated, InvalidParameter, AccountNotFound.

    Contract: ListDelegatedServices.
    """
    require_structure(permissions)
    size = page_size(limit)
    checked = identifiers.ACCOUNT.require(account_id, field="account_id")
    here = Account.objects.filter(organization=actor.organization_id)
    if not here.filter(pk=checked).exists():
        raise AccountNotFound(account_id=checked)
    rows = DelegatedAdministrator.objects.filter(
        organization=actor.organization_id, account=checked
    ).order_by("trusted_service__service")
    if place is not None:
        rows = rows.filter(trusted_service__service__gt=place[0])
    found, has_more = take(rows.values_list("trusted_service__service", "registered_at"), size)
    page = [DelegationRow(*row) for row in found]
    return Page(page, (page[-1].principal,) if has_more else None)
