"""The vendor's SDK, unchanged but for endpoint and key, against a live server, as every class of caller."""

from dataclasses import dataclass
from datetime import timedelta

import huaweicloudsdkorganizations.v1 as sdk
import pytest
from django.db import connection
from django.utils import timezone
from huaweicloudsdkcore.auth.credentials import GlobalCredentials
from huaweicloudsdkcore.region.region import Region

from orgs import operations
from orgs.models import Account, Role, User
from orgs.permissions import Permission
from tests.digest import digest_of_database
from tests.factories import AccountFactory, actor_for, make_administrator, make_organization
from tests.wire.conftest import (
    DENY_LEAVING,
    World,
    attach_tag_policy,
    attach_to_everything,
    fill,
    make_policy,
    make_world,
    switch_on,
)
from tests.wire.contract import OPERATIONS, PRESENT, codes_of
from tests.wire.sdk import SDK_WARNINGS, ask, assert_filled, client
from tests.wire.signing import Key, key_for
from tests.wire.test_authorization import trust

pytestmark = [pytest.mark.django_db(transaction=True), *SDK_WARNINGS]

SCP = "service_control_policy"


@dataclass
class Life:
    """Accounts at turns of their lives; the invited one has a key in the world."""

    closing: Account
    leaving: Account
    free: Account
    to_accept: str
    to_decline: str
    to_cancel: str
    creation: str
    policies: dict[str, str]


@pytest.fixture
def world(live_server) -> World:
    found = make_world()
    manager = actor_for(User.objects.get(access_keys=found.keys["manager"].id))
    trust(manager, "service.AOM", "service.COC")
    operations.delegated_administrators.register_delegated_administrator(
        actor=manager, account_id=found.member.pk, service_principal="service.AOM"
    )
    found.keys["delegated"] = found.keys.pop("member")
    # Like every account that may stand alone (R-ORG-13).
    Account.objects.update(created_at=timezone.now() - timedelta(days=30))
    return found


@pytest.fixture
def life(world) -> Life:
    manager = actor_for(User.objects.get(access_keys=world.keys["manager"].id))
    long_ago = timezone.now() - timedelta(days=30)
    closing, leaving = (AccountFactory(member_of=world.root, created_at=long_ago) for _ in range(2))
    invited = AccountFactory()
    world.keys["invited"] = key_for(make_administrator(invited))
    member = AccountFactory(member_of=world.root, created_at=long_ago)
    world.keys["member"] = key_for(make_administrator(member))
    world.keys["member_reader"] = key_for(make_administrator(member, role=Role.READER))
    creation = operations.creations.create_account(actor=manager, name="under-way")
    return Life(
        closing,
        leaving,
        AccountFactory(),
        *[
            operations.invitations.invite_account(
                actor=actor, target_type="name", target=account.name, notes="Join us.\nBye."
            ).pk
            for actor, account in (
                (manager, invited),
                (make_organization()[1], invited),
                (manager, AccountFactory()),
            )
        ],
        creation.pk,
        policies_of(world),
    )


def policies_of(world: World) -> dict[str, str]:
    """Policies to attach, to detach and to delete, by what will be done with them."""
    switch_on(world.organization)
    attach_tag_policy(world.root)
    made = {}
    for act in ("attach", "detach", "delete"):
        for is_dry_run in (False, True):
            name = f"{act}_dry_run_policy" if is_dry_run else f"{act}_policy"
            policy = make_policy(world.organization, name, is_dry_run=is_dry_run)
            made[name] = policy.pk
            if act == "detach":
                attach_to_everything(policy)
    return made


