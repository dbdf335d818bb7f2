"""R-INV-1 to R-INV-18: an organization asks, the account answers, the clock ends what nobody answers."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from orgs import access, errors, operations, queries, tasks
from orgs.actor import Actor
from orgs.models import (
    Account,
    AccountStatus,
    AgencyKind,
    Event,
    Invitation,
    InvitationState,
    JobState,
    Organization,
    Role,
)
from orgs.operations.invitations import (
    accept_invitation,
    cancel_invitation,
    decline_invitation,
    invite_account,
    resend_invitation,
)
from tests.digest import digest_of_database
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization() -> Organization:
    return make_organization("inviting-root")[0]


@pytest.fixture
def manager(organization) -> Actor:
    return actor_for(organization.management_account.users.get())


@pytest.fixture
def owner() -> Actor:
    """The administrator of an account that stands alone and has an address."""
    account = AccountFactory(name="invited-one", email="owner@example.com")
    return actor_for(make_administrator(account, username="owner"))


@pytest.fixture
def mails_are_sent(settings):
    settings.MAILS_ARE_SENT = True


def invite(manager: Actor, owner: Actor, **given) -> Invitation:
    wanted = {"target_type": "account", "target": owner.account_id} | given
    return invite_account(actor=manager, **wanted)


def account_of(actor: Actor) -> Account:
    return Account.objects.get(pk=actor.account_id)


def refused(condition, operation, **arguments):
    """The refusal; nothing is written."""
    before = digest_of_database()
    with pytest.raises(condition) as refusal:
        operation(**arguments)
    assert digest_of_database() == before
    return refusal.value


def not_eligible(_account):
    return False


def accepted(*, owner: Actor, pk: str, **_: Actor) -> Invitation:
    return accept_invitation(actor=owner, invitation_id=pk)


def declined(*, owner: Actor, pk: str, **_: Actor) -> Invitation:
    return decline_invitation(actor=owner, invitation_id=pk)


def cancelled(*, manager: Actor, pk: str, **_: Actor) -> Invitation:
    return cancel_invitation(actor=manager, invitation_id=pk)


def resent(*, manager: Actor, pk: str, **_: Actor) -> Invitation:
    return resend_invitation(actor=manager, invitation_id=pk)


ENDINGS = {
    InvitationState.ACCEPTED: accepted,
    InvitationState.DECLINED: declined,
    InvitationState.CANCELLED: cancelled,
}
SECOND_ACTIONS = {**{state.value: end for state, end in ENDINGS.items()}, "resent": resent}


@pytest.mark.parametrize("second", SECOND_ACTIONS)
@pytest.mark.parametrize("state", [*ENDINGS, InvitationState.EXPIRED])
def test_r_inv_1_end_states_are_final(manager, owner, clock, state, second):
    invitation = invite(manager, owner)
    if state == InvitationState.EXPIRED:
        clock.forward(days=14)
        tasks.do_chores()
    else:
        ENDINGS[state](manager=manager, owner=owner, pk=invitation.pk)
    invitation.refresh_from_db()
    assert invitation.state == state

    refused(
        errors.HandshakeNotPending,
        SECOND_ACTIONS[second],
        manager=manager,
        owner=owner,
        pk=invitation.pk,
    )


@pytest.mark.parametrize(
    "state", [InvitationState.DECLINED, InvitationState.CANCELLED, InvitationState.EXPIRED]
)
def test_r_inv_1_after_an_end_a_new_one_may_be_sent(manager, owner, clock, state):
    first = invite(manager, owner)
    if state == InvitationState.EXPIRED:
        clock.forward(days=14)
    else:
        ENDINGS[state](manager=manager, owner=owner, pk=first.pk)

    second = invite(manager, owner)

    first.refresh_from_db()
    assert (first.state, second.state) == (state, InvitationState.PENDING)
    assert accept_invitation(actor=owner, invitation_id=second.pk).state == "accepted"


def test_r_inv_2_by_name_and_shown_as_it_was_given(manager, owner):
    invitation = invite(manager, owner, target_type="name", target="Invited-ONE")

    assert invitation.account_id == owner.account_id
    assert (invitation.target_type, invitation.target) == ("name", "Invited-ONE")


@pytest.mark.parametrize(
    ("target_type", "target", "field"),
    [
        ("e-mail", "owner@example.com", "target.type"),
        ("", "invited-one", "target.type"),
        ("account", "invited-one", "target.entity"),
        ("account", "ou-00000000", "target.entity"),
        ("name", "x", "target.entity"),
    ],
)
def test_r_inv_2_what_is_no_target(manager, owner, target_type, target, field):
    refusal = refused(
        errors.InvalidParameter,
        invite_account,
        actor=manager,
        target_type=target_type,
        target=target,
    )
    assert refusal.field == field


@pytest.mark.parametrize(("target_type", "target"), [("account", "0" * 32), ("name", "nobody-so")])
def test_r_inv_2_an_account_that_is_not_there(manager, target_type, target):
    refused(
        errors.AccountNotFound,
        invite_account,
        actor=manager,
        target_type=target_type,
        target=target,
    )


def test_r_inv_3_members_of_this_and_of_other_organizations_and_the_caller_itself(
    manager, organization
):
    here = AccountFactory(member_of=organization.root)
    elsewhere = AccountFactory(member_of=make_organization()[0].root)
    for account_id in (here.pk, elsewhere.pk, manager.account_id):
        refused(
            errors.AccountAlreadyInOrganization,
            invite_account,
            actor=manager,
            target_type="account",
            target=account_id,
        )


def test_r_inv_3_a_resource_account_that_stands_alone_is_no_full_account(manager, owner):
    Account.objects.filter(pk=owner.account_id).update(is_resource_account=True)
    refused(errors.AccountNotActive, invite, manager=manager, owner=owner)

    Account.objects.filter(pk=owner.account_id).update(is_converted=True)
    assert invite(manager, owner).state == InvitationState.PENDING


@pytest.mark.parametrize("status", [AccountStatus.PENDING_CLOSURE, AccountStatus.SUSPENDED])
def test_r_inv_4_a_target_that_is_not_active(manager, owner, status):
    Account.objects.filter(pk=owner.account_id).update(status=status)
    refused(errors.AccountNotActive, invite, manager=manager, owner=owner)


def test_r_inv_5_the_installation_has_its_say(manager, owner, settings):
    settings.INVITATION_ELIGIBILITY = "tests.orgs.operations.test_invitations.not_eligible"
    refused(errors.AccountNotActive, invite, manager=manager, owner=owner)


def test_r_inv_6_one_pending_invitation_of_an_organization_to_an_account(manager, owner):
    invite(manager, owner)
    refused(errors.HandshakeDuplicate, invite, manager=manager, owner=owner)

    other = make_organization()[1]
    assert invite(other, owner).state == InvitationState.PENDING


def test_r_inv_7_twenty_in_a_day_of_which_the_accepted_ones_do_not_count(
    manager, owner, settings, clock
):
    settings.ACCOUNT_QUOTA = 100
    accepted = invite(manager, owner)
    accept_invitation(actor=owner, invitation_id=accepted.pk)
    sent = [invite(manager, actor_of_a_new_account()) for _ in range(20)]
    cancel_invitation(actor=manager, invitation_id=sent[0].pk)  # it was an attempt all the same
    another = actor_of_a_new_account()

    refusal = refused(errors.InviteRate, invite, manager=manager, owner=another)

    assert refusal.facts["limit"] == 20
    assert refusal.facts["next_at"] == f"at {clock.at + timedelta(hours=24):%Y-%m-%d %H:%M} UTC"
    clock.forward(hours=24)
    assert invite(manager, another).state == InvitationState.PENDING


def actor_of_a_new_account() -> Actor:
    return actor_for(make_administrator(AccountFactory()))


def test_r_inv_8_fourteen_days_and_every_reader_is_told_before_any_chore(
    manager, organization, owner, clock
):
    invitation = invite(manager, owner)
    assert invitation.expires_at == invitation.created_at + timedelta(days=14)
    clock.forward(days=14, seconds=-1)
    assert row_of(manager, invitation).state == "pending"

    clock.forward(seconds=1)

    for reader in (manager, owner):
        row = row_of(reader, invitation)
        assert (row.state, row.updated_at) == ("expired", invitation.expires_at)
    assert [row.state for row in sent_by(manager, organization)] == ["expired"]
    assert [row.state for row in queries.invitations.list_received(actor=owner).rows] == ["expired"]
    for action in SECOND_ACTIONS.values():
        with pytest.raises(errors.HandshakeNotPending):
            action(manager=manager, owner=owner, pk=invitation.pk)
    assert Event.objects.order_by("-pk").first().kind == "inviteAccount"


def test_r_aud_4_an_expiry_is_an_event_of_nobody_written_once(manager, organization, owner, clock):
    invitation = invite(manager, owner)
    invite(make_organization()[1], owner)
    clock.forward(days=15)

    tasks.do_chores()
    tasks.do_chores()

    event = organization.events.get(kind="expireHandshake")
    assert (event.actor_account_id, event.actor_username, event.is_operator) == ("", "", False)
    target = event.targets.get()
    assert (target.entity_id, target.before, target.after) == (
        invitation.pk,
        {"state": "pending"},
        {"state": "expired"},
    )
    assert Event.objects.filter(kind="expireHandshake").count() == 2


def row_of(actor: Actor, invitation: Invitation) -> queries.invitations.InvitationRow:
    return queries.invitations.get_invitation(actor=actor, invitation_id=invitation.pk)


def sent_by(actor: Actor, organization: Organization) -> list[queries.invitations.InvitationRow]:
    permissions = access.permissions_of(actor, organization)
    return queries.invitations.list_sent(actor=actor, permissions=permissions).rows


def test_r_inv_9_notes_of_several_lines_and_twenty_tags(manager, owner):
    tags = [(f"key-{number}", "value") for number in range(20)]

    invitation = invite(manager, owner, notes=" Dear owner,\r\njoin us. ", tags=tags)

    assert invitation.notes == "Dear owner,\njoin us."
    refused(
        errors.InvalidParameter,
        invite,
        manager=manager,
        owner=actor_of_a_new_account(),
        tags=[*tags, ("one-more", "")],
    )
    refused(
        errors.InvalidParameter,
        invite,
        manager=manager,
        owner=actor_of_a_new_account(),
        notes="x" * 1_025,
    )


@pytest.mark.parametrize("end", [InvitationState.DECLINED, InvitationState.CANCELLED])
def test_r_inv_9_tags_have_no_effect_where_it_is_not_accepted(manager, owner, end):
    invitation = invite(manager, owner, tags=[("team", "a")])

    ENDINGS[end](manager=manager, owner=owner, pk=invitation.pk)

    assert list(account_of(owner).tags.all()) == []
    assert account_of(owner).stands_alone


@pytest.mark.usefixtures("mails_are_sent")
def test_r_inv_10_one_mail_to_the_invited_accounts_address(
    manager, owner, organization, run_jobs, settings
):
    settings.SITE_ADDRESS = "https://organizations.example.com"
    invitation = invite(manager, owner, notes="Dear owner,\njoin us.")
    assert mail.outbox == []

    run_jobs()
    run_jobs()

    (sent,) = mail.outbox
    assert (sent.to, sent.cc, sent.bcc) == (["owner@example.com"], [], [])
    assert sent.subject == "inviting-root invites you to join its organization"
    assert "Dear owner,\njoin us." in sent.body
    assert f"until {invitation.expires_at:%Y-%m-%d %H:%M} UTC" in sent.body
    assert f"https://organizations.example.com/invitations/{invitation.pk}/" in sent.body
    assert sent.extra_headers["Message-ID"].startswith(f"<{invitation.pk}.")
    assert Invitation.objects.get().mailed_at is not None
    assert organization.jobs.get().state == JobState.DONE


def test_r_inv_10_a_mail_that_was_taken_is_not_sent_again_by_a_second_job(
    manager, owner, mails_are_sent, run_jobs
):
    invitation = invite(manager, owner)
    run_jobs()

    operations.invitations.deliver_invitation(invitation.pk)

    assert len(mail.outbox) == 1


@pytest.mark.parametrize("lacking", ["address", "server"])
def test_r_inv_10_without_address_or_server_the_invitation_stands(
    manager, owner, settings, run_jobs, lacking
):
    settings.MAILS_ARE_SENT = lacking != "server"
    if lacking == "address":
        Account.objects.filter(pk=owner.account_id).update(email=None)
    invitation = invite(manager, owner)

    run_jobs()

    assert mail.outbox == []
    invitation.refresh_from_db()
    assert (invitation.state, invitation.mailed_at) == (InvitationState.PENDING, None)
    assert [row.id for row in queries.invitations.list_received(actor=owner).rows] == [
        invitation.pk
    ]
    assert invitation.organization.jobs.get().state == JobState.DONE


@pytest.mark.usefixtures("mails_are_sent")
def test_r_inv_10_a_server_that_is_away_is_tried_again_and_then_given_up(
    manager, owner, organization, run_jobs, settings
):
    settings.JOB_ATTEMPTS = 2
    settings.MAILERS = {"default": {"BACKEND": "no.such.Backend"}}
    invitation = invite(manager, owner)

    run_jobs(times=2)

    job = organization.jobs.get()
    assert (job.state, job.attempts) == (JobState.DEAD, 2)
    invitation.refresh_from_db()
    assert (invitation.state, invitation.mailed_at) == (InvitationState.PENDING, None)


@pytest.mark.parametrize("end", [*ENDINGS, InvitationState.EXPIRED])
@pytest.mark.usefixtures("mails_are_sent")
def test_r_inv_10_what_has_ended_meanwhile_is_not_mailed(manager, owner, run_jobs, clock, end):
    invitation = invite(manager, owner)
    if end == InvitationState.EXPIRED:
        clock.forward(days=14)
    else:
        ENDINGS[end](manager=manager, owner=owner, pk=invitation.pk)

    run_jobs()

    assert mail.outbox == []


def test_resend_mails_once_more_and_does_not_last_longer(
    manager, owner, mails_are_sent, run_jobs, clock
):
    invitation = invite(manager, owner)
    run_jobs()
    refusal = refused(
        errors.HandshakeResentRecently,
        resend_invitation,
        actor=manager,
        invitation_id=invitation.pk,
    )
    assert "can be sent again at" in str(refusal)

    clock.forward(minutes=10)
    again = resend_invitation(actor=manager, invitation_id=invitation.pk)
    run_jobs()

    assert again.expires_at == invitation.expires_at
    first, second = mail.outbox
    assert first.to == second.to
    assert first.extra_headers["Message-ID"] != second.extra_headers["Message-ID"]
    refused(
        errors.HandshakeResentRecently,
        resend_invitation,
        actor=manager,
        invitation_id=invitation.pk,
    )


def test_r_inv_11_who_sees_what(manager, owner, organization):
    invitation = invite(manager, owner)
    reader = actor_for(make_administrator(organization.management_account, role=Role.READER))
    member = actor_for(make_administrator(AccountFactory(member_of=organization.root)))
    outsider, alone = make_organization()[1], actor_of_a_new_account()

    for actor in (manager, reader, member, owner):
        assert row_of(actor, invitation).id == invitation.pk
    for actor in (outsider, alone, Actor(account_id=None, user_id=None)):
        with pytest.raises(errors.HandshakeNotFound):
            row_of(actor, invitation)
    for actor in (manager, reader):
        assert [row.id for row in sent_by(actor, organization)] == [invitation.pk]
    with pytest.raises(errors.NotManagementOrDelegated):
        sent_by(member, organization)
    for actor, ids in ((owner, [invitation.pk]), (alone, []), (manager, []), (outsider, [])):
        rows = queries.invitations.list_received(actor=actor).rows
        assert [row.id for row in rows] == ids
    for answer in (accept_invitation, decline_invitation):
        for actor in (manager, outsider, alone):
            refused(errors.HandshakeNotFound, answer, actor=actor, invitation_id=invitation.pk)
    for actor in (outsider,):
        refused(
            errors.HandshakeNotFound, cancel_invitation, actor=actor, invitation_id=invitation.pk
        )


@pytest.mark.parametrize("end", ENDINGS)
def test_r_inv_12_updated_at_is_empty_until_it_ends(manager, owner, clock, end):
    invitation = invite(manager, owner)
    assert row_of(owner, invitation).updated_at is None
    clock.forward(hours=5)

    ENDINGS[end](manager=manager, owner=owner, pk=invitation.pk)

    assert row_of(owner, invitation).updated_at == clock.at


def test_r_inv_12_an_expired_one_ended_when_it_ran_out(manager, owner, clock):
    invitation = invite(manager, owner)
    clock.forward(days=20)
    tasks.do_chores()

    assert row_of(owner, invitation).updated_at == invitation.expires_at


def test_r_inv_13_kept_for_a_year_after_its_end(manager, owner, clock):
    ended, still_open = invite(manager, owner), invite(make_organization()[1], owner)
    decline_invitation(actor=owner, invitation_id=ended.pk)
    Invitation.objects.filter(pk=still_open.pk).update(expires_at=clock.at + timedelta(days=999))

    clock.forward(days=365)
    tasks.do_daily_chores()
    assert row_of(owner, ended).state == "declined"

    clock.forward(seconds=1)
    tasks.do_daily_chores()
    with pytest.raises(errors.HandshakeNotFound):
        row_of(owner, ended)
    assert row_of(owner, still_open).state == "pending"


def test_r_inv_14_who_has_joined_another_organization_meanwhile(manager, owner):
    first, second = invite(manager, owner), invite(make_organization()[1], owner)
    accept_invitation(actor=owner, invitation_id=second.pk)

    refused(
        errors.AccountAlreadyInOrganization,
        accept_invitation,
        actor=owner,
        invitation_id=first.pk,
    )
    assert Invitation.objects.get(pk=first.pk).state == InvitationState.PENDING


def test_r_inv_14_who_has_founded_one_meanwhile(manager, owner):
    invitation = invite(manager, owner)
    operations.organizations.create_organization(actor=owner)

    refused(
        errors.AccountAlreadyInOrganization,
        accept_invitation,
        actor=owner,
        invitation_id=invitation.pk,
    )
    assert Invitation.objects.get().state == InvitationState.PENDING


def test_r_inv_14_the_quota_which_this_invitation_itself_does_not_use(
    manager, owner, organization, settings
):
    settings.ACCOUNT_QUOTA = 2
    invitation = invite(manager, owner)
    organization.account_quota = 1
    organization.save(update_fields=["account_quota"])
    refused(
        errors.AccountQuotaExceeded,
        accept_invitation,
        actor=owner,
        invitation_id=invitation.pk,
    )
    assert Invitation.objects.get().state == InvitationState.PENDING

    organization.account_quota = 2
    organization.save(update_fields=["account_quota"])
    assert accept_invitation(actor=owner, invitation_id=invitation.pk).state == "accepted"


def test_r_inv_14_that_it_has_ended_is_asked_first(manager, owner, clock):
    invitation = invite(manager, owner)
    operations.organizations.create_organization(actor=owner)
    clock.forward(days=14)

    refused(errors.HandshakeNotPending, accept_invitation, actor=owner, invitation_id=invitation.pk)


def test_r_inv_15_what_accepting_does_in_one_step(manager, owner, organization, clock):
    invitation = invite(manager, owner, tags=[("team", "a")])
    clock.forward(hours=1)

    accept_invitation(actor=owner, invitation_id=invitation.pk)

    account = account_of(owner)
    assert (account.organization, account.unit) == (organization, organization.root)
    assert (account.join_method, account.joined_at) == ("invited", clock.at)
    assert list(account.tags.values_list("key", "value")) == [("team", "a")]
    agency = account.agencies.get()
    assert (agency.kind, agency.service) == (AgencyKind.SERVICE_LINKED, "service.Organizations")
    assert access.permissions_of(owner, organization) == {"view_organization"}
    event = organization.events.latest("number")
    assert (event.kind, event.actor_account_id) == ("acceptHandshake", account.pk)
    assert [target.entity_type for target in event.targets.order_by("place")] == [
        "account",
        "handshake",
    ]


def test_an_invitation_may_name_the_unit_and_the_root_takes_its_place_where_it_is_gone(
    manager, owner, organization
):
    unit, gone = UnitFactory(parent=organization.root), UnitFactory(parent=organization.root)
    first = invite(manager, owner, destination_parent_id=unit.pk)
    other = actor_of_a_new_account()
    second = invite(manager, other, destination_parent_id=gone.pk)
    operations.units.delete_organizational_unit(actor=manager, unit_id=gone.pk)

    accept_invitation(actor=owner, invitation_id=first.pk)
    accept_invitation(actor=other, invitation_id=second.pk)

    assert account_of(owner).unit == unit
    assert account_of(other).unit == organization.root


def test_r_inv_16_other_invitations_stay_open(manager, owner):
    invitation, other = invite(manager, owner), invite(make_organization()[1], owner)

    accept_invitation(actor=owner, invitation_id=invitation.pk)

    assert Invitation.objects.get(pk=other.pk).state == InvitationState.PENDING
    assert decline_invitation(actor=owner, invitation_id=other.pk).state == "declined"


@pytest.mark.parametrize("answer", [accept_invitation, decline_invitation])
def test_r_inv_17_only_administrators_of_the_account_answer(manager, owner, answer):
    invitation = invite(manager, owner)
    reader = actor_for(make_administrator(account_of(owner), role=Role.READER))

    refused(errors.PermissionDenied, answer, actor=reader, invitation_id=invitation.pk)


def test_r_inv_18_open_invitations_count_against_the_quota(manager, owner, settings, clock):
    settings.ACCOUNT_QUOTA = 2
    invitation = invite(manager, owner)
    another = actor_of_a_new_account()
    refused(errors.AccountQuotaExceeded, invite, manager=manager, owner=another)
    refused(
        errors.AccountQuotaExceeded,
        operations.creations.create_account,
        actor=manager,
        name="brand-new",
    )

    clock.forward(days=14)  # by the clock, before any chore

    assert invite(manager, another).state == InvitationState.PENDING
    invitation.refresh_from_db()
    assert invitation.state == InvitationState.EXPIRED  # written down with the next invitation


def test_r_org_11_a_deleted_organization_cancels_what_is_open(manager, owner, organization):
    invitation = invite(manager, owner)

    operations.organizations.delete_organization(actor=manager)

    row = row_of(owner, invitation)
    assert (row.state, row.organization_id) == ("cancelled", organization.pk)
    refused(errors.HandshakeNotPending, accept_invitation, actor=owner, invitation_id=invitation.pk)


def test_chores_of_one_organization_do_not_stop_those_of_the_next(manager, owner, clock, caplog):
    invite(manager, owner)
    invite(make_organization()[1], owner)
    clock.forward(days=14)

    def gone(_organization_id: str) -> None:
        raise errors.OrganizationNotFound(organization_id=_organization_id)

    tasks._each(gone, ["o-00000000", "o-00000001"])
    tasks.do_chores()

    assert len(re.findall("has to wait", caplog.text)) == 2
    assert set(Invitation.objects.values_list("state", flat=True)) == {"expired"}
    assert timezone.now() == clock.at
