"""What can be asked: only what the actor may see. This list is the table of contents."""

from orgs.queries import (
    access_keys,
    accounts,
    events,
    integrity,
    organization_files,
    organizations,
    overview,
    second_factors,
    sessions,
    structure,
    tags,
    targets,
    tree_search,
)

__all__ = [
    "access_keys",
    "accounts",
    "events",
    "integrity",
    "organization_files",
    "organizations",
    "overview",
    "second_factors",
    "sessions",
    "structure",
    "tags",
    "targets",
    "tree_search",
]
