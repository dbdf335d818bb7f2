"""Accounts that leave, are removed, and are made able to."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from orgs import operations
from orgs.actor import Actor
from tests import oracle
from tests.refusals import answer_of
from tests.rule_machine.drawn import indexes
from tests.rule_machine.steps import Steps


class Departures(Steps):
    """Left, removed, converted."""

    @rule(who=indexes, which=indexes, act=st.sampled_from(["remove", "remove", "leave", "convert"]))
    def depart(self, who, which, act):
        if act == "remove":
            caller, actor = self.caller(who)
            account_id = self.account(which)
            outcome = oracle.remove_account(self.state, caller, account_id=account_id, now=self.now)
            answer, _ = answer_of(
                operations.departures.remove_account, actor=actor, account_id=account_id
            )
        elif act == "leave":
            caller, actor = self.caller(who * 11)
            outcome = oracle.leave_organization(self.state, caller, now=self.now)
            answer, _ = answer_of(operations.departures.leave_organization, actor=actor)
        else:
            account_id = self.accounts[which % len(self.accounts)]
            if not self.state.accounts[account_id].organization_id:
                self.compare(self.state, "ok")  # its events are no organization's
                return
            outcome = oracle.convert_account(self.state, account_id=account_id)
            answer, _ = answer_of(
                operations.accounts.convert_account,
                actor=Actor.operator("operator"),
                account_id=account_id,
            )
        self.compare(outcome, answer)

    def mistake_cannot_leave(self, _index):
        operation = operations.departures.leave_organization
        self.ask("leave_organization", operation, told={"now": self.now})
