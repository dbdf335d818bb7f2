"""T6: every cell of the table is run; a refusal leaves the database as it was, byte for byte."""

import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from console.sessions import SessionStore
from orgs import errors, operations, organization_file, second_factor
from orgs.actor import Actor
from orgs.models import (
    FULL_ACCESS,
    Account,
    AccountStatus,
    Delivery,
    Invitation,
    Job,
    Organization,
    OrganizationalUnit,
    PolicyType,
    Role,
    ScopedGrant,
    User,
)
from orgs.operations.accounts import Move
from orgs.operations.agencies import account_access_agency
from orgs.organization_file import Plan
from orgs.permissions import SCOPED
from tests.authorization import CALLERS, GRANTEES, TABLE
from tests.digest import digest_of_database
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)
from tests.standing import as_made, standing
from tests.totp import code_of

pytestmark = pytest.mark.django_db

PASSWORD, SECRET = "calm-banyan-shade-42", "A" * 32
DENY_LEAVE = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["signin::*"]}]}'


def public_operations() -> dict[str, Callable[..., Any]]:
    """Every function of `orgs.operations` that takes an actor by keyword, and nothing by place."""
    found = {}
    for noun in operations.__all__:
        module = getattr(operations, noun)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            parameters = inspect.signature(function).parameters
            actor = parameters.get("actor")
            if (
                function.__module__ == module.__name__
                and not name.startswith("_")
                and actor is not None
                and actor.kind is inspect.Parameter.KEYWORD_ONLY
            ):
                found[f"{noun}.{name}"] = function
    return found


@dataclass
class World:
    """An organization with one of everything, and somebody of each kind."""

    callers: dict[str, Actor]
    calls: dict[str, dict[str, Any]]


