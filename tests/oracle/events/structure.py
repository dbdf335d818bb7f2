"""What events say of the organization, its units and its accounts."""

from dataclasses import replace

from tests.oracle.changes import (
    arrived,
    stand_alone,
    unhooked,
    with_account,
    with_unit,
    without,
    without_unit,
)
from tests.oracle.departures import depart
from tests.oracle.events.policies import apply_to_dry_runs, apply_to_switches, imported_attachments
from tests.oracle.events.rows import (
    ACCOUNT_FIELDS,
    ORGANIZATION_FIELDS,
    UNIT_FIELDS,
    EventRow,
    TargetRow,
    agree,
    expect,
    with_facts,
)
from tests.oracle.state import LONG_AGO, Organization, State, Unit


def apply_to_organization(state: State, event: EventRow, target: TargetRow) -> State:
    before, after = target.before, target.after
    known = state.organizations.get(target.entity_id)
    if before is None and after is not None:
        expect(event, known is None, f"{target.entity_id} is there already")
        made = Organization(target.entity_id, after["management_account_id"], "")
        return replace(state, organizations={**state.organizations, made.id: made})
    expect(event, known is not None, f"{target.entity_id} is not there")
    if after is None:
        return replace(state, organizations=without(state.organizations, known.id))
    agree(event, known, before)
    changed = with_facts(known, after, ORGANIZATION_FIELDS)
    return replace(state, organizations={**state.organizations, known.id: changed})


def apply_to_unit(state: State, event: EventRow, target: TargetRow) -> State:
    before, after = target.before, target.after
    known = state.units.get(target.entity_id)
    if before is None and after is not None:
        expect(event, known is None, f"{target.entity_id} is there already")
        made = Unit(
            target.entity_id,
            event.organization_id,
            after.get("parent_id", ""),
            after["name"],
            after.get("tags", {}),
        )
        state = arrived(with_unit(state, made), event.organization_id, made.id)
        expect(event, list(target.path) == state.names(made.id), "the path is another")
        if not made.parent_id:
            organization = replace(state.organizations[made.organization_id], root_id=made.id)
            organizations = {**state.organizations, organization.id: organization}
            state = replace(state, organizations=organizations)
        return imported_attachments(state, event, target)
    expect(event, known is not None, f"{target.entity_id} is not there")
    expect(event, known.organization_id == event.organization_id, "it is of another organization")
    expect(event, list(target.path) == state.names(known.id), "the path was another")
    if not known.parent_id and after is not None:
        state = apply_to_dry_runs(apply_to_switches(state, event, target), event, target)
        state = imported_attachments(state, event, target)
    agree(event, known, before)
    if after is None:
        expect(event, not state.children(known.id), "it was not empty")
        return without_unit(state, known.id)
    return with_unit(state, with_facts(known, after, UNIT_FIELDS))


def apply_to_account(state: State, event: EventRow, target: TargetRow) -> State:
    before, after = target.before, target.after
    known = state.accounts.get(target.entity_id)
    if known is None:
        expect(event, before is None, f"{target.entity_id} is not there")
        state = state.with_account(target.entity_id)
        known = state.accounts[target.entity_id]
    if before is None and after is not None:
        if "parent_id" not in after:  # made to stand alone
            return with_account(state, replace(known, name=after["name"]))
        # An import founds the organization and then says where its management account belongs.
        placed = event.kind == "importOrganization" and (
            known.organization_id == event.organization_id
        )
        expect(event, placed or not known.organization_id, "it is a member already")
        joined = replace(
            known,
            organization_id=event.organization_id,
            unit_id=after["parent_id"],
            join_method=after["join_method"],
            description=after.get("description", known.description),
            tags=after.get("tags", {}),
            name=after["name"],
            is_resource=known.is_resource
            or (event.kind in MAKES and after["join_method"] == "created"),
        )
        state = arrived(with_account(state, joined), event.organization_id, joined.id)
        return imported_attachments(state, event, target)
    expect(event, known.organization_id == event.organization_id, "it is of another organization")
    agree(event, known, before)
    if after is None:
        if event.kind in DEPARTURES:
            return depart(state, known, kind=DEPARTURES[event.kind], now=LONG_AGO)
        return unhooked(with_account(state, stand_alone(known)), known.id)
    path = state.names(known.unit_id) if known.unit_id else []
    expect(event, list(target.path) == path, "the path was another")
    return with_account(state, with_facts(known, after, ACCOUNT_FIELDS))


DEPARTURES = {"leaveOrganization": "left", "removeAccount": "removed", "purgeAccount": "purged"}


# What makes accounts that the organization creates: resource accounts (R-ACC-22).
MAKES = {"finishAccountCreation", "importOrganization"}
