"""Every operation that takes values, called with bad ones: a module for each noun, a row for each parameter.

Each call fills in what is good, so that one value alone is wrong. `tests.bad_input` has the values.
"""

from tests.bad_calls import (
    accounts,
    attachments,
    care,
    creations,
    invitations,
    policies,
    scoped_grants,
    services,
    subscriptions,
    tags,
    units,
    users,
)
from tests.bad_calls.world import Cases

CASES: Cases = [
    *accounts.CASES,
    *attachments.CASES,
    *care.CASES,
    *creations.CASES,
    *invitations.CASES,
    *policies.CASES,
    *scoped_grants.CASES,
    *services.CASES,
    *subscriptions.CASES,
    *tags.CASES,
    *units.CASES,
    *users.CASES,
]
