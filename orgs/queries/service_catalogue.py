"""Services as people look at them: the catalogue with how each stands here, and who administers which."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery

from orgs import errors, names
from orgs.actor import Actor
from orgs.models import (
    Account,
    AccountStatus,
    DelegatedAdministrator,
    IntegrableService,
    Organization,
    TrustedService,
)
from orgs.permissions import Permission
from orgs.queries.organizations import number_of
from orgs.queries.sight import judge

PART = 50
MOST_SUGGESTED = 100


class ServiceLine(NamedTuple):
    """A service of the catalogue; `enabled_at` is empty while the organization does not trust it."""

    principal: str
    name: str
    description: str
    supports_administrators: bool
    most_administrators: int | None
    note_before_disabling: str
    enabled_at: datetime | None
    administrators: int

    @property
    def is_enabled(self) -> bool:
        """Whether it is trusted."""
        return self.enabled_at is not None

    @property
    def has_room(self) -> bool:
        """Whether the catalogue lets it have another delegated administrator (R-DA-3)."""
        return self.most_administrators is None or self.administrators < self.most_administrators

    @property
    def takes_administrators(self) -> bool:
        """Whether an account could be registered for it now (R-DA-1, R-DA-3)."""
        return self.is_enabled and self.supports_administrators and self.has_room


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Every service that could be trusted, by name."""

    organization: Organization
    permissions: frozenset[Permission]
    lines: Sequence[ServiceLine]

    @property
    def enabled(self) -> int:
        """How many are."""
        return sum(line.is_enabled for line in self.lines)


class Delegation(NamedTuple):
    """A service of a delegated administrator."""

    principal: str
    service_name: str
    registered_at: datetime


class AdministratorLine(NamedTuple):
    """An account that administers services; its name sorts the list."""

    id: str
    name: str
    name_key: str
    status: AccountStatus
    delegations: Sequence[Delegation]


@dataclass(frozen=True, slots=True, kw_only=True)
class Administrators:
    """Up to 50 accounts; the next part is asked for with `after`, which the last part does not have."""

    organization: Organization
    permissions: frozenset[Permission]
    lines: Sequence[AdministratorLine]
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceView:
    """A service, how many accounts it may act in, and the first of its delegated administrators."""

    organization: Organization
    permissions: frozenset[Permission]
    line: ServiceLine
    accounts: int
    administrators: Sequence[AdministratorLine]


def get_catalogue(*, actor: Actor) -> Catalogue:
    """The catalogue with how each service stands in the actor's organization. Three statements.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.

    Rules: R-TS-1, R-TS-9.
    """
    organization, permissions = judge(actor, None)
    return Catalogue(organization=organization, permissions=permissions, lines=_lines(organization))


def get_service(*, actor: Actor, principal: str) -> ServiceView:
    """One service.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        ServiceNotFound: not in the catalogue.
    """
    organization, permissions = judge(actor, None)
    lines = _lines(organization, principal=principal) if names.prints(principal) else []
    if not lines:
        raise errors.ServiceNotFound(service=principal)
    accounts = Account.objects.filter(organization=organization)
    of_service = _of(organization).filter(trusted_service__service=principal)
    return ServiceView(
        organization=organization,
        permissions=permissions,
        line=lines[0],
        accounts=accounts.count(),
        administrators=_with_services(organization, _accounts(organization, of_service)[:PART]),
    )


def list_administrators(*, actor: Actor, after: str = "") -> Administrators:
    """The delegated administrators by name, each with its services. Four statements.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        InvalidParameter: `after` is no name that an account could have.

    Rules: R-DA-9.
    """
    organization, permissions = judge(actor, None)
    rows = _accounts(organization, _of(organization))
    if after:
        if not names.prints(after):
            raise errors.InvalidParameter(field="after", reason=errors.Reason.NOT_AN_ID)
        rows = rows.filter(name_key__gt=after)
    found = _with_services(organization, rows[: PART + 1])
    shown = found[:PART]
    return Administrators(
        organization=organization,
        permissions=permissions,
        lines=shown,
        after=shown[-1].name_key if len(found) > PART else "",
    )


def get_administrator(*, actor: Actor, account_id: str, principal: str) -> AdministratorLine:
    """An account that administers that service, with all its services.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        AccountNotFound: it does not, or is not in the actor's organization.
    """
    organization, _permissions = judge(actor, None)
    of_both = _of(organization).filter(account=account_id, trusted_service__service=principal)
    found = _with_services(organization, _accounts(organization, of_both))
    if not found:
        raise errors.AccountNotFound(account_id=account_id)
    return found[0]


def find_account_called(organization: Organization, name: str) -> str:
    """The id of the account with that name.

    Raises:
        AccountNotFound.
    """
    found = None
    if names.prints(name):
        here = Account.objects.filter(organization=organization, name_key=names.name_key(name))
        found = here.values_list("pk", flat=True).first()
    if found is None:
        raise errors.AccountNotFound(account_id=name)
    return found


def suggest_accounts(organization: Organization) -> list[str]:
    """The first members that could administer a service, by name. One statement."""
    members = Account.objects.filter(organization=organization, status=AccountStatus.ACTIVE)
    rows = members.exclude(pk=organization.management_account_id).order_by("name_key")
    return list(rows.values_list("name", flat=True)[:MOST_SUGGESTED])


def _lines(organization: Organization, *, principal: str = "") -> list[ServiceLine]:
    here = TrustedService.objects.filter(organization=organization, service=OuterRef("pk"))
    services = IntegrableService.objects.order_by("name", "pk")
    if principal:
        services = services.filter(pk=principal)
    delegations = DelegatedAdministrator.objects.filter(
        organization=organization, trusted_service__service=OuterRef("pk")
    )
    rows = services.annotate(
        enabled_at=Subquery(here.values("enabled_at")), administrators=number_of(delegations)
    ).values_list(
        "pk",
        "name",
        "description",
        "supports_delegated_administrators",
        "most_delegated_administrators",
        "note_before_disabling",
        "enabled_at",
        "administrators",
    )
    return [ServiceLine(*row) for row in rows]


def _of(organization: Organization) -> QuerySet[DelegatedAdministrator]:
    return DelegatedAdministrator.objects.filter(organization=organization)


def _accounts(
    organization: Organization, delegations: QuerySet[DelegatedAdministrator]
) -> QuerySet[Account, Any]:
    accounts = Account.objects.filter(
        organization=organization, pk__in=delegations.order_by().values("account")
    )
    return accounts.order_by("name_key").values_list("pk", "name", "name_key", "status")


def _with_services(
    organization: Organization, accounts: QuerySet[Account, Any]
) -> list[AdministratorLine]:
    rows = list(accounts)
    held: dict[str, list[Delegation]] = defaultdict(list)
    for account_id, principal, name, registered_at in (
        _of(organization)
        .filter(account__in=[row[0] for row in rows])
        .order_by("trusted_service__service__name")
        .values_list(
            "account", "trusted_service__service", "trusted_service__service__name", "registered_at"
        )
    ):
        held[account_id].append(Delegation(principal, name, registered_at))
    return [
        AdministratorLine(pk, name, key, AccountStatus(status), held[pk])
        for pk, name, key, status in rows
    ]
