"""T6 and T7 on the wire: every operation as every caller, on its own, a foreign and an absent target."""

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from orgs import operations
from orgs.actor import Actor
from orgs.api.urls import EXTENSIONS, ROUTES
from orgs.models import (
    Account,
    AccountStatus,
    CreationRequest,
    Invitation,
    Organization,
    OrganizationalUnit,
    Policy,
    Role,
    ScopedGrant,
    User,
)
from orgs.operations.attachments import FULL_ACCESS
from orgs.permissions import SCOPED
from tests.console.conftest import signed_in
from tests.digest import digest_of_database
from tests.factories import AccountFactory, UnitFactory, make_administrator, make_organization
from tests.standing import as_made, standing
from tests.wire.authorization import CALLERS, DENIED, GRANTEES, TABLE, UNKNOWN
from tests.wire.conftest import (
    DENY_LEAVING,
    attach_tag_policy,
    attach_to_everything,
    make_policy,
    switch_on,
)
from tests.wire.contract import MISSING, codes_of
from tests.wire.signing import Key, call, code_of, key_for, send

pytestmark = pytest.mark.django_db

SCP = "service_control_policy"
ENDPOINTS = {
    endpoint.name: (method, path, endpoint) for method, path, endpoint in (*ROUTES, *EXTENSIONS)
}


@dataclass
class World:
    """Two organizations alike, and a key for each caller."""

    organization: Organization
    root: OrganizationalUnit
    unit: OrganizationalUnit
    empty: OrganizationalUnit
    member: Account
    delegated: Account
    free: Account
    invitation: Invitation
    creation: CreationRequest
    policies: dict[str, Policy]
    foreign: dict[str, str]
    keys: dict[str, Key]


def make_world() -> World:
    organization, actor = make_organization()
    other, outsider = make_organization()
    management, root = organization.management_account, organization.root
    unit, empty = (UnitFactory(parent=root) for _ in range(2))
    long_ago = timezone.now() - timedelta(days=30)
    member, delegated, suspended, removed = (
        AccountFactory(member_of=unit, created_at=long_ago) for _ in range(4)
    )
    alone, free = AccountFactory(), AccountFactory()
    users = {
        "manager": User.objects.get(pk=actor.user_id),
        "reader": make_administrator(management, role=Role.READER),
        "roleless": make_administrator(management, username="roleless"),
        "member": make_administrator(member),
        "member_reader": make_administrator(member, role=Role.READER),
        "delegated": make_administrator(delegated),
        "outsider": User.objects.get(pk=outsider.user_id),
        "alone": make_administrator(alone),
        "alone_reader": make_administrator(alone, role=Role.READER),
        "suspended": make_administrator(suspended),
        "removed": make_administrator(removed),
        "disabled": make_administrator(management, username="disabled"),
        "operator": make_administrator(AccountFactory(), username="operator"),
    }
    users |= {
        name: make_administrator(AccountFactory(member_of=root, created_at=long_ago), username=name)
        for name in GRANTEES
    }
    keys = {name: key_for(user) for name, user in users.items()}
    keys["wrong_secret"] = Key(keys["manager"].id, "x" * 40)
    users["roleless"].groups.clear()
    users["operator"].groups.clear()
    User.objects.filter(username="operator").update(account=None)
    User.objects.filter(username="disabled").update(is_active=False)
    Account.objects.filter(pk=suspended.pk).update(status=AccountStatus.SUSPENDED)
    removed.agencies.all().delete()
    Account.objects.filter(pk=removed.pk).update(
        organization=None, unit=None, join_method=None, joined_at=None
    )
    trust(actor, "service.AOM", "service.COC", "service.CES")
    operations.delegated_administrators.register_delegated_administrator(
        actor=actor, account_id=delegated.pk, service_principal="service.AOM"
    )
    invitation = invite(actor, alone)
    creation = operations.creations.create_account(actor=actor, name="under-way")
    foreign_unit = UnitFactory(parent=other.root)
    foreign_policies = policies_of(other)
    foreign = {
        "account_id": AccountFactory(member_of=foreign_unit).pk,
        "organizational_unit_id": foreign_unit.pk,
        "resource_id": foreign_unit.pk,
        "parent_id": other.root.pk,
        "source_parent_id": other.root.pk,
        "destination_parent_id": foreign_unit.pk,
        "child_id": foreign_unit.pk,
        "policy_id": foreign_policies["free"].pk,
        "policy_id on trial": foreign_policies["free trial"].pk,
        "attached_entity_id": foreign_unit.pk,
        "entity_id": foreign_unit.pk,
        "root_id": other.root.pk,
        "handshake_id": invite(outsider, AccountFactory()).pk,
        "create_account_status_id": operations.creations.create_account(
            actor=outsider, name="under-way-there"
        ).pk,
    }
    policies = policies_of(organization)
    places = dict.fromkeys(GRANTEES, root) | {"grantee_outside": UnitFactory(parent=root)}
    for name, place in places.items():
        operations.scoped_grants.create_scoped_grant(
            actor=actor,
            unit_id=place.pk,
            username=name,
            permissions=SCOPED,
            policy_ids=[FULL_ACCESS, *(policy.pk for policy in policies.values())],
        )
    ScopedGrant.objects.filter(user__username="grantee_expired").update(expires_at=timezone.now())
    return World(
        organization,
        root,
        unit,
        empty,
        member,
        delegated,
        free,
        invitation,
        creation,
        policies,
        foreign,
        keys,
    )


