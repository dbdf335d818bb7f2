"""What the rules say, in plain Python: the product is judged against this.

Written from the rules (R-...) and the contract's lists of conditions alone, with no line shared with
`orgs`, so that a mistake in one of the two shows as a difference. A `State` never changes; an operation
answers a new one or a `Refusal` named after the contract's condition, asked in the contract's order.
"""
# ruff: noqa: PLR0911  (one return for each condition, in the contract's order, is the point)

import fnmatch
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

ORGANIZATION_ID = re.compile(r"o-[0-9a-z]{10,32}\Z")
ROOT_ID = re.compile(r"r-[0-9a-z]{4,32}\Z")
UNIT_ID = re.compile(r"ou-[0-9a-z]{8,32}\Z")
ACCOUNT_ID = re.compile(r"[0-9a-z]{32}\Z")
POLICY_ID = re.compile(r"p-[0-9A-Za-z_]{8,128}\Z")
INVITATION_ID = re.compile(r"h-[0-9a-z]{8,32}\Z")

ACCOUNT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{5,63}\Z")
EMAIL = re.compile(r"[a-z0-9.]+@[a-z0-9]+\.[a-z]+\Z")  # enough for what is tried here

POLICY_NAME = re.compile(r"(?! )[A-Za-z0-9_\-\u4e00-\u9fff ]{1,64}(?<! )\Z")  # R-POL-3

# The kinds of policies, each with attachments of its own; those on trial are one more (R-PT-1, R-DRY-6).
SCP, TAG_POLICY, DRY_RUN = "service_control_policy", "tag_policy", "dry_run"
POLICY_TYPES = (SCP, TAG_POLICY)
FULL_ACCESS = "p-FullAccess"  # R-POL-8: built in, of no organization
ALLOW_ALL = '{"Version":"5.0","Statement":[{"Effect":"Allow","Action":["*"],"Resource":["*"]}]}'

TAG_KEY = re.compile(r"(?!_sys_)[A-Za-z0-9_\-\u4e00-\u9fff]{1,128}\Z")
TAG_VALUE = re.compile(r"[A-Za-z0-9_.\-\u4e00-\u9fff]{0,255}\Z")

# They print nothing, although they are letters, marks or symbols (R-OU-7: "invisible").
BLANK = frozenset(
    [
        0x034F,
        0x115F,
        0x1160,
        0x17B4,
        0x17B5,
        0x2800,
        0x3164,
        0xFFA0,
        *range(0x180B, 0x1810),
        *range(0xFE00, 0xFE10),
        *range(0xE0100, 0xE01F0),
    ]
)

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
    # By organization and type, where it is not off.
    switches: Mapping[tuple[str, str], str] = field(default_factory=dict)
    # By entity and kind of policy, in their order; nothing where nothing hangs.
    attachments: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

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


# --- what may be written ---


def normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def folded(name: str) -> str:
    return normal(normal(name).casefold())


def same_name(one: str, other: str) -> bool:
    return folded(one) == folded(other)


def prints(character: str) -> bool:
    """Letters, marks, numbers, punctuation, symbols of any script, and the one space U+0020."""
    return character == " " or (
        unicodedata.category(character)[0] in "LMNPS" and ord(character) not in BLANK
    )


def unit_name_is_good(name: object) -> bool:
    """R-OU-6, R-OU-7."""
    if not isinstance(name, str):
        return False
    name = normal(name)
    return (
        1 <= len(name) <= 64
        and name == name.strip(" ")
        and all(prints(c) and c not in "<>" for c in name)
    )


def description_is_good(description: object) -> bool:
    """Null leaves the description alone; a text has at most 255 characters that print."""
    return description is None or (
        isinstance(description, str)
        and len(normal(description)) <= 255
        and all(prints(character) for character in normal(description))
    )


def tags_are_good(tags: object) -> bool:
    """R-TAG-1, R-TAG-3, R-TAG-4, R-TAG-6, R-TAG-8."""
    if not isinstance(tags, (list, tuple)) or len(tags) > 20:
        return False
    if not all(isinstance(key, str) and isinstance(value, str) for key, value in tags):
        return False
    keys = [key for key, _ in tags]
    return (
        len(set(keys)) == len(keys)
        and all(TAG_KEY.match(key) for key in keys)
        and all(TAG_VALUE.match(value) for _, value in tags)
    )


def is_id(value: object, *patterns: re.Pattern[str]) -> bool:
    return isinstance(value, str) and any(pattern.match(value) for pattern in patterns)


# --- who may, R-GEN-1, R-GEN-2, R-PERM-1 ---


@dataclass(frozen=True)
class Caller:
    """An account, and whether its user is the account's administrator or only reads."""

    account_id: str
    administers: bool = True


def may_write(state: State, caller: Caller) -> Organization | Refusal:
    """The organization the caller manages. The role is asked before the membership (`check_order`)."""
    if not caller.administers:
        return Refusal("permission_denied")
    account = state.accounts[caller.account_id]
    if account.status != "active":  # R-CLO-11
        return Refusal("permission_denied")
    if not account.organization_id:
        return Refusal("caller_not_in_org")
    organization = state.organizations[account.organization_id]
    if organization.management_account_id != account.id:
        return Refusal("not_management_account")
    return organization


# --- organizations, R-ORG ---


def create_organization(
    state: State, caller: Caller, *, organization_id: str, root_id: str
) -> Outcome:
    """R-ORG-1, R-ORG-3, R-ORG-4."""
    account = state.accounts[caller.account_id]
    if not caller.administers or account.status != "active":  # R-CLO-11
        return Refusal("permission_denied")
    if account.organization_id:
        return Refusal("account_already_in_organization")
    organization = Organization(organization_id, account.id, root_id)
    manager = replace(
        account, organization_id=organization_id, unit_id=root_id, join_method="invited", tags={}
    )
    return replace(
        state,
        organizations={**state.organizations, organization_id: organization},
        units={**state.units, root_id: Unit(root_id, organization_id, "", "root")},
        accounts={**state.accounts, account.id: manager},
    )


def delete_organization(state: State, caller: Caller) -> Outcome:
    """R-ORG-8 to R-ORG-11, R-TAG-12."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if state.unit_count(organization.id) or len(state.members(organization.id)) > 1:
        return Refusal("organization_not_empty")
    if running_creations(state, organization):  # R-ORG-9
        return Refusal("organization_not_empty")
    if any(policy.organization_id == organization.id for policy in state.policies.values()):
        return Refusal("organization_not_empty")
    manager = state.accounts[organization.management_account_id]
    state = unhooked(without_unit(state, organization.root_id), manager.id)
    return replace(
        state,
        organizations=without(state.organizations, organization.id),
        switches={
            key: switch for key, switch in state.switches.items() if key[0] != organization.id
        },
        accounts={**state.accounts, manager.id: stand_alone(manager)},
        invitations={
            key: replace(invitation, state="cancelled")
            if invitation.organization_id == organization.id and invitation.state == "pending"
            else invitation
            for key, invitation in state.invitations.items()
        },
    )


def stand_alone(account: Account) -> Account:
    return replace(account, organization_id="", unit_id="", join_method="", tags={})


# --- organizational units, R-OU ---


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
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not unit_name_is_good(name):
        return Refusal("invalid_parameter", "name")
    if not is_id(parent_id, ROOT_ID, UNIT_ID):
        return Refusal("invalid_parameter", "parent_id")
    if not tags_are_good(tags):
        return Refusal("invalid_parameter", "tags")
    if not owns_unit(state, organization, parent_id):
        return Refusal("parent_not_found")
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
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not is_id(unit_id, UNIT_ID):
        return Refusal("invalid_parameter", "organizational_unit_id")
    if not unit_name_is_good(name):
        return Refusal("invalid_parameter", "name")
    if not owns_unit(state, organization, unit_id):
        return Refusal("ou_not_found")
    unit = state.units[unit_id]
    if state.name_taken(name, unit.parent_id, but=unit.id):
        return Refusal("ou_name_conflict")
    return with_unit(state, replace(unit, name=normal(name)))


def delete_unit(state: State, caller: Caller, *, unit_id: object) -> Outcome:
    """R-OU-1, R-OU-12, R-OU-13."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not is_id(unit_id, UNIT_ID):
        return Refusal("invalid_parameter", "organizational_unit_id")
    if not owns_unit(state, organization, unit_id):
        return Refusal("ou_not_found")
    if state.children(unit_id) or any(
        account.unit_id == unit_id for account in state.accounts.values()
    ):
        return Refusal("ou_not_empty")
    return without_unit(state, unit_id)


