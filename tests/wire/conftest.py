"""An organization and somebody of each kind, with their access keys."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from orgs.models import (
    Account,
    ClosingRequest,
    ClosingState,
    CreationRequest,
    CreationState,
    Invitation,
    InvitationState,
    JoinMethod,
    Organization,
    OrganizationalUnit,
    Role,
    TargetType,
    User,
)
from orgs.operations import bookkeeping
from tests.factories import AccountFactory, UnitFactory, make_administrator, make_organization
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


@pytest.fixture
def world(db) -> World:
    return make_world()


@pytest.fixture
def manager(world) -> Key:
    return world.keys["manager"]


@pytest.fixture
def counted_by_nobody(settings, monkeypatch):
    """Without the bookkeeping, so that a refusal writes nothing at all."""
    settings.RATE_PER_KEY = settings.RATE_PER_ORGANIZATION = settings.RATE_PER_ADDRESS = 0
    monkeypatch.setattr(bookkeeping, "note_use", lambda **_given: None)
