"""Whether what is kept keeps its promises: the invariants, and the chains of events."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import batched

from django.conf import settings
from django.db import connection
from django.db.models import Count, F, Max, Min, Q, QuerySet

from orgs import access, names, nested_set
from orgs.actor import Actor
from orgs.models import (
    MAX_LEVELS,
    ORGANIZATIONS,
    Account,
    AccountStatus,
    Agency,
    AgencyKind,
    ClosingRequest,
    ClosingState,
    CreationRequest,
    CreationState,
    DelegatedAdministrator,
    Event,
    EventTarget,
    Invitation,
    InvitationState,
    Job,
    JobState,
    Organization,
    OrganizationalUnit,
    OrganizationGroupGrant,
    Role,
    Tag,
)
from orgs.permissions import Permission
from orgs.queries import policy_integrity
from orgs.queries.organizations import live_organization

PROBLEMS_SHOWN = 20
ROWS_AT_A_TIME = 2_000
EVENTS_AT_A_TIME = 200


@dataclass(frozen=True, slots=True)
class Invariant:
    """One promise: what it says, and what breaks it."""

    name: str
    claim: str
    problems: list[str]

    @property
    def holds(self) -> bool:
        """Whether nothing breaks it."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class Unit:
    """A row of the tree as it is stored."""

    pk: str
    parent_id: str | None
    organization_id: str
    name: str
    name_key: str
    lft: int
    rght: int
    level: int
    tree_id: int


def check_integrity() -> list[Invariant]:
    """Every invariant of the installation, each with what breaks it (at most 20 problems are kept).

    Reads whole tables; memory grows with the number of units.

    Source: reliability, section 1.
    """
    units = _load_units()
    return [
        Invariant(name, claim, list(_first(problems)))
        for name, claim, problems in (
            ("I1", "one root per organization; parents are of the same organization", _i1(units)),
            ("I2", "no cycle, at most five levels", _i2(units)),
            ("I3", "lft, rght, level and tree_id follow from the parents", _i3(units)),
            ("I4", "no two roots share a tree_id", _i4(units)),
            ("I5", "an account is in one organization, under one unit of it, or in none", _i5()),
            ("I6", "a management account is an active member of its organization", _i6()),
            ("I7", "what is attached belongs to one organization", _i7()),
            ("I8", "while SCPs are on every entity has one, and none has too many", _i8()),
            ("I9", "a delegated administrator is a member, and the service is trusted", _i9()),
            ("I10", "an organization has one pending invitation to an account", _i10()),
            ("I11", "what has ended, ended once, whole, and says so to the account", _i11()),
            ("I12", "no fixed quota is exceeded", _i12(units)),
            ("I13", "events are numbered from 1 to the version, without a gap", _i13()),
            ("I14", "siblings, and policies of a type, have different names", _i14(units)),
            (
                "I15",
                "no grant, agency, reference or text points at nothing or at strangers",
                _i15(),
            ),
        )
    ]


def misnumbered_organizations() -> list[str]:
    """The live organizations whose tree numbers do not follow from the parents (I3, I4)."""
    units = _load_units()
    trees = {unit.organization_id: unit.tree_id for unit in units if unit.parent_id is None}
    shared = {tree for tree, count in Counter(trees.values()).items() if count > 1}
    wrong = {organization_id for organization_id, _problem in _misnumbered(units)}
    wrong |= {organization_id for organization_id, tree in trees.items() if tree in shared}
    return sorted(wrong)


def count_events(*, organization: Organization | None = None) -> int:
    """How many events there are: in all, or of one organization."""
    return (Event.objects.all() if organization is None else organization.events).count()


def broken_chains(*, organization: Organization | None = None) -> Iterator[str]:
    """What is wrong in the event chains: the stream, the number, and what does not fit.

    Of every stream, or of one organization alone. It may be asked while the installation serves.

    An event that was altered, or whose targets were, does not give the hash that was stored; a missing
    last event leaves the head of the chain in the air.

    Source: reliability, P6.
    """
    found = Organization.objects.order_by("pk")
    if organization is not None:
        found = found.filter(pk=organization.pk)
    for stream in found.iterator():
        yield from _broken_chain(stream, Event.objects.filter(organization=stream))
    if organization is not None:
        return
    for account in Account.objects.exclude(version=0).order_by("pk").iterator():
        yield from _broken_chain(account, Event.objects.filter(account=account))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the chain of an organization's events is whole; else the first thing that is wrong with it."""

    events: int
    problem: str
    hash: str

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problem


