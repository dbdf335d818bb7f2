"""The one door for changes: opens the transaction, locks, judges, and turns a lost race into a refusal.

Nothing else opens a transaction. Every operation is the body of one of these with-blocks:

- `change`: of an organization, whose row is locked;
- `place_change`: the same, of places in it, which the block says once it has found them;
- `account_change`: of an account and what belongs to it, in whatever organization it is or in none;
- `entry_change`: of an account that the actor enters from another one;
- `invitation_change`: of an invitation and the account that answers it;
- `operator_change`: of an organization, by the operator;
- `system_change`: of an organization, by itself;
- `installation_change`: what makes something new that belongs to nobody yet, or changes what is
  the installation's own.

A request of the API that changes something has `remembered` around it, and the change joins it.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import DateTimeField, IntegerField, QuerySet
from django.utils import timezone

from orgs import access, errors, identifiers
from orgs.actor import Actor
from orgs.models import (
    OPERATORS,
    Account,
    AccountStatus,
    Agency,
    AgencyKind,
    Invitation,
    InvitationState,
    Organization,
    OrganizationalUnit,
    Policy,
    RememberedAnswer,
    Role,
    User,
)
from orgs.permissions import Permission
from orgs.queries.own_calls import OwnCall
from orgs.queries.own_decisions import require_own_call
from orgs.statements import Given, InstanceStatement, Statement

# PostgreSQL's words for: lock not available, serialization failure, deadlock detected (R7)
LOST_RACES = frozenset({"55P03", "40001", "40P01"})
UNIQUE_VIOLATION = "23505"


@contextmanager
def change(actor: Actor, permission: Permission) -> Iterator[Organization]:
    """A change of the actor's organization, which stays locked until the block ends (R2).

    The actor is judged under the lock, on fresh rows (R9). Whatever the block loads is fresh as well.

    Raises:
        CallerNotInOrganization: the actor is in none, or no longer in this one.
        UserDisabled, CallerAccountClosed: since a moment ago (R9, R-CLO-11).
        PermissionDenied, NotManagementAccount: `access.require` says no.
        ConcurrentModification: the lock did not come in time, or a race was lost; try again (R-GEN-4).
    """
    with _transaction():
        organization = _lock_own_organization(actor)
        access.require(actor, permission, organization, organization)
        yield organization


@contextmanager
def place_change(
    actor: Actor, permission: Permission, *calls: OwnCall
) -> Iterator[tuple[Organization, "Reach"]]:
    """A change of the actor's organization at places that the block finds: it asks `Reach` for each (R9).

    Who may do this nowhere is refused before the block runs, so that it learns nothing of what is there;
    who may do it on some units is judged at each place. A block that ends without having asked is undone.
    `calls` are what is done, in the contract's names and with what policies may ask of it: service control
    policies bind a member's users here as well (R-PERM-3 to R-PERM-6).

    Raises:
        What `change` raises.
        DeniedByPolicy: a service control policy does not let the grantee's account do it.
        OutsideGrant: a place that the grants do not reach.
    """
    with _transaction():
        organization = _lock_own_organization(actor)
        reach = _reach(actor, permission, organization)
        reach.require_policies(*calls)
        yield organization, reach
        if not reach.was_asked:
            raise access.refusal(actor, permission, organization)


class Reach:
    """Where in its organization an actor may do something, as it stands under the lock."""

    def __init__(
        self,
        actor: Actor,
        permission: Permission,
        organization: Organization,
        *,
        unit_ids: frozenset[str] | None,
    ) -> None:
        self._actor = actor
        self._permission = permission
        self._organization = organization
        self._unit_ids = unit_ids  # none: everywhere
        self.was_asked = self.is_everywhere = unit_ids is None

    def require(self, *places: OrganizationalUnit, policies: Iterable[Policy] = ()) -> None:
        """Refuse places that the actor's grants do not reach, and policies that they do not name there.

        Of the places their path has to be loaded, or each step of it is a statement. No statement for
        who may do it everywhere.

        Raises:
            OutsideGrant, PolicyOutsideGrant.
        """
        self.was_asked = True
        if self._unit_ids is None:
            return
        for place in places:
            granted = {step.pk for step in place.path} & self._unit_ids
            if not granted:
                raise self._outside()
            named = access.policies_on(self._actor, granted) if policies else frozenset()
            for policy in policies:
                if policy.pk not in named:
                    raise errors.PolicyOutsideGrant(policy_name=policy.name)

    def require_everywhere(self) -> None:
        """Refuse who may do it on units only: what is changed hangs on none.

        Raises:
            OutsideGrant.
        """
        self.was_asked = True
        if self._unit_ids is not None:
            raise self._outside()

    def require_policies(self, *calls: OwnCall) -> None:
        """Refuse what the grantee's account may not do: what a block finds out it does, besides its calls.

        No statement for who may do it everywhere.

        Raises:
            DeniedByPolicy.
        """
        if self.is_everywhere:
            return
        for call in calls:
            require_own_call(
                actor=self._actor,
                management_account_id=self._organization.management_account_id,
                policy_version=self._organization.policy_version,
                call=call,
            )

    def _outside(self) -> errors.OutsideGrant:
        return access.outside(self._permission, self._unit_ids or ())


def _reach(actor: Actor, permission: Permission, organization: Organization) -> Reach:
    rights = access.rights_of(actor, organization.pk)
    if permission in rights.everywhere:
        return Reach(actor, permission, organization, unit_ids=None)
    unit_ids = rights.units_of(permission)
    if not unit_ids:
        raise access.refusal(actor, permission, organization)
    return Reach(actor, permission, organization, unit_ids=unit_ids)


@contextmanager
def operator_change(actor: Actor, organization_id: str) -> Iterator[Organization]:
    """A change of an organization by the operator of the installation.

    Raises:
        OperatorOnly, OrganizationNotFound, ConcurrentModification.
        UserDisabled: since a moment ago (R9).
    """
    _require_operator(actor)
    if not identifiers.ORGANIZATION.fits(organization_id):
        raise errors.OrganizationNotFound(organization_id=organization_id)
    with _transaction():
        try:
            organization = _lock_organization(organization_id)
        except errors.CallerNotInOrganization as error:
            raise errors.OrganizationNotFound(organization_id=organization_id) from error
        _require_operators_standing(actor)
        yield organization


@contextmanager
def account_change(
    actor: Actor, account_id: str, *, user_id: int | None = None
) -> Iterator[tuple[Account, Organization | None]]:
    """A change of an account and of what belongs to it: its users, its keys, its membership.

    Locks the organization first where the account is in one, then the account. The second value is the
    stream its events belong to: the organization, or None while the account stands alone. `user_id` says
    whose sign-in or keys are changed: everybody changes their own, in whatever role.

    Raises:
        InvalidParameter, ConcurrentModification.
        AccountNotFound: it is not there, or neither the actor's own nor the operator's to change (R-GEN-3).
        PermissionDenied: the actor is no administrator of the account.
        UserDisabled: since a moment ago, and it is about the actor itself (R9).
        CallerAccountClosed: R-CLO-11.
        UserDisabled: the actor is an operator who was disabled a moment ago (R9).
    """
    checked = identifiers.ACCOUNT.require(account_id, field="account_id")
    with _transaction():
        accounts = Account.objects.all()
        if not actor.is_operator:
            accounts = accounts.filter(pk=actor.account_id)
        organization_id = (
            accounts.filter(pk=checked).values_list("organization_id", flat=True).first()
        )
        organization = _lock_organization(organization_id) if organization_id else None
        account = accounts.select_for_update(no_key=True).find(checked)
        if account.organization_id != organization_id:
            raise errors.ConcurrentModification
        if actor.is_operator:
            _require_operators_standing(actor)
        elif user_id is not None and user_id == actor.user_id and not actor.is_switched:
            _require_active(user_id, account)
        else:
            _require_administrator(actor, account)
        yield account, organization


@contextmanager
def invitation_change(
    actor: Actor, invitation_id: str
) -> Iterator[tuple[Invitation, Account, Organization]]:
    """The invited account answers an open invitation: the organization is locked, then the account.

    Raises:
        InvalidParameter, ConcurrentModification.
        PermissionDenied: the actor is no administrator of its account (R-INV-17).
        HandshakeNotFound: there is none, or it is not for the actor's account (R-INV-11).
        HandshakeNotPending: R-INV-1, R-INV-8.
        CallerAccountClosed: R-CLO-11.
    """
    with _transaction():
        account = Account.objects.filter(pk=actor.account_id).first()
        if account is None:
            raise errors.PermissionDenied(permission=Role.ADMINISTRATOR.label)
        _require_administrator(actor, account)
        checked = identifiers.INVITATION.require(invitation_id, field="handshake_id")
        received = Invitation.objects.filter(account=account)
        organization_id = (
            received.filter(pk=checked).values_list("organization_id", flat=True).first()
        )
        if organization_id is None:
            raise errors.HandshakeNotFound(invitation_id=checked)
        organization = Organization.objects.select_for_update(no_key=True).get(pk=organization_id)
        account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        _require_administrator(actor, account)
        invitation = received.select_related("account", "destination").get(pk=checked)
        require_pending(invitation)
        yield invitation, account, organization


@contextmanager
def entry_change(
    actor: Actor, account_id: str
) -> Iterator[tuple[Account, Organization | None, Agency]]:
    """An administrator enters an account by the agency that trusts its own (R-ACC-20, R-ACC-22, R-ORG-16).

    The account's organization is locked where it is in one, then the account.

    Raises:
        InvalidParameter, ConcurrentModification.
        SwitchedAway: the actor is in another account already.
        PermissionDenied: the actor is no administrator of its account; a reader does not enter.
        AgencyNotFound: no agency of that account trusts the actor's; the account may not even be there.
        AccountNotActive: it is being closed, or is closed.
        CallerAccountClosed: R-CLO-11.
    """
    checked = identifiers.ACCOUNT.require(account_id, field="account_id")
    require_at_home(actor)
    with _transaction():
        home = Account.objects.filter(pk=actor.account_id).first()
        if home is None:
            raise errors.PermissionDenied(permission=Role.ADMINISTRATOR.label)
        _require_administrator(actor, home)
        ways_in = Agency.objects.filter(
            account=checked, kind=AgencyKind.ACCOUNT_ACCESS, trusted_account=home
        )
        if not ways_in.exists():
            raise errors.AgencyNotFound(id=checked)
        found = Account.objects.filter(pk=checked)
        organization_id = found.values_list("organization_id", flat=True).get()
        organization = _lock_organization(organization_id) if organization_id else None
        account = found.select_for_update(no_key=True).get()
        agency = ways_in.first()
        if account.organization_id != organization_id or agency is None:
            raise errors.ConcurrentModification
        if account.status != AccountStatus.ACTIVE:
            raise errors.AccountNotActive(account_name=account.name)
        yield account, organization, agency


def require_at_home(actor: Actor) -> None:
    """Refuse who is in an account that is not the own: for what belongs to the user itself.

    Raises:
        SwitchedAway.
    """
    if actor.is_switched:
        raise errors.SwitchedAway(account_name=actor.account_name)


def require_pending(invitation: Invitation) -> None:
    """Refuse an invitation that has ended or run out, by the clock (I11).

    Raises:
        HandshakeNotPending.
    """
    state = invitation.state_at(timezone.now())
    if state != InvitationState.PENDING:
        raise errors.HandshakeNotPending(state=state.label)


@contextmanager
def system_change(organization_id: str) -> Iterator[Organization]:
    """What happens in an organization by itself: a creation ends, an invitation runs out (R-AUD-4).

    Nobody is judged; what asked for it was judged when it was asked.

    Raises:
        OrganizationNotFound, ConcurrentModification.
    """
    with _transaction():
        try:
            organization = _lock_organization(organization_id)
        except errors.CallerNotInOrganization as error:
            raise errors.OrganizationNotFound(organization_id=organization_id) from error
        yield organization


@contextmanager
def installation_change(actor: Actor) -> Iterator[None]:
    """A change that makes something new, such as a stand-alone account, or is of an operator or catalogue.

    Raises:
        OperatorOnly, ConcurrentModification.
        UserDisabled: since a moment ago (R9).
    """
    _require_operator(actor)
    with _transaction():
        _require_operators_standing(actor)
        yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What makes a request the same as another: who asked, by which key, and a hash of what."""

    principal: str
    key: str
    request_hash: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and bytes, as they were sent; `headers` go with them, and are not remembered."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Memory:
    """The answer to a request: what it was the first time, or what is to be remembered of it."""

    answer: Answer | None = None
    is_new: bool = True


