"""Bringing a whole organization in from a file: all of it, or nothing."""

import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import batched, chain
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext

from orgs import errors, events, names, nested_set, quotas
from orgs.actor import Actor
from orgs.models import (
    FULL_ACCESS,
    Account,
    Agency,
    Attachment,
    DelegatedAdministrator,
    IntegrableService,
    JoinMethod,
    Organization,
    OrganizationalUnit,
    Policy,
    PolicyType,
    PolicyVersion,
    Role,
    RootPolicyType,
    SwitchState,
    Tag,
    TrustedService,
)
from orgs.operations.agencies import (
    account_access_agency,
    let_services_in,
    service_linked_agency,
)
from orgs.operations.change import account_change
from orgs.operations.effective_tag_policies import settle_all_tag_policies
from orgs.operations.organizations import found_organization, require_founder
from orgs.operations.policies import policy_facts
from orgs.organization_file import (
    SCP,
    Entity,
    Fault,
    Path,
    Plan,
    PlannedAccount,
    PlannedPolicy,
    path_key,
)
from orgs.queries.policy_texts import character_limit, read_policy_texts

# By unit and account the column, with the id, by which tags and policies hang there.
type Entities = dict[Entity, dict[str, str]]
type Hanging = Mapping[Entity, Sequence[str]]  # ids of the policies on what says so itself

ROWS_PER_INSERT = 2_000
SPARE_ACCOUNTS = 50  # what an imported organization may still grow by


def import_organization(*, actor: Actor, plan: Plan, management_account: str) -> Organization:
    """Found the planned organization under an account that stands alone, with everything the file says.

    That is its units, accounts, policies, what hangs where, and tags; policy types are on at once. The
    tree's numbers are computed in one pass, so time grows with the size of the file. The account quota
    becomes what is needed plus 50, written down as the operator's act.

    Raises:
        OperatorOnly, AccountNotFound, AccountAlreadyInOrganization, AccountNotActive.
        InvalidFile: names, e-mails or phones that other accounts of the installation have, texts of
            policies that break the grammar of their type, too many policies on an entity, or services
            that cannot be trusted here, or not by so many.
        OuQuotaExceeded, AccountQuotaExceeded, PolicyQuotaExceeded: more than the installation allows.
    """
    manager = find_management_account(actor, management_account)
    with _nothing_collected(), account_change(actor, manager.pk) as (account, _organization):
        require_importable(plan, management_account=account)
        return _bring_in(actor, plan, account, account_quota=_quota_for(plan))


def import_own_organization(*, actor: Actor, plan: Plan) -> Organization:
    """The same under the actor's own account, within the quotas that a new organization has. (ours)

    What an administrator may found, they may found with everything in it; but nobody raises their own
    account quota that way.

    Raises:
        AccountAlreadyInOrganization, AccountNotActive, PermissionDenied.
        InvalidFile, OuQuotaExceeded, AccountQuotaExceeded, PolicyQuotaExceeded.
        CallerAccountClosed, ConcurrentModification.
    """
    if actor.account_id is None:
        raise errors.PermissionDenied(permission=Role.ADMINISTRATOR.label)
    with _nothing_collected(), account_change(actor, actor.account_id) as (account, _organization):
        require_own_importable(plan, management_account=account)
        return _bring_in(actor, plan, account, account_quota=None)


def plan_own_import(*, actor: Actor, plan: Plan) -> None:
    """Refuse a plan that `import_own_organization` would refuse now. Nothing is written. (ours)

    Raises:
        AccountAlreadyInOrganization, AccountNotActive, PermissionDenied.
        InvalidFile, OuQuotaExceeded, AccountQuotaExceeded, PolicyQuotaExceeded.
        CallerAccountClosed, ConcurrentModification.
    """
    if actor.account_id is None:
        raise errors.PermissionDenied(permission=Role.ADMINISTRATOR.label)
    with account_change(actor, actor.account_id) as (account, _organization):
        require_own_importable(plan, management_account=account)


