"""Every list and every page of a row: what they show, what they ask the database, and that they only read."""

from datetime import timedelta
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orgs import key_ring
from orgs.actor import Actor
from orgs.models import (
    AccessKey,
    Account,
    Agency,
    Attachment,
    CareRun,
    ClosingRequest,
    CreationRequest,
    DelegatedAdministrator,
    Delivery,
    Departure,
    DryRunConfiguration,
    DryRunRecord,
    Event,
    IntegrableService,
    Invitation,
    Job,
    Organization,
    OrganizationalUnit,
    Policy,
    PolicyVersion,
    RecordedCall,
    RootPolicyType,
    Subscription,
    Tag,
    TagPolicyService,
    TrustedService,
    User,
)
from orgs.operations.access_keys import create_access_key
from orgs.operations.accounts import create_standalone_account
from orgs.operations.attachments import attach_policy
from orgs.operations.bookkeeping import keep_call
from orgs.operations.care import ask_for_care
from orgs.operations.closings import close_account
from orgs.operations.creations import create_account
from orgs.operations.delegated_administrators import register_delegated_administrator
from orgs.operations.departures import remove_account
from orgs.operations.invitations import invite_account
from orgs.operations.organizations import create_organization, delete_organization
from orgs.operations.policies import create_policy
from orgs.operations.policy_types import enable_policy_type, finish_policy_type_switches
from orgs.operations.subscriptions import create_subscription
from orgs.operations.tags import tag_resource
from orgs.operations.trusted_services import enable_trusted_service
from tests import bad_input
from tests.both_databases import share_of
from tests.console.reading import Page
from tests.digest import digest_of_database
from tests.factories import (
    AccountFactory,
    UnitFactory,
    actor_for,
    make_administrator,
    make_organization,
)

NOUNS = {
    "organization": Organization,
    "organizationalunit": OrganizationalUnit,
    "account": Account,
    "user": User,
    "accesskey": AccessKey,
    "event": Event,
    "tag": Tag,
    "integrableservice": IntegrableService,
    "tagpolicyservice": TagPolicyService,
    "agency": Agency,
    "closingrequest": ClosingRequest,
    "creationrequest": CreationRequest,
    "departure": Departure,
    "invitation": Invitation,
    "job": Job,
    "carerun": CareRun,
    "policy": Policy,
    "policyversion": PolicyVersion,
    "attachment": Attachment,
    "rootpolicytype": RootPolicyType,
    "dryrunconfiguration": DryRunConfiguration,
    "dryrunrecord": DryRunRecord,
    "recordedcall": RecordedCall,
    "subscription": Subscription,
    "delivery": Delivery,
    "trustedservice": TrustedService,
    "delegatedadministrator": DelegatedAdministrator,
}
OPERATOR = Actor.operator("tests")
# Session, user, rows; and the count, where rows are counted.
STATEMENTS = dict.fromkeys(NOUNS, 4) | dict.fromkeys(
    ("event", "tag", "policyversion", "attachment", "dryrunrecord", "recordedcall", "delivery"), 3
)


def grow(number: int) -> None:
    """So many organizations, each with a unit, a member, its user, a key and a tag."""
    for _ in range(number):
        organization, actor = make_organization()
        unit = UnitFactory(parent=organization.root)
        tell_of(unit.pk, actor)
        member = AccountFactory(member_of=unit)
        user = make_administrator(member)
        create_access_key(actor=OPERATOR, username=user.username)
        tag_resource(actor=actor, resource_id=member.pk, tags=[("owner", "team")])
        tag_resource(actor=actor, resource_id=unit.pk, tags=[("owner", "team")])
        ask_for_care(actor=OPERATOR, kind="events", organization_id=organization.pk)
        refuse(actor, organization.pk)
        refuse(Actor(account_id=None, user_id=None, address="192.0.2.1"), None)


def tell_of(unit_id: str, actor: Actor) -> None:
    """A subscription to a unit, which is told of what is made to happen next."""
    create_subscription(
        actor=actor,
        channel="webhook",
        name="Pager",
        target="https://hooks.example.com/pager",
        unit_id=unit_id,
    )


def refuse(caller: Actor, organization_id: str | None) -> None:
    """A call that is written down: of somebody who is known, or of nobody."""
    status, code = (403, "Organizations.1007") if organization_id else (401, "APIGW.0301")
    keep_call(
        caller=caller,
        organization_id=organization_id,
        operation="list_accounts",
        status=status,
        code=code,
    )