@pytest.fixture(scope="module")
def made_once(django_db_setup, django_db_blocker):
    with standing(django_db_blocker):
        yield make_world()


@pytest.fixture
def world(made_once, db) -> World:
    return as_made(made_once)


def policies_of(organization: Organization) -> dict[str, Policy]:
    """One that hangs everywhere, and one that hangs nowhere, of each set; all is switched on."""
    switch_on(organization)
    made = {name: make_policy(organization, name) for name in ("attached", "free")}
    for name in ("attached", "free"):
        made[f"{name} trial"] = make_policy(organization, name, is_dry_run=True)
    attach_tag_policy(organization.root)
    for name in ("attached", "attached trial"):
        attach_to_everything(made[name])
    return made


def invite(actor: Actor, account: Account) -> Invitation:
    return operations.invitations.invite_account(
        actor=actor, target_type="account", target=account.pk
    )


def trust(actor: Actor, *principals: str) -> None:
    for principal in principals:
        operations.trusted_services.enable_trusted_service(actor=actor, service_principal=principal)


@dataclass
class Ask:
    """A good request of an operation, in parts that can be swapped."""

    path: dict[str, str]
    body: dict[str, Any] | None = None
    query: dict[str, str] | None = None

    def sent(self, key: Key | None, name: str, *, cookies: str = ""):
        method, template, _endpoint = ENDPOINTS[name]
        url = template
        for parameter, value in self.path.items():
            url = url.replace(f"<{parameter}>", value)
        if self.query:
            url += "?" + "&".join(f"{each}={value}" for each, value in self.query.items())
        if key is None:
            headers = {"Content-Type": "application/json", "Host": "localhost", "Cookie": cookies}
            content = b"" if self.body is None else json.dumps(self.body).encode()
            return send(method, url, headers, content)
        return call(key, method, url, self.body)