@contextmanager
def remembered(asked: Asked) -> Iterator[Memory]:
    """The transaction of a request of the API; a change inside joins it (P4).

    Where the same request was answered before, its answer is in the memory and nothing is to be done.
    Else the block puts its answer there, and both are kept or neither. An equal request that comes
    meanwhile waits for this one.

    Raises:
        IdempotencyKeyReused: the key came with another request before.
        ConcurrentModification: the first request takes too long.
    """
    with _transaction():
        row = RememberedAnswer(
            principal=asked.principal,
            key=asked.key,
            request_hash=asked.request_hash,
            created_at=timezone.now(),
        )
        if not _is_first(row):
            yield Memory(_answer_of(asked), is_new=False)
            return
        memory = Memory()
        yield memory
        if memory.answer is not None:
            row.status, row.body = memory.answer.status, memory.answer.body
            row.save(update_fields=["status", "body"])


def recall(asked: Asked) -> Answer | None:
    """The answer that the same request got, if it was answered.

    A request that may not be made any more may have been made: deleting an organization, for one.
    """
    try:
        return _answer_of(asked)
    except errors.IdempotencyKeyReused:
        return None


def _is_first(row: RememberedAnswer) -> bool:
    """Write the row, unless it is there. The database waits for another who is writing it."""
    for _attempt in range(2):
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            # One that is too old is replaced.
            too_old = row.created_at - settings.ANSWERS_REMEMBERED_FOR
            same = RememberedAnswer.objects.filter(principal=row.principal, key=row.key)
            if not same.filter(created_at__lt=too_old).delete()[0]:
                return False
        else:
            return True
    raise errors.ConcurrentModification


