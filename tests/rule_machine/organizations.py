"""Organizations and their quota."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from orgs import operations
from orgs.actor import Actor
from tests import oracle
from tests.refusals import answer_of
from tests.rule_machine.drawn import indexes
from tests.rule_machine.steps import Steps


class Organizations(Steps):
    """Founded and deleted."""

    @rule(who=indexes, act=st.sampled_from(["create", "create", "delete", "delete", "quota"]))
    def organization(self, who, act):
        if act == "create":
            self.create_organization(who * 11)
        elif act == "delete":
            self.delete_organization(who * 11)
        else:
            self.set_account_quota(who, (0, 1, 2, 10, 10_000, 10_001)[who % 6])

    def create_organization(self, who):
        caller, actor = self.caller(who)
        outcome = oracle.create_organization(
            self.state, caller, organization_id="o-new", root_id="r-new"
        )
        answer, made = answer_of(operations.organizations.create_organization, actor=actor)
        if answer == "ok":
            root_id = made.root.pk
            outcome = oracle.create_organization(
                self.state, caller, organization_id=made.pk, root_id=root_id
            )
            self.organizations.append(made.pk)
            self.places.append(root_id)
        self.compare(outcome, answer)

    def delete_organization(self, who):
        operation = operations.organizations.delete_organization
        self.ask_by(who, "delete_organization", operation)

    def set_account_quota(self, which, quota):
        organization_id = [*self.organizations, "o-0000000000"][-1 - which % 3]
        outcome = oracle.set_account_quota(self.state, organization_id=organization_id, quota=quota)
        if outcome == self.state:
            return  # set to what it is: an operator's act that is written down without a change
        answer, _ = answer_of(
            operations.quotas.set_account_quota,
            actor=Actor.operator("operator"),
            organization_id=organization_id,
            quota=quota,
        )
        self.compare(outcome, answer)

    def mistake_organization_not_empty(self, _index):
        self.ask("delete_organization", operations.organizations.delete_organization)
