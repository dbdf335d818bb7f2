"""Organizational units, R-OU."""

from dataclasses import replace

from tests.oracle.callers import may_write_at
from tests.oracle.changes import arrived, with_unit, without_grants, without_unit
from tests.oracle.entities import owns_unit
from tests.oracle.identifiers import ROOT_ID, UNIT_ID, is_id
from tests.oracle.state import Caller, Organization, Outcome, Refusal, State, Unit
from tests.oracle.texts import normal, tags_are_good, unit_name_is_good


def create_unit(
    state: State,
    caller: Caller,
    *,
    parent_id: object,
    name: object,
    tags: object = (),
    unit_id: str,
) -> Outcome:
    """R-OU-3 to R-OU-8, R-GEN-5."""
    reach = may_write_at(state, caller, "create_unit", "ous:create", about=[parent_id], tags=tags)
    if isinstance(reach, Refusal):
        return reach
    organization = reach.organization
    if not unit_name_is_good(name):
        return Refusal("invalid_parameter", "name")
    if not is_id(parent_id, ROOT_ID, UNIT_ID):
        return Refusal("invalid_parameter", "parent_id")
    if not tags_are_good(tags):
        return Refusal("invalid_parameter", "tags")
    if not owns_unit(state, organization, parent_id):
        return Refusal("parent_not_found")
    if refusal := reach.beyond(state, parent_id):
        return refusal
    if state.level(parent_id) + 1 > state.limits.levels:
        return Refusal("ou_depth_exceeded")
    if state.name_taken(name, parent_id):
        return Refusal("ou_name_conflict")
    if state.unit_count(organization.id) >= state.limits.units:
        return Refusal("ou_quota_exceeded")
    if len(tags) > state.limits.tags:
        return Refusal("tag_quota_exceeded")
    state = with_unit(state, Unit(unit_id, organization.id, parent_id, normal(name), dict(tags)))
    return arrived(state, organization.id, unit_id)


def rename_unit(state: State, caller: Caller, *, unit_id: object, name: object) -> Outcome:
    """R-OU-1, R-OU-10. The name it has, written in other case, is no conflict with itself."""
    reach = may_write_at(state, caller, "update_unit", "ous:update", about=[unit_id])
    if isinstance(reach, Refusal):
        return reach
    organization = reach.organization
    if not is_id(unit_id, UNIT_ID):
        return Refusal("invalid_parameter", "organizational_unit_id")
    if not unit_name_is_good(name):
        return Refusal("invalid_parameter", "name")
    if not owns_unit(state, organization, unit_id):
        return Refusal("ou_not_found")
    if refusal := reach.beyond(state, unit_id):
        return refusal
    unit = state.units[unit_id]
    if state.name_taken(name, unit.parent_id, but=unit.id):
        return Refusal("ou_name_conflict")
    return with_unit(state, replace(unit, name=normal(name)))


def delete_unit(state: State, caller: Caller, *, unit_id: object) -> Outcome:
    """R-OU-1, R-OU-12, R-OU-13."""
    reach = may_write_at(state, caller, "delete_unit", "ous:delete", about=[unit_id])
    if isinstance(reach, Refusal):
        return reach
    organization = reach.organization
    if not is_id(unit_id, UNIT_ID):
        return Refusal("invalid_parameter", "organizational_unit_id")
    if not owns_unit(state, organization, unit_id):
        return Refusal("ou_not_found")
    if refusal := reach.beyond(state, unit_id):
        return refusal
    if state.children(unit_id) or any(
        account.unit_id == unit_id for account in state.accounts.values()
    ):
        return Refusal("ou_not_empty")
    return without_grants(without_unit(state, unit_id), lambda grant: grant.unit_id == unit_id)


def move_unit(
    state: State,
    caller: Caller,
    *,
    unit_id: object,
    source_parent_id: object,
    destination_parent_id: object,
) -> Outcome:
    """R-OU-11, and source and destination as an account's have them (R-ACC-30, R-ACC-31)."""
    reach = may_write_at(state, caller, "move_unit", "ous:update", about=[unit_id])
    if isinstance(reach, Refusal):
        return reach
    organization = reach.organization
    if not is_id(unit_id, UNIT_ID):
        return Refusal("invalid_parameter", "organizational_unit_id")
    if refusal := bad_parents(source_parent_id, destination_parent_id):
        return refusal
    if not owns_unit(state, organization, unit_id):
        return Refusal("ou_not_found")
    if not owns_unit(state, organization, source_parent_id):
        return Refusal("parent_not_found")
    if not owns_unit(state, organization, destination_parent_id):
        return Refusal("parent_not_found")
    unit = state.units[unit_id]
    if refusal := reach.beyond(state, unit.parent_id, destination_parent_id):
        return refusal
    if unit.parent_id != source_parent_id:
        return Refusal("move_source_mismatch")
    if source_parent_id == destination_parent_id:
        return Refusal("move_same_parent")
    return hung_under(state, unit_id, destination_parent_id)


def hung_under(state: State, unit_id: str, destination_id: str) -> Outcome:
    """R-OU-11: where it may hang."""
    unit = state.units[unit_id]
    if destination_id in state.subtree(unit_id):
        return Refusal("ou_move_into_itself")
    if state.level(destination_id) + 1 + state.height(unit_id) > state.limits.levels:
        return Refusal("ou_depth_exceeded")
    if state.name_taken(unit.name, destination_id):
        return Refusal("ou_name_conflict")
    return with_unit(state, replace(unit, parent_id=destination_id))


def bad_parents(source_parent_id: object, destination_parent_id: object) -> Refusal | None:
    """R-OU-8: a parent is a root or a unit."""
    if not is_id(source_parent_id, ROOT_ID, UNIT_ID):
        return Refusal("invalid_parameter", "source_parent_id")
    if not is_id(destination_parent_id, ROOT_ID, UNIT_ID):
        return Refusal("invalid_parameter", "destination_parent_id")
    return None


def bad_destination(
    state: State, organization: Organization, destination_parent_id: object
) -> Refusal | None:
    """Ours: an account may be wanted under a unit; R-OU-8, R-GEN-3."""
    if destination_parent_id is None:
        return None
    if not is_id(destination_parent_id, ROOT_ID, UNIT_ID):
        return Refusal("invalid_parameter", "destination_parent_id")
    if not owns_unit(state, organization, destination_parent_id):
        return Refusal("parent_not_found")
    return None
