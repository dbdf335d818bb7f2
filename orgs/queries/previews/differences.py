"""Which policies and tag rules would be others, and for whom; accounts that stand alike are one case."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext

from orgs.models import PolicyType
from orgs.names import name_key
from orgs.queries.decisions.rulings import Named
from orgs.queries.effective_tag_policies import Merge
from orgs.queries.previews.cases import FULL_ACCESS, Case, Hanging, Side
from orgs.queries.previews.findings import (
    AffectedAccount,
    PolicyDifference,
    TagRule,
    TagRuleDifference,
)

SAMPLE: Final = 10  # accounts that are shown by name


class Brought(NamedTuple):
    """A policy, and the first entity of the path on which it hangs."""

    policy: str
    entity: str


@dataclass(slots=True)
class Difference:
    """What becomes different for all accounts that stand alike."""

    is_affected: bool
    gained: tuple[Brought, ...]
    lost: tuple[Brought, ...]
    tag_rules: tuple[tuple[str, TagRule | None, TagRule | None], ...]
    warnings: tuple[str, ...]


def standing_of(case: Case, account: str) -> tuple[Any, ...]:
    """Accounts with the same standing gain and lose the same."""
    snapshot, after = case.stored.snapshot, case.after
    own = snapshot.attachments.get(account, ())
    own_after = after.attachments.get(account, ())
    return (
        snapshot.account_parents.get(account),
        after.account_parents.get(account),
        own,
        own_after,
        account == snapshot.management_account,
    )


def difference_for(case: Case, before: Side, after: Side, account: str) -> Difference:
    """What becomes different for an account."""
    old_path, new_path = before.path(account), after.path(account)
    is_bound = account != case.stored.snapshot.management_account
    old, new = _brought(old_path, with_scps=is_bound), _brought(new_path, with_scps=is_bound)
    old_tags, new_tags = before.tags(old_path), after.tags(new_path)
    tag_rules = tuple(_other_rules(old_tags, new_tags))
    is_bound_otherwise = is_bound and (
        before.meaning(old_path) != after.meaning(new_path) or _saves(case, new_path)
    )
    gained = tuple(Brought(one, new[one]) for one in new if one not in old)
    lost = tuple(Brought(one, old[one]) for one in old if one not in new)
    others = {one.policy for one in (*gained, *lost)} - {FULL_ACCESS}
    return Difference(
        is_affected=bool(is_bound_otherwise or tag_rules or others),
        gained=gained,
        lost=lost,
        tag_rules=tag_rules,
        warnings=tuple(_tag_warnings(old_tags, new_tags, case.stored.names)),
    )


def _brought(path: Iterable[Hanging], *, with_scps: bool) -> dict[str, str]:
    """The policies of a path, each with the first entity on which it hangs."""
    found: dict[str, str] = {}
    for one in path:
        for policy in (*(one.scps if with_scps else ()), *one.tag_policies):
            found.setdefault(policy, one.entity)
    return found


def _saves(case: Case, path: Iterable[Hanging]) -> bool:
    return case.saved is not None and any(case.saved in one.scps for one in path)


def _other_rules(old: Merge, new: Merge) -> Iterator[tuple[str, TagRule | None, TagRule | None]]:
    if old.text == new.text:
        return
    before, after = _rules(old), _rules(new)
    for key in dict.fromkeys([*before, *after]):
        if before.get(key) != after.get(key):
            yield key, before.get(key), after.get(key)


def _rules(merge: Merge) -> dict[str, TagRule]:
    return {
        tag.key: TagRule(
            tag_key=tag.tag_key.value,
            values=tag.tag_value.values,
            enforced_for=tag.enforced_for.values,
        )
        for tag in merge.effective.tags
    }


def _tag_warnings(old: Merge, new: Merge, names: Mapping[str, str]) -> Iterator[str]:
    """Restrictions that would be lifted, and operators that would have no effect."""
    if new is old:
        return
    for emptied in new.effective.emptied:
        if emptied not in old.effective.emptied:
            yield emptied.sentence(gettext, names)
    for ignored in new.effective.ignored:
        if ignored not in old.effective.ignored:
            yield ignored.sentence(gettext, names)


def sample_of(
    differences: Iterable[tuple[Difference, list[str]]], names: Mapping[str, str]
) -> tuple[AffectedAccount, ...]:
    """The first accounts by name for which something becomes different."""
    affected = (
        (name_key(names[account]), account, found)
        for found, accounts in differences
        if found.is_affected
        for account in accounts
    )
    return tuple(
        AffectedAccount(
            account=Named(account, names[account]),
            gained=tuple(Named(one.policy, names[one.policy]) for one in found.gained),
            lost=tuple(Named(one.policy, names[one.policy]) for one in found.lost),
            keys=tuple(key for key, _before, _after in found.tag_rules),
        )
        for _key, account, found in sorted(affected, key=lambda one: one[:2])[:SAMPLE]
    )


def count_policies(
    case: Case, found: Iterable[tuple[Iterable[Brought], list[str]]]
) -> tuple[PolicyDifference, ...]:
    """For how many accounts each policy comes or goes; the most frequent first, then by name."""
    counts: Counter[Brought] = Counter()
    for brought, accounts in found:
        for policy, entity in brought:
            is_own = entity in case.stored.snapshot.account_parents
            counts[Brought(policy, "" if is_own else entity)] += len(accounts)
    names = case.stored.names
    differences = [
        PolicyDifference(
            policy=Named(one.policy, names[one.policy]),
            policy_type=PolicyType(str(case.stored.snapshot.type_of(one.policy))),
            entity=Named(one.entity, names[one.entity]) if one.entity else None,
            accounts=count,
        )
        for one, count in counts.items()
    ]
    return tuple(
        sorted(
            differences,
            key=lambda one: (-one.accounts, one.policy.name, one.entity.name if one.entity else ""),
        )
    )


def count_rules(
    differences: Iterable[tuple[Difference, list[str]]],
) -> tuple[TagRuleDifference, ...]:
    """For how many accounts each tag rule becomes another; by key, the most frequent first."""
    counts: Counter[tuple[str, TagRule | None, TagRule | None]] = Counter()
    for found, accounts in differences:
        for rule in found.tag_rules:
            counts[rule] += len(accounts)
    return tuple(
        TagRuleDifference(key=key, before=before, after=after, accounts=count)
        for (key, before, after), count in sorted(
            counts.items(), key=lambda one: (one[0][0], -one[1])
        )
    )