def make_world() -> World:
    organization, manager = make_organization()
    Organization.objects.update(account_quota=50)
    root = organization.root
    sales, legal, empty, elsewhere = (UnitFactory(parent=root) for _ in range(4))
    long_ago = timezone.now() - timedelta(days=30)
    member, delegated, suspended, removed = (
        AccountFactory(member_of=root, created_at=long_ago) for _ in range(4)
    )
    alone, to_invite = AccountFactory(), AccountFactory()
    callers = {
        "operator": Actor.operator("operator"),
        "manager": manager,
        "reader": actor_for(make_administrator(organization.management_account, role=Role.READER)),
        "member": actor_for(make_administrator(member)),
        "delegated": actor_for(make_administrator(delegated)),
        "outsider": make_organization()[1],
        "alone": actor_for(make_administrator(alone)),
        "disabled": actor_for(
            make_administrator(organization.management_account, username="disabled")
        ),
        "suspended": actor_for(make_administrator(suspended)),
        "removed": actor_for(make_administrator(removed)),
        "nobody": Actor(account_id=None, user_id=None),
    }
    for name in GRANTEES:
        callers[name] = actor_for(make_administrator(AccountFactory(member_of=root), username=name))
    callers["member_reader"] = actor_for(make_administrator(member, role=Role.READER))
    for principal in ("service.AOM", "service.COC", "service.CES"):
        operations.trusted_services.enable_trusted_service(
            actor=manager, service_principal=principal
        )
    operations.delegated_administrators.register_delegated_administrator(
        actor=manager, account_id=delegated.pk, service_principal="service.AOM"
    )
    User.objects.filter(username="disabled").update(is_active=False)
    User.objects.update(password=make_password(PASSWORD))
    other = make_administrator(organization.management_account, username="other", role=Role.READER)
    key, _secret = operations.access_keys.create_access_key(
        actor=actor_for(other), username=other.username
    )
    second_factor.add(other, SECRET)
    session_key = a_session_of(manager)
    Account.objects.filter(pk=suspended.pk).update(status=AccountStatus.SUSPENDED)
    removed.agencies.all().delete()
    Account.objects.filter(pk=removed.pk).update(
        organization=None, unit=None, join_method=None, joined_at=None
    )
    make_administrator(organization.management_account, username="colleague")
    make_administrator(
        organization.management_account, username="colleague-reader", role=Role.READER
    )
    User.objects.create_user("other-operator", is_staff=True)
    invitation = operations.invitations.invite_account(
        actor=manager, target_type="account", target=alone.pk
    )
    Invitation.objects.update(created_at=timezone.now() - timedelta(days=1))
    batch = operations.batches.create_batch(actor=manager, kind="create", rows="name\nfrom-a-batch")
    way_in = account_access_agency(
        member,
        name="WayIn",
        management_account_id=organization.management_account_id,
        now=timezone.now(),
    )
    way_in.save()
    dead_job = Job.objects.get(kind="mail_invitation")
    operations.jobs.bury_job(operations.jobs.claim_job(dead_job.pk), problem="given up")
    operations.policy_types.enable_policy_type(
        actor=manager, root_id=root.pk, policy_type=PolicyType.SERVICE_CONTROL_POLICY
    )
    operations.policy_types.finish_policy_type_switches(root.pk)
    guardrail, spare = (
        operations.policies.create_policy(
            actor=manager, name=name, policy_type="service_control_policy", content=DENY_LEAVE
        )
        for name in ("Guardrail", "Spare")
    )
    operations.attachments.attach_policy(actor=manager, policy_id=guardrail.pk, entity_id=sales.pk)
    grants = [
        give_rights(manager, name, unit, policy_ids=[guardrail.pk, spare.pk, FULL_ACCESS])
        for name, unit in zip(
            (*GRANTEES, "colleague-reader"), (root, elsewhere, root, sales), strict=True
        )
    ]
    ScopedGrant.objects.filter(user__username="grantee_expired").update(expires_at=timezone.now())
    moved = {"source_parent_id": root.pk, "destination_parent_id": legal.pk}
    undo = some_moves(root, manager)
    kept_test = operations.policy_tests.create_policy_test(
        actor=manager,
        policy_id=guardrail.pk,
        name="Kept",
        action="ecs:servers:get",
        is_allowed=True,
    )
    delivery = a_delivery(manager)
    unconfirmed, _secret = operations.subscriptions.create_subscription(
        actor=manager, channel="email", name="Colleagues", target="a@example.com"
    )
    importer = AccountFactory()
    calls = {
        "access_keys.create_access_key": {"username": other.username},
        "access_keys.delete_access_key": {"access_key_id": key.pk},
        "access_keys.update_access_key": {"access_key_id": key.pk, "is_active": False},
        "accounts.convert_account": {"account_id": member.pk},
        "accounts.create_standalone_account": {"name": "brand-new"},
        "accounts.move_account": {"account_id": member.pk, **moved},
        "accounts.move_accounts": {
            "moves": [Move(account_id=member.pk, source_parent_id=root.pk)],
            "destination_parent_id": legal.pk,
        },
        "accounts.set_eligibility": {"account_id": member.pk, "is_eligible": False},
        "accounts.undo_move": {"number": undo["accounts"]},
        "accounts.update_account": {"account_id": member.pk, "description": "new"},
        "agencies.delete_agency": {"agency_id": way_in.pk},
        "agencies.switch_account": {"account_id": member.pk},
        "agencies.switch_back": {},
        "attachments.attach_policy": {"policy_id": spare.pk, "entity_id": sales.pk},
        "attachments.detach_policy": {"policy_id": guardrail.pk, "entity_id": sales.pk},
        "attachments.set_attachments": {
            "entity_id": sales.pk,
            "policy_type": "service_control_policy",
            "policy_ids": [spare.pk],
        },
        "batches.cancel_batch": {"batch_id": batch.pk},
        "batches.create_batch": {"kind": "invite", "rows": to_invite.name},
        "care.ask_for_care": {"kind": "integrity"},
        "closings.close_account": {"account_id": member.pk},
        "creations.create_account": {"name": "brand-new"},
        "creations.create_resource_account": {"name": "brand-new"},
        "delegated_administrators.deregister_delegated_administrator": {
            "account_id": delegated.pk,
            "service_principal": "service.AOM",
        },
        "delegated_administrators.register_delegated_administrator": {
            "account_id": member.pk,
            "service_principal": "service.COC",
        },
        "departures.leave_organization": {},
        "departures.remove_account": {"account_id": member.pk},
        "dry_runs.update_dry_run_configuration": {
            "root_id": root.pk,
            "policy_type": "service_control_policy",
            "status": "enabled",
            "bucket_name": "logs",
            "region_id": "eu-1",
            "agency_name": "Writer",
        },
        "effective_tag_policies.repair_tag_policies": {"organization_id": organization.pk},
        "integrity.repair_tree": {"organization_id": organization.pk},
        "invitations.accept_invitation": {"invitation_id": invitation.pk},
        "invitations.cancel_invitation": {"invitation_id": invitation.pk},
        "invitations.decline_invitation": {"invitation_id": invitation.pk},
        "invitations.invite_account": {"target_type": "name", "target": to_invite.name},
        "invitations.resend_invitation": {"invitation_id": invitation.pk},
        "jobs.retry_job": {"job_id": dead_job.pk},
        "jobs.retry_jobs": {},
        "key_ring.rotate_secrets": {},
        "organization_files.import_organization": {
            "plan": a_plan(importer.name),
            "management_account": importer.name,
        },
        "organization_files.import_own_organization": {"plan": a_plan(importer.name)},
        "organization_files.plan_own_import": {"plan": a_plan(importer.name)},
        "organizations.create_organization": {},
        "organizations.delete_organization": {},
        "policies.create_policy": {
            "name": "New",
            "policy_type": "service_control_policy",
            "content": DENY_LEAVE,
        },
        "policies.delete_policy": {"policy_id": spare.pk},
        "policies.restore_policy_version": {"policy_id": guardrail.pk, "number": 1},
        "policies.update_policy": {"policy_id": guardrail.pk, "name": "New"},
        "policy_tests.create_policy_test": {
            "policy_id": guardrail.pk,
            "name": "New",
            "action": "ecs:servers:get",
            "is_allowed": True,
        },
        "policy_tests.delete_policy_test": {"policy_id": guardrail.pk, "test_id": kept_test.pk},
        "policy_tests.update_policy_test": {
            "policy_id": guardrail.pk,
            "test_id": kept_test.pk,
            "name": "New",
        },
        "policy_types.disable_policy_type": {
            "root_id": root.pk,
            "policy_type": "service_control_policy",
        },
        "policy_types.enable_policy_type": {"root_id": root.pk, "policy_type": "tag_policy"},
        "quotas.set_account_quota": {"organization_id": organization.pk, "quota": 7},
        "restorations.settle_restoration": {},
        "scoped_grants.create_scoped_grant": {
            "unit_id": sales.pk,
            "account_id": member.pk,
            "permissions": ["create_unit"],
        },
        "scoped_grants.revoke_scoped_grant": {"grant_id": grants[-1].pk},
        "scoped_grants.revoke_scoped_grants": {"account_id": member.pk},
        "scoped_grants.update_scoped_grant": {
            "grant_id": grants[-1].pk,
            "permissions": ["create_unit"],
        },
        "second_factors.add_second_factor": {"secret": SECRET},  # and the code of the moment
        "second_factors.remove_second_factor": {"username": other.username},
        "second_factors.renew_recovery_codes": {},
        "services.create_integrable_service": {"principal": "service.New", "name": "New"},
        "services.create_tag_policy_service": {
            "service_name": "new",
            "name": "New",
            "resource_types": ["box"],
        },
        "services.delete_integrable_service": {"principal": "service.CTS"},
        "services.delete_tag_policy_service": {"service_name": "ecs"},
        "services.update_integrable_service": {
            "principal": "service.CTS",
            "version": 1,
            "name": "New",
            "description": "",
            "supports_delegated_administrators": True,
            "most_delegated_administrators": None,
            "note_before_disabling": "",
        },
        "services.update_tag_policy_service": {
            "service_name": "ecs",
            "version": 1,
            "name": "New",
            "resource_types": ["box"],
            "supports_all": True,
        },
        "sessions.end_other_sessions": {"session_key": session_key},
        "sessions.end_session": {"session_id": UserSession.objects.get(session_key=session_key).pk},
        "subscriptions.create_subscription": {
            "channel": "webhook",
            "name": "New",
            "target": "https://example.com/",
        },
        "subscriptions.delete_subscription": {"subscription_id": delivery.subscription_id},
        "subscriptions.redeliver": {
            "subscription_id": delivery.subscription_id,
            "delivery_id": delivery.pk,
        },
        "subscriptions.resend_confirmation": {"subscription_id": unconfirmed.pk},
        "subscriptions.rotate_subscription_secret": {"subscription_id": delivery.subscription_id},
        "subscriptions.send_test_delivery": {"subscription_id": delivery.subscription_id},
        "subscriptions.update_subscription": {
            "subscription_id": delivery.subscription_id,
            "name": "New",
        },
        "tags.tag_resource": {"resource_id": sales.pk, "tags": [("key", "value")]},
        "tags.untag_resource": {"resource_id": sales.pk, "tag_keys": ["key"]},
        "tags.update_tags": {"resource_id": sales.pk, "tags": [("key", "value")]},
        "tags.update_tags_of_resources": {
            "resource_ids": [sales.pk, member.pk],
            "tags": [("key", "value")],
        },
        "trusted_services.disable_trusted_service": {"service_principal": "service.CES"},
        "trusted_services.enable_trusted_service": {"service_principal": "service.LTS"},
        "units.create_organizational_unit": {"parent_id": root.pk, "name": "New"},
        "units.delete_organizational_unit": {"unit_id": empty.pk},
        "units.move_organizational_unit": {"unit_id": sales.pk, **moved},
        "units.undo_move": {"number": undo["unit"]},
        "units.update_organizational_unit": {"unit_id": sales.pk, "name": "New"},
        "users.change_password": {"old_password": PASSWORD, "new_password": f"new {PASSWORD}"},
        "users.create_operator": {"username": "new", "password": "calm-banyan-shade-42"},
        "users.create_user": {
            "account_id": manager.account_id,
            "username": "new",
            "role": Role.READER,
        },
        "users.reset_password": {"username": "colleague"},
        "users.update_operator": {"username": "other-operator", "is_active": False},
        "users.update_user": {"username": "colleague", "is_active": False},
    }
    return World(callers, calls)


