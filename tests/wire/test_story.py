"""The story of an organization, told with the vendor's SDK, from its founding to its end.

Who wants to know the service reads this page from top to bottom. Every operation of the contract has its
place in it. Each is asked first by everybody whom the contract's caller rule keeps out, who hear why and
change nothing, and then by who may, who gets what the contract says.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import huaweicloudsdkorganizations.v1 as sdk
import pytest

from orgs import tasks
from tests.digest import digest_of_database
from tests.factories import AccountFactory, make_administrator
from tests.wire.contract import CONTRACT, OPERATIONS, codes_of
from tests.wire.sdk import SDK_WARNINGS, ask, assert_filled, client
from tests.wire.signing import key_for

pytestmark = [pytest.mark.django_db(transaction=True), *SDK_WARNINGS]

MANAGEMENT, DELEGATED, MEMBER, OUTSIDER = "management", "delegated", "member", "outsider"

# Whom each caller rule of the contract keeps out, and what they are told.
NOT_MANAGEMENT, NOT_DELEGATED = "not_management_account", "not_management_or_delegated"
NOWHERE, STAYS = "caller_not_in_org", "cannot_leave_management_or_delegated"
NO_INVITATION = "handshake_not_found"
KEPT_OUT: dict[str, dict[str, str]] = {
    "any_account": {},
    "org_member": {OUTSIDER: NOWHERE},
    "member_only": {MANAGEMENT: STAYS, DELEGATED: STAYS, OUTSIDER: NOWHERE},
    "management_only": {DELEGATED: NOT_MANAGEMENT, MEMBER: NOT_MANAGEMENT, OUTSIDER: NOWHERE},
    "management_or_delegated_admin": {MEMBER: NOT_DELEGATED, OUTSIDER: NOWHERE},
    "invited_account": dict.fromkeys((MANAGEMENT, DELEGATED, MEMBER, OUTSIDER), NO_INVITATION),
    "org_member_or_target": {OUTSIDER: NO_INVITATION},
}
REFUSALS = {
    (operation, caller): condition
    for operation, facts in OPERATIONS.items()
    for caller, condition in KEPT_OUT[facts["caller_rule"]].items()
}

SERVICES = ["service.AOM", "service.COC"]
SCP, TAG_POLICY = "service_control_policy", "tag_policy"
DENY_DELETING = json.dumps(
    {
        "Version": "5.0",
        "Statement": [{"Effect": "Deny", "Action": ["ecs:cloudServers:delete"]}],
    }
)
DENY_STOPPING = DENY_DELETING.replace("delete", "stop")
SPELL_ENV = json.dumps({"tags": {"env": {"tag_key": {"@@assign": "Env"}}}})


class Story:
    """Who is in it, what there is by now, and what has been told of it so far."""

    organization: Any
    root: Any
    workloads: Any
    guardrail: Any
    spelling: Any
    trial: Any
    accounts: dict[str, str]

    def __init__(self, live_server: Any, run_jobs: Callable[[], None]) -> None:
        self.live_server, self.run_jobs = live_server, run_jobs
        self.classes: dict[str, Somebody] = {}
        self.told: set[str] = set()
        self.refused: set[tuple[str, str]] = set()
        # Each is an administrator of an account of that name, which stands alone at first.
        self.acme, self.platform, self.shop = (
            Somebody(self, name) for name in ("acme", "platform", "shop")
        )
        self.press, self.distant, self.globex = (
            Somebody(self, name) for name in ("press", "distant", "globex")
        )

    def keep_out(self, operation: str, **arguments: Any) -> None:
        """Refused to each class of callers that is there by now and has not heard it yet."""
        for caller, somebody in self.classes.items():
            if (operation, caller) not in REFUSALS.keys() - self.refused:
                continue
            error = CONTRACT["errors"][REFUSALS[operation, caller]]
            refusal = (error["http_status"], error["error_code"])
            before = digest_of_database()
            assert somebody.hears(operation, **arguments) == refusal, (operation, caller)
            assert digest_of_database() == before, (operation, caller)
            assert refusal in codes_of(operation)
            self.refused.add((operation, caller))


class Somebody:
    """An administrator of an account, with the SDK."""

    def __init__(self, story: Story, name: str) -> None:
        account = AccountFactory(name=name)
        self.story, self.id = story, account.pk
        self.client = client(story.live_server, key_for(make_administrator(account)))

    def asks(self, operation: str, **arguments: Any) -> Any:
        """The answer to an operation, which is refused before to whom it is not for."""
        self.story.keep_out(operation, **arguments)
        answer = self.hears(operation, **arguments)
        assert not isinstance(answer, tuple), (operation, answer)
        assert answer.status_code == OPERATIONS[operation]["success_status"]
        assert_filled(answer, OPERATIONS[operation]["response"]["fields"])
        self.story.told.add(operation)
        return answer

    def hears(self, operation: str, **arguments: Any) -> Any:
        """The answer, or status and code of the refusal. What belongs into the body is put there."""
        body = OPERATIONS[operation]["body"]
        if body is not None:
            fields = {name: arguments.pop(name) for name in body["fields"] if name in arguments}
            arguments["body"] = getattr(sdk, body["schema"])(**fields)
        return ask(self.client, operation, arguments)


def names(rows: list[Any]) -> list[str]:
    return sorted(row.name for row in rows)


def pairs(tags: list[Any]) -> list[tuple[str, str]]:
    return sorted((tag.key, tag.value) for tag in tags)


def founding(story: Story) -> None:
    """Acme founds an organization: a root, with the founder's account in it."""
    story.organization = story.acme.asks("create_organization").organization
    assert story.organization.management_account_id == story.acme.id
    story.classes |= {MANAGEMENT: story.acme, OUTSIDER: story.globex}


