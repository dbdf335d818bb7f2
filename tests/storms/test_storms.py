"""T3, T4: what many processes do to one database at once. On both databases, with real transactions."""

import time
from collections import Counter

import pytest
from django.db import connection

from orgs.models import OrganizationalUnit
from tests.factories import AccountFactory, actor_for, make_administrator, make_organization
from tests.snapshot import last_event, state_of_database
from tests.storms.crowd import Crowd, as_sent, require_whole
from tests.storms.guarded import guard

pytestmark = [
    pytest.mark.storm,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("storms"),
]

STEPS = 50


@pytest.fixture(scope="module")
def crowd(django_db_setup, django_db_blocker):
    """16 processes on PostgreSQL; on SQLite, which lets one write at a time, 4 in a storm."""
    with django_db_blocker.unblock():
        crowd = Crowd(16 if connection.vendor == "postgresql" else 8)
        connection.close()
    yield crowd
    crowd.close()


@pytest.mark.parametrize("organizations", [1, 8])
def test_storm_leaves_every_organization_whole(crowd, organizations):
    actors = [member_rich_organization() for _ in range(organizations)]
    start, after = state_of_database(), last_event()
    processes = 16 if connection.vendor == "postgresql" else 4
    # Few processes need more steps until two of them want the same.
    steps = STEPS if connection.vendor == "postgresql" else 4 * STEPS
    jobs = [
        {"job": "storm", "actors": actors, "steps": steps, "seed": seed}
        for seed in range(processes)
    ]

    began = time.perf_counter()
    said = crowd.ask(jobs)
    seconds = time.perf_counter() - began

    answers = require_whole(said, start, after=after)
    slowest = max(one["seconds"] for one in said)
    rate = len(said) / seconds
    print(f"{rate:.0f}/s, slowest {slowest:.2f} s: {dict(answers)}")  # noqa: T201  (its report)
    assert answers.total() == processes * steps
    # The storm blew: a good part of it changed something, and some of it met what others had done.
    assert answers["ok"] > answers.total() / 3
    assert answers["OuNameConflict"] > 0
    assert answers["PolicyAlreadyAttached"] > 0
    assert answers["ConcurrentModification"] < answers.total() / 100


def member_rich_organization() -> dict[str, object]:
    """With service control policies on, and a few of them."""
    organization, actor = make_organization()
    for _ in range(6):
        AccountFactory(member_of=organization.root)
    guard(organization, actor, policies=6)
    return as_sent(actor)


def test_organizations_founded_at_once_share_no_tree(crowd):
    rounds, founders, units = 50, 8, 1
    actors = [
        as_sent(actor_for(make_administrator(AccountFactory()))) for _ in range(rounds * founders)
    ]
    start, after = state_of_database(), last_event()
    said = []

    for number in range(rounds):
        chosen = actors[number * founders : (number + 1) * founders]
        at = time.time() + 0.01
        said += crowd.ask(
            [{"job": "found", "actor": actor, "at": at, "units": units} for actor in chosen]
        )

    answers = require_whole(said, start, after=after)
    assert answers == Counter(ok=rounds * founders * (1 + units))
    roots = OrganizationalUnit.objects.filter(parent=None)
    assert roots.values("tree_id").distinct().count() == rounds * founders
    for root in roots:
        below = root.get_descendants(include_self=True).values_list("organization", flat=True)
        assert list(below) == [root.organization_id] * (1 + units)