def requests_of(world: World, life: Life) -> dict[str, dict]:
    """A good request of every operation, in an order in which each can be made."""
    creation = {"create_account_status_id": life.creation}
    contacts = {"email": "new@example.org", "phone": "+4912345"}
    target = sdk.TargetDto(type="account", entity=life.free.pk)
    account, unit = {"account_id": world.member.pk}, {"organizational_unit_id": world.unit.pk}
    typed, resource = {"resource_type": "organizations:ous"}, {"resource_id": world.unit.pk}
    tags = [sdk.TagDto(key="env", value="测试"), sdk.TagDto(key="cost", value="")]
    tried = life.policies
    delegation = {
        "body": sdk.DelegatedAdministratorReqBody(
            service_principal="service.COC", account_id=world.member.pk
        )
    }
    entity = {"body": sdk.PolicyTachReqBody(entity_id=world.unit.pk)}
    return {
        "show_organization": {},
        "list_roots": {"limit": 1},
        "create_policy": {
            "x_language": "zh-cn",
            "body": sdk.CreatePolicyReqBody(
                name="不许离开", content=DENY_LEAVING, description="", type=SCP, tags=tags
            ),
        },
        "show_effective_policies": {"entity_id": world.member.pk, "policy_type": "tag_policy"},
        "list_policies": {"attached_entity_id": world.unit.pk, "x_language": "zh-cn", "limit": 5},
        "show_policy": {"policy_id": "p-FullAccess", "x_language": "en-us"},
        "update_policy": {
            "policy_id": life.policies["attach_policy"],
            "body": sdk.UpdatePolicyReqBody(description="nobody leaves"),
        },
        "attach_policy": {"policy_id": life.policies["attach_policy"]} | entity,
        "list_entities_for_policy": {"policy_id": "p-FullAccess", "limit": 2000},
        "detach_policy": {"policy_id": life.policies["detach_policy"]} | entity,
        "delete_policy": {"policy_id": life.policies["delete_policy"]},
        "show_dry_run_config": {"root_id": world.root.pk, "policy_type": SCP},
        "create_dry_run_policy": {
            "x_language": "zh-cn",
            "body": sdk.CreateDryRunPolicyReqBody(
                name="不许离开", content=DENY_LEAVING, description="", type=SCP, tags=tags
            ),
        },
        "list_dry_run_policies": {"attached_entity_id": world.unit.pk, "limit": 5},
        "show_dry_run_policy": {"policy_id": tried["attach_dry_run_policy"]},
        "update_dry_run_policy": {
            "policy_id": tried["attach_dry_run_policy"],
            "body": sdk.UpdatePolicyReqBody(description="nobody leaves"),
        },
        "attach_dry_run_policy": {"policy_id": tried["attach_dry_run_policy"]} | entity,
        "list_entities_for_dry_run_policy": {"policy_id": tried["detach_dry_run_policy"]},
        "detach_dry_run_policy": {"policy_id": tried["detach_dry_run_policy"]} | entity,
        "delete_dry_run_policy": {"policy_id": tried["delete_dry_run_policy"]},
        "update_dry_run_config": {
            "body": sdk.UpdateDryRunConfigReqBody(
                policy_type=SCP,
                root_id=world.root.pk,
                status="disabled",
                bucket_name="logs",
                region_id="eu-1",
                bucket_prefix="dry/",
                agency_name="Writer",
            )
        },
        "create_organizational_unit": {
            "body": sdk.CreateOrganizationalUnitReqBody(
                name="Zürich – 東京", parent_id=world.root.pk, tags=tags
            )
        },
        "update_organizational_unit": unit
        | {"body": sdk.UpdateOrganizationalUnitReqBody(name="R&D")},
        "show_organizational_unit": unit,
        "list_organizational_units": {"parent_id": world.root.pk},
        "list_accounts": {"with_register_contact_info": True},
        "show_account": account | {"with_register_contact_info": True},
        "update_account": account | {"body": sdk.UpdateAccountReqBody(description="new")},
        "list_entities": {"child_id": world.member.pk},
        "tag_resource": resource | {"body": sdk.TagResourceReqBody(tags=tags[:1])},
        "create_tag_resource": typed | resource | {"body": sdk.TagResourceReqBody(tags=tags[1:])},
        "list_tags_for_resource": resource,
        "list_tag_resources": typed | resource | {"limit": 2000},
        "list_resource_tags": typed,
        "list_resource_instances": typed
        | {
            "limit": 10,
            "offset": "0",
            "body": sdk.ResourceInstanceReqBody(
                tags=[sdk.TagsDTO(key="env", values=["测试"])],
                matches=[sdk.Match(key="resource_name", value="r&")],
            ),
        },
        "show_resource_instances_count": typed | {"body": sdk.ResourceInstanceReqBody()},
        "untag_resource": resource | {"body": sdk.UntagResourceReqBody(tag_keys=["env"])},
        "delete_tag_resource": typed | resource | {"body": sdk.TagResourceReqBody(tags=tags[1:])},
        "move_account": account
        | {
            "body": sdk.MoveAccountReqBody(
                source_parent_id=world.unit.pk, destination_parent_id=world.root.pk
            )
        },
        "create_account": {
            "body": sdk.CreateAccountReqBody(
                name="brand-new",
                **contacts,
                agency_name="Way.In",
                description="Zürich – 東京",
                tags=tags,
            )
        },
        "create_resource_account": {
            "body": sdk.CreateResourceAccountReqBody(
                name="brand-new-2", agency_name="Way.In", description="", tags=[]
            )
        },
        "show_create_account_status": creation,
        "list_create_account_statuses": {"states": ["in_progress", "failed"], "limit": 2},
        "close_account": {"account_id": life.closing.pk},
        "list_close_account_statuses": {"states": ["pending_closure", "suspended"]},
        "remove_account": {"account_id": life.leaving.pk},
        "delete_organizational_unit": unit,
        "invite_account": {
            "body": sdk.InviteAccountReqBody(target=target, notes="Hello", tags=tags)
        },
        "list_handshakes": {"limit": 2},
        "list_received_handshakes": {},
        "show_handshake": {"handshake_id": life.to_accept},
        "cancel_handshake": {"handshake_id": life.to_cancel},
        "decline_handshake": {"handshake_id": life.to_decline},
        "accept_handshake": {"handshake_id": life.to_accept},
        "leave_organization": {},
        "disable_policy_type": {
            "body": sdk.PolicyTypeReqBody(policy_type=SCP, root_id=world.root.pk)
        },
        "enable_policy_type": {
            "body": sdk.PolicyTypeReqBody(policy_type=SCP, root_id=world.root.pk)
        },
        "enable_trusted_service": {
            "body": sdk.TrustedServiceReqBody(service_principal="service.LTS")
        },
        "list_trusted_services": {"limit": 2},
        "disable_trusted_service": {
            "body": sdk.TrustedServiceReqBody(service_principal="service.LTS")
        },
        "register_delegated_administrator": delegation,
        "list_delegated_administrators": {"service_principal": "service.COC", "limit": 1},
        "list_delegated_services": account,
        "deregister_delegated_administrator": delegation,
        "list_quotas": {},
        "list_services": {},
        "list_tag_policy_services": {},
        "create_organization": {},
        "delete_organization": {},
    }


