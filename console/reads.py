"""What each page shows, by the contract's actions: so a member's policies judge it (R-PERM-6).

Service control policies bind a member's users here as they do on the wire. So a page shows nothing that the
same person may not read there, and is refused with the statement that denies it. A form is a dialog over the
page of what it changes and shows that again when it is done: who may not read that has no form to send. What
is changed the operation judges, by its own action.

Of what the wire has no call for, such as events and rights on units, policies say nothing here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from django.http import HttpRequest
from django.urls import ResolverMatch

from orgs import queries
from orgs.actor import Actor
from orgs.models import Account
from orgs.queries.own_calls import OwnCall


@dataclass(frozen=True, slots=True)
class Shown:
    """The actions of a page, and those that a tab of it needs besides.

    `trial_actions` take the place of the others where the page is of a policy on trial. From what is
    `of_everything` all are led away who do not see the whole organization.
    """

    actions: tuple[str, ...] = ()
    tabs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    trial_actions: tuple[str, ...] = ()
    trial_tabs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    of_everything: bool = False


def reading(*actions: str, **tabs: tuple[str, ...]) -> Shown:
    """A page that shows what these actions read."""
    return Shown(actions, tabs)


NOTHING: Final = Shown()  # of the organization, or nothing that can be read on the wire

PLACE_TABS = {
    "policies": ("policies:list", "effectivePolicies:get", "policies:listDryRunPolicies"),
    "tags": ("tags:list",),
}
TREE = reading("roots:list", "ous:list", "accounts:list", **PLACE_TABS)
CHILDREN = reading("ous:list", "accounts:list")
UNIT = reading("ous:get", "ous:list", "accounts:list", **PLACE_TABS)
UNIT_TAGS = reading(*UNIT.actions, "tags:list")
ACCOUNT = reading("accounts:get", "ous:list", "accounts:list", **PLACE_TABS)
ACCOUNT_TAGS = reading(*ACCOUNT.actions, "tags:list")
ENTITY_POLICIES = reading(*CHILDREN.actions, *PLACE_TABS["policies"])  # as shown again when done
ACCOUNTS = reading("accounts:list")
INVITATIONS = reading("handshakes:list")
INVITATION = reading("handshakes:get")
CREATIONS = reading("createAccountStatuses:list")
BATCHES = reading(*CREATIONS.actions, *INVITATIONS.actions)
CLOSINGS = reading("closeAccountStatuses:list")
DEPARTURE = reading("accounts:get")
POLICIES = reading("policies:list")
POLICY_TYPES = reading("roots:list", "policies:list")
POLICY = Shown(
    ("policies:get",),
    {"targets": ("attachedEntities:list",), "tags": ("tags:list",)},
    ("policies:getDryRunPolicy",),
    {"targets": ("policies:listEntitiesForDryRunPolicy",)},
)
POLICY_TAGS = Shown(("policies:get", "tags:list"), {}, ("policies:getDryRunPolicy",), {})
POLICY_TARGETS = Shown(
    ("policies:get", "attachedEntities:list"),
    {},
    ("policies:getDryRunPolicy", "policies:listEntitiesForDryRunPolicy"),
    {},
)
DRY_RUN = reading("policies:getDryRunConfig")
DRY_RUN_POLICIES = reading(*DRY_RUN.actions, "policies:listDryRunPolicies")
QUESTIONS = reading("policies:simulate")
PREVIEW = reading("policies:preview")
TAGS_IN_USE = reading("resources:listTags")
TAGGED = reading("resources:listByTag")
COMPLIANCE = reading("resources:listByTag", "effectivePolicies:get")
SERVICES = reading("trustedServices:list", "delegatedAdministrators:list")
DELEGATED = reading("delegatedAdministrators:list")
ORGANIZATION = reading("organizations:get")
OVERVIEW = Shown(
    ("organizations:get", "ous:list", "accounts:list", "quotas:list"), of_everything=True
)

PAGES: Final[Mapping[str, Shown]] = {
    "home": OVERVIEW,
    "settings": ORGANIZATION,
    "delete_organization": ORGANIZATION,
    "quotas": reading("quotas:list"),
    # The tree.
    "structure": TREE,
    "unit": UNIT,
    "unit_children": CHILDREN,
    "account": ACCOUNT,
    "create_unit": UNIT,
    "rename_unit": UNIT,
    "delete_unit": UNIT,
    "invite_into_unit": UNIT,
    "move_unit": UNIT,
    "move_account": ACCOUNT,
    "move_accounts": CHILDREN,
    "describe_account": ACCOUNT,
    "unit_tags": UNIT_TAGS,
    "account_tags": ACCOUNT_TAGS,
    "resource_tags": reading(*CHILDREN.actions, "tags:list"),
    "attach_here": ENTITY_POLICIES,
    "set_attachments": ENTITY_POLICIES,
    "detach_here": ENTITY_POLICIES,
    # Accounts, as they come and go.
    "accounts": ACCOUNTS,
    "accounts_csv": ACCOUNTS,
    "create_account": ACCOUNTS,
    "invite_account": INVITATIONS,
    "create_many": BATCHES,
    "invite_many": BATCHES,
    "batches": BATCHES,
    "batch": BATCHES,
    "batch_csv": BATCHES,
    "cancel_batch": BATCHES,
    "sent_invitations": INVITATIONS,
    "cancel_invitation": INVITATION,
    "resend_invitation": INVITATION,
    "creations": CREATIONS,
    "closings": CLOSINGS,
    "former_members": ACCOUNTS,
    "remove_account": DEPARTURE,
    "close_account": DEPARTURE,
    # Invitations to the own account.
    "received_invitations": reading("receivedHandshakes:list"),
    "received_invitation": INVITATION,
    "accept_invitation": INVITATION,
    "decline_invitation": INVITATION,
    # Policies.
    "policies": POLICIES,
    "create_policy": POLICIES,
    "policy_type": POLICY_TYPES,
    "enable_policy_type": POLICY_TYPES,
    "disable_policy_type": POLICY_TYPES,
    "policy": POLICY,
    "save_policy": POLICY,
    "describe_policy": POLICY,
    "delete_policy": POLICY,
    "edit_policy_test": POLICY,
    "delete_policy_test": POLICY,
    "policy_tags": POLICY_TAGS,
    "compare_versions": POLICY,
    "policy_version": POLICY,
    "restore_version": POLICY,
    "attach_policy": POLICY_TARGETS,
    "detach_policy": POLICY_TARGETS,
    "policy_resource_types": reading("tagPolicyServices:list"),
    "dry_runs": DRY_RUN_POLICIES,
    "dry_run_state": DRY_RUN,
    "set_up_dry_run": DRY_RUN,
    "enable_dry_run": DRY_RUN,
    "disable_dry_run": DRY_RUN,
    "dry_run_records": DRY_RUN,
    "dry_run_records_csv": DRY_RUN,
    "preview": PREVIEW,
    "simulator": QUESTIONS,
    "keep_question": QUESTIONS,
    # Tags.
    "tags": TAGS_IN_USE,
    "tag_values": TAGS_IN_USE,
    "tag_carriers": TAGGED,
    "tag_compliance": COMPLIANCE,
    # Services and their delegated administrators.
    "services": SERVICES,
    "service": SERVICES,
    "enable_service": SERVICES,
    "disable_service": SERVICES,
    "delegated_administrators": DELEGATED,
    "register_administrator": DELEGATED,
    "deregister_administrator": DELEGATED,
    # What one account is told of itself, and why it may not leave.
    "my_account": NOTHING,
    "leave_organization": NOTHING,
    "create_organization": NOTHING,
    # Words for the editor, and what is wrong with a text that somebody types.
    "check_document": NOTHING,
    "complete_document": NOTHING,
    "build_document": NOTHING,
    "policy_actions": NOTHING,
    "simulator_actions": NOTHING,
    # Sent alone; what they do, their operations judge.
    "undo_move_of_accounts": NOTHING,
    "undo_move_of_unit": NOTHING,
    # What the wire has no call for.
    "scoped_grants": NOTHING,
    "own_rights": NOTHING,
    "create_scoped_grant": NOTHING,
    "update_scoped_grant": NOTHING,
    "revoke_scoped_grant": NOTHING,
    "revoke_scoped_grants": NOTHING,
    "activity": NOTHING,
    "activity_csv": NOTHING,
    "activity_json": NOTHING,
    "event": NOTHING,
    "verify_events": NOTHING,
    "refused_calls": NOTHING,
    "reads": NOTHING,
    "create_subscription": NOTHING,
    "subscription": NOTHING,
    "update_subscription": NOTHING,
    "switch_subscription": NOTHING,
    "send_test_delivery": NOTHING,
    "redeliver": NOTHING,
    "rotate_subscription_secret": NOTHING,
    "delete_subscription": NOTHING,
    "resend_confirmation": NOTHING,
    "confirm_subscription": NOTHING,
    "unsubscribe": NOTHING,
    # The own users, keys and sign-in, which are no part of the organization.
    "users": NOTHING,
    "user": NOTHING,
    "create_user": NOTHING,
    "change_role": NOTHING,
    "switch_user": NOTHING,
    "reset_password": NOTHING,
    "switch_users_key": NOTHING,
    "agencies": NOTHING,
    "delete_agency": NOTHING,
    "enter_account": NOTHING,
    "go_back": NOTHING,
    "security": NOTHING,
    "change_password": NOTHING,
    "add_second_factor": NOTHING,
    "remove_second_factor": NOTHING,
    "renew_recovery_codes": NOTHING,
    "recovery_codes_file": NOTHING,
    "create_access_key": NOTHING,
    "access_key_file": NOTHING,
    "update_access_key": NOTHING,
    "delete_access_key": NOTHING,
    "end_session": NOTHING,
    "end_other_sessions": NOTHING,
    "account_reauthenticate": NOTHING,
    "account_login": NOTHING,
    "account_logout": NOTHING,
    "mfa_authenticate": NOTHING,
    "choose_language": NOTHING,
    "choose_theme": NOTHING,
    "api_reference": NOTHING,
}


def require(request: HttpRequest, match: ResolverMatch, *, actor: Actor, account: Account) -> None:
    """Refuse a page whose reading the policies of the account's organization deny.

    No statement for the management account. For others those of `require_own_reads`, and one for a page of a
    policy.

    Raises:
        DeniedByPolicy.
    """
    shown = PAGES.get(match.view_name, NOTHING)
    if shown.actions and account.organization is not None:
        queries.own_decisions.require_own_reads(
            actor=actor,
            organization=account.organization,
            calls=_calls(shown, request, match, actor),
            of_everything=shown.of_everything,
        )


def readable(names: Iterable[str], *, actor: Actor, account: Account) -> frozenset[str]:
    """Those of these pages that policies let the actor read, before it opens any: nothing is recorded.

    No statement for the management account; for others those of `find_own_denial`.
    """
    if account.organization is None:
        return frozenset()
    find_denial = partial(
        queries.own_decisions.find_own_denial,
        actor=actor,
        management_account_id=account.organization.management_account_id,
        policy_version=account.organization.policy_version,
    )
    return frozenset(
        name
        for name in names
        if not any(find_denial(call=OwnCall(f"organizations:{one}")) for one in PAGES[name].actions)
    )


def _calls(
    shown: Shown, request: HttpRequest, match: ResolverMatch, actor: Actor
) -> Iterator[OwnCall]:
    """What the page reads, about what its address names or what was chosen for it (R-PERM-4)."""
    ids = [*match.kwargs.values(), *request.GET.values()]
    for _name, sent in request.POST.lists():
        ids += sent
    for action in _actions(shown, request.GET.get("tab", ""), match, actor):
        yield OwnCall(
            f"organizations:{action}",
            resource_ids=ids,
            service_principal=match.kwargs.get("principal"),
        )


def _actions(shown: Shown, tab: str, match: ResolverMatch, actor: Actor) -> tuple[str, ...]:
    if shown.trial_actions and queries.policies.is_on_trial(
        actor=actor, policy_id=match.kwargs["policy_id"]
    ):
        return (*shown.trial_actions, *shown.trial_tabs.get(tab, ()))
    return (*shown.actions, *shown.tabs.get(tab, ()))
