"""Invitations."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from orgs import operations
from tests import oracle
from tests.refusals import answer_of
from tests.rule_machine.drawn import few_tags, indexes, notes
from tests.rule_machine.steps import Steps


class Invitations(Steps):
    """Sent, answered, withdrawn and run out."""

    @rule(
        who=indexes,
        which=indexes,
        kind=st.sampled_from(["account"] * 5 + ["name"] * 5 + ["mail"]),
        said=st.tuples(notes, few_tags),
        where=indexes,
    )
    def invite_account(self, who, which, kind, said, where):
        alone = [one for one in self.accounts if not self.state.accounts[one].organization_id]
        target = self.latest(alone if which % 5 else self.accounts, which)
        if kind == "name" and target in self.state.accounts:
            target = self.state.accounts[target].name
        wanted = {
            "target_type": kind,
            "target": target,
            "notes": said[0],
            "tags": said[1],
            "destination_parent_id": self.destination(where),
        }
        self.send_invitation(who, wanted)

    def send_invitation(self, who, wanted):
        caller, actor = self.caller(who)
        answer, made = answer_of(operations.invitations.invite_account, actor=actor, **wanted)
        outcome = oracle.invite_account(
            self.state,
            caller,
            **wanted,
            invitation_id=made.pk if answer == "ok" else "h-new",
            now=self.now,
        )
        self.compare(outcome, answer)

    @rule(
        who=indexes, which=indexes, act=st.sampled_from(["accept", "accept", "decline", "cancel"])
    )
    def end_invitation(self, who, which, act):
        invitation_id = self.latest(list(self.state.invitations), which)
        invitation = self.state.invitations.get(invitation_id)
        if act == "cancel":
            caller, actor = self.caller(who)
        else:
            caller, actor = self.caller_of(invitation.account_id if invitation else "", who)
        wanted = {"invitation_id": invitation_id}
        outcome = getattr(oracle, f"{act}_invitation")(self.state, caller, **wanted, now=self.now)
        operation = getattr(operations.invitations, f"{act}_invitation")
        answer, _ = answer_of(operation, actor=actor, **wanted)
        self.compare(outcome, answer)

    def expire(self):
        """What every worker does within seconds."""
        for organization_id in self.state.organizations:
            outcome = oracle.expire_invitations(
                self.state, organization_id=organization_id, now=self.now
            )
            if outcome != self.state:
                operations.invitations.expire_invitations(organization_id)
                self.compare(outcome, "ok")

    def mistake_handshake_not_found(self, _index):
        operation = operations.invitations.cancel_invitation
        told = {"now": self.now}
        self.ask("cancel_invitation", operation, told=told, invitation_id="h-00000000")

    def mistake_handshake_not_pending(self, index):
        sent = self.state.invitations.values()
        if ended := self.one_of(index, [one for one in sent if one.state != "pending"]):
            operation = operations.invitations.cancel_invitation
            told = {"now": self.now}
            self.ask("cancel_invitation", operation, told=told, invitation_id=ended.id)
