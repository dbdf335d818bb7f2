"""Rights granted on a unit hold there and below, until their time, unit or holder ends. (ours)"""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from orgs import access, errors, operations, tasks
from orgs.actor import Actor
from orgs.models import (
    Account,
    Event,
    OrganizationalUnitGroupGrant,
    OrganizationalUnitUserGrant,
    PolicyType,
    Role,
    ScopedGrant,
)
from orgs.permissions import SCOPED, Permission
from orgs.queries.own_calls import OwnCall
from tests.digest import digest_of_database
from tests.factories import (
    AccountFactory,
    InvitationFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)
from tests.standing import as_made, standing

pytestmark = pytest.mark.django_db

DENY = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["signin::*"]}]}'


class World:
    """A unit with something of everything in it, the same beside it, and a member that gets rights."""

    def __init__(self) -> None:
        self.organization, self.manager = make_organization()
        root = self.organization.root
        self.unit, self.beside = (self._unit(root, name) for name in ("Inside", "Beside"))
        self.below, self.below_beside = self._unit(self.unit, "B"), self._unit(self.beside, "C")
        self.deep, self.deep_beside = (
            self._unit(self.below, "D"),
            self._unit(self.below_beside, "E"),
        )
        self.account, self.account_beside = (
            AccountFactory(member_of=unit) for unit in (self.below, self.below_beside)
        )
        self.home = AccountFactory(member_of=root)
        self.user = make_administrator(self.home)
        self.actor = actor_for(self.user)
        operations.policy_types.enable_policy_type(
            actor=self.manager, root_id=root.pk, policy_type=PolicyType.SERVICE_CONTROL_POLICY
        )
        operations.policy_types.finish_policy_type_switches(root.pk)
        self.named, self.other = (
            operations.policies.create_policy(
                actor=self.manager,
                name=name,
                policy_type="service_control_policy",
                content=DENY,
            )
            for name in ("Named", "Other")
        )

    def _unit(self, parent, name):
        return operations.units.create_organizational_unit(
            actor=self.manager, parent_id=parent.pk, name=name
        )

    def grant(self, *permissions, unit=None, expires_at=None, policies=(), **whom):
        return operations.scoped_grants.create_scoped_grant(
            actor=self.manager,
            unit_id=(unit or self.unit).pk,
            permissions=permissions or SCOPED,
            policy_ids=[policy.pk for policy in policies]
            or ([self.named.pk] if Permission.ATTACH_POLICY in (permissions or SCOPED) else []),
            expires_at=expires_at,
            **(whom or {"username": self.user.username}),
        )

    def acts(self, *, inside: bool) -> dict[Permission, tuple]:
        """For each right an operation at a place, inside of the unit or outside."""
        below = self.below if inside else self.below_beside
        deep = self.deep if inside else self.deep_beside
        account = self.account if inside else self.account_beside
        moved = {"source_parent_id": below.pk, "destination_parent_id": deep.pk}
        up = {"source_parent_id": below.pk, "destination_parent_id": deep.parent.parent.pk}
        return {
            Permission.CREATE_UNIT: (
                operations.units.create_organizational_unit,
                {"parent_id": below.pk, "name": "New"},
            ),
            Permission.UPDATE_UNIT: (
                operations.units.update_organizational_unit,
                {"unit_id": deep.pk, "name": "Renamed"},
            ),
            Permission.MOVE_UNIT: (
                operations.units.move_organizational_unit,
                {"unit_id": deep.pk, **up},
            ),
            Permission.DELETE_UNIT: (
                operations.units.delete_organizational_unit,
                {"unit_id": deep.pk},
            ),
            Permission.MOVE_ACCOUNT: (
                operations.accounts.move_account,
                {"account_id": account.pk, **moved},
            ),
            Permission.INVITE_ACCOUNT: (
                operations.invitations.invite_account,
                {
                    "target_type": "account",
                    "target": AccountFactory().pk,
                    "destination_parent_id": below.pk,
                },
            ),
            Permission.TAG_RESOURCE: (
                operations.tags.tag_resource,
                {"resource_id": account.pk, "tags": [("k", "v")]},
            ),
            Permission.ATTACH_POLICY: (
                operations.attachments.attach_policy,
                {"policy_id": self.named.pk, "entity_id": account.pk},
            ),
        }


