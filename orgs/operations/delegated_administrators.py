"""Delegated administrators: registering accounts for trusted services, and deregistering them (R-DA)."""

from django.utils import timezone

from orgs import errors, events, identifiers, names
from orgs.actor import Actor
from orgs.models import Account, AccountStatus, DelegatedAdministrator, Organization, TrustedService
from orgs.operations.change import change
from orgs.operations.grants import settle_grants
from orgs.operations.trusted_services import find_trusted_service, lock_service
from orgs.permissions import Permission


def register_delegated_administrator(
    *, actor: Actor, account_id: str, service_principal: str
) -> DelegatedAdministrator:
    """Make a member the delegated administrator of a trusted service (R-DA-1 to R-DA-4).

    With its first service its users see the whole organization, at once, and change nothing in it.

    Raises:
        InvalidParameter, AccountNotFound, TrustedServiceNotEnabled, DelegatedAdminUnsupported.
        DelegatedAdminIsManagement, AccountNotActive, DelegatedAdminExists, DelegatedAdminQuotaExceeded.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Contract: RegisterDelegatedAdministrator.
    """
    with change(actor, Permission.REGISTER_DELEGATED_ADMINISTRATOR) as organization:
        names.service_principal(service_principal)
        account = organization.accounts.select_for_update(no_key=True).find(account_id)
        trusted = find_trusted_service(organization, service_principal)
        _require_eligible(organization, account, trusted)

        delegation = organization.delegated_administrators.create(
            account=account, trusted_service=trusted, registered_at=timezone.now()
        )
        settle_grants(account)
        events.record(
            actor,
            organization,
            events.Kind.DELEGATED_ADMINISTRATOR_REGISTERED,
            _targets(
                organization, account, trusted, after={"service_principal": trusted.service_id}
            ),
        )
        return delegation


def deregister_delegated_administrator(
    *, actor: Actor, account_id: str, service_principal: str
) -> None:
    """Take a service from its delegated administrator; with the last one its rights end at once (R-DA-7).

    Raises:
        InvalidParameter.
        DelegatedAdminNotFound: no such pair; also for an unknown account or service.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Contract: DeregisterDelegatedAdministrator.
    """
    with change(actor, Permission.REGISTER_DELEGATED_ADMINISTRATOR) as organization:
        principal = names.service_principal(service_principal)
        checked = identifiers.ACCOUNT.require(account_id, field="account_id")
        delegation = (
            organization.delegated_administrators.filter(
                account=checked, trusted_service__service=principal
            )
            .select_related("account", "trusted_service__service")
            .first()
        )
        if delegation is None:
            raise errors.DelegatedAdminNotFound(account=checked, service=principal)

        account, trusted = delegation.account, delegation.trusted_service
        delegation.delete()
        settle_grants(account)
        events.record(
            actor,
            organization,
            events.Kind.DELEGATED_ADMINISTRATOR_DEREGISTERED,
            _targets(organization, account, trusted, before={"service_principal": principal}),
        )


def _require_eligible(
    organization: Organization, account: Account, trusted: TrustedService
) -> None:
    """The conditions in the contract's order; the catalogue is asked afresh (R-DA-1 to R-DA-3)."""
    service = lock_service(trusted.service_id) or trusted.service
    if not service.supports_delegated_administrators:
        raise errors.DelegatedAdminUnsupported(service=service.name)
    if account.pk == organization.management_account_id:
        raise errors.DelegatedAdminIsManagement(account_name=account.name)
    if account.status != AccountStatus.ACTIVE:
        raise errors.AccountNotActive(account_name=account.name)
    if trusted.delegated_administrators.filter(account=account).exists():
        raise errors.DelegatedAdminExists(account_name=account.name, service=service.name)
    limit, used = service.most_delegated_administrators, trusted.delegated_administrators.count()
    if limit is not None and used >= limit:
        raise errors.DelegatedAdminQuotaExceeded(service=service.name, limit=limit, used=used)


def _targets(
    organization: Organization,
    account: Account,
    trusted: TrustedService,
    *,
    before: events.Facts | None = None,
    after: events.Facts | None = None,
) -> list[events.Target]:
    unit = organization.place(account.unit_id)
    return [
        events.of_account(account, unit.names, before=before, after=after),
        events.of_trusted_service(trusted),
    ]
