"""The services that an organization trusts."""

from orgs import operations, queries
from orgs.api.endpoint import Call, Caller, endpoint
from orgs.api.shapes.paging import PageQuery
from orgs.api.shapes.trusted_services import (
    TrustedServiceBody,
    TrustedServicesAnswer,
    trusted_services_answer,
)


@endpoint(
    action="organizations:trustedServices:disable",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    body=TrustedServiceBody,
)
def disable_trusted_service(call: Call, *, body: TrustedServiceBody) -> None:
    """DisableTrustedService."""
    operations.trusted_services.disable_trusted_service(
        actor=call.actor, service_principal=body.service_principal
    )


@endpoint(
    action="organizations:trustedServices:enable",
    caller=Caller.MANAGEMENT_ONLY,
    writes=True,
    body=TrustedServiceBody,
)
def enable_trusted_service(call: Call, *, body: TrustedServiceBody) -> None:
    """EnableTrustedService."""
    operations.trusted_services.enable_trusted_service(
        actor=call.actor, service_principal=body.service_principal
    )


@endpoint(
    action="organizations:trustedServices:list",
    caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN,
    query=PageQuery,
)
def list_trusted_services(call: Call, *, query: PageQuery) -> TrustedServicesAnswer:
    """ListTrustedServices."""
    markers = call.markers("trusted_services", query)
    page = queries.trusted_services.list_trusted_services(
        actor=call.actor,
        permissions=call.permissions,
        limit=query.limit,
        place=markers.read(query.marker),
    )
    return trusted_services_answer(page, markers.write(page.end))
