"""Invitations: sent by an organization, answered by the invited account, run out by the clock (R-INV)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from orgs import arrivals, departures, errors, events, identifiers, names, quotas
from orgs.actor import Actor
from orgs.errors import InvalidParameter, Reason
from orgs.models import (
    Account,
    Invitation,
    InvitationState,
    JoinMethod,
    Organization,
    TargetType,
)
from orgs.operations.change import (
    Reach,
    invitation_change,
    place_change,
    require_pending,
    system_change,
)
from orgs.operations.enforced_tags import require_allowed_first_tags
from orgs.operations.memberships import join
from orgs.permissions import Permission
from orgs.queries.own_calls import Action, OwnCall, with_tags
from orgs.queries.own_decisions import require_own_act
from orgs.queries.tags import Kind

# What the contract calls these acts.
INVITE, CANCEL = "organizations:accounts:invite", "organizations:handshakes:cancel"


def invite_account(
    *,
    actor: Actor,
    target_type: str,
    target: str,
    notes: str = "",
    tags: Iterable[tuple[str, str]] = (),
    destination_parent_id: str | None = None,
) -> Invitation:
    """Ask an existing account to join; an e-mail follows where it has an address (R-INV-10).

    The account is to hang under the root, or where `destination_parent_id` says (ours).

    Raises:
        InvalidParameter: R-INV-2, R-INV-9.
        ParentNotFound: the destination.
        TargetNotFound: no account of the installation has that id or name.
        AccountAlreadyInOrganization, AccountNotActive: R-INV-3 to R-INV-5.
        HandshakeDuplicate: R-INV-6.
        AccountQuotaExceeded, InviteRate, TagQuotaExceeded: R-INV-18, R-INV-7, R-TAG-1.
        TagPolicyViolated: a tag policy is enforced on accounts there (R-TP-5).
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Contract: InviteAccount.
    """
    tags = list(tags)
    calls = with_tags(OwnCall(INVITE, tags=tags))
    with place_change(actor, Permission.INVITE_ACCOUNT, *calls) as (organization, reach):
        _require_reach(reach, organization, destination_parent_id)
        _expire(organization, organization.invitations.overdue())
        invitation, sent = new_invitation(
            organization,
            target_type=target_type,
            target=target,
            notes=notes,
            tags=tags,
            destination_parent_id=destination_parent_id,
        )
        events.record(actor, organization, events.Kind.INVITATION_SENT, [sent])
        return invitation


def new_invitation(
    organization: Organization,
    *,
    target_type: str,
    target: str,
    notes: str = "",
    tags: Iterable[tuple[str, str]] = (),
    destination_parent_id: str | None = None,
) -> tuple[Invitation, events.Target]:
    """The invitation itself, for operations that hold the organization's lock: one, or a batch.

    The caller has written down what ran out, and records the event, with this target. A refusal has
    written nothing.

    Raises:
        InvalidParameter, ParentNotFound, TargetNotFound.
        AccountAlreadyInOrganization, AccountNotActive, HandshakeDuplicate, AccountQuotaExceeded, InviteRate,
            TagQuotaExceeded, TagPolicyViolated.
    """
    wanted = names.tags(tags, wide=settings.TAG_CHARACTERS_WIDE)
    kept_notes = names.notes(notes)
    destination = None
    if destination_parent_id is not None:
        destination = organization.find_place(destination_parent_id, field="destination_parent_id")
    account = find_target(target_type, target)
    require_invitable(account)
    if organization.invitations.pending().filter(account=account).exists():
        raise errors.HandshakeDuplicate(account_name=account.name)
    quotas.require_room_for_account(organization)
    _require_budget(organization)
    quotas.require_room_for_tags(account.name, wanted=len(wanted))
    require_allowed_first_tags(organization, Kind.ACCOUNT, account.name, wanted, under=destination)

    now = timezone.now()
    invitation = Invitation(
        organization=organization,
        account=account,
        target_type=target_type,
        target=target,
        notes=kept_notes,
        tags=wanted,
        destination=destination,
        created_at=now,
        expires_at=now + settings.INVITATION_LIFETIME,
    )
    invitation.save(force_insert=True)
    after = {"state": invitation.state, "account_id": account.pk, "tags": wanted}
    if destination is not None:
        after["parent_id"] = destination.pk
    return invitation, events.of_invitation(invitation, after=after)


def resend_invitation(*, actor: Actor, invitation_id: str) -> Invitation:
    """Mail an open invitation once more; it does not last longer by that (ours).

    Raises:
        InvalidParameter, HandshakeNotFound, HandshakeNotPending.
        HandshakeResentRecently: the last e-mail is too recent.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.
    """
    with place_change(actor, Permission.INVITE_ACCOUNT, OwnCall(INVITE)) as (organization, reach):
        invitation = organization.invitations.select_related("account").find(invitation_id)
        _require_reach(reach, organization, invitation.destination_id)
        require_pending(invitation)
        now = timezone.now()
        free_at = (invitation.resent_at or invitation.created_at) + settings.INVITATION_RESENT_AFTER
        if now < free_at:
            raise errors.HandshakeResentRecently(next_at=departures.in_words(free_at))
        invitation.resent_at, invitation.mailed_at = now, None
        invitation.save(update_fields=["resent_at", "mailed_at"])
        events.record(
            actor,
            organization,
            events.Kind.INVITATION_SENT_AGAIN,
            [events.of_invitation(invitation)],
        )
        return invitation


def cancel_invitation(*, actor: Actor, invitation_id: str) -> Invitation:
    """Take an open invitation back.

    Raises:
        InvalidParameter, HandshakeNotFound, HandshakeNotPending.
        CallerNotInOrganization, NotManagementAccount, PermissionDenied, ConcurrentModification.

    Contract: CancelHandshake.
    """
    with place_change(actor, Permission.INVITE_ACCOUNT, OwnCall(CANCEL)) as (organization, reach):
        invitation = organization.invitations.select_related("account").find(invitation_id)
        _require_reach(reach, organization, invitation.destination_id)
        require_pending(invitation)
        target = _end(invitation, InvitationState.CANCELLED)
        events.record(actor, organization, events.Kind.INVITATION_CANCELLED, [target])
        return invitation


def accept_invitation(*, actor: Actor, invitation_id: str) -> Invitation:
    """Join the organization that invited the actor's account, with the tags it promised (R-INV-15).

    Raises:
        InvalidParameter, HandshakeNotFound, HandshakeNotPending.
        AccountAlreadyInOrganization, InviterQuotaExceeded: the invitation stays open (R-INV-14).
        PermissionDenied, CallerAccountClosed, ConcurrentModification.

    Contract: AcceptHandshake.
    """
    with invitation_change(actor, invitation_id) as (invitation, account, organization):
        if not account.stands_alone:
            raise errors.AccountAlreadyInOrganization(account_name=account.name)
        if not quotas.has_room_for_account(organization, besides=invitation):
            raise errors.InviterQuotaExceeded
        unit = invitation.destination or organization.root
        joined = join(
            account,
            organization.place(unit.pk),
            join_method=JoinMethod.INVITED,
            now=timezone.now(),
            tags=invitation.tags,
        )
        target = _end(invitation, InvitationState.ACCEPTED)
        events.record(actor, organization, events.Kind.INVITATION_ACCEPTED, [joined, target])
        return invitation


def _require_reach(reach: Reach, organization: Organization, parent_id: str | None) -> None:
    """Refuse an invitation to a place that the actor's grants do not reach; without one it is the root."""
    if reach.is_everywhere:
        return
    reach.require(
        organization.root
        if parent_id is None
        else organization.find_place(parent_id, field="destination_parent_id")
    )


