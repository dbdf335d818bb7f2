"""R-GEN-6, R-GEN-7: every list comes whole, once and in a stable order, whatever the limit."""

import re
from datetime import timedelta

import pytest

from orgs import operations
from orgs.models import Account, CreationRequest, IntegrableService, OrganizationalUnit, User
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)
from tests.standing import as_made, standing
from tests.wire.conftest import (
    World,
    attach_to_everything,
    fill_requests,
    invitation_that_ended,
    make_policy,
    make_world,
    switch_on,
)
from tests.wire.signing import call, code_of, key_for

INVALID = (400, "Organizations.1050")
LISTS = {
    "roots": ("/v1/organizations/roots", "roots"),
    "units": ("/v1/organizations/organizational-units", "organizational_units"),
    "units of a parent": (
        "/v1/organizations/organizational-units?parent_id={root}",
        "organizational_units",
    ),
    "accounts": ("/v1/organizations/accounts", "accounts"),
    "accounts of a parent": ("/v1/organizations/accounts?parent_id={unit}", "accounts"),
    "accounts with contacts": (
        "/v1/organizations/accounts?with_register_contact_info=true",
        "accounts",
    ),
    "entities": ("/v1/organizations/entities", "entities"),
    "entities of a parent": ("/v1/organizations/entities?parent_id={unit}", "entities"),
    "creations": ("/v1/organizations/create-account-status", "create_account_statuses"),
    "creations in a state": (
        "/v1/organizations/create-account-status?states=succeeded&states=failed",
        "create_account_statuses",
    ),
    "handshakes": ("/v1/organizations/handshakes", "handshakes"),
    "received handshakes": ("/v1/received-handshakes", "handshakes"),
    "policies": ("/v1/organizations/policies", "policies"),
    "policies of an entity": (
        "/v1/organizations/policies?attached_entity_id={unit}",
        "policies",
    ),
    "entities of a policy": (
        "/v1/organizations/policies/{policy}/attached-entities",
        "attached_entities",
    ),
    "policies on trial": ("/v1/organizations/dry-run-policies", "policies"),
    "policies on trial of an entity": (
        "/v1/organizations/dry-run-policies?attached_entity_id={unit}",
        "policies",
    ),
    "entities of a policy on trial": (
        "/v1/organizations/dry-run-policies/{trial}/attached-entities",
        "attached_entities",
    ),
    "trusted services": ("/v1/organizations/trusted-services", "trusted_services"),
    "delegated administrators": (
        "/v1/organizations/delegated-administrators",
        "delegated_administrators",
    ),
    "delegated administrators of a service": (
        "/v1/organizations/delegated-administrators?service_principal=service.AOM",
        "delegated_administrators",
    ),
    "delegated services": (
        "/v1/organizations/accounts/{account}/delegated-services",
        "delegated_services",
    ),
    "tags": ("/v1/organizations/resources/{unit}/tags", "tags"),
    "tags by type": ("/v1/organizations/organizations:ous/{unit}/tags", "tags"),
}
SIZES = {
    "creations": 13,
    "creations in a state": 12,
    "handshakes": 24,
    "received handshakes": 13,
    "roots": 1,
    "units": 9,
    "units of a parent": 5,
    "accounts": 13,
    "accounts of a parent": 12,
    "accounts with contacts": 13,
    "entities": 23,
    "entities of a parent": 16,
    "policies": 13,
    "policies of an entity": 4,
    "entities of a policy": 23,
    "policies on trial": 8,
    "policies on trial of an entity": 2,
    "entities of a policy on trial": 23,
    "trusted services": 9,
    "delegated administrators": 12,
    "delegated administrators of a service": 3,
    "delegated services": 9,
    "tags": 9,
    "tags by type": 9,
}


def make_filled() -> World:
    """Units and accounts of one moment, so that only their ids tell them apart; tags."""
    world = make_world()
    for _ in range(4):
        UnitFactory(parent=world.root)
        UnitFactory(parent=world.unit)
    for _ in range(11):
        AccountFactory(member_of=world.unit)
    moment = world.unit.created_at
    OrganizationalUnit.objects.update(created_at=moment)
    Account.objects.filter(organization=world.organization).update(joined_at=moment)
    fill_requests(world.organization, world.unit.accounts.all())
    # One of another organization, one of another state.
    management = world.organization.management_account
    invitation_that_ended(make_organization()[0], management).save()
    CreationRequest.objects.create(
        organization=world.organization,
        account_name="under-way",
        agency_name="Way.In",
        created_at=moment,
    )
    delegate(world)
    switch_on(world.organization)
    # As long as names and markers get.
    for number in range(12):
        policy = make_policy(world.organization, f"{number:02}" + "策" * 62)
        if number < 3:
            attach_to_everything(policy)
    for number in range(8):
        policy = make_policy(world.organization, f"number {number}", is_dry_run=True)
        if number < 2:
            attach_to_everything(policy)
    tags = [{"key": f"key-{number}", "value": str(number)} for number in range(9)]
    assert call(
        world.keys["manager"],
        "POST",
        f"/v1/organizations/resources/{world.unit.pk}/tag",
        {"tags": tags},
    )
    return world


