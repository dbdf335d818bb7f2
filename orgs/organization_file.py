"""An organization as a file: text → checked plan, every fault with its place.

The format is ours: one JSON object with `"format": "organization-file"`, `"version": 1`. Units and accounts
are named by their path of unit names below the root. What it may hold is in docs/organization-file.md. What
the text of a policy is worth, the installation says: the import asks it.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orgs import names
from orgs.errors import InvalidFile, InvalidParameter

FORMAT = "organization-file"
VERSION = 1
MAX_LEVELS = 5  # below the root (R-OU-4)
FAULTS_SHOWN = 100
JOIN_METHODS = ("created", "invited")

# R-PT-1, and what hangs everywhere while service control policies are on (R-PT-3).
SCP, TAG_POLICY = POLICY_TYPES = ("service_control_policy", "tag_policy")
FULL_ACCESS = "FullAccess"

Path = tuple[str, ...]
Entity = Path | str  # the key of a unit's path, () for the root, or that of an account's name
Fault = tuple[str, str]  # JSON pointer, sentence

KEYS = {
    "": {"format", "version", "source", "name", "root", "management_account", "units", "accounts"}
    | {"policies", "enabled_policy_types", "trusted_services", "delegated_administrators"},
    "root": {"tags", "policies"},
    "management_account": {"name", "description", "unit", "tags", "policies"},
    "units": {"path", "tags", "policies"},
    "accounts": {
        "name",
        "description",
        "unit",
        "tags",
        "email",
        "phone",
        "join_method",
        "policies",
    },
    "policies": {"name", "type", "description", "content", "tags", "attached_to"},
    "delegated_administrators": {"account", "service"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedUnit:
    """A unit to make: its path of names below the root, its own name last."""

    path: Path
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAccount:
    """An account to make, or the management account to find, under the unit with that path."""

    name: str
    unit: Path = ()
    description: str = ""
    email: str | None = None
    phone: str | None = None
    join_method: str = "created"
    tags: Mapping[str, str] = field(default_factory=dict)
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPolicy:
    """A policy to make. Its text is as it stands in the file, and not judged yet."""

    name: str
    policy_type: str
    content: str
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAttachments:
    """The policies of one type that are to hang on an entity, by the keys of their names, in their order.

    What has none planned has FullAccess while service control policies are on, and nothing else.
    """

    entity: Entity
    policy_type: str
    policies: Sequence[str]
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDelegation:
    """An account, by the key of its name, that is to administer a service of the file."""

    account: str
    service: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A checked file: units in the order of the file with parents first, accounts, policies, services."""

    name: str
    source: str
    root_tags: Mapping[str, str]
    management_account: PlannedAccount
    units: Sequence[PlannedUnit]
    accounts: Sequence[PlannedAccount]
    enabled_policy_types: Sequence[str]
    policies: Sequence[PlannedPolicy]
    attachments: Sequence[PlannedAttachments]
    trusted_services: Sequence[str]
    delegations: Sequence[PlannedDelegation]

    @property
    def tag_count(self) -> int:
        """How many tags the file holds."""
        tagged = [
            self.root_tags,
            self.management_account.tags,
            *(unit.tags for unit in self.units),
            *(account.tags for account in self.accounts),
            *(policy.tags for policy in self.policies),
        ]
        return sum(map(len, tagged))


def read(text: bytes | str, *, wide_tags: bool = False) -> Plan:
    """The plan in a file.

    Raises:
        InvalidFile: with every fault, its place as a JSON pointer, and a sentence; at most 100 are kept.
    """
    return _Reader(wide_tags=wide_tags).plan(_decoded(text))


