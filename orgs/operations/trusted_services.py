"""Trusted services: enabling and disabling them (R-TS)."""

from django.utils import timezone

from orgs import errors, events, names
from orgs.actor import Actor
from orgs.models import IntegrableService, Organization, TrustedService
from orgs.operations.agencies import let_services_in
from orgs.operations.change import change
from orgs.permissions import Permission

ADMINISTRATORS_NAMED = 5


def enable_trusted_service(*, actor: Actor, service_principal: str) -> TrustedService:
    """Trust a service of the catalogue: it may act in every account, now and later (R-TS-2, R-TS-3).

    Every account gets the agency through which it does.

    Raises:
        InvalidParameter, ServicePrincipalUnknown, TrustedServiceAlreadyEnabled.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Contract: EnableTrustedService.
    """
    with change(actor, Permission.SWITCH_TRUSTED_SERVICE) as organization:
        principal = names.service_principal(service_principal)
        service = lock_service(principal)
        if service is None:
            raise errors.ServicePrincipalUnknown(service=principal)
        if organization.trusted_services.filter(service=service).exists():
            raise errors.TrustedServiceAlreadyEnabled(service=service.name)

        now = timezone.now()
        trusted = organization.trusted_services.create(service=service, enabled_at=now)
        let_services_in(organization.accounts.only("pk").iterator(), [principal], now=now)
        target = events.of_trusted_service(trusted, after={"service_principal": principal})
        events.record(actor, organization, events.Kind.TRUSTED_SERVICE_ENABLED, [target])
        return trusted


def disable_trusted_service(*, actor: Actor, service_principal: str) -> None:
    """Trust a service no longer (R-TS-4 to R-TS-6).

    In accounts that join later it has nothing to do. Where it has its agency, it keeps it, and works on
    until it has cleaned up on its side.

    Raises:
        InvalidParameter, TrustedServiceNotEnabled.
        TrustedServiceHasDelegatedAdmin: R-TS-5.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Contract: DisableTrustedService.
    """
    with change(actor, Permission.SWITCH_TRUSTED_SERVICE) as organization:
        trusted = find_trusted_service(organization, service_principal)
        _require_no_administrators(trusted)

        target = events.of_trusted_service(
            trusted, before={"service_principal": trusted.service_id}
        )
        trusted.delete()
        events.record(actor, organization, events.Kind.TRUSTED_SERVICE_DISABLED, [target])


def find_trusted_service(organization: Organization, service_principal: object) -> TrustedService:
    """The service that the organization trusts, with its row of the catalogue.

    Raises:
        InvalidParameter, TrustedServiceNotEnabled.
    """
    principal = names.service_principal(service_principal)
    enabled = organization.trusted_services.select_related("service")
    trusted = enabled.filter(service=principal).first()
    if trusted is None:
        raise errors.TrustedServiceNotEnabled(service=principal)
    return trusted


def lock_service(principal: str) -> IntegrableService | None:
    """The service's row of the catalogue; it neither goes nor changes until the change ends.

    Always taken after the organization, so that two changes never wait for each other.
    """
    return IntegrableService.objects.select_for_update(no_key=True).filter(pk=principal).first()


def disable_all(organization: Organization) -> list[events.Target]:
    """Trust no service any more, with whoever administers one; for the end of an organization (R-ORG-10).

    Returns the targets for the event.
    """
    organization.delegated_administrators.all().delete()
    enabled = organization.trusted_services.select_related("service").order_by("service")
    targets = [
        events.of_trusted_service(trusted, before={"service_principal": trusted.service_id})
        for trusted in enabled
    ]
    organization.trusted_services.all().delete()
    return targets


def _require_no_administrators(trusted: TrustedService) -> None:
    accounts = trusted.delegated_administrators.order_by("account__name_key")
    found = list(accounts.values_list("account__name", flat=True)[: ADMINISTRATORS_NAMED + 1])
    if not found:
        return
    more = ["…"] if len(found) > ADMINISTRATORS_NAMED else []
    raise errors.TrustedServiceHasDelegatedAdmin(
        service=trusted.service.name, accounts=", ".join(found[:ADMINISTRATORS_NAMED] + more)
    )
