"""What can be asked: only what the actor may see. This list is the table of contents."""

from orgs.queries import events, integrity, organization_files, organizations, structure, targets

__all__ = [
    "events",
    "integrity",
    "organization_files",
    "organizations",
    "structure",
    "targets",
]