@pytest.fixture(scope="module")
def made_once(django_db_setup, django_db_blocker):
    with standing(django_db_blocker):
        yield make_world()


@pytest.fixture
def world(made_once, db) -> World:
    world = as_made(made_once)
    world.calls["second_factors.add_second_factor"]["code"] = code_of(SECRET)
    return world


def give_rights(
    manager: Actor, username: str, unit: OrganizationalUnit, *, policy_ids: list[str]
) -> ScopedGrant:
    """Everything that can be granted on a unit."""
    return operations.scoped_grants.create_scoped_grant(
        actor=manager,
        unit_id=unit.pk,
        username=username,
        permissions=SCOPED,
        policy_ids=policy_ids,
    )


def some_moves(place: OrganizationalUnit, manager: Actor) -> dict[str, int]:
    """The numbers of a move of accounts and of one of a unit below a place, each of something of its own."""
    source, destination = (UnitFactory(parent=place) for _ in range(2))
    account = AccountFactory(member_of=source)
    operations.accounts.move_account(
        actor=manager,
        account_id=account.pk,
        source_parent_id=source.pk,
        destination_parent_id=destination.pk,
    )
    operations.units.move_organizational_unit(
        actor=manager,
        unit_id=source.pk,
        source_parent_id=place.pk,
        destination_parent_id=destination.pk,
    )
    last = place.organization.events.order_by("-number").values_list("number", flat=True)[0]
    return {"accounts": last - 1, "unit": last}


