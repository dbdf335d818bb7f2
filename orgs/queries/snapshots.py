"""What is stored, as the policy engine takes it: a `Snapshot` of the entities asked for and all above them.

Without model instances, in as many statements however large the organization is: its facts, units,
accounts, attachments, policies. Who is above whom is found by parents; no decision reads lft or rght (R6).
Statements that see two versions are asked again, so what comes back held at one.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from orgs import errors, identifiers
from orgs.models import (
    MAX_LEVELS,
    Account,
    Attachment,
    DryRunConfiguration,
    Organization,
    OrganizationalUnit,
    Policy,
    SwitchState,
)
from orgs.policy import snapshot as engine
from orgs.policy.document import load_service_control_policy
from orgs.policy.evaluation import AttachedPolicy
from orgs.policy.tag_document import load_tag_policy
from orgs.statements import Given, Statement

ATTEMPTS: Final = 5

# The ids and names of a unit and of all above it, nearest first.
_UPWARDS: Final = ["__".join(["parent"] * levels) for levels in range(MAX_LEVELS + 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is true of a whole organization, at a version of what can alter a decision."""

    organization_id: str
    policy_version: int
    management_account_id: str
    root_id: str
    enabled_types: frozenset[engine.PolicyType]
    has_dry_run: bool

    @property
    def version(self) -> tuple[str, int, frozenset[str]]:
        """What a decision depends on; answers remembered under it stay right."""
        return self.organization_id, self.policy_version, ungoverned_services()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSnapshot:
    """Entities and policies of an organization at one version, with their names.

    `texts` are the policies as they were sent, by id. `trial` holds the policies on trial of each entity,
    where they were asked for and dry run is on.
    """

    facts: Facts
    snapshot: engine.Snapshot
    names: Mapping[str, str]
    texts: Mapping[str, str]
    trial: Mapping[str, tuple[AttachedPolicy, ...]]

    @property
    def accounts(self) -> Iterable[str]:
        """The accounts in it."""
        return self.snapshot.account_parents.keys()

    def require_entity(self, entity_id: object) -> str:
        """The id, if it is of an entity that was asked for and is there.

        Raises:
            InvalidParameter, EntityNotFound.
        """
        checked = identifiers.ENTITY.require(entity_id, field="entity_id")
        if not self.snapshot.has_entity(checked):
            raise errors.EntityNotFound(entity_id=checked)
        return checked

    def require_account(self, account_id: object) -> str:
        """The id, if it is of an account that was asked for and is there.

        Raises:
            InvalidParameter, AccountNotFound.
        """
        checked = identifiers.ACCOUNT.require(account_id, field="account_id")
        if checked not in self.snapshot.account_parents:
            raise errors.AccountNotFound(account_id=checked)
        return checked


def find_facts(organization_id: str | None) -> Facts:
    """What is true of an organization as a whole. One statement.

    Raises:
        CallerNotInOrganization: there is no such organization.
    """
    rows = _FACTS(organization=organization_id)
    if not rows:
        raise errors.CallerNotInOrganization
    version, management_account_id, root_id, has_dry_run = rows[0][:4]
    return Facts(
        organization_id=str(organization_id),
        policy_version=version,
        management_account_id=management_account_id,
        root_id=root_id,
        has_dry_run=has_dry_run,
        # On its way a type does not count (R-PT-7).
        enabled_types=frozenset(
            engine.PolicyType(policy_type)
            for *_facts, policy_type, state in rows
            if state == SwitchState.ENABLED
        ),
    )


def load_entities(
    organization_id: str | None,
    entity_ids: Collection[str],
    *,
    policy_ids: Collection[str] = (),
    with_trial: bool = False,
) -> StoredSnapshot:
    """Roots, units and accounts with all that is above them, and what is attached there.

    What is not in the organization is missing. `policy_ids` are policies wanted besides those attached.
    Up to five statements.

    Raises:
        CallerNotInOrganization, ConcurrentModification.
    """
    unit_ids = [one for one in entity_ids if identifiers.ROOT_OR_UNIT.fits(one)]
    account_ids = [one for one in entity_ids if identifiers.ACCOUNT.fits(one)]

    def find(tree: "_Tree") -> "_Hooks":
        if account_ids:
            tree.add_accounts(_accounts(tree.organization_id).filter(pk__in=account_ids))
        if unit_ids:
            tree.add_units(_units(tree.organization_id).filter(pk__in=unit_ids))
        return Q(unit__in=list(tree.unit_names)) | Q(account__in=list(tree.account_parents))

    return _load(organization_id, find, policy_ids, with_trial=with_trial)


def load_below(
    organization_id: str | None,
    unit_id: str | None,
    *,
    entity_ids: Collection[str] = (),
    policy_ids: Collection[str] = (),
    with_trial: bool = False,
) -> StoredSnapshot:
    """All that is below a unit, or below the root (no `unit_id`), and all that is above it.

    Five statements at most, six with other accounts. `entity_ids` are units and accounts wanted besides,
    such as the unit it is to be moved to.

    Raises:
        CallerNotInOrganization, ConcurrentModification.
    """
    tops = None if unit_id is None else [unit_id]
    return load_under(
        organization_id, tops, entity_ids=entity_ids, policy_ids=policy_ids, with_trial=with_trial
    )