def _bring_in(
    actor: Actor, plan: Plan, account: Account, *, account_quota: int | None
) -> Organization:
    """The import itself, under an account that is locked and may manage what the plan says."""
    organization, founding = found_organization(account, name=plan.name)
    if account_quota is not None:
        organization.account_quota = account_quota
        organization.save(update_fields=["account_quota"])
    root = organization.root

    units = _units(organization, root, plan)
    _insert(OrganizationalUnit, [unit for unit in units.values() if unit != root])
    OrganizationalUnit.objects.filter(pk=root.pk).update(lft=root.lft, rght=root.rght)
    accounts = _accounts(organization, units, plan, joined_at=account.joined_at or timezone.now())
    _insert(Account, accounts)
    _insert(Agency, _agencies(accounts, management_account_id=account.pk))
    account.unit = units[path_key(plan.management_account.unit)]
    account.description = plan.management_account.description or account.description
    account.save(update_fields=["unit", "description"])
    members = [account, *accounts]
    entities = _entities(units, members, plan)
    policies = _policies(organization, plan, now=account.joined_at or timezone.now())
    _insert(Policy, policies)
    _insert(PolicyVersion, _versions(policies, saved_by=actor.username))
    _insert(Tag, _tags(organization, entities, policies, plan))
    _insert(RootPolicyType, _policy_types(organization, plan))
    hanging = _hanging(plan, policies)
    _insert(Attachment, _attachments(organization, entities, plan, hanging))
    if PolicyType.TAG_POLICY in plan.enabled_policy_types:
        settle_all_tag_policies(organization)
    trusted = _trust(organization, members, plan, now=account.joined_at or timezone.now())

    events.record(
        actor,
        organization,
        events.Kind.ORGANIZATION_IMPORTED,
        chain(founding, _targets(units, members, policies, plan, hanging), trusted),
        source=plan.source,
        account_quota=organization.account_quota,
    )
    return organization


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Half a million rows stay alive to the end: a third of the time went to looking for garbage there."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def find_management_account(actor: Actor, name: str) -> Account:
    """The account, by its name, that is to manage the imported organization.

    Raises:
        OperatorOnly, AccountNotFound.
    """
    if not actor.is_operator:
        raise errors.OperatorOnly
    found = Account.objects.filter(name_key=names.name_key(name)).first()
    if found is None:
        raise errors.AccountNotFound(account_id=name)
    return found


def require_importable(plan: Plan, *, management_account: Account) -> None:
    """Refuse a plan that this installation cannot take.

    Raises:
        AccountAlreadyInOrganization, InvalidFile.
        OuQuotaExceeded, AccountQuotaExceeded, PolicyQuotaExceeded.
    """
    if not management_account.stands_alone:
        raise errors.AccountAlreadyInOrganization(account_name=management_account.name)
    limit = int(settings.ORGANIZATIONAL_UNIT_QUOTA)
    if len(plan.units) > limit:
        raise errors.OuQuotaExceeded(limit=limit)
    wanted = len(plan.accounts) + 1
    if wanted > int(settings.ACCOUNT_QUOTA_MAX):
        raise errors.AccountQuotaExceeded(limit=settings.ACCOUNT_QUOTA_MAX, wanted=wanted)
    of_types = Counter(policy.policy_type for policy in plan.policies)
    if max(of_types.values(), default=0) > int(settings.POLICY_QUOTA):
        raise errors.PolicyQuotaExceeded(limit=settings.POLICY_QUOTA)
    faults = [*_taken(plan.accounts, "name", "name_key", "Another account has this name.")]
    faults += _taken(plan.accounts, "email", "email", "Another account has this e-mail.")
    faults += _taken(plan.accounts, "phone", "phone", "Another account has this phone number.")
    faults += [*_malformed(plan.policies), *_crowded(plan), *_not_offered(plan)]
    if faults:
        raise errors.InvalidFile(faults=faults)


def require_own_importable(plan: Plan, *, management_account: Account) -> None:
    """Refuse a plan that this installation does not take from the account's own administrators.

    Raises:
        AccountAlreadyInOrganization, AccountNotActive, InvalidFile.
        OuQuotaExceeded, AccountQuotaExceeded, PolicyQuotaExceeded.
    """
    if not management_account.stands_alone:
        raise errors.AccountAlreadyInOrganization(account_name=management_account.name)
    require_founder(management_account)
    limit, wanted = int(settings.ACCOUNT_QUOTA), len(plan.accounts) + 1
    if wanted > limit:
        raise errors.AccountQuotaExceeded(limit=limit, wanted=wanted)
    require_importable(plan, management_account=management_account)