@pytest.fixture(scope="module")
def filled_once(django_db_setup, django_db_blocker):
    with standing(django_db_blocker):
        yield make_filled()


@pytest.fixture
def filled(filled_once, db) -> World:
    return as_made(filled_once)


def delegate(world):
    """Nine services, the last account for all of them; the others for one that takes any number."""
    actor = actor_for(User.objects.get(access_keys=world.keys["manager"].id))
    IntegrableService.objects.update(most_delegated_administrators=None)
    several = IntegrableService.objects.filter(supports_delegated_administrators=True)
    services = several.order_by("pk")[:9]
    first, *others = world.unit.accounts.order_by("name_key")
    for place, service in enumerate(services):
        operations.trusted_services.enable_trusted_service(
            actor=actor, service_principal=service.pk
        )
        register(actor, first, service)
        if place == 0:
            for account in others[:2]:
                register(actor, account, service)
    for account in others[2:]:
        register(actor, account, service)


def register(actor, account, service):
    operations.delegated_administrators.register_delegated_administrator(
        actor=actor, account_id=account.pk, service_principal=service.pk
    )


def walk(key, url, name, limit=None):
    """Every page of a list."""
    joined = "&" if "?" in url else "?"
    marker, pages = "", []
    while True:
        query = ([f"limit={limit}"] if limit else []) + ([f"marker={marker}"] if marker else [])
        response = call(key, "GET", url + (joined + "&".join(query) if query else ""))
        assert response.status_code == 200, response.content
        content = response.json()
        pages.append(content[name])
        info = content["page_info"]
        assert info["current_count"] == len(content[name])
        marker = info["next_marker"]
        if marker is None:
            return pages
        assert re.fullmatch(r"[A-Za-z0-9_-]{4,400}", marker)
        assert limit
        assert len(content[name]) == limit  # a short page is the last one


@pytest.mark.parametrize("name", LISTS)
def test_r_gen_6_a_list_is_the_same_by_pages_of_every_size(filled, name):
    url, field = LISTS[name]
    url = url.format(
        root=filled.root.pk,
        unit=filled.unit.pk,
        policy=filled.unit.attachments.enforced().latest("pk").policy_id,
        account=filled.unit.accounts.order_by("name_key")[0].pk,
        trial=filled.unit.attachments.dry_run().latest("pk").policy_id,
    )
    key = filled.keys["manager"]

    (whole,) = walk(key, url, field)

    assert len(whole) == SIZES[name]
    distinct = {str(sorted(row.items(), key=str)) for row in whole}
    assert len(distinct) == len(whole)
    for limit in (1, 2, 7, len(whole), 200):
        pages = walk(key, url, field, limit)
        assert [row for page in pages for row in page] == whole
        assert all(len(page) == limit for page in pages[:-1])
        assert pages[-1] or len(whole) == 0


def test_r_gen_7_a_marker_is_good_for_its_list_its_filters_and_its_organization(filled):
    key, stranger = filled.keys["manager"], make_world().keys["manager"]
    accounts = "/v1/organizations/accounts?limit=1"
    marker = call(key, "GET", accounts).json()["page_info"]["next_marker"]

    assert call(key, "GET", f"{accounts}&marker={marker}").status_code == 200
    assert call(key, "GET", f"/v1/organizations/accounts?marker={marker}").status_code == 200
    for other in (
        "/v1/organizations/entities?limit=1",
        "/v1/organizations/roots?limit=1",
        f"{accounts}&parent_id={filled.unit.pk}",
        f"{accounts}&with_register_contact_info=true",
        f"/v1/organizations/resources/{filled.unit.pk}/tags?limit=1",
    ):
        response = call(key, "GET", f"{other}&marker={marker}")
        assert code_of(response) == INVALID
        assert response.json()["error_msg"].startswith("marker: ")
    assert code_of(call(stranger, "GET", f"{accounts}&marker={marker}")) == INVALID


@pytest.mark.parametrize(
    ("of", "others"),
    [
        (
            "/v1/organizations/handshakes?limit=1",
            ["/v1/received-handshakes?limit=1", "/v1/organizations/create-account-status?limit=1"],
        ),
        (
            "/v1/received-handshakes?limit=1",
            ["/v1/organizations/handshakes?limit=1", "/v1/organizations/accounts?limit=1"],
        ),
        (
            "/v1/organizations/create-account-status?limit=1",
            [
                "/v1/organizations/create-account-status?limit=1&states=succeeded",
                "/v1/organizations/handshakes?limit=1",
            ],
        ),
        (
            "/v1/organizations/policies?limit=1",
            [
                "/v1/organizations/policies?limit=1&attached_entity_id=" + "0" * 32,
                "/v1/organizations/policies/p-FullAccess/attached-entities?limit=1",
            ],
        ),
        (
            "/v1/organizations/policies/p-FullAccess/attached-entities?limit=1",
            ["/v1/organizations/policies?limit=1", "/v1/organizations/entities?limit=1"],
        ),
    ],
)
def test_a_marker_of_invitations_and_of_requests_is_good_for_its_list(filled, of, others):
    key, stranger = filled.keys["manager"], make_world().keys["manager"]
    marker = call(key, "GET", of).json()["page_info"]["next_marker"]

    assert call(key, "GET", f"{of}&marker={marker}").status_code == 200
    for other in others:
        assert code_of(call(key, "GET", f"{other}&marker={marker}")) == INVALID
    assert code_of(call(stranger, "GET", f"{of}&marker={marker}")) == INVALID