def without_unit(state: State, unit_id: str) -> State:
    """What was on its way to the unit goes to the root instead (ours)."""

    def redirected[T: (Invitation, Creation)](rows: Mapping[str, T]) -> dict[str, T]:
        return {
            key: replace(row, destination_id="") if row.destination_id == unit_id else row
            for key, row in rows.items()
        }

    state = unhooked(state, unit_id)
    return replace(
        state,
        units=without(state.units, unit_id),
        invitations=redirected(state.invitations),
        creations=redirected(state.creations),
    )


def move_unit(
    state: State,
    caller: Caller,
    *,
    unit_id: object,
    source_parent_id: object,
    destination_parent_id: object,
) -> Outcome:
    """R-OU-11, and source and destination as an account's have them (R-ACC-30, R-ACC-31)."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
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
    if unit.parent_id != source_parent_id:
        return Refusal("move_source_mismatch")
    if source_parent_id == destination_parent_id:
        return Refusal("move_same_parent")
    if destination_parent_id in state.subtree(unit_id):
        return Refusal("ou_move_into_itself")
    if state.level(destination_parent_id) + 1 + state.height(unit_id) > state.limits.levels:
        return Refusal("ou_depth_exceeded")
    if state.name_taken(unit.name, destination_parent_id):
        return Refusal("ou_name_conflict")
    return with_unit(state, replace(unit, parent_id=destination_parent_id))


def bad_parents(source_parent_id: object, destination_parent_id: object) -> Refusal | None:
    """R-OU-8: a parent is a root or a unit."""
    if not is_id(source_parent_id, ROOT_ID, UNIT_ID):
        return Refusal("invalid_parameter", "source_parent_id")
    if not is_id(destination_parent_id, ROOT_ID, UNIT_ID):
        return Refusal("invalid_parameter", "destination_parent_id")
    return None


def owns_unit(state: State, organization: Organization, unit_id: object) -> bool:
    """An id of another organization is one that is not there (R-GEN-3)."""
    return unit_id in state.units and state.units[unit_id].organization_id == organization.id


def with_unit(state: State, unit: Unit) -> State:
    return replace(state, units={**state.units, unit.id: unit})


# --- accounts, R-ACC ---


def move_account(
    state: State,
    caller: Caller,
    *,
    account_id: object,
    source_parent_id: object,
    destination_parent_id: object,
) -> Outcome:
    """R-ACC-30 to R-ACC-33."""
    return move_accounts(
        state,
        caller,
        moves=[(account_id, source_parent_id)],
        destination_parent_id=destination_parent_id,
    )


def move_accounts(
    state: State,
    caller: Caller,
    *,
    moves: Sequence[tuple[object, object]],
    destination_parent_id: object,
) -> Outcome:
    """Pairs of account and source, each as R-ACC-30 to R-ACC-33 say; all or none (R-GEN-5)."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    account_ids = [account_id for account_id, _ in moves]
    if not moves or len(set(account_ids)) != len(account_ids):
        return Refusal("invalid_parameter", "account_ids")
    if not all(is_id(account_id, ACCOUNT_ID) for account_id in account_ids):
        return Refusal("invalid_parameter", "account_id")
    for _, source_parent_id in moves:
        if refusal := bad_parents(source_parent_id, destination_parent_id):
            return refusal
    if not all(owns_account(state, organization, account_id) for account_id in account_ids):
        return Refusal("account_not_found")
    if not all(owns_unit(state, organization, source_id) for _, source_id in moves):
        return Refusal("parent_not_found")
    if not owns_unit(state, organization, destination_parent_id):
        return Refusal("parent_not_found")
    moved = {}
    for account_id, source_parent_id in moves:
        account = state.accounts[account_id]
        if account.unit_id != source_parent_id:
            return Refusal("move_source_mismatch")
        if account.unit_id == destination_parent_id:
            return Refusal("move_same_parent")
        moved[account_id] = replace(account, unit_id=destination_parent_id)
    return replace(state, accounts={**state.accounts, **moved})


def update_account(
    state: State, caller: Caller, *, account_id: object, description: object
) -> Outcome:
    """R-ACC-5: a text replaces, `""` clears, null leaves."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not is_id(account_id, ACCOUNT_ID):
        return Refusal("invalid_parameter", "account_id")
    if not description_is_good(description):
        return Refusal("invalid_parameter", "description")
    if not owns_account(state, organization, account_id):
        return Refusal("account_not_found")
    if description is None:
        return state
    account = replace(state.accounts[account_id], description=normal(description).strip(" "))
    return with_account(state, account)


def owns_account(state: State, organization: Organization, account_id: object) -> bool:
    return (
        account_id in state.accounts
        and state.accounts[account_id].organization_id == organization.id
    )


def with_account(state: State, account: Account) -> State:
    return replace(state, accounts={**state.accounts, account.id: account})


# --- tags, R-TAG ---


def tag_resource(state: State, caller: Caller, *, resource_id: object, tags: object) -> Outcome:
    """R-TAG-1 to R-TAG-8. A key that is there is a conflict, and it is asked before the quota."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not is_id(resource_id, ROOT_ID, UNIT_ID, ACCOUNT_ID, POLICY_ID):
        return Refusal("invalid_parameter", "resource_id")
    if not tags_are_good(tags) or not tags:
        return Refusal("invalid_parameter", "tags")
    if resource_id == FULL_ACCESS:  # R-POL-8
        return Refusal("policy_builtin")
    present = tags_of(state, organization, resource_id)
    if present is None:
        return Refusal("tag_resource_not_found")
    if any(key in present for key, _ in tags):
        return Refusal("tag_conflict")
    if len(present) + len(tags) > state.limits.tags:
        return Refusal("tag_quota_exceeded")
    return with_tags(state, resource_id, {**present, **dict(tags)})


