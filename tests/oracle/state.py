"""What there is: its rows, what is counted, and who asks."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from tests.oracle.texts import same_name

# The kinds of policies, each with attachments of its own; those on trial are one more (R-PT-1, R-DRY-6).
SCP, TAG_POLICY, DRY_RUN = "service_control_policy", "tag_policy", "dry_run"
POLICY_TYPES = (SCP, TAG_POLICY)
FULL_ACCESS = "p-FullAccess"  # R-POL-8: built in, of no organization
ALLOW_ALL = '{"Version":"5.0","Statement":[{"Effect":"Allow","Action":["*"],"Resource":["*"]}]}'
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Refusal:
    """A rule said no: the contract's name for it, and for `invalid_parameter` the field."""

    condition: str
    parameter: str = ""


@dataclass(frozen=True)
class Limits:
    """The counts of R-QUO-4 that bear here; each is a setting of the installation (R-GEN-9)."""

    units: int = 1_000
    levels: int = 5
    tags: int = 20
    accounts: int = 10_000
    accounts_unset: int = 10  # where the operator has set none (R-QUO-1)
    creations_at_once: int = 5
    removals: int = 5
    removal_window: timedelta = timedelta(hours=24)
    invitations: int = 20
    invitation_window: timedelta = timedelta(hours=24)
    invitation_lifetime: timedelta = timedelta(days=14)
    closings_at_once: int = 3
    closings_least: int = 10
    closings_most: int = 200
    closing_window: timedelta = timedelta(days=30)
    closed_listed: timedelta = timedelta(days=90)
    standalone_age: timedelta = timedelta(days=7)
    policies: int = 1_000  # of each kind (R-POL-1, R-DRY-11)
    policy_tests: int = 100  # of each policy
    move_undo: timedelta = timedelta(minutes=15)
    scp_characters: int = 5_120
    tag_policy_characters: int = 10_000
    scps_per_entity: int = 5
    tag_policies_per_entity: int = 10

    def characters(self, policy_type: str) -> int:
        """R-POL-2."""
        return self.scp_characters if policy_type == SCP else self.tag_policy_characters

    def per_entity(self, kind: str) -> int:
        """R-POL-10, R-DRY-7."""
        return self.tag_policies_per_entity if kind == TAG_POLICY else self.scps_per_entity


@dataclass(frozen=True)
class Organization:
    id: str
    management_account_id: str
    root_id: str
    account_quota: int | None = None


@dataclass(frozen=True)
class Unit:
    """A root (`parent_id` empty) or an organizational unit."""

    id: str
    organization_id: str
    parent_id: str
    name: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Account:
    """A member has all four of organization, unit, join method and place; one that stands alone has none."""

    id: str
    organization_id: str = ""
    unit_id: str = ""
    join_method: str = ""
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    status: str = "active"
    is_resource: bool = False
    is_converted: bool = False
    is_eligible: bool = True
    # Told to the oracle, and in no event; so it judges by them and does not compare them.
    email: str = field(default="", compare=False)
    created_at: datetime = field(default=LONG_AGO, compare=False)


@dataclass(frozen=True)
class Invitation:
    """R-INV: `state` is what is written down; who reads is told what the clock says."""

    id: str
    organization_id: str
    account_id: str
    state: str = "pending"
    tags: Mapping[str, str] = field(default_factory=dict)
    destination_id: str = ""
    created_at: datetime = field(default=LONG_AGO, compare=False)
    expires_at: datetime = field(default=LONG_AGO, compare=False)

    def is_open(self, now: datetime) -> bool:
        """R-INV-8: by the clock, whether or not anybody wrote it down."""
        return self.state == "pending" and now < self.expires_at


@dataclass(frozen=True)
class Creation:
    """R-ACC-10: an account that was asked for."""

    id: str
    organization_id: str
    name: str
    state: str = "in_progress"
    tags: Mapping[str, str] = field(default_factory=dict)
    destination_id: str = ""
    account_id: str = ""
    failure_reason: str = ""
    email: str = field(default="", compare=False)


@dataclass(frozen=True)
class Closing:
    """R-CLO: an account that is being closed, was closed, or could not be."""

    id: str
    organization_id: str
    account_id: str
    state: str = "pending_closure"
    failure_reason: str = ""
    created_at: datetime = field(default=LONG_AGO, compare=False)
    ended_at: datetime = field(default=LONG_AGO, compare=False)


@dataclass(frozen=True)
class Departure:
    """R-ORG-18: a membership that ended; `kind` is left, removed or purged."""

    organization_id: str
    account_id: str
    kind: str
    at: datetime = field(default=LONG_AGO, compare=False)


@dataclass(frozen=True)
class Policy:
    """R-POL: the last of its texts is what it says."""

    id: str
    organization_id: str
    policy_type: str
    name: str
    texts: tuple[str, ...]
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    is_dry_run: bool = False

    @property
    def content(self) -> str:
        return self.texts[-1]

    @property
    def kind(self) -> str:
        return DRY_RUN if self.is_dry_run else self.policy_type


