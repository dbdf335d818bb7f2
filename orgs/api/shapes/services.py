"""The catalogues of services on the wire."""

from collections.abc import Sequence

from msgspec import Struct

from orgs.queries.services import TagPolicyServiceRow


class ServicesAnswer(Struct, frozen=True):
    """ListServices."""

    services: list[str]


class TagPolicyServiceDto(Struct, frozen=True):
    """A service on whose types a tag policy can be enforced."""

    service_name: str
    resource_types: list[str]
    support_all: bool


class TagPolicyServicesAnswer(Struct, frozen=True):
    """ListTagPolicyServices."""

    services: list[TagPolicyServiceDto]


def tag_policy_services_answer(rows: Sequence[TagPolicyServiceRow]) -> TagPolicyServicesAnswer:
    """The whole catalogue."""
    return TagPolicyServicesAnswer(
        [
            TagPolicyServiceDto(row.service_name, row.resource_types, row.supports_all)
            for row in rows
        ]
    )