def _malformed(policies: Sequence[PlannedPolicy]) -> Iterator[Fault]:
    """A fault for each place in the text of a policy that has to be mended (R-POL-2, R-POL-6)."""
    readings = read_policy_texts((policy.policy_type, policy.content) for policy in policies)
    for policy, reading in zip(policies, readings, strict=True):
        place = f"{policy.place}/content"
        length, limit = len(policy.content), character_limit(policy.policy_type)
        if length > limit:
            yield place, str(errors.PolicyContentTooLong(length=length, limit=limit))
            continue
        for fault in reading.faults:
            within = f"At {fault.path}, line" if fault.path else "Line"
            where = f"{within} {fault.line}, column {fault.column} of the text"
            yield place, f"{where}: {fault.sentence(gettext)}"


def _crowded(plan: Plan) -> Iterator[Fault]:
    """A fault for each entity that is to have more policies of a type than it may (R-POL-10)."""
    for planned in plan.attachments:
        limit = quotas.attachment_limit(planned.policy_type)
        if len(planned.policies) > limit:
            count = len(planned.policies)
            yield (
                planned.place,
                f"This makes {count} policies of the type {planned.policy_type} on one entity;"
                f" {limit} may hang there, FullAccess included.",
            )


def _not_offered(plan: Plan) -> Iterator[Fault]:
    """A fault for each service that cannot be trusted here, or not by so many (R-TS-2, R-DA-1, R-DA-3)."""
    catalogue = IntegrableService.objects.in_bulk(plan.trusted_services)
    for place, principal in enumerate(plan.trusted_services):
        if principal not in catalogue:
            refusal: errors.OrgsError = errors.ServicePrincipalUnknown(service=principal)
            yield f"/trusted_services/{place}", str(refusal)
    used: Counter[str] = Counter()
    for planned in plan.delegations:
        service = catalogue.get(planned.service)
        if service is None:
            continue
        used[planned.service] += 1
        limit = service.most_delegated_administrators
        if not service.supports_delegated_administrators:
            refusal = errors.DelegatedAdminUnsupported(service=service.name)
            yield f"{planned.place}/service", str(refusal)
        elif limit is not None and used[planned.service] > limit:
            refusal = errors.DelegatedAdminQuotaExceeded(
                service=service.name, limit=limit, used=limit
            )
            yield f"{planned.place}/service", str(refusal)


def _trust(
    organization: Organization, members: Sequence[Account], plan: Plan, *, now: datetime
) -> list[events.Target]:
    """Trust the services of the file, with their agencies and delegated administrators.

    Returns the targets for the event. Nobody of these accounts signs in yet, so no right is to be given.
    """
    catalogue = IntegrableService.objects.select_for_update(no_key=True).in_bulk(
        plan.trusted_services
    )
    trusted = [
        TrustedService(organization=organization, service=catalogue[principal], enabled_at=now)
        for principal in plan.trusted_services
    ]
    _insert(TrustedService, trusted)
    let_services_in(members, plan.trusted_services, now=now)
    by_principal = {each.service_id: each for each in trusted}
    by_key = {account.name_key: account for account in members} if plan.delegations else {}
    held: dict[str, list[str]] = {}
    for planned in plan.delegations:
        held.setdefault(planned.service, []).append(by_key[planned.account].name)
    _insert(
        DelegatedAdministrator,
        [
            DelegatedAdministrator(
                organization=organization,
                account=by_key[planned.account],
                trusted_service=by_principal[planned.service],
                registered_at=now,
            )
            for planned in plan.delegations
        ],
    )
    return [
        events.of_trusted_service(
            each,
            after={"service_principal": each.service_id}
            | ({"accounts": held[each.service_id]} if each.service_id in held else {}),
        )
        for each in trusted
    ]