@dataclass(frozen=True)
class PolicyTest:
    """Ours: a question that is kept with a policy, and whether it has to be allowed."""

    policy_id: str
    name: str
    account_id: str
    action: str
    is_allowed: bool
    id: int = field(default=0, compare=False)  # in no event

    def said(self) -> tuple[object, ...]:
        return (self.policy_id, self.name, self.account_id, self.action, self.is_allowed)


@dataclass(frozen=True)
class Move:
    """Ours: a move that was made, of a unit or of accounts, as undoing it finds it."""

    organization_id: str
    kind: str
    moved: tuple[tuple[str, str, str], ...]  # what, from where, to where
    at: datetime


@dataclass(frozen=True)
class Grant:
    """Ours: rights on a unit and everything below it. `grantee` is the name of the user or account."""

    id: str
    organization_id: str
    unit_id: str
    grantee: str
    permissions: tuple[str, ...]
    policies: frozenset[str] = frozenset()
    expires_at: datetime | None = None
    # In no event: the account that it is for, or of the user that it is for.
    account_id: str = field(default="", compare=False)
    username: str = field(default="", compare=False)

    def holds_for(self, caller: "Caller") -> bool:
        """Until its time, for the user, or for the administrators of the account."""
        if self.expires_at is not None and caller.at >= self.expires_at:
            return False
        if self.username:
            return self.username == caller.username
        return caller.administers and self.account_id == caller.account_id


BUILT_IN = Policy(FULL_ACCESS, "", SCP, "FullAccess", (ALLOW_ALL,))


@dataclass(frozen=True)
class State:
    """Everything there is; tombstones of deleted organizations are not, but what outlives them is."""

    organizations: Mapping[str, Organization] = field(default_factory=dict)
    units: Mapping[str, Unit] = field(default_factory=dict)
    accounts: Mapping[str, Account] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    invitations: Mapping[str, Invitation] = field(default_factory=dict)
    creations: Mapping[str, Creation] = field(default_factory=dict)
    closings: Mapping[str, Closing] = field(default_factory=dict)
    # By account, in the order of time.
    departures: Mapping[str, tuple[Departure, ...]] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    # By organization and type, where it is not off; dry runs have one too (R-DRY-2).
    switches: Mapping[tuple[str, str], str] = field(default_factory=dict)
    # By organization, where dry runs were ever set up: the fields of R-DRY-2.
    dry_runs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    policy_tests: tuple[PolicyTest, ...] = ()
    # By entity and kind of policy, in their order; nothing where nothing hangs.
    attachments: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    # By organization and principal, where it is trusted: the accounts that administer it.
    services: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    grants: Mapping[str, Grant] = field(default_factory=dict)
    disabled: frozenset[str] = frozenset()  # users of accounts, by name

    def is_delegated(self, account_id: str) -> bool:
        """R-DA-8: whether it holds any service."""
        return any(account_id in held for held in self.services.values())

    def attached(self, entity_id: str, kind: str) -> tuple[str, ...]:
        return self.attachments.get((entity_id, kind), ())

    def switch(self, organization_id: str, policy_type: str) -> str:
        """R-PT: where the type is."""
        return self.switches.get((organization_id, policy_type), "disabled")

    def with_account(self, account_id: str, description: str = "") -> "State":
        """An account that stands alone."""
        return replace(
            self,
            accounts={**self.accounts, account_id: Account(account_id, description=description)},
        )

    def children(self, unit_id: str) -> list[Unit]:
        return [unit for unit in self.units.values() if unit.parent_id == unit_id]

    def level(self, unit_id: str) -> int:
        """0 for a root, 1 for what hangs on it."""
        level = 0
        while parent_id := self.units[unit_id].parent_id:
            unit_id, level = parent_id, level + 1
        return level

    def names(self, unit_id: str) -> list[str]:
        """The names from below the root down to the unit; none for the root."""
        unit = self.units[unit_id]
        return [*self.names(unit.parent_id), unit.name] if unit.parent_id else []

    def height(self, unit_id: str) -> int:
        """How many levels hang below: 0 for a unit without units."""
        return max((1 + self.height(child.id) for child in self.children(unit_id)), default=0)

    def subtree(self, unit_id: str) -> set[str]:
        """The unit and everything below it."""
        return {unit_id}.union(*(self.subtree(child.id) for child in self.children(unit_id)))

    def unit_count(self, organization_id: str) -> int:
        """Without the root (R-OU-3)."""
        return sum(
            1
            for unit in self.units.values()
            if unit.organization_id == organization_id and unit.parent_id
        )

    def members(self, organization_id: str) -> list[Account]:
        return [
            account
            for account in self.accounts.values()
            if account.organization_id == organization_id
        ]

    def name_taken(self, name: str, parent_id: str, *, but: str = "") -> bool:
        """Sibling names compare after NFC and without regard to case (R-OU-7)."""
        return any(
            same_name(unit.name, name) for unit in self.children(parent_id) if unit.id != but
        )


Outcome = State | Refusal


@dataclass(frozen=True)
class Caller:
    """An account, and whether its user is the account's administrator or only reads."""

    account_id: str
    administers: bool = True
    username: str = ""
    at: datetime = LONG_AGO
