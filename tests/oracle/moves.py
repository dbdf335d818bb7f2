"""Moves that are undone (ours)."""

from dataclasses import replace
from datetime import datetime

from tests.oracle.callers import Reach, may_write_at
from tests.oracle.entities import owns_account, owns_unit
from tests.oracle.state import Caller, Move, Outcome, Refusal, State
from tests.oracle.units import hung_under


def undo_move(
    state: State, caller: Caller, *, move: Move | None, now: datetime, kind: str = "account"
) -> Outcome:
    """Ours: back to where it was, as long as it is where the move left it and nothing forbids it there."""
    right, action = MOVES[kind]
    moved = move.moved if move else ()
    about = [one for each in moved for one in (each if kind == "account" else each[:1])]
    reach = may_write_at(state, caller, right, action, about=about)
    if isinstance(reach, Refusal):
        return reach
    organization = reach.organization
    if move is None or move.organization_id != organization.id:
        return Refusal("move_not_found")
    if now - move.at > state.limits.move_undo:
        return Refusal("move_too_old")
    if move.kind == "unit":
        return undo_move_of_unit(state, reach, *move.moved[0])
    for account_id, _, _ in move.moved:
        if not owns_account(state, organization, account_id):
            return Refusal("account_not_found")
    for account_id, from_id, _ in move.moved:
        known = [from_id] if owns_unit(state, organization, from_id) else []
        if refusal := reach.beyond(state, *known, state.accounts[account_id].unit_id):
            return refusal
    moved = {}
    for account_id, from_id, to_id in move.moved:
        account = state.accounts[account_id]
        if account.unit_id != to_id:
            return Refusal("moved_meanwhile")
        if not owns_unit(state, organization, from_id):
            return Refusal("parent_not_found")
        moved[account_id] = replace(account, unit_id=from_id)
    return replace(state, accounts={**state.accounts, **moved})


def undo_move_of_unit(
    state: State, reach: Reach, unit_id: str, from_id: str, to_id: str
) -> Outcome:
    """R-OU-11 once more, after what has become of the move."""
    organization = reach.organization
    if not owns_unit(state, organization, unit_id):
        return Refusal("ou_not_found")
    if refusal := reach.beyond(state, state.units[unit_id].parent_id):
        return refusal
    if state.units[unit_id].parent_id != to_id:
        return Refusal("moved_meanwhile")
    if not owns_unit(state, organization, from_id):
        return Refusal("parent_not_found")
    if refusal := reach.beyond(state, from_id):
        return refusal
    return hung_under(state, unit_id, from_id)


# The right to move, and what the contract calls the move.
MOVES = {"unit": ("move_unit", "ous:update"), "account": ("move_account", "accounts:move")}
