"""R-PERM-6: what a member's policies deny it to read, no page shows; the wire answers the same."""

import json
from dataclasses import dataclass
from http import HTTPStatus

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from console import reads
from orgs import operations
from orgs.api.endpoint import Caller
from orgs.api.urls import EXTENSIONS, ROUTES
from orgs.models import OrganizationalUnit, RecordedCall, User
from orgs.operations.attachments import attach_policy
from orgs.queries.own_calls import READ_BY_EVERY_MEMBER
from tests.console.authorization import SENT
from tests.console.conftest import HTMX, Company, make_company, signed_in
from tests.console.guardrails import SCP, make, scp, statement, switch_on
from tests.console.pages import PAGES, address_of, routes
from tests.console.pages.visitors import delegated, of_grant
from tests.console.reading import Page
from tests.digest import digest_of_database
from tests.factories import UnitFactory, actor_for
from tests.standing import as_made, standing
from tests.wire.signing import Key, ask, code_of, key_for

pytestmark = pytest.mark.django_db

PREFIX = "organizations:"
PERMISSION_DENIED = (403, "Organizations.1007")
LOOSE = scp(statement("Deny", "signin::*"))
WIRE_READS = {
    endpoint.action: endpoint.caller
    for _method, _path, endpoint in (*ROUTES, *EXTENSIONS)
    if not endpoint.writes and endpoint.action.startswith(PREFIX)
}
# Of the wire alone: whole files, and numbers and lists for programs.
WITHOUT_A_PAGE = {
    f"{PREFIX}{name}"
    for name in (
        "createAccountStatuses:get",
        "delegatedServices:list",
        "entities:list",
        "organizations:export",
        "resources:countByTag",
        "services:list",
        "trees:get",
    )
}


@dataclass
class World:
    """A company whose delegated administrator and grantee stand under a policy that denies nothing yet."""

    company: Company
    key: Key  # the delegated administrator's
    policy_id: str

    @property
    def unit(self) -> OrganizationalUnit:
        return self.company.member.unit

    def browser(self, name: str = "delegated") -> Client:
        return signed_in(self.user(name))

    def user(self, name: str) -> User:
        return self.company.others.get(name) or getattr(self.company, name)

    def deny(self, *actions: str, **condition: object) -> None:
        """What the policy says from now on."""
        more = {"Condition": condition} if condition else {}
        denial = statement("Deny", *(f"{PREFIX}{one}" for one in actions), Sid="Keep", **more)
        operations.policies.update_policy(
            actor=actor_for(self.company.administrator),
            policy_id=self.policy_id,
            content=scp(denial),
        )


@pytest.fixture(scope="module")
def made_once(django_db_setup, django_db_blocker):
    with standing(django_db_blocker):
        company = make_company()
        user = delegated(company)
        of_grant(company)
        switch_on(company, SCP)
        guard = make(company, "Guard", LOOSE)
        manager = actor_for(company.administrator)
        for one in (user, company.others["grantee"], company.member_user):
            attach_policy(actor=manager, policy_id=guard.pk, entity_id=one.account_id)
        yield World(company, key_for(user), guard.pk)


@pytest.fixture
def world(made_once, db) -> World:
    return as_made(made_once)


def is_withheld(response) -> bool:
    return response.status_code == HTTPStatus.FORBIDDEN and "of policy Guard at" in response.text


def actions_of(shown: reads.Shown) -> set[str]:
    tabs = [*shown.tabs.values(), *shown.trial_tabs.values()]
    return {*shown.actions, *shown.trial_actions, *(one for tab in tabs for one in tab)}


def test_every_page_says_what_it_reads():
    assert set(reads.PAGES) == routes()


def test_pages_read_what_the_contract_names_and_all_of_it():
    shown = {f"{PREFIX}{one}" for page in reads.PAGES.values() for one in actions_of(page)}

    assert shown | WITHOUT_A_PAGE == set(WIRE_READS)
    assert not shown & WITHOUT_A_PAGE


def test_what_every_member_reads_is_what_the_contract_says():
    few = Caller.MANAGEMENT_OR_DELEGATED_ADMIN

    assert {
        action for action, caller in WIRE_READS.items() if caller != few
    } == READ_BY_EVERY_MEMBER


