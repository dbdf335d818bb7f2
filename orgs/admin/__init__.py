"""The site of the operators: everything to read, and what operators do, by way of operations."""

from orgs.admin import (
    access_keys,
    account_requests,
    accounts,
    agencies,
    care,
    departures,
    events,
    invitations,
    jobs,
    organizations,
    policies,
    recorded_calls,
    services,
    tags,
    trusted_services,
    units,
    users,
)
from orgs.admin.site import site

__all__ = [
    "access_keys",
    "account_requests",
    "accounts",
    "agencies",
    "care",
    "departures",
    "events",
    "invitations",
    "jobs",
    "organizations",
    "policies",
    "recorded_calls",
    "services",
    "site",
    "tags",
    "trusted_services",
    "units",
    "users",
]