def verify_chain(*, actor: Actor) -> Verdict:
    """Follow the chain of the actor's organization from its first event to its last. All of it is read.

    Raises:
        CallerNotInOrganization.
        NotManagementAccount: who does not see what everybody did (R-AUD-5).

    Source: reliability, P6.
    """
    organization = live_organization(actor)
    access.require(actor, Permission.VIEW_ACTIVITY, organization, organization)
    # What is added while this reads is not looked at: the last hash was read before it.
    chain = Event.objects.filter(organization=organization, number__lte=organization.version)
    problem = next(_broken_chain(organization, chain), "")
    return Verdict(
        events=organization.version,
        problem=problem.partition(": ")[2],
        hash=organization.event_hash,
    )


def _broken_chain(stream: Organization | Account, chain: QuerySet[Event]) -> Iterator[str]:
    previous, number = "", 0
    events = chain.order_by("number").iterator(chunk_size=ROWS_AT_A_TIME)
    for event, targets in _with_targets(events):
        number += 1
        if event.number != number:
            yield f"{stream.pk}: event {number} is missing"
            return
        if event.chained_hash(targets, previous=previous) != event.hash:
            yield f"{stream.pk}: event {number} was altered"
            return
        previous = event.hash
    if (number, previous) == (stream.version, stream.event_hash):
        return
    # There may have been changes since its head was read.
    stream.refresh_from_db(fields=["version", "event_hash"])
    is_longer_by_now = stream.version > number >= 1 and chain.filter(number=number + 1).exists()
    if not is_longer_by_now and (number, previous) != (stream.version, stream.event_hash):
        yield f"{stream.pk}: the last events are missing; {stream.version} expected, {number} found"


def _with_targets(events: Iterable[Event]) -> Iterator[tuple[Event, list[EventTarget]]]:
    """Each event with what it touched, in its order; a statement for many events."""
    for part in batched(events, EVENTS_AT_A_TIME):
        touched: dict[int, list[EventTarget]] = defaultdict(list)
        found = EventTarget.objects.filter(event__in=[event.pk for event in part])
        for target in found.order_by("event", "place").iterator(ROWS_AT_A_TIME):
            touched[target.event_id].append(target)
        for event in part:
            yield event, touched[event.pk]


def _first(problems: Iterable[str]) -> Iterator[str]:
    for _shown, problem in zip(range(PROBLEMS_SHOWN), problems, strict=False):
        yield problem


def _load_units() -> list[Unit]:
    fields = [field for field in Unit.__slots__ if field != "pk"]
    rows = OrganizationalUnit.objects.order_by("lft").values_list("pk", *fields)
    return [Unit(*row) for row in rows.iterator(ROWS_AT_A_TIME)]


def _i1(units: list[Unit]) -> Iterator[str]:
    owner = {unit.pk: unit.organization_id for unit in units}
    roots = Counter(unit.organization_id for unit in units if unit.parent_id is None)
    for organization_id in Organization.objects.live().values_list("pk", flat=True):
        if roots[organization_id] != 1:
            yield f"{organization_id} has {roots[organization_id]} roots"
    for unit in units:
        if unit.parent_id is not None and owner.get(unit.parent_id) != unit.organization_id:
            yield f"{unit.pk} hangs on {unit.parent_id} of another organization"


def _i2(units: list[Unit]) -> Iterator[str]:
    parents = {unit.pk: unit.parent_id for unit in units}
    for unit in units:
        levels, above = 0, unit.parent_id
        while above is not None and levels <= MAX_LEVELS:
            levels, above = levels + 1, parents.get(above)
        if levels > MAX_LEVELS:
            yield f"{unit.pk} is on a cycle or deeper than {MAX_LEVELS} levels"


def _i3(units: list[Unit]) -> Iterator[str]:
    return (problem for _organization_id, problem in _misnumbered(units))


def _misnumbered(units: list[Unit]) -> Iterator[tuple[str, str]]:
    by_id = {unit.pk: unit for unit in units}
    children = nested_set.children_of((unit.pk, unit.parent_id) for unit in units)
    reached: set[str] = set()
    for root_id in children.get(None, []):
        tree_id = by_id[root_id].tree_id
        for unit_id, place in nested_set.places(root_id, children).items():
            reached.add(unit_id)
            unit = by_id[unit_id]
            stored = (unit.lft, unit.rght, unit.level, unit.tree_id)
            computed = (place.lft, place.rght, place.level, tree_id)
            if stored != computed:
                yield unit.organization_id, f"{unit_id} has {stored}, its parents say {computed}"
    for unit in units:
        if unit.pk not in reached:
            yield unit.organization_id, f"{unit.pk} cannot be reached from a root"


def _i4(units: list[Unit]) -> Iterator[str]:
    trees = Counter(unit.tree_id for unit in units if unit.parent_id is None)
    for tree_id, count in trees.items():
        if count > 1:
            yield f"{count} roots share the tree_id {tree_id}"


