"""What to beware of in a change that nothing forbids."""

from collections.abc import Collection, Iterable, Iterator

from django.utils.translation import gettext

from orgs.policy.preview import SignInBlocked, blocked_sign_ins
from orgs.policy.snapshot import PolicyType as KnownType
from orgs.policy.snapshot import Snapshot, path_to
from orgs.queries.previews.cases import FULL_ACCESS, Case


def find_warnings(case: Case, touched: Collection[str]) -> Iterator[str]:
    """What to beware of at the entities that are touched, and above them where they would be.

    The management account is never bound (R-SCP-3).
    """
    scp = KnownType.SERVICE_CONTROL_POLICY
    if scp not in case.after.enabled_types:
        return
    snapshot, names = case.stored.snapshot, case.stored.names
    touched = [one for one in touched if one != snapshot.management_account]
    for entity in touched:
        had, has = snapshot.attached(entity, scp), case.after.attached(entity, scp)
        if FULL_ACCESS in had and FULL_ACCESS not in has:
            yield gettext("FullAccess would be detached from {entity}.").format(
                entity=names[entity]
            )
    for blocked in _new_blocks(case, touched):
        if _allows_nothing(case.after, blocked.entity):
            yield gettext(
                "No policy at {entity} would allow anything: every action of every account at or below "
                "it would be denied."
            ).format(entity=names[blocked.entity])
        else:
            yield blocked.sentence(gettext, names)


def _new_blocks(case: Case, touched: Collection[str]) -> Iterable[SignInBlocked]:
    """The levels that would allow too little to sign in, for who is below them from now on."""
    found: dict[SignInBlocked, None] = {}
    paths: set[tuple[str, ...]] = set()
    for entity in touched:
        # Accounts that move together stand under one path; it is looked at once.
        path = path_to(case.after, entity)
        own = case.after.attachments.get(entity, ())
        key = (*path[:-1], *own)
        if key in paths:
            continue
        paths.add(key)
        known = set(blocked_sign_ins(case.stored.snapshot, entity))
        found |= dict.fromkeys(
            one for one in blocked_sign_ins(case.after, entity) if one not in known
        )
    return found


def _allows_nothing(snapshot: Snapshot, entity: str) -> bool:
    return not any(
        statement.actions and not statement.is_denial
        for policy in snapshot.attached(entity, KnownType.SERVICE_CONTROL_POLICY)
        for statement in snapshot.service_control_policies[policy].statements
    )