def let_come_and_go(number: int) -> None:
    """In so many organizations one account of each kind: asked for, invited, being closed, gone."""
    for _ in range(number):
        organization, actor = make_organization()
        going = AccountFactory(
            member_of=organization.root, created_at=organization.created_at - timedelta(days=30)
        )
        closing = AccountFactory(member_of=organization.root)
        create_account(actor=actor, name=f"new-{organization.management_account.name}")
        invite_account(actor=actor, target_type="account", target=AccountFactory().pk)
        close_account(actor=actor, account_id=closing.pk)
        remove_account(actor=actor, account_id=going.pk)


def guard(number: int) -> None:
    """So many organizations with policies that bind, that are on trial, and what a dry run found."""
    for _ in range(number):
        organization, actor = make_organization()
        root = organization.root
        enable_policy_type(actor=actor, root_id=root.pk, policy_type=SCP)
        finish_policy_type_switches(root.pk)
        for name, is_dry_run in (("Stay", False), ("Trial", True)):
            policy = create_policy(
                actor=actor,
                name=name,
                policy_type=SCP,
                content=DENY,
                tags=[("guard", name)],
                is_dry_run=is_dry_run,
            )
            if not is_dry_run:
                attach_policy(actor=actor, policy_id=policy.pk, entity_id=root.pk)
        now = organization.created_at
        DryRunConfiguration.objects.create(
            organization=organization, bucket_name="findings", created_at=now, updated_at=now
        )
        DryRunRecord.objects.create(
            organization=organization,
            at=now,
            account_id=organization.management_account_id,
            account_name=organization.management_account.name,
            principal="ada",
            action="ecs:cloudServers:create",
            decision={"decision": "denied"},
        )


def delegate(number: int) -> None:
    """So many organizations that trust a service which one of their accounts administers."""
    for _ in range(number):
        organization, actor = make_organization()
        member = AccountFactory(member_of=organization.root)
        enable_trusted_service(actor=actor, service_principal="service.CTS")
        register_delegated_administrator(
            actor=actor, account_id=member.pk, service_principal="service.CTS"
        )


SCP = "service_control_policy"
DENY = '{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["signin::*"]}]}'
GUARDRAILS = {
    *("policy", "policyversion", "attachment", "rootpolicytype"),
    *("dryrunconfiguration", "dryrunrecord"),
}
DELEGATION = {"trustedservice", "delegatedadministrator"}
COMING_AND_GOING = {"agency", "closingrequest", "creationrequest", "departure", "invitation", "job"}


def grow_for(noun: str, number: int) -> None:
    if noun in COMING_AND_GOING:
        let_come_and_go(number)
    elif noun in DELEGATION:
        delegate(number)
    elif noun in GUARDRAILS:
        guard(number)
    else:
        grow(number)


def list_of(noun: str) -> str:
    return f"/operator/orgs/{noun}/"


def page_of(noun: str) -> str:
    return f"{list_of(noun)}{NOUNS[noun].objects.order_by('pk').last().pk}/change/"


def test_a_list_asks_the_same_however_long_it_is(operator):
    for more in (1, 59):
        grow(more)
        let_come_and_go(more)
        guard(more)
        for noun, model in NOUNS.items():
            operator.get(list_of(noun))

            with CaptureQueriesContext(connection) as asked:
                response = operator.get(list_of(noun))

            assert response.status_code == 200
            said = [query["sql"] for query in asked.captured_queries]
            assert len(said) == STATEMENTS[noun], said
            counted = [sql for sql in said if sql.startswith("SELECT COUNT(")]
            assert len(counted) == STATEMENTS[noun] - 3
            shown = Page(response.text).attributes("input", name="_selected_action")
            assert len(shown) in {0, min(model.objects.count(), 50)}


@pytest.mark.parametrize("noun", NOUNS)
def test_a_page_of_a_row_is_there_to_read(operator, noun):
    grow_for(noun, 2)
    before = digest_of_database()

    response = operator.get(page_of(noun))

    assert response.status_code == 200
    page = Page(response.text)
    fields = [one.get("name") for one in page.attributes("input")]
    assert set(fields) - {"csrfmiddlewaretoken", "s", None} == set()
    assert digest_of_database() == before


