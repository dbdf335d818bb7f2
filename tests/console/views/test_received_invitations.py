"""Invitations to the own account: who sees them, what they tell, and the answer."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from console.templatetags.console import left_until
from orgs import operations, queries
from orgs.models import Account, AccountStatus, Invitation, InvitationState, Organization, Role
from tests.console.conftest import HTMX, signed_in
from tests.console.reading import Page
from tests.digest import digest_of_database
from tests.factories import (
    AccountFactory,
    InvitationFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return AccountFactory(name="harbour-studio")


@pytest.fixture
def inviter() -> Organization:
    return make_organization("harbour-group")[0]


@pytest.fixture
def invitation(inviter, account) -> Invitation:
    unit = UnitFactory(parent=inviter.root, name="Studios")
    return InvitationFactory(
        organization=inviter,
        account=account,
        notes="Dear colleagues,\nplease join us.\n\nMara <b>",
        tags={"team": "studio"},
        destination=unit,
    )


@pytest.fixture
def owner(account) -> Client:
    return signed_in(make_administrator(account))


def address(invitation: Invitation, then: str = "") -> str:
    return f"/invitations/{invitation.pk}/{then}"


def test_the_invitation_tells_an_owner_everything_that_matters(owner, invitation, inviter):
    response = owner.get(address(invitation))

    page = Page(response.text)
    assert page.text("h1") == ["Invitation to join harbour-group"]
    assert inviter.management_account_id in page.text("code")
    assert inviter.pk in page.text("code")
    assert "Dear colleagues,\nplease join us.\n\nMara &lt;b&gt;</p>" in response.text
    assert "Open until" in page.text("p", class_="under")[0]
    assert "13 days left" in page.text("p", class_="under")[0]
    after, seen, leaving = page.text("ul", class_="lines")
    assert "It is placed in the unit Studios" in after
    assert "teamstudio" in after
    assert "Guardrails of the organization bind it" in after
    assert "e-mail address, phone number" in seen
    assert "all tags it got in the organization are deleted" in leaving
    assert page.attributes("a", href=address(invitation, "accept/")) != []
    assert page.attributes("a", href=address(invitation, "decline/")) != []


def test_the_invitation_does_not_tell_the_quota_or_other_units(owner, invitation, inviter):
    inviter.account_quota = 4711
    inviter.save(update_fields=["account_quota"])
    UnitFactory(parent=inviter.root, name="Secret-unit")

    text = owner.get(address(invitation)).text

    assert "4711" not in text
    assert "Secret-unit" not in text


def test_an_invitation_without_a_unit_and_tags_says_so(owner, inviter, account):
    page = Page(owner.get(address(InvitationFactory(organization=inviter, account=account))).text)

    after = page.text("ul", class_="lines")[0]
    assert "It is placed directly under the root of the organization" in after
    assert "It gets no tags for now" in after
    assert page.text("p", class_="kept-lines") == []


def test_accept_is_asked_once_more_and_then_the_account_is_a_member(owner, invitation, account):
    page = Page(owner.get(address(invitation, "accept/")).text)
    assert page.text("h1") == ["Join harbour-group?"]
    account.refresh_from_db()
    assert account.stands_alone

    response = owner.post(address(invitation, "accept/"), follow=True)

    assert response.redirect_chain == [("/account/", 302)]
    page = Page(response.text)
    assert page.text("div", class_="toast") == ["Your account is a member of harbour-group now."]
    account.refresh_from_db()
    assert account.unit.name == "Studios"
    (told,) = Page(owner.get(address(invitation)).text).text("p", class_="notice")
    assert told.startswith("Your account accepted and is a member of this organization.")


def test_decline_is_asked_once_more_and_is_final(owner, invitation, account):
    page = Page(owner.get(address(invitation, "decline/")).text)
    assert page.text("h1") == ["Decline the invitation of harbour-group?"]
    invitation.refresh_from_db()
    assert invitation.state == InvitationState.PENDING

    response = owner.post(address(invitation, "decline/"), follow=True)

    assert response.redirect_chain == [(address(invitation), 302)]
    assert "Your account declined. That is final" in response.text
    invitation.refresh_from_db()
    assert invitation.state == InvitationState.DECLINED
    for then in ("accept/", "decline/"):
        assert owner.get(address(invitation, then))["Location"] == address(invitation)
        assert owner.post(address(invitation, then)).status_code == 409
    account.refresh_from_db()
    assert account.stands_alone


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (InvitationState.ACCEPTED, "Your account accepted, and has gone"),
        (InvitationState.DECLINED, "Your account declined."),
        (InvitationState.CANCELLED, "The organization took its invitation back"),
        (InvitationState.EXPIRED, "Nobody answered in time"),
    ],
)
def test_r_inv_1_an_ended_invitation_tells_what_became_of_it(owner, inviter, account, state, told):
    ended = InvitationFactory(organization=inviter, account=account, state=state)

    page = Page(owner.get(address(ended)).text)

    assert told in page.text("p", class_="notice")[0]
    assert page.attributes("a", href=address(ended, "accept/")) == []
    assert "Your answer" not in page.text("h2")


def test_r_inv_8_an_invitation_has_expired_by_the_clock(owner, inviter, account):
    past = timezone.now() - timedelta(seconds=1)
    overdue = InvitationFactory(organization=inviter, account=account, expires_at=past)

    assert "Nobody answered in time" in owner.get(address(overdue)).text
    assert owner.post(address(overdue, "accept/")).status_code == 409
    account.refresh_from_db()
    assert account.stands_alone


def test_r_org_11_an_invitation_of_a_deleted_organization_tells_so(owner, invitation, inviter):
    actor = actor_for(inviter.management_account.users.get())
    operations.units.delete_organizational_unit(
        actor=actor, unit_id=inviter.units.get(name="Studios").pk
    )
    operations.organizations.delete_organization(actor=actor)

    assert "The organization was deleted" in owner.get(address(invitation)).text


def test_r_inv_14_an_account_that_is_in_an_organization_can_only_decline(account, invitation):
    member_of = make_organization("first-choice")[0]
    owner = signed_in(make_administrator(account))
    Account.objects.filter(pk=account.pk).update(
        organization=member_of,
        unit=member_of.root,
        join_method="invited",
        joined_at=timezone.now(),
    )

    page = Page(owner.get(address(invitation)).text)

    assert page.text("p", id="why-not")[0].startswith("Your account is a member of first-choice")
    assert page.attributes("a", href="/leave/") != []
    assert page.attributes("button", class_="primary")[0]["disabled"] is None
    assert page.attributes("a", href=address(invitation, "decline/")) != []
    assert owner.post(address(invitation, "accept/")).status_code == 409
    invitation.refresh_from_db()
    assert invitation.state == InvitationState.PENDING


def test_r_inv_14_a_full_organization_is_refused_without_its_numbers(owner, invitation, inviter):
    inviter.account_quota = 1
    inviter.save(update_fields=["account_quota"])

    response = owner.post(address(invitation, "accept/"))

    assert response.status_code == 409
    assert Page(response.text).text("h1")[0].startswith("The organization has no room")
    invitation.refresh_from_db()
    assert invitation.state == InvitationState.PENDING


def test_r_inv_17_a_reader_sees_it_with_the_reason_why_the_buttons_are_off(account, invitation):
    reader = signed_in(make_administrator(account, role=Role.READER))

    page = Page(reader.get(address(invitation)).text)

    assert page.text("p", id="why-not")[0].startswith("You are signed in as a reader")
    assert [
        button["disabled"] for button in page.attributes("button", aria_describedby="why-not")
    ] == [
        None,
        None,
    ]
    for then in ("accept/", "decline/"):
        assert reader.get(address(invitation, then)).status_code == 200
        assert reader.post(address(invitation, then)).status_code == 403
    invitation.refresh_from_db()
    assert invitation.state == InvitationState.PENDING


def test_r_clo_11_an_account_that_is_being_closed_answers_nothing(owner, account, invitation):
    Account.objects.filter(pk=account.pk).update(status=AccountStatus.PENDING_CLOSURE)
    before = digest_of_database()

    asked = owner.get(address(invitation))
    answers = [owner.post(address(invitation, then)) for then in ("accept/", "decline/")]

    assert asked.status_code == 403
    assert Page(asked.text).text("h1") == ["Your account is being closed or is closed."]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert digest_of_database() == before


@pytest.mark.parametrize("then", ["", "accept/", "decline/"])
def test_r_inv_11_an_id_is_no_credential(invitation, inviter, account, then):
    no_role = make_administrator(account, username="no-role")
    no_role.groups.clear()
    others = [
        inviter.management_account.users.get(),
        make_administrator(AccountFactory()),
        make_administrator(AccountFactory(member_of=inviter.root)),
        no_role,
    ]
    for user in others:
        client = signed_in(user)
        said = []
        for known in (invitation.pk, "h-" + "0" * 32, "h-" + "0" * 8, "nothing-like-it"):
            for ask in (client.get, client.post) if then else (client.get,):
                answer = ask(f"/invitations/{known}/{then}")
                said.append((answer.status_code, answer.text.replace(known, "ID")))
        assert {status for status, _text in said} == {404}
        assert len(set(said)) == 1
    invitation.refresh_from_db()
    assert invitation.state == InvitationState.PENDING


def test_r_inv_10_who_follows_the_link_in_the_mail_signs_in_and_comes_back(account, invitation):
    cache.clear()
    user = make_administrator(account, username="owner")
    user.set_password("calm-banyan-shade-42")
    user.save()
    client = Client()

    there = client.get(address(invitation))
    assert there["Location"] == f"/sign-in/?next={address(invitation)}"
    credentials = {"login": "owner", "password": "calm-banyan-shade-42"}
    back = client.post(there["Location"], credentials | {"next": address(invitation)})

    assert back["Location"] == address(invitation)
    cache.clear()


def test_the_list_has_open_ones_first_and_then_the_ended_ones(owner, account, monkeypatch):
    monkeypatch.setattr(queries.received_invitations, "PART", 2)
    now = timezone.now()

    def invite(name: str, days: int, **facts: object) -> None:
        InvitationFactory(
            organization=make_organization(name)[0],
            account=account,
            created_at=now - timedelta(days=days),
            **facts,
        )

    invite("sent-first", 3)
    invite("sent-last", 1)
    invite("ran-out", 20)
    invite("was-declined", 2, state=InvitationState.DECLINED)
    invite("was-taken-back", 30, state=InvitationState.CANCELLED)

    page = Page(owner.get("/invitations/").text)

    assert [name.split(" ")[0] for name in page.text("p") if "-" in name.split(" ")[0]] == [
        "sent-first",
        "sent-last",
        "was-declined",
        "ran-out",
    ]
    assert page.text("span", class_="menu-count") == ["2 open"]
    (older,) = [
        a["href"] for a in page.attributes("a", class_="button") if "before" in str(a["href"])
    ]
    later = Page(owner.get(older).text)
    assert "was-taken-back" in later.text("section")[2]
    assert "was-declined" not in later.text("section")[2]
    assert owner.get("/invitations/?before=nonsense").status_code == 422


def test_an_empty_list_says_so(owner):
    page = Page(owner.get("/invitations/").text)

    assert page.text("div", class_="empty") == [
        "No organization is waiting for an answer of yours."
    ]
    assert page.text("span", class_="menu-count") == []


@pytest.mark.parametrize("then", ["", "accept/", "decline/"])
def test_each_page_comes_as_a_fragment(owner, invitation, then):
    answer = owner.get(address(invitation, then), headers=HTMX)

    assert answer.text.lstrip().startswith('<section class="narrow')


def test_an_account_that_stands_alone_lands_on_its_invitations_first(owner, invitation):
    response = owner.get("/", follow=True)

    page = Page(response.text)
    assert page.text("h1") == ["An organization invites your account"]
    assert address(invitation) in [a["href"] for a in page.attributes("a")]
    assert "Or create an organization of your own" in page.text("h2")
    assert page.attributes("form", action="/organization/new/") != []


def test_the_menu_of_a_management_account_has_no_invitations(inviter):
    client = signed_in(inviter.management_account.users.get())

    assert Page(client.get("/account/").text).attributes("a", href="/invitations/") == []


@pytest.mark.parametrize("many", [1, 20])
def test_the_list_takes_the_same_statements_however_many(
    owner, account, many, django_assert_num_queries
):
    for _ in range(many):
        InvitationFactory(organization=make_organization()[0], account=account)

    with django_assert_num_queries(5):  # session, user; open ones, ended ones; the menu's count
        owner.get("/invitations/")


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (timedelta(days=14), "14 days left"),
        (timedelta(days=1, hours=23), "1 day left"),
        (timedelta(hours=23, minutes=59), "23 hours left"),
        (timedelta(hours=1), "1 hour left"),
        (timedelta(minutes=59), "59 minutes left"),
        (timedelta(seconds=30), "0 minutes left"),
        (timedelta(days=-1), "0 minutes left"),
    ],
)
def test_the_time_that_is_left_is_told_in_its_largest_whole_unit(left, told):
    assert left_until(timezone.now() + left + timedelta(seconds=1)) == told