def load_under(
    organization_id: str | None,
    unit_ids: Collection[str] | None,
    *,
    entity_ids: Collection[str] = (),
    policy_ids: Collection[str] = (),
    with_trial: bool = False,
) -> StoredSnapshot:
    """The same for several units at once.

    Raises:
        CallerNotInOrganization, ConcurrentModification.
    """

    def find(tree: "_Tree") -> "_Hooks":
        everything = unit_ids is None or tree.root_id in unit_ids
        below = tree.add_below([tree.root_id] if everything else unit_ids or (), entity_ids)
        here = Q() if everything else Q(unit__in=below)
        tree.add_accounts_of(_accounts(tree.organization_id).filter(here))
        if everything:
            return Q()
        account_ids = [one for one in entity_ids if identifiers.ACCOUNT.fits(one)]
        if account_ids:
            tree.add_accounts(_accounts(tree.organization_id).filter(pk__in=account_ids))
        on_units = Q(unit__in=list(tree.unit_names))
        return on_units | Q(account__unit__in=below) | Q(account__in=account_ids)

    return _load(organization_id, find, policy_ids, with_trial=with_trial)


def load_all(organization_id: str | None, *, with_trial: bool = False) -> StoredSnapshot:
    """The whole organization. Five statements at most.

    Raises:
        CallerNotInOrganization, ConcurrentModification.
    """
    return load_below(organization_id, None, with_trial=with_trial)


def ungoverned_services() -> frozenset[str]:
    """The services that do not support service control policies, in lower case (R-SCP-4)."""
    return frozenset(service.lower() for service in settings.SERVICES_WITHOUT_SCP)


class Documents[Document](Mapping[str, Document]):
    """Policies by id, each read when it is first asked for: few questions need the text of every policy."""

    def __init__(self, read: Callable[[str], Document]) -> None:
        self._read = read
        self._texts: dict[str, str] = {}
        self._documents: dict[str, Document] = {}

    def keep(self, policy_id: str, text: str) -> None:
        """Add a policy with its text."""
        self._texts[policy_id] = text

    def __getitem__(self, policy_id: str) -> Document:
        found = self._documents.get(policy_id)
        if found is None:
            found = self._documents[policy_id] = self._read(self._texts[policy_id])
        return found

    def __contains__(self, policy_id: object) -> bool:
        return policy_id in self._texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


type _Hooks = Q


@dataclass(slots=True)
class _Tree:
    """Units and accounts while they are gathered."""

    organization_id: str
    root_id: str
    unit_names: dict[str, str] = field(default_factory=dict)
    unit_parents: dict[str, str] = field(default_factory=dict)
    account_names: dict[str, str] = field(default_factory=dict)
    account_parents: dict[str, str] = field(default_factory=dict)

    def add_units(self, units: QuerySet[Any, Any]) -> None:
        """Add units with those above them."""
        for row in units.values_list(*_upwards("")):
            self._add_path(row)

    def add_accounts(self, accounts: QuerySet[Any, Any]) -> None:
        """Add accounts with the units above them."""
        for account_id, name, *path in accounts.values_list("pk", "name", *_upwards("unit")):
            self.account_names[account_id] = name
            self.account_parents[account_id] = path[0]
            self._add_path(path)

    def add_accounts_of(self, accounts: QuerySet[Any, Any]) -> None:
        """Add accounts of units that are there."""
        for account_id, name, unit_id in accounts.values_list("pk", "name", "unit_id"):
            self.account_names[account_id] = name
            self.account_parents[account_id] = unit_id

    def add_below(self, unit_ids: Collection[str], others: Collection[str]) -> list[str]:
        """Add units with what is below them, and others, all with what is above them.

        Return the ids of the first ones and of what is below them. All units are read, by parents.
        """
        rows = {
            row[0]: row[1:]
            for row in _units(self.organization_id).values_list("pk", "parent_id", "name")
        }
        children = defaultdict(list)
        for child_id, (parent_id, _name) in rows.items():
            children[parent_id].append(child_id)
        below = list(dict.fromkeys(one for one in unit_ids if one in rows))
        first = set(below)
        for one in below:  # the list grows while it is walked
            below.extend(child for child in children[one] if child not in first)
        for one in [*below, *(other for other in others if other in rows)]:
            above: str | None = one
            while above is not None and above not in self.unit_names:
                parent_id, self.unit_names[above] = rows[above]
                if parent_id is not None:
                    self.unit_parents[above] = parent_id
                above = parent_id
        return below

    def _add_path(self, path: list[str | None]) -> None:
        """Add units from one upwards, given as id, name, id, name, …"""
        steps = [
            (unit_id, name)
            for unit_id, name in zip(path[::2], path[1::2], strict=True)
            if unit_id is not None and name is not None
        ]
        self.unit_names |= dict(steps)
        ids = [unit_id for unit_id, _name in steps]
        self.unit_parents |= dict(pairwise(ids))


