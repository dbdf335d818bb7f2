"""Trusted services, R-TS."""

from tests.oracle.callers import may_write
from tests.oracle.changes import held_by
from tests.oracle.state import Caller, Outcome, Refusal, State

# Some of the catalogue: how many delegated administrators each takes.
CATALOGUE = {"service.CTS": 10_000, "service.COC": 1, "service.CostCenter": 0}


def principal_is_good(principal: object) -> bool:
    return isinstance(principal, str) and 1 <= len(principal) <= 100 and principal.isprintable()


def enable_trusted_service(state: State, caller: Caller, *, service_principal: object) -> Outcome:
    """R-TS-2."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not principal_is_good(service_principal):
        return Refusal("invalid_parameter", "service_principal")
    if service_principal not in CATALOGUE:
        return Refusal("service_principal_unknown")
    if (organization.id, service_principal) in state.services:
        return Refusal("trusted_service_already_enabled")
    return held_by(state, organization.id, service_principal, frozenset())


def disable_trusted_service(state: State, caller: Caller, *, service_principal: object) -> Outcome:
    """R-TS-4, R-TS-5."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not principal_is_good(service_principal):
        return Refusal("invalid_parameter", "service_principal")
    held = state.services.get((organization.id, service_principal))
    if held is None:
        return Refusal("trusted_service_not_enabled")
    if held:
        return Refusal("trusted_service_has_delegated_admin")
    return held_by(state, organization.id, service_principal, None)