def _decoded(text: bytes | str) -> dict[str, Any]:
    """The JSON object in the text, strictly: UTF-8, no key twice, no NaN."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            key = Counter(key for key, _value in pairs).most_common(1)[0][0]
            raise InvalidFile(faults=[("", f"The key {key!r} stands twice in one object.")])
        return found

    def never(constant: str) -> None:
        raise InvalidFile(faults=[("", f"{constant} is not JSON.")])

    try:
        if isinstance(text, bytes):
            text = text.decode()
        loaded = json.loads(text, object_pairs_hook=once, parse_constant=never)
    except UnicodeDecodeError as error:
        sentence = f"The file is not UTF-8; the first bad byte is number {error.start + 1}."
        raise InvalidFile(faults=[("", sentence)]) from error
    except json.JSONDecodeError as error:
        sentence = f"Not JSON at line {error.lineno}, column {error.colno}: {error.msg}."
        raise InvalidFile(faults=[("", sentence)]) from error
    except (RecursionError, ValueError) as error:
        raise InvalidFile(
            faults=[("", "The file nests too deep or holds a huge number.")]
        ) from error
    if not isinstance(loaded, dict):
        raise InvalidFile(faults=[("", "The file has to be one JSON object.")])
    return loaded


class _Reader:
    """Collects faults while it reads, so that one look at the file is enough."""

    def __init__(self, *, wide_tags: bool) -> None:
        self.wide_tags = wide_tags
        self.faults: list[Fault] = []
        # What each entity says itself about its policies, and where: looked at when all of them are known.
        self.lists: dict[Entity, tuple[Any, str]] = {}

    def plan(self, file: dict[str, Any]) -> Plan:
        self._known_keys(file, "", "")
        if file.get("format") != FORMAT:
            self._fault("/format", f'Give "format": "{FORMAT}".')
        if file.get("version") != VERSION or isinstance(file.get("version"), bool):
            self._fault("/version", f'Give "version": {VERSION}.')

        units = self._units(self._list(file, "units"))
        known = {path_key(unit.path) for unit in units} | {()}
        manager = self._account(file.get("management_account"), "/management_account", known)
        accounts = [
            self._account(entry, f"/accounts/{index}", known)
            for index, entry in enumerate(self._list(file, "accounts"))
        ]
        self._distinct_accounts([manager, *accounts])
        root = self._object(file.get("root", {}), "/root", "root")
        self._note_list((), root, "/root")
        enabled = self._enabled_policy_types(self._list(file, "enabled_policy_types"))
        entries = self._list(file, "policies")
        policies = [self._policy(entry, f"/policies/{n}") for n, entry in enumerate(entries)]
        self._distinct_policies(policies)
        services = self._services(self._list(file, "trusted_services"))
        entities = known | {names.name_key(one.name) for one in [manager, *accounts]}
        plan = Plan(
            name=self._text(names.organization_name, file.get("name"), "/name"),
            source=self._text(names.source, file.get("source", ""), "/source"),
            root_tags=self._tags(root.get("tags", {}), "/root/tags"),
            management_account=manager,
            units=units,
            accounts=accounts,
            enabled_policy_types=enabled,
            policies=policies,
            attachments=self._attachments(policies, entries, enabled, entities),
            trusted_services=services,
            delegations=self._delegations(
                self._list(file, "delegated_administrators"),
                {names.name_key(one.name) for one in accounts},
                services,
            ),
        )
        if self.faults:
            raise InvalidFile(faults=self.faults[:FAULTS_SHOWN], count=len(self.faults))
        return plan

    def _units(self, entries: list[Any]) -> list[PlannedUnit]:
        """The units, parents before children, else in the order of the file."""
        found: dict[Path, PlannedUnit] = {}
        pointers: dict[Path, str] = {}
        for index, entry in enumerate(entries):
            pointer = f"/units/{index}"
            unit = self._object(entry, pointer, "units")
            path = self._path(unit.get("path"), f"{pointer}/path")
            tags = self._tags(unit.get("tags", {}), f"{pointer}/tags")
            if path == ():
                self._fault(
                    f"{pointer}/path", "Give the names from below the root down to the unit."
                )
            if not path:
                continue
            if len(path) > MAX_LEVELS:
                self._fault(
                    f"{pointer}/path", f"At most {MAX_LEVELS} levels; this has {len(path)}."
                )
            key = path_key(path)
            if key in found:
                self._fault(f"{pointer}/path", f"The same path stands at {pointers[key]}.")
                continue
            found[key] = PlannedUnit(path=path, tags=tags)
            self._note_list(key, unit, pointer)
            pointers[key] = pointer
        for key in found:
            if key[:-1] and key[:-1] not in found:
                self._fault(f"{pointers[key]}/path", "The unit above it is not in the file.")
        # Sorting is stable: siblings keep the order of the file.
        return sorted(found.values(), key=lambda unit: len(unit.path))

    def _account(self, entry: Any, pointer: str, known: set[Path]) -> PlannedAccount:
        kind = "accounts" if pointer.startswith("/accounts/") else "management_account"
        account = self._object(entry, pointer, kind)
        path = self._path(account.get("unit", []), f"{pointer}/unit")
        if path is not None and path_key(path) not in known:
            self._fault(f"{pointer}/unit", "There is no such unit in the file.")
        join_method = account.get("join_method", JOIN_METHODS[0])
        if join_method not in JOIN_METHODS:
            self._fault(f"{pointer}/join_method", 'Give "created" or "invited".')
        name = self._text(names.account_name, account.get("name"), f"{pointer}/name")
        self._note_list(names.name_key(name), account, pointer)
        return PlannedAccount(
            name=name,
            unit=path or (),
            description=self._text(
                names.description, account.get("description", ""), f"{pointer}/description"
            ),
            email=self._optional(names.email, account.get("email"), f"{pointer}/email"),
            phone=self._optional(names.phone, account.get("phone"), f"{pointer}/phone"),
            join_method=str(join_method),
            tags=self._tags(account.get("tags", {}), f"{pointer}/tags"),
            place=pointer,
        )

    def _distinct_accounts(self, accounts: Sequence[PlannedAccount]) -> None:
        for fact in ("name", "email", "phone"):
            seen: dict[str, str] = {}
            for account in accounts:
                value = getattr(account, fact)
                if not value:
                    continue
                key = names.name_key(value)
                if key in seen:
                    self._fault(
                        f"{account.place}/{fact}", f"The same {fact} stands at {seen[key]}."
                    )
                seen.setdefault(key, account.place)

    def _enabled_policy_types(self, entries: list[Any]) -> list[str]:
        enabled: list[str] = []
        for index, policy_type in enumerate(entries):
            pointer = f"/enabled_policy_types/{index}"
            if policy_type in enabled:
                self._fault(pointer, "This type stands here already.")
            elif self._is_policy_type(policy_type, pointer):
                enabled.append(policy_type)
        return enabled

    def _services(self, entries: list[Any]) -> list[str]:
        """The principals of the services to trust; whether there are such, the installation says."""
        services: list[str] = []
        for index, entry in enumerate(entries):
            pointer = f"/trusted_services/{index}"
            principal = self._text(names.principal, entry, pointer)
            if principal and principal in services:
                self._fault(pointer, "This service stands here already.")
            elif principal:
                services.append(principal)
        return services

    def _delegations(
        self, entries: list[Any], accounts: set[str], services: Sequence[str]
    ) -> list[PlannedDelegation]:
        found: dict[tuple[str, str], PlannedDelegation] = {}
        for index, entry in enumerate(entries):
            pointer = f"/delegated_administrators/{index}"
            described = self._object(entry, pointer, "delegated_administrators")
            account, service = described.get("account"), str(described.get("service"))
            key = names.name_key(account) if isinstance(account, str) else ""
            if key not in accounts:
                self._fault(f"{pointer}/account", "There is no such member account in the file.")
            elif service not in services:
                self._fault(f"{pointer}/service", "The file does not trust this service.")
            elif (key, service) in found:
                self._fault(pointer, f"The same stands at {found[key, service].place}.")
            else:
                found[key, service] = PlannedDelegation(account=key, service=service, place=pointer)
        return list(found.values())

    def _policy(self, entry: Any, pointer: str) -> PlannedPolicy:
        policy = self._object(entry, pointer, "policies")
        policy_type = policy.get("type")
        self._is_policy_type(policy_type, f"{pointer}/type")
        return PlannedPolicy(
            name=self._text(names.policy_name, policy.get("name"), f"{pointer}/name"),
            policy_type=str(policy_type),
            content=self._content(policy.get("content"), f"{pointer}/content"),
            description=self._text(
                names.policy_description, policy.get("description", ""), f"{pointer}/description"
            ),
            tags=self._tags(policy.get("tags", {}), f"{pointer}/tags"),
            place=pointer,
        )

    def _content(self, value: Any, pointer: str) -> str:
        """The text of a policy: as it stands there, or of the object that stands there."""
        if isinstance(value, str):
            return value
        if not isinstance(value, dict):
            self._fault(pointer, "Give the policy itself, as an object or as a text.")
            return ""
        try:
            return json.dumps(value, ensure_ascii=False, indent=2)
        except RecursionError:
            self._fault(pointer, "The policy nests too deep.")
            return ""

    def _is_policy_type(self, value: Any, pointer: str) -> bool:
        if isinstance(value, str) and value in POLICY_TYPES:
            return True
        self._fault(pointer, f"Give one of {', '.join(POLICY_TYPES)}.")
        return False

    def _distinct_policies(self, policies: Sequence[PlannedPolicy]) -> None:
        seen = {(SCP, names.name_key(FULL_ACCESS)): "built in"}
        for policy in policies:
            key = (policy.policy_type, names.name_key(policy.name))
            if policy.name and key in seen:
                where = seen[key]
                sentence = (
                    "A built-in policy has this name."
                    if where == "built in"
                    else f"The same name stands at {where}."
                )
                self._fault(f"{policy.place}/name", sentence)
            seen.setdefault(key, policy.place)

    def _attachments(
        self,
        policies: Sequence[PlannedPolicy],
        entries: Sequence[Any],
        enabled: Sequence[str],
        entities: set[Entity],
    ) -> list[PlannedAttachments]:
        """What hangs where: named by the policies, in their order, or by the entities themselves."""
        found: dict[tuple[Entity, str], tuple[list[str], str]] = {}
        for policy, entry in zip(policies, entries, strict=True):
            for entity, pointer in self._attached_to(policy, entry, entities):
                if policy.policy_type not in enabled:
                    self._fault(pointer, "The type of this policy is not enabled in the file.")
                    continue
                first = [names.name_key(FULL_ACCESS)] if policy.policy_type == SCP else []
                hanging, _place = found.get((entity, policy.policy_type), (first, ""))
                key = names.name_key(policy.name)
                if key in hanging:
                    self._fault(pointer, "The policy is attached there already.")
                    continue
                found[entity, policy.policy_type] = ([*hanging, key], pointer)
        known: dict[str, set[str]] = {SCP: {names.name_key(FULL_ACCESS)}, TAG_POLICY: set()}
        for policy in policies:
            known.setdefault(policy.policy_type, set()).add(names.name_key(policy.name))
        for entity, (lists, pointer) in self.lists.items():
            for policy_type, hanging in self._listed(lists, pointer, enabled, known):
                place = f"{pointer}/{policy_type}"
                if (entity, policy_type) in found:
                    other = found[entity, policy_type][1]
                    self._fault(place, f"What hangs here is said at {other} as well.")
                found[entity, policy_type] = (hanging, place)
        return [
            PlannedAttachments(
                entity=entity, policy_type=policy_type, policies=hanging, place=place
            )
            for (entity, policy_type), (hanging, place) in found.items()
        ]

    def _attached_to(
        self, policy: PlannedPolicy, entry: Any, entities: set[Entity]
    ) -> Iterator[tuple[Entity, str]]:
        """The entities that a policy names, and where it does."""
        pointer = f"{policy.place}/attached_to"
        named = entry.get("attached_to", []) if isinstance(entry, dict) else []
        if not isinstance(named, list):
            self._fault(pointer, "Give a list of paths of units and names of accounts.")
            return
        for index, value in enumerate(named):
            place = f"{pointer}/{index}"
            entity: Entity | None
            if isinstance(value, str):
                entity = names.name_key(value)
            else:
                path = self._path(value, place)
                entity = None if path is None else path_key(path)
            if entity is not None and entity not in entities:
                self._fault(place, "There is no such unit or account in the file.")
            elif entity is not None:
                yield entity, place

    def _listed(
        self,
        lists: Any,
        pointer: str,
        enabled: Sequence[str],
        known: Mapping[str, set[str]],
    ) -> Iterator[tuple[str, list[str]]]:
        """What an entity says itself: by type, names of policies in their order."""
        if not isinstance(lists, dict):
            self._fault(pointer, "Give an object of policy types and lists of names of policies.")
            return
        for policy_type, listed in lists.items():
            place = f"{pointer}/{_escaped(policy_type)}"
            if not self._is_policy_type(policy_type, place):
                continue
            if policy_type not in enabled:
                self._fault(place, "This type is not enabled in the file.")
            elif not isinstance(listed, list) or (policy_type == SCP and not listed):
                self._fault(
                    place, "Give a list of names of policies; of a service control policy one."
                )
            else:
                yield policy_type, self._names_of_policies(listed, place, known[policy_type])

    def _names_of_policies(self, listed: list[Any], place: str, known: set[str]) -> list[str]:
        hanging: list[str] = []
        for index, name in enumerate(listed):
            key = names.name_key(name) if isinstance(name, str) else ""
            if key not in known:
                self._fault(f"{place}/{index}", "There is no such policy of this type in the file.")
            elif key in hanging:
                self._fault(f"{place}/{index}", "The policy stands here already.")
            else:
                hanging.append(key)
        return hanging

    def _note_list(self, entity: Entity, described: Mapping[str, Any], pointer: str) -> None:
        if "policies" in described:
            self.lists[entity] = (described["policies"], f"{pointer}/policies")

    def _path(self, value: Any, pointer: str) -> Path | None:
        """A list of unit names; None when it is none, which is said."""
        if not isinstance(value, list):
            self._fault(pointer, "Give a list of names of units, from below the root downwards.")
            return None
        before = len(self.faults)
        path = tuple(
            self._text(names.unit_name, name, f"{pointer}/{index}")
            for index, name in enumerate(value)
        )
        return path if len(self.faults) == before else None

    def _tags(self, value: Any, pointer: str) -> Mapping[str, str]:
        if not isinstance(value, dict):
            self._fault(pointer, "Give an object of keys and values.")
            return {}
        try:
            return names.tags(value.items(), wide=self.wide_tags)
        except InvalidParameter as error:
            self._fault(pointer, error.problem)
            return {}

    def _text(self, check: Callable[..., str], value: Any, pointer: str) -> str:
        try:
            return check(value)
        except InvalidParameter as error:
            self._fault(pointer, error.problem)
            return ""

    def _optional(self, check: Callable[..., str], value: Any, pointer: str) -> str | None:
        return None if value is None else self._text(check, value, pointer)

    def _object(self, value: Any, pointer: str, kind: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            self._fault(pointer, "Give an object.")
            return {}
        self._known_keys(value, pointer, kind)
        return value

    def _list(self, file: dict[str, Any], key: str) -> list[Any]:
        value = file.get(key, [])
        if isinstance(value, list):
            return value
        self._fault(f"/{key}", "Give a list.")
        return []

    def _known_keys(self, value: Mapping[str, Any], pointer: str, kind: str) -> None:
        for key in value:
            if key not in KEYS[kind]:
                self._fault(f"{pointer}/{_escaped(key)}", "Unknown key.")

    def _fault(self, pointer: str, sentence: str) -> None:
        self.faults.append((pointer, sentence))


def path_key(path: Iterable[str]) -> Path:
    """A path in the form in which names compare: the same unit has the same key."""
    return tuple(names.name_key(name) for name in path)


def _escaped(key: str) -> str:
    """A key as a part of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")
