"""What can be done: one public function per business operation. This is the table of contents."""

from orgs.operations import (
    access_keys,
    accounts,
    bookkeeping,
    integrity,
    organization_files,
    organizations,
    quotas,
    second_factors,
    services,
    sessions,
    tags,
    units,
    users,
)

__all__ = [
    "access_keys",
    "accounts",
    "bookkeeping",
    "integrity",
    "organization_files",
    "organizations",
    "quotas",
    "second_factors",
    "services",
    "sessions",
    "tags",
    "units",
    "users",
]
