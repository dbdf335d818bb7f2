"""Dry runs, R-DRY."""

import re
from dataclasses import replace

from tests.oracle.callers import may_write
from tests.oracle.changes import with_switch
from tests.oracle.identifiers import ROOT_ID, is_id
from tests.oracle.policy_types import fail_switch
from tests.oracle.state import DRY_RUN, SCP, Caller, Outcome, Refusal, State

BUCKET = re.compile(r"[A-Za-z0-9]?[A-Za-z0-9._-]{0,254}\Z")  # enough for what is tried here


def update_dry_run(
    state: State,
    caller: Caller,
    *,
    root_id: object,
    policy_type: object,
    status: object = None,
    bucket_name: object = None,
    region_id: object = None,
    agency_name: object = None,
) -> Outcome:
    """R-DRY-2 to R-DRY-5: what is None stays; it only begins."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not is_id(root_id, ROOT_ID):
        return Refusal("invalid_parameter", "root_id")
    if policy_type != SCP:
        return Refusal("invalid_parameter", "policy_type")
    if status not in (None, "enabled", "disabled"):
        return Refusal("invalid_parameter", "status")
    given = {"bucket_name": bucket_name, "region_id": region_id, "agency_name": agency_name}
    given = {name: value for name, value in given.items() if value is not None}
    if not all(isinstance(value, str) and BUCKET.match(value) for value in given.values()):
        return Refusal("invalid_parameter", "bucket_name, region_id or agency_name")
    present = state.switch(organization.id, DRY_RUN)
    fields = {**DRY_RUN_FIELDS, **state.dry_runs.get(organization.id, {}), **given}
    stays_on = status is None and present in {"enabled", "pending_enable"}
    if (status == "enabled" or stays_on) and not all(fields.values()):
        return Refusal("invalid_parameter", "bucket_name, region_id or agency_name")
    if root_id != organization.root_id:
        return Refusal("root_not_found")
    if status == "enabled" and state.switch(organization.id, SCP) != "enabled":
        return Refusal("policy_type_not_enabled")
    begun = {"enabled": "pending_enable", "disabled": "pending_disable"}.get(status)
    if begun is not None and present not in (status, begun):
        if "pending" in present:
            return Refusal("concurrent_modification")
        state = with_switch(state, organization.id, DRY_RUN, begun)
    return replace(state, dry_runs={**state.dry_runs, organization.id: fields})


DRY_RUN_FIELDS = {"bucket_name": "", "region_id": "", "agency_name": ""}


def finish_dry_run(state: State, *, organization_id: str) -> State:
    """R-DRY-2, R-DRY-8: policies on trial and their attachments stay."""
    ends = {"pending_enable": "enabled", "pending_disable": "disabled"}
    present = state.switch(organization_id, DRY_RUN)
    return with_switch(state, organization_id, DRY_RUN, ends.get(present, present))


def fail_dry_run(state: State, *, organization_id: str) -> State:
    """As `fail_switch`."""
    return fail_switch(state, organization_id=organization_id, policy_type=DRY_RUN)