def test_every_page_that_reads_something_is_withheld(world):
    """What is not refused is looked at: the pages that read nothing are left out, as they take their time."""
    reading = [name for name, shown in reads.PAGES.items() if shown.actions]
    addresses = {name: address_of(name, PAGES[name], world.company) for name in reading}
    world.deny("*:*")
    browser = world.browser()

    shown = [
        name
        for name, at in addresses.items()
        if not is_withheld(browser.post(at, SENT[name]) if name in SENT else browser.get(at))
    ]

    assert shown == []


@pytest.mark.parametrize(
    ("denied", "counts"),
    [
        ("accounts:list", []),  # accounts stand in the tree as well
        ("ous:list", ["{accounts}"]),
        ("policies:list", ["{places}", "{accounts}"]),
    ],
)
def test_the_menu_tells_no_number_of_what_may_not_be_read(world, denied, counts):
    there = world.company.organization
    accounts = there.accounts.count()
    places = there.units.exclude(parent=None).count() + accounts
    world.deny(denied)
    known = {"accounts": accounts, "places": places}

    page = Page(world.browser().get("/quotas/").text)

    assert page.text("span", class_="menu-count") == [one.format(**known) for one in counts]
    assert len(page.attributes("a", href="/accounts/")) == 1  # which says why
    assert not RecordedCall.objects.exists()


# One call of the wire and one page for each thing that a member's users read.
ASKED = {
    "accounts:get": ("accounts/{account}", "/structure/accounts/{account}/"),
    "accounts:list": ("accounts", "/accounts/"),
    "attachedEntities:list": (
        "policies/{policy}/attached-entities",
        "/policies/{policy}/?tab=targets",
    ),
    "closeAccountStatuses:list": ("close-account-status", "/accounts/closings/"),
    "createAccountStatuses:list": ("create-account-status", "/accounts/creations/"),
    "delegatedAdministrators:list": ("delegated-administrators", "/services/administrators/"),
    "handshakes:list": ("handshakes", "/accounts/invitations/"),
    "organizations:get": ("", "/settings/"),
    "ous:get": ("organizational-units/{unit}", "/structure/units/{unit}/"),
    "ous:list": ("organizational-units", "/structure/units/{unit}/children/"),
    "policies:get": ("policies/{policy}", "/policies/{policy}/"),
    "policies:getDryRunConfig": (
        "dry-run-config?root_id={root}&policy_type=service_control_policy",
        "/policies/dry-run/records/",
    ),
    "policies:getDryRunPolicy": ("dry-run-policies/{trial}", "/policies/{trial}/"),
    "policies:list": ("policies", "/policies/"),
    "policies:listDryRunPolicies": ("dry-run-policies", "/policies/dry-run/"),
    "policies:listEntitiesForDryRunPolicy": (
        "dry-run-policies/{trial}/attached-entities",
        "/policies/{trial}/?tab=targets",
    ),
    "quotas:list": ("quotas", "/quotas/"),
    "resources:listTags": ("organizations:accounts/tags", "/tags/"),
    "roots:list": ("roots", "/structure/"),
    "tags:list": ("resources/{account}/tags", "/structure/accounts/{account}/?tab=tags"),
    "trustedServices:list": ("trusted-services", "/services/"),
}


@pytest.mark.parametrize("action", ASKED)
def test_what_is_denied_on_the_wire_is_withheld_in_the_console(world, action):
    trial = operations.policies.create_policy(
        actor=actor_for(world.company.administrator),
        name="Trial",
        policy_type=SCP,
        content=LOOSE,
        is_dry_run=True,
    )
    ids = {
        "account": world.company.member.pk,
        "policy": world.policy_id,
        "root": world.company.organization.root.pk,
        "trial": trial.pk,
        "unit": world.unit.pk,
    }
    path, page = (one.format(**ids) for one in ASKED[action])
    url = f"/v1/organizations/{path}".rstrip("/")
    browser = world.browser()
    assert code_of(ask(world.key, "GET", url)) == (200, "")
    assert browser.get(page).status_code == 200

    world.deny(action)

    refusal = ask(world.key, "GET", url)
    assert code_of(refusal) == PERMISSION_DENIED
    shown = browser.get(page)
    assert shown.status_code == 403
    # The same sentence, with the policy and the statement.
    (sentence,) = Page(shown.text).text("h1")
    assert sentence in refusal.json()["error_msg"]
    assert sentence.endswith(
        f'{PREFIX}{action}. Denied by statement 1 ("Keep") of policy Guard at security-tooling.'
    )
    assert "What binds your account" in Page(shown.text).text("a", href="/account/")
    # The start page may be withheld as well, so nobody is sent there.
    assert Page(shown.text).text("a", href="/") == []


