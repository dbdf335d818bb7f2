"""An organization and somebody of each kind, with their access keys."""

from dataclasses import dataclass

import pytest

from orgs.models import Account, JoinMethod, Organization, OrganizationalUnit, Role, User
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