def untag_resource(state: State, caller: Caller, *, resource_id: object, keys: object) -> Outcome:
    """R-TAG-9: keys that are not there are ignored."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not is_id(resource_id, ROOT_ID, UNIT_ID, ACCOUNT_ID, POLICY_ID):
        return Refusal("invalid_parameter", "resource_id")
    if (
        not isinstance(keys, (list, tuple))
        or not 1 <= len(keys) <= 20
        or not all(isinstance(key, str) and 1 <= len(key) <= 128 for key in keys)
    ):
        return Refusal("invalid_parameter", "tag_keys")
    if resource_id == FULL_ACCESS:  # R-POL-8
        return Refusal("policy_builtin")
    present = tags_of(state, organization, resource_id)
    if present is None:
        return Refusal("tag_resource_not_found")
    return with_tags(
        state, resource_id, {key: value for key, value in present.items() if key not in keys}
    )


def update_tags(
    state: State, caller: Caller, *, resource_id: object, tags: object, keys: object
) -> Outcome:
    """What `update_tags_of_resources` does, for one."""
    return update_tags_of_resources(state, caller, resource_ids=[resource_id], tags=tags, keys=keys)


def update_tags_of_resources(
    state: State, caller: Caller, *, resource_ids: Sequence[object], tags: object, keys: object
) -> Outcome:
    """Ours: what is named gets its value, keys to remove go; all resources, or none.

    R-TAG-1, R-TAG-3 to R-TAG-9, R-GEN-5.
    """
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not all(is_id(given, ROOT_ID, UNIT_ID, ACCOUNT_ID, POLICY_ID) for given in resource_ids):
        return Refusal("invalid_parameter", "resource_id")
    if not resource_ids or len(set(resource_ids)) != len(resource_ids):
        return Refusal("invalid_parameter", "resource_ids")
    if not tags_are_good(tags):
        return Refusal("invalid_parameter", "tags")
    if not tags and not keys:
        return Refusal("invalid_parameter", "tag_keys")
    if len(keys) > 20 or not all(isinstance(key, str) and 1 <= len(key) <= 128 for key in keys):
        return Refusal("invalid_parameter", "tag_keys")
    wanted = dict(tags)
    if any(key in wanted for key in keys):
        return Refusal("invalid_parameter", "removed_keys")
    tagged = {given: tags_of(state, organization, given) for given in resource_ids}
    for resource_id, present in tagged.items():
        if resource_id == FULL_ACCESS:  # R-POL-8
            return Refusal("policy_builtin")
        if present is None:
            return Refusal("tag_resource_not_found")
    for resource_id, present in tagged.items():
        left = {key: value for key, value in present.items() if key not in keys} | wanted
        if left != present and len(left) > state.limits.tags:
            return Refusal("tag_quota_exceeded")
        state = with_tags(state, resource_id, left)
    return state


def tags_of(
    state: State, organization: Organization, resource_id: object
) -> Mapping[str, str] | None:
    if owns_unit(state, organization, resource_id):
        return state.units[resource_id].tags
    if owns_account(state, organization, resource_id):
        return state.accounts[resource_id].tags
    policy = state.policies.get(resource_id)
    return policy.tags if policy and policy.organization_id == organization.id else None


def with_tags(state: State, resource_id: str, tags: Mapping[str, str]) -> State:
    if resource_id in state.units:
        return with_unit(state, replace(state.units[resource_id], tags=tags))
    if resource_id in state.policies:
        return with_policy(state, replace(state.policies[resource_id], tags=tags))
    return with_account(state, replace(state.accounts[resource_id], tags=tags))


def without[T](rows: Mapping[str, T], row_id: str) -> dict[str, T]:
    return {key: row for key, row in rows.items() if key != row_id}


# --- the life of an account: R-ACC-10 to R-ACC-23, R-INV, R-CLO, R-ORG-12 to R-ORG-18 ---


def create_account(
    state: State,
    caller: Caller,
    *,
    name: object,
    email: object = None,
    tags: object = (),
    destination_parent_id: object = None,
    request_id: str,
    now: datetime,
) -> Outcome:
    """R-ACC-7, R-ACC-10 to R-ACC-16: it is only asked for."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not account_name_is_good(name):
        return Refusal("invalid_parameter", "name")
    if not (email is None or (isinstance(email, str) and EMAIL.match(email))):
        return Refusal("invalid_parameter", "email")
    if not tags_are_good(tags):
        return Refusal("invalid_parameter", "tags")
    if refusal := bad_destination(state, organization, destination_parent_id):
        return refusal
    if name_in_use(state, name) or email_in_use(state, email):
        return Refusal("account_conflict")
    if accounts_used(state, organization, now=now) >= quota_of(state, organization):
        return Refusal("account_quota_exceeded")
    if len(running_creations(state, organization)) >= state.limits.creations_at_once:
        return Refusal("account_create_concurrency")
    if len(tags) > state.limits.tags:
        return Refusal("tag_quota_exceeded")
    request = Creation(
        request_id,
        organization.id,
        name,
        tags=dict(tags),
        destination_id=destination_parent_id or "",
        email=email or "",
    )
    return with_creation(state, request)


def finish_creation(state: State, *, request_id: str, account_id: str, now: datetime) -> State:
    """R-ACC-11, R-ACC-16, R-ACC-19, R-ACC-20, R-ACC-22; of one that has ended nothing more comes."""
    request = state.creations[request_id]
    if request.state != "in_progress":
        return state
    if any(same_name(account.name, request.name) for account in state.accounts.values()):
        return fail_creation(state, request_id=request_id, reason="NAME_ALREADY_EXISTS")
    organization = state.organizations[request.organization_id]
    account = Account(
        account_id,
        organization.id,
        request.destination_id or organization.root_id,
        "created",
        tags=request.tags,
        name=request.name,
        is_resource=True,
        email=request.email,
        created_at=now,
    )
    state = arrived(with_account(state, account), organization.id, account_id)
    return with_creation(state, replace(request, state="succeeded", account_id=account_id))


def fail_creation(state: State, *, request_id: str, reason: str) -> State:
    """R-ACC-11: nothing is left but the request."""
    request = state.creations[request_id]
    if request.state != "in_progress":
        return state
    return with_creation(state, replace(request, state="failed", failure_reason=reason))


