"""Every page of the console: one row for each name of the resolver.

The rows say whom a page is for, which fragments it has, what may stand in its address, and what its form
takes. `routes` finds the names; a test fails for a name without a row.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from orgs import operations, queries
from orgs.models import (
    Account,
    Agency,
    Batch,
    BatchKind,
    Invitation,
    InvitationState,
    PolicyType,
    Role,
    SwitchState,
    TargetType,
    User,
)
from orgs.operations.access_keys import make_access_key
from orgs.operations.agencies import account_access_agency
from orgs.statements import Statement
from tests.console.conftest import Company, signed_in
from tests.console.guardrails import FULL_ACCESS, guard
from tests.factories import (
    AccountFactory,
    InvitationFactory,
    actor_for,
    make_administrator,
    make_organization,
)
from tests.tag_policies import attach_tag_policy, tag_policy_text

TEXTS = {
    PolicyType.SERVICE_CONTROL_POLICY: (
        '{"Version": "5.0", "Statement": [{"Sid": "Stay", "Effect": "Deny",'
        ' "Action": ["organizations:organizations:leave"], "Resource": ["*"],'
        ' "Condition": {"Bool": {"g:PrincipalIsRootUser": ["true"]}}}]}'
    ),
    PolicyType.TAG_POLICY: (
        '{"tags": {"cost": {"tag_key": {"@@assign": "Cost"}, "tag_value": {"@@assign": ["1", "2"]},'
        ' "enforced_for": {"@@assign": ["ecs:instance"]}}}}'
    ),
}
Ids = Callable[[Company], list[str]]
Query = dict[str, str | list[str]]


def nothing(_company: Company) -> list[str]:
    return []


def of_root(company: Company) -> list[str]:
    return [company.organization.root.pk]


def of_unit(company: Company) -> list[str]:
    return [company.member.unit_id]


def of_account(company: Company) -> list[str]:
    return [company.member.pk]


def of_manager(company: Company) -> list[str]:
    return [company.organization.management_account_id]


def of_invitation(company: Company) -> list[str]:
    """An open invitation of the company, to an account made for it."""
    pending = company.organization.invitations.pending().first()
    if pending is None:
        now = timezone.now()
        pending = company.organization.invitations.create(
            account=AccountFactory(),
            target_type=TargetType.NAME,
            target="invited",
            created_at=now,
            expires_at=now + timedelta(days=14),
        )
    return [pending.pk]


def of_key(company: Company) -> list[str]:
    user = company.administrator
    key = user.access_keys.first() or make_access_key(user)[0]
    return [key.pk]


def of_batch(company: Company) -> list[str]:
    """A batch of which a row was refused and the others wait."""
    batch = Batch.objects.filter(organization=company.organization).first()
    if batch is None:
        batch = operations.batches.create_batch(
            actor=actor_for(company.administrator),
            kind=BatchKind.CREATE,
            rows="batch-one,,,,A text\nbad\nbatch-two,,,,A text",
        )
    return [batch.pk]


def judged(company: Company) -> list[str]:
    """Tags that break a tag policy, so many that every list has a next part. Made once."""
    hanging = company.organization.attachments.filter(
        policy__policy_type=PolicyType.TAG_POLICY
    ).exclude(policy__in=company.policies.values())
    if hanging.exists():
        return []
    actor = actor_for(company.administrator)
    for number, account in enumerate(company.organization.accounts.order_by("pk")[:3]):
        tags = [("owner", f"team-{number}"), (f"key-{number}", "")]
        operations.tags.update_tags(actor=actor, resource_id=account.pk, tags=tags)
    company.organization.policy_types.get_or_create(
        policy_type=PolicyType.TAG_POLICY,
        defaults={"state": SwitchState.ENABLED, "changed_at": timezone.now()},
    )
    text = tag_policy_text("Owner", values=["nobody"], enforced_for=["organizations:ou"])
    attach_tag_policy(actor, company.organization.root.pk, text)
    return []


def of_policy_test(company: Company) -> list[str]:
    """A test of the company's policy, made once."""
    (policy_id,) = of_policy(company)
    tests = company.organization.policy_tests.all()
    test = tests.first() or operations.policy_tests.create_policy_test(
        actor=actor_for(company.administrator),
        policy_id=policy_id,
        name="Stays allowed",
        action="ecs:servers:get",
        is_allowed=True,
    )
    return [policy_id, str(test.pk)]


def of_tested_policy(company: Company) -> list[str]:
    return of_policy_test(company)[:1]


