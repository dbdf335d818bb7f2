"""Policy types and dry runs, which are switched."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from orgs import operations
from tests import oracle
from tests.rule_machine.drawn import buckets, indexes, policy_types, statuses
from tests.rule_machine.steps import Steps


class PolicyTypes(Steps):
    """Enabled and disabled, and what a worker makes of it."""

    @rule(
        who=indexes,
        policy_type=policy_types,
        act=st.sampled_from(["enable"] * 3 + ["disable"]),
        ends=st.sampled_from(["", "fail"] + ["finish"] * 6),
    )
    def switch_policy_type(self, who, policy_type, act, ends):
        """Begun, and mostly ended at once, as a worker would."""
        root_id = self.place(0) if who % 16 == 1 else self.live_places()[0]
        wanted = {"root_id": root_id, "policy_type": policy_type}
        asked = f"{act}_policy_type"
        self.ask_by(who, asked, getattr(operations.policy_types, asked), **wanted)
        if ends:
            self.end_switches(ends)

    def end_switches(self, ends):
        organization_id = self.organizations[0]
        root_id = self.state.organizations[organization_id].root_id
        pending = [
            policy_type
            for policy_type in oracle.POLICY_TYPES
            if "pending" in self.state.switch(organization_id, policy_type)
        ]
        outcome = self.state
        for policy_type in pending:
            outcome = getattr(oracle, f"{ends}_switch")(
                outcome, organization_id=organization_id, policy_type=policy_type
            )
        getattr(operations.policy_types, f"{ends}_policy_type_switches")(root_id)
        self.compare(outcome, "ok", changes=len(pending))

    @rule(
        who=indexes,
        where=indexes,
        policy_type=st.sampled_from([oracle.SCP] * 15 + [oracle.TAG_POLICY]),
        said=st.tuples(statuses, buckets, buckets, buckets),
        ends=st.sampled_from(["", "fail"] + ["finish"] * 6),
    )
    def set_up_dry_run(self, who, where, policy_type, said, ends):
        """Begun, and mostly ended at once, as a worker would."""
        organization_id = self.organizations[0]
        root_id = self.place(where // 16) if where % 16 == 0 else self.places[0]
        wanted = {
            "root_id": root_id,
            "policy_type": policy_type,
            "status": said[0],
            "bucket_name": said[1],
            "region_id": said[2],
            "agency_name": said[3],
        }
        if where % 2 and not self.state.dry_runs:
            wanted |= dict.fromkeys(oracle.DRY_RUN_FIELDS, "logs")
        operation = operations.dry_runs.update_dry_run_configuration
        self.ask_by(who, "update_dry_run", operation, **wanted)
        if ends and "pending" in self.state.switch(organization_id, oracle.DRY_RUN):
            outcome = getattr(oracle, f"{ends}_dry_run")(
                self.state, organization_id=organization_id
            )
            getattr(operations.dry_runs, f"{ends}_dry_run_switch")(
                self.state.organizations[organization_id].root_id
            )
            self.compare(outcome, "ok")

    def mistake_policy_type_already_disabled(self, _index):
        """In the other organization they mostly are."""
        wanted = {"root_id": self.places[1], "policy_type": oracle.TAG_POLICY}
        operation = operations.policy_types.disable_policy_type
        self.ask("disable_policy_type", operation, by=1, **wanted)