def _taken(
    accounts: Iterable[PlannedAccount], fact: str, column: str, sentence: str
) -> Iterator[Fault]:
    """A fault for each planned account whose fact an existing one has."""
    given = {
        names.name_key(value) if column == "name_key" else value: f"{account.place}/{fact}"
        for account in accounts
        if (value := getattr(account, fact))
    }
    wanted = list(given)
    for start in range(0, len(wanted), ROWS_PER_INSERT):
        part = wanted[start : start + ROWS_PER_INSERT]
        for value in Account.objects.filter(**{f"{column}__in": part}).values_list(
            column, flat=True
        ):
            yield given[value], sentence


def _quota_for(plan: Plan) -> int:
    wanted = len(plan.accounts) + 1 + SPARE_ACCOUNTS
    return min(wanted, int(settings.ACCOUNT_QUOTA_MAX))


def _units(
    organization: Organization, root: OrganizationalUnit, plan: Plan
) -> dict[Path, OrganizationalUnit]:
    """The units by the key of their path, the root among them, numbered in one pass."""
    units: dict[Path, OrganizationalUnit] = {(): root}
    now = timezone.now()
    for planned in plan.units:
        key = path_key(planned.path)
        units[key] = OrganizationalUnit(
            organization=organization,
            parent=units[key[:-1]],
            name=planned.path[-1],
            name_key=key[-1],
            tree_id=root.tree_id,
            created_at=now,
        )
    children = nested_set.children_of((key, key[:-1] if key else None) for key in units)
    for key, place in nested_set.places((), children).items():
        units[key].lft, units[key].rght, units[key].level = place.lft, place.rght, place.level
    return units


def _accounts(
    organization: Organization,
    units: dict[Path, OrganizationalUnit],
    plan: Plan,
    *,
    joined_at: datetime,
) -> list[Account]:
    return [
        Account(
            name=planned.name,
            name_key=names.name_key(planned.name),
            description=planned.description,
            email=planned.email,
            phone=planned.phone,
            created_at=joined_at,
            organization=organization,
            unit=units[path_key(planned.unit)],
            join_method=planned.join_method,
            joined_at=joined_at,
            is_resource_account=planned.join_method == JoinMethod.CREATED,
        )
        for planned in plan.accounts
    ]


def _agencies(accounts: Iterable[Account], *, management_account_id: str) -> Iterator[Agency]:
    """The agencies that the members have: as if each had joined by the way the file says."""
    for account in accounts:
        joined_at = account.joined_at or timezone.now()
        yield service_linked_agency(account, now=joined_at)
        if account.join_method == JoinMethod.CREATED:
            yield account_access_agency(
                account,
                name=settings.AGENCY_NAME,
                management_account_id=management_account_id,
                now=joined_at,
            )


def _entities(
    units: Mapping[Path, OrganizationalUnit], accounts: Iterable[Account], plan: Plan
) -> Entities:
    described = [plan.management_account, *plan.accounts]
    found: Entities = {key: {"unit_id": unit.pk} for key, unit in units.items()}
    for account, of_it in zip(accounts, described, strict=True):
        found[names.name_key(of_it.name)] = {"account_id": account.pk}
    return found


def _tags(
    organization: Organization, entities: Entities, policies: Sequence[Policy], plan: Plan
) -> Iterator[Tag]:
    described = [plan.management_account, *plan.accounts]
    tagged: Iterator[tuple[dict[str, str], Mapping[str, str]]] = chain(
        [(entities[()], plan.root_tags)],
        ((entities[path_key(unit.path)], unit.tags) for unit in plan.units),
        ((entities[names.name_key(one.name)], one.tags) for one in described),
        (
            ({"policy_id": policy.pk}, said.tags)
            for policy, said in zip(policies, plan.policies, strict=True)
        ),
    )
    for hook, tags in tagged:
        for key, value in tags.items():
            yield Tag(organization_id=organization.pk, **hook, key=key, value=value)


def _policies(organization: Organization, plan: Plan, *, now: datetime) -> list[Policy]:
    return [
        Policy(
            organization=organization,
            policy_type=planned.policy_type,
            name=planned.name,
            name_key=names.name_key(planned.name),
            description=planned.description,
            content=planned.content,
            created_at=now,
            updated_at=now,
        )
        for planned in plan.policies
    ]


