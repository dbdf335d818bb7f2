"""What holds for all of the wire, and for what has only begun: R-GEN, R-ORG-5, R-AUD-3, R-QUO-4 and more."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as configured

from orgs.api.urls import ROUTES
from orgs.events import Kind
from orgs.models import Attachment, Organization, Policy, RecordedCall
from orgs.operations.closings import close_account
from tests.factories import AccountFactory, UnitFactory, actor_for, make_administrator
from tests.wire.conftest import fill
from tests.wire.contract import OPERATIONS
from tests.wire.signing import ask, assert_refused, call, code_of, key_for

ACCOUNTS = "/v1/organizations/accounts"
UNITS = "/v1/organizations/organizational-units"
PARENT_NOT_FOUND = (404, "Organizations.1252")
INVALID = (400, "Organizations.1050")


@pytest.fixture
def manager(world):
    """A key whose use is noted."""
    key = world.keys["manager"]
    call(key, "GET", "/v1/organizations")
    return key


def ids(key, url, field):
    return {row["id"] for row in call(key, "GET", url).json()[field]}


# --- R-GEN ----------------------------------------------------------------------------------------


def test_r_gen_8_times_are_utc_to_the_second(world, manager):
    summer = datetime(2026, 7, 1, 23, 59, 58, 999_999, tzinfo=UTC)
    Organization.objects.filter(pk=world.organization.pk).update(created_at=summer)

    told = call(manager, "GET", "/v1/organizations").json()["organization"]["created_at"]

    assert told == "2026-07-01T23:59:58Z"


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("INVITATION_LIFETIME", timedelta(days=14)),
        ("INVITATION_WINDOW", timedelta(hours=24)),
        ("INVITATION_RECORDS_KEPT", timedelta(days=365)),
        ("CREATION_RECORDS_KEPT", timedelta(days=90)),
        ("CLOSED_ACCOUNTS_LISTED", timedelta(days=90)),
        ("CLOSING_WINDOW", timedelta(days=30)),
        ("REMOVAL_WINDOW", timedelta(hours=24)),
        ("STANDALONE_AGE", timedelta(days=7)),
        ("ORGANIZATIONAL_UNIT_QUOTA", 1_000),
        ("ACCOUNT_QUOTA", 10),
        ("CREATIONS_AT_ONCE", 5),
        ("CLOSINGS_AT_ONCE", 3),
        ("CLOSINGS_PERCENT", 10),
        ("CLOSINGS_LEAST", 10),
        ("CLOSINGS_MOST", 200),
        ("REMOVALS", 5),
        ("INVITATIONS", 20),
        ("POLICY_QUOTA", 1_000),
        ("SCP_CHARACTERS", 5_120),
        ("SCPS_PER_ENTITY", 5),
        ("TAG_POLICY_CHARACTERS", 10_000),
        ("TAG_POLICIES_PER_ENTITY", 10),
        ("TAG_QUOTA", 20),
    ],
)
def test_r_gen_9_r_quo_4_spans_and_counts_are_settings_with_these_defaults(name, default):
    assert getattr(configured, name) == default


def test_r_gen_10_one_endpoint_without_project_and_urns_without_region(world, manager):
    paths = [path for _method, path, endpoint in ROUTES if endpoint.name in OPERATIONS]
    for path in paths:
        assert re.match(r"v[12]/(organizations|received-handshakes)\b", path.lstrip("/"))
        assert "project" not in path
    management = world.organization.management_account_id
    unit = call(manager, "GET", f"{UNITS}/{world.unit.pk}").json()["organizational_unit"]

    assert unit["urn"] == (
        f"organizations::{management}:ou:{world.organization.pk}/{world.unit.pk}"
    )


def test_r_gen_6_a_page_holds_a_thousand_where_nothing_is_said_and_two_thousand_at_most(
    world, manager
):
    fill(world, 1_001)

    page = call(manager, "GET", ACCOUNTS).json()

    assert len(page["accounts"]) == page["page_info"]["current_count"] == 1_000
    rest = call(manager, "GET", f"{ACCOUNTS}?marker={page['page_info']['next_marker']}").json()
    everybody = world.organization.accounts.count()
    assert rest["page_info"] == {"next_marker": None, "current_count": everybody - 1_000}
    contacts = call(manager, "GET", f"{ACCOUNTS}?with_register_contact_info=true").json()
    assert contacts["page_info"]["current_count"] == 200  # R-ACC-3
    for limit in ("0", "-1", "2001"):
        assert code_of(call(manager, "GET", f"{ACCOUNTS}?limit={limit}")) == INVALID


# --- R-ORG, R-OU, R-ACC ---------------------------------------------------------------------------


@pytest.mark.django_db
def test_r_org_5_a_new_organization_has_everything_switched_off():
    key = key_for(make_administrator(AccountFactory()))
    founded = ask(key, "POST", "/v1/organizations").json()["organization"]

    (root,) = call(key, "GET", "/v1/organizations/roots").json()["roots"]
    assert {one["status"] for one in root["policy_types"]} == {"disabled"}
    assert not Attachment.objects.filter(organization=founded["id"]).exists()
    trusted = call(key, "GET", "/v1/organizations/trusted-services").json()
    assert trusted["trusted_services"] == []
    (policy,) = call(key, "GET", "/v1/organizations/policies").json()["policies"]
    assert (policy["id"], policy["is_builtin"]) == ("p-FullAccess", True)
    assert Policy.objects.filter(organization=founded["id"]).count() == 0


def test_r_ou_8_a_unit_hangs_under_a_root_or_unit_that_is_there(world, manager):
    def create(parent_id):
        return ask(manager, "POST", UNITS, {"name": "New", "parent_id": parent_id})

    assert_refused(lambda: create("ou-" + "0" * 8), PARENT_NOT_FOUND)
    assert_refused(lambda: create("r-0000"), PARENT_NOT_FOUND)
    assert_refused(lambda: create(world.member.pk), INVALID)
    assert create(world.unit.pk).status_code == 201


def test_r_ou_14_units_are_listed_below_a_parent_or_all_of_them(world, manager):
    inner = UnitFactory(parent=world.unit)

    assert ids(manager, f"{UNITS}?parent_id={world.root.pk}", "organizational_units") == {
        world.unit.pk
    }
    assert ids(manager, f"{UNITS}?parent_id={world.unit.pk}", "organizational_units") == {inner.pk}
    assert ids(manager, UNITS, "organizational_units") == {world.unit.pk, inner.pk}


def test_r_acc_4_accounts_are_listed_below_a_parent_or_all_of_them(world, manager):
    inner = UnitFactory(parent=world.unit)
    deep = AccountFactory(member_of=inner)
    management = world.organization.management_account_id

    here = f"{ACCOUNTS}?parent_id={world.root.pk}"
    assert management in ids(manager, here, "accounts")
    assert deep.pk not in ids(manager, f"{ACCOUNTS}?parent_id={world.unit.pk}", "accounts")
    assert ids(manager, f"{ACCOUNTS}?parent_id={inner.pk}", "accounts") == {deep.pk}
    everybody = set(world.organization.accounts.values_list("pk", flat=True))
    assert {management, deep.pk, world.member.pk} <= everybody
    assert ids(manager, ACCOUNTS, "accounts") == everybody


def test_r_acc_31_a_move_needs_both_places(world, manager):
    url = f"{ACCOUNTS}/{world.member.pk}/move"

    def move(source, destination):
        body = {"source_parent_id": source, "destination_parent_id": destination}
        return ask(manager, "POST", url, body)

    unknown = "ou-" + "0" * 8
    assert_refused(lambda: move(unknown, world.root.pk), PARENT_NOT_FOUND)
    assert_refused(lambda: move(world.unit.pk, unknown), PARENT_NOT_FOUND)
    assert move(world.unit.pk, world.root.pk).status_code == 200


def test_r_acc_1_how_an_account_joined_is_told_and_stays(world, manager, run_jobs):
    actor = actor_for(world.organization.management_account.users.first())
    asked = ask(manager, "POST", "/v2/organizations/accounts", {"name": "brand-new"}).json()
    run_jobs()
    request_id = asked["create_account_status"]["id"]
    status = call(manager, "GET", f"/v1/organizations/create-account-status/{request_id}").json()
    made = status["create_account_status"]["account_id"]

    def joined(account_id):
        found = call(manager, "GET", f"{ACCOUNTS}/{account_id}").json()["account"]
        return found["join_method"]

    assert joined(made) == "created"
    body = {"source_parent_id": world.root.pk, "destination_parent_id": world.unit.pk}
    assert ask(manager, "POST", f"{ACCOUNTS}/{made}/move", body).status_code == 200
    assert ask(manager, "PATCH", f"{ACCOUNTS}/{made}", {"description": "d"}).status_code == 200
    close_account(actor=actor, account_id=made)
    assert joined(made) == "created"
    assert joined(world.organization.management_account_id) == "invited"


@pytest.mark.parametrize(
    ("name", "is_good"),
    [
        ("abcdef", True),
        ("A" + "b" * 63, True),
        ("a-b_C9", True),
        ("abcde", False),
        ("a" * 65, False),
        ("1abcde", False),
        ("_abcde", False),
        ("-abcde", False),
        ("abc def", False),
        ("abcdé-f", False),
        ("abcdef\n", False),
    ],
)
def test_r_acc_7_the_name_of_an_account(world, manager, name, is_good):
    def create():
        return ask(manager, "POST", "/v2/organizations/accounts", {"name": name})

    if is_good:
        assert create().status_code == 202
    else:
        assert_refused(create, INVALID)


# --- R-AUD, R-PERM --------------------------------------------------------------------------------

EVENTS = {
    name
    for line in (
        "createOrganization showOrganization deleteOrganization leaveOrganization listRoots",
        "createOrganizationalUnit listOrganizationalUnits showOrganizationalUnit",
        "updateOrganizationalUnit deleteOrganizationalUnit",
        "inviteAccount createAccount createAccountV2 closeAccount updateAccount moveAccount",
        "removeAccount listAccounts showAccount",
        "listCreateAccountStatuses showCreateAccountStatus listCloseAccountStatuses",
        "acceptHandshake declineHandshake cancelHandshake showHandshake listHandshakes",
        "listReceivedHandshakes",
        "enableTrustedService disableTrustedService listTrustedServices",
        "registerDelegatedAdministrator deregisterDelegatedAdministrator",
        "listDelegatedAdministrators listDelegatedServices",
        "createPolicy updatePolicy deletePolicy listPolicies showPolicy attachPolicy detachPolicy",
        "enablePolicyType disablePolicyType listEntitiesForPolicy showEffectivePolicies",
        "createDryRunPolicy updateDryRunPolicy deleteDryRunPolicy listDryRunPolicies",
        "showDryRunPolicy attachDryRunPolicy detachDryRunPolicy listEntitiesForDryRunPolicy",
        "tagResource untagResource createTagResource deleteTagResource listTagsForResource",
        "listTagResources listResourceTags listResourceInstances",
    )
    for name in line.split()
}
# The second family of calls does the same as the first (R-TAG-10), and its change is the same event.
SAME_CHANGE = {"createTagResource", "deleteTagResource"}


def test_r_aud_3_changes_and_calls_have_the_vendors_event_names():
    calls = {RecordedCall(operation=name).event_name for name in OPERATIONS}
    writes = {
        RecordedCall(operation=endpoint.name).event_name
        for _method, _path, endpoint in ROUTES
        if endpoint.writes
    }

    assert EVENTS - calls == set()
    assert (writes & EVENTS) - SAME_CHANGE - set(Kind.values) == set()


def test_r_aud_3_the_second_form_of_creating_has_an_event_of_its_own(world, manager, run_jobs):
    for number, version in enumerate(("v1", "v2")):
        url = f"/{version}/organizations/accounts"
        assert ask(manager, "POST", url, {"name": f"brand-new-{number}"}).status_code == 202
    run_jobs()

    kinds = list(world.organization.events.order_by("number").values_list("kind", flat=True))
    assert kinds[-4:-2] == ["createAccount", "createAccountV2"]
    assert kinds[-2:] == ["finishAccountCreation"] * 2


def test_r_aud_3_a_refused_call_has_the_event_name_of_its_operation(world):
    call(world.keys["reader"], "POST", "/v2/organizations/accounts", {"name": "brand-new"})

    assert RecordedCall.objects.get().event_name == "createAccountV2"


def test_r_perm_7_an_administrator_of_the_management_account_is_as_the_account(world):
    second = make_administrator(
        world.organization.management_account, username="organization-administrator"
    )
    key = key_for(second)

    made = ask(key, "POST", UNITS, {"name": "New", "parent_id": world.root.pk})
    assert made.status_code == 201
    member = f"{ACCOUNTS}/{world.member.pk}"
    assert ask(key, "PATCH", member, {"description": "d"}).status_code == 200
    assert call(key, "GET", "/v1/organizations/quotas").status_code == 200
    assert world.organization.events.order_by("-number").first().actor_username == second.username
