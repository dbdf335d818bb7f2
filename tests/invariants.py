"""The invariants I1 to I15 that bear on what stands, asked of the database by the tests' own hand."""

from collections import Counter, defaultdict

from django.conf import settings

from orgs.models import (
    Account,
    AccountStatus,
    Attachment,
    Event,
    Organization,
    OrganizationalUnit,
    OrganizationalUnitGroupGrant,
    OrganizationalUnitUserGrant,
    OrganizationGroupGrant,
    OrganizationUserGrant,
    Policy,
    PolicyVersion,
    RootPolicyType,
    Tag,
)
from tests import oracle


def violations(*, in_the_trail: bool = True) -> list[str]:
    """One sentence for each invariant that does not hold; none when all do.

    Every event is hashed for it. Who looks again and again may leave out the trail until the last time: an
    event that is wrong stays so, and what follows it as well.
    """
    organizations = list(Organization.objects.all())
    units = list(OrganizationalUnit.objects.order_by("tree_id", "lft"))
    accounts = list(Account.objects.all())
    return [
        *of_the_tree(organizations, units),
        *of_accounts(organizations, units, accounts),
        *of_tags_and_grants(organizations, units, accounts),
        *of_policies(units, accounts),
        *of_quotas(units),
        *(of_events(organizations, accounts) if in_the_trail else []),
    ]


def of_the_tree(organizations: list[Organization], units: list[OrganizationalUnit]) -> list[str]:
    found = []
    live = {organization.pk for organization in organizations if organization.deleted_at is None}
    by_id = {unit.pk: unit for unit in units}
    children = defaultdict(list)
    roots = [unit for unit in units if unit.parent_id is None]
    if Counter(unit.organization_id for unit in roots) != Counter(live):
        found.append("I1: a live organization has not one root, or a deleted one has a tree")
    for unit in units:
        children[unit.parent_id].append(unit)
        parent = by_id.get(unit.parent_id)
        if parent is not None and parent.organization_id != unit.organization_id:
            found.append(f"I1: the parent of {unit.pk} is of another organization")
        if depth(unit, by_id) > oracle.Limits.levels:
            found.append(f"I2: {unit.pk} is too deep, or above itself")
        if unit.name_key != oracle.folded(unit.name):
            found.append(f"I14: the comparable name of {unit.pk} is not that of its name")
    for parent_id, siblings in children.items():
        keys = [oracle.folded(unit.name) for unit in siblings]
        if parent_id is not None and len(set(keys)) != len(keys):
            found.append(f"I14: two units under {parent_id} have one name")
    if len({root.tree_id for root in roots}) != len(roots):
        found.append("I4: two roots share a tree")
    for root in roots:
        number(root, children, lft=1, level=0, tree_id=root.tree_id, found=found)
    return found


def depth(unit: OrganizationalUnit, by_id: dict[str, OrganizationalUnit]) -> int:
    levels = 0
    while unit.parent_id is not None and levels <= len(by_id):
        unit, levels = by_id[unit.parent_id], levels + 1
    return levels


def number(unit, children, *, lft, level, tree_id, found) -> int:
    """Compare the index of a unit and of what is below it with the parents; the rght that follows."""
    rght = lft + 1
    for child in children[unit.pk]:
        rght = 1 + number(child, children, lft=rght, level=level + 1, tree_id=tree_id, found=found)
    stored = (unit.lft, unit.rght, unit.level, unit.tree_id)
    if stored != (lft, rght, level, tree_id):
        found.append(f"I3: {unit.pk} has {stored}, its parents say {(lft, rght, level, tree_id)}")
    return rght


def of_accounts(organizations, units, accounts) -> list[str]:
    found = []
    organization_of_unit = {unit.pk: unit.organization_id for unit in units}
    by_id = {account.pk: account for account in accounts}
    for account in accounts:
        if organization_of_unit.get(account.unit_id) != account.organization_id:
            found.append(f"I5: {account.pk} is not under a unit of its organization")
    for organization in organizations:
        account = by_id[organization.management_account_id]
        at_home = account.organization_id == organization.pk
        if organization.deleted_at is None and not (
            at_home and account.status == AccountStatus.ACTIVE
        ):
            found.append(f"I6: the management account of {organization.pk} is not active in it")
        if organization.deleted_at is not None and any(
            account.organization_id == organization.pk for account in accounts
        ):
            found.append(f"I6: {organization.pk} is deleted and has accounts")
    return found