def decline_invitation(*, actor: Actor, invitation_id: str) -> Invitation:
    """Turn an invitation down, for good (R-INV-1).

    Raises:
        InvalidParameter, HandshakeNotFound, HandshakeNotPending.
        DeniedByPolicy: the policies of the organization it is in do not let it (R-PERM-6).
        PermissionDenied, CallerAccountClosed, ConcurrentModification.

    Contract: DeclineHandshake.
    """
    with invitation_change(actor, invitation_id) as (invitation, _account, organization):
        require_own_act(actor=actor, call=OwnCall(Action.DECLINE))
        target = _end(invitation, InvitationState.DECLINED)
        events.record(actor, organization, events.Kind.INVITATION_DECLINED, [target])
        return invitation


def expire_invitations(organization_id: str) -> int:
    """Write down which invitations of an organization have run out (R-INV-8); returns how many.

    Everybody was told so from the minute they did; this is for the events and the lists.
    """
    with system_change(organization_id) as organization:
        return _expire(organization, organization.invitations.overdue())


def purge_invitations(*, ended_before: datetime) -> int:
    """Delete invitations that ended before that time (R-INV-13); returns how many."""
    ended = Invitation.objects.exclude(state=InvitationState.PENDING)
    deleted, _by_kind = ended.filter(updated_at__lt=ended_before).delete()
    return deleted


