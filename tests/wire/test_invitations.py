"""R-INV on the wire: who is told what of an invitation, and what becomes of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orgs.models import Account, AccountStatus, Event, Invitation, InvitationState, Role, Tag, User
from orgs.operations.tags import tag_resource
from tests.factories import (
    AccountFactory,
    actor_for,
    make_administrator,
    make_organization,
)
from tests.wire.conftest import World, make_world
from tests.wire.signing import (
    Key,
    ask,
    assert_refused,
    call,
    code_of,
    key_for,
    send,
    signed_headers,
)

INVITE = "/v1/organizations/accounts/invite"
SENT, RECEIVED = "/v1/organizations/handshakes", "/v1/received-handshakes"
NOT_FOUND, NOT_PENDING = (404, "Organizations.1400"), (400, "Organizations.1401")
IN_ORGANIZATION, NOT_ACTIVE = (409, "Organizations.1150"), (400, "Organizations.1359")
INVALID, QUOTA = (400, "Organizations.1050"), (400, "Organizations.1305")


def invite(key: Key, account: Account, *, kind="account", **given):
    entity = account.pk if kind == "account" else account.name
    body = {"target": {"type": kind, "entity": entity}, "notes": ""} | given
    return ask(key, "POST", INVITE, body)


def invited_by(world: World, account: Account, **given) -> str:
    response = invite(world.keys["manager"], account, **given)
    assert response.status_code == 200, response.content
    return response.json()["handshake"]["id"]


def answer(key: Key, handshake_id: str, word: str):
    return ask(key, "POST", f"{RECEIVED}/{handshake_id}/{word}")


def cancel(key: Key, handshake_id: str):
    return ask(key, "POST", f"{SENT}/{handshake_id}/cancel")


def shown(key: Key, handshake_id: str):
    return call(key, "GET", f"{SENT}/{handshake_id}").json()["handshake"]


@pytest.fixture(autouse=True)
def not_counted(counted_by_nobody):
    """A refusal writes nothing at all."""


@pytest.fixture
def alone(world) -> Account:
    return Account.objects.get(users__access_keys=world.keys["alone"].id)


@pytest.mark.parametrize("kind", ["account", "name"])
def test_r_inv_2_the_invitation_shows_the_target_as_it_was_given(world, manager, alone, kind):
    entity = alone.pk if kind == "account" else alone.name.upper()
    target = {"type": kind, "entity": entity}

    response = call(manager, "POST", INVITE, {"target": target, "notes": " Hello\nworld "})

    told = response.json()["handshake"]
    management, organization = world.organization.management_account, world.organization
    invitation = Invitation.objects.get()
    assert told == {
        "id": invitation.pk,
        "urn": f"organizations::{management.pk}:handshake:{organization.pk}/{invitation.pk}",
        "updated_at": None,
        "created_at": invitation.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "expired_at": (invitation.created_at + timedelta(days=14)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "management_account_id": management.pk,
        "management_account_name": management.name,
        "organization_id": organization.pk,
        "notes": "Hello\nworld",
        "target": target,
        "status": "pending",
    }
    assert invitation.account == alone


@pytest.mark.parametrize(
    ("target", "refusal"),
    [
        ({"type": "account", "entity": "0" * 32}, (404, "Organizations.1300")),
        ({"type": "name", "entity": "nobody-there"}, (404, "Organizations.1300")),
        ({"type": "email", "entity": "a@example.org"}, INVALID),
        ({"type": "account", "entity": "account-00000"}, INVALID),
    ],
)
def test_r_inv_2_a_target_that_is_none(world, manager, target, refusal):
    body = {"target": target, "notes": ""}
    said = assert_refused(lambda: call(manager, "POST", INVITE, body), refusal)
    if refusal[0] == 404:
        assert said == f"There is no account {target['entity']} in this installation."


def test_r_inv_3_only_accounts_that_stand_alone(world, manager):
    theirs = make_organization()[0].management_account
    for account in (world.member, world.organization.management_account, theirs):
        assert_refused(lambda account=account: invite(manager, account), IN_ORGANIZATION)
    resource = AccountFactory(is_resource_account=True)
    assert_refused(lambda: invite(manager, resource), NOT_ACTIVE)


@pytest.mark.parametrize("status", [AccountStatus.PENDING_CLOSURE, AccountStatus.SUSPENDED])
def test_r_inv_4_only_active_accounts(world, manager, status):
    account = AccountFactory(status=status)
    assert_refused(lambda: invite(manager, account), NOT_ACTIVE)


def nobody(_account):
    return False


def test_r_inv_5_the_installation_may_refuse_a_target(world, manager, alone, settings):
    settings.INVITATION_ELIGIBILITY = "tests.wire.test_invitations.nobody"
    assert_refused(lambda: invite(manager, alone), NOT_ACTIVE)


def test_r_inv_6_one_open_invitation_of_one_organization(world, manager, alone):
    invited_by(world, alone)
    refusal = (409, "Organizations.1450")
    assert_refused(lambda: invite(manager, alone, kind="name"), refusal)

    assert invite(make_world().keys["manager"], alone).status_code == 200


def test_r_inv_7_twenty_in_a_day(world, manager, settings):
    settings.INVITATIONS = 2
    accounts = [AccountFactory() for _ in range(3)]
    for account in accounts[:2]:
        invited_by(world, account)
    said = assert_refused(lambda: invite(manager, accounts[2]), (400, "Organizations.1451"))
    free_at = Invitation.objects.earliest("created_at").created_at + settings.INVITATION_WINDOW
    assert f"{free_at:%Y-%m-%d %H:%M} UTC" in said

    Invitation.objects.update(created_at=timezone.now() - settings.INVITATION_WINDOW)
    assert invite(manager, accounts[2]).status_code == 200


def test_r_inv_8_an_invitation_runs_out_by_the_clock(world, manager, alone):
    """Before any job has looked, and for every reader alike (R-INV-12)."""
    handshake_id = invited_by(world, alone)
    ran_out = timezone.now().replace(microsecond=0) - timedelta(seconds=1)
    Invitation.objects.update(expires_at=ran_out)

    told = shown(manager, handshake_id)

    assert Invitation.objects.get().state == InvitationState.PENDING
    assert told["status"] == "expired"
    assert told["updated_at"] == told["expired_at"] == ran_out.strftime("%Y-%m-%dT%H:%M:%SZ")
    for key, url in ((manager, SENT), (world.keys["alone"], RECEIVED)):
        assert call(key, "GET", url).json()["handshakes"] == [told]
    for word in ("accept", "decline"):
        assert_refused(
            lambda word=word: answer(world.keys["alone"], handshake_id, word), NOT_PENDING
        )
    assert_refused(lambda: cancel(manager, handshake_id), NOT_PENDING)
    assert invite(manager, alone).status_code == 200


ENDINGS = {"accepted": "accept", "declined": "decline", "cancelled": "cancel"}


@pytest.mark.parametrize("state", ENDINGS)
def test_r_inv_1_an_end_is_final(world, manager, alone, state):
    handshake_id = invited_by(world, alone)

    def do(word):
        key = manager if word == "cancel" else world.keys["alone"]
        return cancel(key, handshake_id) if word == "cancel" else answer(key, handshake_id, word)

    ended = do(ENDINGS[state])

    assert ended.status_code == 200
    told = ended.json()["handshake"]
    assert told["status"] == state
    # R-INV-12
    assert told["updated_at"] == Invitation.objects.get().updated_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert shown(world.keys["alone"], handshake_id) == shown(manager, handshake_id) == told
    for word in ENDINGS.values():
        assert_refused(lambda word=word: do(word), NOT_PENDING)


def test_r_inv_11_an_invitation_is_not_there_for_others(world, manager, alone):
    """Nor is it told apart from one that never was: the same bytes."""
    handshake_id = invited_by(world, alone)
    told = shown(manager, handshake_id)
    for name in ("reader", "member", "member_reader", "alone"):
        assert shown(world.keys[name], handshake_id) == told
    strangers = {
        "another organization": make_world().keys["manager"],
        "no organization": key_for(make_administrator(AccountFactory())),
    }
    absent = "h-" + "0" * 32
    for key in strangers.values():
        for method, template in (
            ("GET", SENT + "/{}"),
            ("POST", RECEIVED + "/{}/accept"),
            ("POST", RECEIVED + "/{}/decline"),
        ):
            said = []
            for each in (handshake_id, absent):
                response = call(key, method, template.format(each))
                assert code_of(response) == NOT_FOUND
                request_id = response.json()["request_id"]
                text = response.content.decode().replace(request_id, "REQUEST")
                said.append(text.replace(each, "ID"))
            assert said[0] == said[1]
        assert call(key, "GET", RECEIVED).json()["handshakes"] == []
    theirs = call(strangers["another organization"], "GET", SENT).json()
    assert theirs == {"handshakes": [], "page_info": {"next_marker": None, "current_count": 0}}
    assert_refused(lambda: cancel(strangers["another organization"], handshake_id), NOT_FOUND)
    # The inviting organization's own accounts do not answer for the invited one.
    for name in ("manager", "member"):
        for word in ("accept", "decline"):
            key = world.keys[name]
            assert_refused(lambda key=key, word=word: answer(key, handshake_id, word), NOT_FOUND)


def test_r_inv_11_received_ones_are_the_callers_own(world, manager, alone):
    invited_by(world, AccountFactory())
    mine = [invited_by(world, alone), invited_by(make_world(), alone)]

    told = call(world.keys["alone"], "GET", RECEIVED).json()

    assert [each["id"] for each in told["handshakes"]] == mine
    assert told["page_info"] == {"next_marker": None, "current_count": 2}
    # A member has received some too, and its organization's manager does not see them there.
    assert call(manager, "GET", RECEIVED).json()["handshakes"] == []


def test_r_inv_14_who_has_joined_elsewhere_since(world, alone):
    key, first, second = world.keys["alone"], invited_by(world, alone), None
    second = invited_by(make_world(), alone)
    assert answer(key, first, "accept").status_code == 200

    assert_refused(lambda: answer(key, second, "accept"), IN_ORGANIZATION)

    # R-INV-16, and R-INV-1 is asked first
    assert shown(key, second)["status"] == "pending"
    assert_refused(lambda: answer(key, first, "accept"), NOT_PENDING)
    assert answer(key, second, "decline").json()["handshake"]["status"] == "declined"


def test_r_inv_14_the_quota_may_be_used_up_since(world, manager, alone, settings):
    handshake_id = invited_by(world, alone)
    settings.ACCOUNT_QUOTA = 2
    assert_refused(lambda: answer(world.keys["alone"], handshake_id, "accept"), QUOTA)
    assert shown(manager, handshake_id)["status"] == "pending"

    settings.ACCOUNT_QUOTA = 3  # the invitation itself does not count
    assert answer(world.keys["alone"], handshake_id, "accept").status_code == 200


def test_r_inv_18_open_invitations_count_against_the_quota(world, manager, alone, settings):
    settings.ACCOUNT_QUOTA = 3
    invited_by(world, alone)
    another = AccountFactory()
    assert_refused(lambda: invite(manager, another), QUOTA)


def test_r_inv_15_accepting_brings_the_tags_and_the_membership(world, manager, alone):
    tags = [{"key": "team", "value": "a"}, {"key": "cost", "value": ""}]
    handshake_id = invited_by(world, alone, tags=tags)
    assert not Tag.objects.filter(account=alone).exists()

    response = answer(world.keys["alone"], handshake_id, "accept")

    assert response.json()["handshake"]["status"] == "accepted"
    told = call(manager, "GET", f"/v1/organizations/accounts/{alone.pk}").json()["account"]
    assert (told["join_method"], told["status"]) == ("invited", "active")
    alone.refresh_from_db()
    assert alone.unit == world.root
    found = call(manager, "GET", f"/v1/organizations/resources/{alone.pk}/tags").json()["tags"]
    assert sorted(found, key=str) == sorted(tags, key=str)
    own = call(world.keys["alone"], "GET", "/v1/organizations").json()["organization"]
    assert own["id"] == world.organization.pk
    event = Event.objects.order_by("-pk").first()
    assert (event.kind, event.request_id) == ("acceptHandshake", response["X-Request-Id"])


def test_r_tag_1_an_invitation_promises_no_more_tags_than_an_account_holds(
    world, manager, alone, settings
):
    settings.TAG_QUOTA = 1
    tags = [{"key": key, "value": ""} for key in ("a", "b")]

    assert_refused(lambda: invite(manager, alone, tags=tags), (400, "Organizations.1703"))

    # The quotas of accounts and of invitations are asked before.
    settings.INVITATIONS = 0
    assert_refused(lambda: invite(manager, alone, tags=tags), (400, "Organizations.1451"))
    settings.ACCOUNT_QUOTA = 2
    assert_refused(lambda: invite(manager, alone, tags=tags), QUOTA)


def test_r_org_17_who_left_may_join_again_without_its_old_tags(world, manager, alone):
    key = world.keys["alone"]
    assert answer(key, invited_by(world, alone), "accept").status_code == 200
    tag_resource(
        actor=actor_for(User.objects.get(access_keys=manager.id)),
        resource_id=alone.pk,
        tags=[("a", "b")],
    )
    assert call(key, "POST", "/v1/organizations/leave").status_code == 200

    assert answer(key, invited_by(world, alone), "accept").status_code == 200

    url = f"/v1/organizations/resources/{alone.pk}/tags"
    assert call(manager, "GET", url).json()["tags"] == []


def test_r_org_11_invitations_of_a_deleted_organization_are_cancelled_and_still_shown(alone, world):
    manager = make_organization()[0].management_account.users.get()
    key = key_for(manager)
    handshake_id = invite(key, alone).json()["handshake"]["id"]
    assert call(key, "DELETE", "/v1/organizations").status_code == 204

    told = shown(world.keys["alone"], handshake_id)

    assert told["status"] == "cancelled"
    assert told["management_account_id"] == manager.account_id
    assert call(world.keys["alone"], "GET", RECEIVED).json()["handshakes"] == [told]
    assert code_of(call(key, "GET", f"{SENT}/{handshake_id}")) == NOT_FOUND


@pytest.mark.parametrize("body", [b"", b"{}", b"null"])
@pytest.mark.parametrize("word", ["accept", "decline", "cancel"])
def test_an_answer_needs_no_body(world, manager, alone, word, body):
    handshake_id = invited_by(world, alone)
    key = manager if word == "cancel" else world.keys["alone"]
    url = f"{SENT if word == 'cancel' else RECEIVED}/{handshake_id}/{word}"

    assert call(key, "POST", url, body).status_code == 200


@pytest.mark.parametrize("word", ["accept", "decline", "cancel"])
def test_p4_an_answer_that_is_sent_twice_is_answered_alike(world, manager, alone, word):
    handshake_id = invited_by(world, alone)
    key = manager if word == "cancel" else world.keys["alone"]
    url = f"{SENT if word == 'cancel' else RECEIVED}/{handshake_id}/{word}"
    signed = signed_headers(key, "POST", url)

    first, second = (send("POST", url, signed) for _ in range(2))

    assert first.status_code == second.status_code == 200
    assert first.content == second.content
    assert_refused(lambda: ask(key, "POST", url), NOT_PENDING)


def test_p4_an_invitation_that_is_sent_twice_is_one(world, manager, alone):
    token = {"X-Idempotency-Key": "order-1"}
    body = {"target": {"type": "account", "entity": alone.pk}, "notes": ""}
    first, second = (call(manager, "POST", INVITE, body, headers=token) for _ in range(2))

    assert first.status_code == 200
    assert first.content == second.content
    assert Invitation.objects.count() == 1
    assert Event.objects.filter(kind="inviteAccount").count() == 1


def test_r_inv_17_a_reader_answers_for_nobody(world, manager, alone):
    """Whatever it asks for, its role is asked first."""
    handshake_id = invited_by(world, alone)
    reader = key_for(make_administrator(alone, username="a-reader", role=Role.READER))
    denied = (403, "Organizations.1007")
    for word in ("accept", "decline"):
        assert_refused(lambda word=word: answer(reader, handshake_id, word), denied)
        assert_refused(lambda word=word: answer(reader, "none", word), denied)
    assert_refused(lambda: cancel(world.keys["reader"], "none"), denied)
    assert_refused(lambda: call(world.keys["reader"], "POST", INVITE, b"{"), denied)
    assert shown(reader, handshake_id)["status"] == "pending"


def test_the_check_order_of_an_invitation(world, manager, alone, settings):
    """Each condition of the contract hides the ones that follow it, in the contract's order."""
    settings.TAG_QUOTA, settings.INVITATIONS, settings.ACCOUNT_QUOTA = 0, 0, 0
    tags = [{"key": "a", "value": ""}]
    there = Account.objects.filter(pk=alone.pk)
    pending = Invitation(
        organization=world.organization,
        account=alone,
        target_type="account",
        target=alone.pk,
        created_at=timezone.now(),
        expires_at=timezone.now() + timedelta(days=1),
    )

    def attempt(**given):
        return invite(manager, alone, tags=tags, **given)

    there.update(status=AccountStatus.SUSPENDED)
    pending.save()
    assert_refused(lambda: attempt(notes="\x00"), INVALID)
    unknown = {"target": {"type": "name", "entity": "nobody-there"}}
    assert_refused(lambda: attempt(**unknown), (404, "Organizations.1300"))
    suspended_member = {"target": {"type": "account", "entity": world.member.pk}}
    Account.objects.filter(pk=world.member.pk).update(status=AccountStatus.SUSPENDED)
    assert_refused(lambda: attempt(**suspended_member), IN_ORGANIZATION)
    assert_refused(attempt, NOT_ACTIVE)
    there.update(status=AccountStatus.ACTIVE)
    assert_refused(attempt, (409, "Organizations.1450"))
    pending.delete()
    assert_refused(attempt, QUOTA)
    settings.ACCOUNT_QUOTA = 10
    assert_refused(attempt, (400, "Organizations.1451"))
    settings.INVITATIONS = 20
    assert_refused(attempt, (400, "Organizations.1703"))
    settings.TAG_QUOTA = 20
    assert attempt().status_code == 200