def simulated(company: Company) -> list[str]:
    """An account with a name that stands in an address, under a policy that binds; made once."""
    of_policy(company)
    if "simulated" not in company.others:
        account = AccountFactory(member_of=company.member.unit, name="simulated-one")
        company.others["simulated"] = make_administrator(account)
    return []


def of_move(company: Company) -> list[str]:
    """The number of a move, which may be undone."""
    moved = company.organization.events.filter(kind="moveAccount").order_by("-number").first()
    return [str(moved.number if moved else 1)]


def of_policy(company: Company) -> list[str]:
    """A service control policy of the company with two versions, attached to its root; the type is on."""
    return [policy_of(company, PolicyType.SERVICE_CONTROL_POLICY)]


def of_tag_policy(company: Company) -> list[str]:
    """A tag policy of the company, attached nowhere; the type is on."""
    return [policy_of(company, PolicyType.TAG_POLICY)]


def policy_of(company: Company, policy_type: PolicyType) -> str:
    """The company's policy of that type, made only once."""
    organization, actor = company.organization, actor_for(company.administrator)
    # A tag policy that hangs somewhere was made for the compliance page.
    others = [policy.pk for policy in company.policies.values()]
    alike = organization.policies.filter(policy_type=policy_type).exclude(pk__in=others)
    if policy_type == PolicyType.TAG_POLICY:
        alike = alike.filter(attachments=None)
    found = alike.order_by("created_at").first()
    if found is not None:
        return found.pk
    if not organization.policy_types.filter(policy_type=policy_type).exists():
        operations.policy_types.enable_policy_type(
            actor=actor, root_id=organization.root.pk, policy_type=policy_type
        )
        operations.policy_types.finish_policy_type_switches(organization.root.pk)
    text = TEXTS[policy_type]
    made = operations.policies.create_policy(
        actor=actor,
        name="Guardrail",
        description="What it is for",
        policy_type=policy_type,
        content=text,
        tags=[("owner", "team")],
    )
    if policy_type == PolicyType.SERVICE_CONTROL_POLICY:
        operations.policies.update_policy(actor=actor, policy_id=made.pk, content=text + "\n")
        for entity_id in (organization.root.pk, company.member.unit_id, company.member.pk):
            operations.attachments.attach_policy(
                actor=actor, policy_id=made.pk, entity_id=entity_id
            )
    return made.pk


def of_version(company: Company) -> list[str]:
    return [*of_policy(company), "1"]


def of_attachment(company: Company) -> list[str]:
    return [*of_policy(company), company.member.pk]


def of_full_access(company: Company) -> list[str]:
    of_policy(company)
    return ["p-FullAccess"]


def of_type(company: Company) -> list[str]:
    of_policy(company)
    return ["service_control_policy"]


def of_type_that_is_off(_company: Company) -> list[str]:
    return ["tag_policy"]


def guarded(ids: Ids) -> Ids:
    """The same, with policies there, above it, and to choose from."""

    def with_policies(company: Company) -> list[str]:
        guard(company)
        return ids(company)

    return with_policies


def of_attached(company: Company) -> list[str]:
    """The unit, and a policy on it that is not built in."""
    return [*of_unit(company), guard(company)["regions"].pk]


def of_last(company: Company) -> list[str]:
    """The account that has FullAccess and nothing else."""
    guard(company)
    return [*of_manager(company), FULL_ACCESS]


def of_session(_company: Company) -> list[str]:
    return ["7"]


def invitation_in(state: str, who: str = "invited") -> Ids:
    """The invitation in that state to the account of who looks at it."""

    def ids(company: Company) -> list[str]:
        user = visitor(Row(who=who), company)
        assert user is not None
        return [Invitation.objects.get(account=user.account_id, state=state).pk]

    return ids


def agency_of(who: str) -> Ids:
    """The agency into the account of who looks."""

    def ids(company: Company) -> list[str]:
        user = visitor(Row(who=who), company)
        assert user is not None
        return [str(Agency.objects.get(account=user.account_id).pk)]

    return ids


def former_account(company: Company) -> list[str]:
    """An account that left, and may still be entered by who looks."""
    user = visitor(Row(who="former_manager"), company)
    assert user is not None
    return [Agency.objects.get(trusted_account=user.account_id).account_id]


