"""Accounts: making a stand-alone one, moving members, describing them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from orgs import errors, events, identifiers, names, quotas
from orgs.actor import Actor
from orgs.errors import InvalidParameter, Reason
from orgs.models import Account, Event, EventTarget, Organization, OrganizationalUnit
from orgs.operations.change import account_change, change, installation_change, place_change
from orgs.operations.effective_tag_policies import settle_tag_policies
from orgs.operations.users import NewUser, make_user
from orgs.permissions import Permission
from orgs.queries.own_calls import OwnCall

MOVE = "organizations:accounts:move"  # the contract's name of it


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A stand-alone account with its administrator, and the secrets that are shown this once."""

    account: Account
    administrator: NewUser


@dataclass(frozen=True, slots=True)
class Move:
    """One account of a bulk move, and the parent it is taken from."""

    account_id: str
    source_parent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a move of a while ago moved, from where and to where."""

    moved_id: str
    from_id: str
    to_id: str


def create_standalone_account(
    *,
    actor: Actor,
    name: str,
    email: str | None = None,
    phone: str | None = None,
    username: str = "",
    password: str | None = None,
    with_access_key: bool = False,
) -> NewAccount:
    """Make an account that belongs to no organization, and its administrator.

    The user's name is the account's where none is given; without a password the user cannot sign in to
    the console. Only the operator does this; members are made by the organization (R-ACC-10). (ours)

    Raises:
        InvalidParameter: R-ACC-7, R-ACC-15, and the rules for passwords.
        AccountConflict: name, e-mail or phone is taken (R-ACC-6, R-ACC-15).
        UsernameTaken, OperatorOnly.
    """
    with installation_change(actor):
        name = names.account_name(name)
        email = None if email is None else names.email(email)
        phone = None if phone is None else names.phone(phone)
        require_free_account(name=name, email=email, phone=phone)
        account = Account(name=name, email=email, phone=phone, created_at=timezone.now())
        account.save(force_insert=True)
        administrator = make_user(
            account, username or name, password=password, with_access_key=with_access_key
        )
        events.record(
            actor,
            account,
            events.Kind.STANDALONE_ACCOUNT_CREATED,
            [
                events.of_account(account, after={"name": name}),
                events.of_user(administrator.user, after={"role": "administrator"}),
            ],
        )
        return NewAccount(account=account, administrator=administrator)


def move_account(
    *, actor: Actor, account_id: str, source_parent_id: str, destination_parent_id: str
) -> Account:
    """Move an account under another parent of the same organization.

    Raises:
        InvalidParameter, AccountNotFound, ParentNotFound.
        MoveSourceMismatch: the account has left `source_parent_id` meanwhile (R-ACC-30).
        MoveSameParent: it is there already (R-ACC-31).
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Contract: MoveAccount. Rules: R-ACC-30 to R-ACC-33.
    """
    (account,) = move_accounts(
        actor=actor,
        moves=[Move(account_id=account_id, source_parent_id=source_parent_id)],
        destination_parent_id=destination_parent_id,
    )
    return account


def move_accounts(
    *, actor: Actor, moves: Sequence[Move], destination_parent_id: str
) -> list[Account]:
    """Move up to 1,000 accounts under one parent: all of them, or none (ours; R-GEN-5).

    Raises:
        What `move_account` raises, for the first account that cannot be moved.
        InvalidParameter: none, too many, or one of them twice.
    """
    concerned = [place for move in moves for place in (move.account_id, move.source_parent_id)]
    call = OwnCall(MOVE, resource_ids=[*concerned, destination_parent_id])
    with place_change(actor, Permission.MOVE_ACCOUNT, call) as (organization, reach):
        _require_distinct(moves)
        _require_ids(moves, destination_parent_id)
        found = _find_accounts(organization, moves)
        sources = _find_sources(organization, moves)
        destination = organization.find_place(destination_parent_id, field="destination_parent_id")
        reach.require(*sources.values(), destination)
        targets = []
        for account, move in zip(found, moves, strict=True):
            if account.unit_id != move.source_parent_id:
                present = organization.units.get(pk=account.unit_id)
                raise errors.MoveSourceMismatch(name=account.name, place=present.name)
            if account.unit_id == destination.pk:
                raise errors.MoveSameParent(name=account.name)
            source = sources[move.source_parent_id]
            targets.append(_moved(account, source=source, destination=destination))
        for account in found:
            account.unit = destination
        _write_moved(organization, found, moves)
        events.record(actor, organization, events.Kind.ACCOUNT_MOVED, targets)
        return found


def undo_move(*, actor: Actor, number: int) -> list[Account]:
    """Move accounts back from where the event of that number moved them: all of them, or none. (ours)

    It is a move like any other, with an event of its own that names the one it undoes.

    Raises:
        MoveNotFound: the event is not there, or is no move of accounts.
        MoveTooOld: 15 minutes have gone by since, or as many as the installation allows.
        MovedMeanwhile, AccountNotFound, ParentNotFound: it is not as the move left it.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.
    """
    call = OwnCall(MOVE, resource_ids=moved_by(actor, number, events.Kind.ACCOUNT_MOVED))
    with place_change(actor, Permission.MOVE_ACCOUNT, call) as (organization, reach):
        undone = find_move(organization, number, events.Kind.ACCOUNT_MOVED)
        moves = [Move(one.moved_id, one.to_id) for one in undone]
        found = _find_accounts(organization, moves)
        places = organization.units.with_path().in_bulk(
            {one.from_id for one in undone} | {str(account.unit_id) for account in found}
        )
        reach.require(*places.values())
        targets = []
        for account, one in zip(found, undone, strict=True):
            present, destination = places[str(account.unit_id)], places.get(one.from_id)
            if present.pk != one.to_id:
                raise errors.MovedMeanwhile(name=account.name, place=present.name)
            if destination is None:
                raise errors.ParentNotFound(parent_id=one.from_id)
            targets.append(_moved(account, source=present, destination=destination))
            account.unit = destination
        _write_moved(organization, found, moves)
        events.record(actor, organization, events.Kind.ACCOUNT_MOVED, targets, undo_of=int(number))
        return found


def _write_moved(
    organization: Organization, accounts: Sequence[Account], moves: Sequence[Move]
) -> None:
    """Write where the accounts hang now, and what tag policies come to there."""
    Account.objects.bulk_update(accounts, ["unit"])
    left = {move.account_id: move.source_parent_id for move in moves}
    settle_tag_policies(organization, left.keys(), moved_from=left)


def find_move(organization: Organization, number: object, kind: events.Kind) -> list[Moved]:
    """What the move of that number moved, if it may still be undone.

    Raises:
        MoveNotFound, MoveTooOld.
    """
    move = _moves_of(organization.pk, number, kind).first()
    if move is None:
        raise errors.MoveNotFound(number=number)
    if timezone.now() - move.at > settings.MOVE_UNDO:
        raise errors.MoveTooOld(minutes=int(settings.MOVE_UNDO.total_seconds()) // 60)
    return [
        Moved(
            moved_id=target.entity_id,
            from_id=(target.before or {})["parent_id"],
            to_id=(target.after or {})["parent_id"],
        )
        for target in move.targets.order_by("place")
    ]


def moved_by(actor: Actor, number: object, kind: events.Kind) -> Iterator[str]:
    """The ids of what a move moved, and where the way back leads; asked for when gone through.

    None where there is no such move. Of units the unit alone, as where one is moved.
    """
    found = _moves_of(actor.organization_id, number, kind)
    rows = EventTarget.objects.filter(event__in=found).values_list("entity_id", "before", "after")
    for moved_id, before, after in rows:
        yield moved_id
        if kind == events.Kind.ACCOUNT_MOVED:
            yield from ((facts or {})["parent_id"] for facts in (before, after))


def _moves_of(organization_id: str | None, number: object, kind: events.Kind) -> QuerySet[Event]:
    is_number = isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**63
    events_of_it = Event.objects.filter(organization=organization_id, kind=kind)
    return events_of_it.filter(number=int(str(number))) if is_number else events_of_it.none()


def update_account(*, actor: Actor, account_id: str, description: str | None = None) -> Account:
    """Change the description of an account: a text replaces it, "" clears it, None leaves it (R-ACC-5).

    Raises:
        InvalidParameter, AccountNotFound.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Contract: UpdateAccount.
    """
    with change(actor, Permission.UPDATE_ACCOUNT) as organization:
        wanted = None if description is None else names.description(description)
        account = organization.accounts.find(account_id)
        if wanted is None or wanted == account.description:
            return account
        unit = organization.place(account.unit_id)
        before = account.description
        account.description = wanted
        account.save(update_fields=["description"])
        target = events.of_account(
            account,
            unit.names,
            before={"description": before},
            after={"description": wanted},
        )
        events.record(actor, organization, events.Kind.ACCOUNT_UPDATED, [target])
        return account


def convert_account(*, actor: Actor, account_id: str) -> Account:
    """Note that a resource account was made a full account, with a sign-in of its own (R-ORG-14).

    Raises:
        InvalidParameter, AccountNotFound, OperatorOnly, ConcurrentModification.
    """
    if not actor.is_operator:
        raise errors.OperatorOnly
    with account_change(actor, account_id) as (account, organization):
        if account.is_converted:
            return account
        account.is_converted = True
        account.save(update_fields=["is_converted"])
        target = events.of_account(
            account,
            _path_of(account, organization),
            before={"is_converted": False},
            after={"is_converted": True},
        )
        events.record(actor, organization or account, events.Kind.ACCOUNT_CONVERTED, [target])
        return account


def set_eligibility(*, actor: Actor, account_id: str, is_eligible: bool) -> Account:
    """Say whether an account may found an organization or be invited into one (R-ORG-2, R-INV-5).

    Asked beside the installation's hooks when it founds or is invited; a membership, and an invitation that
    is open, stay as they are.

    Raises:
        InvalidParameter, AccountNotFound, OperatorOnly, UserDisabled, ConcurrentModification.
    """
    if not actor.is_operator:
        raise errors.OperatorOnly
    if not isinstance(is_eligible, bool):
        raise InvalidParameter(field="is_eligible", reason=Reason.NOT_A_FLAG)
    with account_change(actor, account_id) as (account, organization):
        if account.is_eligible == is_eligible:
            return account
        account.is_eligible = is_eligible
        account.save(update_fields=["is_eligible"])
        target = events.of_account(
            account,
            _path_of(account, organization),
            before={"is_eligible": not is_eligible},
            after={"is_eligible": is_eligible},
        )
        events.record(actor, organization or account, events.Kind.ELIGIBILITY_SET, [target])
        return account


def _path_of(account: Account, organization: Organization | None) -> list[str]:
    """The names of the units above it; none while it stands alone."""
    if organization is None:
        return []
    return organization.place(account.unit_id).names


def require_free_account(*, name: str, email: str | None, phone: str | None) -> None:
    """Refuse a name, e-mail or phone that any account of the installation has (R-ACC-6, R-ACC-15)."""
    if Account.objects.filter(name_key=names.name_key(name)).exists():
        raise errors.AccountConflict(field="name")
    if email is not None and Account.objects.filter(email=email).exists():
        raise errors.AccountConflict(field="email")
    if phone is not None and Account.objects.filter(phone=phone).exists():
        raise errors.AccountConflict(field="phone")


def _moved(
    account: Account, *, source: OrganizationalUnit, destination: OrganizationalUnit
) -> events.Target:
    return events.of_account(
        account,
        source.names,
        before={"parent_id": source.pk, "path": source.names},
        after={"parent_id": destination.pk, "path": destination.names},
    )


def _require_distinct(moves: Sequence[Move]) -> None:
    if not moves:
        raise InvalidParameter(field="account_ids", reason=Reason.NONE_GIVEN)
    if len(moves) > quotas.PER_CHANGE:
        raise InvalidParameter(field="account_ids", reason=Reason.TOO_MANY, limit=quotas.PER_CHANGE)
    seen = set()
    for move in moves:
        if move.account_id in seen:
            raise InvalidParameter(
                field="account_ids", reason=Reason.REPEATED, value=move.account_id
            )
        seen.add(move.account_id)


def _require_ids(moves: Sequence[Move], destination_parent_id: str) -> None:
    """Refuse what is no id before anything is looked up: the contract's order of checks."""
    for move in moves:
        identifiers.ACCOUNT.require(move.account_id, field="account_id")
        identifiers.ROOT_OR_UNIT.require(move.source_parent_id, field="source_parent_id")
    identifiers.ROOT_OR_UNIT.require(destination_parent_id, field="destination_parent_id")


def _find_accounts(organization: Organization, moves: Sequence[Move]) -> list[Account]:
    """The accounts in the order of the moves; the first that is missing is refused."""
    ids = [move.account_id for move in moves]
    found = organization.accounts.in_bulk(ids)
    for account_id in ids:
        if account_id not in found:
            raise errors.AccountNotFound(account_id=account_id)
    return [found[account_id] for account_id in ids]


def _find_sources(
    organization: Organization, moves: Sequence[Move]
) -> dict[str, OrganizationalUnit]:
    return {
        parent_id: organization.find_place(parent_id, field="source_parent_id")
        for parent_id in dict.fromkeys(move.source_parent_id for move in moves)
    }
