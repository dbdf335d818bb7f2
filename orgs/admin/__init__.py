"""The site of the operators: everything to read, and what operators do, by way of operations."""

from orgs.admin import (
    access_keys,
    accounts,
    events,
    jobs,
    memberships,
    organizations,
    policies,
    services,
    tags,
    units,
    users,
)
from orgs.admin.site import site

__all__ = [
    "access_keys",
    "accounts",
    "events",
    "jobs",
    "memberships",
    "organizations",
    "policies",
    "services",
    "site",
    "tags",
    "units",
    "users",
]