def deliver_invitation(invitation_id: str) -> None:
    """Mail an open invitation to the invited account's address, once; a job (R-INV-9, R-INV-10).

    Without an address, or without a mail server, it stands all the same. It is mailed twice at worst, when
    the worker dies right after the mail was taken; both have one Message-ID.
    """
    found = Invitation.objects.pending().filter(pk=invitation_id, mailed_at=None)
    invitation = found.select_related("account", "organization__management_account").first()
    if invitation is None or not invitation.account.email or not settings.MAILS_ARE_SENT:
        return
    sent_at = invitation.resent_at or invitation.created_at
    subject = _("{name} invites you to join its organization")
    EmailMessage(
        subject=subject.format(name=invitation.organization.management_account.name),
        body="\n\n".join(_paragraphs(invitation)),
        to=[invitation.account.email],
        headers={"Message-ID": f"<{invitation.pk}.{sent_at:%Y%m%d%H%M%S}@{_mail_host()}>"},
    ).send()
    found.update(mailed_at=timezone.now())


def _paragraphs(invitation: Invitation) -> Iterator[str]:
    """The e-mail, in plain text."""
    organization, account = invitation.organization, invitation.account
    yield _(
        "Account {manager} invites your account {account} to join its organization {name}."
    ).format(
        manager=organization.management_account.name, account=account.name, name=organization.name
    )
    if invitation.notes:
        yield _("They write:")
        yield invitation.notes
    yield _("The invitation is open until {time} UTC.").format(
        time=f"{invitation.expires_at:%Y-%m-%d %H:%M}"
    )
    yield _(
        "Sign in to the console as an administrator of your account to read what joining means, and to "
        "accept or decline."
    )
    if settings.SITE_ADDRESS:
        yield _address_of(invitation)
    yield _(
        "If you do not know who this is, do nothing: an invitation that is not accepted has no effect."
    )


def _address_of(invitation: Invitation) -> str:
    return f"{settings.SITE_ADDRESS.rstrip('/')}/invitations/{invitation.pk}/"


def _mail_host() -> str:
    return urlsplit(settings.SITE_ADDRESS).hostname or "banyan.invalid"


def find_target(target_type: str, target: str) -> Account:
    """The account that an invitation names, by id or by name (R-INV-2).

    Raises:
        InvalidParameter, TargetNotFound.
    """
    if target_type == TargetType.ACCOUNT:
        wanted = {"pk": identifiers.ACCOUNT.require(target, field="target.entity")}
    elif target_type == TargetType.NAME:
        wanted = {"name_key": names.name_key(names.account_name(target, field="target.entity"))}
    else:
        choices = ", ".join(TargetType.values)
        raise InvalidParameter(field="target.type", reason=Reason.NOT_A_CHOICE, choices=choices)
    # Not locked: whether it may still join is asked again, under its lock, when it accepts.
    account = Account.objects.filter(**wanted).first()
    if account is None:
        raise errors.TargetNotFound(account_id=target)
    return account


def require_invitable(account: Account) -> None:
    """Refuse an account that cannot join anything now (R-INV-3 to R-INV-5).

    Raises:
        AccountAlreadyInOrganization, AccountNotActive.
    """
    for obstacle in arrivals.obstacles_to_inviting(account):
        raise obstacle


def cancel_all(organization: Organization) -> list[events.Target]:
    """Cancel every open invitation of an organization that is being deleted (R-ORG-11)."""
    _expire(organization, organization.invitations.overdue())
    open_ones = organization.invitations.pending().select_related("account").order_by("pk")
    return [_end(invitation, InvitationState.CANCELLED) for invitation in open_ones]


def _require_budget(organization: Organization) -> None:
    budget = quotas.invitation_budget(organization)
    if not budget.left:
        raise errors.InviteRate(
            limit=budget.limit, hours=budget.hours, next_at=departures.in_words(budget.next_at)
        )


def _expire(organization: Organization, overdue: QuerySet[Invitation]) -> int:
    """One event for all that ran out by now."""
    targets = []
    for invitation in overdue.select_related("account").order_by("pk"):
        targets.append(_end(invitation, InvitationState.EXPIRED, at=invitation.expires_at))
    if targets:
        events.record(Actor.system(), organization, events.Kind.INVITATION_EXPIRED, targets)
    return len(targets)


def _end(
    invitation: Invitation, state: InvitationState, *, at: datetime | None = None
) -> events.Target:
    before, invitation.state = invitation.state, state
    invitation.updated_at = at or timezone.now()
    invitation.save(update_fields=["state", "updated_at"])
    return events.of_invitation(
        invitation, before={"state": str(before)}, after={"state": state.value}
    )
