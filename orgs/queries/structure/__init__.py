"""The organization as a tree, in the parts that people look at.

A page shows one place (the root, a unit, an account) and the tree around it: every unit above it is
open with up to 50 of its children, units first and then accounts, both by name. However large the
organization is, that takes four statements: the place and what is above it, units, accounts, tags.
Parts follow one another by key, never by number, so a tree that changes meanwhile loses nothing.

Which units are shown is found by parents. Only the numbers beside them read lft and rght (R6).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from orgs import access, errors, identifiers
from orgs.actor import Actor
from orgs.models import Account, Organization, OrganizationalUnit
from orgs.permissions import Permission
from orgs.queries.sight import ACCOUNT_WITH_PATH, UNIT_WITH_PATH, Seen, judge, look
from orgs.queries.structure.counts import own_delegations, own_policies
from orgs.queries.structure.nodes import Branch, Key, Kind, Node
from orgs.queries.structure.trees import Opening, Tree

MOST_OPEN = 40  # units that stay open when the tree is drawn anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """A place of an organization, and the tree around it."""

    organization: Organization
    permissions: frozenset[Permission]
    root: Node | None
    node: Node
    path: tuple[OrganizationalUnit, ...]
    unit: OrganizationalUnit
    account: Account | None
    urn: str
    tags: tuple[tuple[str, str], ...]
    # Of the path, the units that have a page for the actor; what is above them is there by name alone.
    seen_ids: frozenset[str]
    sees_all: bool
    policies_to_attach: frozenset[str] | None  # none: any
    # What the actor may do where the unit itself hangs; nothing of the root, which hangs nowhere.
    permissions_above: frozenset[Permission]

    @property
    def delegated_services(self) -> tuple[str, ...]:
        """The principals of the services that the account administers."""
        return delegated_services(self.account)


def delegated_services(account: Account | None) -> tuple[str, ...]:
    """What `own_delegations` found at the account."""
    return tuple(sorted((getattr(account, "delegated", None) or "").split()))


def get_unit(
    *,
    actor: Actor,
    unit_id: str | None = None,
    after: str = "",
    with_tree: bool = True,
    also_open: Sequence[str] = (),
) -> Structure:
    """The root (no `unit_id`) or a unit of the actor's organization, and the tree around it.

    Who sees only units that something was granted on starts at the first of them.

    `after` is the `last` of a part: the children shown are those that follow it. Without the tree, only
    the unit's own children come with it. `also_open` are up to 40 more units that show their children; it
    costs one statement more.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        OuNotFound: not in the actor's organization (R-GEN-3).
        InvalidParameter: `after` is none of ours.
        ConcurrentModification: the unit went away while it was read.

    Rules: R-CON-3, R-OU-1.
    """
    found = _units(actor).select_related(*UNIT_WITH_PATH)
    unit = found.filter(Q(pk=unit_id) if unit_id else Q(parent=None)).first()
    try:
        seen = look(actor, [unit] if unit else [])
    except errors.OutsideGrant:
        unit = None if unit_id else _first_granted(actor)
        if unit is None:
            raise
        seen = look(actor, [unit])
    if unit is None:
        raise errors.OuNotFound(unit_id=unit_id)
    return _structure(
        seen,
        unit,
        after=Key.parse(after) if after else None,
        with_tree=with_tree,
        also_open=also_open,
    )


def get_account(
    *, actor: Actor, account_id: str, with_tree: bool = True, also_open: Sequence[str] = ()
) -> Structure:
    """An account of the actor's organization, and the tree around it, unless that is not asked for.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        AccountNotFound: not in the actor's organization (R-GEN-3).
        ConcurrentModification: its unit went away while it was read.

    Rules: R-CON-3.
    """
    account = (
        Account.objects.filter(organization=actor.organization_id, pk=account_id)
        .select_related(*ACCOUNT_WITH_PATH)
        .annotate(policies=own_policies("account"), delegated=own_delegations())
        .first()
    )
    seen = look(actor, [account] if account else [])
    if account is None or account.unit is None:
        raise errors.AccountNotFound(account_id=account_id)
    return _structure(
        seen,
        account.unit,
        account=account,
        with_tree=with_tree,
        also_open=also_open,
    )


def list_children(*, actor: Actor, unit_id: str, after: str = "") -> Branch:
    """A part of what is directly below the root or a unit; `after` is the `last` of the part before.

    Raises:
        CallerNotInOrganization, NotManagementOrDelegated, PermissionDenied.
        OuNotFound: not in the actor's organization (R-GEN-3).
        InvalidParameter: `after` is none of ours.
        ConcurrentModification: the unit went away while it was read.
    """
    unit = _units(actor).select_related(*UNIT_WITH_PATH).filter(pk=unit_id).first()
    organization, _permissions = judge(actor, unit)
    if unit is None:
        raise errors.OuNotFound(unit_id=unit_id)
    opening = Opening.at(unit, None, Key.parse(after) if after else None)
    # How deep it stands is only shown, so the stored level may say it (R6).
    return Tree(organization, [opening], current="").branch(opening, level=unit.level + 2)


def first_granted(
    units: QuerySet[OrganizationalUnit], rights: access.Rights
) -> OrganizationalUnit | None:
    """The unit that who has rights on units is shown first: the highest, of these the first by name."""
    granted = units.filter(pk__in=list(rights.on_units))
    return granted.order_by("level", "name_key", "pk").first()


def _first_granted(actor: Actor) -> OrganizationalUnit | None:
    rights = access.rights_of(actor, actor.organization_id or "")
    return first_granted(_units(actor).select_related(*UNIT_WITH_PATH), rights)


def _units(actor: Actor) -> QuerySet[OrganizationalUnit]:
    return OrganizationalUnit.objects.filter(organization=actor.organization_id)


def _policies_to_attach(seen: Seen, path: Sequence[OrganizationalUnit]) -> frozenset[str] | None:
    """The policies that grants on the path name; none of it for who may attach or see any."""
    right = Permission.ATTACH_POLICY
    if right in seen.rights.everywhere:
        return None
    if right not in seen.permissions:
        return None if seen.is_all else frozenset()
    granted = seen.rights.units_of(right)
    return access.policies_on(seen.actor, [step.pk for step in path if step.pk in granted])


def _structure(
    seen: Seen,
    unit: OrganizationalUnit,
    *,
    account: Account | None = None,
    after: Key | None = None,
    with_tree: bool,
    also_open: Sequence[str],
) -> Structure:
    organization = seen.organization
    path = seen.below(unit.path)
    below: list[Key | None] = [Key(Kind.UNIT, step.pk, step.name_key) for step in path[1:]]
    below.append(Key(Kind.ACCOUNT, account.pk, account.name_key) if account else None)
    openings = [
        Opening.at(parent, child, after if parent == unit else None)
        for parent, child in zip(path, below, strict=True)
    ]
    if not with_tree:
        openings = [] if account else openings[-1:]
    elif also_open:
        wanted = [unit_id for unit_id in also_open if identifiers.ROOT_OR_UNIT.fits(unit_id)]
        others = organization.units.filter(pk__in=wanted[:MOST_OPEN])
        if not seen.is_all:
            others = others.with_path()
        openings += [
            Opening(other)
            for other in others
            if other not in path and Permission.VIEW_STRUCTURE in seen.rights.at(other)
        ]
    resource = account or unit
    tree = Tree(organization, openings, current=resource.pk)
    kind = "account" if account else "root" if unit.is_root else "ou"
    return Structure(
        organization=organization,
        permissions=seen.permissions,
        root=tree.root(path[0]) if with_tree else None,
        node=tree.current_node(unit, account),
        path=tuple(unit.path),
        seen_ids=frozenset(step.pk for step in path),
        sees_all=seen.is_all,
        policies_to_attach=_policies_to_attach(seen, path),
        permissions_above=seen.rights.at(unit.parent) if unit.parent else frozenset(),
        unit=unit,
        account=account,
        urn=identifiers.urn(
            kind,
            resource.pk,
            management_account_id=organization.management_account_id,
            organization_id=organization.pk,
        ),
        tags=tuple(resource.tags.order_by("key").values_list("key", "value")),
    )