def joining(story: Story) -> None:
    """Two accounts are invited and join."""
    for somebody in (story.platform, story.shop):
        target = sdk.TargetDto(type="account", entity=somebody.id)
        sent = story.acme.asks("invite_account", target=target, notes="Join us.").handshake
        assert (sent.status, sent.target) == ("pending", target)
        accepted = somebody.asks("accept_handshake", handshake_id=sent.id).handshake
        assert (accepted.status, accepted.organization_id) == ("accepted", story.organization.id)
    story.classes[MEMBER] = story.shop


def delegating(story: Story) -> None:
    """Services are trusted, and one account looks after them: from now on it sees the organization."""
    for service in SERVICES:
        story.acme.asks("enable_trusted_service", service_principal=service)
        story.acme.asks(
            "register_delegated_administrator",
            service_principal=service,
            account_id=story.platform.id,
        )
        story.classes[DELEGATED] = story.platform  # as it is from the first service on
    trusted = story.platform.asks("list_trusted_services").trusted_services
    assert sorted(row.service_principal for row in trusted) == SERVICES
    (row,) = story.platform.asks("list_delegated_administrators").delegated_administrators
    assert (row.account_id, row.join_method) == (story.platform.id, "invited")
    held = story.platform.asks("list_delegated_services", account_id=story.platform.id)
    assert sorted(row.service_principal for row in held.delegated_services) == SERVICES


def looking_around(story: Story) -> None:
    """What there is to see at the beginning, for members, for those who see all, and for everybody."""
    assert story.shop.asks("show_organization").organization == story.organization
    (story.root,) = story.platform.asks("list_roots").roots
    assert {row.type: row.status for row in story.root.policy_types} == {
        SCP: "disabled",
        TAG_POLICY: "disabled",
    }
    quotas = story.platform.asks("list_quotas").quotas.resources
    assert {row.type: row.used for row in quotas}["account"] == 3
    assert set(SERVICES) < set(story.globex.asks("list_services").services)
    services = story.globex.asks("list_tag_policy_services").services
    assert "ecs" in [row.service_name for row in services]


def growing(story: Story) -> None:
    """The tree grows: a unit under the root, and an account that moves into it."""
    story.workloads = story.acme.asks(
        "create_organizational_unit", name="Workloads", parent_id=story.root.id
    ).organizational_unit
    unit = {"organizational_unit_id": story.workloads.id}
    story.acme.asks("update_organizational_unit", **unit, name="Zürich – 東京")
    shown = story.platform.asks("show_organizational_unit", **unit).organizational_unit
    assert (shown.name, shown.urn) == ("Zürich – 東京", story.workloads.urn)
    listed = story.platform.asks("list_organizational_units", parent_id=story.root.id)
    assert listed.organizational_units == [shown]
    story.acme.asks(
        "move_account",
        account_id=story.shop.id,
        source_parent_id=story.root.id,
        destination_parent_id=story.workloads.id,
    )
    (entity,) = story.platform.asks("list_entities", parent_id=story.workloads.id).entities
    assert (entity.id, entity.type, entity.name) == (story.shop.id, "account", "shop")


def inviting(story: Story) -> None:
    """An invitation is accepted, declined or taken back; its two sides see the same."""
    sent = {}
    for somebody in (story.press, story.distant, story.globex):
        target = sdk.TargetDto(type="account", entity=somebody.id)
        sent[somebody] = story.acme.asks("invite_account", target=target, notes="").handshake
    to_press = {"handshake_id": sent[story.press].id}
    assert story.press.asks("list_received_handshakes").handshakes == [sent[story.press]]
    assert story.press.asks("show_handshake", **to_press).handshake == sent[story.press]
    assert story.press.asks("accept_handshake", **to_press).handshake.status == "accepted"
    to_distant = {"handshake_id": sent[story.distant].id}
    declined = story.distant.asks("decline_handshake", **to_distant).handshake
    assert declined.status == "declined"
    to_globex = {"handshake_id": sent[story.globex].id}
    cancelled = story.acme.asks("cancel_handshake", **to_globex).handshake
    assert cancelled.status == "cancelled"
    listed = story.platform.asks("list_handshakes").handshakes
    assert sorted(row.status for row in listed) == ["accepted"] * 3 + ["cancelled", "declined"]


