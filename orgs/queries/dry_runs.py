"""How dry runs are set up, and what they have recorded."""

from datetime import datetime
from typing import Any, NamedTuple

from orgs import errors, identifiers
from orgs.actor import Actor
from orgs.models import DryRunRecord, OrganizationalUnit, PolicyType, SwitchState
from orgs.permissions import Permission
from orgs.queries.paging import Page, Place, before_time, page_size, take
from orgs.queries.units import require_structure


class ConfigurationRow(NamedTuple):
    """How dry runs of a policy type are set up; before the first time they are off, and the rest is empty."""

    state: str
    bucket_name: str
    region_id: str
    bucket_prefix: str
    agency_name: str
    created_at: datetime | None
    updated_at: datetime | None


class RecordRow(NamedTuple):
    """A call that passed, and that policies on trial would have denied."""

    id: int
    at: datetime
    account_id: str
    account_name: str
    principal: str
    action: str
    resource: str
    decision: dict[str, Any]


NOT_SET_UP = ConfigurationRow(SwitchState.DISABLED, "", "", "", "", None, None)


def get_dry_run_configuration(
    *, actor: Actor, permissions: frozenset[Permission], root_id: str, policy_type: str
) -> ConfigurationRow:
    """How dry runs of a policy type are set up in a root. One statement.

    Raises:
        NotManagementOrDelegated, InvalidParameter, RootNotFound.

    Contract: ShowDryRunConfig. Rules: R-DRY-2, R-DRY-5.
    """
    require_structure(permissions)
    checked = identifiers.ROOT.require(root_id, field="root_id")
    if policy_type != PolicyType.SERVICE_CONTROL_POLICY:
        raise errors.InvalidParameter(
            field="policy_type",
            reason=errors.Reason.NOT_A_CHOICE,
            choices=PolicyType.SERVICE_CONTROL_POLICY.value,
        )
    of_type = "organization__dry_run_configurations__"
    roots = OrganizationalUnit.objects.filter(
        pk=checked, parent=None, organization=actor.organization_id
    ).order_by()
    columns = ("policy_type", *ConfigurationRow._fields)
    rows = list(roots.values_list(*(of_type + column for column in columns)))
    if not rows:
        raise errors.RootNotFound(root_id=checked)
    found = (ConfigurationRow(*row[1:]) for row in rows if row[0] == policy_type)
    return next(found, NOT_SET_UP)


def list_dry_run_records(
    *,
    actor: Actor,
    permissions: frozenset[Permission],
    limit: int | None = None,
    place: Place | None = None,
) -> Page[RecordRow]:
    """What dry runs have recorded, the newest first. One statement. (ours; R-DRY-9)

    Raises:
        NotManagementOrDelegated, InvalidParameter.
    """
    require_structure(permissions)
    size = page_size(limit)
    rows = DryRunRecord.objects.filter(
        before_time(place, "at"), organization=actor.organization_id
    ).order_by("-at", "-pk")
    found, has_more = take(rows.values_list(*RecordRow._fields), size)
    records = [RecordRow(*row) for row in found]
    end = (records[-1].at.isoformat(), str(records[-1].id)) if has_more else None
    return Page(records, end)