def test_other_pages_than_that_of_what_is_denied_stay(world):
    world.deny("policies:getDryRunPolicy", "tags:list", "quotas:list")
    browser = world.browser()

    assert browser.get(f"/policies/{world.policy_id}/").status_code == 200
    assert browser.get(f"/structure/units/{world.unit.pk}/").status_code == 200
    assert is_withheld(browser.get(f"/structure/units/{world.unit.pk}/?tab=tags"))
    assert is_withheld(browser.get("/quotas/"))


def test_a_part_of_a_page_is_withheld_too_and_it_is_written_down(world):
    world.deny("accounts:list")

    part = world.browser().get("/accounts/", headers=HTMX | {"HX-Target": "list"})

    assert is_withheld(part)
    assert "of policy Guard" in json.loads(part["HX-Trigger"])["toast"]["text"]
    row = RecordedCall.objects.get(is_refused=True)
    assert (row.operation, row.status, row.code) == ("accounts", 403, PERMISSION_DENIED[1])


def statements(browser: Client, address: str) -> int:
    """How many a page takes once the account was judged at this version."""
    assert browser.get(address).status_code == 200
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(address).status_code == 200
    return len(asked)


INVITATIONS = 1  # a member's menu says how many wait


@pytest.mark.parametrize(
    ("address", "more"), [("/accounts/", 0), ("/policies/{policy}/", 1), ("/quotas/", 0)]
)
def test_r_scp_3_to_be_judged_costs_a_page_nothing_and_that_of_a_policy_one_statement(
    world, address, more
):
    at = address.format(policy=world.policy_id)
    of_management = statements(world.browser("administrator"), at)

    assert statements(world.browser(), at) == of_management + INVITATIONS + more


def test_r_gen_1_who_may_read_none_of_it_anyway_is_told_that_first(world):
    world.deny("*:*")
    browser = world.browser("member_user")

    assert browser.get("/").headers["Location"] == "/account/"
    assert browser.get("/account/").status_code == 200
    assert "Only the management account and delegated administrators" in (
        browser.get("/accounts/").text
    )
    assert is_withheld(browser.get("/settings/"))
    assert is_withheld(browser.get("/invitations/"))


def test_r_perm_4_a_grantee_is_denied_the_unit_whose_tags_a_policy_names(world):
    below = UnitFactory(parent=world.unit, name="Below")
    operations.tags.tag_resource(
        actor=actor_for(world.company.administrator), resource_id=below.pk, tags=[("env", "prod")]
    )
    world.deny("ous:get", StringEquals={"g:ResourceTag/env": "prod"})
    browser = world.browser("grantee")

    assert browser.get(f"/structure/units/{world.unit.pk}/").status_code == 200
    assert is_withheld(browser.get(f"/structure/units/{below.pk}/"))


def test_a_grantee_is_led_on_from_the_overview_that_it_would_not_see(world):
    world.deny("quotas:list")

    assert world.browser("grantee").get("/").headers["Location"] == "/structure/"
    assert is_withheld(world.browser().get("/"))


def test_r_perm_4_the_page_of_a_service_is_denied_by_its_principal(world):
    world.deny(
        "trustedServices:list", StringEquals={"organizations:ServicePrincipal": "service.CTS"}
    )
    browser = world.browser()

    assert is_withheld(browser.get("/services/service.CTS/"))
    assert browser.get("/services/service.COC/").status_code == 200
    assert browser.get("/services/").status_code == 200


@pytest.mark.parametrize("header", [{}, HTMX | {"HX-Target": "dialog"}])
def test_who_may_not_read_a_page_has_no_form_to_send(world, header):
    world.deny("accounts:list")
    browser = world.browser("grantee")
    before = digest_of_database()

    sent = browser.post(f"/structure/units/{world.unit.pk}/new/", {"name": "New"}, headers=header)

    assert is_withheld(sent)
    assert digest_of_database() == before