def test_a_marker_of_received_invitations_is_good_for_the_invited_account(filled):
    """Of two accounts in no organization as well, which have no organization to be told apart by."""
    keys = []
    for _ in range(2):
        invited = AccountFactory()
        for _ in range(2):
            invitation_that_ended(filled.organization, invited).save()
        keys.append(key_for(make_administrator(invited)))
    url = "/v1/received-handshakes?limit=1"
    marker = call(keys[0], "GET", url).json()["page_info"]["next_marker"]

    assert call(keys[0], "GET", f"{url}&marker={marker}").status_code == 200
    assert code_of(call(keys[1], "GET", f"{url}&marker={marker}")) == INVALID


def test_r_acc_23_creations_come_newest_first_and_invitations_oldest_first(world, manager):
    for number in range(3):
        moment = world.organization.created_at + timedelta(minutes=number)
        CreationRequest.objects.create(
            organization=world.organization,
            account_name=f"number-{number}",
            agency_name="Way.In",
            created_at=moment,
        )
        invitation = invitation_that_ended(world.organization, world.member)
        invitation.created_at, invitation.notes = moment, f"number-{number}"
        invitation.save()

    def told(path, field, name):
        rows = [row for page in walk(manager, path, field, 2) for row in page]
        return [row[name] for row in rows]

    creations = "/v1/organizations/create-account-status"
    assert told(creations, "create_account_statuses", "account_name") == [
        f"number-{number}" for number in (2, 1, 0)
    ]
    assert told("/v1/organizations/handshakes", "handshakes", "notes") == [
        f"number-{number}" for number in (0, 1, 2)
    ]


def test_r_gen_7_a_marker_that_was_altered_is_refused(filled):
    key, accounts = filled.keys["manager"], "/v1/organizations/accounts?limit=1"
    marker = call(key, "GET", accounts).json()["page_info"]["next_marker"]
    accepted = []
    for place, present in enumerate(marker):
        other = "A" if present != "A" else "B"
        for wrong in (marker[:place] + other + marker[place + 1 :], marker[:place]):
            response = call(key, "GET", f"{accounts}&marker={wrong}")
            # The last character may carry bits that stand for nothing.
            if code_of(response) != INVALID and place < len(marker) - 1:
                accepted.append((wrong, response.content))

    assert accepted == []


def test_a_list_that_changes_meanwhile_loses_and_repeats_nothing(filled):
    key, url = filled.keys["manager"], "/v1/organizations/accounts?limit=3"
    first = call(key, "GET", url).json()
    seen = [row["id"] for row in first["accounts"]]
    there = set(
        Account.objects.filter(organization=filled.organization).values_list("pk", flat=True)
    )

    ours = filled.organization.management_account_id
    gone = next(each for each in reversed(seen) if each != ours)
    Account.objects.filter(pk=gone).update(
        organization=None, unit=None, join_method=None, joined_at=None
    )
    late = AccountFactory(member_of=filled.unit)
    marker = first["page_info"]["next_marker"]
    while marker:
        page = call(key, "GET", f"{url}&marker={marker}").json()
        seen += [row["id"] for row in page["accounts"]]
        marker = page["page_info"]["next_marker"]

    assert len(set(seen)) == len(seen)
    assert set(seen) == there | {late.pk}


def test_r_acc_3_contacts_are_told_where_they_are_asked_for_up_to_two_hundred(filled):
    key, url = filled.keys["manager"], "/v1/organizations/accounts"
    Account.objects.filter(pk=filled.member.pk).update(email="a@example.org", phone="+4912345")

    def row(query):
        rows = call(key, "GET", url + query).json()["accounts"]
        return next(each for each in rows if each["id"] == filled.member.pk)

    for query in ("", "?with_register_contact_info=false"):
        assert (row(query)["email"], row(query)["mobile_phone"]) == (None, None)
    told = row("?with_register_contact_info=true&limit=200")
    assert (told["email"], told["mobile_phone"]) == ("a@example.org", "+4912345")
    refused = call(key, "GET", url + "?with_register_contact_info=true&limit=201")
    assert code_of(refused) == INVALID
    assert call(key, "GET", url + "?limit=2000").status_code == 200
    assert code_of(call(key, "GET", url + "?limit=2001")) == INVALID
