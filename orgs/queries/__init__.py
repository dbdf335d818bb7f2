"""What can be asked: only what the actor may see. This list is the table of contents."""

from orgs.queries import (
    accounts,
    events,
    integrity,
    organization_files,
    organizations,
    structure,
    tags,
    targets,
    tree_search,
)

__all__ = [
    "accounts",
    "events",
    "integrity",
    "organization_files",
    "organizations",
    "structure",
    "tags",
    "targets",
    "tree_search",
]
