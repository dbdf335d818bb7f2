"""The policy engine's bars: decisions a second on one core, and hostile texts."""

import pytest

from orgs.policy.evaluation import Request
from tests.benchmarks import policy_engine as engine

pytestmark = pytest.mark.bench

QUESTIONS = 200_000
WARM_A_SECOND = 500_000
NEW_A_SECOND = 60_000


def test_the_engine_beside_cedar_prints_its_figures():
    engine.main([])


def test_warm_decisions_a_second():
    known = [
        Request(one.account, one.action) for one in engine.requests(QUESTIONS, new_actions=False)
    ]

    assert engine.warm_rate(engine.benchmark_position(), known) >= WARM_A_SECOND


def test_decisions_a_second_when_every_action_is_new():
    new = [
        Request(one.account, one.action)
        for one in engine.requests(QUESTIONS // 2, new_actions=True)
    ]

    assert engine.cold_rate(engine.benchmark_position(), new) >= NEW_A_SECOND