def creating(story: Story) -> None:
    """Accounts are created, which takes its time."""
    begun = story.acme.asks("create_account", name="sandbox").create_account_status
    vault = story.acme.asks("create_resource_account", name="data-vault").create_account_status
    under_way = story.platform.asks("list_create_account_statuses", states=["in_progress"])
    assert {row.id for row in under_way.create_account_statuses} == {begun.id, vault.id}
    story.run_jobs()
    ended = story.platform.asks(
        "show_create_account_status", create_account_status_id=begun.id
    ).create_account_status
    assert (ended.state, ended.account_name) == ("succeeded", "sandbox")
    sandbox = {"account_id": ended.account_id}
    updated = story.acme.asks("update_account", **sandbox, description="For trying").account
    assert (updated.join_method, updated.description) == ("created", "For trying")
    assert story.platform.asks("show_account", **sandbox).account == updated
    rows = story.platform.asks("list_accounts").accounts
    assert names(rows) == ["acme", "data-vault", "platform", "press", "sandbox", "shop"]
    story.accounts = {row.name: row.id for row in rows}


def guarding(story: Story) -> None:
    """Both types of policies are switched on; a guardrail and a tag policy are written and attached."""
    for policy_type in (SCP, TAG_POLICY):
        story.acme.asks("enable_policy_type", policy_type=policy_type, root_id=story.root.id)
    story.run_jobs()
    (root,) = story.platform.asks("list_roots").roots
    assert {row.status for row in root.policy_types} == {"enabled"}

    story.guardrail = policy_of(story, "create_policy", "Keep", SCP, DENY_DELETING)
    guardrail = {"policy_id": story.guardrail.id}
    story.acme.asks("update_policy", **guardrail, content=DENY_STOPPING)
    assert story.platform.asks("show_policy", **guardrail).policy.content == DENY_STOPPING
    story.acme.asks("attach_policy", **guardrail, entity_id=story.workloads.id)
    (entity,) = story.platform.asks("list_entities_for_policy", **guardrail).attached_entities
    assert (entity.id, entity.type) == (story.workloads.id, "organizational_unit")
    found = story.platform.asks("list_policies", attached_entity_id=story.workloads.id)
    assert names(found.policies) == ["FullAccess", "Keep"]

    story.spelling = policy_of(story, "create_policy", "Spelling", TAG_POLICY, SPELL_ENV)
    story.acme.asks("attach_policy", policy_id=story.spelling.id, entity_id=story.workloads.id)
    effective = story.platform.asks(
        "show_effective_policies", entity_id=story.shop.id, policy_type=TAG_POLICY
    )
    assert json.loads(effective.policy_content) == {"tags": {"env": {"tag_key": "Env"}}}


def trying(story: Story) -> None:
    """A guardrail on trial denies nothing; it only writes down what it would have denied."""
    scps = {"policy_type": SCP, "root_id": story.root.id}
    sink = {"bucket_name": "logs", "region_id": "eu-1", "agency_name": "Writer"}
    story.acme.asks("update_dry_run_config", **scps, **sink, status="enabled")
    story.run_jobs()
    configuration = story.platform.asks("show_dry_run_config", **scps).root
    assert (configuration.status, configuration.bucket_name) == ("enabled", "logs")
    story.trial = policy_of(story, "create_dry_run_policy", "Try", SCP, DENY_DELETING)
    trial = {"policy_id": story.trial.id}
    story.acme.asks("update_dry_run_policy", **trial, content=DENY_STOPPING)
    assert story.platform.asks("show_dry_run_policy", **trial).policy.content == DENY_STOPPING
    story.acme.asks("attach_dry_run_policy", **trial, entity_id=story.workloads.id)
    attached = story.platform.asks("list_entities_for_dry_run_policy", **trial)
    assert [row.id for row in attached.attached_entities] == [story.workloads.id]
    found = story.platform.asks("list_dry_run_policies", attached_entity_id=story.workloads.id)
    assert names(found.policies) == ["Try"]


def policy_of(story: Story, operation: str, name: str, policy_type: str, content: str) -> Any:
    """A policy that Acme creates."""
    made = story.acme.asks(
        operation, name=name, type=policy_type, content=content, description=""
    ).policy
    assert (made.policy_summary.name, made.content) == (name, content)
    return made.policy_summary


