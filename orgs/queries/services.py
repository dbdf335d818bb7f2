"""The installation's catalogues of services; every account may read them (R-TS-1, R-TP-7)."""

from typing import NamedTuple

from orgs.models import IntegrableService, TagPolicyService


class TagPolicyServiceRow(NamedTuple):
    """A service on whose resource types a tag policy can be enforced."""

    service_name: str
    resource_types: list[str]
    supports_all: bool


def list_integrable_services() -> list[str]:
    """The principals of the services that an organization may trust, sorted.

    Contract: ListServices.
    """
    return list(IntegrableService.objects.order_by("pk").values_list("pk", flat=True))


def list_tag_policy_services() -> list[TagPolicyServiceRow]:
    """What tag policies can be enforced on, by service.

    Contract: ListTagPolicyServices.
    """
    rows = TagPolicyService.objects.order_by("pk").values_list(*TagPolicyServiceRow._fields)
    return [TagPolicyServiceRow(*row) for row in rows]