def a_delivery(manager: Actor) -> Delivery:
    """One that could not be made, of a subscription of its own."""
    subscription, _secret = operations.subscriptions.create_subscription(
        actor=manager, channel="webhook", name="Ledger", target="https://example.com/"
    )
    delivery = operations.subscriptions.send_test_delivery(
        actor=manager, subscription_id=subscription.pk
    )
    operations.deliveries.fail_delivery(str(delivery.pk))
    return delivery


def a_session_of(actor: Actor) -> str:
    """The key of a session in which the actor is signed in."""
    session = SessionStore()
    session.create()
    operations.sessions.note_session(
        user_id=actor.user_id,
        session_key=session.session_key,
        started_at=timezone.now(),
        address="192.0.2.1",
        browser="",
    )
    return session.session_key


def a_plan(name: str) -> Plan:
    return organization_file.read(
        json.dumps(
            {
                "format": organization_file.FORMAT,
                "version": organization_file.VERSION,
                "name": "Imported",
                "management_account": {"name": name},
            }
        )
    )


def test_authorization_table_has_a_row_for_every_operation():
    assert sorted(TABLE) == sorted(public_operations())


@pytest.mark.parametrize("operation", TABLE)
def test_authorization(world, operation):
    """Each caller meets the world as it was made: what the one before did is taken back."""
    function = public_operations()[operation]
    before = digest_of_database()
    outcomes, changed = {}, []

    for caller in CALLERS:
        with transaction.atomic():
            try:
                function(actor=world.callers[caller], **world.calls[operation])
                outcomes[caller] = "ok"
            except errors.OrgsError as refusal:
                outcomes[caller] = type(refusal).__name__
                if digest_of_database() != before:
                    changed.append(caller)
            transaction.set_rollback(True)

    assert outcomes == TABLE[operation]
    assert changed == []
    assert digest_of_database() == before  # or a caller met what another had left