def _answer_of(asked: Asked) -> Answer | None:
    rows = _REMEMBERED(
        principal=asked.principal,
        key=asked.key,
        since=timezone.now() - settings.ANSWERS_REMEMBERED_FOR,
    )
    if not rows:
        return None
    request_hash, status, body = rows[0]
    if request_hash != asked.request_hash:
        raise errors.IdempotencyKeyReused
    return Answer(status, bytes(body))


def _remembered() -> QuerySet[RememberedAnswer, Any]:
    """The answer to a request; every refused write looks for it."""
    return RememberedAnswer.objects.filter(
        principal=Given("principal"),
        key=Given("key"),
        created_at__gte=Given("since", DateTimeField()),
    ).values_list("request_hash", "status", "body")


_REMEMBERED: Final = Statement(_remembered, prepared=True)


@contextmanager
def _transaction() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except (OperationalError, IntegrityError) as error:
        if _is_lost_race(error):
            raise errors.ConcurrentModification from error
        raise


def _is_lost_race(error: OperationalError | IntegrityError) -> bool:
    """Whether somebody else came first: a lock that did not come, or a unique value taken meanwhile (R5)."""
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None)
    if state is not None:
        return state in LOST_RACES or state == UNIQUE_VIOLATION
    text = str(error)
    return "database is locked" in text or "UNIQUE constraint failed" in text