@pytest.fixture(scope="module")
def made_once(django_db_setup, django_db_blocker):
    with standing(django_db_blocker):
        yield World()


@pytest.fixture
def world(made_once, db) -> World:
    return as_made(made_once)


def refused(operation, actor, given) -> errors.OrgsError:
    """What it is refused with; nothing has changed."""
    before = digest_of_database()
    with pytest.raises(errors.OrgsError) as refusal, transaction.atomic():
        operation(actor=actor, **given)
    assert digest_of_database() == before
    return refusal.value


def last_event() -> Event:
    return Event.objects.order_by("pk").last()


@pytest.mark.parametrize("permission", SCOPED)
@pytest.mark.parametrize("to_account", [True, False])
def test_a_right_holds_in_its_unit_and_below_and_nowhere_else(world, permission, to_account):
    whom = {"account_id": world.home.pk} if to_account else {"username": world.user.username}
    inside, given = world.acts(inside=True)[permission]
    outside, given_outside = world.acts(inside=False)[permission]
    without = refused(inside, world.actor, given)

    world.grant(permission, **whom)

    assert type(without) is errors.NotManagementAccount
    refusal = refused(outside, world.actor, given_outside)
    assert type(refusal) is errors.OutsideGrant
    assert str(refusal).endswith("It holds in Inside only.")
    inside(actor=world.actor, **given)
    assert last_event().actor_username == world.user.username


@pytest.mark.parametrize("permission", SCOPED)
def test_a_right_is_not_another(world, permission):
    world.grant(*[other for other in SCOPED if other != permission])
    operation, given = world.acts(inside=True)[permission]

    assert type(refused(operation, world.actor, given)) is errors.NotManagementAccount


@pytest.mark.parametrize("permission", SCOPED)
def test_a_right_ends_with_its_time_at_once(world, permission, clock):
    world.grant(permission, expires_at=timezone.now() + timedelta(hours=1))
    operation, given = world.acts(inside=True)[permission]
    clock.forward(hours=1)

    assert type(refused(operation, world.actor, given)) is errors.NotManagementAccount
    assert access.permissions_of(world.actor, world.unit) == {Permission.VIEW_ORGANIZATION}
    assert access.rights_of(world.actor, world.organization.pk).on_units == {}


def test_an_account_is_moved_within_and_neither_out_nor_in(world):
    world.grant(Permission.MOVE_ACCOUNT)
    move = operations.accounts.move_account
    out = {
        "account_id": world.account.pk,
        "source_parent_id": world.below.pk,
        "destination_parent_id": world.beside.pk,
    }
    into = {
        "account_id": world.account_beside.pk,
        "source_parent_id": world.below_beside.pk,
        "destination_parent_id": world.below.pk,
    }

    assert type(refused(move, world.actor, out)) is errors.OutsideGrant
    assert type(refused(move, world.actor, into)) is errors.OutsideGrant


def test_a_unit_is_moved_within_and_the_granted_one_stays_where_it_hangs(world):
    world.grant(Permission.MOVE_UNIT)
    given = {
        "unit_id": world.unit.pk,
        "source_parent_id": world.organization.root.pk,
        "destination_parent_id": world.beside.pk,
    }

    refusal = refused(operations.units.move_organizational_unit, world.actor, given)

    assert type(refusal) is errors.OutsideGrant


def test_only_named_policies_are_attached_and_detached(world):
    world.grant(Permission.ATTACH_POLICY)
    for policy in (world.named, world.other):
        operations.attachments.attach_policy(
            actor=world.manager, policy_id=policy.pk, entity_id=world.deep.pk
        )
    here = {"policy_id": world.other.pk, "entity_id": world.below.pk}
    there = {"policy_id": world.other.pk, "entity_id": world.deep.pk}

    attaching = refused(operations.attachments.attach_policy, world.actor, here)
    detaching = refused(operations.attachments.detach_policy, world.actor, there)

    assert type(attaching) is type(detaching) is errors.PolicyOutsideGrant
    operations.attachments.detach_policy(
        actor=world.actor, policy_id=world.named.pk, entity_id=world.deep.pk
    )