# Every parameter that carries an id, and an id of that kind that never was.
ID_PARAMETERS = [
    ("access_keys.create_access_key", "username", "nobody-of-that-name"),
    ("access_keys.delete_access_key", "access_key_id", "0" * 20),
    ("access_keys.update_access_key", "access_key_id", "0" * 20),
    ("accounts.move_account", "account_id", "0" * 32),
    ("accounts.move_account", "source_parent_id", "ou-00000000"),
    ("accounts.move_account", "destination_parent_id", "ou-00000000"),
    ("accounts.move_accounts", "destination_parent_id", "r-0000"),
    ("accounts.update_account", "account_id", "0" * 32),
    ("agencies.delete_agency", "agency_id", "-2"),
    ("agencies.switch_account", "account_id", "0" * 32),
    ("attachments.attach_policy", "policy_id", "p-00000000"),
    ("attachments.attach_policy", "entity_id", "ou-00000000"),
    ("attachments.detach_policy", "policy_id", "p-00000000"),
    ("attachments.detach_policy", "entity_id", "0" * 32),
    ("attachments.set_attachments", "entity_id", "r-0000"),
    ("batches.cancel_batch", "batch_id", "b-00000000"),
    ("closings.close_account", "account_id", "0" * 32),
    ("creations.create_account", "destination_parent_id", "ou-00000000"),
    (
        "delegated_administrators.deregister_delegated_administrator",
        "account_id",
        "0" * 32,
    ),
    ("delegated_administrators.register_delegated_administrator", "account_id", "0" * 32),
    ("departures.remove_account", "account_id", "0" * 32),
    ("dry_runs.update_dry_run_configuration", "root_id", "r-0000"),
    ("invitations.accept_invitation", "invitation_id", "h-00000000"),
    ("invitations.cancel_invitation", "invitation_id", "h-00000000"),
    ("invitations.decline_invitation", "invitation_id", "h-00000000"),
    ("invitations.invite_account", "destination_parent_id", "ou-00000000"),
    ("invitations.resend_invitation", "invitation_id", "h-00000000"),
    ("policies.delete_policy", "policy_id", "p-00000000"),
    ("policies.restore_policy_version", "policy_id", "p-00000000"),
    ("policies.update_policy", "policy_id", "p-00000000"),
    ("policy_tests.create_policy_test", "policy_id", "p-00000000"),
    ("policy_tests.create_policy_test", "account_id", "0" * 32),
    ("policy_tests.delete_policy_test", "policy_id", "p-00000000"),
    ("policy_tests.delete_policy_test", "test_id", "-3"),
    ("policy_tests.update_policy_test", "policy_id", "p-00000000"),
    ("policy_tests.update_policy_test", "test_id", "-3"),
    ("policy_types.disable_policy_type", "root_id", "r-0000"),
    ("policy_types.enable_policy_type", "root_id", "r-0000"),
    ("scoped_grants.create_scoped_grant", "unit_id", "ou-00000000"),
    ("scoped_grants.create_scoped_grant", "account_id", "0" * 32),
    ("scoped_grants.revoke_scoped_grant", "grant_id", "-5"),
    ("scoped_grants.revoke_scoped_grants", "account_id", "0" * 32),
    ("scoped_grants.update_scoped_grant", "grant_id", "-5"),
    ("second_factors.remove_second_factor", "username", "nobody-of-that-name"),
    ("sessions.end_session", "session_id", "-1"),
    ("subscriptions.create_subscription", "unit_id", "ou-00000000"),
    ("subscriptions.delete_subscription", "subscription_id", "s-00000000"),
    ("subscriptions.redeliver", "subscription_id", "s-00000000"),
    ("subscriptions.redeliver", "delivery_id", "-4"),
    ("subscriptions.resend_confirmation", "subscription_id", "s-00000000"),
    ("subscriptions.rotate_subscription_secret", "subscription_id", "s-00000000"),
    ("subscriptions.send_test_delivery", "subscription_id", "s-00000000"),
    ("subscriptions.update_subscription", "subscription_id", "s-00000000"),
    ("subscriptions.update_subscription", "unit_id", "ou-00000000"),
    ("tags.tag_resource", "resource_id", "ou-00000000"),
    ("tags.tag_resource", "resource_id", "r-0000"),
    ("tags.tag_resource", "resource_id", "0" * 32),
    ("tags.tag_resource", "resource_id", "p-00000000"),
    ("tags.untag_resource", "resource_id", "0" * 32),
    ("tags.update_tags", "resource_id", "0" * 32),
    ("units.create_organizational_unit", "parent_id", "ou-00000000"),
    ("units.create_organizational_unit", "parent_id", "r-0000"),
    ("units.delete_organizational_unit", "unit_id", "ou-00000000"),
    ("units.move_organizational_unit", "unit_id", "ou-00000000"),
    ("units.move_organizational_unit", "source_parent_id", "ou-00000000"),
    ("units.move_organizational_unit", "destination_parent_id", "ou-00000000"),
    ("units.update_organizational_unit", "unit_id", "ou-00000000"),
    ("users.create_user", "account_id", "0" * 32),
    ("users.reset_password", "username", "nobody-of-that-name"),
    ("users.update_user", "username", "nobody-of-that-name"),
]


