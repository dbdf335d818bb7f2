"""Founding and deleting: R-ORG-1 to R-ORG-11."""

import pytest

from orgs import errors
from orgs.models import JoinMethod, Organization
from orgs.operations.organizations import create_organization, delete_organization
from orgs.operations.units import create_organizational_unit
from tests.factories import AccountFactory, actor_for, make_administrator, make_organization

pytestmark = pytest.mark.django_db


def test_r_org_3_r_org_4_create_organization_makes_one_root_with_the_management_account_under_it():
    account = AccountFactory()
    actor = actor_for(make_administrator(account))

    organization = create_organization(actor=actor)

    account.refresh_from_db()
    assert organization.management_account == account
    assert account.organization == organization
    assert account.unit == organization.root
    assert account.join_method == JoinMethod.INVITED
    assert account.joined_at == organization.created_at
    assert account.status == "active"
    (agency,) = account.agencies.all()
    assert (agency.kind, agency.service) == ("service_linked", "service.Organizations")
    assert list(organization.units.values_list("name", "parent")) == [("root", None)]
    assert list(organization.events.values_list("number", "kind")) == [(1, "createOrganization")]


def test_r_org_1_create_organization_refuses_an_account_that_is_in_one():
    organization, actor = make_organization()

    with pytest.raises(errors.AccountAlreadyInOrganization):
        create_organization(actor=actor)

    assert list(Organization.objects.all()) == [organization]


def test_delete_organization_refuses_one_that_holds_a_unit():
    organization, actor = make_organization()
    create_organizational_unit(actor=actor, parent_id=organization.root.pk, name="Sales")

    with pytest.raises(errors.OrganizationNotEmpty):
        delete_organization(actor=actor)

    organization.refresh_from_db()
    assert organization.deleted_at is None
    assert organization.version == 2


def test_delete_organization_leaves_the_management_account_alone():
    organization, actor = make_organization()

    delete_organization(actor=actor)

    organization.refresh_from_db()
    assert organization.deleted_at is not None
    assert organization.management_account.stands_alone
    assert list(organization.units.all()) == []
    assert list(organization.group_grants.all()) == []