def test_setting_attachments_needs_what_comes_and_goes_and_a_new_order_needs_all(world):
    world.grant(Permission.ATTACH_POLICY)
    entity_id = world.deep.pk
    kind = PolicyType.SERVICE_CONTROL_POLICY
    for policy in (world.other, world.named):
        operations.attachments.attach_policy(
            actor=world.manager, policy_id=policy.pk, entity_id=entity_id
        )
    full, other, named = "p-FullAccess", world.other.pk, world.named.pk
    set_to = operations.attachments.set_attachments

    for ids in ([full, named], [named, full, other]):
        given = {"entity_id": entity_id, "policy_type": kind, "policy_ids": ids}
        assert type(refused(set_to, world.actor, given)) is errors.PolicyOutsideGrant
    set_to(actor=world.actor, entity_id=entity_id, policy_type=kind, policy_ids=[full, other])


def test_tags_of_a_policy_hang_on_no_unit(world):
    world.grant(Permission.TAG_RESOURCE, unit=world.organization.root)
    given = {"resource_id": world.named.pk, "tags": [("k", "v")]}

    refusal = refused(operations.tags.tag_resource, world.actor, given)

    assert type(refusal) is errors.OutsideGrant


def test_an_invitation_to_another_place_is_neither_sent_again_nor_taken_back(world):
    world.grant(Permission.INVITE_ACCOUNT)
    yesterday = timezone.now() - timedelta(days=1)
    outside, inside = (
        InvitationFactory(
            organization=world.organization,
            account=AccountFactory(),
            destination=place,
            created_at=yesterday,
        )
        for place in (None, world.deep)
    )
    of_it = {"invitation_id": outside.pk}

    for operation in (
        operations.invitations.resend_invitation,
        operations.invitations.cancel_invitation,
    ):
        assert type(refused(operation, world.actor, of_it)) is errors.OutsideGrant
        operation(actor=world.actor, invitation_id=inside.pk)


def test_r_perm_6_service_control_policies_bind_a_grantee_of_a_member_account(world):
    world.grant(Permission.CREATE_UNIT)
    deny = operations.policies.create_policy(
        actor=world.manager,
        name="No units",
        policy_type="service_control_policy",
        content=DENY.replace("signin::*", "organizations:ous:create"),
    )
    operations.attachments.attach_policy(
        actor=world.manager, policy_id=deny.pk, entity_id=world.home.pk
    )
    operation, given = world.acts(inside=True)[Permission.CREATE_UNIT]

    assert type(refused(operation, world.actor, given)) is errors.DeniedByPolicy


def test_a_reader_of_the_management_account_gets_rights_in_person(world):
    reader = make_administrator(world.organization.management_account, role=Role.READER)
    operation, given = world.acts(inside=True)[Permission.CREATE_UNIT]
    without = refused(operation, actor_for(reader), given)

    world.grant(Permission.CREATE_UNIT, username=reader.username)

    assert type(without) is errors.PermissionDenied
    operation(actor=actor_for(reader), **given)


def test_a_grant_to_an_account_is_to_its_administrators_also_to_later_ones(world):
    account = AccountFactory(member_of=world.organization.root)
    world.grant(Permission.CREATE_UNIT, account_id=account.pk)
    reader = make_administrator(account, role=Role.READER)
    administrator = make_administrator(account)

    assert access.can(actor_for(administrator), Permission.CREATE_UNIT, world.deep)
    assert not access.can(actor_for(reader), Permission.CREATE_UNIT, world.deep)
    assert access.can(actor_for(administrator), Permission.VIEW_ORGANIZATION, world.organization)


