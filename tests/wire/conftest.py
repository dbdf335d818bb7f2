"""An organization and somebody of each kind, with their access keys."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from orgs.models import (
    Account,
    ClosingRequest,
    ClosingState,
    CreationRequest,
    CreationState,
    DryRunConfiguration,
    Invitation,
    InvitationState,
    JoinMethod,
    Organization,
    OrganizationalUnit,
    Policy,
    PolicyType,
    Role,
    SwitchState,
    TargetType,
    User,
)
from orgs.operations import attachments, bookkeeping, policies, policy_types
from orgs.operations.attachments import attach_everywhere
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)
from tests.standing import as_made, standing
from tests.wire.signing import Key, key_for


@dataclass
class World:
    """`keys` holds one key for each kind of caller."""

    organization: Organization
    root: OrganizationalUnit
    unit: OrganizationalUnit
    member: Account
    keys: dict[str, Key]


def make_world() -> World:
    organization, actor = make_organization()
    root = organization.root
    unit = UnitFactory(parent=root, name="Workloads")
    member = AccountFactory(member_of=unit)
    management = organization.management_account
    return World(
        organization,
        root,
        unit,
        member,
        {
            "manager": key_for(User.objects.get(pk=actor.user_id)),
            "reader": key_for(make_administrator(management, role=Role.READER)),
            "member": key_for(make_administrator(member)),
            "member_reader": key_for(make_administrator(member, role=Role.READER)),
            "alone": key_for(make_administrator(AccountFactory())),
        },
    )


def fill(world: World, accounts: int) -> None:
    """Put that many more accounts into the world's unit, all of one moment."""
    Account.objects.bulk_create(
        AccountFactory.build(
            unit=world.unit,
            organization=world.organization,
            join_method=JoinMethod.CREATED,
            joined_at=world.organization.created_at,
            name=f"filled-{number:05}",
            name_key=f"filled-{number:05}",
        )
        for number in range(accounts)
    )


def fill_requests(organization: Organization, accounts: Sequence[Account]) -> None:
    """Of each account its creation, its closing, an invitation to it and one to the management account.

    All of them have ended, and are of one moment.
    """
    moment = organization.created_at
    CreationRequest.objects.bulk_create(
        CreationRequest(
            organization=organization,
            account_name=account.name,
            name_key=account.name_key,
            agency_name="Way.In",
            account=account,
            state=CreationState.SUCCEEDED,
            created_at=moment,
            completed_at=moment,
        )
        for account in accounts
    )
    ClosingRequest.objects.bulk_create(
        ClosingRequest(
            organization=organization,
            account=account,
            state=ClosingState.SUSPENDED,
            created_at=moment,
            updated_at=moment,
        )
        for account in accounts
    )
    management = organization.management_account
    Invitation.objects.bulk_create(
        invitation_that_ended(organization, invited)
        for account in accounts
        for invited in (account, management)
    )


def invitation_that_ended(organization: Organization, account: Account) -> Invitation:
    """A declined invitation, not saved yet."""
    moment = organization.created_at
    return Invitation(
        organization=organization,
        account=account,
        target_type=TargetType.NAME,
        target=account.name,
        state=InvitationState.DECLINED,
        created_at=moment,
        expires_at=moment,
        updated_at=moment,
    )


DENY_LEAVING = json.dumps(
    {
        "Version": "5.0",
        "Statement": [{"Effect": "Deny", "Action": ["organizations:organizations:leave"]}],
    }
)
# What hangs in a world forbids nothing that anybody asks there: these policies bind (R-SCP-1).
DENY_SERVERS = DENY_LEAVING.replace("organizations:organizations:leave", "ecs:cloudServers:delete")


def switch_on(organization: Organization) -> None:
    """Both policy types, and dry runs, as if their jobs had ended."""
    for policy_type in PolicyType:
        switch_on_type(organization, policy_type)
    DryRunConfiguration.objects.create(
        organization=organization,
        state=SwitchState.ENABLED,
        bucket_name="logs",
        region_id="here",
        agency_name="Writer",
        created_at=organization.created_at,
        updated_at=organization.created_at,
    )


def switch_on_type(organization: Organization, policy_type: PolicyType) -> None:
    """One policy type, with what comes with it."""
    manager = actor_for(first_user(organization))
    policy_types.enable_policy_type(
        actor=manager, root_id=organization.root.pk, policy_type=policy_type
    )
    policy_types.finish_policy_type_switches(organization.root.pk)


def first_user(organization: Organization) -> User:
    """The administrator of the management account who was there first."""
    return User.objects.filter(account=organization.management_account_id).earliest("pk")


def make_policy(organization: Organization, name: str, *, is_dry_run: bool = False) -> Policy:
    """A service control policy that keeps members from deleting their servers."""
    policy, _target = policies.new_policy(
        organization,
        saved_by="",
        name=name,
        policy_type=PolicyType.SERVICE_CONTROL_POLICY,
        content=DENY_SERVERS,
        is_dry_run=is_dry_run,
    )
    return policy


def attach_tag_policy(entity: OrganizationalUnit | Account) -> Policy:
    """A tag policy on an entity, which spells the key `env`."""
    manager = actor_for(first_user(entity.organization))
    policy = policies.create_policy(
        actor=manager,
        name=f"Tags of {entity.pk}"[:64],
        policy_type=PolicyType.TAG_POLICY,
        content='{"tags":{"env":{"tag_key":{"@@assign":"Env"}}}}',
    )
    attachments.attach_policy(actor=manager, policy_id=policy.pk, entity_id=entity.pk)
    return policy


def attach_to_everything(policy: Policy) -> None:
    """Attach a policy to every root, unit and account of its organization."""
    organization = policy.organization
    attach_everywhere(
        organization,
        policy.pk,
        unit_ids=organization.units.values_list("pk", flat=True),
        account_ids=organization.accounts.values_list("pk", flat=True),
    )


@pytest.fixture(scope="module")
def made_once(django_db_setup, django_db_blocker):
    with standing(django_db_blocker):
        yield make_world()


@pytest.fixture
def world(made_once, db) -> World:
    """In a module whose tests commit, a `world` of its own has to stand in place of this one."""
    return as_made(made_once)


@pytest.fixture
def manager(world) -> Key:
    return world.keys["manager"]


@pytest.fixture
def counted_by_nobody(settings, monkeypatch):
    """Without the bookkeeping, so that a refusal writes nothing at all."""
    settings.RATE_PER_KEY = settings.RATE_PER_ORGANIZATION = settings.RATE_PER_ADDRESS = 0
    monkeypatch.setattr(bookkeeping, "note_use", lambda **_given: None)
