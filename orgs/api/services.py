"""The installation's catalogues of services."""

from orgs import queries
from orgs.api.endpoint import Call, Caller, endpoint
from orgs.api.shapes.services import (
    ServicesAnswer,
    TagPolicyServicesAnswer,
    tag_policy_services_answer,
)


@endpoint(action="organizations:services:list", caller=Caller.ANY_ACCOUNT)
def list_services(_call: Call) -> ServicesAnswer:
    """ListServices."""
    return ServicesAnswer(queries.services.list_integrable_services())


@endpoint(action="organizations:tagPolicyServices:list", caller=Caller.ANY_ACCOUNT)
def list_tag_policy_services(_call: Call) -> TagPolicyServicesAnswer:
    """ListTagPolicyServices."""
    return tag_policy_services_answer(queries.services.list_tag_policy_services())