def tagging(story: Story) -> None:
    """Tags come and go by two sets of operations, and what wears them is found by them."""
    unit, units = {"resource_id": story.workloads.id}, {"resource_type": "organizations:ous"}
    env, cost = sdk.TagDto(key="Env", value="测试"), sdk.TagDto(key="cost", value="")
    story.acme.asks("tag_resource", **unit, tags=[env])
    story.acme.asks("create_tag_resource", **units, **unit, tags=[cost])
    tags = story.platform.asks("list_tags_for_resource", **unit).tags
    assert pairs(tags) == [("Env", "测试"), ("cost", "")]
    assert story.platform.asks("list_tag_resources", **units, **unit).tags == tags
    worn = story.platform.asks("list_resource_tags", **units).tags
    assert {row.key: row.values for row in worn} == {"Env": ["测试"], "cost": [""]}
    wanted = {"tags": [sdk.TagsDTO(key="Env", values=["测试"])]}
    (found,) = story.platform.asks("list_resource_instances", **units, **wanted).resources
    assert (found.resource_id, pairs(found.tags)) == (story.workloads.id, pairs(tags))
    counted = story.platform.asks("show_resource_instances_count", **units, **wanted)
    assert counted.total_count == 1
    story.acme.asks("untag_resource", **unit, tag_keys=["Env"])
    story.acme.asks("delete_tag_resource", **units, **unit, tags=[cost])
    assert story.platform.asks("list_tags_for_resource", **unit).tags == []


def clearing(story: Story) -> None:
    """It comes to its end. Policies go first; none can be deleted as long as it is attached."""
    at_workloads = {"entity_id": story.workloads.id}
    story.acme.asks("detach_dry_run_policy", policy_id=story.trial.id, **at_workloads)
    story.acme.asks("delete_dry_run_policy", policy_id=story.trial.id)
    for policy in (story.guardrail, story.spelling):
        story.acme.asks("detach_policy", policy_id=policy.id, **at_workloads)
        story.acme.asks("delete_policy", policy_id=policy.id)
    story.acme.asks("disable_policy_type", policy_type=TAG_POLICY, root_id=story.root.id)
    story.run_jobs()
    (root,) = story.platform.asks("list_roots").roots
    assert {row.type: row.status for row in root.policy_types}[TAG_POLICY] == "disabled"


def leaving(story: Story) -> None:
    """One account leaves, two are closed; the unit is empty now and can be deleted."""
    # Whom these two are not for hears it while all are there; they are carried out in the end.
    story.keep_out("delete_organization")
    story.keep_out("remove_account", account_id=story.shop.id)
    story.shop.asks("leave_organization")
    assert story.shop.hears("show_organization") == (401, "Organizations.1015")
    story.classes[MEMBER] = story.press
    story.acme.asks("delete_organizational_unit", organizational_unit_id=story.workloads.id)
    closing = {story.accounts["sandbox"], story.accounts["data-vault"]}
    for account_id in closing:
        story.acme.asks("close_account", account_id=account_id)
    story.run_jobs()
    closed = story.platform.asks("list_close_account_statuses").close_account_statuses
    assert {row.account_id for row in closed if row.state == "suspended"} == closing


def ending(story: Story) -> None:
    """Services are trusted no more, and when nobody is left, the organization is deleted."""
    for service in SERVICES:
        holding = {"service_principal": service, "account_id": story.platform.id}
        story.acme.asks("deregister_delegated_administrator", **holding)
        story.acme.asks("disable_trusted_service", service_principal=service)
    for somebody in (story.platform, story.press):
        story.acme.asks("remove_account", account_id=somebody.id)
    assert story.acme.hears("delete_organization") == (400, "Organizations.1151")
    tasks.do_daily_chores()  # closed accounts go when they have been listed long enough
    story.acme.asks("delete_organization")
    assert story.acme.hears("show_organization") == (401, "Organizations.1015")


STORY = (
    founding,
    joining,
    delegating,
    looking_around,
    growing,
    inviting,
    creating,
    guarding,
    trying,
    tagging,
    clearing,
    leaving,
    ending,
)


@pytest.mark.usefixtures("counted_by_nobody")
def test_the_story_of_an_organization(live_server, run_jobs, settings):
    settings.CLOSED_ACCOUNTS_LISTED = timedelta(0)
    story = Story(live_server, run_jobs)
    for chapter in STORY:
        chapter(story)

    assert story.told == set(OPERATIONS)
    assert story.refused == set(REFUSALS)


def test_every_caller_rule_of_the_contract_says_whom_it_keeps_out():
    assert set(KEPT_OUT) == set(CONTRACT["caller_rules"])