def requests_of(world: World) -> dict[str, Ask]:
    account, unit = {"account_id": world.member.pk}, {"organizational_unit_id": world.unit.pk}
    resource = {"resource_id": world.unit.pk}
    typed = {"resource_type": "organizations%3Aous"}
    tag = {"tags": [{"key": "k", "value": "v"}]}
    moved = {"source_parent_id": world.unit.pk, "destination_parent_id": world.root.pk}
    handshake = {"handshake_id": world.invitation.pk}
    target = {"type": "account", "entity": world.free.pk}
    attached, free = ({"policy_id": world.policies[name].pk} for name in ("attached", "free"))
    attached_trial, free_trial = (
        {"policy_id": world.policies[name].pk} for name in ("attached trial", "free trial")
    )
    entity = {"entity_id": world.unit.pk}
    scps = {"policy_type": SCP, "root_id": world.root.pk}
    tag_policies = {"policy_type": "tag_policy", "root_id": world.root.pk}
    new_policy = {"name": "New", "content": DENY_LEAVING, "description": "", "type": SCP}
    return {
        "list_auth_domains": Ask({}),
        "get_caller_identity": Ask({}),
        "close_account": Ask(account),
        "create_account": Ask({}, {"name": "brand-new", "email": "new@example.org"}),
        "create_resource_account": Ask({}, {"name": "brand-new"}),
        "invite_account": Ask({}, {"target": target, "notes": "Join us."}),
        "list_accounts": Ask({}, query={"parent_id": world.unit.pk}),
        "list_close_account_statuses": Ask({}, query={"states": "suspended"}),
        "list_create_account_statuses": Ask({}, query={"states": "in_progress"}),
        "move_account": Ask(account, moved),
        "remove_account": Ask(account),
        "show_account": Ask(account),
        "show_create_account_status": Ask({"create_account_status_id": world.creation.pk}),
        "update_account": Ask(account, {"description": "new"}),
        "accept_handshake": Ask(handshake),
        "cancel_handshake": Ask(handshake),
        "decline_handshake": Ask(handshake),
        "list_handshakes": Ask({}),
        "list_received_handshakes": Ask({}),
        "show_handshake": Ask(handshake),
        "list_entities": Ask({}, query={"parent_id": world.unit.pk}),
        "list_quotas": Ask({}),
        "list_services": Ask({}),
        "list_tag_policy_services": Ask({}),
        "create_organization": Ask({}),
        "delete_organization": Ask({}),
        "leave_organization": Ask({}),
        "list_roots": Ask({}),
        "show_organization": Ask({}),
        "create_organizational_unit": Ask({}, {"name": "New", "parent_id": world.root.pk}),
        "delete_organizational_unit": Ask({"organizational_unit_id": world.empty.pk}),
        "list_organizational_units": Ask({}, query={"parent_id": world.root.pk}),
        "show_organizational_unit": Ask(unit),
        "update_organizational_unit": Ask(unit, {"name": "New"}),
        "deregister_delegated_administrator": Ask(
            {}, {"account_id": world.delegated.pk, "service_principal": "service.AOM"}
        ),
        "list_delegated_administrators": Ask({}, query={"service_principal": "service.AOM"}),
        "list_delegated_services": Ask({"account_id": world.delegated.pk}),
        "register_delegated_administrator": Ask({}, account | {"service_principal": "service.COC"}),
        "disable_trusted_service": Ask({}, {"service_principal": "service.CES"}),
        "enable_trusted_service": Ask({}, {"service_principal": "service.LTS"}),
        "list_trusted_services": Ask({}),
        "show_dry_run_config": Ask({}, query=scps),
        "update_dry_run_config": Ask({}, scps | {"status": "disabled", "bucket_name": "new"}),
        "attach_dry_run_policy": Ask(free_trial, entity),
        "create_dry_run_policy": Ask({}, new_policy),
        "delete_dry_run_policy": Ask(free_trial),
        "detach_dry_run_policy": Ask(attached_trial, entity),
        "list_dry_run_policies": Ask({}, query={"attached_entity_id": world.unit.pk}),
        "list_entities_for_dry_run_policy": Ask(attached_trial),
        "show_dry_run_policy": Ask(free_trial),
        "update_dry_run_policy": Ask(free_trial, {"name": "New"}),
        "attach_policy": Ask(free, entity),
        "create_policy": Ask({}, new_policy),
        "delete_policy": Ask(free),
        "detach_policy": Ask(attached, entity),
        "disable_policy_type": Ask({}, tag_policies),
        "enable_policy_type": Ask({}, tag_policies),
        "show_effective_policies": Ask(
            {}, query={"entity_id": world.member.pk, "policy_type": "tag_policy"}
        ),
        "list_entities_for_policy": Ask(attached),
        "list_policies": Ask({}, query={"attached_entity_id": world.unit.pk}),
        "show_policy": Ask(free),
        "update_policy": Ask(free, {"name": "New"}),
        "create_tag_resource": Ask(typed | resource, tag),
        "delete_tag_resource": Ask(typed | resource, tag),
        "list_resource_instances": Ask(typed, {}),
        "list_resource_tags": Ask(typed),
        "list_tag_resources": Ask(typed | resource),
        "list_tags_for_resource": Ask(resource),
        "show_resource_instances_count": Ask(typed, {}),
        "tag_resource": Ask(resource, tag),
        "untag_resource": Ask(resource, {"tag_keys": ["k"]}),
        "show_tree": Ask({}),
        "move_organizational_unit": Ask(
            {"organizational_unit_id": world.unit.pk},
            {"source_parent_id": world.root.pk, "destination_parent_id": world.empty.pk},
        ),
        "authorize": Ask({}, account | {"action": "ecs:cloudServers:delete"}),
        "authorize_batch": Ask(
            {}, {"questions": [account | {"action": "ecs:cloudServers:delete"}]}
        ),
        "explain": Ask({}, account | {"action": "ecs:cloudServers:delete"}),
        "show_effective_scp": Ask(entity),
        "preview_account_moves": Ask(
            {}, {"account_ids": [world.member.pk], "destination_parent_id": world.root.pk}
        ),
        "preview_unit_move": Ask({}, unit | {"destination_parent_id": world.empty.pk}),
        "preview_attach": Ask({}, free | entity),
        "preview_detach": Ask({}, attached | entity),
        "preview_save": Ask({}, free | {"content": DENY_LEAVING}),
        "export_organization": Ask({}),
        "plan_import": Ask({}, FILE),
        "import_organization": Ask({}, FILE),
    }


