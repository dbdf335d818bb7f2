"""What can be asked: only what the actor may see. This list is the table of contents."""

from orgs.queries import (
    accounts,
    entities,
    events,
    integrity,
    members,
    organization_files,
    organizations,
    paging,
    quotas,
    services,
    signers,
    structure,
    tags,
    targets,
    units,
)

__all__ = [
    "accounts",
    "entities",
    "events",
    "integrity",
    "members",
    "organization_files",
    "organizations",
    "paging",
    "quotas",
    "services",
    "signers",
    "structure",
    "tags",
    "targets",
    "units",
]