def invite_account(
    state: State,
    caller: Caller,
    *,
    target_type: object,
    target: object,
    notes: object = "",
    tags: object = (),
    destination_parent_id: object = None,
    invitation_id: str,
    now: datetime,
) -> Outcome:
    """R-INV-2 to R-INV-9, R-INV-18."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not tags_are_good(tags):
        return Refusal("invalid_parameter", "tags")
    if not isinstance(notes, str) or len(notes) > 1_024:
        return Refusal("invalid_parameter", "notes")
    if refusal := bad_destination(state, organization, destination_parent_id):
        return refusal
    if refusal := bad_target(target_type, target):
        return refusal
    account = account_named(state, target_type, target)
    if account is None:
        return Refusal("account_not_found")
    if refusal := not_invitable(account):
        return refusal
    mine = [one for one in state.invitations.values() if one.organization_id == organization.id]
    if any(one.account_id == account.id and one.is_open(now) for one in mine):
        return Refusal("handshake_duplicate")
    if accounts_used(state, organization, now=now) >= quota_of(state, organization):
        return Refusal("account_quota_exceeded")
    attempts = [
        one
        for one in mine
        if one.state != "accepted" and one.created_at > now - state.limits.invitation_window
    ]
    if len(attempts) >= state.limits.invitations:
        return Refusal("invite_rate")
    if len(tags) > state.limits.tags:
        return Refusal("tag_quota_exceeded")
    invitation = Invitation(
        invitation_id,
        organization.id,
        account.id,
        tags=dict(tags),
        destination_id=destination_parent_id or "",
        created_at=now,
        expires_at=now + state.limits.invitation_lifetime,
    )
    return with_invitation(state, invitation)


def bad_target(target_type: object, target: object) -> Refusal | None:
    """R-INV-2."""
    if target_type not in {"account", "name"}:
        return Refusal("invalid_parameter", "target.type")
    if target_type == "account" and not is_id(target, ACCOUNT_ID):
        return Refusal("invalid_parameter", "target.entity")
    if target_type == "name" and not account_name_is_good(target):
        return Refusal("invalid_parameter", "target.entity")
    return None


def account_named(state: State, target_type: object, target: str) -> Account | None:
    """R-INV-2: the name is resolved when inviting."""
    if target_type == "account":
        return state.accounts.get(target)
    named = [one for one in state.accounts.values() if same_name(one.name, target)]
    return named[0] if named else None


def not_invitable(account: Account) -> Refusal | None:
    """R-INV-3, R-INV-4."""
    if account.organization_id:
        return Refusal("account_already_in_organization")
    if account.status != "active" or not is_full(account):
        return Refusal("account_not_active")
    return None


def accept_invitation(
    state: State, caller: Caller, *, invitation_id: object, now: datetime
) -> Outcome:
    """R-INV-14, R-INV-15, R-INV-16."""
    invitation = to_answer(state, caller, invitation_id, now)
    if isinstance(invitation, Refusal):
        return invitation
    account = state.accounts[caller.account_id]
    if account.organization_id:
        return Refusal("account_already_in_organization")
    organization = state.organizations[invitation.organization_id]
    # This invitation itself is one of those used.
    if accounts_used(state, organization, now=now) - 1 >= quota_of(state, organization):
        return Refusal("account_quota_exceeded")
    joined = replace(
        account,
        organization_id=organization.id,
        unit_id=invitation.destination_id or organization.root_id,
        join_method="invited",
        tags=invitation.tags,
    )
    state = arrived(with_account(state, joined), organization.id, account.id)
    return with_invitation(state, replace(invitation, state="accepted"))


def decline_invitation(
    state: State, caller: Caller, *, invitation_id: object, now: datetime
) -> Outcome:
    """R-INV-1."""
    invitation = to_answer(state, caller, invitation_id, now)
    if isinstance(invitation, Refusal):
        return invitation
    if not is_allowed(state, caller, "organizations:handshakes:decline"):
        return Refusal("permission_denied")
    return with_invitation(state, replace(invitation, state="declined"))


def to_answer(
    state: State, caller: Caller, invitation_id: object, now: datetime
) -> Invitation | Refusal:
    """R-INV-11, R-INV-17: the invited account's own, and open."""
    if not caller.administers or state.accounts[caller.account_id].status != "active":
        return Refusal("permission_denied")
    if not is_id(invitation_id, INVITATION_ID):
        return Refusal("invalid_parameter", "handshake_id")
    invitation = state.invitations.get(invitation_id)
    if invitation is None or invitation.account_id != caller.account_id:
        return Refusal("handshake_not_found")
    if not invitation.is_open(now):
        return Refusal("handshake_not_pending")
    return invitation


def cancel_invitation(
    state: State, caller: Caller, *, invitation_id: object, now: datetime
) -> Outcome:
    """R-INV-1, R-GEN-3."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not is_id(invitation_id, INVITATION_ID):
        return Refusal("invalid_parameter", "handshake_id")
    invitation = state.invitations.get(invitation_id)
    if invitation is None or invitation.organization_id != organization.id:
        return Refusal("handshake_not_found")
    if not invitation.is_open(now):
        return Refusal("handshake_not_pending")
    return with_invitation(state, replace(invitation, state="cancelled"))


def expire_invitations(state: State, *, organization_id: str, now: datetime) -> State:
    """R-INV-8: what has run out is written down."""
    for invitation in state.invitations.values():
        overdue = invitation.state == "pending" and not invitation.is_open(now)
        if overdue and invitation.organization_id == organization_id:
            state = with_invitation(state, replace(invitation, state="expired"))
    return state


def close_account(
    state: State, caller: Caller, *, account_id: object, request_id: str, now: datetime
) -> Outcome:
    """R-CLO-1 to R-CLO-8a."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not is_id(account_id, ACCOUNT_ID):
        return Refusal("invalid_parameter", "account_id")
    if not owns_account(state, organization, account_id):
        return Refusal("account_not_found")
    account = state.accounts[account_id]
    if account.id == organization.management_account_id:
        return Refusal("cannot_close_management")
    if account.status != "active":
        return Refusal("account_closing")
    if account.join_method != "created" or account.is_converted:
        return Refusal("cannot_close_invited")
    begun = [
        one
        for one in state.closings.values()
        if one.organization_id == organization.id and one.state != "failed"
    ]
    lately = [one for one in begun if one.created_at > now - state.limits.closing_window]
    running = [one for one in begun if one.state == "pending_closure"]
    if (
        len(lately) >= closing_limit(state, organization)
        or len(running) >= state.limits.closings_at_once
    ):
        return Refusal("close_quota_exceeded")
    state = with_account(state, replace(account, status="pending_closure"))
    return with_closing(state, Closing(request_id, organization.id, account.id, created_at=now))