def test_who_entered_an_account_has_the_grants_of_the_account_and_no_user_s(world):
    world.grant(Permission.CREATE_UNIT, account_id=world.home.pk)
    world.grant(Permission.TAG_RESOURCE)
    agency = operations.agencies.account_access_agency(
        world.home,
        name="WayIn",
        management_account_id=world.organization.management_account_id,
        now=timezone.now(),
    )
    agency.save()
    entered = Actor(
        account_id=world.home.pk,
        user_id=world.manager.user_id,
        organization_id=world.organization.pk,
        home_account_id=world.manager.account_id,
        agency_id=agency.pk,
    )

    assert access.rights_of(entered, world.organization.pk).on_units == {
        world.unit.pk: {Permission.CREATE_UNIT, Permission.VIEW_STRUCTURE}
    }
    agency.delete()
    assert access.rights_of(entered, world.organization.pk) == access.Rights()


def test_another_policy_of_the_same_name_is_a_change_that_is_recorded(world):
    grant = world.grant(Permission.ATTACH_POLICY)
    namesake = operations.policies.create_policy(
        actor=world.manager,
        name="Named",
        policy_type="service_control_policy",
        content=DENY,
        is_dry_run=True,
    )

    operations.scoped_grants.update_scoped_grant(
        actor=world.manager,
        grant_id=grant.pk,
        permissions=[Permission.ATTACH_POLICY],
        policy_ids=[namesake.pk],
    )

    event = last_event()
    target = event.targets.get(place=0)
    assert event.kind == "updateGrant"
    assert target.before["named_policy_ids"] == [world.named.pk]
    assert target.after["named_policy_ids"] == [namesake.pk]


def test_creating_a_grant_records_who_gave_what_to_whom_and_until_when(world):
    until = timezone.now() + timedelta(days=30)

    grant = world.grant(Permission.ATTACH_POLICY, Permission.CREATE_UNIT, expires_at=until)

    assert grant.granted_by == world.manager.username
    assert grant.permissions == [Permission.CREATE_UNIT, Permission.ATTACH_POLICY]
    event = last_event()
    assert (event.kind, event.actor_username) == ("createGrant", world.manager.username)
    target = event.targets.get(place=0)
    assert (target.entity_type, target.entity_name) == ("grant", world.user.username)
    assert target.after == {
        "granted_on_id": world.unit.pk,
        "granted_on": "Inside",
        "permissions": ["create_unit", "attach_policy"],
        "named_policies": ["Named"],
        "named_policy_ids": [world.named.pk],
        "expires_at": until.isoformat(),
    }


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"permissions": []}, "permissions"),
        ({"permissions": ["delete_organization"]}, "permissions"),
        ({"permissions": ["manage_grants"]}, "permissions"),
        ({"permissions": ["view_structure"]}, "permissions"),
        ({"permissions": ["attach_policy"]}, "policy_ids"),
        ({"policy_ids": ["p-FullAccess"]}, "policy_ids"),
        ({"permissions": ["attach_policy"], "policy_ids": ["\0"]}, "policy_id"),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "expires_at"),
        ({"expires_at": timezone.now().replace(tzinfo=None)}, "expires_at"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"username": None}, "account_id"),
        ({"account_id": "0" * 32}, "account_id"),
        ({"unit_id": "nowhere"}, "unit_id"),
    ],
)
def test_what_makes_no_grant_is_refused_at_its_field(world, changed, field):
    given = {
        "unit_id": world.unit.pk,
        "username": world.user.username,
        "permissions": ["create_unit"],
    } | changed

    refusal = refused(operations.scoped_grants.create_scoped_grant, world.manager, given)

    assert isinstance(refusal, errors.InvalidParameter)
    assert refusal.field == field


