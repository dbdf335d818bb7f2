"""The pages of tags at 10,000 and 100,000 accounts, every second of which has a tag: statements, time."""

import pytest

from orgs.models import PolicyType, SwitchState
from tests.benchmarks.conftest import settle
from tests.factories import actor_for
from tests.tag_policies import attach_tag_policy, tag_policy_text

pytestmark = [pytest.mark.bench, pytest.mark.django_db]

MILLISECONDS = 600  # keys and values are counted over the index, so they grow with the tags
JUDGED_MILLISECONDS = 300  # at most 500 accounts are judged for a part, whatever there is
HTMX = {"HX-Request": "true", "HX-Target": "tags-list"}


def test_the_pages_of_tags_at_both_sizes(big):
    actor = actor_for(big.administrator)
    root = big.organization.root
    big.organization.policy_types.create(
        policy_type=PolicyType.TAG_POLICY,
        state=SwitchState.ENABLED,
        changed_at=big.organization.created_at,
    )
    attach_tag_policy(actor, root.pk, tag_policy_text("Stage", values=["production"]))
    settle()

    asked = [
        ("keys in use", "/tags/", 5, MILLISECONDS),
        ("keys on accounts", "/tags/?kind=account", 5, MILLISECONDS),
        ("values of a key", "/tags/values/?key=stage", 5, MILLISECONDS),
        ("what has a tag", "/tags/resources/?key=stage&kind=account", 5, MILLISECONDS),
        ("compliance of accounts", "/tags/compliance/", 10, JUDGED_MILLISECONDS),
        ("compliance of units", "/tags/compliance/?kind=unit", 7, JUDGED_MILLISECONDS),
    ]
    missed = []
    for what, address, statements, most in asked:
        measured = big.measure(address, **HTMX)
        big.say(what, measured)
        if measured.statements > statements or measured.best_milliseconds > most:
            missed.append(f"{what}: {measured}")
    assert missed == []