FILE = {
    "format": "organization-file",
    "version": 1,
    "name": "Imported",
    "management_account": {"name": "whoever"},
}


# What an outsider hears of a target that is another organization's: it is not there.
NOT_THERE = {
    "delete_organization": "Organizations.1151",  # its own, which is not empty either
    "close_account": "Organizations.1300",
    "list_accounts": "Organizations.1252",
    "move_account": "Organizations.1300",
    "remove_account": "Organizations.1300",
    "show_account": "Organizations.1300",
    "show_create_account_status": "Organizations.1356",
    "update_account": "Organizations.1300",
    "cancel_handshake": "Organizations.1400",
    "list_entities": "Organizations.1252",
    "create_organizational_unit": "Organizations.1252",
    "delete_organizational_unit": "Organizations.1200",
    "list_organizational_units": "Organizations.1252",
    "show_organizational_unit": "Organizations.1200",
    "update_organizational_unit": "Organizations.1200",
    "deregister_delegated_administrator": "Organizations.1500",
    "list_delegated_services": "Organizations.1300",
    "register_delegated_administrator": "Organizations.1300",
    "disable_trusted_service": "Organizations.1900",
    "show_dry_run_config": "Organizations.1800",
    "update_dry_run_config": "Organizations.1800",
    "attach_dry_run_policy": "Organizations.1600",
    "delete_dry_run_policy": "Organizations.1600",
    "detach_dry_run_policy": "Organizations.1600",
    "list_dry_run_policies": "Organizations.1850",
    "list_entities_for_dry_run_policy": "Organizations.1600",
    "show_dry_run_policy": "Organizations.1600",
    "update_dry_run_policy": "Organizations.1600",
    "attach_policy": "Organizations.1600",
    "delete_policy": "Organizations.1600",
    "detach_policy": "Organizations.1600",
    "disable_policy_type": "Organizations.1800",
    "enable_policy_type": "Organizations.1800",
    "show_effective_policies": "Organizations.1850",
    "list_entities_for_policy": "Organizations.1600",
    "list_policies": "Organizations.1850",
    "show_policy": "Organizations.1600",
    "update_policy": "Organizations.1600",
    "create_tag_resource": "Organizations.1701",
    "delete_tag_resource": "Organizations.1701",
    "list_tag_resources": "Organizations.1701",
    "list_tags_for_resource": "Organizations.1701",
    "tag_resource": "Organizations.1701",
    "untag_resource": "Organizations.1701",
    "move_organizational_unit": "Organizations.1200",
    "authorize": "Organizations.1300",
    "authorize_batch": "Organizations.1300",
    "explain": "Organizations.1300",
    "show_effective_scp": "Organizations.1850",
    "preview_account_moves": "Organizations.1300",
    "preview_unit_move": "Organizations.1200",
    "preview_attach": "Organizations.1600",
    "preview_detach": "Organizations.1600",
    "preview_save": "Organizations.1600",
}


def wanted_of(name: str, caller: str) -> str:
    endpoint = ENDPOINTS[name][2]
    if endpoint.scoped is not None and caller in ("grantee", "grantee_outside"):
        return wanted_of(name, "manager") if caller == "grantee" else DENIED
    outcome = TABLE[endpoint.caller.name.lower(), endpoint.writes][caller]
    if outcome == "theirs":
        return NOT_THERE.get(name, "ok")
    if name == "delete_organization" and outcome == "ok":
        return "Organizations.1151"  # this one is not empty
    if name == "enable_policy_type" and outcome == "ok":
        return "Organizations.1657"  # it is on
    return outcome