# What an account does for itself.
BY_THE_INVITED = {
    "list_received_handshakes",
    "decline_handshake",
    "accept_handshake",
    "leave_organization",
    "create_organization",
    "delete_organization",
}


def test_the_sdk_calls_every_operation_that_stands(live_server, world, life, run_jobs):
    manager, invited = (client(live_server, world.keys[name]) for name in ("manager", "invited"))
    requests = requests_of(world, life)
    assert set(requests) == set(PRESENT)

    for name, arguments in requests.items():
        if name == "enable_policy_type":
            run_jobs()  # what was switched off before it is off
        answer = ask(invited if name in BY_THE_INVITED else manager, name, arguments)

        assert not isinstance(answer, tuple), (name, answer)
        assert answer.status_code == PRESENT[name]["success_status"]
        assert_filled(answer, PRESENT[name]["response"]["fields"])

    world.member.refresh_from_db()
    assert (world.member.unit_id, world.member.description) == (world.root.pk, "new")


DENIED, NO_ORGANIZATION = (403, "Organizations.1007"), (401, "Organizations.1015")
NO_INVITATION, NOT_MANAGEMENT = (404, "Organizations.1400"), (401, "Organizations.1001")
# What each hears, by the contract's caller rule; founding has a word of its own. Else it is answered.
CLASSES = {
    "reader": {
        "management_only": DENIED,
        "member_only": DENIED,
        "invited_account": DENIED,
        "founding": DENIED,
    },
    "delegated": {
        "management_only": NOT_MANAGEMENT,
        "member_only": (400, "Organizations.1304"),  # as long as it is one (R-DA-8)
        "invited_account": NO_INVITATION,
        "founding": (409, "Organizations.1150"),
    },
    "member": {
        "management_or_delegated_admin": (401, "Organizations.1002"),
        "management_only": NOT_MANAGEMENT,
        "invited_account": NO_INVITATION,
        "founding": (409, "Organizations.1150"),
    },
    "member_reader": {
        "management_or_delegated_admin": (401, "Organizations.1002"),
        "management_only": DENIED,
        "member_only": DENIED,
        "invited_account": DENIED,
        "founding": DENIED,
    },
    "invited": {
        "management_or_delegated_admin": NO_ORGANIZATION,
        "management_only": NO_ORGANIZATION,
        "org_member": NO_ORGANIZATION,
    },
    "alone": {
        "management_or_delegated_admin": NO_ORGANIZATION,
        "management_only": NO_ORGANIZATION,
        "org_member": NO_ORGANIZATION,
        "member_only": NO_ORGANIZATION,
        "invited_account": NO_INVITATION,
        "org_member_or_target": NO_INVITATION,
    },
}


