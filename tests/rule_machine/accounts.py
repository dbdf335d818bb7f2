"""Accounts that are created, described and closed."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from orgs import operations
from orgs.models import CreationRequest, FailureReason
from tests import oracle
from tests.refusals import answer_of
from tests.rule_machine.drawn import account_names, emails, few_tags, indexes, texts
from tests.rule_machine.invitations import Invitations


class Accounts(Invitations):
    """Created, described and closed."""

    @rule(who=indexes, name=account_names, email=emails, tags=few_tags, where=indexes)
    def create_account(self, who, name, email, tags, where):
        caller, actor = self.caller(who)
        wanted = {
            "name": name,
            "email": email,
            "tags": tags,
            "destination_parent_id": self.destination(where),
        }
        answer, made = answer_of(operations.creations.create_account, actor=actor, **wanted)
        outcome = oracle.create_account(
            self.state,
            caller,
            **wanted,
            request_id=made.pk if answer == "ok" else "cas-new",
            now=self.now,
        )
        self.compare(outcome, answer)

    def create_no_account(self, name):
        told = {"request_id": "cas-new", "now": self.now}
        self.ask("create_account", operations.creations.create_account, told=told, name=name)

    @precondition(lambda self: self.state.creations)
    @rule(which=indexes, succeeds=st.sampled_from([True, True, True, False]))
    def end_creation(self, which, succeeds):
        requests = list(self.state.creations)
        request_id = requests[-1 - which % min(4, len(requests))]
        if succeeds:
            operations.creations.provide_account(request_id)
            account_id = CreationRequest.objects.get(pk=request_id).account_id or ""
            outcome = oracle.finish_creation(
                self.state, request_id=request_id, account_id=account_id, now=self.now
            )
            if account_id and account_id not in self.accounts:
                self.accounts.append(account_id)
        else:
            reason = FailureReason.INVALID_EMAIL
            operations.creations.fail_creation(request_id, reason)
            outcome = oracle.fail_creation(self.state, request_id=request_id, reason=reason.value)
        self.compare(outcome, "ok")

    @rule(who=indexes, which=indexes, description=texts)
    def update_account(self, who, which, description):
        wanted = {"account_id": self.account(which), "description": description}
        self.ask_by(who, "update_account", operations.accounts.update_account, **wanted)

    @rule(who=indexes, which=indexes)
    def close_account(self, who, which):
        caller, actor = self.caller(who)
        account_id = self.account(which)
        answer, made = answer_of(
            operations.closings.close_account, actor=actor, account_id=account_id
        )
        outcome = oracle.close_account(
            self.state,
            caller,
            account_id=account_id,
            request_id=str(made.pk) if answer == "ok" else "new",
            now=self.now,
        )
        self.compare(outcome, answer)

    def close_none(self, account_id):
        told = {"request_id": "new", "now": self.now}
        operation = operations.closings.close_account
        self.ask("close_account", operation, told=told, account_id=account_id)

    @precondition(lambda self: self.state.closings)
    @rule(which=indexes, act=st.sampled_from(["finish", "finish", "fail", "purge"]))
    def end_closing(self, which, act):
        requests = list(self.state.closings)
        request_id = requests[-1 - which % min(4, len(requests))]
        if act == "finish":
            operations.closings.finish_closing(request_id)
            outcome = oracle.finish_closing(self.state, request_id=request_id, now=self.now)
        elif act == "fail":
            operations.closings.fail_closing(request_id)
            outcome = oracle.fail_closing(
                self.state, request_id=request_id, reason="INTERNAL_FAILURE"
            )
        else:
            self.world.clock.forward(days=91)
            self.expire()
            account_id = self.state.closings[request_id].account_id
            before = self.now - self.state.limits.closed_listed
            operations.closings.purge_account(account_id, closed_before=before)
            outcome = oracle.purge_account(self.state, account_id=account_id, now=self.now)
        self.compare(outcome, "ok")

    def mistake_account_conflict(self, index):
        self.create_no_account(self.state.accounts[self.accounts[index % len(self.accounts)]].name)

    def mistake_account_create_concurrency(self, index):
        """More in a row than may run at once."""
        for number in range(self.state.limits.creations_at_once + 1):
            self.create_account(1, f"hurried-{index}-{number}", None, [], 1)

    def mistake_account_not_found(self, _index):
        self.close_none("0" * 32)

    def mistake_account_closing(self, index):
        members = self.state.members(self.organizations[0])
        if account := self.one_of(index, [one for one in members if one.status != "active"]):
            self.close_none(account.id)

    def mistake_cannot_close_invited(self, index):
        members = self.state.members(self.organizations[0])
        invited = [
            one.id
            for one in members
            if one.join_method == "invited"
            and one.status == "active"
            and one.id != self.accounts[0]
        ]
        if account_id := self.one_of(index, invited):
            self.close_none(account_id)

    def mistake_cannot_close_management(self, _index):
        self.close_none(self.accounts[0])