def test_every_operation_that_stands_has_a_request():
    assert sorted(requests_of_names()) == sorted(ENDPOINTS)


def requests_of_names() -> list[str]:
    thing = type("Thing", (), {"pk": "x"})()
    return list(requests_of(World(*[thing] * 9, defaultdict(lambda: thing), {}, {})))


@pytest.mark.parametrize("name", ENDPOINTS)
def test_r_gen_1_r_gen_2_an_operation_answers_every_caller_as_the_table_says(
    world, name, counted_by_nobody
):
    ask, endpoint = requests_of(world)[name], ENDPOINTS[name][2]
    before = digest_of_database()
    for caller in CALLERS:
        with transaction.atomic():
            response = ask.sent(world.keys.get(caller), name)
            status, code = code_of(response)
            unchanged = digest_of_database() == before
            transaction.set_rollback(True)  # nobody hears of what another did

        assert (code or "ok") == wanted_of(name, caller), (caller, response.content)
        if code:
            assert (status, code) in codes_of(name)
            assert unchanged
        else:
            assert status == endpoint.status


def test_r12_a_session_alone_is_no_credential_of_any_operation(world, counted_by_nobody):
    manager = User.objects.get(access_keys=world.keys["manager"].id)
    cookies = f"session={signed_in(manager).cookies['session'].value}"
    assert send("GET", "/structure/", {"Cookie": cookies}).status_code == 200  # it is one
    before = digest_of_database()

    for name, ask in requests_of(world).items():
        response = ask.sent(None, name, cookies=cookies)
        assert code_of(response) == (401, UNKNOWN), name

    assert digest_of_database() == before


SWAPPED = [
    (name, part, parameter)
    for name in ENDPOINTS
    for part, parameter in [
        *[
            ("path", each)
            for each in (
                "account_id",
                "organizational_unit_id",
                "resource_id",
                "handshake_id",
                "entity_id",
                "create_account_status_id",
                "policy_id",
            )
        ],
        *[
            ("query", each)
            for each in ("parent_id", "child_id", "attached_entity_id", "entity_id", "root_id")
        ],
        *[
            ("body", each)
            for each in (
                "parent_id",
                "source_parent_id",
                "destination_parent_id",
                "entity_id",
                "root_id",
                "account_id",
                "organizational_unit_id",
                "policy_id",
            )
        ],
    ]
    if (part == "path" and f"<{parameter}>" in ENDPOINTS[name][1])
    or (
        part in ("query", "body")
        and getattr(ENDPOINTS[name][2], part) is not None
        and parameter in getattr(ENDPOINTS[name][2], part).__struct_fields__
    )
]


@pytest.mark.parametrize(("name", "part", "parameter"), SWAPPED)
def test_a_foreign_id_answers_like_an_absent_one(world, name, part, parameter, counted_by_nobody):
    is_on_trial = parameter == "policy_id" and "dry_run" in name
    is_account = (name, parameter) == ("show_effective_policies", "entity_id")
    kind = "policy_id on trial" if is_on_trial else "account_id" if is_account else parameter
    foreign = world.foreign[kind]
    prefix, dash, _rest = foreign.rpartition("-")
    absent = f"{prefix}{dash}".ljust(len(foreign), "0")
    before = digest_of_database()

    said = []
    for given in (foreign, absent):
        ask = requests_of(world)[name]
        held = {"path": ask.path, "query": ask.query or {}, "body": ask.body or {}}[part]
        if parameter == "child_id":
            held.pop("parent_id", None)
        held[parameter] = given
        setattr(ask, part, held)
        response = ask.sent(world.keys["manager"], name)
        content = response.json()
        content.pop("request_id")
        said.append((response.status_code, str(content).replace(given, "ID")))

    assert said[0] == said[1]
    # R-DA-7: what is not there to be deregistered is so with a status of its own.
    assert said[0][0] == (400 if name == "deregister_delegated_administrator" else 404)
    assert digest_of_database() == before


def test_the_missing_operations_have_no_route():
    assert not MISSING & set(ENDPOINTS)