@pytest.mark.parametrize("noun", NOUNS)
def test_no_row_is_added_changed_or_deleted_here(operator, noun):
    grow_for(noun, 1)
    pk = NOUNS[noun].objects.order_by("pk").last().pk
    before = digest_of_database()

    for path in ("add/", f"{pk}/change/", f"{pk}/delete/"):
        response = operator.post(list_of(noun) + path, {"name": "changed", "is_active": ""})
        assert response.status_code == 403, path
    for path in ("add/", f"{pk}/delete/"):
        assert operator.get(list_of(noun) + path).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [str(pk)], "post": "yes"}
    operator.post(list_of(noun), chosen)

    assert digest_of_database() == before


@pytest.mark.parametrize("noun", NOUNS)
def test_an_id_that_is_none_leads_back_to_the_site(operator, noun):
    for object_id in ("nowhere", "%00", "a%00b", "0" * 32, "-1", "9" * 40, "%F0%9F%99%82"):
        response = operator.get(f"{list_of(noun)}{object_id}/change/")

        assert response.status_code == 302
        assert response["Location"] == "/operator/"


PARAMETERS = {
    "organization": ["state", "q"],
    "organizationalunit": ["organization", "q"],
    "account": ["organization", "unit", "status", "join_method", "q"],
    "user": ["kind", "active", "account", "q"],
    "accesskey": ["active", "account", "user", "q"],
    "event": ["organization", "account", "kind", "actor", "by_operator", "q"],
    "tag": ["organization", "key", "value", "q"],
    "integrableservice": ["delegation", "note", "q"],
    "tagpolicyservice": ["all_types", "q"],
    "agency": ["kind", "account", "trusted", "q"],
    "closingrequest": ["state", "organization", "account", "q"],
    "creationrequest": ["state", "organization", "q"],
    "departure": ["kind", "organization", "account", "q"],
    "invitation": ["state", "organization", "account", "q"],
    "job": ["state", "kind", "organization", "q"],
    "carerun": ["state", "kind", "organization", "q"],
    "policy": ["policy_type", "force", "organization", "q"],
    "policyversion": ["policy", "organization", "q"],
    "attachment": ["policy", "unit", "account", "organization", "q"],
    "rootpolicytype": ["policy_type", "state", "organization", "q"],
    "dryrunconfiguration": ["state", "organization", "q"],
    "dryrunrecord": ["organization", "account_id", "q"],
    "recordedcall": ["organization", "known", "q"],
    "subscription": ["state", "channel", "organization", "q"],
    "delivery": ["state", "subscription", "q"],
    "trustedservice": ["service", "organization", "q"],
    "delegatedadministrator": ["service", "organization", "account", "q"],
}
DAYS = {
    "organization": ["created_at"],
    "account": ["created_at", "joined_at"],
    "user": ["last_login", "date_joined"],
    "accesskey": ["created_at", "last_used_at"],
    "event": ["at"],
    "agency": ["created_at"],
    "closingrequest": ["created_at"],
    "creationrequest": ["created_at"],
    "departure": ["departed_at"],
    "invitation": ["created_at"],
    "job": ["created_at"],
    "carerun": ["asked_at"],
    "policy": ["updated_at"],
    "policyversion": ["saved_at"],
    "attachment": ["attached_at"],
    "rootpolicytype": ["changed_at"],
    "dryrunconfiguration": ["updated_at"],
    "dryrunrecord": ["at"],
    "recordedcall": ["at"],
    "subscription": ["created_at"],
    "delivery": ["created_at"],
    "trustedservice": ["enabled_at"],
    "delegatedadministrator": ["registered_at"],
}
# What one database takes and the other does not is asked on both.
TAKEN_BY_SOME = ["\x00", "a\x00b", "%", "\\"]
HOSTILE = ["'", "x" * 5_000, "\u202e", *bad_input.HARMLESS]