@pytest.mark.parametrize("caller", CLASSES)
def test_the_sdk_is_told_what_each_class_of_caller_may(live_server, world, life, caller):
    wanted, of = CLASSES[caller], client(live_server, world.keys[caller])
    requests = requests_of(world, life)
    if caller in ("delegated", "member"):
        requests["leave_organization"] = requests.pop("leave_organization")  # after it, it is alone
    for name, arguments in requests.items():
        if name == "delete_organization" and caller in ("alone", "invited"):
            continue  # by then it has one
        answer = ask(of, name, arguments)

        rule = "founding" if name == "create_organization" else OPERATIONS[name]["caller_rule"]
        if isinstance(answer, tuple):
            assert answer in codes_of(name)
        assert (answer if isinstance(answer, tuple) else None) == wanted.get(rule), name


def test_the_sdk_waits_for_an_account_that_is_created(live_server, world, run_jobs):
    """R-ACC-10: the client polls by the request's id."""
    of = client(live_server, world.keys["manager"])
    body = sdk.CreateAccountReqBody(name="brand-new")
    begun = ask(of, "create_account", {"body": body}).create_account_status
    polled = {"create_account_status_id": begun.id}
    assert (begun.state, begun.account_id, begun.completed_at) == ("in_progress", None, None)
    assert ask(of, "show_create_account_status", polled).create_account_status == begun

    run_jobs()

    ended = ask(of, "show_create_account_status", polled).create_account_status
    assert (ended.state, ended.failure_reason, ended.failure_detail_msg) == (
        "succeeded",
        None,
        None,
    )
    assert ended.created_at == begun.created_at <= ended.completed_at
    account = ask(of, "show_account", {"account_id": ended.account_id}).account
    assert (account.name, account.join_method, account.status) == (
        "brand-new",
        "created",
        "active",
    )
    listed = ask(of, "list_create_account_statuses", {"states": ["succeeded"]})
    assert listed.create_account_statuses == [ended]


def test_the_sdk_waits_for_an_account_that_is_closed(live_server, world, life, run_jobs):
    """R-CLO-14: from active to closed, and in between its keys are refused."""
    of = client(live_server, world.keys["manager"])
    own = client(live_server, key_for(make_administrator(life.closing)))
    assert ask(own, "show_organization", {}).status_code == 200
    assert ask(of, "close_account", {"account_id": life.closing.pk}).status_code == 200
    (request,) = ask(of, "list_close_account_statuses", {}).close_account_statuses
    assert (request.account_id, request.state, request.updated_at) == (
        life.closing.pk,
        "pending_closure",
        None,
    )
    assert ask(own, "show_organization", {}) == DENIED

    run_jobs()

    (request,) = ask(of, "list_close_account_statuses", {}).close_account_statuses
    assert (request.state, request.failure_reason) == ("suspended", None)
    assert ask(own, "show_organization", {}) == DENIED