def _lock_organization(organization_id: str | None) -> Organization:
    """The live organization, locked so that inserts that refer to it still pass (R2)."""
    found = _LOCKED.first(organization=organization_id) if organization_id is not None else None
    if found is None:
        raise errors.CallerNotInOrganization
    return found


def _locked() -> QuerySet[Organization]:
    """A live organization, with its lock; every change begins with it."""
    live = Organization.objects.live().select_for_update(no_key=True)
    return live.filter(pk=Given("organization"))


_LOCKED: Final = InstanceStatement(_locked, prepared=True)


def _lock_own_organization(actor: Actor) -> Organization:
    """The actor's organization, locked, if the actor still stands in it (R9)."""
    try:
        organization = _lock_organization(actor.organization_id)
    except errors.CallerNotInOrganization:
        _require_open_account(actor)
        raise
    _require_standing(actor, organization)
    return organization


def _require_standing(actor: Actor, organization: Organization) -> None:
    """Refuse a user who was disabled, or whose account left or is being closed, a moment ago (R9)."""
    if actor.user_id is None:
        raise errors.CallerNotInOrganization
    if actor.is_switched:
        _require_entry(actor)
        if not organization.accounts.filter(pk=actor.account_id).exists():
            raise errors.CallerNotInOrganization
        return
    standing = _STANDING(user=actor.user_id, account=actor.account_id)
    if not standing:
        raise errors.UserDisabled
    organization_id, status = standing[0]
    if organization_id != organization.pk:
        raise errors.CallerNotInOrganization
    if status != AccountStatus.ACTIVE:
        raise errors.CallerAccountClosed