def _load(
    organization_id: str | None,
    find: Callable[[_Tree], _Hooks],
    policy_ids: Collection[str],
    *,
    with_trial: bool,
) -> StoredSnapshot:
    """Gather it; once more where the organization has changed meanwhile."""
    for _attempt in range(ATTEMPTS):
        facts = find_facts(organization_id)
        tree = _Tree(facts.organization_id, facts.root_id)
        hooks = find(tree)
        attached, on_trial = _attachments(facts, hooks, with_trial=with_trial)
        wanted = {one for ids in (*attached.values(), *on_trial.values()) for one in ids}
        policies = list(_policies(facts, wanted.union(policy_ids), with_trial=with_trial))
        seen = {row[-1] for row in policies} or {find_facts(organization_id).policy_version}
        if seen == {facts.policy_version}:
            return _stored(facts, tree, attached, on_trial, policies)
    raise errors.ConcurrentModification


def _attachments(
    facts: Facts, hooks: _Hooks, *, with_trial: bool
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The policies of each entity that bind, and those on trial, in the order of their attachment."""
    rows = Attachment.objects.filter(hooks, organization=facts.organization_id)
    is_trial_wanted = with_trial and facts.has_dry_run
    if not is_trial_wanted:
        rows = rows.enforced()
    found: dict[bool, dict[str, list[str]]] = {False: defaultdict(list), True: defaultdict(list)}
    columns = rows.order_by("place", "pk").values_list(
        "unit_id", "account_id", "policy_id", "policy__is_dry_run"
    )
    for unit_id, account_id, policy_id, is_dry_run in columns:
        found[is_dry_run][unit_id or account_id or ""].append(policy_id)
    return found[False], found[True]


def _policies(facts: Facts, policy_ids: Collection[str], *, with_trial: bool) -> QuerySet[Any, Any]:
    """Type, name and text of policies; last the version at which they are read."""
    policies = Policy.objects.of(facts.organization_id)
    version = Organization.objects.filter(pk=facts.organization_id).values("policy_version")
    return (
        (policies if with_trial else policies.enforced())
        .filter(pk__in=policy_ids)
        .order_by()
        .annotate(version_read=Subquery(version))
        .values_list("pk", "policy_type", "name", "content", "organization_id", "version_read")
    )


def _stored(
    facts: Facts,
    tree: _Tree,
    attached: Mapping[str, list[str]],
    on_trial: Mapping[str, list[str]],
    policies: Iterable[tuple[str, str, str, str, str | None, int]],
) -> StoredSnapshot:
    names = tree.unit_names | tree.account_names
    texts: dict[str, str] = {}
    scps, tag_policies = Documents(load_service_control_policy), Documents(load_tag_policy)
    builtin: set[str] = set()
    for policy_id, policy_type, name, text, owner_id, _version in policies:
        names[policy_id], texts[policy_id] = name, text
        if owner_id is None:
            builtin.add(policy_id)
        if policy_type == engine.PolicyType.TAG_POLICY:
            tag_policies.keep(policy_id, text)
        else:
            scps.keep(policy_id, text)
    snapshot = engine.Snapshot(
        management_account=facts.management_account_id,
        root=facts.root_id,
        unit_parents=tree.unit_parents,
        account_parents=tree.account_parents,
        service_control_policies=scps,
        tag_policies=tag_policies,
        builtin_policies=frozenset(builtin),
        attachments={entity: tuple(ids) for entity, ids in attached.items()},
        enabled_types=facts.enabled_types,
        ungoverned_services=ungoverned_services(),
    )
    trial = {
        entity: tuple(AttachedPolicy(one, scps[one]) for one in ids)
        for entity, ids in on_trial.items()
    }
    return StoredSnapshot(facts=facts, snapshot=snapshot, names=names, texts=texts, trial=trial)


def _upwards(unit: str) -> Iterator[str]:
    """The columns for a unit and all above it: id, name, id, name, …"""
    for parents in _UPWARDS:
        place = "__".join(filter(None, (unit, parents)))
        yield f"{place}__id" if place else "id"
        yield f"{place}__name" if place else "name"


def _units(organization_id: str) -> QuerySet[Any, Any]:
    return OrganizationalUnit.objects.filter(organization=organization_id).order_by()


def _accounts(organization_id: str) -> QuerySet[Any, Any]:
    return Account.objects.filter(organization=organization_id).order_by()


def _facts() -> QuerySet[Any, Any]:
    """A row for each policy type that was ever switched, or one."""
    root = OrganizationalUnit.objects.filter(organization=OuterRef("pk"), parent=None)
    dry_runs = DryRunConfiguration.objects.filter(
        organization=OuterRef("pk"), state=SwitchState.ENABLED
    )
    return (
        Organization.objects.live()
        .filter(pk=Given("organization"))
        .order_by()
        .annotate(root_id=Subquery(root.order_by().values("pk")[:1]), has_dry_run=Exists(dry_runs))
        .values_list(
            "policy_version",
            "management_account_id",
            "root_id",
            "has_dry_run",
            "policy_types__policy_type",
            "policy_types__state",
        )
    )


_FACTS = Statement(_facts, prepared=True)
