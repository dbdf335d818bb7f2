"""Rights: granted on a place, they cover what is below it; one statement at any depth."""

import re

import pytest
from django.db import connection

from orgs import access
from orgs.actor import Actor
from orgs.models import OrganizationalUnitUserGrant, Role, User
from orgs.operations.scoped_grants import create_scoped_grant
from orgs.operations.units import delete_organizational_unit
from orgs.permissions import Permission
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)

pytestmark = pytest.mark.django_db

CREATE = Permission.CREATE_UNIT


@pytest.fixture
def tree():
    """A path of five units below the root, and a member without rights."""
    organization, _ = make_organization()
    path = [organization.root]
    for name in "abcde":
        path.append(UnitFactory(parent=path[-1], name=name))
    member = make_administrator(AccountFactory(member_of=organization.root))
    return organization, path, member


def grant(user, unit, permission=CREATE, *, to_group=False):
    manager = User.objects.get(account=unit.organization.management_account)
    whom = {"account_id": user.account_id} if to_group else {"username": user.username}
    create_scoped_grant(actor=actor_for(manager), unit_id=unit.pk, permissions=[permission], **whom)


@pytest.mark.parametrize("to_group", [True, False])
@pytest.mark.parametrize("granted_at", range(6))
def test_can_covers_the_unit_of_the_grant_and_what_is_below_it(tree, granted_at, to_group):
    organization, path, member = tree
    grant(member, path[granted_at], to_group=to_group)
    sibling = UnitFactory(parent=path[1], name="sibling")
    actor = actor_for(member)

    assert [access.can(actor, CREATE, unit) for unit in path] == [
        level >= granted_at for level in range(6)
    ]
    assert access.can(actor, CREATE, sibling) == (granted_at <= 1)
    assert not access.can(actor, CREATE, organization)
    assert not access.can(actor, Permission.DELETE_UNIT, path[granted_at])


@pytest.mark.skipif(connection.vendor != "postgresql", reason="what its planner makes of it")
def test_the_groups_of_a_user_are_found_first_whatever_postgresql_takes_the_tables_for(tree):
    """An organization has grants for each of its accounts, and its groups were sought anew for each."""
    organization, path, member = tree
    actor = actor_for(member)
    plans = []

    def explain(execute, sql, params, *more):
        with connection.connection.cursor() as cursor:
            plans.append(str(cursor.execute(f"EXPLAIN {sql}", params).fetchall()))
        return execute(sql, params, *more)

    with connection.execute_wrapper(explain):
        access.permissions_of(actor, organization)
        access.permissions_of(actor, path[-1])
        access.rights_of(actor, organization.pk)

    # As an array, found before: for grants to groups on the organization, and for those on units.
    # PostgreSQL names it $0 up to version 16, and (InitPlan 1) from 17 on.
    found_first = re.compile(r"group_id = ANY \((\$|\(InitPlan )")
    assert len(found_first.findall(plans[0])) >= 1
    assert len(found_first.findall(plans[1])) >= 2
    assert len(found_first.findall(plans[2])) >= 2


@pytest.mark.parametrize("level", [0, 5])
def test_can_and_permissions_of_are_one_statement_at_any_depth(
    tree, level, django_assert_num_queries
):
    organization, path, member = tree
    actor = actor_for(member)

    with django_assert_num_queries(1):
        access.can(actor, CREATE, path[level])
    with django_assert_num_queries(1):
        access.permissions_of(actor, path[level])
    with django_assert_num_queries(1):
        access.can(actor, CREATE, organization)


def test_a_grant_in_one_organization_says_nothing_in_another(tree):
    organization, path, _ = tree
    other, manager = make_organization()
    unit = UnitFactory(parent=other.root)

    assert access.can(manager, CREATE, unit)
    assert not access.can(manager, CREATE, organization)
    assert not any(access.can(manager, CREATE, place) for place in path)


def test_a_role_taken_away_is_gone_with_the_next_question(tree):
    organization, _, _ = tree
    user = make_administrator(organization.management_account, username="anna")
    actor = actor_for(user)
    assert access.can(actor, CREATE, organization)

    user.groups.clear()

    assert not access.can(actor, CREATE, organization)


def test_r_perm_2_permissions_of_a_reader_are_to_look(tree):
    organization, path, _ = tree
    reader = make_administrator(organization.management_account, role=Role.READER)

    assert access.permissions_of(actor_for(reader), path[5]) == {
        Permission.VIEW_ORGANIZATION,
        Permission.VIEW_STRUCTURE,
        Permission.VIEW_ACTIVITY,
    }


def test_nobody_may_do_anything(tree):
    organization, path, _ = tree
    nobody = Actor(account_id=None, user_id=None)

    assert access.permissions_of(nobody, path[5]) == frozenset()
    assert not access.can(nobody, Permission.VIEW_ORGANIZATION, organization)


def test_a_superuser_without_an_account_has_no_rights_here(tree):
    organization, path, _ = tree
    user = User.objects.create(username="operator", is_superuser=True)
    actor = Actor(account_id=None, user_id=user.pk)

    assert not access.can(actor, Permission.VIEW_ORGANIZATION, path[0])
    assert not access.can(actor, Permission.VIEW_ORGANIZATION, organization)


def test_a_deleted_unit_takes_the_grants_on_it_along(tree):
    organization, path, member = tree
    grant(member, path[5])
    manager = User.objects.get(account=organization.management_account)

    delete_organizational_unit(actor=actor_for(manager), unit_id=path[5].pk)

    assert list(OrganizationalUnitUserGrant.objects.all()) == []
