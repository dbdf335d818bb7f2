"""The lines of long lists: their texts and addresses, so that a template only puts them in place.

Lists show 50 lines at a time, and what a template looks up, compares and translates in each of them
takes longer than everything else in such an answer.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from console.templatetags.activity import (
    event_label,
    fact_label,
    fact_value,
    target_icon,
    told,
    url_of_target,
)
from console.templatetags.console import ANY_ID, url_of, utc
from orgs import identifiers
from orgs.events import Kind
from orgs.permissions import Permission
from orgs.queries.dry_runs import RecordRow, StillThere
from orgs.queries.events import EventRow, TargetRow
from orgs.queries.policy_list import AttachedLine, PolicyLine, PolicyView

TARGETS_AT_FIRST = 3  # of an event
# Moves, where they are taken back, and who may.
UNDONE_AT: dict[str, tuple[str, Permission | None]] = {
    Kind.ACCOUNT_MOVED: ("undo_move_of_accounts", Permission.MOVE_ACCOUNT),
    Kind.UNIT_MOVED: ("undo_move_of_unit", Permission.MOVE_UNIT),
}


@dataclass(frozen=True, slots=True)
class PolicyListLine:
    """A policy in the list."""

    policy: PolicyLine
    href: str


def policy_lines(policies: Sequence[PolicyLine]) -> list[PolicyListLine]:
    """The lines of a part of the list."""
    return [PolicyListLine(policy, url_of("policy", policy.id)) for policy in policies]


@dataclass(frozen=True, slots=True)
class AttachedListLine:
    """An entity that a policy hangs on. `above` is where it stands."""

    entity: AttachedLine
    href: str
    icon: str
    above: str
    detach_href: str


def attached_lines(view: PolicyView, entities: Sequence[AttachedLine]) -> list[AttachedListLine]:
    """The lines of a part of the entities that a policy hangs on."""
    before, _slash, after = reverse("detach_policy", args=[view.policy.pk, ANY_ID]).partition(
        ANY_ID
    )
    return [
        AttachedListLine(
            entity=entity,
            href=_url_of_entity(entity),
            icon="root" if entity.is_root else "account" if entity.is_account else "unit",
            above=" / ".join(entity.path),
            detach_href=f"{before}{entity.id}{after}",
        )
        for entity in entities
    ]


def _url_of_entity(entity: AttachedLine) -> str:
    if entity.is_root:
        return reverse("structure")
    return url_of("account" if entity.is_account else "unit", entity.id)


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A call that a policy on trial would have denied; what is gone has no address."""

    record: RecordRow
    account_href: str
    policy_href: str
    entity: str
    entity_href: str
    statement: str


def record_lines(records: Sequence[RecordRow], there: StillThere) -> list[RecordLine]:
    """The lines of a part of what dry runs recorded."""
    return [_record_line(record, there) for record in records]


def _record_line(record: RecordRow, there: StillThere) -> RecordLine:
    entity_id, entity_href = record.entity_id, ""
    if entity_id in there.accounts:
        entity_href = url_of("account", entity_id)
    elif entity_id in there.units:
        is_root = identifiers.ROOT.fits(entity_id)
        entity_href = reverse("structure") if is_root else url_of("unit", entity_id)
    number, sid = record.decision.get("statement"), record.decision.get("sid")
    statement = _("Statement %(n)s") % {"n": number} if number else ""
    return RecordLine(
        record=record,
        account_href=url_of("account", record.account_id)
        if record.account_id in there.accounts
        else "",
        policy_href=url_of("policy", record.policy_id)
        if record.policy_id in there.policies
        else "",
        entity=there.accounts.get(entity_id) or there.units.get(entity_id) or entity_id,
        entity_href=entity_href,
        statement=f"{statement} ({sid})" if sid else statement,
    )


@dataclass(frozen=True, slots=True)
class FactLine:
    """A fact that changed; what it was and what it became are None where there was nothing."""

    label: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class TargetLine:
    """What an event touched. `href` leads to it if it is there, `in_activity` to all its events."""

    name: str
    place: str
    icon: str
    href: str
    in_activity: str
    all_its_events: str
    facts: Sequence[FactLine]


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event in the list; `others` are the targets that are folded away, `folded` is their number.

    `undo` is where it can be taken back, for who may; `undo_of` the number of the one it took back.
    """

    event: EventRow
    at: str
    label: str
    number: str
    first: Sequence[TargetLine]
    others: Sequence[TargetLine]
    folded: int
    href: str = ""
    undo: str = ""
    undo_of: str = ""

    @property
    def is_cut(self) -> bool:
        """Whether it touched more than is shown at all."""
        return self.event.target_count > len(self.event.targets)


def event_lines(
    events: Sequence[EventRow],
    *,
    with_places: bool,
    is_of_one: bool,
    permissions: Collection[Permission] = (),
) -> list[EventLine]:
    """The lines of a part of the activity.

    Who does not see the structure gets no ways into it (`with_places`); where the events of one entity
    are shown (`is_of_one`) nothing leads to them.
    """
    activity = reverse("activity")
    in_activity = "" if is_of_one else f"{activity}?"
    lines = []
    for event in events:
        targets = [
            _target_line(target, with_place=with_places, in_activity=in_activity)
            for target in event.targets
        ]
        lines.append(
            EventLine(
                event=event,
                at=utc(event.at),
                label=event_label(event.kind),
                number=str(event.number),
                first=targets[:TARGETS_AT_FIRST],
                others=targets[TARGETS_AT_FIRST:],
                folded=max(event.target_count - TARGETS_AT_FIRST, 0),
                href=f"{activity}{event.number}/",
                undo=_undo(event, permissions),
                undo_of=str(event.undo_of or ""),
            )
        )
    return lines


def _undo(event: EventRow, permissions: Collection[Permission]) -> str:
    """Where a move is taken back, while that is possible."""
    name, permission = UNDONE_AT.get(event.kind, ("", None))
    if permission not in permissions or timezone.now() - event.at > settings.MOVE_UNDO:
        return ""
    return reverse(name, args=[event.number])


def _target_line(target: TargetRow, *, with_place: bool, in_activity: str) -> TargetLine:
    name = target.entity_name
    return TargetLine(
        name=name,
        place=" / ".join(target.place),
        icon=target_icon(target),
        href=url_of_target(target) if with_place else "",
        in_activity=in_activity and in_activity + urlencode({"entity": target.entity_id}),
        all_its_events=_("All events of %(name)s") % {"name": name},
        facts=[
            FactLine(
                fact_label(fact),
                None if fact.before is None else fact_value(fact, fact.before),
                None if fact.after is None else fact_value(fact, fact.after),
            )
            for fact in told(target)
        ],
    )