def _versions(policies: Iterable[Policy], *, saved_by: str) -> Iterator[PolicyVersion]:
    for policy in policies:
        yield PolicyVersion(
            policy=policy,
            organization=policy.organization,
            number=policy.version,
            content=policy.content,
            saved_at=policy.created_at,
            saved_by=saved_by,
        )


def _policy_types(organization: Organization, plan: Plan) -> Iterator[RootPolicyType]:
    now = timezone.now()
    for policy_type in plan.enabled_policy_types:
        yield RootPolicyType(
            organization=organization,
            policy_type=policy_type,
            state=SwitchState.ENABLED,
            changed_at=now,
        )


def _hanging(plan: Plan, policies: Iterable[Policy]) -> Hanging:
    """The policies of each entity of which the file says something, service control policies first."""
    ids = {(policy.policy_type, policy.name_key): policy.pk for policy in policies}
    ids[PolicyType.SERVICE_CONTROL_POLICY, names.name_key("FullAccess")] = FULL_ACCESS
    said = {
        (planned.entity, planned.policy_type): [
            ids[planned.policy_type, key] for key in planned.policies
        ]
        for planned in plan.attachments
    }
    return {
        entity: [
            *said.get((entity, PolicyType.SERVICE_CONTROL_POLICY), _always(plan)),
            *said.get((entity, PolicyType.TAG_POLICY), ()),
        ]
        for entity, _policy_type in said
    }


def _always(plan: Plan) -> Sequence[str]:
    """What hangs on an entity of which the file says nothing (R-PT-3)."""
    return [FULL_ACCESS] if SCP in plan.enabled_policy_types else []


def _attachments(
    organization: Organization, entities: Entities, plan: Plan, hanging: Hanging
) -> Iterator[Attachment]:
    now, always = timezone.now(), _always(plan)
    for entity, hook in entities.items():
        for place, policy_id in enumerate(hanging.get(entity, always), start=1):
            yield Attachment(
                organization_id=organization.pk,
                policy_id=policy_id,
                place=place,
                attached_at=now,
                **hook,
            )


def _insert(model: Any, rows: Iterable[Any]) -> None:
    """Insert part by part: rows that nobody else holds are not kept until the last is made."""
    for part in batched(rows, ROWS_PER_INSERT):
        model.objects.bulk_create(part)


def _targets(
    units: dict[Path, OrganizationalUnit],
    accounts: list[Account],
    policies: Sequence[Policy],
    plan: Plan,
    hanging: Hanging,
) -> Iterator[events.Target]:
    """What was made. Which policies hang on it, an entity says that has others than all have."""
    for policy, said in zip(policies, plan.policies, strict=True):
        yield events.of_policy(policy, after=policy_facts(policy) | {"tags": dict(said.tags)})
    root = units[()]
    came = _named(hanging, ())
    if plan.root_tags:
        came["tags"] = dict(plan.root_tags)
    came |= dict.fromkeys(plan.enabled_policy_types, SwitchState.ENABLED.value)
    if came:
        before: events.Facts = dict.fromkeys(plan.enabled_policy_types, SwitchState.DISABLED.value)
        before |= {"tags": {}} if plan.root_tags else {}
        yield events.of_unit(root, [], before=before, after=came)
    for planned in plan.units:
        key = path_key(planned.path)
        unit = units[key]
        after = {"name": unit.name, "parent_id": unit.parent_id, "tags": dict(planned.tags)}
        yield events.of_unit(unit, planned.path, after=after | _named(hanging, key))
    described = [plan.management_account, *plan.accounts]
    for account, of_it in zip(accounts, described, strict=True):
        yield events.of_account(
            account,
            of_it.unit,
            after={
                "name": account.name,
                "parent_id": account.unit_id,
                "join_method": account.join_method,
                "description": account.description,
                "tags": dict(of_it.tags),
            }
            | _named(hanging, names.name_key(of_it.name)),
        )


def _named(hanging: Hanging, entity: Entity) -> dict[str, Any]:
    return {"policies": list(hanging[entity])} if entity in hanging else {}