def test_the_sdk_invites_and_is_accepted(live_server, world, life):
    of, invited = (client(live_server, world.keys[name]) for name in ("manager", "invited"))
    for_it = ask(invited, "list_received_handshakes", {}).handshakes
    assert [each.id for each in for_it] == [life.to_accept, life.to_decline]
    assert for_it[0] == ask(of, "show_handshake", {"handshake_id": life.to_accept}).handshake
    assert for_it[0].management_account_name == world.organization.management_account.name

    accepted = ask(invited, "accept_handshake", {"handshake_id": life.to_accept}).handshake

    assert accepted.status == "accepted"
    assert accepted.updated_at is not None
    joined = ask(invited, "show_organization", {}).organization
    assert joined.id == accepted.organization_id == world.organization.pk


ONCE = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="so many requests are made on SQLite"
)


@pytest.mark.parametrize(
    ("accounts", "limits"),
    [(45, (1, 7, 45)), (2_345, (200, 2_000)), pytest.param(2_345, (1, 7), marks=ONCE)],
)
def test_the_sdk_pages_through_accounts_and_misses_none(
    live_server, world, settings, accounts, limits
):
    settings.RATE_PER_KEY = settings.RATE_PER_ORGANIZATION = 0
    fill(world, accounts - 2)
    of = client(live_server, world.keys["manager"])
    for limit in limits:
        seen, marker = [], None
        while True:
            page = ask(of, "list_accounts", {"limit": limit, "marker": marker})
            seen += [account.id for account in page.accounts]
            marker = page.page_info.next_marker
            if marker is None:
                break
            assert page.page_info.current_count == len(page.accounts) == limit
        assert len(seen) == len(set(seen)) == accounts


def test_the_sdk_learns_whose_key_it_has(live_server, world, monkeypatch):
    """With a region instead of an endpoint it asks for the account first."""
    monkeypatch.setenv("HUAWEICLOUD_SDK_IAM_ENDPOINT", live_server.url)
    monkeypatch.setenv("HUAWEICLOUD_SDK_STS_ENDPOINT", live_server.url)
    key = world.keys["manager"]
    of = (
        sdk.OrganizationsClient.new_builder()
        .with_credentials(GlobalCredentials(key.id, key.secret))
        .with_region(Region("any", live_server.url))
        .build()
    )

    answer = ask(of, "show_organization", {})

    assert answer.organization.id == world.organization.pk
    assert of._credentials.domain_id == world.organization.management_account_id


def test_the_sdk_names_the_account_and_a_wrong_one_is_refused(live_server, world):
    key, own = world.keys["manager"], world.organization.management_account_id
    assert ask(client(live_server, key, domain_id=own), "list_quotas", {}).status_code == 200
    wrong = client(live_server, key, domain_id=world.member.pk)
    assert ask(wrong, "list_quotas", {}) == (401, "APIGW.0301")
    stranger = client(live_server, Key(key.id, "wrong"))
    assert ask(stranger, "list_quotas", {}) == (401, "APIGW.0301")


def test_the_sdk_works_inside_a_granted_unit_and_is_refused_outside(live_server, world):
    """Rights on a unit hold on the wire: on it and below it, nowhere else, and until they end."""
    manager = actor_for(User.objects.get(access_keys=world.keys["manager"].id))
    keeper = make_administrator(AccountFactory(member_of=world.root), username="keeper")
    grant = operations.scoped_grants.create_scoped_grant(
        actor=manager,
        unit_id=world.unit.pk,
        username=keeper.username,
        permissions=[Permission.CREATE_UNIT],
    )
    of = client(live_server, key_for(keeper))

    def create(parent_id: str, name: str):
        body = sdk.CreateOrganizationalUnitReqBody(name=name, parent_id=parent_id)
        return ask(of, "create_organizational_unit", {"body": body})

    made = create(world.unit.pk, "Mine").organizational_unit
    assert create(made.id, "Below").organizational_unit.name == "Below"
    before = digest_of_database()
    assert create(world.root.pk, "Theirs") == DENIED
    ungranted = {"organizational_unit_id": made.id}
    assert ask(of, "delete_organizational_unit", ungranted) == NOT_MANAGEMENT
    assert digest_of_database() == before

    operations.scoped_grants.revoke_scoped_grant(actor=manager, grant_id=grant.pk)

    assert create(world.unit.pk, "Late") == NOT_MANAGEMENT