def test_r_gen_3_nothing_of_another_organization_is_there_to_be_granted(world):
    other = World()
    given = {
        "unit_id": world.unit.pk,
        "username": world.user.username,
        "permissions": ["attach_policy"],
        "policy_ids": [world.named.pk],
    }
    create = operations.scoped_grants.create_scoped_grant

    for changed, expected in [
        ({"unit_id": other.unit.pk}, errors.ParentNotFound),
        ({"username": other.user.username}, errors.UserNotFound),
        ({"username": None, "account_id": other.home.pk}, errors.AccountNotFound),
        ({"policy_ids": [other.named.pk]}, errors.PolicyNotFound),
    ]:
        assert type(refused(create, world.manager, given | changed)) is expected
    theirs = other.grant(Permission.CREATE_UNIT)
    for operation, more in [
        (operations.scoped_grants.update_scoped_grant, {"permissions": ["create_unit"]}),
        (operations.scoped_grants.revoke_scoped_grant, {}),
    ]:
        refusal = refused(operation, world.manager, {"grant_id": theirs.pk, **more})
        assert type(refusal) is errors.ScopedGrantNotFound


def test_a_grantee_that_could_not_use_a_grant_or_needs_none_is_refused(world):
    create = operations.scoped_grants.create_scoped_grant
    given = {"unit_id": world.unit.pk, "permissions": ["create_unit"]}
    management = world.organization.management_account
    disabled = make_administrator(world.home, username="gone")
    operations.users.update_user(actor=world.actor, username=disabled.username, is_active=False)
    Account.objects.filter(pk=world.account.pk).update(status="suspended")
    world.grant(Permission.TAG_RESOURCE)

    for whom, expected in [
        ({"account_id": management.pk}, errors.GranteeIsManagement),
        ({"username": world.manager.username}, errors.GranteeIsManagement),
        ({"username": disabled.username}, errors.GranteeDisabled),
        ({"account_id": world.account.pk}, errors.AccountNotActive),
        ({"username": world.user.username}, errors.ScopedGrantPresent),
    ]:
        assert type(refused(create, world.manager, given | whom)) is expected


def test_changing_a_grant_replaces_all_of_it_and_the_same_again_leaves_no_trace(world):
    grant = world.grant(Permission.ATTACH_POLICY, Permission.CREATE_UNIT)
    change = {"grant_id": grant.pk, "permissions": ["tag_resource"]}

    operations.scoped_grants.update_scoped_grant(actor=world.manager, **change)

    assert last_event().kind == "updateGrant"
    assert access.rights_of(world.actor, world.organization.pk).on_units == {
        world.unit.pk: {Permission.TAG_RESOURCE, Permission.VIEW_STRUCTURE}
    }
    assert list(grant.policies.all()) == []
    before = digest_of_database()
    operations.scoped_grants.update_scoped_grant(actor=world.manager, **change)
    after = digest_of_database()
    assert last_event().kind == "updateGrant"
    assert Event.objects.filter(kind="updateGrant").count() == 1
    assert before is not None
    assert after is not None


def test_a_grant_taken_back_is_gone_with_the_next_question(world):
    grant = world.grant()

    operations.scoped_grants.revoke_scoped_grant(actor=world.manager, grant_id=grant.pk)

    assert last_event().kind == "revokeGrants"
    assert not OrganizationalUnitUserGrant.objects.exists()
    operation, given = world.acts(inside=True)[Permission.TAG_RESOURCE]
    assert type(refused(operation, world.actor, given)) is errors.NotManagementAccount


def test_all_grants_are_taken_from_an_account_and_its_users_in_one_change(world):
    world.grant(Permission.CREATE_UNIT, account_id=world.home.pk)
    world.grant(Permission.CREATE_UNIT)
    world.grant(Permission.CREATE_UNIT, unit=world.beside)
    stays = world.grant(Permission.CREATE_UNIT, account_id=world.account.pk)
    revoke = operations.scoped_grants.revoke_scoped_grants

    assert revoke(actor=world.manager, account_id=world.home.pk) == 3

    assert list(ScopedGrant.objects.all()) == [stays]
    assert last_event().targets.count() == 3
    number = last_event().pk
    assert revoke(actor=world.manager, username=world.user.username) == 0
    assert last_event().pk == number


