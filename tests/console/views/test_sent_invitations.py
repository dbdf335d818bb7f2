"""An invitation that was sent is taken back or mailed again: asked first, as dialog and as page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orgs.models import Invitation, InvitationState
from orgs.operations.invitations import invite_account
from orgs.operations.scoped_grants import create_scoped_grant
from tests.console.conftest import signed_in
from tests.console.htmx import DIALOG
from tests.console.reading import read
from tests.factories import AccountFactory, actor_for, make_administrator, make_organization


@pytest.fixture
def invitation(company) -> Invitation:
    account = AccountFactory(name="north-office", email="north@example.com")
    return invite_account(
        actor=actor_for(company.administrator), target_type="name", target=account.name
    )


@pytest.fixture
def mails(settings):
    settings.MAILS_ARE_SENT = True


def at(invitation: Invitation, act: str) -> str:
    return f"/accounts/invitations/{invitation.pk}/{act}/"


def test_cancelling_is_asked_first(administrator, invitation):
    page = read(administrator.get(at(invitation, "cancel")))
    assert page.text("h1") == ["Cancel the invitation to north-office?"]
    assert page.text("button", class_="danger") == ["Cancel invitation"]
    assert "Keep it" in page.text("a", class_="button")

    answer = administrator.post(at(invitation, "cancel"))

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/invitations/")
    invitation.refresh_from_db()
    assert invitation.state == InvitationState.CANCELLED


def test_a_dialog_stays_over_the_list_and_the_list_is_told(administrator, invitation):
    part = administrator.get(at(invitation, "cancel"), headers=DIALOG)
    assert part.content.decode().lstrip().startswith("<form")

    answer = administrator.post(at(invitation, "cancel"), headers=DIALOG)

    assert "structure-changed" in answer["HX-Trigger"]
    assert "The invitation to north-office is cancelled." in answer["HX-Trigger"]


def test_r_inv_1_one_that_has_ended_offers_nothing(administrator, invitation):
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    for act in ("cancel", "resend"):
        page = read(administrator.get(at(invitation, act)))
        assert page.text("p", class_="notice") == ["This invitation has ended: Expired."]
        assert [one for one in page.attributes("button", type="submit") if one.get("class")] == []
        assert administrator.post(at(invitation, act)).status_code == 409


def test_an_invitation_is_sent_again(administrator, invitation, mails):
    sent_before = timezone.now() - timedelta(hours=1)
    Invitation.objects.update(created_at=sent_before)
    page = read(administrator.get(at(invitation, "resend")))
    assert page.text("h1") == ["Send the invitation to north-office again?"]

    answer = administrator.post(at(invitation, "resend"))

    assert answer.status_code == 302
    invitation.refresh_from_db()
    assert invitation.resent_at is not None
    refused = administrator.post(at(invitation, "resend"), headers=DIALOG)
    assert refused.status_code == 409
    assert "This invitation was sent a moment ago." in refused.content.decode()
    assert refused["HX-Retarget"] == "#dialog-refusal"


def test_without_a_mail_server_nothing_is_sent_again(administrator, invitation):
    page = read(administrator.get(at(invitation, "resend")))

    assert page.text("p", class_="notice")[0].startswith("This installation sends no e-mails.")


@pytest.mark.parametrize("act", ["cancel", "resend"])
def test_r_inv_11_only_who_sent_it_can_do_anything_with_it(company, invitation, act, mails):
    reader = read(signed_in(company.reader).get(at(invitation, act)))
    assert reader.text("p", class_="notice") == [
        "Only administrators of the management account can do this."
    ]
    _elsewhere, stranger = make_organization()
    invited = make_administrator(invitation.account)
    for user, status in ((stranger.user_id, 404), (invited.pk, 403)):
        client = signed_in(type(invited).objects.get(pk=user))
        assert client.get(at(invitation, act)).status_code == status
        assert client.post(at(invitation, act)).status_code in {403, 404}
    invitation.refresh_from_db()
    assert invitation.state == InvitationState.PENDING


def test_who_may_invite_on_a_unit_takes_back_what_leads_there_and_nothing_else(company):
    manager = actor_for(company.administrator)
    account = AccountFactory(member_of=company.organization.root)
    grantee = signed_in(make_administrator(account, username="grantee"))
    unit_id = company.member.unit_id
    create_scoped_grant(
        actor=manager, unit_id=unit_id, username="grantee", permissions=["invite_account"]
    )
    inside, outside = (
        invite_account(
            actor=manager,
            target_type="account",
            target=AccountFactory().pk,
            destination_parent_id=place,
        )
        for place in (unit_id, None)
    )

    page = read(grantee.get(at(outside, "cancel")))
    assert page.attributes("button", type="submit") == []
    assert page.text("p", class_="notice") == [
        "This is not among the rights that you were granted here: Invite accounts, and take invitations back."
    ]
    assert grantee.post(at(outside, "cancel")).status_code == 403
    answer = grantee.post(at(inside, "cancel"))

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/invitations/")
    assert grantee.get("/accounts/invitations/").status_code == 200
    states = [Invitation.objects.get(pk=one.pk).state for one in (inside, outside)]
    assert states == [InvitationState.CANCELLED, InvitationState.PENDING]
