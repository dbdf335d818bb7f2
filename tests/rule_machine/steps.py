"""One step on the product and on the oracle, and what a step is made of: who asks, and of what."""

from contextlib import ExitStack

from django.db import connection, transaction
from hypothesis.stateful import RuleBasedStateMachine

from orgs.actor import Actor
from orgs.models import Organization, Role
from tests import oracle
from tests.invariants import violations
from tests.refusals import answer_of, wanted_of
from tests.rule_machine.drawn import foreign
from tests.rule_machine.world import World
from tests.snapshot import Reader, events_of_database, state_of_database

STEPS_PER_CHECK = 10


class Steps(RuleBasedStateMachine):
    """Chooses who asks and of what; asks both; and holds the two against one another."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.entered = ExitStack()
        self.entered.enter_context(transaction.atomic())
        self.reader = Reader()
        self.entered.enter_context(connection.execute_wrapper(self.reader))
        self.state = self.world.start
        # Of the moves that were made: the number of the event, and what the oracle has to know.
        self.moves: list[tuple[int, oracle.Move]] = []
        # Decisions are remembered by this number, and what an example did is rolled back.
        self.world.examples += 1
        Organization.objects.update(policy_version=self.world.examples * 1_000)
        self.versions = self.reader.versions()
        self.places = list(self.world.places)
        self.accounts = list(self.world.accounts)
        self.organizations = list(self.world.organizations)
        self.world.clock.at = self.world.began
        self.steps = 0

    def teardown(self) -> None:
        try:
            self.check_everything(at_the_end=True)
        finally:
            transaction.set_rollback(True)
            self.entered.close()

    # choices

    def caller(self, index: int) -> tuple[oracle.Caller, Actor]:
        """Mostly the first manager; every eleventh time anybody."""
        users = self.world.users
        account_id, user_id, role, username = users[index % len(users) if index % 11 == 0 else 0]
        actor = Actor(
            account_id=account_id,
            user_id=user_id,
            organization_id=self.state.accounts[account_id].organization_id or None,
        )
        administers = role == Role.ADMINISTRATOR
        return oracle.Caller(account_id, administers, username, self.now), actor

    def place(self, index: int) -> str:
        """A root or unit of the first organization, mostly one of the latest, so that the tree grows."""
        return self.choose(index, self.live_places())

    def unit(self, index: int) -> str:
        """The same, mostly not the root; now and then one that is gone, or never was."""
        if index % 32 == 7:
            gone = [one for one in self.places if one not in self.state.units]
            return [*gone, "ou-00000000"][index % (1 + len(gone))]
        return self.choose(index, self.live_places()[1:] or self.live_places())

    def account(self, index: int) -> str:
        organization_id = self.organizations[0]
        members = [
            account_id
            for account_id in self.accounts
            if self.state.accounts[account_id].organization_id == organization_id
        ]
        return self.choose(index, members)

    def choose(self, index: int, likely: list[str]) -> str:
        """Every sixteenth time anything: gone, of another organization, of another kind, no id at all."""
        index, special = divmod(index, 16)
        if special == 0:
            pool = self.places + self.accounts + list(self.state.policies) + foreign
        else:
            pool = likely[-3:] if special % 2 else likely
        return pool[index % len(pool)]

    def live_places(self) -> list[str]:
        organization_id = self.organizations[0]
        return [
            place
            for place in self.places
            if place in self.state.units
            and self.state.units[place].organization_id == organization_id
        ]

    def parent(self, unit_id: str, index: int) -> str:
        """Where a unit or account is; every tenth time some other place."""
        if index % 10:
            if unit_id in self.state.units:
                return self.state.units[unit_id].parent_id
            if unit_id in self.state.accounts:
                return self.state.accounts[unit_id].unit_id
        return self.place(index // 10)

    def one_of(self, index, rows):
        rows = list(rows)
        return rows[index % len(rows)] if rows else None

    def latest(self, rows, index):
        """One of them, mostly one of the last; every sixteenth time something else."""
        index, special = divmod(index, 16)
        if special == 0 or not rows:
            return foreign[index % len(foreign)]
        pool = rows[-3:] if special % 2 else rows
        return pool[index % len(pool)]

    def destination(self, index):
        return None if index % 3 else self.place(index)

    def caller_of(self, account_id, index):
        """A user of that account, mostly; every eighth time, or where it has none, anybody."""
        own = [place for place, user in enumerate(self.world.users) if user[0] == account_id]
        if not own or index % 8 == 0:
            return self.caller(index * 11)
        return self.caller(self.multiple_of_11(own[0]))

    def multiple_of_11(self, place):
        """What `caller` takes for the user at that place."""
        users = len(self.world.users)
        return next(index for index in range(0, 11 * users, 11) if index % users == place)

    @property
    def now(self):
        return self.world.clock.at

    # questions

    def ask(self, asked: str, operation, *, by: int = 0, told=None, **wanted):
        """What brings nothing new, by the first manager or another user; `told` is for the oracle."""
        self.ask_by(self.multiple_of_11(by), asked, operation, told=told, **wanted)

    def ask_by(self, who: int, asked: str, operation, *, told=None, **wanted) -> str:
        """The same, by whom `caller` chooses; what the answer was."""
        caller, actor = self.caller(who)
        outcome = getattr(oracle, asked)(self.state, caller, **wanted, **(told or {}))
        answer, _ = answer_of(operation, actor=actor, **wanted)
        self.compare(outcome, answer)
        return answer

    # judgement

    def compare(self, outcome: oracle.Outcome, answer: str, *, changes: int = 1) -> None:
        """The same answer, the same state; and a version and an event for each change, no other."""
        self.steps += 1
        self.world.steps += 1
        self.world.answers[answer] = self.world.answers.get(answer, 0) + 1
        assert answer == wanted_of(outcome)
        before, self.state = self.state, outcome if answer == "ok" else self.state
        assert self.reader.state() == self.state
        present = self.reader.versions()
        raised = sum(present.values()) - sum(self.versions.values())
        assert raised == (changes if self.changed(before) else 0)
        self.versions = present
        if self.steps % STEPS_PER_CHECK == 0:
            self.check_everything(at_the_end=False)

    def changed(self, before: oracle.State) -> bool:
        return self.state != before

    def check_everything(self, *, at_the_end: bool) -> None:
        assert state_of_database() == self.state
        assert violations(in_the_trail=at_the_end) == []
        trail = events_of_database(after=self.world.last_event)
        assert oracle.replay(trail, self.world.start) == self.state