def test_every_id_parameter_of_an_operation_is_swapped():
    swapped = {(operation, parameter) for operation, parameter, _ in ID_PARAMETERS}
    carrying = {
        (operation, parameter)
        for operation, function in public_operations().items()
        if "operator" not in operators_alone(operation)
        for parameter in inspect.signature(function).parameters
        if parameter.endswith("_id")
        and parameter != "region_id"  # a place of a cloud, nothing of ours
    }
    assert carrying <= swapped


def operators_alone(operation: str) -> set[str]:
    """The callers who may, where the operator is the only one."""
    allowed = {caller for caller, outcome in TABLE[operation].items() if outcome == "ok"}
    return allowed if allowed == {"operator"} else set()


@pytest.mark.parametrize(("operation", "parameter", "absent"), ID_PARAMETERS)
def test_a_foreign_id_answers_like_an_absent_one(world, operation, parameter, absent):
    other = make_organization()
    foreign = foreign_of(other, absent)
    function = public_operations()[operation]
    before = digest_of_database()

    said = []
    for given in (foreign, absent):
        with pytest.raises(errors.OrgsError) as refused:
            function(actor=world.callers["manager"], **world.calls[operation] | {parameter: given})
        said.append((type(refused.value), str(refused.value).replace(str(given), "ID")))

    assert said[0] == said[1]
    assert digest_of_database() == before