def _i5() -> Iterator[str]:
    half = ~Q(organization=None, unit=None, join_method=None, joined_at=None) & (
        Q(organization=None) | Q(unit=None) | Q(join_method=None) | Q(joined_at=None)
    )
    for account_id in Account.objects.filter(half).values_list("pk", flat=True):
        yield f"{account_id} is half a member"
    foreign = Account.objects.exclude(unit=None).exclude(unit__organization=F("organization"))
    for account_id in foreign.values_list("pk", flat=True):
        yield f"{account_id} hangs on a unit of another organization"


def _i6() -> Iterator[str]:
    fits = Q(management_account__organization=F("pk")) & Q(
        management_account__status=AccountStatus.ACTIVE
    )
    for organization_id in Organization.objects.live().exclude(fits).values_list("pk", flat=True):
        yield f"the management account of {organization_id} is elsewhere or not active"


def _i7() -> Iterator[str]:
    for resource in ("unit", "account", "policy"):
        foreign = Tag.objects.exclude(**{resource: None}).exclude(
            **{f"{resource}__organization": F("organization")}
        )
        for tag in foreign.values_list("pk", flat=True):
            yield f"tag {tag} is on a resource of another organization"
    yield from policy_integrity.policies_of_strangers()
    yield from policy_integrity.wrong_effective_tag_policies()


def _i8() -> Iterator[str]:
    return policy_integrity.wrongly_attached()


def _i9() -> Iterator[str]:
    delegations = DelegatedAdministrator.objects.order_by("pk")
    fits = Q(
        account__organization=F("organization"), trusted_service__organization=F("organization")
    )
    manages = Q(organization__management_account=F("account"))
    wrong = delegations.exclude(fits & ~manages)
    for account_id, service in wrong.values_list("account", "trusted_service__service"):
        yield f"{account_id} is registered for {service}, and is no member beside that service"


def _i10() -> Iterator[str]:
    pending = Invitation.objects.filter(state=InvitationState.PENDING)
    several = (
        pending.values_list("organization", "account")
        .annotate(count=Count("pk"))
        .filter(count__gt=1)
    )
    for organization_id, account_id, count in several.order_by():
        yield f"{organization_id} has {count} pending invitations to {account_id}"


def _i11() -> Iterator[str]:
    """Of invitations, creations, closings, policy types: what the state says has to be so everywhere."""
    yield from _half_ended_invitations()
    yield from _half_ended_creations()
    yield from _half_ended_closings()
    yield from policy_integrity.half_switched_policy_types()
    yield from policy_integrity.half_switched_dry_runs()


def _half_ended_invitations() -> Iterator[str]:
    known = Q(state__in=InvitationState.values)
    half = Q(state=InvitationState.PENDING) ^ Q(updated_at=None)
    early = Q(state=InvitationState.EXPIRED) & ~Q(updated_at=F("expires_at"))
    orphaned = Q(state=InvitationState.PENDING, organization__deleted_at__isnull=False)
    wrong = Invitation.objects.filter(~known | half | early | orphaned).order_by("pk")
    for invitation_id, state in wrong.values_list("pk", "state"):
        yield f"invitation {invitation_id} is {state}, which its times or its organization deny"


def _half_ended_creations() -> Iterator[str]:
    running = Q(state=CreationState.IN_PROGRESS)
    made = Q(state=CreationState.SUCCEEDED)
    wrong = CreationRequest.objects.filter(
        ~Q(state__in=CreationState.values)
        | (running ^ Q(completed_at=None))
        | (made ^ Q(account__isnull=False))
        | (Q(state=CreationState.FAILED) ^ ~Q(failure_reason=""))
        | (running & Q(organization__deleted_at__isnull=False))
    ).order_by("pk")
    for request_id, state in wrong.values_list("pk", "state"):
        yield f"creation {request_id} is {state}, which what it holds denies"
    # R-GEN-12: what runs has somebody who will end it.
    unattended = CreationRequest.objects.filter(running).exclude(
        pk__in=_unended_jobs("create_account")
    )
    for request_id in unattended.order_by("pk").values_list("pk", flat=True):
        yield f"creation {request_id} is in progress, and no job will end it"