@pytest.mark.parametrize("noun", NOUNS)
def test_whatever_stands_in_the_address_is_no_fault_of_ours(operator, noun):
    grow_for(noun, 1)
    names = [*PARAMETERS[noun], *(f"{day}_from" for day in DAYS.get(noun, ()))]
    djangos = ("o", "p", "all", "e", "_popup", "_to_field", "_facets")

    for name, value in [*product(names, TAKEN_BY_SOME), *share_of([*product(names, HOSTILE)])]:
        assert operator.get(list_of(noun), {name: value}).status_code == 200, (name, value)
    for name, value in share_of([*product(djangos, ("-1", "x", "1.1", "9" * 30))]):
        assert operator.get(list_of(noun), {name: value}).status_code in {200, 302, 400}


@pytest.mark.parametrize("noun", NOUNS)
def test_a_list_is_narrowed_by_its_filters_alone(operator, noun):
    for lookup in (
        "password__startswith",
        "user__password__contains",
        "sealed_secret",
        "id",
        "hash",
    ):
        assert operator.get(list_of(noun), {lookup: "a"}).status_code == 400


def rows_of(response) -> int:
    return len(response.context_data["cl"].result_list)


@pytest.mark.parametrize("noun", ["organizationalunit", "account", "event", "tag"])
def test_a_list_narrows_to_one_organization(operator, noun):
    grow(2)
    first = Organization.objects.order_by("pk").first()

    found = operator.get(list_of(noun), {"organization": first.pk})

    assert rows_of(found) == NOUNS[noun].objects.filter(organization=first).count()
    assert rows_of(operator.get(list_of(noun), {"organization": "o-nowhere"})) == 0


def test_search_finds_by_name_and_by_id(operator):
    grow(2)
    organization = Organization.objects.order_by("pk").last()
    unit = OrganizationalUnit.objects.exclude(parent=None).order_by("pk").last()
    account = Account.objects.order_by("pk").last()
    key = AccessKey.objects.order_by("pk").last()
    for noun, term, number in (
        ("organization", organization.name, 1),
        ("organization", organization.pk, 1),
        ("organization", organization.management_account_id, 1),
        ("organizationalunit", unit.name.upper(), 1),
        ("organizationalunit", unit.pk, 1),
        ("account", account.name.upper(), 1),
        ("account", account.pk, 1),
        ("user", key.user.username, 1),
        ("accesskey", key.pk, 1),
        ("accesskey", key.user.username, 1),
        ("event", organization.management_account_id, 1),
        ("event", organization.events.get(number=1).request_id, 1),
        ("tag", "team", 4),
        ("tag", unit.pk, 1),
        ("integrableservice", "service.coc", 1),
        ("integrableservice", "dashboards and alarms", 1),
        ("integrableservice", "Cloud Firewall", 1),
        ("integrableservice", "nothing of that", 0),
        ("tagpolicyservice", "Gaussdb", 3),
        ("tagpolicyservice", "networkacl", 1),
        ("tagpolicyservice", "Advanced Anti", 1),
    ):
        assert rows_of(operator.get(list_of(noun), {"q": term})) == number, (noun, term)


def test_refused_calls_are_found_and_narrowed_and_reads_are_not_among_them(operator):
    grow(2)
    organization = Organization.objects.order_by("pk").last()
    call = RecordedCall.objects.get(organization=organization)
    keep_call(
        caller=Actor(account_id=None, user_id=None),
        organization_id=organization.pk,
        operation="list_roots",
        status=200,
        is_refused=False,
    )
    for given, number in (
        ({}, 4),
        ({"organization": organization.pk}, 1),
        ({"known": "yes"}, 2),
        ({"known": "no"}, 2),
        ({"q": "192.0.2.1"}, 2),
        ({"q": call.request_id}, 1),
        ({"q": call.username}, 1),
        ({"q": call.account_id}, 1),
        ({"q": "nobody"}, 0),
    ):
        assert rows_of(operator.get(list_of("recordedcall"), given)) == number, given


