"""Moves of units and accounts, and moves that are undone."""

from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from orgs import operations
from orgs.operations.accounts import Move
from tests import oracle
from tests.refusals import answer_of
from tests.rule_machine.drawn import indexes
from tests.rule_machine.passing_time import PassingTime


class Moves(PassingTime):
    """Made, remembered and undone."""

    @rule(who=indexes, which=indexes, source=indexes, destination=indexes)
    def move_unit(self, who, which, source, destination):
        unit_id = self.unit(which)
        wanted = {
            "unit_id": unit_id,
            "source_parent_id": self.parent(unit_id, source),
            "destination_parent_id": self.place(destination),
        }
        operation = operations.units.move_organizational_unit
        if self.ask_by(who, "move_unit", operation, **wanted) == "ok":
            moved = (unit_id, wanted["source_parent_id"], wanted["destination_parent_id"])
            self.remember_move(who, "unit", [moved])

    @rule(who=indexes, which=indexes, source=indexes, destination=indexes)
    def move_account(self, who, which, source, destination):
        account_id = self.account(which)
        self.move_one_account(
            who, account_id, self.place(destination), source_id=self.parent(account_id, source)
        )

    def move_one_account(self, who, account_id, destination_id, *, source_id=None):
        wanted = {
            "account_id": account_id,
            "source_parent_id": source_id or self.parent(account_id, 1),
            "destination_parent_id": destination_id,
        }
        if self.ask_by(who, "move_account", operations.accounts.move_account, **wanted) == "ok":
            moved = (account_id, wanted["source_parent_id"], wanted["destination_parent_id"])
            self.remember_move(who, "account", [moved])

    @rule(
        who=indexes,
        which=st.lists(indexes, min_size=1, max_size=3),
        source=indexes,
        destination=indexes,
    )
    def move_accounts(self, who, which, source, destination):
        caller, actor = self.caller(who)
        account_ids = [self.account(index) for index in which]
        if destination % 16:
            account_ids = list(dict.fromkeys(account_ids))
        moves = [(account_id, self.parent(account_id, source)) for account_id in account_ids]
        destination_id = self.place(destination)
        outcome = oracle.move_accounts(
            self.state, caller, moves=moves, destination_parent_id=destination_id
        )
        answer, _ = answer_of(
            operations.accounts.move_accounts,
            actor=actor,
            moves=[Move(account_id=one, source_parent_id=other) for one, other in moves],
            destination_parent_id=destination_id,
        )
        self.compare(outcome, answer)
        if answer == "ok":
            self.remember_move(who, "account", [(*move, destination_id) for move in moves])

    def remember_move(self, who, kind, moved):
        """Its event is the last of the organization."""
        _caller, actor = self.caller(who)
        organization_id = actor.organization_id
        made = oracle.Move(organization_id, kind, tuple(moved), self.now)
        self.moves.append((self.versions[organization_id], made))

    @precondition(lambda self: self.moves)
    @rule(who=indexes, which=indexes, of=st.sampled_from(["its own"] * 7 + ["others"]))
    def undo_move(self, who, which, of):
        """Mostly one of the last moves; an undone one is a move too."""
        self.undo(who, *self.moves[-1 - which % min(3, len(self.moves))], of=of)

    def undo(self, who, number, move, *, of="its own"):
        caller, actor = self.caller(who)
        noun = (
            operations.units if (move.kind == "unit") == (of == "its own") else operations.accounts
        )
        if of == "others":
            move = None
        kind = "unit" if noun is operations.units else "account"
        outcome = oracle.undo_move(self.state, caller, move=move, now=self.now, kind=kind)
        answer, _ = answer_of(noun.undo_move, actor=actor, number=number)
        self.compare(outcome, answer)
        if answer == "ok":
            back = [(moved_id, to_id, from_id) for moved_id, from_id, to_id in move.moved]
            self.remember_move(who, move.kind, back)

    def mistake_move_too_old(self, _index):
        if self.moves:
            self.let_time_pass(0.3)
            self.undo(1, *self.moves[-1])

    def mistake_move_not_found(self, _index):
        """The first event founded the organization."""
        operation = partial(operations.units.undo_move, number=1)
        self.ask_by(1, "undo_move", operation, told={"move": None, "now": self.now, "kind": "unit"})

    def mistake_moved_meanwhile(self, index):
        """There, and there, and the first of the two undone."""
        account = self.one_of(index, self.state.members(self.organizations[0]))
        if account is None:
            return
        for place in [one for one in self.live_places() if one != account.unit_id][-2:]:
            self.move_one_account(1, account.id, place)
        if len(self.moves) > 1:
            self.undo(1, *self.moves[-2])

    def mistake_move_source_mismatch(self, index):
        account = self.one_of(index, self.state.members(self.organizations[0]))
        places = [one for one in self.live_places() if account and one != account.unit_id]
        if len(places) > 1:
            self.ask(
                "move_account",
                operations.accounts.move_account,
                account_id=account.id,
                source_parent_id=places[index % len(places)],
                destination_parent_id=places[index % len(places) - 1],
            )
