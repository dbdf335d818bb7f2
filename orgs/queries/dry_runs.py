"""How dry runs are set up, and what they have recorded."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q

from orgs import errors, identifiers, names
from orgs.actor import Actor
from orgs.models import Account, DryRunRecord, OrganizationalUnit, Policy, PolicyType, SwitchState
from orgs.permissions import Permission
from orgs.queries.organization_files import inert
from orgs.queries.paging import Page, Place, before_time, page_size, take
from orgs.queries.units import require_structure

PART = 50  # records that a person sees at a time
ROWS_AT_A_TIME = 2_000
COLUMNS = (
    "time",
    "account_id",
    "account_name",
    "principal",
    "action",
    "resource",
    "policy_id",
    "policy_name",
    "statement",
    "sid",
    "entity_id",
)


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

    @property
    def policy_id(self) -> str:
        """The policy on trial that would have denied it."""
        return str(self.decision.get("policy_id", ""))

    @property
    def policy_name(self) -> str:
        """What that policy was called then."""
        return str(self.decision.get("policy_name", ""))

    @property
    def entity_id(self) -> str:
        """Where that policy was attached."""
        return str(self.decision.get("entity_id", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFilter:
    """What records are narrowed by; what is empty narrows nothing.

    `who` is a part of the name of an account, its whole id, or a whole user name; `action` a part of an
    action; `policy` a part of the name that a policy had then, or its whole id.
    """

    who: str = ""
    action: str = ""
    policy: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def condition(self) -> Q:
        """The records that are wanted; a text that does not print is in none of them."""
        if not all(names.prints(text) for text in (self.who, self.action, self.policy)):
            return Q(pk__in=[])
        wanted = Q()
        if self.who:
            wanted &= (
                Q(account_name__icontains=self.who) | Q(account_id=self.who) | Q(principal=self.who)
            )
        if self.action:
            wanted &= Q(action__icontains=self.action)
        if self.policy:
            wanted &= Q(decision__policy_name__icontains=self.policy) | Q(
                decision__policy_id=self.policy
            )
        if self.since:
            wanted &= Q(at__gte=self.since)
        if self.until:
            wanted &= Q(at__lt=self.until)
        return wanted


@dataclass(frozen=True, slots=True)
class StillThere:
    """What records name and is there to this day: policies on trial, and entities with their names."""

    policies: frozenset[str]
    units: dict[str, str]
    accounts: dict[str, str]


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
    only: RecordFilter | None = None,
    limit: int | None = None,
    place: Place | None = None,
) -> Page[RecordRow]:
    """What dry runs have recorded, the newest first. One statement. (ours; R-DRY-9)

    Raises:
        NotManagementOrDelegated, InvalidParameter.
    """
    require_structure(permissions)
    size = page_size(limit)
    wanted = (only or RecordFilter()).condition()
    rows = DryRunRecord.objects.filter(
        before_time(place, "at"), wanted, organization=actor.organization_id
    ).order_by("-at", "-pk")
    found, has_more = take(rows.values_list(*RecordRow._fields), size)
    records = [RecordRow(*row) for row in found]
    end = (records[-1].at.isoformat(), str(records[-1].id)) if has_more else None
    return Page(records, end)


def export_dry_run_records(
    *, actor: Actor, permissions: frozenset[Permission], only: RecordFilter | None = None
) -> Iterator[str]:
    """All of them as lines of CSV, the newest first; cells that a spreadsheet would run are quoted.

    Written while they are read; the actor is judged before the first.

    Raises:
        NotManagementOrDelegated.
    """
    require_structure(permissions)
    wanted = (only or RecordFilter()).condition()
    rows = DryRunRecord.objects.filter(wanted, organization=actor.organization_id)
    found = rows.order_by("-at", "-pk").values_list(*RecordRow._fields)
    return _lines(RecordRow(*row) for row in found.iterator(ROWS_AT_A_TIME))


def find_still_there(*, actor: Actor, records: Sequence[RecordRow]) -> StillThere:
    """Of what these records name, what can still be looked at. Three statements at most."""
    here = {"organization": actor.organization_id}
    entities = {record.entity_id for record in records}
    accounts = {record.account_id for record in records}
    accounts |= {one for one in entities if identifiers.ACCOUNT.fits(one)}
    units = [one for one in entities if identifiers.ROOT_OR_UNIT.fits(one)]
    policies = {record.policy_id for record in records}
    on_trial = Policy.objects.filter(pk__in=policies, **here).dry_run()
    unit_names = OrganizationalUnit.objects.filter(pk__in=units, **here).order_by()
    account_names = Account.objects.filter(pk__in=accounts, **here).order_by()
    return StillThere(
        frozenset(on_trial.values_list("pk", flat=True)),
        dict(unit_names.values_list("pk", "name")),
        dict(account_names.values_list("pk", "name")),
    )


def _lines(records: Iterable[RecordRow]) -> Iterator[str]:
    written = io.StringIO()
    sheet = csv.writer(written)
    sheet.writerow(COLUMNS)
    for record in records:
        yield written.getvalue()
        written.seek(0)
        written.truncate()
        cells = (
            f"{record.at:%Y-%m-%dT%H:%M:%SZ}",
            record.account_id,
            record.account_name,
            record.principal,
            record.action,
            record.resource,
            record.policy_id,
            record.policy_name,
            record.decision.get("statement", ""),
            record.decision.get("sid", ""),
            record.entity_id,
        )
        sheet.writerow(inert(str(cell)) for cell in cells)
    yield written.getvalue()
