"""What can be done: one public function per business operation. This list is the table of contents."""

from orgs.operations import (
    access_keys,
    accounts,
    organizations,
    quotas,
    tags,
    units,
    users,
)

__all__ = [
    "access_keys",
    "accounts",
    "organizations",
    "quotas",
    "tags",
    "units",
    "users",
]