@dataclass(frozen=True)
class Row:
    """A page. `{text}` in an address or in a form stands for what somebody typed in."""

    who: str | None = "administrator"
    ids: Ids = nothing
    at: str = ""  # what follows the path
    targets: tuple[str, ...] = ()  # the ids of elements that take a fragment of it
    asked: tuple[Query, ...] = ()
    sent: tuple[Query, ...] = ()
    shows: bool = True  # a page for a browser: neither a file nor a form that leads on
    tells: bool = True  # its fragments show something that somebody has typed in
    also: tuple["Row", ...] = field(default=())  # the same page for somebody or something else

    def every(self) -> Iterator["Row"]:
        yield self
        yield from self.also


MARKER = {"after": "account:" + "0" * 32 + ":{text}"}
DIALOG = ("dialog",)
MOVING = ("dialog", "picker", "tree-refusal")
PLACE = ("tree", "detail")
TABS = ("?tab=tags", "?tab=details", "?tab=activity", "?tab=policies")
FOLLOWED: tuple[Query, ...] = (
    {"action": "{text}"},
    {"action": "ecs:servers:delete"},
    {"action": "vpc:vpcs:delete"},
)
CHOOSING: tuple[Query, ...] = (
    {"type": "{text}", "name": "{text}"},
    {"type": "tag_policy"},
    {"name": "{text}", "is_kept": "1", "policy": "{text}"},
)
CONFIRMED: Query = {"confirmation": "{text}"}
SEARCHES: tuple[Query, ...] = (
    {"open": ["{text}"]},
    {"name": "{text}", "tag_key": "{text}", "tag_value": "{text}"},
    {"tag_key": "{text}"},
    {"status": "{text}"},
    {"name": "a", "status": "active", "tab": "{text}"},
)
TYPED_NAME: tuple[Query, ...] = ({"name": "{text}"}, {"name": "{text}" * 9})
TYPED_TAGS: tuple[Query, ...] = (
    {
        "key": ["{text}", "{text}"],
        "value": ["{text}"],
        "was_key": ["{text}"],
        "was_value": ["{text}"],
        "more": "1",
    },
    {"key": ["{text} {text}" * 5], "value": ["{text}" * 9], "was_key": [""], "was_value": [""]},
)
# Parted by tabs, so that a text stays whole.
TYPED_ROWS: tuple[Query, ...] = (
    {},
    {"rows": "\t{text}\n{text}\t{text}\n\t\t\t{text}\t{text}\t{text}"},
    {"rows": "name\t{text}\nbrand-new"},
    {"rows": "brand-new\t\t\t\t{text}\n{text}\t{text}"},
    {"rows": "brand-new\t\t\t\t{text}\n{text}\t{text}", "send": "1"},
    {"rows": "{text}\t{text}", "send": "{text}"},
)
PICKER: tuple[Query, ...] = (
    {"destination_parent_id": "{text}"},
    {"at": "{text}"},
)
TYPED_MOVE: tuple[Query, ...] = (
    {"at": "{text}"},
    {"at": "ou-" + "0" * 32 + " unit:ou-" + "0" * 32 + ":{text}"},
    {"source_parent_id": "{text}"},
    {"source_parent_id": "{text}", "destination_parent_id": "{text}"},
)

# What tests make so short that every list has a next part.
LISTS = (
    queries.accounts,
    queries.batches,
    queries.comings_and_goings,
    queries.events,
    queries.policy_list,
    queries.received_invitations,
    queries.structure,
    queries.tag_compliance,
    queries.tag_keys,
    queries.targets,
)


def shorten_lists(monkeypatch, part: int) -> None:
    """Show so few rows at a time. Statements that were put together for longer parts are left alone."""
    for lists in LISTS:
        monkeypatch.setattr(lists, "PART", part)
    run = Statement.__call__
    monkeypatch.setattr(
        Statement, "__call__", lambda self, **given: run(Statement(self._write), **given)
    )


ROWS = ("requests", "more", "running")
ENDS: tuple[Query, ...] = (
    {"state": "{text}"},
    {"after": "{text}"},
    {"watch": ["{text}"], "ran": "{text}"},
)
NEW_ACCOUNT: Query = {
    "name": "{text}",
    "email": "{text}",
    "phone": "{text}",
    "agency_name": "{text}",
}

