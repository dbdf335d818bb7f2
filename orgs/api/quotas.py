"""Quotas."""

from orgs import queries
from orgs.api.endpoint import Call, Caller, endpoint
from orgs.api.shapes.quotas import QuotasAnswer, quotas_answer


@endpoint(action="organizations:quotas:list", caller=Caller.MANAGEMENT_OR_DELEGATED_ADMIN)
def list_quotas(call: Call) -> QuotasAnswer:
    """ListQuotas."""
    return quotas_answer(queries.quotas.list_quotas(actor=call.actor, permissions=call.permissions))