def of_tags_and_grants(organizations, units, accounts) -> list[str]:
    found = []
    home = {row.pk: row.organization_id for row in (*units, *accounts, *Policy.objects.all())}
    for tag in Tag.objects.all():
        if home.get(tag.unit_id or tag.account_id or tag.policy_id) != tag.organization_id:
            found.append(f"I7: tag {tag.pk} is not of the organization of its resource")
    live = {organization.pk for organization in organizations if organization.deleted_at is None}
    there = live | set(home)
    for grants in (
        OrganizationGroupGrant,
        OrganizationUserGrant,
        OrganizationalUnitGroupGrant,
        OrganizationalUnitUserGrant,
    ):
        lost = set(grants.objects.values_list("content_object_id", flat=True)) - there
        found += [f"I15: a grant points at {place}, which is not there" for place in lost]
    return found


def of_policies(units: list[OrganizationalUnit], accounts: list[Account]) -> list[str]:
    found = []
    policies = {policy.pk: policy for policy in Policy.objects.all()}
    entities = {row.pk: row.organization_id for row in (*units, *accounts)}
    hanging: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in Attachment.objects.all():
        policy, entity_id = policies[row.policy_id], row.unit_id or row.account_id
        if entities[entity_id] != row.organization_id or policy.organization_id not in (
            None,
            row.organization_id,
        ):
            found.append(f"I7: {row.pk} joins what is of several organizations")
        hanging[entity_id, kind_of(policy)].append(policy.pk)
    states = {
        (switch.organization_id, switch.policy_type): switch.state
        for switch in RootPolicyType.objects.all()
    }
    most = {
        oracle.SCP: settings.SCPS_PER_ENTITY,
        oracle.DRY_RUN: settings.SCPS_PER_ENTITY,
        oracle.TAG_POLICY: settings.TAG_POLICIES_PER_ENTITY,
    }
    for entity_id, organization_id in entities.items():
        if organization_id is None:
            continue
        for kind, limit in most.items():
            count = len(hanging[entity_id, kind])
            state = states.get((organization_id, kind), "disabled")
            least = 1 if kind == oracle.SCP and state == "enabled" else 0
            off = kind != oracle.DRY_RUN and state in ("disabled", "pending_enable")
            if not least <= count <= (0 if off else limit):
                found.append(f"I8: {entity_id} has {count} of {kind}, which is {state}")
    counts = Counter((one.organization_id, kind_of(one)) for one in policies.values())
    for (organization_id, kind), count in counts.items():
        if organization_id is not None and count > settings.POLICY_QUOTA:
            found.append(f"I12: {organization_id} has {count} of {kind}")
    texts = defaultdict(dict)
    for version in PolicyVersion.objects.all():
        texts[version.policy_id][version.number] = version.content
    for policy in policies.values():
        kept = texts[policy.pk]
        numbers = list(range(1, policy.version + 1)) if policy.organization_id else []
        if sorted(kept) != numbers or (numbers and kept[policy.version] != policy.content):
            found.append(f"I15: the versions of {policy.pk} are {sorted(kept)}")
    return found


def kind_of(policy: Policy) -> str:
    return oracle.DRY_RUN if policy.is_dry_run else policy.policy_type


def of_quotas(units: list[OrganizationalUnit]) -> list[str]:
    found = []
    counts = Counter(unit.organization_id for unit in units if unit.parent_id is not None)
    for organization_id, count in counts.items():
        if count > settings.ORGANIZATIONAL_UNIT_QUOTA:
            found.append(f"I12: {organization_id} holds {count} units")
    tagged = Counter(Tag.objects.values_list("unit_id", "account_id", "policy_id"))
    found += [
        f"I12: {place} has {count} tags"
        for place, count in tagged.items()
        if count > settings.TAG_QUOTA
    ]
    return found


def of_events(organizations, accounts) -> list[str]:
    found = []
    streams = defaultdict(list)
    for event in Event.objects.order_by("number").prefetch_related("targets"):
        streams[event.organization_id or event.account_id].append(event)
    for stream in (*organizations, *accounts):
        events = streams.pop(stream.pk, [])
        numbers = [event.number for event in events]
        if numbers != list(range(1, stream.version + 1)):
            found.append(f"I13: {stream.pk} is at {stream.version}, its events are {numbers}")
        previous = ""
        for event in events:
            targets = sorted(event.targets.all(), key=lambda target: target.place)
            if event.hash != event.chained_hash(targets, previous=previous):
                found.append(f"P6: event {event.number} of {stream.pk} breaks the chain")
            previous = event.hash
        if previous != stream.event_hash:
            found.append(f"P6: {stream.pk} does not end with the hash of its last event")
    return found
