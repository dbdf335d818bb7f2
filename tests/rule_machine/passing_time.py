"""Time that passes."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.rule_machine.invitations import Invitations
from tests.rule_machine.scoped_grants import ScopedGrants


class PassingTime(Invitations, ScopedGrants):
    """Of what runs out, workers write down that it has."""

    @rule(hours=st.sampled_from([0.2, 1, 25, 25, 24 * 8, 24 * 14, 24 * 31]))
    def let_time_pass(self, hours):
        """For an hour rights that ran out are still written down: they count no more all the same."""
        self.world.clock.forward(hours=hours)
        self.expire()
        if hours > 1:
            self.expire_grants()
        self.compare(self.state, "ok")