TYPED_STATEMENT: Query = {
    "type": "service_control_policy",
    "document": '{"Version": "5.0", "Statement": [{"Effect": "Deny", "Action": ["a:b:c"]}]}',
    "effect": "{text}",
    "sid": "{text}",
    "actions": "{text}",
    "new_action": "{text}",
    "resources": "{text}",
    "condition_operator": ["Bool", "{text}"],
    "condition_key": ["{text}", "{text}"],
    "condition_values": ["{text}", "{text}"],
    "tool": "write",
}
TYPED_TAG_RULE: Query = {
    "type": "tag_policy",
    "document": '{"tags": {"cost": {}}}',
    "key": "{text}",
    "tag_key_assign": "{text}",
    "tag_value_assign": "{text}",
    "tag_value_append": "{text}",
    "enforced": "{text}",
    "tag_value_children": "{text}",
    "tool": "write",
}
TYPED_DOCUMENTS: tuple[Query, ...] = (
    {"type": "service_control_policy", "document": "{text}"},
    {"type": "tag_policy", "document": "{text}"},
    TYPED_STATEMENT,
    TYPED_TAG_RULE,
    {"type": "{text}", "document": "{text}", "tool": "strip", "part": "{text}"},
)

PAGES: dict[str, Row] = {
    "home": Row(
        targets=("content",), also=(Row(who="founder"), Row(who="reader"), Row(who="operator"))
    ),
    "my_account": Row(
        who="member_user",
        targets=("content",),
        also=(Row(who="reader"), Row(who="invited_member"), Row(who="inside")),
    ),
    "agencies": Row(
        who="let_in",
        targets=("content",),
        also=(Row(who="former_manager"), Row(who="inside"), Row(who="alone")),
    ),
    "delete_agency": Row(who="let_in", ids=agency_of("let_in"), targets=("content",), sent=({},)),
    "enter_account": Row(who="former_manager", ids=former_account, targets=DIALOG, sent=({},)),
    "go_back": Row(who="inside", targets=("content",), sent=({},)),
    "leave_organization": Row(
        who="member_user",
        targets=("content",),
        sent=({"account_name": "{text}"},),
        also=(Row(who="administrator"), Row(who="invited_member")),
    ),
    "received_invitations": Row(
        who="invited",
        targets=("content",),
        asked=({"before": "{text}"},),
        also=(Row(who="member_user"), Row(who="invited_member")),
    ),
    "received_invitation": Row(
        who="invited",
        ids=invitation_in("pending"),
        targets=("content",),
        also=(
            *(
                Row(who="invited", ids=invitation_in(state))
                for state in ("declined", "cancelled", "expired")
            ),
            Row(who="invited_member", ids=invitation_in("pending", "invited_member")),
            Row(who="invited_reader", ids=invitation_in("pending", "invited_reader")),
        ),
    ),
    "accept_invitation": Row(
        who="invited", ids=invitation_in("pending"), targets=("content",), sent=({},)
    ),
    "decline_invitation": Row(
        who="invited",
        ids=invitation_in("pending"),
        targets=("content",),
        sent=({},),
        also=(Row(who="invited_reader", ids=invitation_in("pending", "invited_reader")),),
    ),
    "create_organization": Row(
        who="alone",
        sent=TYPED_NAME,
        also=(
            Row(who="looks"),
            Row(who="invited"),
            Row(who="let_in"),
            Row(who="former_manager"),
        ),
    ),
    "structure": Row(
        targets=PLACE,
        asked=SEARCHES,
        also=(Row(who="member_user"), Row(at="?name=a&status=active")),
    ),
    "unit": Row(
        ids=of_unit,
        targets=PLACE,
        also=(
            Row(ids=of_root),
            Row(ids=of_unit, who="reader"),
            *(Row(ids=of_unit, at=tab, targets=PLACE) for tab in TABS),
            Row(ids=guarded(of_unit), who="reader", at="?tab=policies"),
            Row(ids=guarded(of_root), at="?tab=policies", targets=("detail", "ladder")),
        ),
    ),
    "unit_children": Row(ids=of_unit, targets=("", *PLACE), asked=(MARKER, {"after": "{text}"})),
    "account": Row(
        ids=of_account,
        targets=PLACE,
        also=(
            Row(ids=of_account, who="reader"),
            *(Row(ids=of_account, at=tab, targets=PLACE) for tab in TABS),
            Row(
                ids=guarded(of_account),
                at="?tab=policies",
                targets=("detail", "ladder"),
                asked=FOLLOWED,
            ),
            Row(ids=guarded(of_account), at="?tab=policies&action=ecs:cloudServers:deleteServers"),
        ),
    ),
    "attach_here": Row(
        ids=guarded(of_unit),
        targets=("dialog", "choices"),
        asked=CHOOSING,
        sent=(CONFIRMED, {"policy": "{text}", "confirmation": "Confirm"}),
        also=(Row(ids=guarded(of_account), who="reader"),),
    ),
    "set_attachments": Row(
        ids=guarded(of_unit),
        targets=("dialog", "choices"),
        asked=CHOOSING,
        sent=(
            CONFIRMED | {"policy": ["{text}"], "save": "1", "name": "{text}"},
            {"policy": ["{text}"], "add": "{text}", "up": "{text}", "remove": "{text}"},
        ),
        also=(Row(ids=guarded(of_account), at="?type=tag_policy", sent=({"save": "1"},)),),
    ),
    "detach_here": Row(
        ids=of_attached,
        targets=DIALOG,
        sent=(CONFIRMED, {"confirmation": "Confirm"}),
        also=(Row(ids=of_last, targets=DIALOG), Row(ids=of_attached, who="reader")),
    ),
    "create_unit": Row(ids=of_unit, targets=DIALOG, sent=TYPED_NAME),
    "rename_unit": Row(ids=of_unit, targets=("dialog", "heading"), sent=TYPED_NAME),
    "delete_unit": Row(ids=of_unit, targets=DIALOG, sent=({},)),
    "move_unit": Row(ids=of_unit, targets=MOVING, asked=PICKER, sent=TYPED_MOVE),
    "move_account": Row(ids=of_account, targets=MOVING, asked=PICKER, sent=TYPED_MOVE),
    "move_accounts": Row(
        shows=False,
        targets=("dialog", "picker"),
        sent=(
            {},
            {"resource": "{text}", "back": "{text}"},
            {"resource": "{account}", "back": "{text}"},
            {"resource": "{account}", "at": "{unit}", "destination_parent_id": "{text}"},
            {"moved": "{text}", "destination_parent_id": "{text}"},
            {"moved": "{account}:{text}", "destination_parent_id": "{unit}"},
            {"moved": "{account}:{unit}", "destination_parent_id": "{text}"},
        ),
    ),
    "resource_tags": Row(
        shows=False,
        targets=DIALOG,
        sent=(
            {},
            {"resource": "{text}"},
            {"resource": ["{account}", "{unit}"], "back": "{text}"},
            *(typed | {"resource": ["{account}", "{unit}"]} for typed in TYPED_TAGS),
            {"resource": ["{account}"], "key": [""], "value": ["{text}"], "removed_key": "{text}"},
        ),
    ),
    "describe_account": Row(
        ids=of_account,
        targets=DIALOG,
        sent=({"description": "{text}"}, {"description": "{text}" * 9}),
        also=(Row(ids=of_account, who="reader", targets=DIALOG),),
    ),
    "unit_tags": Row(ids=of_unit, targets=DIALOG, sent=TYPED_TAGS, also=(Row(ids=of_root),)),
    "account_tags": Row(ids=of_account, targets=DIALOG, sent=TYPED_TAGS),
    "accounts": Row(
        targets=("accounts", "more"),
        asked=(
            {"columns": ["unit", "status", "joined", "join_method", "id", "tags", "email"]},
            {"columns": ["description", "created", "tags"], "name": "{text}", "sort": "status"},
            {"unit": "{text}", "tag_key": "{text}", "tag_value": "{text}"},
            {"tag_key": "{text}", "columns": "tags"},
            {"status": "{text}"},
            {"sort": "{text}", "columns": "{text}"},
            {"after": "name:" + "0" * 32 + "::{text}"},
            {"after": "{text}"},
        ),
    ),
    "sent_invitations": Row(targets=ROWS, asked=ENDS, also=(Row(who="reader"),)),
    "creations": Row(targets=ROWS, asked=ENDS, also=(Row(who="reader"),)),
    "closings": Row(targets=ROWS, asked=ENDS),
    "former_members": Row(targets=ROWS, asked=ENDS),
    "create_account": Row(
        targets=("", "picker"),
        sent=(
            {"name": "{text}"},
            NEW_ACCOUNT | {"description": "{text}", "destination_parent_id": "{text}"},
            {"name": "fit-for-it", "description": "{text}", "destination_parent_id": "{text}"},
            NEW_ACCOUNT | {"at": "{text}"},
            *(typed | NEW_ACCOUNT for typed in TYPED_TAGS),
        ),
        also=(Row(who="reader"),),
    ),
    "invite_account": Row(
        targets=("", "picker"),
        sent=(
            {"target_type": "name", "target": "{text}", "notes": "{text}"},
            {"target_type": "{text}", "target": "{text}", "destination_parent_id": "{text}"},
            {"target_type": "name", "target": "nobody-has-it", "notes": "{text}"},
            {"target_type": "account", "target": "{account}", "notes": "{text}"},
            *(typed | {"target": "{text}", "notes": "{text}"} for typed in TYPED_TAGS),
        ),
        also=(Row(who="reader"),),
    ),
    "cancel_invitation": Row(ids=of_invitation, targets=DIALOG, sent=({},)),
    "resend_invitation": Row(ids=of_invitation, targets=DIALOG, sent=({},)),
    "remove_account": Row(
        ids=of_account,
        targets=DIALOG,
        sent=({},),
        also=(Row(ids=of_account, who="reader"), Row(ids=of_manager)),
    ),
    "close_account": Row(
        ids=of_account,
        targets=DIALOG,
        sent=({"confirmation": "{text}"}, {"confirmation": "{text}{text}"}),
        also=(Row(ids=of_account, who="reader"), Row(ids=of_manager)),
    ),
    "accounts_csv": Row(shows=False, asked=({"name": "{text}"}, {"status": "{text}"})),
    "create_many": Row(sent=TYPED_ROWS, also=(Row(who="reader"),)),
    "invite_many": Row(sent=TYPED_ROWS, also=(Row(who="reader"),)),
    "batches": Row(also=(Row(who="reader"),)),
    "batch": Row(
        ids=of_batch,
        targets=("progress",),
        asked=({"state": "{text}"}, {"after": "{text}"}, {"after": "1", "state": "waiting"}),
        also=(Row(ids=of_batch, who="reader"), Row(ids=of_batch, at="?state=refused")),
    ),
    "batch_csv": Row(shows=False, ids=of_batch),
    "cancel_batch": Row(ids=of_batch, sent=({},), also=(Row(ids=of_batch, who="reader"),)),
    "preview": Row(
        shows=False,
        ids=nothing,
        targets=("preview",),
        sent=(
            {},
            {"preview": "{text}"},
            {
                "preview": "move_accounts",
                "preview_entity": "{account}",
                "destination_parent_id": "{unit}",
            },
            {"preview": "move_accounts", "moved": "{text}", "destination_parent_id": "{text}"},
            {"preview": "attach", "preview_policy": "p-FullAccess", "entity_id": "{unit}"},
            {"preview": "save", "preview_policy": "{text}", "document": "{text}"},
            {"preview": "set", "preview_entity": "{unit}", "preview_type": "{text}"},
            {"preview": "disable", "preview_type": "service_control_policy", "back": "{text}"},
        ),
    ),
    "simulator": Row(
        tells=False,  # without a question there is no answer
        ids=simulated,
        targets=("answer",),
        asked=(
            {"who": "{text}", "action": "{text}", "resource": "{text}"},
            {"who": "{account}", "action": "ecs:a:b", "key": "g:{text}", "value": "{text}"},
            {"who": "{account}", "action": "ecs:a:b", "change": "attach", "policy": "{text}"},
            {"who": "{unit}", "action": "ecs:a:b", "change": "move", "entity": "{text}"},
            {"who": "{account}", "action": "ecs:a:b", "change": "draft", "draft": "{text}"},
        ),
        also=(
            Row(ids=simulated, at="?who=simulated-one&action=ecs:servers:delete"),
            Row(ids=simulated, at="?who=root&action=ecs:servers:delete", who="reader"),
            Row(ids=simulated, at="?who=nobody&action=ecs&change=move"),
            Row(
                ids=simulated,
                at="?who=simulated-one&action=signin::x&change=detach&policy=FullAccess&entity=root",
            ),
        ),
    ),
    "simulator_actions": Row(
        shows=False, tells=False, targets=("action-options",), asked=({"action": "{text}"},)
    ),
    "keep_question": Row(
        shows=False,
        ids=nothing,
        sent=(
            {"who": "{text}", "action": "{text}", "name": "{text}", "policy_id": "{text}"},
            {
                "who": "{account}",
                "action": "ecs:a:b",
                "name": "{text}",
                "policy_id": "{text}",
                "is_allowed": "denied",
            },
        ),
    ),
    "tags": Row(
        ids=judged,
        targets=("tags-list", "more"),
        asked=({"search": "{text}"}, {"kind": "{text}"}, {"after": "{text}"}),
        also=(Row(who="reader"), Row(ids=judged, at="?search=nothing-has-it")),
    ),
    "tag_values": Row(
        ids=judged,
        at="?key=owner",
        asked=({"key": "{text}"}, {"key": "{text}", "search": "{text}", "after": "{text}"}),
    ),
    "tag_carriers": Row(
        ids=judged,
        at="?key=owner&kind=account",
        asked=({"key": "{text}"}, {"key": "{text}", "value": "{text}", "kind": "{text}"}),
    ),
    "tag_compliance": Row(
        ids=judged,
        asked=({"kind": "{text}", "show": "{text}"}, {"after": "{text}"}),
        also=(Row(ids=judged, at="?show=all&kind=unit"),),
    ),
    "undo_move_of_accounts": Row(ids=of_move, sent=({}, {"back": "{text}"}), shows=False),
    "undo_move_of_unit": Row(ids=of_move, sent=({}, {"back": "{text}"}), shows=False),
    "policies": Row(
        targets=("policies", "more"),
        asked=(
            {"name": "{text}"},
            {"type": "{text}"},
            {"after": "{text}"},
            {"after": "p-00000000:{text}"},
        ),
        also=(Row(who="reader"), Row(at="?type=tag_policy")),
    ),
    "policy_type": Row(ids=of_type, targets=("policy-type",), shows=False),
    "enable_policy_type": Row(tells=False, ids=of_type_that_is_off, targets=DIALOG, sent=({},)),
    "disable_policy_type": Row(
        tells=False,
        ids=of_type,
        targets=DIALOG,
        sent=({"confirmation": "{text}"},),
        also=(Row(ids=of_type, who="reader"),),
    ),
    "create_policy": Row(
        tells=False,
        ids=nothing,
        targets=("",),
        asked=({"type": "{text}"}, {"template": "{text}"}),
        sent=(
            {"name": "{text}", "description": "{text}", "document": "{text}"},
            *(typed | {"name": "{text}"} for typed in TYPED_DOCUMENTS),
            *(typed | {"name": "{text}", "document": "{text}"} for typed in TYPED_TAGS),
        ),
        also=(Row(at="?type=tag_policy&template=enforced"), Row(who="reader")),
    ),
    "check_document": Row(shows=False, targets=("problems",), sent=TYPED_DOCUMENTS),
    "build_document": Row(shows=False, targets=("builder",), sent=TYPED_DOCUMENTS),
    "policy_actions": Row(
        tells=False,
        targets=("catalogue", "action-options"),
        asked=({"name": "{text}"}, {"service": "{text}"}, {"new_action": "{text}"}),
        also=(Row(at="?service=ecs"),),
    ),
    "policy_resource_types": Row(tells=False, targets=("catalogue",), asked=({"name": "{text}"},)),
    "policy": Row(
        ids=of_policy,
        targets=("policy",),
        also=(
            Row(ids=of_policy, who="reader"),
            Row(ids=of_tag_policy),
            Row(ids=of_full_access),
            *(
                Row(ids=of_tested_policy, at=f"?tab={tab}", targets=("policy", "more", "targets"))
                for tab in ("versions", "targets", "tests", "tags", "details", "activity")
            ),
        ),
    ),
    "save_policy": Row(
        shows=False,
        ids=of_policy,
        targets=DIALOG,
        sent=(
            {"document": "{text}", "version": "{text}"},
            {"document": "{text}", "version": "2"},
            {"document": TEXTS[PolicyType.SERVICE_CONTROL_POLICY], "version": "1"},
            {
                "document": TEXTS[PolicyType.SERVICE_CONTROL_POLICY],
                "version": "1",
                "confirmation": "Confirm",
            },
            *(typed | {"version": "2"} for typed in TYPED_DOCUMENTS),
        ),
    ),
    "delete_policy_test": Row(ids=of_policy_test, targets=DIALOG, sent=({},)),
    "describe_policy": Row(
        ids=of_policy,
        targets=DIALOG,
        sent=({"name": "{text}", "description": "{text}"}, {"name": "a", "description": "{text}"}),
        also=(Row(ids=of_full_access),),
    ),
    "delete_policy": Row(ids=of_tag_policy, targets=DIALOG, sent=({},), also=(Row(ids=of_policy),)),
    "policy_tags": Row(
        ids=of_policy, targets=DIALOG, sent=TYPED_TAGS, also=(Row(ids=of_full_access),)
    ),
    "compare_versions": Row(
        shows=False, ids=of_policy, asked=({"version": "2", "against": "1"}, {"version": "{text}"})
    ),
    "policy_version": Row(ids=of_version, also=(Row(ids=of_version, who="reader"),)),
    "restore_version": Row(ids=of_version, targets=DIALOG, sent=({"confirmation": "{text}"},)),
    "attach_policy": Row(
        ids=of_policy,
        targets=("dialog", "picker"),
        sent=(
            {},
            {"at": "{text}"},
            {"find": "1", "name": "{text}"},
            {"entity_id": "{text}", "confirmation": "{text}"},
            {"entity_id": "{account}", "confirmation": "Confirm"},
        ),
        also=(Row(ids=of_policy, who="reader"), Row(ids=of_tag_policy)),
    ),
    "detach_policy": Row(
        ids=of_attachment,
        targets=DIALOG,
        sent=({"confirmation": "{text}"},),
        also=(Row(ids=of_attachment, who="reader"),),
    ),
    "activity": Row(
        targets=("events", "older"),
        asked=(
            {"person": "{text}"},
            {"entity": "{text}"},
            {"person": "{text}", "entity": "{text}", "kind": "createOrganization"},
            {"kind": "{text}"},
            {"since": "{text}", "until": "{text}", "before": "{text}"},
        ),
        also=(Row(who="member_user"), Row(who="inside")),
    ),
    "security": Row(targets=("content",), also=(Row(who="member_user"), Row(who="alone"))),
    "change_password": Row(sent=({"old_password": "{text}", "new_password": "{text}"},)),
    # Behind the password, which is asked again: test_sign_in_in_browser looks at them.
    "add_second_factor": Row(shows=False, sent=({"code": "{text}"},)),
    "remove_second_factor": Row(shows=False, sent=({},)),
    "renew_recovery_codes": Row(shows=False, sent=({},)),
    "recovery_codes_file": Row(shows=False, sent=({"codes": "{text}"},)),
    "create_access_key": Row(shows=False, sent=({},)),
    "access_key_file": Row(shows=False, sent=({"access_key": "{text}", "secret_key": "{text}"},)),
    "end_session": Row(shows=False, ids=of_session, sent=({},)),
    "end_other_sessions": Row(shows=False, sent=({},)),
    "update_access_key": Row(shows=False, ids=of_key, sent=({"is_active": "{text}"},)),
    "delete_access_key": Row(ids=of_key, sent=({},)),
    "mfa_authenticate": Row(shows=False, sent=({"code": "{text}"},)),
    "account_reauthenticate": Row(
        shows=False, asked=({"next": "{text}"},), sent=({"password": "{text}", "next": "{text}"},)
    ),
    "choose_theme": Row(shows=False, sent=({"theme": "{text}"},)),
    "account_login": Row(
        who=None,
        asked=({"next": "{text}"}, {"next": "/structure/?open={text}"}),
        sent=({"login": "{text}", "password": "{text}", "next": "{text}"},),
    ),
    "account_logout": Row(also=(Row(who="operator"),)),
}