def _standing() -> QuerySet[User, Any]:
    """Where the account of an active user is now."""
    return User.objects.filter(
        pk=Given("user", IntegerField()), is_active=True, account=Given("account")
    ).values_list("account__organization_id", "account__status")


_STANDING: Final = Statement(_standing, prepared=True)


def _require_entry(actor: Actor) -> None:
    """Refuse who was let into an account by an agency that does not let it in any more (R9)."""
    if not access.entry_of(actor).exists():
        raise errors.EntryEnded


def _require_open_account(actor: Actor) -> None:
    """Refuse the users of a closed account before anything else is said, also once it is gone (R-CLO-11)."""
    if Account.objects.filter(pk=actor.account_id).exclude(status=AccountStatus.ACTIVE).exists():
        raise errors.CallerAccountClosed


def _require_operator(actor: Actor) -> None:
    if not actor.is_operator:
        raise errors.OperatorOnly


def _require_active(user_id: int, account: Account) -> None:
    """Refuse a user who was disabled, or left the account, since the request came in (R9)."""
    if not User.objects.filter(pk=user_id, is_active=True, account=account).exists():
        raise errors.UserDisabled
    if account.status != AccountStatus.ACTIVE:
        raise errors.CallerAccountClosed


def _require_operators_standing(actor: Actor) -> None:
    """Refuse a signed-in operator who is none any more (R9); who has a shell has no user to lose."""
    if actor.user_id is None:
        return
    if not User.objects.filter(OPERATORS, pk=actor.user_id).exists():
        raise errors.UserDisabled


def _require_administrator(actor: Actor, account: Account) -> None:
    """Refuse who is not an active administrator of the account: the group is the truth of the role.

    Who entered it is one, for as long as its agency holds.
    """
    if actor.is_switched and actor.account_id == account.pk:
        _require_entry(actor)
        return
    group = Role.ADMINISTRATOR.group_name(account.pk)
    if not Group.objects.filter(
        name=group, user=actor.user_id, user__is_active=True, user__account=account
    ).exists():
        raise errors.PermissionDenied(permission=Role.ADMINISTRATOR.label)
    if account.status != AccountStatus.ACTIVE:
        raise errors.CallerAccountClosed