def test_policies_are_found_and_narrowed(operator):
    guard(2)
    organization = Organization.objects.order_by("pk").last()
    policy = organization.policies.get(name="Stay")
    account = organization.management_account
    for noun, given, number in (
        ("policy", {"q": "STAY"}, 2),
        ("policy", {"q": policy.pk}, 1),
        ("policy", {"policy_type": "tag_policy"}, 0),
        ("policy", {"force": "trial"}, 2),
        ("policy", {"force": "built_in"}, 1),
        ("policy", {"organization": organization.pk}, 2),
        ("policyversion", {"policy": policy.pk}, 1),
        ("policyversion", {"q": policy.pk}, 1),
        ("attachment", {"policy": "p-FullAccess"}, 4),
        ("attachment", {"unit": organization.root.pk}, 2),
        ("attachment", {"account": account.pk}, 1),
        ("attachment", {"q": policy.pk}, 1),
        ("rootpolicytype", {"state": "enabled"}, 2),
        ("rootpolicytype", {"q": organization.pk}, 1),
        ("dryrunconfiguration", {"q": "findings"}, 2),
        ("dryrunconfiguration", {"state": "enabled"}, 0),
        ("dryrunrecord", {"account_id": account.pk}, 1),
        ("dryrunrecord", {"q": "ecs:cloudServers:create"}, 2),
        ("tag", {"q": policy.pk}, 1),
    ):
        assert rows_of(operator.get(list_of(noun), given)) == number, (noun, given)


def test_the_page_of_a_policy_shows_its_text_and_leads_to_where_it_hangs(operator):
    guard(1)
    policy = Policy.objects.get(name="Stay")

    response = operator.get(f"{list_of('policy')}{policy.pk}/change/")

    assert "signin::*" in response.text
    for noun in ("policyversion", "attachment"):
        assert f"{list_of(noun)}?policy={policy.pk}" in response.text


def test_filters_of_state_kind_and_day(operator, olga):
    grow(1)
    _, actor = make_organization()
    delete_organization(actor=actor)
    create_standalone_account(actor=OPERATOR, name="stands-alone")
    AccessKey.objects.update(is_active=False)
    today = Event.objects.latest("pk").at.date().isoformat()
    for noun, given, number in (
        ("organization", {"state": "live"}, 1),
        ("organization", {"state": "deleted"}, 1),
        ("account", {"status": "suspended"}, 0),
        ("account", {"join_method": "created"}, 1),
        ("user", {"kind": "operator"}, 1),
        ("user", {"active": "no"}, 0),
        ("accesskey", {"active": "no"}, 1),
        ("integrableservice", {"delegation": "any"}, 13),
        ("integrableservice", {"delegation": "limited"}, 3),
        ("integrableservice", {"delegation": "none"}, 4),
        ("integrableservice", {"note": "yes"}, 2),
        ("integrableservice", {"note": "no"}, 18),
        ("tagpolicyservice", {"all_types": "no"}, 0),
        ("event", {"kind": "createOrganization"}, 2),
        ("event", {"actor": "tests", "by_operator": "yes"}, 2),
        ("event", {"by_operator": "no", "kind": "deleteOrganization"}, 1),
        ("event", {"at_from": today, "at_to": today, "kind": "createOrganization"}, 2),
        ("event", {"at_to": "2000-01-01"}, 0),
        ("event", {"at_from": "9999-12-31"}, 0),
        ("event", {"at_from": "no day", "kind": "createOrganization"}, 2),
    ):
        assert rows_of(operator.get(list_of(noun), given)) == number, (noun, given)


def test_days_are_read_as_the_calendar_of_each_language_writes_them(operator):
    grow(1)
    before = Event.objects.latest("pk").at.date()
    for language, day in (("en", f"{before:%Y-%m-%d}"), ("zh-hans", f"{before:%Y/%m/%d}")):
        headers = {"Accept-Language": language}
        since = operator.get(list_of("event"), {"at_from": day}, headers=headers)
        until = operator.get(list_of("event"), {"at_to": day}, headers=headers)

        assert rows_of(since) == rows_of(until) == Event.objects.count()
    old = operator.get(
        list_of("event"), {"at_to": "2000/01/01"}, headers={"Accept-Language": "zh-hans"}
    )
    assert rows_of(old) == 0


def test_units_stand_in_the_order_of_the_tree_indented_by_level(operator):
    organization, _ = make_organization()
    sales = UnitFactory(parent=organization.root, name="Sales")
    UnitFactory(parent=organization.root, name="Legal")
    UnitFactory(parent=sales, name="East")

    page = Page(operator.get(list_of("organizationalunit")).text)

    names = [
        a["href"].split("/")[4] for a in page.attributes("a") if "change/" in str(a.get("href"))
    ]
    order = [unit.pk for unit in OrganizationalUnit.objects.order_by("lft")]
    assert [name for name in names if not name.startswith("o-")] == order
    response = operator.get(list_of("organizationalunit"))
    for indented in ("\u2003" * 2 + "Sales", "\u2003" * 4 + "East", "\u2003" * 2 + "Legal"):
        assert indented in response.text


