"""What happened in an organization, newest first, in parts that follow one another by number."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    BigIntegerField,
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.expressions import CombinedExpression

from orgs import access, errors, names
from orgs.actor import Actor
from orgs.models import Account, Event, EventTarget, Organization, OrganizationalUnit, Policy
from orgs.permissions import Permission
from orgs.queries.organizations import live_organization
from orgs.statements import Given, Statement

PART = 50
TARGETS_SHOWN = 20  # of one event; an import names thousands


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which events are asked for; what is left out does not narrow. `since` counts, `until` does not."""

    entity_id: str = ""
    kind: str = ""
    username: str = ""
    account: str = ""  # of the person: its name or its id
    request_id: str = ""
    unit_id: str = ""  # what touched it, or what is now anywhere below it
    since: datetime | None = None
    until: datetime | None = None

    def condition(self) -> Q:
        """The filter as a condition on events; a text that no id or name can be matches none."""
        texts = (
            self.entity_id,
            self.kind,
            self.username,
            self.account,
            self.request_id,
            self.unit_id,
        )
        if not all(names.prints(text) for text in texts):
            return Q(pk__in=[])
        given = {
            "kind": self.kind,
            "actor_username": self.username,
            "request_id": self.request_id,
            "at__gte": self.since,
            "at__lt": self.until,
        }
        wanted = Q(**{column: value for column, value in given.items() if value})
        if self.account:
            wanted &= Q(actor_account_id=self.account) | Q(actor_account_name=self.account)
        if self.unit_id:
            wanted &= Q(pk__in=_events_below(self.unit_id))
        if not self.entity_id:
            return wanted
        touched = EventTarget.objects.filter(
            organization=OuterRef("organization"), entity_id=self.entity_id, event=OuterRef("pk")
        )
        return wanted & Q(Exists(touched))


def _events_below(unit_id: str) -> QuerySet[EventTarget, int]:
    """The events that touched a root or unit, or what is now below it: found by the index of entities."""
    top = OrganizationalUnit.objects.filter(pk=unit_id).order_by()
    units = OrganizationalUnit.objects.filter(
        organization__in=top.values("organization"),
        lft__gte=Subquery(top.values("lft")[:1]),
        lft__lte=Subquery(top.values("rght")[:1]),
    ).order_by()
    accounts = Account.objects.filter(unit__in=units.values("pk")).order_by()
    below = units.values("pk").union(accounts.values("pk"), all=True)
    touched = EventTarget.objects.filter(
        organization__in=top.values("organization"), entity_id__in=below
    )
    return touched.values_list("event", flat=True)


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact that changed: how it was, and how it became; None where there was nothing."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class TargetRow:
    """An entity that an event touched, as it was named and where it stood at that time.

    `still_there` is asked now: whether it is a unit, account or policy of the organization to this day.
    """

    entity_type: str
    entity_id: str
    entity_name: str
    path: Sequence[str]
    facts: Sequence[Fact]
    still_there: bool = False

    @property
    def place(self) -> Sequence[str]:
        """The names of what stood above it, from below the root; the path of a unit ends with itself."""
        return self.path[:-1] if self.entity_type == "organizational_unit" else self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """An event as a person reads it. `target_count` may be more than the targets that are shown."""

    number: int
    kind: str
    at: datetime
    actor_account_name: str
    home_account_name: str  # from where the account was entered; empty for its own users
    actor_username: str
    is_operator: bool
    source_address: str
    request_id: str
    targets: Sequence[TargetRow]
    target_count: int
    undo_of: int | None = None  # the number of the event that it took back
    failing_tests: Sequence[str] = ()  # of a policy, with the text that was saved
    reason: str = ""  # why it was saved all the same

    @property
    def is_systems_own(self) -> bool:
        """Whether nobody caused it: it happened by itself (R-AUD-4)."""
        return not (self.actor_username or self.actor_account_name or self.is_operator)

    @property
    def more_targets(self) -> int:
        """How many targets there are beside the first."""
        return max(self.target_count - 1, 0)


@dataclass(frozen=True, slots=True)
class EventPart:
    """Up to 50 events; the next part is asked for with `before`, which the last part does not have."""

    rows: Sequence[EventRow]
    before: int | None
    permissions: frozenset[Permission]

    @property
    def is_everything(self) -> bool:
        """Whether the actor sees what everybody did, and not only what its own account caused."""
        return Permission.VIEW_ACTIVITY in self.permissions


