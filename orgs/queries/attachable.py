"""Where a policy can be attached, and why not to other places.

One way through the tree is open at a time, as where something is moved; accounts are in it as well, of the
place that is open down to, behind its units. What is directly in that place comes in parts. The reasons are
the refusals that the operation would answer with.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from orgs import errors, names, quotas
from orgs.models import Account, Attachment, OrganizationalUnit
from orgs.queries.organizations import number_of
from orgs.queries.policy_list import PolicyView
from orgs.queries.structure.nodes import PART, Key, Kind, after_child
from orgs.queries.targets import Target

MOST_FOUND = 20
# What the first account follows, where the units fill a part to its last row.
BEFORE_ACCOUNTS = Key(Kind.ACCOUNT, "0" * 32, "")


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found; with `is_cut` there is more of it."""

    targets: Sequence[Target]
    is_cut: bool


def open_places(*, view: PolicyView, at: str = "", after: str = "") -> Target:
    """The root with the way down to `at`, and what is in there: up to 50 units, then accounts, after `after`.

    Four statements.

    Raises:
        ParentNotFound: there is no place `at`.
        InvalidParameter: `after` is none of ours.
    """
    place = view.organization.find_place(at, field="at") if at else None
    path = place.path if place else [view.organization.root]
    key = Key.parse(after) if after else None
    children: dict[str | None, list[OrganizationalUnit]] = defaultdict(list)
    for row in _units(view, path, key):
        children[row.parent_id].append(row)
    # Accounts follow the last unit: they fill up the part that the units leave open.
    room = PART - len(children[path[-1].pk])
    accounts = list(_accounts_in(view, path[-1], key)[: room + 1]) if room >= 0 else []
    (root,) = children[None]
    is_cut = len(accounts) > room >= 0
    return _Way(view, path, children, accounts[: max(room, 0)], key, is_cut).target(root)


def search_places(*, view: PolicyView, name: str) -> Found:
    """Units and accounts with a part of their name, or with that id. Two statements."""
    if not names.prints(name):
        return Found([], is_cut=False)
    wanted = Q(name_key__contains=names.name_key(name)) | Q(pk=name)
    units = _with_attachments(view, view.organization.units.filter(wanted), "unit")
    rows = [*units.order_by("name_key", "pk")[: MOST_FOUND + 1]]
    targets = [_unit(view, row) for row in rows]
    accounts = _accounts(view, wanted)[: MOST_FOUND + 1]
    targets += [_account(view, row) for row in accounts]
    return Found(targets[:MOST_FOUND], is_cut=len(targets) > MOST_FOUND)


def _units(
    view: PolicyView, path: Sequence[OrganizationalUnit], after: Key | None
) -> Iterable[OrganizationalUnit]:
    """The units on the way, and of each of them the first children."""
    units = view.organization.units.order_by()
    wanted = Q(pk__in=[unit.pk for unit in path])
    for parent in path:
        part = units.filter(parent=parent)
        if after is not None and parent == path[-1]:
            if after.kind == Kind.ACCOUNT:  # all units are behind us
                continue
            part = part.filter(after_child(after.id, after.name_key))
        wanted |= Q(pk__in=part.order_by("name_key", "id")[: PART + 1].values("pk"))
    return _with_attachments(view, units.filter(wanted), "unit").order_by("name_key", "id")


def _accounts_in(
    view: PolicyView, place: OrganizationalUnit, after: Key | None
) -> QuerySet[Account]:
    """The accounts directly in a place, or those that follow one."""
    wanted = Q(unit=place)
    if after is not None and after.kind == Kind.ACCOUNT:
        wanted &= after_child(after.id, after.name_key)
    return _accounts(view, wanted)


def _accounts(view: PolicyView, wanted: Q) -> QuerySet[Account]:
    rows = view.organization.accounts.filter(wanted)
    return _with_attachments(view, rows, "account").order_by("name_key", "pk")


def _with_attachments[Entity: (OrganizationalUnit, Account)](
    view: PolicyView, rows: QuerySet[Entity], kind: str
) -> QuerySet[Entity]:
    """The entities, with how many policies of the type hang on each, and whether this one does."""
    hanging = Attachment.objects.filter(
        **{kind: OuterRef("pk")},
        policy__policy_type=view.policy.policy_type,
        policy__is_dry_run=view.policy.is_dry_run,
    )
    holds: dict[str, Any] = {}
    if kind == "unit":
        holds["units"] = number_of(OrganizationalUnit.objects.filter(parent=OuterRef("pk")))
        holds["holds_accounts"] = Exists(Account.objects.filter(unit=OuterRef("pk")))
    return rows.annotate(
        hanging=number_of(hanging),
        hangs_here=Exists(hanging.filter(policy=view.policy)),
        **holds,
    )


@dataclass(frozen=True, slots=True)
class _Way:
    """The way from the root down to a place, with what is directly below each step of it."""

    view: PolicyView
    path: Sequence[OrganizationalUnit]
    children: dict[str | None, list[OrganizationalUnit]]
    accounts: Sequence[Account]
    after: Key | None
    is_cut: bool  # whether more accounts follow

    def target(self, row: OrganizationalUnit) -> Target:
        """A unit with what is open below it."""
        is_open, is_end = row in self.path, row == self.path[-1]
        inside = self.children[row.pk] if is_open else []
        part = inside[:PART] + [child for child in inside[PART:] if child in self.path]
        below = [self.target(child) for child in part]
        if is_end:
            below += [_account(self.view, account) for account in self.accounts]
        return _unit(
            self.view,
            row,
            is_open=is_open,
            below=tuple(below),
            is_later_part=self.after is not None and is_end,
            last=self._last(inside, is_end=is_end),
        )

    def _last(self, inside: Sequence[OrganizationalUnit], *, is_end: bool) -> Key | None:
        """What the next part follows, where there is one."""
        if len(inside) > PART:
            return Key(Kind.UNIT, inside[PART - 1].pk, inside[PART - 1].name_key)
        if not (is_end and self.is_cut):
            return None
        if not self.accounts:
            return BEFORE_ACCOUNTS
        return Key(Kind.ACCOUNT, self.accounts[-1].pk, self.accounts[-1].name_key)


def _unit(
    view: PolicyView,
    row: OrganizationalUnit,
    *,
    is_open: bool = False,
    below: tuple[Target, ...] = (),
    is_later_part: bool = False,
    last: Key | None = None,
) -> Target:
    return Target(
        id=row.pk,
        name=row.name,
        is_root=row.is_root,
        why_not=_why_not(view, row),
        holds_units=bool(row.units or row.holds_accounts),  # type: ignore[attr-defined]  # counted with it
        parent_id=row.parent_id,
        is_open=is_open,
        below=below,
        is_later_part=is_later_part,
        last=last,
    )


def _account(view: PolicyView, row: Account) -> Target:
    return Target(
        id=row.pk,
        name=row.name,
        is_root=False,
        is_account=True,
        why_not=_why_not(view, row),
        holds_units=False,
        parent_id=row.unit_id,
    )


def _why_not(view: PolicyView, row: OrganizationalUnit | Account) -> errors.OrgsError | None:
    """What the operation would refuse with, in its order."""
    # Both are counted with the row.
    if row.hangs_here:  # type: ignore[union-attr]
        return errors.PolicyAlreadyAttached(policy_name=view.policy.name, entity_name=row.name)
    limit = quotas.attachment_limit(view.policy.policy_type)
    if row.hanging >= limit:  # type: ignore[union-attr]
        return errors.PolicyAttachQuotaExceeded(entity_name=row.name, limit=limit)
    return None