@pytest.mark.parametrize(
    ("operation", "absent", "swapped"),
    [
        (
            "accounts.move_accounts",
            "0" * 32,
            lambda call, given: {
                "moves": [*call["moves"], replace(call["moves"][0], account_id=given)]
            },
        ),
        (
            "accounts.move_accounts",
            "ou-00000000",
            lambda call, given: {"moves": [replace(call["moves"][0], source_parent_id=given)]},
        ),
        *[
            (
                "tags.update_tags_of_resources",
                absent,
                lambda call, given: {"resource_ids": [*call["resource_ids"], given]},
            )
            for absent in ("0" * 32, "ou-00000000", "r-0000")
        ],
    ],
)
def test_a_foreign_id_in_a_list_answers_like_an_absent_one(world, operation, absent, swapped):
    other = make_organization()
    foreign = foreign_of(other, absent)
    call, function = world.calls[operation], public_operations()[operation]
    before = digest_of_database()

    said = []
    for given in (foreign, absent):
        with pytest.raises(errors.OrgsError) as refused:
            function(actor=world.callers["manager"], **call | swapped(call, given))
        said.append((type(refused.value), str(refused.value).replace(str(given), "ID")))

    assert said[0] == said[1]
    assert digest_of_database() == before


def foreign_of(other: tuple[Organization, Actor], absent: str) -> str | int:
    """What the other organization has of that kind."""
    organization, actor = other
    if absent.startswith(("ou-", "r-")):
        root = organization.root
        return root.pk if absent.startswith("r-") else UnitFactory(parent=root).pk
    if absent == "-5":
        make_administrator(organization.management_account, username="theirs", role=Role.READER)
        return give_rights(actor, "theirs", organization.root, policy_ids=[FULL_ACCESS]).pk
    if absent.startswith(("b-", "h-", "s-", "-")) or absent == "0" * 20:
        return made_by(actor, absent)
    if absent.startswith("p-"):
        return operations.policies.create_policy(
            actor=actor, name="Theirs", policy_type="service_control_policy", content=DENY_LEAVE
        ).pk
    if absent.startswith("000"):
        return AccountFactory(member_of=organization.root).pk
    return actor.username


def made_by(actor: Actor, absent: str) -> str:
    """A batch, an invitation, an agency, a session or a key of the other organization's administrator."""
    if absent.startswith("b-"):
        return operations.batches.create_batch(actor=actor, kind="create", rows="brand-new").pk
    if absent.startswith("h-"):
        invited = AccountFactory()
        return operations.invitations.invite_account(
            actor=actor, target_type="account", target=invited.pk
        ).pk
    if absent == "-3":
        policy_id = operations.policies.create_policy(
            actor=actor, name="Theirs", policy_type="service_control_policy", content=DENY_LEAVE
        ).pk
        return operations.policy_tests.create_policy_test(
            actor=actor, policy_id=policy_id, name="Theirs", action="a:b:c", is_allowed=True
        ).pk
    if absent == "-2":
        return a_way_in_to(actor)
    if absent == "-1":
        return str(UserSession.objects.get(session_key=a_session_of(actor)).pk)
    return a_key_of(actor) if absent == "0" * 20 else told_elsewhere(actor, absent)


def told_elsewhere(actor: Actor, absent: str) -> str:
    delivery = a_delivery(actor)
    return str(delivery.subscription_id if absent.startswith("s-") else delivery.pk)


def a_way_in_to(actor: Actor) -> str:
    way_in = account_access_agency(
        AccountFactory(),
        name="WayIn",
        management_account_id=str(actor.account_id),
        now=timezone.now(),
    )
    way_in.save()
    return str(way_in.pk)


def a_key_of(actor: Actor) -> str:
    key, _secret = operations.access_keys.create_access_key(actor=actor, username=actor.username)
    return key.pk
