"""What can be asked: only what the actor may see. This list is the table of contents."""

from orgs.queries import (
    accounts,
    events,
    integrity,
    organization_files,
    organizations,
    overview,
    structure,
    targets,
)

__all__ = [
    "accounts",
    "events",
    "integrity",
    "organization_files",
    "organizations",
    "overview",
    "structure",
    "targets",
]