def test_an_event_tells_what_changed(operator):
    organization, actor = make_organization()
    tag_resource(
        actor=actor, resource_id=organization.root.pk, tags=[("owner", "<b>team</b>"[3:7])]
    )
    event = organization.events.latest("number")

    text = operator.get(f"{list_of('event')}{event.pk}/change/").text

    assert "tags.owner: – → team" in text
    assert f"/operator/orgs/organizationalunit/{organization.root.pk}/change/" in text


def test_secrets_are_on_no_page(operator, olga, settings):
    account = create_standalone_account(
        actor=OPERATOR,
        name="with-secrets",
        username="ada",
        password="calm-banyan-shade-43",
        with_access_key=True,
    )
    key = AccessKey.objects.get()
    create_organization(actor=actor_for(account.administrator.user))
    secrets = [
        account.administrator.secret_key,
        key_ring.unseal(bytes(key.sealed_secret), owner=key.pk, ring=settings.KEY_RING),
        bytes(key.sealed_secret).hex(),
        str(bytes(key.sealed_secret)),
        *User.objects.values_list("password", flat=True),
    ]

    for noun in NOUNS:
        for path in (list_of(noun), *_every_page(noun)):
            text = operator.get(path).text
            assert not [secret for secret in secrets if secret in text]


def _every_page(noun: str) -> list[str]:
    return [
        f"{list_of(noun)}{pk}/change/" for pk in NOUNS[noun].objects.values_list("pk", flat=True)
    ]


def test_what_people_wrote_is_only_text(operator):
    organization, _ = make_organization()
    for number, text in enumerate(bad_input.HARMLESS):
        UnitFactory(parent=organization.root, name=f"{text} {number}")
    Organization.objects.update(name='"><img src=x onerror=alert(1)>')

    for noun in ("organization", "organizationalunit"):
        page = Page(operator.get(list_of(noun)).text)
        assert not [image for image in page.attributes("img") if image.get("src") == "x"]
        assert not [link for link in page.attributes("a") if "javascript" in str(link.get("href"))]


def test_jobs_that_need_somebody_stand_first(operator):
    let_come_and_go(2)
    given_up, stuck, waiting, done = list(Job.objects.order_by("pk"))[:4]
    Job.objects.exclude(pk__in=[given_up.pk, stuck.pk, waiting.pk, done.pk]).delete()
    Job.objects.filter(pk=given_up.pk).update(state="dead", problem="no connection")
    Job.objects.filter(pk=stuck.pk).update(due_at=stuck.due_at - timedelta(hours=1))
    Job.objects.filter(pk=done.pk).update(state="done")

    response = operator.get(list_of("job"))

    shown = [job.pk for job in response.context_data["cl"].result_list]
    assert shown == [given_up.pk, stuck.pk, waiting.pk, done.pk]
    for word in ("Given up", "Stuck", "Waiting", "Done", "no connection"):
        assert word in response.text


def test_coming_and_going_is_found_by_state_account_and_name(operator):
    let_come_and_go(2)
    invitation, departure = Invitation.objects.first(), Departure.objects.first()
    closing, creation = ClosingRequest.objects.first(), CreationRequest.objects.first()
    for noun, given, number in (
        ("invitation", {"state": "pending"}, 2),
        ("invitation", {"state": "expired"}, 0),
        ("invitation", {"account": invitation.account_id}, 1),
        ("invitation", {"q": invitation.account.name.upper()}, 1),
        ("departure", {"kind": "removed"}, 2),
        ("departure", {"q": departure.account_id}, 1),
        ("closingrequest", {"state": "pending_closure"}, 2),
        ("closingrequest", {"q": closing.account.name}, 1),
        ("creationrequest", {"state": "failed"}, 0),
        ("creationrequest", {"q": creation.account_name}, 1),
        ("agency", {"account": closing.account_id, "kind": "service_linked"}, 1),
        ("job", {"kind": "create_account"}, 2),
        ("job", {"q": invitation.pk, "state": "waiting"}, 1),
        ("job", {"organization": creation.organization_id}, 3),
    ):
        assert rows_of(operator.get(list_of(noun), given)) == number, (noun, given)