def test_a_chore_removes_what_has_run_out_and_the_event_is_the_system_s(world, clock):
    world.grant(Permission.CREATE_UNIT, expires_at=timezone.now() + timedelta(hours=1))
    world.grant(Permission.CREATE_UNIT, unit=world.beside)
    tasks.do_chores()
    assert ScopedGrant.objects.count() == 2
    clock.forward(hours=1)

    tasks.do_chores()

    assert ScopedGrant.objects.get().unit == world.beside
    event = last_event()
    assert (event.kind, event.actor_user_id, event.actor_username) == ("expireGrant", None, "")
    tasks.do_chores()
    assert last_event() == event


def ends(world, operation, **given):
    """The grants to the account and to its user end with what is done, and its event says so."""
    world.grant(Permission.CREATE_UNIT, account_id=world.home.pk)
    world.grant(Permission.TAG_RESOURCE, unit=world.beside)
    operation(**given)
    assert not ScopedGrant.objects.exists()
    assert not OrganizationalUnitGroupGrant.objects.exists()
    assert not OrganizationalUnitUserGrant.objects.exists()
    told = last_event().targets.filter(entity_type="grant").order_by("place")
    assert [target.before["granted_on"] for target in told] == ["Inside", "Beside"]


def test_grants_end_when_the_account_leaves(world):
    Account.objects.filter(pk=world.home.pk).update(
        created_at=timezone.now() - timedelta(days=30), is_converted=True
    )
    ends(world, operations.departures.leave_organization, actor=world.actor)


def test_grants_end_when_the_account_is_removed(world):
    Account.objects.filter(pk=world.home.pk).update(
        created_at=timezone.now() - timedelta(days=30), is_converted=True
    )
    ends(
        world,
        operations.departures.remove_account,
        actor=world.manager,
        account_id=world.home.pk,
    )


def test_grants_end_when_the_account_is_closed(world, settings, run_jobs):
    def close():
        operations.closings.close_account(actor=world.manager, account_id=world.home.pk)
        run_jobs()

    ends(world, close)


def test_grants_end_when_their_unit_is_deleted(world):
    world.grant(Permission.CREATE_UNIT, unit=world.deep)

    operations.units.delete_organizational_unit(actor=world.manager, unit_id=world.deep.pk)

    assert not ScopedGrant.objects.exists()
    assert not OrganizationalUnitUserGrant.objects.exists()
    told = last_event().targets.get(entity_type="grant")
    assert told.before["granted_on_id"] == world.deep.pk


def test_grants_in_person_end_when_the_user_is_disabled_and_do_not_come_back(world):
    other = make_administrator(world.home, username="colleague")
    world.grant(Permission.CREATE_UNIT, username="colleague")
    kept = world.grant(Permission.CREATE_UNIT, account_id=world.home.pk)

    operations.users.update_user(actor=world.actor, username=other.username, is_active=False)

    assert last_event().targets.get(entity_type="grant").entity_name == "colleague"
    assert list(ScopedGrant.objects.all()) == [kept]
    operations.users.update_user(actor=world.actor, username=other.username, is_active=True)
    assert list(ScopedGrant.objects.all()) == [kept]


def test_judging_many_places_takes_one_statement(world, django_assert_num_queries):
    world.grant()
    units = [
        *world.organization.units.with_path().filter(
            pk__in=[world.unit.pk, world.deep.pk, world.deep_beside.pk]
        )
    ]

    with django_assert_num_queries(1):
        rights = access.rights_of(world.actor, world.organization.pk)
        found = {unit.pk: Permission.CREATE_UNIT in rights.at(unit) for unit in units}

    assert found == {
        world.unit.pk: True,
        world.deep.pk: True,
        world.deep_beside.pk: False,
    }


def test_a_block_that_asked_for_no_place_is_undone(world):
    world.grant(Permission.CREATE_UNIT)
    change = operations.change.place_change(
        world.actor, Permission.CREATE_UNIT, OwnCall("organizations:ous:create")
    )

    with pytest.raises(errors.NotManagementAccount), change as (organization, _reach):
        UnitFactory(parent=organization.root, name="Unasked")

    assert not world.organization.units.filter(name="Unasked").exists()