def routes() -> set[str]:
    """The names of all pages. The wire has none."""

    def names(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                if pattern.app_name == "admin":  # the operators' site has tests of its own
                    continue
                yield from names(pattern.url_patterns)
            elif not pattern.callback.__module__.startswith("orgs."):
                yield str(pattern.name)

    return set(names(get_resolver().url_patterns))


def address_of(name: str, row: Row, company: Company) -> str:
    return reverse(name, args=row.ids(company)) + row.at


def visitor(row: Row, company: Company) -> User | None:
    """Who looks at a page: somebody of the company, or somebody made for it, who is made only once."""
    if row.who in {"administrator", "reader", "member_user", None}:
        return getattr(company, row.who) if row.who else None
    if row.who not in company.others:
        company.others[row.who] = _make(row.who)
    return company.others[row.who]


def _make(who: str) -> User:
    if who == "operator":
        return User.objects.create_user("operator")
    role = Role.READER if who in {"looks", "invited_reader"} else Role.ADMINISTRATOR
    unit = make_organization()[0].root if who == "invited_member" else None
    account = AccountFactory(name=f"account-of-{who.replace('_', '-')}", member_of=unit)
    made = make_administrator(account, username=who, role=role)
    if who.startswith("invited"):
        for state in InvitationState:
            InvitationFactory(organization=make_organization()[0], account=account, state=state)
    if who == "let_in":
        let_in(account, trusted=AccountFactory())
    if who == "former_manager":
        let_in(AccountFactory(), trusted=account)
    if who == "inside":
        organization = operations.organizations.create_organization(actor=actor_for(made))
        entered = AccountFactory(name="entered-account", member_of=organization.root)
        let_in(entered, trusted=account)
        made.entered = operations.agencies.switch_account(
            actor=actor_for(made), account_id=entered.pk
        )
    if who == "founder":
        operations.organizations.create_organization(actor=actor_for(made))
    return made


def let_in(account: Account, *, trusted: Account) -> None:
    """Give the account an agency by which administrators of the other come in."""
    account_access_agency(
        account, name="WayIn", management_account_id=trusted.pk, now=timezone.now()
    ).save()


def client_of(user: User | None) -> Client:
    return signed_in(user) if user is not None else Client()