def list_events(
    *, actor: Actor, only: EventFilter | None = None, before: int | None = None
) -> EventPart:
    """The events of the actor's organization, newest first; `before` is the number a part ended with.

    Of the management account everybody sees all of them, a member those its account caused, also where it
    is a delegated administrator (R-AUD-5, R-DA-5).
    Four statements, however many events and targets there are.

    Raises:
        CallerNotInOrganization, PermissionDenied, NotManagementAccount.
    """
    organization = live_organization(actor)
    rows, permissions = _visible(actor, organization)
    if only is not None:
        rows = rows.filter(only.condition())
    if before is not None:
        rows = rows.filter(number__lt=before)
    shown, is_followed = _read(organization.pk, rows, only, most=PART)
    return EventPart(
        rows=shown,
        before=shown[-1].number if is_followed else None,
        permissions=permissions,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """One event, by itself: with its hash, what it was chained to, and the numbers beside it."""

    row: EventRow
    hash: str
    previous_hash: str
    details: Mapping[str, Any]
    permissions: frozenset[Permission]
    is_everything: bool


def get_event(*, actor: Actor, number: int) -> EventView:
    """An event of the actor's organization, with up to 20 of its targets.

    Six statements.

    Raises:
        CallerNotInOrganization, PermissionDenied, NotManagementAccount.
        EventNotFound: there is none, or another account of the organization caused it (R-AUD-5).
    """
    organization = live_organization(actor)
    rows, permissions = _visible(actor, organization)
    found, _more = _read(organization.pk, rows.filter(number=number), None, most=1)
    if not found:
        raise errors.EventNotFound(number=number)
    near = Event.objects.filter(organization=organization, number__in=(number - 1, number))
    stored = {row.number: row for row in near.only("number", "hash", "details")}
    return EventView(
        row=found[0],
        hash=stored[number].hash,
        previous_hash=stored[number - 1].hash if number - 1 in stored else "",
        details=stored[number].details,
        permissions=permissions,
        is_everything=Permission.VIEW_ACTIVITY in permissions,
    )


EXPORTED = 100_000  # events at most
READ_AT_ONCE = 500


def export_events(*, actor: Actor, only: EventFilter | None = None) -> Iterator[dict[str, Any]]:
    """All events that the filter lets through, newest first, up to 100,000, with all their targets.

    They are read while they are written, a part at a time; the actor is judged before the first.

    Raises:
        CallerNotInOrganization, PermissionDenied, NotManagementAccount.
    """
    organization = live_organization(actor)
    rows, _permissions = _visible(actor, organization)
    if only is not None:
        rows = rows.filter(only.condition())
    return _exported(rows)


def _exported(rows: QuerySet[Event]) -> Iterator[dict[str, Any]]:
    before, left = None, EXPORTED
    while left > 0:
        part = rows if before is None else rows.filter(number__lt=before)
        events = list(
            part.order_by("-number").values("pk", "hash", "details", *_COLUMNS)[
                : min(READ_AT_ONCE, left)
            ]
        )
        targets: dict[int, list[dict[str, Any]]] = defaultdict(list)
        columns = ("entity_type", "entity_id", "entity_name", "path", "before", "after")
        touched = EventTarget.objects.filter(event__in=[event["pk"] for event in events])
        for target in touched.order_by("event", "place").values("event", *columns):
            targets[target.pop("event")].append(target)
        for event in events:
            yield event | {"targets": targets[event.pop("pk")]}
        if len(events) < READ_AT_ONCE:
            return
        before, left = events[-1]["number"], left - len(events)


def list_latest_events(
    *, actor: Actor, permissions: frozenset[Permission], most: int
) -> Sequence[EventRow]:
    """The newest events of the actor's organization that it sees, each with its first target.

    `permissions` are what the actor was found to have there. Two statements.

    Raises:
        NotManagementOrDelegated: the structure is not among them.
    """
    if Permission.VIEW_STRUCTURE not in permissions:
        raise errors.NotManagementOrDelegated
    organization_id = actor.organization_id or ""
    every = Event.objects.filter(organization=organization_id)
    if Permission.VIEW_ACTIVITY not in permissions:
        every = every.filter(actor_account_id=actor.account_id or "")
    return _read(organization_id, every, None, most=most, targets_shown=1)[0]


_COLUMNS = (
    "number",
    "kind",
    "at",
    "actor_account_name",
    "home_account_name",
    "actor_username",
    "is_operator",
    "source_address",
    "request_id",
)


def _visible(
    actor: Actor, organization: Organization
) -> tuple[QuerySet[Event], frozenset[Permission]]:
    granted = access.permissions_of(actor, organization)
    every = Event.objects.filter(organization=organization)
    if Permission.VIEW_ACTIVITY in granted:
        return every, granted
    if Permission.VIEW_ORGANIZATION not in granted:
        access.require(actor, Permission.VIEW_ORGANIZATION, organization, organization)
    return every.filter(actor_account_id=actor.account_id or ""), granted


def _read(
    organization_id: str,
    rows: QuerySet[Event],
    only: EventFilter | None,
    *,
    most: int,
    targets_shown: int = TARGETS_SHOWN,
) -> tuple[list[EventRow], bool]:
    """The newest of the events, and whether more follow. Two statements."""
    touched = _touched(only).filter(event=OuterRef("pk")).order_by()
    counted: Subquery[Any] | CombinedExpression
    if only is not None and only.entity_id:
        counted = Subquery(touched.values("event").annotate(number=Count("pk")).values("number"))
    else:
        # Targets are numbered from 0 without a gap: the last one tells, and an import has thousands.
        counted = Subquery(touched.order_by("-place").values("place")[:1]) + 1
    columns = rows.order_by("-number").values("pk", "details", *_COLUMNS, target_count=counted)
    found = list(columns[: most + 1])
    shown = found[:most]
    targets = _targets(
        organization_id, [row["pk"] for row in shown], only, targets_shown=targets_shown
    )
    return [
        EventRow(
            **{column: row[column] for column in _COLUMNS},
            targets=targets[row["pk"]],
            target_count=row["target_count"] or 0,
            undo_of=row["details"].get("undo_of"),
            failing_tests=row["details"].get("failing_tests", ()),
            reason=row["details"].get("reason", ""),
        )
        for row in shown
    ], len(found) > most


def _touched(only: EventFilter | None) -> QuerySet[EventTarget]:
    """The targets to speak of: all, or those of the one entity that is asked for."""
    if only is not None and only.entity_id:
        return EventTarget.objects.filter(entity_id=only.entity_id)
    return EventTarget.objects.all()


def _targets(
    organization_id: str,
    event_ids: Sequence[int],
    only: EventFilter | None,
    *,
    targets_shown: int,
) -> dict[int, list[TargetRow]]:
    """The first targets of each event."""
    shown: dict[int, list[TargetRow]] = defaultdict(list)
    if not event_ids:
        return shown
    # As many as the statement has places for; one that comes twice changes nothing.
    wanted = [*event_ids, *[event_ids[0]] * (PART - len(event_ids))]
    given = {
        **{f"event_{number}": event_id for number, event_id in enumerate(wanted)},
        "organization": organization_id,
        "targets_shown": targets_shown,
    }
    if only is not None and only.entity_id:
        rows = _TARGETS_OF_ENTITY(**given, entity=only.entity_id)
    else:
        rows = _FIRST_TARGETS(**given)
    for event_id, kind, entity_id, name, path, before, after, exists in rows:
        facts = changed_facts(before, after)
        shown[event_id].append(TargetRow(kind, entity_id, name, path, facts, exists))
    return shown


def _targets_of_entity() -> QuerySet[Any, Any]:
    return _targets_that(Q(entity_id=Given("entity")))


def _first_targets() -> QuerySet[Any, Any]:
    return _targets_that(Q(place__lt=Given("targets_shown", IntegerField())))


def _targets_that(condition: Q) -> QuerySet[Any, Any]:
    """Those targets of as many events as a part has, event by event."""
    events: list[Any] = [Given(f"event_{n}", BigIntegerField()) for n in range(PART)]
    here = {"organization": Given("organization"), "pk": OuterRef("entity_id")}
    still_there = (
        Exists(OrganizationalUnit.objects.filter(**here).order_by())
        | Exists(Account.objects.filter(**here))
        | Exists(Policy.objects.enforced().filter(**here))
    )
    columns = ("event_id", "entity_type", "entity_id", "entity_name", "path", "before", "after")
    return (
        EventTarget.objects.filter(condition, event__pk__in=events)
        .annotate(still_there=still_there)
        .order_by("event", "place")
        .values_list(*columns, "still_there")
    )


_TARGETS_OF_ENTITY = Statement(_targets_of_entity)
_FIRST_TARGETS = Statement(_first_targets)


def changed_facts(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[Fact]:
    """What differs between two states, fact by fact; tags are taken apart key by key."""
    old, new = _flat(before), _flat(after)
    names = list(dict.fromkeys([*old, *new]))
    return [
        Fact(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)
    ]


def _flat(facts: dict[str, Any] | None) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in (facts or {}).items():
        if isinstance(value, dict):
            flat |= {f"{name}.{key}": inner for key, inner in value.items()}
        else:
            flat[name] = value
    return flat
