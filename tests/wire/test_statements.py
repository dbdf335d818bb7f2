"""T14: how many statements a request takes, and that size does not matter; no model instances in lists."""

import json
from unittest import mock

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from orgs import operations, organization_file
from orgs.actor import Actor
from orgs.models import Organization, OrganizationalUnit, User
from tests.big_organization import big_organization
from tests.wire.conftest import (
    attach_tag_policy,
    attach_to_everything,
    fill_requests,
    make_policy,
    switch_on,
)
from tests.wire.signing import call, key_for

# The key's statement is the first of each, and counted.
WANTED = {
    "/v1/organizations/accounts/{account}": 2,
    "/v1/organizations/accounts?limit=200": 2,
    "/v1/organizations/accounts?limit=200&parent_id={unit}": 3,
    "/v1/organizations/organizational-units?limit=200": 2,
    "/v1/organizations/organizational-units?limit=200&parent_id={root}": 3,
    "/v1/organizations/organizational-units/{unit}": 2,
    "/v1/organizations/entities?limit=200": 4,
    "/v1/organizations/entities?limit=200&parent_id={unit}": 4,
    "/v1/organizations/entities?child_id={account}": 2,
    "/v1/organizations/roots": 2,
    "/v1/organizations/resources/{unit}/tags": 3,
    "/v1/organizations/organizations:accounts/tags": 2,
    "/v1/organizations/create-account-status?limit=200": 2,
    "/v1/organizations/create-account-status?limit=200&states=succeeded&states=failed": 2,
    "/v1/organizations/create-account-status/{creation}": 2,
    "/v1/organizations/close-account-status": 2,
    "/v1/organizations/close-account-status?states=pending_closure&states=suspended": 2,
    "/v1/organizations/handshakes?limit=200": 2,
    "/v1/organizations/handshakes/{handshake}": 2,
    "/v1/received-handshakes?limit=200": 2,
    "/v1/organizations/policies?limit=200": 2,
    "/v1/organizations/policies?attached_entity_id={account}": 3,
    "/v1/organizations/policies/{policy}": 2,
    "/v1/organizations/policies/{policy}/attached-entities?limit=200": 3,
    "/v1/organizations/dry-run-policies?limit=200": 2,
    "/v1/organizations/dry-run-policies?attached_entity_id={account}": 3,
    "/v1/organizations/dry-run-policies/{trial}": 2,
    "/v1/organizations/dry-run-policies/{trial}/attached-entities?limit=200": 3,
    "/v1/organizations/dry-run-config?root_id={root}&policy_type=service_control_policy": 2,
    "/v1/organizations/entities/effective-policies?entity_id={account}&policy_type=tag_policy": 2,
    "/v1/organizations/resources/{policy}/tags": 3,
    "/v1/organizations/organizations:policies/tags": 2,
    "/v1/organizations/quotas": 11,
    "/v1/organizations/services": 2,
    "/v1/organizations/trusted-services?limit=200": 2,
    "/v1/organizations/delegated-administrators?limit=200": 2,
    "/v1/organizations/delegated-administrators?service_principal=service.AOM": 2,
    "/v1/organizations/accounts/{account}/delegated-services": 3,
    "/v1/organizations/tag-policy-services": 2,
}


def imported(settings, accounts):
    """A manager's key, a unit and an account of an organization of that size."""
    settings.ACCOUNT_QUOTA_MAX = 1_000_000
    name = f"size-{accounts}"
    made = operations.accounts.create_standalone_account(
        actor=Actor.operator("operator"), name=f"{name}-root"
    )
    plan = organization_file.read(big_organization(units=20, accounts=accounts, name=name))
    operations.organization_files.import_organization(
        actor=Actor.operator("operator"), plan=plan, management_account=made.account.name
    )
    organization = Organization.objects.get(management_account=made.account)
    fill_requests(organization, organization.accounts.all())
    switch_on(organization)
    policy = make_policy(organization, "Nobody leaves")
    attach_tag_policy(organization.root)
    trial = make_policy(organization, "Nobody leaves", is_dry_run=True)
    for each in (policy, trial):
        attach_to_everything(each)
    units = OrganizationalUnit.objects.filter(organization=organization, parent__isnull=False)
    key = key_for(User.objects.get(account=made.account))
    call(key, "GET", "/v1/organizations")  # its use is noted, its allowance taken
    place = units.filter(accounts__isnull=False).first()
    return key, {
        "unit": place.pk,
        "root": organization.root.pk,
        "account": place.accounts.first().pk,
        "creation": organization.creation_requests.first().pk,
        "handshake": organization.invitations.first().pk,
        "policy": policy.pk,
        "trial": trial.pk,
    }


def statements(key, url):
    with CaptureQueriesContext(connection) as captured:
        response = call(key, "GET", url)
    assert response.status_code == 200, response.content
    return len(captured)


# Where it takes longer than a minute, the key's use would be noted once more in between.
@pytest.mark.usefixtures("counted_by_nobody")
@pytest.mark.django_db
@pytest.mark.parametrize("accounts", [3, 1_000])
def test_requests_take_the_same_few_statements_at_every_size(settings, accounts):
    key, ids = imported(settings, accounts)

    # Entities of all kinds fill a page: what is full before the accounts is not asked for them.
    assert {url: statements(key, url.format(**ids)) for url in WANTED} == WANTED


@pytest.mark.django_db
def test_a_hundred_descriptions_of_an_account_take_two_hundred_statements(world, manager):
    url = f"/v1/organizations/accounts/{world.member.pk}"
    with CaptureQueriesContext(connection) as captured:
        for _ in range(100):
            assert call(manager, "GET", url).status_code == 200

    assert len(captured) <= 210


@pytest.mark.django_db
def test_lists_make_no_model_instances(settings):
    key, ids = imported(settings, 50)
    with mock.patch.object(Model, "from_db", side_effect=AssertionError("an instance was made")):
        for url in WANTED:
            if "quotas" not in url:
                assert call(key, "GET", url.format(**ids)).status_code == 200


@pytest.mark.bench
@pytest.mark.usefixtures("counted_by_nobody")
@pytest.mark.django_db
def test_requests_take_the_same_few_statements_at_a_hundred_thousand_accounts(settings):
    test_requests_take_the_same_few_statements_at_every_size(settings, 100_000)


def test_a_page_of_two_thousand_is_one_line_of_json(db, settings):
    key, _ids = imported(settings, 2_345)

    response = call(key, "GET", "/v1/organizations/accounts?limit=2000")

    assert len(json.loads(response.content)["accounts"]) == 2_000