def _half_ended_closings() -> Iterator[str]:
    requests = ClosingRequest.objects.order_by("pk").values_list("pk", "account", "state")
    states = {
        ClosingState.PENDING_CLOSURE: AccountStatus.PENDING_CLOSURE,
        ClosingState.SUSPENDED: AccountStatus.SUSPENDED,
    }
    for state, status in states.items():
        begun = requests.filter(state=state)
        for request_id, account_id, _state in begun.exclude(account__status=status):
            yield f"closing {request_id} is {state}, its account {account_id} is not"
    # Who was imported or suspended by hand may be so without a request; who is being closed never.
    without = Account.objects.filter(status=AccountStatus.PENDING_CLOSURE).exclude(
        closing_requests__state=ClosingState.PENDING_CLOSURE
    )
    for account_id in without.order_by("pk").values_list("pk", flat=True):
        yield f"{account_id} is being closed without a request"
    attended = {int(subject) for subject in _unended_jobs("close_account") if subject.isdecimal()}
    running = requests.filter(state=ClosingState.PENDING_CLOSURE)
    for request_id, account_id, _state in running:
        if request_id not in attended:
            yield f"closing {request_id} of {account_id} runs, and no job will end it"


def _unended_jobs(kind: str) -> QuerySet[Job, str]:
    """The subjects of jobs of a kind that will be done."""
    unended = Job.objects.filter(kind=kind).exclude(state__in=[JobState.DONE, JobState.DEAD])
    return unended.values_list("subject_id", flat=True)


def _i12(units: list[Unit]) -> Iterator[str]:
    limit = int(settings.ORGANIZATIONAL_UNIT_QUOTA)
    counts = Counter(unit.organization_id for unit in units if unit.parent_id is not None)
    for organization_id, count in counts.items():
        if count > limit:
            yield f"{organization_id} holds {count} units of {limit}"
    for resource in ("unit", "account", "policy"):
        crowded = (
            Tag.objects.exclude(**{resource: None})
            .values_list(resource)
            .annotate(count=Count("pk"))
            .filter(count__gt=settings.TAG_QUOTA)
        )
        for resource_id, count in crowded:
            yield f"{resource_id} carries {count} tags of {settings.TAG_QUOTA}"
    yield from policy_integrity.too_many_policies()


def _i13() -> Iterator[str]:
    # Each in one statement, which sees no change that comes between version and events.
    for streams in (Organization.objects.all(), Account.objects.exclude(version=0)):
        numbered = streams.annotate(
            first=Min("events__number"), last=Max("events__number"), count=Count("events")
        )
        for stream, version, *found in numbered.values_list(
            "pk", "version", "first", "last", "count"
        ):
            if found not in ([1, version, version], [None, None, version]):
                yield f"{stream} is at version {version}, its events say {found}"


def _i14(units: list[Unit]) -> Iterator[str]:
    seen = set()
    for unit in units:
        if unit.name_key != names.name_key(unit.name):
            yield f"{unit.pk} is named {unit.name!r} but compared as {unit.name_key!r}"
        if unit.parent_id is not None and (unit.parent_id, unit.name_key) in seen:
            yield f"{unit.pk} has the name of a sibling"
        seen.add((unit.parent_id, unit.name_key))
    yield from policy_integrity.misnamed_policies()


def _i15() -> Iterator[str]:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA foreign_key_check")
            for table, row, parent, _key in cursor.fetchall():
                yield f"row {row} of {table} points at nothing in {parent}"
    yield from _agencies_without_reason()
    yield from _foreign_destinations()
    yield from policy_integrity.policies_of_other_texts()
    members = dict(Account.objects.exclude(organization=None).values_list("pk", "organization_id"))
    group_names = {role.value for role in Role}
    grants = OrganizationGroupGrant.objects.values_list("group__name", "content_object").distinct()
    for group, organization_id in grants:
        account_id, _slash, role = group.partition("/")
        if role in group_names and members.get(account_id) != organization_id:
            yield f"the group {group} holds grants in {organization_id}, where it is no member"


def _agencies_without_reason() -> Iterator[str]:
    """A member has the agency of Organizations; who stands alone has none of a service (R-ORG-16)."""
    linked = Agency.objects.filter(kind=AgencyKind.SERVICE_LINKED)
    ours = linked.filter(service=ORGANIZATIONS).values("account")
    lacking = Account.objects.exclude(organization=None).exclude(pk__in=ours)
    for account_id in lacking.order_by("pk").values_list("pk", flat=True):
        yield f"member {account_id} lacks the service-linked agency of Organizations"
    left = linked.filter(account__organization=None)
    for account_id, name in left.order_by("pk").values_list("account", "name"):
        yield f"{account_id} stands alone and has the service-linked agency {name}"


def _foreign_destinations() -> Iterator[str]:
    """What is on its way to a unit is on its way within its own organization (I7, R-GEN-3)."""
    for model in (CreationRequest, Invitation):
        foreign = model.objects.exclude(destination=None).exclude(
            destination__organization=F("organization")
        )
        for pk, unit_id in foreign.order_by("pk").values_list("pk", "destination"):
            yield f"{pk} is destined for {unit_id} of another organization"