def closing_limit(state: State, organization: Organization) -> int:
    """R-CLO-8, R-CLO-8a."""
    active = [
        account
        for account in state.members(organization.id)
        if account.status == "active" and account.id != organization.management_account_id
    ]
    return min(max(len(active) // 10, state.limits.closings_least), state.limits.closings_most)


def finish_closing(state: State, *, request_id: str, now: datetime) -> State:
    """R-CLO: the data is deleted."""
    request = state.closings[request_id]
    if request.state != "pending_closure":
        return state
    account = replace(state.accounts[request.account_id], status="suspended")
    state = with_account(state, account)
    return with_closing(state, replace(request, state="suspended", ended_at=now))


def fail_closing(state: State, *, request_id: str, reason: str) -> State:
    """R-CLO: the account is active again, the request keeps the reason."""
    request = state.closings[request_id]
    if request.state != "pending_closure":
        return state
    state = with_account(state, replace(state.accounts[request.account_id], status="active"))
    return with_closing(state, replace(request, state="failed", failure_reason=reason))


def purge_account(state: State, *, account_id: str, now: datetime) -> State:
    """R-CLO-12: 90 days after its closing it is gone for good."""
    account = state.accounts[account_id]
    closed = [
        one
        for one in state.closings.values()
        if one.account_id == account_id
        and one.state == "suspended"
        and one.ended_at < now - state.limits.closed_listed
    ]
    if not closed or not account.organization_id:
        return state
    return depart(state, replace(account, email=""), kind="purged", now=now)


def remove_account(state: State, caller: Caller, *, account_id: object, now: datetime) -> Outcome:
    """R-ACC-40 to R-ACC-42."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not is_id(account_id, ACCOUNT_ID):
        return Refusal("invalid_parameter", "account_id")
    if not owns_account(state, organization, account_id):
        return Refusal("account_not_found")
    account = state.accounts[account_id]
    if refusal := kept_back(state, organization, account, now):
        return refusal
    lately = [
        one
        for gone in state.departures.values()
        for one in gone
        if one.organization_id == organization.id
        and one.kind == "removed"
        and one.at > now - state.limits.removal_window
    ]
    if len(lately) >= state.limits.removals:
        return Refusal("account_remove_rate")
    return depart(state, account, kind="removed", now=now)


def leave_organization(state: State, caller: Caller, *, now: datetime) -> Outcome:
    """R-ORG-12 to R-ORG-16."""
    account = state.accounts[caller.account_id]
    if not caller.administers or account.status != "active":  # R-CLO-11
        return Refusal("permission_denied")
    if not account.organization_id:
        return Refusal("caller_not_in_org")
    if not is_allowed(state, caller, "organizations:organizations:leave"):
        return Refusal("permission_denied")
    organization = state.organizations[account.organization_id]
    if refusal := kept_back(state, organization, account, now):
        return refusal
    return depart(state, account, kind="left", now=now)


def kept_back(
    state: State, organization: Organization, account: Account, now: datetime
) -> Refusal | None:
    """What leaving and being removed have in common (R-ACC-40)."""
    if account.id == organization.management_account_id:
        return Refusal("cannot_leave_management_or_delegated")
    if account.status != "active":
        return Refusal("account_not_active")
    young = account.created_at >= now - state.limits.standalone_age
    if not is_full(account) or (account.join_method == "created" and young):
        return Refusal("account_standalone_info_missing")
    return None


def convert_account(state: State, *, account_id: str) -> State:
    """R-ORG-14: the operator says so."""
    return with_account(state, replace(state.accounts[account_id], is_converted=True))


def depart(state: State, account: Account, *, kind: str, now: datetime) -> State:
    """R-ORG-16, R-ORG-18."""
    gone = Departure(account.organization_id, account.id, kind, now)
    departures = {**state.departures, account.id: (*state.departures.get(account.id, ()), gone)}
    state = unhooked(state, account.id)
    return replace(with_account(state, stand_alone(account)), departures=departures)


def is_full(account: Account) -> bool:
    """R-ACC-22, R-ORG-14."""
    return account.is_converted or not account.is_resource


def account_name_is_good(name: object) -> bool:
    """R-ACC-7."""
    return isinstance(name, str) and bool(ACCOUNT_NAME.match(name))


def name_in_use(state: State, name: str) -> bool:
    """R-ACC-6, R-ACC-16, R-CLO-9: by an account of anybody's, or by a creation that runs."""
    return any(
        same_name(one.name, name)
        for one in (*state.accounts.values(), *state.creations.values())
        if isinstance(one, Account) or one.state == "in_progress"
    )


def email_in_use(state: State, email: str | None) -> bool:
    """R-ACC-15, R-ACC-16."""
    return email is not None and any(
        one.email == email
        for one in (*state.accounts.values(), *state.creations.values())
        if isinstance(one, Account) or one.state == "in_progress"
    )


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


def running_creations(state: State, organization: Organization) -> list[Creation]:
    return [
        one
        for one in state.creations.values()
        if one.organization_id == organization.id and one.state == "in_progress"
    ]


def accounts_used(state: State, organization: Organization, *, now: datetime) -> int:
    """R-QUO-1: accounts of any status, running creations, open invitations."""
    invited = [
        one
        for one in state.invitations.values()
        if one.organization_id == organization.id and one.is_open(now)
    ]
    members = state.members(organization.id)
    return len(members) + len(running_creations(state, organization)) + len(invited)


def quota_of(state: State, organization: Organization) -> int:
    if organization.account_quota is None:
        return state.limits.accounts_unset
    return organization.account_quota


def with_creation(state: State, creation: Creation) -> State:
    return replace(state, creations={**state.creations, creation.id: creation})


def with_invitation(state: State, invitation: Invitation) -> State:
    return replace(state, invitations={**state.invitations, invitation.id: invitation})


def with_closing(state: State, closing: Closing) -> State:
    return replace(state, closings={**state.closings, closing.id: closing})


# --- policies: R-PT, R-POL, R-DRY-6 ---


def create_policy(
    state: State,
    caller: Caller,
    *,
    name: object,
    policy_type: object,
    content: object,
    description: object = "",
    tags: object = (),
    is_dry_run: bool = False,
    policy_id: str,
) -> Outcome:
    """R-POL-1 to R-POL-6, R-PT-8, R-GEN-5."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if policy_type not in ((SCP,) if is_dry_run else POLICY_TYPES):
        return Refusal("invalid_parameter", "type")
    if not policy_name_is_good(name):
        return Refusal("invalid_parameter", "name")
    if not policy_description_is_good(description):
        return Refusal("invalid_parameter", "description")
    if not tags_are_good(tags):
        return Refusal("invalid_parameter", "tags")
    if refusal := bad_content(state, policy_type, content):
        return refusal
    policy = Policy(
        policy_id,
        organization.id,
        policy_type,
        name,
        (content,),
        normal(description).strip(" "),
        dict(tags),
        is_dry_run,
    )
    if policy_name_taken(state, policy):
        return Refusal("policy_name_conflict")
    present = [
        one
        for one in state.policies.values()
        if (one.organization_id, one.kind) == (organization.id, policy.kind)
    ]
    if len(present) >= state.limits.policies:
        return Refusal("policy_quota_exceeded")
    if len(tags) > state.limits.tags:
        return Refusal("tag_quota_exceeded")
    return with_policy(state, policy)


def update_policy(
    state: State,
    caller: Caller,
    *,
    policy_id: object,
    name: object = None,
    description: object = None,
    content: object = None,
    version: int | None = None,
    is_dry_run: bool = False,
) -> Outcome:
    """R-POL-5 to R-POL-8; `version` is ours: who saw an older text is told so (P5)."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not is_id(policy_id, POLICY_ID):
        return Refusal("invalid_parameter", "policy_id")
    if not (name is None or policy_name_is_good(name)):
        return Refusal("invalid_parameter", "name")
    if not (description is None or policy_description_is_good(description)):
        return Refusal("invalid_parameter", "description")
    policy = own_policy(state, organization, policy_id, is_dry_run=is_dry_run)
    if isinstance(policy, Refusal):
        return policy
    if content is not None and (refusal := bad_content(state, policy.policy_type, content)):
        return refusal
    if version not in (None, len(policy.texts)):
        return Refusal("policy_changed_meanwhile")
    changed = replace(
        policy,
        name=policy.name if name is None else name,
        description=(policy.description if description is None else normal(description).strip(" ")),
        texts=policy.texts if content in (None, policy.content) else (*policy.texts, content),
    )
    if changed.name != policy.name and policy_name_taken(state, changed):
        return Refusal("policy_name_conflict")
    return with_policy(state, changed)


def restore_policy_version(
    state: State, caller: Caller, *, policy_id: object, number: int, version: int | None = None
) -> Outcome:
    """Ours: a text of before becomes the newest."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not is_id(policy_id, POLICY_ID):
        return Refusal("invalid_parameter", "policy_id")
    policy = own_policy(state, organization, policy_id)
    if isinstance(policy, Refusal):
        return policy
    if not 1 <= number <= len(policy.texts):
        return Refusal("policy_version_not_found")
    if version not in (None, len(policy.texts)):
        return Refusal("policy_changed_meanwhile")
    text = policy.texts[number - 1]
    if text == policy.content:
        return state
    return with_policy(state, replace(policy, texts=(*policy.texts, text)))


def delete_policy(
    state: State, caller: Caller, *, policy_id: object, is_dry_run: bool = False
) -> Outcome:
    """R-POL-8, R-POL-9."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not is_id(policy_id, POLICY_ID):
        return Refusal("invalid_parameter", "policy_id")
    policy = own_policy(state, organization, policy_id, is_dry_run=is_dry_run)
    if isinstance(policy, Refusal):
        return policy
    if any(policy.id in hanging for hanging in state.attachments.values()):
        return Refusal("policy_in_use")
    return replace(state, policies=without(state.policies, policy.id))


def attach_policy(
    state: State,
    caller: Caller,
    *,
    policy_id: object,
    entity_id: object,
    is_dry_run: bool = False,
) -> Outcome:
    """R-PT-7, R-POL-10, R-POL-11, R-DRY-7."""
    found = policy_and_entity(state, caller, policy_id, entity_id, is_dry_run=is_dry_run)
    if isinstance(found, Refusal):
        return found
    organization, policy = found
    if state.switch(organization.id, policy.kind) != "enabled":
        return Refusal("policy_type_not_enabled")
    hanging = state.attached(entity_id, policy.kind)
    if policy.id in hanging:
        return Refusal("policy_already_attached")
    if len(hanging) >= state.limits.per_entity(policy.kind):
        return Refusal("policy_attach_quota_exceeded")
    return hooked(state, entity_id, policy.kind, (*hanging, policy.id))


def detach_policy(
    state: State,
    caller: Caller,
    *,
    policy_id: object,
    entity_id: object,
    is_dry_run: bool = False,
) -> Outcome:
    """R-POL-11, R-POL-12."""
    found = policy_and_entity(state, caller, policy_id, entity_id, is_dry_run=is_dry_run)
    if isinstance(found, Refusal):
        return found
    organization, policy = found
    hanging = state.attached(entity_id, policy.kind)
    if policy.id not in hanging:
        return Refusal("policy_not_attached")
    left = tuple(other for other in hanging if other != policy.id)
    if not left and policy.kind == SCP and state.switch(organization.id, SCP) == "enabled":
        return Refusal("policy_last_scp")
    return hooked(state, entity_id, policy.kind, left)


def set_attachments(
    state: State,
    caller: Caller,
    *,
    entity_id: object,
    policy_type: object,
    policy_ids: Sequence[object],
) -> Outcome:
    """Ours: exactly these, in this order, by the rules of attaching and detaching; all or nothing."""
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if policy_type not in POLICY_TYPES:
        return Refusal("invalid_parameter", "policy_type")
    if not is_id(entity_id, ROOT_ID, UNIT_ID, ACCOUNT_ID):
        return Refusal("invalid_parameter", "entity_id")
    if not all(is_id(policy_id, POLICY_ID) for policy_id in policy_ids):
        return Refusal("invalid_parameter", "policy_id")
    if len(set(policy_ids)) != len(policy_ids):
        return Refusal("invalid_parameter", "policy_ids")
    wanted = [known_policy(state, organization, policy_id) for policy_id in policy_ids]
    if not owns_entity(state, organization, entity_id):
        return Refusal("entity_not_found")
    if None in wanted:
        return Refusal("policy_not_found")
    if any(policy.kind != policy_type for policy in wanted):
        return Refusal("invalid_parameter", "policy_ids")
    present, state_of_type = (
        state.attached(entity_id, policy_type),
        state.switch(organization.id, policy_type),
    )
    if tuple(policy_ids) == present:
        return state
    if set(policy_ids) - set(present) and state_of_type != "enabled":
        return Refusal("policy_type_not_enabled")
    if len(policy_ids) > state.limits.per_entity(policy_type):
        return Refusal("policy_attach_quota_exceeded")
    if not policy_ids and policy_type == SCP and state_of_type == "enabled":
        return Refusal("policy_last_scp")
    return hooked(state, entity_id, policy_type, tuple(policy_ids))


def enable_policy_type(
    state: State, caller: Caller, *, root_id: object, policy_type: object
) -> Outcome:
    """R-PT-1, R-PT-2: it only begins."""
    found = switchable(state, caller, root_id, policy_type)
    if isinstance(found, Refusal):
        return found
    match state.switch(found.id, policy_type):
        case "disabled":
            return with_switch(state, found.id, policy_type, "pending_enable")
        case "pending_disable":
            return Refusal("concurrent_modification")
    return Refusal("policy_type_already_enabled")


def disable_policy_type(
    state: State, caller: Caller, *, root_id: object, policy_type: object
) -> Outcome:
    """R-PT-1, R-PT-2: it only begins."""
    found = switchable(state, caller, root_id, policy_type)
    if isinstance(found, Refusal):
        return found
    match state.switch(found.id, policy_type):
        case "enabled":
            return with_switch(state, found.id, policy_type, "pending_disable")
        case "pending_enable":
            return Refusal("concurrent_modification")
    return Refusal("policy_type_already_disabled")


def switchable(
    state: State, caller: Caller, root_id: object, policy_type: object
) -> Organization | Refusal:
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not is_id(root_id, ROOT_ID):
        return Refusal("invalid_parameter", "root_id")
    if policy_type not in POLICY_TYPES:
        return Refusal("invalid_parameter", "policy_type")
    return organization if root_id == organization.root_id else Refusal("root_not_found")


def finish_switch(state: State, *, organization_id: str, policy_type: str) -> State:
    """R-PT-3, R-PT-5, R-PT-6, R-PT-9."""
    match state.switch(organization_id, policy_type):
        case "pending_enable":
            state = with_switch(state, organization_id, policy_type, "enabled")
            for entity_id in entities(state, organization_id):
                state = arrived(state, organization_id, entity_id, policy_type)
        case "pending_disable":
            state = with_switch(state, organization_id, policy_type, "disabled")
            for entity_id in entities(state, organization_id):
                state = hooked(state, entity_id, policy_type, ())
    return state


def fail_switch(state: State, *, organization_id: str, policy_type: str) -> State:
    """Ours, after R-GEN-12: a switch that is given up is where it was."""
    back = {"pending_enable": "disabled", "pending_disable": "enabled"}
    present = state.switch(organization_id, policy_type)
    return with_switch(state, organization_id, policy_type, back.get(present, present))


def arrived(state: State, organization_id: str, entity_id: str, policy_type: str = SCP) -> State:
    """R-PT-3, R-PT-4, R-OU-9: what comes while SCPs are on has FullAccess."""
    if policy_type != SCP or state.switch(organization_id, SCP) != "enabled":
        return state
    return hooked(state, entity_id, SCP, (FULL_ACCESS,))


def is_allowed(state: State, caller: Caller, action: str) -> bool:
    """R-SCP-1 to R-SCP-3, R-PERM-6: whether the policies on its path let a member's users do it.

    Enough of the grammar for the texts that are tried here: actions without conditions.
    """
    account = state.accounts[caller.account_id]
    if not account.organization_id:
        return True
    if state.organizations[account.organization_id].management_account_id == account.id:
        return True
    if state.switch(account.organization_id, SCP) != "enabled":
        return True
    path, unit_id = [account.id], account.unit_id
    while unit_id:
        path, unit_id = [*path, unit_id], state.units[unit_id].parent_id
    effects = [
        {
            statement["Effect"]
            for policy_id in state.attached(entity_id, SCP)
            for statement in json.loads(policy_of(state, policy_id).content)["Statement"]
            if any(covers(pattern, action) for pattern in statement["Action"])
        }
        for entity_id in path
    ]
    return all("Allow" in level and "Deny" not in level for level in effects)


def covers(pattern: str, action: str) -> bool:
    """Segment by segment, without regard to case."""
    if pattern == "*":
        return True
    pairs = zip(pattern.lower().split(":"), action.lower().split(":"), strict=True)
    return all(fnmatch.fnmatchcase(segment, wanted) for wanted, segment in pairs)


def policy_of(state: State, policy_id: str) -> Policy:
    return BUILT_IN if policy_id == FULL_ACCESS else state.policies[policy_id]


def known_policy(
    state: State, organization: Organization, policy_id: object, *, is_dry_run: bool = False
) -> Policy | None:
    """A policy that the organization has, built in or its own, of those that bind or those on trial."""
    if policy_id == FULL_ACCESS and not is_dry_run:
        return BUILT_IN
    policy = state.policies.get(policy_id)
    if policy is None or policy.organization_id != organization.id:
        return None
    return policy if policy.is_dry_run == is_dry_run else None


def own_policy(
    state: State, organization: Organization, policy_id: object, *, is_dry_run: bool = False
) -> Policy | Refusal:
    """R-GEN-3, R-DRY-6, R-POL-8."""
    policy = known_policy(state, organization, policy_id, is_dry_run=is_dry_run)
    if policy is None:
        return Refusal("policy_not_found")
    return Refusal("policy_builtin") if policy is BUILT_IN else policy


def policy_and_entity(
    state: State, caller: Caller, policy_id: object, entity_id: object, *, is_dry_run: bool
) -> tuple[Organization, Policy] | Refusal:
    organization = may_write(state, caller)
    if isinstance(organization, Refusal):
        return organization
    if not is_id(policy_id, POLICY_ID):
        return Refusal("invalid_parameter", "policy_id")
    if not is_id(entity_id, ROOT_ID, UNIT_ID, ACCOUNT_ID):
        return Refusal("invalid_parameter", "entity_id")
    policy = known_policy(state, organization, policy_id, is_dry_run=is_dry_run)
    if policy is None:
        return Refusal("policy_not_found")
    if not owns_entity(state, organization, entity_id):
        return Refusal("entity_not_found")
    return organization, policy


def owns_entity(state: State, organization: Organization, entity_id: object) -> bool:
    return owns_unit(state, organization, entity_id) or owns_account(state, organization, entity_id)


def entities(state: State, organization_id: str) -> list[str]:
    """The root, every unit and every account."""
    return [
        row.id
        for row in (*state.units.values(), *state.accounts.values())
        if row.organization_id == organization_id
    ]


def policy_name_is_good(name: object) -> bool:
    """R-POL-3."""
    return isinstance(name, str) and bool(POLICY_NAME.match(name))


def policy_description_is_good(description: object) -> bool:
    """R-POL-4."""
    return (
        isinstance(description, str)
        and len(normal(description)) <= 512
        and all(prints(character) for character in normal(description))
    )


def policy_name_taken(state: State, policy: Policy) -> bool:
    """R-POL-3; compared as names of units are (ours)."""
    return any(
        same_name(one.name, policy.name)
        for one in (*state.policies.values(), BUILT_IN)
        if one.id != policy.id
        and one.kind == policy.kind
        and one.organization_id in ("", policy.organization_id)
    )


def bad_content(state: State, policy_type: str, content: object) -> Refusal | None:
    """R-POL-2, R-POL-6."""
    if not isinstance(content, str):
        return Refusal("invalid_parameter", "content")
    if len(content) > state.limits.characters(policy_type):
        return Refusal("policy_content_too_long")
    return None if content_is_good(policy_type, content) else Refusal("policy_content_malformed")


def content_is_good(policy_type: str, content: str) -> bool:
    """Enough of the grammar for what is tried here."""
    try:
        read = json.loads(content)
    except ValueError:
        return False
    if not isinstance(read, dict):
        return False
    if policy_type == TAG_POLICY:
        tags = read.get("tags")
        return set(read) == {"tags"} and isinstance(tags, dict) and bool(tags)
    statements = read.get("Statement")
    return (
        set(read) == {"Version", "Statement"}
        and read["Version"] == "5.0"
        and isinstance(statements, list)
        and all(one.get("Effect") in {"Allow", "Deny"} for one in statements)
    )


def with_policy(state: State, policy: Policy) -> State:
    return replace(state, policies={**state.policies, policy.id: policy})


def with_switch(state: State, organization_id: str, policy_type: str, switch: str) -> State:
    switches = {**state.switches, (organization_id, policy_type): switch}
    if switch == "disabled":
        del switches[organization_id, policy_type]
    return replace(state, switches=switches)


def hooked(state: State, entity_id: str, kind: str, policy_ids: Sequence[str]) -> State:
    """These hang there, of the kind, and no others."""
    attachments = {**state.attachments, (entity_id, kind): tuple(policy_ids)}
    if not policy_ids:
        del attachments[entity_id, kind]
    return replace(state, attachments=attachments)


def unhooked(state: State, entity_id: str) -> State:
    """R-POL-15, R-ORG-16: nothing hangs there any more."""
    for kind in (SCP, TAG_POLICY, DRY_RUN):
        state = hooked(state, entity_id, kind, ())
    return state


# --- quotas, R-QUO ---


def set_account_quota(state: State, *, organization_id: str, quota: int) -> Outcome:
    """R-QUO-2, R-QUO-3: the operator sets it, from 1 to the installation's highest."""
    if organization_id not in state.organizations:
        return Refusal("organization_not_found")
    if not 1 <= quota <= state.limits.accounts:
        return Refusal("invalid_parameter", "quota")
    organization = replace(state.organizations[organization_id], account_quota=quota)
    return replace(state, organizations={**state.organizations, organization_id: organization})


# --- replay: the state that a trail of events describes ---


class Discrepancy(AssertionError):
    """An event says something of the past that is not so."""


@dataclass(frozen=True)
class TargetRow:
    """One entity that an event touched, as it was kept."""

    entity_type: str
    entity_id: str
    entity_name: str
    path: Sequence[str]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True)
class EventRow:
    """One event, as it was kept."""

    organization_id: str
    number: int
    kind: str
    targets: Sequence[TargetRow]
    details: Mapping[str, Any] = field(default_factory=dict)


def replay(events: Iterable[EventRow], start: State | None = None) -> State:
    """Apply events in their order. What each says was there before has to be what is there.

    Events of one stream come by number; across streams any order that keeps what happened to one account
    in its order.
    """
    state = start or State()
    for event in events:
        if event.kind == "repairTree":
            continue  # of the index alone; no parent changes
        for target in event.targets:
            state = apply(state, event, target)
        state = apply_to_closing(state, event)
        state = apply_to_attachments(state, event)
        if event.kind == "importOrganization":
            organization = state.organizations[event.organization_id]
            organization = replace(organization, account_quota=event.details["account_quota"])
            organizations = {**state.organizations, organization.id: organization}
            state = replace(state, organizations=organizations)
    return state


def apply(state: State, event: EventRow, target: TargetRow) -> State:
    """The state after one target of one event."""
    match target.entity_type:
        case "organization":
            return apply_to_organization(state, event, target)
        case "root" | "organizational_unit":
            return apply_to_unit(state, event, target)
        case "account":
            return apply_to_account(state, event, target)
        case "user":
            return state
        case "policy":
            return apply_to_policy(state, event, target)
        case "handshake":
            return apply_to_invitation(state, event, target)
        case "account_status":
            return apply_to_creation(state, event, target)
        case other:
            raise Discrepancy(f"{event}: nothing is known of {other}")


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
        state = imported_attachments(apply_to_switches(state, event, target), event, target)
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


def apply_to_invitation(state: State, event: EventRow, target: TargetRow) -> State:
    before, after = target.before, target.after
    known = state.invitations.get(target.entity_id)
    if before is None and after is not None:
        expect(event, known is None, f"{target.entity_id} is there already")
        sent = Invitation(
            target.entity_id,
            event.organization_id,
            after["account_id"],
            after["state"],
            after["tags"],
            after.get("parent_id", ""),
        )
        expect(event, not state.accounts[sent.account_id].organization_id, "it was a member")
        return with_invitation(state, sent)
    expect(event, known is not None, f"{target.entity_id} is not there")
    expect(event, known.organization_id == event.organization_id, "it is of another organization")
    expect(event, known.state == "pending", "it had ended")
    if after is None:  # mailed once more
        return state
    agree(event, known, before)
    return with_invitation(state, with_facts(known, after, STATE_FIELDS))


def apply_to_creation(state: State, event: EventRow, target: TargetRow) -> State:
    before, after = target.before, target.after
    known = state.creations.get(target.entity_id)
    if before is None:
        expect(event, known is None, f"{target.entity_id} is there already")
        asked = Creation(
            target.entity_id,
            event.organization_id,
            after["name"],
            after["state"],
            after["tags"],
            after.get("parent_id", ""),
        )
        return with_creation(state, asked)
    expect(event, known is not None, f"{target.entity_id} is not there")
    expect(event, known.organization_id == event.organization_id, "it is of another organization")
    expect(event, known.state == "in_progress", "it had ended")
    agree(event, known, before)
    return with_creation(state, with_facts(known, after, STATE_FIELDS))


def apply_to_policy(state: State, event: EventRow, target: TargetRow) -> State:
    before, after = target.before, target.after
    if target.entity_id == FULL_ACCESS:
        return state  # that it came or went somewhere, the entity says
    known = state.policies.get(target.entity_id)
    if before is None and after is not None:
        expect(event, known is None, f"{target.entity_id} is there already")
        made = Policy(
            target.entity_id,
            event.organization_id,
            after["type"],
            after["name"],
            (after["content"],),
            after["description"],
            after["tags"],
            "DryRun" in event.kind,
        )
        return with_policy(state, made)
    expect(event, known is not None, f"{target.entity_id} is not there")
    expect(event, known.organization_id == event.organization_id, "it is of another organization")
    agree(event, known, before)
    if after is None:
        hangs = any(known.id in hanging for hanging in state.attachments.values())
        expect(event, not hangs, "it was attached")
        return replace(state, policies=without(state.policies, known.id))
    known = with_facts(known, after, {"name": "name", "description": "description", "tags": "tags"})
    if "content" in after:
        known = replace(known, texts=(*known.texts, after["content"]))
    return with_policy(state, known)


def apply_to_switches(state: State, event: EventRow, target: TargetRow) -> State:
    """What an event says of policy types in the root, and what comes and goes with them."""
    for policy_type in POLICY_TYPES:
        if policy_type not in target.after:
            continue
        organization_id = event.organization_id
        present = state.switch(organization_id, policy_type)
        expect(event, present == target.before[policy_type], f"{policy_type} was {present}")
        if event.kind in {"finishPolicyTypeEnabling", "finishPolicyTypeDisabling"}:
            before = state.attachments
            state = finish_switch(state, organization_id=organization_id, policy_type=policy_type)
            moved = sum(map(len, before.values())) - sum(map(len, state.attachments.values()))
            expect(event, abs(moved) == event.details["attachments"], f"{moved} came or went")
        else:
            after = target.after[policy_type]
            state = with_switch(state, organization_id, policy_type, after)
            if event.kind == "importOrganization":
                state = arrived(state, organization_id, target.entity_id, policy_type)
        expect(
            event,
            state.switch(organization_id, policy_type) == target.after[policy_type],
            f"{policy_type} is {state.switch(organization_id, policy_type)}",
        )
    return state


def imported_attachments(state: State, event: EventRow, target: TargetRow) -> State:
    """What an import says of an entity that has other policies than all have."""
    if event.kind != "importOrganization" or "policies" not in target.after:
        return state
    said = target.after["policies"]
    for kind in POLICY_TYPES:
        of_kind = [one for one in said if policy_of(state, one).kind == kind]
        state = hooked(state, target.entity_id, kind, of_kind)
    return state


def apply_to_attachments(state: State, event: EventRow) -> State:
    """What hangs on the event's first target before and after; its second is what came or went."""
    if event.kind not in ATTACHMENT_EVENTS:
        return state
    entity, *policies = event.targets
    kind = event.details.get("policy_type") or policy_of(state, policies[0].entity_id).kind
    before, after = entity.before["policies"], entity.after["policies"]
    present = state.attached(entity.entity_id, kind)
    expect(event, list(present) == before, f"{present} hung there")
    named = {policy.entity_id for policy in policies}
    expect(event, set(before) ^ set(after) == named, "others came or went")
    expect(
        event,
        all(policy_of(state, policy_id).kind == kind for policy_id in after),
        "of another kind",
    )
    return hooked(state, entity.entity_id, kind, after)


ATTACHMENT_EVENTS = {
    "attachPolicy",
    "detachPolicy",
    "attachDryRunPolicy",
    "detachDryRunPolicy",
    "setPolicyAttachments",
}


def apply_to_closing(state: State, event: EventRow) -> State:
    """A closing is told of by what happens to its account, which the event's first target is."""
    if event.kind == "closeAccount":
        account_id = event.targets[0].entity_id
        request_id = str(event.details["closing_request"])
        expect(event, request_id not in state.closings, "it was begun already")
        return with_closing(state, Closing(request_id, event.organization_id, account_id))
    if event.kind not in {"suspendAccount", "failAccountClosing"}:
        return state
    (running,) = [
        one
        for one in state.closings.values()
        if one.account_id == event.targets[0].entity_id and one.state == "pending_closure"
    ]
    if event.kind == "suspendAccount":
        return with_closing(state, replace(running, state="suspended"))
    reason = event.details["failure_reason"]
    return with_closing(state, replace(running, state="failed", failure_reason=reason))


# The facts of an event, and where a state keeps them. `path` is for readers; the parents say it too.
ORGANIZATION_FIELDS = {"account_quota": "account_quota"}
UNIT_FIELDS = {"name": "name", "parent_id": "parent_id", "tags": "tags"}
ACCOUNT_FIELDS = {
    "description": "description",
    "parent_id": "unit_id",
    "tags": "tags",
    "name": "name",
    "join_method": "join_method",
    "status": "status",
    "is_converted": "is_converted",
}
STATE_FIELDS = {
    "state": "state",
    "account_id": "account_id",
    "failure_reason": "failure_reason",
}
FIELDS = {
    Organization: ORGANIZATION_FIELDS,
    Unit: UNIT_FIELDS,
    Account: ACCOUNT_FIELDS,
    Invitation: STATE_FIELDS,
    Creation: STATE_FIELDS,
    Policy: {"name": "name", "description": "description", "content": "content", "tags": "tags"},
}
DEPARTURES = {"leaveOrganization": "left", "removeAccount": "removed", "purgeAccount": "purged"}
# What makes accounts that the organization creates: resource accounts (R-ACC-22).
MAKES = {"finishAccountCreation", "importOrganization"}


def agree(
    event: EventRow,
    known: Organization | Unit | Account | Invitation | Creation | Policy,
    before: Mapping[str, Any],
) -> None:
    for fact, attribute in FIELDS[type(known)].items():
        if fact in before:
            present = getattr(known, attribute)
            expect(event, present == before[fact], f"{fact} was {present!r}")


def with_facts[T](known: T, after: Mapping[str, Any], fields: Mapping[str, str]) -> T:
    return replace(
        known, **{fields[fact]: value for fact, value in after.items() if fact in fields}
    )


def expect(event: EventRow, holds: bool, otherwise: str) -> None:
    if not holds:
        raise Discrepancy(f"{otherwise}: {event}")
